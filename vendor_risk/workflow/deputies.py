"""Deputies: who stands in for a person, from one day to another.

A deputy sees the person's work and gains no role: they approve only where they are an approver.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlmodel import Session, col, select

from vendor_risk.store.audit import record
from vendor_risk.store.models.people import User
from vendor_risk.store.models.work import Deputy
from vendor_risk.workflow.vendors import VendorRefused

LONGEST = dt.timedelta(days=366)  # for longer, hand the work over


def name_deputy(
    session: Session,
    person: User,
    deputy: User | None,
    *,
    from_on: dt.date | None,
    until_on: dt.date | None,
    now: dt.datetime,
) -> Deputy:
    """The other one stands in for the person on these days, both included."""
    today = now.astimezone(dt.UTC).date()
    if deputy is None or not deputy.active:
        raise VendorRefused("Choose somebody with an active account.", "deputy_id")
    if deputy.id == person.id:
        raise VendorRefused("Nobody stands in for themselves: choose another one.", "deputy_id")
    if from_on is None:
        raise VendorRefused("Give the first day.", "from_on")
    if until_on is None:
        raise VendorRefused("Give the last day: a deputy does not stay for ever.", "until_on")
    if until_on < from_on or until_on < today:
        raise VendorRefused("The last day is before the first, or has passed.", "until_on")
    if until_on - from_on > LONGEST:
        raise VendorRefused("A year at most: for longer, hand the work over.", "until_on")
    row = Deputy(
        person_id=person.id,
        deputy_id=deputy.id,
        from_on=from_on,
        until_on=until_on,
        created_at=now,
    )
    session.add(row)
    session.flush()
    after = {"deputy_id": deputy.id, "from_on": from_on, "until_on": until_on}
    record(
        session,
        actor=person.id,
        act="deputy.named",
        subject_kind="person",
        subject_id=person.id,
        after=after,
        now=now,
    )
    return row


def end(session: Session, row: Deputy, *, now: dt.datetime, actor: uuid.UUID) -> bool:
    """The deputy stands in no longer; False when that was so already."""
    if row.ended_at is not None:
        return False
    row.ended_at = now
    record(
        session,
        actor=actor,
        act="deputy.ended",
        subject_kind="person",
        subject_id=row.person_id,
        before={"deputy_id": row.deputy_id},
        now=now,
    )
    return True


def stood_in_for(session: Session, deputy_id: uuid.UUID, today: dt.date) -> Sequence[User]:
    """For whom this person stands in today."""
    return session.exec(
        select(User)
        .join(Deputy, col(Deputy.person_id) == col(User.id))
        .where(
            Deputy.deputy_id == deputy_id,
            col(Deputy.ended_at).is_(None),
            col(Deputy.from_on) <= today,
            col(Deputy.until_on) >= today,
        )
        .distinct()
        .order_by(col(User.email))
    ).all()


def named_by(session: Session, person_id: uuid.UUID, today: dt.date) -> Sequence[Deputy]:
    """The person's deputies, of today and to come."""
    return session.exec(
        select(Deputy)
        .where(
            Deputy.person_id == person_id,
            col(Deputy.ended_at).is_(None),
            col(Deputy.until_on) >= today,
        )
        .order_by(col(Deputy.from_on), col(Deputy.id))
    ).all()
