"""The state of a vendor, as it follows from the decisions in force."""

import datetime as dt
from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from vendor_risk.store.models.decisions import Decision, DecisionKind, DecisionState, Review
from vendor_risk.store.models.documents import Contract
from vendor_risk.store.models.vendors import Engagement, Vendor, VendorState
from vendor_risk.workflow.vendors import touch

# From the best to the worst: a vendor is what the worst decision on what we buy from it says.
_LEADS_TO = {
    DecisionKind.APPROVE: VendorState.APPROVED,
    DecisionKind.CONDITIONAL: VendorState.CONDITIONAL,
    DecisionKind.REJECT: VendorState.REJECTED,
    DecisionKind.OFFBOARD: VendorState.OFFBOARDING,
}
_WORSE = list(_LEADS_TO)


def settle(session: Session, vendor: Vendor, *, now: dt.datetime) -> bool:
    """The vendor is in the state that its decisions in force lead to; False when it was already.

    Without any it stays as it is: nobody decided.
    """
    rows = decided(session, vendor)
    if not rows:
        return False
    worst = max((DecisionKind(row.kind) for row in rows), key=_WORSE.index)
    days = [row.review_on for row in rows if row.review_on]
    if notice := _notice_ahead(session, vendor, now):
        days.append(notice)
    days += session.exec(
        select(col(Review.due_on)).where(
            Review.vendor_id == vendor.id, col(Review.closed_at).is_(None)
        )
    )
    vendor.next_review_on = min(days, default=None)
    where = "state" if vendor.archived_at is None else "state_before_archive"
    if getattr(vendor, where) == _LEADS_TO[worst]:
        return False
    setattr(vendor, where, _LEADS_TO[worst])
    touch(vendor, now)
    return True


def decided(session: Session, vendor: Vendor) -> Sequence[Decision]:
    """The decisions in force on what we buy from the vendor today."""
    session.flush()
    return session.exec(
        select(Decision)
        .join(Engagement, col(Engagement.id) == col(Decision.engagement_id))
        .where(
            Decision.vendor_id == vendor.id,
            Decision.state == DecisionState.IN_FORCE,
            col(Engagement.ended_at).is_(None),
        )
    ).all()


def _notice_ahead(session: Session, vendor: Vendor, now: dt.datetime) -> dt.date | None:
    """The day of a review that a contract opened and that nobody has decided after."""
    decided = select(func.max(col(Decision.decided_at))).where(Decision.vendor_id == vendor.id)
    last = session.exec(decided).one()
    opened = session.exec(
        select(func.max(col(Contract.review_opened_at))).where(
            Contract.vendor_id == vendor.id,
            col(Contract.ended_at).is_(None),
            col(Contract.notice_on) >= now.astimezone(dt.UTC).date(),
        )
    ).one()
    if opened is None or (last is not None and last >= opened):
        return None
    return opened.astimezone(dt.UTC).date()
