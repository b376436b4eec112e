"""A fault that is told again: the same finding stays, returns, or closes, with its history."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlmodel import Session

from vendor_risk.store.models.findings import FindingEvent, FindingState, StoredFinding

# What happened to a finding, as its events name it.
SEEN, STILL, BACK, WORSE, GONE = "seen", "still there", "back", "worse", "gone"
DECIDED = (FindingState.NOT_THEIRS, FindingState.FALSE)


@dataclass(frozen=True, slots=True)
class Sighting:
    """An occasion on which faults are told: a scan that is done, or answers that were accepted.

    `what` stands before the act where it is no scan: "answer back".
    """

    session: Session
    now: dt.datetime
    by_kind: str
    by_id: uuid.UUID | None = None
    scan_id: uuid.UUID | None = None
    note: str = ""
    what: str = ""


def see_again(at: Sighting, row: StoredFinding, severity: int, due: dt.date | None) -> None:
    """A finding that is still there: closed ones return, what was said to be fixed is open again.

    Which is not theirs, or false, stays so; an acceptance holds for what was accepted, not for
    worse.
    """
    before = row.state
    worse = severity > row.severity
    if before == FindingState.ACCEPTED and worse:
        row.accepted_until = row.accepted_by_id = None
        reopen(at, row, WORSE, due)
    elif before == FindingState.VERIFIED:
        row.times_opened += 1
        reopen(at, row, BACK, due)
    elif before == FindingState.SAID_FIXED:
        row.state, row.answered_at = FindingState.OPEN, None
        row.revision += 1
        event(at, row, STILL, before)
    elif worse and due is not None and before not in DECIDED:
        row.due_on = min(due, row.due_on or due)


def reopen(at: Sighting, row: StoredFinding, why: str, due: dt.date | None) -> None:
    """It is open from now on, and due on that day."""
    before = row.state
    row.state, row.closed_at, row.opened_at, row.due_on = FindingState.OPEN, None, at.now, due
    row.answered_at = None
    row.revision += 1
    event(at, row, why, before)


def close(at: Sighting, row: StoredFinding, why: str) -> None:
    """It is there no more."""
    before = row.state
    row.state, row.closed_at = FindingState.VERIFIED, at.now
    row.accepted_until = row.accepted_by_id = row.answered_at = None
    row.revision += 1
    event(at, row, why, before)


def event(at: Sighting, row: StoredFinding, act: str, before: str) -> None:
    """Its history has the act."""
    at.session.add(
        FindingEvent(
            finding_id=row.id,
            at=at.now,
            by_kind=at.by_kind,
            by_id=at.by_id,
            act=f"{at.what} {act}".strip(),
            state_before=before,
            state_after=row.state,
            note=at.note,
            scan_id=at.scan_id,
            created_at=at.now,
        )
    )
