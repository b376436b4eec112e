"""Worker processes as several machines would run them, each with a data folder of its own."""

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import KEYS
from tests.forked import Forked, fork
from vendor_risk.store.engine import Database

# Signs of life every second and death after five, so that no test waits for minutes.
_QUICK = (
    "import sys, socket, vendor_risk.jobs.worker as w; w.BEAT_SECONDS, w.DEAD_SECONDS = 1, 5; "
    "socket.gethostname = lambda: sys.argv[1]; "
    "from vendor_risk.cli import main; main(['worker'])"
)


REAL = (
    "import sys, socket; socket.gethostname = lambda: sys.argv[1]; "
    "from vendor_risk.cli import main; main(['worker'])"
)
"""A worker with the times of real ones."""


class Workers:
    """Starts worker processes on one database; `end()` kills all that still run."""

    def __init__(self, database: Database, network: Mapping[str, str], folder: Path) -> None:
        self._folder = folder
        self._started = 0
        self.running: list[Forked] = []
        address = database.engine.url.set(
            drivername="sqlite" if database.is_sqlite else "postgresql"
        ).render_as_string(hide_password=False)
        self._environment = os.environ | {
            "VENDOR_RISK_DATABASE_URL": address,
            "VENDOR_RISK_SECRET_KEY": "a secret of the tests alone",
            "VENDOR_RISK_ENCRYPTION_KEYS": ",".join(f"{k}:{v.hex()}" for k, v in KEYS.items()),
            **network,
        }

    def start(self, program: str = _QUICK, **more: str) -> Forked:
        """A worker on a machine of its own; it may take seconds until it takes jobs."""
        self._started += 1
        place = self._folder / f"machine-{self._started}"
        place.mkdir(parents=True)
        environment = self._environment | {"VENDOR_RISK_DATA_DIR": str(place)} | more
        name = f"machine{self._started}"
        process = fork(program, name, environment=environment, log=place / "log")
        self.running.append(process)
        return process

    def ready(self, process: Forked, seconds: float = 60) -> None:
        """Wait until it says that it takes jobs."""
        limit = time.monotonic() + seconds
        while b"worker ready" not in self.said(process):
            assert process.poll() is None, self.said(process).decode()[-2000:]
            assert time.monotonic() < limit, "it is not ready"
            time.sleep(0.1)

    def said(self, process: Forked) -> bytes:
        """What it wrote so far."""
        number = self.running.index(process) + 1
        log = self._folder / f"machine-{number}" / "log"
        return log.read_bytes() if log.exists() else b""

    def kill(self, process: Forked) -> None:
        """As when the power fails."""
        process.kill()
        process.wait()

    def end(self) -> None:
        """None is left, frozen ones neither."""
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                self.kill(process)
