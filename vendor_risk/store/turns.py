"""Writers of one SQLite file take turns in their order, for SQLite lets whoever asks at the moment.

Its busy handler sleeps up to 100 ms between two tries, and among fifty writers some sleep for
seconds while others pass. Other processes are still waited for that way, and only by one thread.
"""

import sqlite3
import threading
from collections import deque
from functools import cache


class Turns:
    """A lock that goes to who has waited longest; a newcomer never takes it from under them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def take(self, seconds: float) -> bool:
        """Whether it is this thread's turn now; False when it did not come in that time."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=seconds):
            return True
        with self._guard:
            if mine not in self._waiting:  # it came at the last moment
                return True
            self._waiting.remove(mine)
            return False

    def give(self) -> None:
        """The next one's turn."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


@cache
def of(path: str) -> Turns:
    """The turns of all writers of that file in this process."""
    return Turns()


class Writer(sqlite3.Connection):
    """A connection that gives its turn on when what it wrote is in, or is taken back."""

    turns: Turns | None = None
    _mine = False

    def take_turn(self, seconds: float) -> None:
        """Wait for those before; when they take too long, SQLite itself says that it is busy."""
        if self.turns is not None and not self._mine:
            self._mine = self.turns.take(seconds)

    def commit(self) -> None:
        """What was written is in; where that fails, the turn stays until it is taken back."""
        super().commit()
        self._give()

    def rollback(self) -> None:
        """Nothing was written."""
        try:
            super().rollback()
        finally:
            self._give()

    def close(self) -> None:
        """As `rollback`, for good."""
        try:
            super().close()
        finally:
            self._give()

    def _give(self) -> None:
        if self._mine and self.turns is not None:
            self._mine = False
            self.turns.give()
