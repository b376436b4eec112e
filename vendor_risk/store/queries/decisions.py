"""What the pages of decisions list: what waits, what is in force, what is due, what is breached."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import Select

from vendor_risk.store.models.decisions import Condition, Decision, DecisionState
from vendor_risk.store.models.intake import Intake, IntakeState
from vendor_risk.store.models.vendors import Engagement, Vendor

About = tuple[Decision, Vendor, Engagement]


def for_person(person_id: uuid.UUID) -> ColumnElement[bool]:
    """What this approver may decide: not their own request, nor their own proposal in tier 1, 2."""
    asked = select(Intake.id).where(
        Intake.engagement_id == Engagement.id,
        Intake.requester_id == person_id,
        Intake.state == IntakeState.SUBMITTED,
    )
    others = or_(
        col(Decision.proposed_by_id).is_(None),
        col(Decision.proposed_by_id) != person_id,
        and_(col(Engagement.tier) > 2, col(Engagement.tier_override).is_(None)),
    )
    return and_(others, ~asked.exists())


def _undecided() -> ColumnElement[bool]:
    """Proposals, and approvals of one person that need a second one since."""
    return or_(
        col(Decision.state) == DecisionState.WAITING,
        and_(
            col(Decision.state) == DecisionState.IN_FORCE,
            col(Decision.second_asked_at).is_not(None),
            col(Engagement.ended_at).is_(None),
        ),
    )


def unconfirmed(session: Session, most: int, vendor_id: uuid.UUID | None = None) -> Sequence[About]:
    """Approvals of one person that need a second one since, the longest first."""
    rows = waiting_rows().where(col(Decision.second_asked_at).is_not(None))
    if vendor_id is not None:
        rows = rows.where(Decision.vendor_id == vendor_id)
    return session.exec(rows.limit(most)).all()


def waiting(session: Session, most: int = 200) -> Sequence[About]:
    """What waits for a decision, the longest first."""
    return session.exec(waiting_rows().limit(most)).all()


def waiting_rows() -> Select[Decision, Vendor, Engagement]:
    """The query of what waits for a decision, the longest first."""
    return (
        select(Decision, Vendor, Engagement)
        .join(Vendor, col(Vendor.id) == col(Decision.vendor_id))
        .join(Engagement, col(Engagement.id) == col(Decision.engagement_id))
        .where(
            _undecided(),
            col(Vendor.archived_at).is_(None),
        )
        .order_by(col(Decision.created_at), col(Decision.id))
    )


def count_waiting(
    session: Session, person_id: uuid.UUID, *, besides: Sequence[uuid.UUID] = ()
) -> int:
    """How much waits that this approver may decide, and none of the others."""
    return session.exec(
        select(func.count())
        .select_from(Decision)
        .join(Vendor, col(Vendor.id) == col(Decision.vendor_id))
        .join(Engagement, col(Engagement.id) == col(Decision.engagement_id))
        .where(
            _undecided(),
            col(Vendor.archived_at).is_(None),
            for_person(person_id),
            *(~for_person(other) for other in besides),
        )
    ).one()


def in_force(session: Session, *, first: int, most: int) -> tuple[Sequence[About], int]:
    """One page of what is in force, the newest first, and how many there are."""
    rows = (
        select(Decision, Vendor, Engagement)
        .join(Vendor, col(Vendor.id) == col(Decision.vendor_id))
        .join(Engagement, col(Engagement.id) == col(Decision.engagement_id))
        .where(Decision.state == DecisionState.IN_FORCE)
        .order_by(col(Decision.created_at).desc(), col(Decision.id))
    )
    total = session.exec(
        select(func.count()).select_from(Decision).where(Decision.state == DecisionState.IN_FORCE)
    ).one()
    return session.exec(rows.offset(first).limit(most)).all(), total


def reviews(session: Session, until: dt.date, most: int = 25) -> Sequence[Vendor]:
    """Vendors whose review is due by that day, the longest overdue first."""
    rows = select(Vendor).where(
        col(Vendor.next_review_on).is_not(None),
        col(Vendor.next_review_on) <= until,
        col(Vendor.archived_at).is_(None),
    )
    return session.exec(
        rows.order_by(col(Vendor.next_review_on), Vendor.name_key).limit(most)
    ).all()


def late_conditions(
    session: Session, today: dt.date, most: int = 25
) -> Sequence[tuple[Condition, Vendor, Decision]]:
    """Conditions in force whose day has passed, the oldest first."""
    rows = (
        select(Condition, Vendor, Decision)
        .join(Vendor, col(Vendor.id) == col(Condition.vendor_id))
        .join(Decision, col(Decision.id) == col(Condition.decision_id))
        .where(
            col(Condition.met_at).is_(None),
            col(Condition.dropped_at).is_(None),
            col(Condition.due_on) < today,
            # wrapped, so that the days lead: SQLite would begin with all decisions in force
            func.coalesce(Decision.state, "") == DecisionState.IN_FORCE,
            col(Vendor.archived_at).is_(None),
        )
        .order_by(col(Condition.due_on), col(Condition.id))
    )
    return session.exec(rows.limit(most)).all()
