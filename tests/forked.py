"""Processes of the product that are forked from one that has read it: its start costs seconds."""

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

# What a worker reads before it takes jobs; nothing of it opens a database or starts a thread.
_READ = (
    "alembic.command",
    "dbos",
    "vendor_risk.cli",
    "vendor_risk.jobs.worker",
    "vendor_risk.logs",
    "vendor_risk.serve",
    "vendor_risk.store.keys",
    "vendor_risk.store.migrate",
)
_SERVE = "from tests.forked import serve; serve()"


class Forked:
    """One such process, with those parts of subprocess.Popen that tests use."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The code that it ended with; None while it runs."""
        if self.returncode is None:
            self.returncode = _ask(of=self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The code that it ended with, once it did."""
        limit = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if limit is not None and time.monotonic() > limit:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(0.02)
        return code

    def send_signal(self, number: int) -> None:
        """It gets that signal, unless it is over."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """It is asked to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """It ends, as when the power fails."""
        self.send_signal(signal.SIGKILL)


def fork(program: str, *words: str, environment: Mapping[str, str], log: Path) -> Forked:
    """A process that runs the program as `python -c` would; what it says goes to the log."""
    return Forked(
        _ask(program=program, words=words, environment=dict(environment), log=str(log.resolve()))
    )


@cache
def _parent() -> "subprocess.Popen[str]":
    """The process that has read the product, one for each process of the tests; ends with it."""
    parent = subprocess.Popen(
        [sys.executable, "-c", _SERVE],
        cwd=Path(__file__).resolve().parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(parent.communicate)
    return parent


def _ask(**wanted: Any) -> Any:
    parent = _parent()
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write(json.dumps(wanted) + "\n")
    parent.stdin.flush()
    return json.loads(parent.stdout.readline())


def serve() -> None:
    """Fork what is asked for on standard input, and tell how it ended, until nobody asks."""
    import gc
    import importlib

    for name in _READ:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # stays shared with all forks
    over: dict[int, int] = {}
    for line in sys.stdin:
        wanted = json.loads(line)
        if "of" in wanted:
            _reap(over)
            answer = over.get(wanted["of"])
        else:
            answer = os.fork()
            if answer == 0:
                _become(**wanted)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _reap(over: dict[int, int]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        over[pid] = os.waitstatus_to_exitcode(status)


def _become(program: str, words: list[str], environment: dict[str, str], log: str) -> None:
    """This process is the program, and never comes back."""
    code = 1
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        os.dup2(said, 2)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["-c", *words]
        exec(program, {"__name__": "__main__"})
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1 if end.code else 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
