"""What waits for a person, whatever kind of work it is, with the day until which it is due."""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session, col, select

from vendor_risk.store.models.access import Access
from vendor_risk.store.models.decisions import Condition, Decision, DecisionState
from vendor_risk.store.models.documents import Contract
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.people import User
from vendor_risk.store.models.responses import WITH_US, QuestionnaireResponse
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.store.models.work import Mention, Note
from vendor_risk.store.queries import decisions as listed
from vendor_risk.workflow.people import role_names
from vendor_risk.workflow.responses.review import review_due

AHEAD = dt.timedelta(days=90)  # a quarter; what is due later is not this morning's work
# Our own choice; PCI DSS 4.0.1, 7.2.4 asks for six months where card data is reached.
ACCESS_REVIEW = dt.timedelta(days=365)
_MOST = 500  # of each kind: whoever has more needs colleagues, not a longer list


class DutyKind(StrEnum):
    """What kind of work it is."""

    DECISION = "decision"
    MENTION = "mention"
    CONDITION = "condition"
    FINDING = "finding"
    REVIEW = "review"
    ACCESS = "access"
    CONTRACT = "contract"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do for one person; `due` is None where it waits without a day."""

    kind: DutyKind
    id: uuid.UUID
    person_id: uuid.UUID
    vendor_id: uuid.UUID
    vendor: str
    what: str
    due: dt.date | None
    severity: int = 0
    engagement_id: uuid.UUID | None = None


def duties(session: Session, people: Sequence[User], today: dt.date) -> list[Duty]:
    """All that waits for these people, the most urgent first; what has no day comes first."""
    ids = [person.id for person in people]
    if not ids:
        return []
    found = [
        *_findings(session, ids),
        *_conditions(session, ids),
        *_vendors(session, ids, today),
        *_accesses(session, ids, today),
        *_contracts(session, ids, today),
        *_mentions(session, ids),
        *_responses(session, ids),
    ]
    for person in people:
        if "approver" in role_names(person):
            found += _decisions(session, person)
    return sorted(
        found, key=lambda one: (one.due or dt.date.min, -one.severity, one.vendor, str(one.id))
    )


def by_week(found: Iterable[Duty], today: dt.date) -> list[tuple[dt.date | None, list[Duty]]]:
    """The duties by the Monday of their week; what is overdue or has no day stands under None."""
    weeks: dict[dt.date | None, list[Duty]] = {}
    for one in found:
        late = one.due is None or one.due < today
        monday = None if late or one.due is None else one.due - dt.timedelta(one.due.weekday())
        weeks.setdefault(monday, []).append(one)
    return sorted(weeks.items(), key=lambda week: week[0] or dt.date.min)


def _findings(session: Session, ids: Sequence[uuid.UUID]) -> Iterator[Duty]:
    rows = session.exec(
        select(StoredFinding, Vendor)
        .join(Vendor, col(Vendor.id) == col(StoredFinding.vendor_id))
        .where(
            col(StoredFinding.owner_id).in_(ids),
            col(StoredFinding.closed_at).is_(None),
            col(StoredFinding.accepted_until).is_(None),
            col(Vendor.archived_at).is_(None),
        )
        .order_by(col(StoredFinding.due_on), col(StoredFinding.id))
        .limit(_MOST)
    )
    for row, vendor in rows:
        if row.owner_id is not None:
            yield Duty(
                DutyKind.FINDING,
                row.id,
                row.owner_id,
                vendor.id,
                vendor.name,
                row.title,
                row.due_on,
                row.severity,
            )


def _conditions(session: Session, ids: Sequence[uuid.UUID]) -> Iterator[Duty]:
    rows = session.exec(
        select(Condition, Vendor, Decision)
        .join(Vendor, col(Vendor.id) == col(Condition.vendor_id))
        .join(Decision, col(Decision.id) == col(Condition.decision_id))
        .where(
            col(Condition.owner_id).in_(ids),
            col(Condition.met_at).is_(None),
            col(Condition.dropped_at).is_(None),
            Decision.state == DecisionState.IN_FORCE,
            col(Vendor.archived_at).is_(None),
        )
        .order_by(col(Condition.due_on), col(Condition.id))
        .limit(_MOST)
    )
    for row, vendor, decision in rows:
        if row.owner_id is not None:
            yield Duty(
                DutyKind.CONDITION,
                row.id,
                row.owner_id,
                vendor.id,
                vendor.name,
                row.text,
                row.due_on,
                3,
                decision.engagement_id,
            )


def _vendors(session: Session, ids: Sequence[uuid.UUID], today: dt.date) -> Iterator[Duty]:
    rows = session.exec(
        select(Vendor)
        .where(
            col(Vendor.owner_id).in_(ids),
            col(Vendor.next_review_on) <= today + AHEAD,
            col(Vendor.archived_at).is_(None),
        )
        .order_by(col(Vendor.next_review_on), col(Vendor.id))
        .limit(_MOST)
    )
    for row in rows:
        if row.owner_id is not None:
            yield Duty(
                DutyKind.REVIEW, row.id, row.owner_id, row.id, row.name, "", row.next_review_on
            )


def _accesses(session: Session, ids: Sequence[uuid.UUID], today: dt.date) -> Iterator[Duty]:
    rows = session.exec(
        select(Access, Vendor)
        .join(Vendor, col(Vendor.id) == col(Access.vendor_id))
        .where(
            col(Vendor.owner_id).in_(ids),
            col(Access.ended_at).is_(None),
            col(Vendor.archived_at).is_(None),
        )
        .order_by(col(Access.last_reviewed_on), col(Access.id))
        .limit(_MOST)
    )
    for row, vendor in rows:
        since = row.last_reviewed_on
        due = since + ACCESS_REVIEW if since else row.created_at.astimezone(dt.UTC).date()
        if vendor.owner_id is not None and due < today:
            yield Duty(
                DutyKind.ACCESS, row.id, vendor.owner_id, vendor.id, vendor.name, row.name, due, 2
            )


def _contracts(session: Session, ids: Sequence[uuid.UUID], today: dt.date) -> Iterator[Duty]:
    rows = session.exec(
        select(Contract, Vendor)
        .join(Vendor, col(Vendor.id) == col(Contract.vendor_id))
        .where(
            col(Vendor.owner_id).in_(ids),
            col(Contract.ended_at).is_(None),
            col(Contract.notice_on) >= today,  # past it there is nothing left to do
            col(Contract.notice_on) <= today + AHEAD,
            col(Vendor.archived_at).is_(None),
        )
        .order_by(col(Contract.notice_on), col(Contract.id))
        .limit(_MOST)
    )
    for row, vendor in rows:
        if vendor.owner_id is not None:
            yield Duty(
                DutyKind.CONTRACT,
                row.id,
                vendor.owner_id,
                vendor.id,
                vendor.name,
                row.title,
                row.notice_on,
            )


def _mentions(session: Session, ids: Sequence[uuid.UUID]) -> Iterator[Duty]:
    rows = session.exec(
        select(Mention, Note, Vendor)
        .join(Note, col(Note.id) == col(Mention.note_id))
        .join(Vendor, col(Vendor.id) == col(Note.vendor_id))
        .where(
            col(Mention.person_id).in_(ids),
            col(Mention.seen_at).is_(None),
            col(Note.withdrawn_at).is_(None),
        )
        .order_by(col(Note.created_at))
        .limit(_MOST)
    )
    for mention, row, vendor in rows:
        text = row.text if len(row.text) <= 120 else row.text[:119] + "…"
        yield Duty(DutyKind.MENTION, row.id, mention.person_id, vendor.id, vendor.name, text, None)


def _responses(session: Session, ids: Sequence[uuid.UUID]) -> Iterator[Duty]:
    rows = session.exec(
        select(QuestionnaireResponse, Vendor)
        .join(Vendor, col(Vendor.id) == col(QuestionnaireResponse.vendor_id))
        .where(
            col(QuestionnaireResponse.reviewer_id).in_(ids),
            col(QuestionnaireResponse.state).in_(WITH_US),
            col(Vendor.archived_at).is_(None),
        )
        .order_by(col(QuestionnaireResponse.submitted_at), col(QuestionnaireResponse.id))
        .limit(_MOST)
    )
    for row, vendor in rows:
        if row.reviewer_id is not None:
            yield Duty(
                DutyKind.RESPONSE,
                row.id,
                row.reviewer_id,
                vendor.id,
                vendor.name,
                row.number,
                review_due(row),
                2,
                row.engagement_id,
            )


def _decisions(session: Session, person: User) -> Iterator[Duty]:
    rows = session.exec(
        listed.waiting_rows().where(listed.for_person(person.id)).limit(_MOST)
    ).all()
    for row, vendor, engagement in rows:
        yield Duty(
            DutyKind.DECISION,
            row.id,
            person.id,
            vendor.id,
            vendor.name,
            engagement.name,
            None,
            2,
            engagement.id,
        )
