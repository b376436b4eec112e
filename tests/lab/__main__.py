"""Starts the lab and prints the settings to reach it: `python -m tests.lab`."""

import contextlib
import signal
import time

from tests.lab.lab import Lab


def main() -> None:
    """Runs until it is ended."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.monotonic()
    with contextlib.suppress(KeyboardInterrupt), Lab() as lab:
        print(f"# the lab is up after {time.monotonic() - began:.1f} s; end it with Ctrl-C")
        for name, value in lab.settings().items():
            print(f"export {name}={value}")
        for name, matter in lab.hosts.items():
            print(f"# {name:28} {matter}", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
