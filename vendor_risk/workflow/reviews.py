"""Reviews that people ask for: what was approved is looked at again by a day, for a reason."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from vendor_risk.store.models.decisions import Decision, DecisionKind, DecisionState, Review
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow.standing import settle
from vendor_risk.workflow.vendors import Actor, VendorRefused, clean, note

REASON = 500  # the width of the column
AHEAD = dt.timedelta(days=365)  # the longest interval between reviews is longer; asking is sooner
_AT_ONCE = 400  # SQLite of old takes 999 parameters in a statement
_APPROVED = (DecisionKind.APPROVE, DecisionKind.CONDITIONAL)


@dataclass(frozen=True, slots=True)
class Opened:
    """How many engagements are reviewed now, were already, and how many vendors have none."""

    opened: int
    open_before: int
    without: int


def open_many(
    session: Session,
    vendors: Sequence[Vendor],
    *,
    due_on: dt.date | None,
    reason: str,
    now: dt.datetime,
    actor: Actor,
) -> Opened:
    """Whatever is approved of these vendors has a review that a decision closes.

    One that is open already stays as it is. What nobody approved has nothing to look at again.
    """
    due_on, reason = _checked(due_on, reason, now)
    by_id = {one.id: one for one in vendors if one.archived_at is None and not one.ours}
    approved = _approved(session, list(by_id))
    before = _open_on(session, [one.id for one in approved])
    fresh = [one for one in approved if one.id not in before]
    for bought in fresh:
        vendor = by_id[bought.vendor_id]
        row = Review(
            vendor_id=vendor.id,
            engagement_id=bought.id,
            due_on=due_on,
            reason=reason,
            opened_by_id=actor if isinstance(actor, uuid.UUID) else None,
            created_at=now,
        )
        session.add(row)
        vendor.next_review_on = min(vendor.next_review_on or due_on, due_on)
        after = {"engagement": bought.name, "due_on": due_on, "reason": reason, "id": row.id}
        note(session, vendor, "review.opened", actor=actor, now=now, after=after)
    session.flush()
    without = len(vendors) - len({one.vendor_id for one in approved})
    return Opened(len(fresh), len(before), without)


def withdraw(session: Session, review: Review, *, now: dt.datetime, actor: Actor) -> bool:
    """Nobody has to look again; False when the review was closed already."""
    session.refresh(review, with_for_update=True)
    if review.closed_at is not None:
        return False
    review.closed_at = now
    vendor = session.get_one(Vendor, review.vendor_id, with_for_update=True)
    note(session, vendor, "review.withdrawn", actor=actor, now=now, after={"id": review.id})
    settle(session, vendor, now=now)
    return True


def undo(session: Session, moment: dt.datetime, *, now: dt.datetime, actor: Actor) -> int:
    """What this person opened at that moment, and is still open, is withdrawn; how much."""
    rows = session.exec(
        select(Review)
        .where(
            Review.created_at == moment,
            Review.opened_by_id == actor,
            col(Review.closed_at).is_(None),
        )
        .order_by(col(Review.id))
    ).all()
    return sum(withdraw(session, row, now=now, actor=actor) for row in rows)


def close(
    session: Session, engagement_id: uuid.UUID, *, now: dt.datetime, decision: Decision | None
) -> bool:
    """The review of the engagement is over, by a decision or with the engagement."""
    row = open_on(session, engagement_id)
    if row is None:
        return False
    row.closed_at, row.decision_id = now, decision.id if decision else None
    return True


def open_on(session: Session, engagement_id: uuid.UUID) -> Review | None:
    """The engagement's open review."""
    return session.exec(
        select(Review).where(Review.engagement_id == engagement_id, col(Review.closed_at).is_(None))
    ).first()


def reasons(session: Session, vendor_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Why somebody asked for a review, of each vendor that has an open one: the first due."""
    rows = session.exec(
        select(Review)
        .where(col(Review.vendor_id).in_(list(vendor_ids)), col(Review.closed_at).is_(None))
        .order_by(col(Review.due_on).desc(), col(Review.id))
    )
    return {row.vendor_id: row.reason for row in rows}


def _checked(due_on: dt.date | None, reason: str, now: dt.datetime) -> tuple[dt.date, str]:
    today = now.astimezone(dt.UTC).date()
    if due_on is None or not today <= due_on <= today + AHEAD:
        raise VendorRefused("Give a day within a year by which they are looked at again.", "due_on")
    reason = clean(reason)
    if not reason:
        raise VendorRefused("Say why: whoever looks again reads that.", "reason")
    if len(reason) > REASON:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten the reason.",
            "reason",
            count=len(reason),
            most=REASON,
        )
    return due_on, reason


def _approved(session: Session, vendor_ids: Sequence[uuid.UUID]) -> list[Engagement]:
    """What is approved of these vendors and still bought."""
    found: list[Engagement] = []
    for start in range(0, len(vendor_ids), _AT_ONCE):
        found += session.exec(
            select(Engagement)
            .join(Decision, col(Decision.engagement_id) == col(Engagement.id))
            .where(
                col(Engagement.vendor_id).in_(vendor_ids[start : start + _AT_ONCE]),
                col(Engagement.ended_at).is_(None),
                Decision.state == DecisionState.IN_FORCE,
                col(Decision.kind).in_(_APPROVED),
            )
            .order_by(col(Engagement.vendor_id), col(Engagement.id))
        )
    return found


def _open_on(session: Session, engagement_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    found: set[uuid.UUID] = set()
    for start in range(0, len(engagement_ids), _AT_ONCE):
        some = engagement_ids[start : start + _AT_ONCE]
        found |= set(
            session.exec(
                select(Review.engagement_id).where(
                    col(Review.engagement_id).in_(some), col(Review.closed_at).is_(None)
                )
            )
        )
    return found
