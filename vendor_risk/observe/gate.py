"""How many looks may run at once in one process: as many as it can keep up with."""

import threading
import time

_LEAST = 16  # looks at once, however busy the machine is: they wait for the network by turns
_BEAT, _BEATS = 0.02, 10  # seconds between two wakings, and how many are taken together
_LATE = 0.005  # seconds: a turn of the interpreter's lock (sys.getswitchinterval)
_MORE, _LESS = 8, 8  # looks, where threads wake in time and where they wake late
MOST = 320  # at once: 20 % hosts that hold a look for 20 s leave room for 16 others a second


class Gate:
    """Lets as many looks run at once as the process can keep up with.

    Looks that wait for slow hosts need no CPU, so more may run beside them; looks that wait for
    the CPU only make each other late. Which of both it is shows in how late a thread wakes that
    wanted to sleep for a moment. The use of the core does not tell: where other processes want the
    CPU too, it stays low however many looks wait.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._looks = 0
        self._room = _LEAST

    def enter(self) -> None:
        """Waits until a look may begin."""
        with self._changed:
            self._changed.wait_for(lambda: self._looks < self._room)
            self._looks += 1

    def leave(self) -> None:
        """A look is over."""
        with self._changed:
            self._looks -= 1
            self._changed.notify()

    def watch(self) -> None:
        """Makes and takes away room, for as long as the process lives."""
        while True:
            late = sum(_lateness() for _ in range(_BEATS)) / _BEATS
            with self._changed:
                self.told(late)
                self._changed.notify_all()

    def told(self, late: float) -> None:
        """The room after threads woke so many seconds late."""
        if late > _LATE:
            self._room = max(_LEAST, self._room - _LESS)
        elif self._looks >= self._room:  # room that nobody takes must not grow
            self._room = min(MOST, self._room + _MORE)


def _lateness() -> float:
    """By how many seconds this thread wakes later than it wanted to."""
    wanted = time.monotonic() + _BEAT
    time.sleep(_BEAT)
    return time.monotonic() - wanted
