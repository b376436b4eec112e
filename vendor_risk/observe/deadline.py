"""The moment by which a look must be over, handed down to everything that waits."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point on the monotonic clock."""

    end: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The deadline that many seconds from now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds until the deadline, never below zero."""
        return max(0.0, self.end - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.end

    def later(self, seconds: float) -> "Deadline":
        """This deadline put off by that many seconds."""
        return Deadline(self.end + seconds)

    def within(self, seconds: float) -> "Deadline":
        """The earlier of this deadline and that many seconds from now."""
        return Deadline(min(self.end, time.monotonic() + seconds))

    def share(self, parts: int) -> "Deadline":
        """The deadline of the next of so many equal parts of the time that is left."""
        return self.within(self.left / max(1, parts))
