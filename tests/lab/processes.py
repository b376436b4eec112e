"""Server processes that die with whoever started them and say why when they do not start."""

import contextlib
import ctypes
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_START_SECONDS = 60.0  # on cores that many share; usually well below one
_LIBC = ctypes.CDLL(None, use_errno=True)


class DidNotStart(RuntimeError):
    """A server of the lab is not running; the message ends with its log."""


class ServerProcess:
    """One running server, its output kept in a file."""

    def __init__(
        self, name: str, command: Sequence[str], folder: Path, cwd: Path | None = None
    ) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=cwd or folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  (one call of libc, no lock taken)
            )

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Returns once the server is ready; DidNotStart with its log when it ends or is late."""
        late = time.monotonic() + _START_SECONDS
        while not ready():
            if self._process.poll() is not None:
                self._fail(f"{self.name} ended with code {self._process.returncode}")
            if time.monotonic() > late:
                self._fail(f"{self.name} is not ready after {_START_SECONDS:.0f} s")
            time.sleep(0.01)

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(3)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _fail(self, reason: str) -> None:
        self.stop()
        raise DidNotStart(f"{reason}; its log:\n{self._log.read_text(errors='replace')[-4000:]}")


def free_ports(address: str, count: int) -> list[int]:
    """Ports that are free for TCP and UDP, below those that the system gives to clients."""
    ports: list[int] = []
    while len(ports) < count:
        port = random.randrange(20_000, 32_000)
        if port not in ports and _is_free(address, port):
            ports.append(port)
    return ports


def accepts(address: str, port: int) -> bool:
    """Whether something listens on a TCP port."""
    with contextlib.suppress(OSError), socket.create_connection((address, port), 1):
        return True
    return False


def _is_free(address: str, port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
