"""Web and worker in one process tree: each is started again when it dies, both end together."""

import ctypes
import faulthandler
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from vendor_risk.config import Settings

_PR_SET_PDEATHSIG = 1  # prctl(2): the signal a child gets when its parent is gone
# A part that dies this often, each time within a minute of its start, has a fault that a restart
# does not mend.
_RESTARTS = 5
_GRACE_SECONDS = 30
# gunicorn's sign of life must not wait for a slow disk.
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108


def _die_with_parent() -> None:
    ctypes.CDLL("libc.so.6", use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def leave_within(seconds: float) -> None:
    """End this process by then, whatever still hangs; what hung is written to stderr.

    For whoever is told to stop and has nothing left that a sudden end could harm.
    """

    def leave() -> None:
        sys.stderr.write(f"still not at the end {seconds:g} s after the signal; leaving:\n")
        faulthandler.dump_traceback(all_threads=True)
        os._exit(0)

    timer = threading.Timer(seconds, leave)
    timer.daemon = True
    timer.start()


class Supervisor:
    """Keeps `vendor-risk web` and `vendor-risk worker` alive until it is told to stop."""

    def __init__(self, parts: tuple[str, ...], say: Callable[[str], None]) -> None:
        self._parts = parts
        self._say = say
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._failures: dict[str, int] = {}
        self._started: dict[str, float] = {}
        self._stopping = threading.Event()

    def run(self) -> int:
        """Block until a signal or a hopeless part; the exit code for the shell."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        for part in self._parts:
            self._start(part)
        code = 0
        while not self._stopping.wait(0.2):
            for part, running in list(self._running.items()):
                if running.poll() is not None and not self._again(part, running.returncode):
                    code = 1
                    self._stopping.set()
        self._end()
        return code

    def _start(self, part: str) -> None:
        command = [sys.executable, "-m", "vendor_risk.cli", part]
        self._running[part] = subprocess.Popen(  # noqa: S603  (our own module, no input)
            command,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  (Linux only, before threads matter)
            start_new_session=True,  # Ctrl+C reaches the supervisor alone, which ends both in order
        )
        self._started[part] = time.monotonic()

    def _again(self, part: str, code: int) -> bool:
        quick = time.monotonic() - self._started[part] < 60
        self._failures[part] = self._failures.get(part, 0) + 1 if quick else 1
        if self._failures[part] > _RESTARTS:
            self._say(f"{part} ended {_RESTARTS} times within a minute of its start; giving up")
            return False
        self._say(f"{part} ended with code {code}; starting it again")
        time.sleep(min(0.1 * 2 ** self._failures[part], 5))
        self._start(part)
        return True

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping.set()

    def _end(self) -> None:
        for running in self._running.values():
            if running.poll() is None:
                running.terminate()
        limit = time.monotonic() + _GRACE_SECONDS
        for running in self._running.values():
            try:
                running.wait(max(0.1, limit - time.monotonic()))
            except subprocess.TimeoutExpired:
                running.kill()


def web(settings: Settings, make_app: Callable[[], Any], ready: Callable[[], None]) -> None:
    """Serve the pages with gunicorn until a signal; threads, because pages wait for a database."""
    from gunicorn.app.base import BaseApplication
    from gunicorn.glogging import Logger

    class _Lines(Logger):  # type: ignore[misc]  # gunicorn has no types
        """What gunicorn says goes into our log, in its form."""

        def setup(self, cfg: Any) -> None:
            super().setup(cfg)
            self.error_log.handlers[:] = []
            self.error_log.propagate = True

    class Web(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            options = {
                "bind": f"{settings.host}:{settings.port}",
                "workers": 1,
                "threads": 8,
                "worker_class": "gthread",
                "graceful_timeout": 20,
                "timeout": 60,
                "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
                "control_socket_disable": True,
                "loglevel": settings.log_level.lower(),
                "logger_class": _Lines,
                "proc_name": "vendor-risk web",
                "limit_request_line": 8190,
                "forwarded_allow_ips": "127.0.0.1,::1",
                "post_worker_init": lambda _worker: ready(),
            }
            for name, value in options.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            return make_app()

    Web().run()
