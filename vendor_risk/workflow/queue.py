"""How a step asks for work that must not run inside a request."""

from collections.abc import Sequence
from typing import Protocol

from sqlmodel import Session


class Enqueue(Protocol):
    """Puts a job into the durable queue in the same transaction as its cause.

    `step` is "scan", "slice" (scans that are made together), "report", "model" or "round";
    `subjects` are the ids of the rows that hold the orders, at most 50 a job. Asking twice for the
    same first row is one job, unless `attempt` has grown.
    """

    def __call__(
        self, session: Session, step: str, subjects: Sequence[str], *, attempt: int = 1
    ) -> None:
        """The job exists once the session commits, and never if it rolls back."""
