"""The secret address of a person's calendar; only the hash of it is kept."""

import datetime as dt
import hashlib
import secrets
import uuid

from sqlmodel import Session, col, select

from vendor_risk.store.audit import record
from vendor_risk.store.models.people import User
from vendor_risk.store.models.work import CalendarFeed


def standing(session: Session, person_id: uuid.UUID) -> CalendarFeed | None:
    """The feed that opens now."""
    return session.exec(
        select(CalendarFeed).where(
            CalendarFeed.person_id == person_id, col(CalendarFeed.ended_at).is_(None)
        )
    ).first()


def begin(session: Session, person: User, *, now: dt.datetime) -> str:
    """A new secret, which is told this once; the one before opens nothing any more."""
    revoke(session, person, now=now)
    token = secrets.token_urlsafe(32)
    session.add(CalendarFeed(person_id=person.id, token_sha256=_hash(token), created_at=now))
    session.flush()
    _note(session, person, "calendar.begun", now)
    return token


def revoke(session: Session, person: User, *, now: dt.datetime) -> bool:
    """The address opens nothing any more; False when there was none."""
    row = standing(session, person.id)
    if row is None:
        return False
    row.ended_at = now
    session.flush()
    _note(session, person, "calendar.revoked", now)
    return True


def person_of(session: Session, token: str) -> User | None:
    """Whose calendar the secret opens; None for a wrong or ended one, or a closed account."""
    row = session.exec(
        select(CalendarFeed).where(
            CalendarFeed.token_sha256 == _hash(token), col(CalendarFeed.ended_at).is_(None)
        )
    ).first()
    person = session.get(User, row.person_id) if row else None
    return person if person is not None and person.active else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _note(session: Session, person: User, act: str, now: dt.datetime) -> None:
    record(
        session,
        actor=person.id,
        act=act,
        subject_kind="person",
        subject_id=person.id,
        now=now,
    )
