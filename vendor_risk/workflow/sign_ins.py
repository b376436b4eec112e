"""Sign-ins: when one begins, how long it holds, and what of it the log keeps."""

import datetime as dt
import uuid

from sqlmodel import Session

from vendor_risk.store.audit import record
from vendor_risk.store.models.people import SignIn, User

# After so long without a click, and after so long whatever one clicks: a working day, and a day.
IDLE = dt.timedelta(hours=8)
LONGEST = dt.timedelta(hours=24)


def begin(session: Session, user: User, *, now: dt.datetime) -> SignIn:
    """A new sign-in; its id belongs into the cookie of this browser."""
    begun = SignIn(user_id=user.id, created_at=now)
    session.add(begun)
    note(session, user, "person.signed_in", now=now)
    return begun


def holds(session: Session, sign_in: uuid.UUID, user: User, *, now: dt.datetime) -> bool:
    """Whether that sign-in is this person's and neither ended nor too old."""
    found = session.get(SignIn, sign_in)
    if found is None or found.user_id != user.id or found.ended_at is not None:
        return False
    return now - found.created_at < LONGEST


def end(session: Session, sign_in: uuid.UUID, user: User, *, now: dt.datetime) -> None:
    """That sign-in opens nothing any more, not even with a copy of its cookie."""
    found = session.get(SignIn, sign_in)
    if found is None or found.user_id != user.id or found.ended_at is not None:
        return
    found.ended_at = now
    session.add(found)
    note(session, user, "person.signed_out", now=now)


def note(session: Session, user: User, act: str, *, now: dt.datetime, **facts: str) -> None:
    """The log says that the person did this with their own account."""
    record(
        session,
        actor=user.id,
        act=act,
        subject_kind="person",
        subject_id=user.id,
        after=facts or None,
        now=now,
    )


def note_failure(session: Session, user: User | None, *, kind: str, now: dt.datetime) -> None:
    """The log says that somebody failed to sign in; what they typed is not kept."""
    record(
        session,
        actor="stranger",
        act="person.sign_in_failed",
        subject_kind="person",
        subject_id=user.id if user else "",
        after={"failed": kind},
        now=now,
    )


def note_locked(session: Session, user: User | None, *, place: str, now: dt.datetime) -> None:
    """The log says that sign-in is shut for a while after too many failures."""
    record(
        session,
        actor="stranger",
        act="person.locked",
        subject_kind="person",
        subject_id=user.id if user else "",
        after={"place": place},
        now=now,
    )


def note_reset_asked(session: Session, user: User, *, now: dt.datetime) -> None:
    """The log says that somebody asked for a link to set this person's password."""
    record(
        session,
        actor="stranger",
        act="person.reset_asked",
        subject_kind="person",
        subject_id=user.id,
        now=now,
    )
