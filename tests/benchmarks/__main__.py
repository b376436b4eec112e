"""Prints all benchmarks as ratios within one run: `./run bench [NAME ...]`; soak when named."""

import importlib
import sys

NAMES = (
    "startup",
    "assess",
    "floors",
    "scan",
    "vendor_list",
    "pages",
    "scores",
    "responses",
    "reports",
    "rescans",
    "among",
    "workers",
    "retention",
    "rivals",
)


def main() -> None:
    """Run the named benchmarks, or all."""
    for name in sys.argv[1:] or NAMES:
        module = importlib.import_module(f"tests.benchmarks.{name}")
        print(f"\n{name}: {module.__doc__}")
        for what, value in module.run().items():
            print(f"  {what:<44} {value:10.3f}")


main()
