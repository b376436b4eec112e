"""What a person waits before the command line does anything."""

import statistics
import subprocess
import sys
import time

ROUNDS = 7


def run() -> dict[str, float]:
    """Seconds of `vendor-risk --version`, as a ratio to a Python that does nothing."""
    bare = _median([sys.executable, "-c", "pass"])
    ours = _median([sys.executable, "-m", "vendor_risk.cli", "--version"])
    click = _median([sys.executable, "-c", "import click"])
    return {
        "bare python (s)": bare,
        "python + click (s)": click,
        "vendor-risk --version (s)": ours,
        "ratio to bare python": ours / bare,
        "ratio to python + click": ours / click,
    }


def _median(command: list[str]) -> float:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
