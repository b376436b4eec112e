"""How many looks may run at once in one process: as many as it can keep up with."""

import threading
import time
from dataclasses import dataclass

_LEAST = 16  # looks at once, however busy the machine is: they wait for the network by turns
_BEAT, _BEATS = 0.02, 10  # seconds between two wakings, and how many are taken together
_LATE = 0.005  # seconds: a turn of the interpreter's lock (sys.getswitchinterval)
_MORE, _LESS = 8, 8  # looks, where threads wake in time and where they wake late
MOST = 320  # at once: 20 % hosts that hold a look for 20 s leave room for 16 others a second
# A look that used less CPU than that for so long waits for its host. One that waits for the CPU
# gets more, among sixteen threads of a process that has a twentieth of a core.
_USE, _IDLE = 0.002, 0.6  # seconds


@dataclass(slots=True)
class _Look:
    """A look that runs: its thread's clock of CPU time, and when that last moved on."""

    clock: int
    used: float
    moved: float

    def waits(self, now: float) -> bool:
        """Whether its host makes it wait."""
        used = time.clock_gettime(self.clock)
        if used - self.used >= _USE:
            self.used, self.moved = used, now
        return now - self.moved >= _IDLE


class Gate:
    """Lets as many looks run at once as the process can keep up with.

    Looks that wait for slow hosts need no CPU, so more may run beside them; looks that wait for
    the CPU only make each other late. Which of both it is shows in how late a thread wakes that
    wanted to sleep for a moment. The use of the core does not tell: where other processes want the
    CPU too, it stays low however many looks wait. A look that a host holds gives up its place, so
    that hostile hosts cannot fill all of them while the CPU has no time for more.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._looks = 0
        self._held = 0  # of them, by hosts that make them wait
        self._room = _LEAST
        self._at: dict[int, _Look] = {}  # by the thread that is at it

    def enter(self) -> None:
        """Waits until a look may begin."""
        with self._changed:
            self._changed.wait_for(self._has_place)
            self._looks += 1

    def begin(self) -> None:
        """The thread that calls is the one that is at a look which may begin."""
        here = threading.get_ident()
        clock = time.pthread_getcpuclockid(here)
        one = _Look(clock, time.clock_gettime(clock), time.monotonic())
        with self._changed:
            self._at[here] = one

    def leave(self) -> None:
        """A look is over."""
        with self._changed:
            self._at.pop(threading.get_ident(), None)
            self._looks -= 1
            self._changed.notify()

    def watch(self) -> None:
        """Makes and takes away room, for as long as the process lives."""
        while True:
            late = sum(_lateness() for _ in range(_BEATS)) / _BEATS
            now = time.monotonic()
            with self._changed:
                # leave() wants the same lock, so no thread ends whose clock is read here
                self._held = sum(one.waits(now) for one in self._at.values())
                self.told(late)
                self._changed.notify_all()

    def _has_place(self) -> bool:
        return self._looks < MOST and self._looks - self._held < self._room

    def told(self, late: float) -> None:
        """The room after threads woke so many seconds late."""
        if late > _LATE:
            self._room = max(_LEAST, self._room - _LESS)
        elif self._looks - self._held >= self._room:  # room that nobody takes must not grow
            self._room = min(MOST, self._room + _MORE)


def _lateness() -> float:
    """By how many seconds this thread wakes later than it wanted to."""
    wanted = time.monotonic() + _BEAT
    time.sleep(_BEAT)
    return time.monotonic() - wanted
