"""What waits for a person, whatever kind of work it is, with the day until which it is due."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, case, nulls_first, or_
from sqlalchemy.orm import selectinload
from sqlmodel import Session, col, func, select

from vendor_risk.store.models.access import Access
from vendor_risk.store.models.decisions import Condition, Decision, DecisionState, Review
from vendor_risk.store.models.documents import Contract, Document, DocumentDuty
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.people import User
from vendor_risk.store.models.responses import WITH_US, QuestionnaireResponse
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.models.work import Mention, Note
from vendor_risk.store.queries import decisions as listed
from vendor_risk.store.queries.access import review_overdue
from vendor_risk.workflow.access import review_before, review_due
from vendor_risk.workflow.people import role_names
from vendor_risk.workflow.responses.review import review_due as answers_due

AHEAD = dt.timedelta(days=90)  # a quarter; what is due later is not this morning's work
WEEK = dt.timedelta(days=7)
MOST = 50  # of each kind on one page; how many there are is counted apart


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
    ANSWER = "answer"
    DUTY = "duty"


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


@dataclass(frozen=True, slots=True)
class Load:
    """How much waits, how much of it is late, and how much is due within a week or has no day."""

    total: int = 0
    late: int = 0
    week: int = 0

    def __add__(self, other: "Load") -> "Load":
        return Load(self.total + other.total, self.late + other.late, self.week + other.week)


Loads = Mapping[uuid.UUID | None, Mapping[DutyKind, Load]]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where one kind of work stands: whose it is, when it is due, and how a row is told."""

    rows: Any  # the query of all there is, whoever's
    owner: Any
    due: Any  # a column; None where it waits without a day
    tell: Callable[..., Duty]
    counted: Any = None  # the same without what only a page needs, where that is slow to count
    late: Any = None  # what is late, where no column says the day


def duties(
    session: Session, people: Sequence[User], today: dt.date, most: int = MOST
) -> list[Duty]:
    """What waits for these people, the most urgent first; what has no day comes first.

    At most so much of each kind: `loads` says how much there is.
    """
    ids = [person.id for person in people]
    if not ids:
        return []
    found: list[Duty] = []
    for _kind, source in _sources(today):
        found += _told(session, source, ids, most)
    told: set[uuid.UUID] = set()  # what two of them may decide is one thing to do
    for person in people:
        if "approver" in role_names(person):
            waiting = [one for one in _decisions(session, person, most) if one.id not in told]
            told.update(one.id for one in waiting)
            found += waiting
    return sorted(
        found, key=lambda one: (one.due or dt.date.min, -one.severity, one.vendor, str(one.id))
    )


def loads(
    session: Session, today: dt.date, people: Sequence[User] | None = None
) -> dict[uuid.UUID | None, dict[DutyKind, Load]]:
    """How much waits for whom, by kind; for everybody, and for nobody under None, without people.

    Counted by the database, one query for a kind: no row of the work is read. Of people who are
    named, what two of them may decide counts once, for the first.
    """
    found: dict[uuid.UUID | None, dict[DutyKind, Load]] = defaultdict(dict)
    for kind, source in _sources(today):
        for owner_id, load in _counted(session, source, today, people):
            found[owner_id][kind] = found[owner_id].get(kind, Load()) + load
    together = people is not None
    if people is None:
        active = select(User).where(col(User.active).is_(True))
        people = session.exec(active.options(selectinload(User.roles))).all()  # type: ignore[arg-type]
    earlier: list[uuid.UUID] = []
    for person in people:
        if "approver" in role_names(person):
            waiting = listed.count_waiting(session, person.id, besides=earlier)
            earlier += [person.id] if together else []
            if waiting:
                found[person.id][DutyKind.DECISION] = Load(waiting, 0, waiting)
    return dict(found)


def answer_due(row: StoredFinding) -> dt.date | None:
    """The day by which somebody looks at what the vendor said of it: within a week."""
    return row.answered_at.astimezone(dt.UTC).date() + WEEK if row.answered_at else None


def by_week(found: Iterable[Duty], today: dt.date) -> list[tuple[dt.date | None, list[Duty]]]:
    """The duties by the Monday of their week; what is overdue or has no day stands under None."""
    weeks: dict[dt.date | None, list[Duty]] = {}
    for one in found:
        late = one.due is None or one.due < today
        monday = None if late or one.due is None else one.due - dt.timedelta(one.due.weekday())
        weeks.setdefault(monday, []).append(one)
    return sorted(weeks.items(), key=lambda week: week[0] or dt.date.min)


def _told(session: Session, source: _Source, ids: Sequence[uuid.UUID], most: int) -> Iterator[Duty]:
    rows = source.rows.where(source.owner.in_(ids)).limit(most)
    for row in session.exec(rows):
        yield source.tell(*row)


def _counted(
    session: Session, source: _Source, today: dt.date, people: Sequence[User] | None
) -> Iterator[tuple[uuid.UUID | None, Load]]:
    if source.late is not None:
        late, week = source.late, ~source.late
    elif source.due is None:
        late, week = None, None
    else:
        late = source.due < today
        week = or_(source.due.is_(None), and_(source.due >= today, source.due < today + WEEK))
    rows = source.rows if source.counted is None else source.counted
    if people is not None:
        rows = rows.where(source.owner.in_([one.id for one in people]))
    rows = rows.order_by(None).with_only_columns(
        source.owner,
        func.count(),
        0 * func.count() if late is None else func.sum(case((late, 1), else_=0)),
        func.count() if week is None else func.sum(case((week, 1), else_=0)),
        maintain_column_froms=True,
    )
    for owner_id, total, is_late, is_soon in session.exec(rows.group_by(source.owner)):
        yield owner_id, Load(total, int(is_late), int(is_soon))


def _sources(today: dt.date) -> Iterator[tuple[DutyKind, _Source]]:
    yield DutyKind.FINDING, _findings()
    yield DutyKind.ANSWER, _answers(today)
    yield DutyKind.ANSWER, _answers(today, ownerless=True)
    yield DutyKind.CONDITION, _conditions()
    yield DutyKind.REVIEW, _vendors(today)
    yield DutyKind.REVIEW, _reviews(today)
    yield DutyKind.ACCESS, _accesses(today)
    yield DutyKind.CONTRACT, _contracts(today)
    yield DutyKind.MENTION, _mentions()
    yield DutyKind.RESPONSE, _responses(today)
    yield DutyKind.DUTY, _of_documents()


def _findings() -> _Source:
    def tell(row: StoredFinding, vendor: Vendor) -> Duty:
        return _duty(
            DutyKind.FINDING,
            row.id,
            row.owner_id,
            vendor,
            row.title,
            due=row.due_on,
            severity=row.severity,
        )

    standing = (
        col(StoredFinding.closed_at).is_(None),
        col(StoredFinding.accepted_until).is_(None),
        col(StoredFinding.answered_at).is_(None),  # that waits for us: `_answers`
    )
    archived = select(Vendor.id).where(col(Vendor.archived_at).is_not(None))
    return _Source(
        select(StoredFinding, Vendor)
        .join(Vendor, col(Vendor.id) == col(StoredFinding.vendor_id))
        .where(*standing, col(Vendor.archived_at).is_(None))
        .order_by(col(StoredFinding.due_on), col(StoredFinding.id)),
        col(StoredFinding.owner_id),
        col(StoredFinding.due_on),
        tell,
        # read from an index alone, however many findings there are
        counted=select(StoredFinding.id, StoredFinding.owner_id).where(
            *standing, col(StoredFinding.vendor_id).not_in(archived)
        ),
    )


def _answers(today: dt.date, *, ownerless: bool = False) -> _Source:
    """What a vendor disputes or says is fixed; of a finding without owner it is the vendor's."""
    answered = col(StoredFinding.answered_at)
    owner = col(Vendor.owner_id) if ownerless else col(StoredFinding.owner_id)

    def tell(row: StoredFinding, vendor: Vendor) -> Duty:
        return _duty(
            DutyKind.ANSWER,
            row.id,
            vendor.owner_id if ownerless else row.owner_id,
            vendor,
            row.reason or row.title,
            due=answer_due(row),
            severity=row.severity,
        )

    nobodys = col(StoredFinding.owner_id).is_(None)
    return _Source(
        select(StoredFinding, Vendor)
        .join(Vendor, col(Vendor.id) == col(StoredFinding.vendor_id))
        .where(
            answered.is_not(None),
            nobodys if ownerless else ~nobodys,
            col(Vendor.archived_at).is_(None),
        )
        .order_by(answered, col(StoredFinding.id)),
        owner,
        None,
        tell,
        late=answered < dt.datetime.combine(today - WEEK, dt.time(), dt.UTC),
    )


def _conditions() -> _Source:
    def tell(row: Condition, vendor: Vendor, decision: Decision) -> Duty:
        owner_id, about = row.owner_id, decision.engagement_id
        return _duty(
            DutyKind.CONDITION,
            row.id,
            owner_id,
            vendor,
            row.text,
            due=row.due_on,
            severity=3,
            about=about,
        )

    return _Source(
        select(Condition, Vendor, Decision)
        .join(Vendor, col(Vendor.id) == col(Condition.vendor_id))
        .join(Decision, col(Decision.id) == col(Condition.decision_id))
        .where(
            col(Condition.met_at).is_(None),
            col(Condition.dropped_at).is_(None),
            Decision.state == DecisionState.IN_FORCE,
            col(Vendor.archived_at).is_(None),
        )
        .order_by(col(Condition.due_on), col(Condition.id)),
        col(Condition.owner_id),
        col(Condition.due_on),
        tell,
    )


def _vendors(today: dt.date) -> _Source:
    """Reviews that are due by a decision or a notice date; who asked for one told it apart."""

    def tell(row: Vendor, _same: uuid.UUID) -> Duty:
        return _duty(DutyKind.REVIEW, row.id, row.owner_id, row, "", due=row.next_review_on)

    asked = select(Review.id).where(
        Review.vendor_id == Vendor.id,
        col(Review.closed_at).is_(None),
        col(Review.due_on) <= col(Vendor.next_review_on),
    )
    return _Source(
        select(Vendor, Vendor.id)
        .where(
            col(Vendor.next_review_on) <= today + AHEAD,
            col(Vendor.archived_at).is_(None),
            ~asked.exists(),
        )
        .order_by(col(Vendor.next_review_on), col(Vendor.id)),
        col(Vendor.owner_id),
        col(Vendor.next_review_on),
        tell,
    )


def _reviews(today: dt.date) -> _Source:
    def tell(row: Review, vendor: Vendor, bought: Engagement) -> Duty:
        what = f"{bought.name}: {row.reason}"
        return _duty(
            DutyKind.REVIEW,
            row.id,
            vendor.owner_id,
            vendor,
            what,
            due=row.due_on,
            severity=2,
            about=bought.id,
        )

    return _Source(
        select(Review, Vendor, Engagement)
        .join(Vendor, col(Vendor.id) == col(Review.vendor_id))
        .join(Engagement, col(Engagement.id) == col(Review.engagement_id))
        .where(
            col(Review.closed_at).is_(None),
            col(Review.due_on) <= today + AHEAD,
            col(Vendor.archived_at).is_(None),
        )
        .order_by(col(Review.due_on), col(Review.id)),
        col(Vendor.owner_id),
        col(Review.due_on),
        tell,
    )


def _accesses(today: dt.date) -> _Source:
    def tell(row: Access, vendor: Vendor) -> Duty:
        due = review_due(row) or row.created_at.astimezone(dt.UTC).date()
        return _duty(
            DutyKind.ACCESS, row.id, vendor.owner_id, vendor, row.name, due=due, severity=2
        )

    midnight = dt.datetime.combine(today, dt.time(), dt.UTC)
    return _Source(
        select(Access, Vendor)
        .join(Vendor, col(Vendor.id) == col(Access.vendor_id))
        .where(
            col(Access.ended_at).is_(None),
            review_overdue(review_before(today)),
            col(Vendor.archived_at).is_(None),
        )
        .order_by(nulls_first(col(Access.last_reviewed_on)), col(Access.id)),
        col(Vendor.owner_id),
        None,
        tell,
        late=or_(col(Access.last_reviewed_on).is_not(None), col(Access.created_at) < midnight),
    )


def _contracts(today: dt.date) -> _Source:
    def tell(row: Contract, vendor: Vendor) -> Duty:
        return _duty(
            DutyKind.CONTRACT, row.id, vendor.owner_id, vendor, row.title, due=row.notice_on
        )

    return _Source(
        select(Contract, Vendor)
        .join(Vendor, col(Vendor.id) == col(Contract.vendor_id))
        .where(
            col(Contract.ended_at).is_(None),
            col(Contract.notice_on) >= today,  # past it there is nothing left to do
            col(Contract.notice_on) <= today + AHEAD,
            col(Vendor.archived_at).is_(None),
        )
        .order_by(col(Contract.notice_on), col(Contract.id)),
        col(Vendor.owner_id),
        col(Contract.notice_on),
        tell,
    )


def _of_documents() -> _Source:
    """What reports of vendors leave to their customers."""

    def tell(row: DocumentDuty, _document: Document, vendor: Vendor) -> Duty:
        return _duty(DutyKind.DUTY, row.id, vendor.owner_id, vendor, row.text, due=row.due_on)

    return _Source(
        select(DocumentDuty, Document, Vendor)
        .join(Document, col(Document.id) == col(DocumentDuty.document_id))
        .join(Vendor, col(Vendor.id) == col(Document.vendor_id))
        .where(col(DocumentDuty.ended_at).is_(None), col(Vendor.archived_at).is_(None))
        .order_by(col(DocumentDuty.due_on), col(DocumentDuty.id)),
        col(Vendor.owner_id),
        col(DocumentDuty.due_on),
        tell,
    )


def _mentions() -> _Source:
    def tell(mention: Mention, row: Note, vendor: Vendor) -> Duty:
        text = row.text if len(row.text) <= 120 else row.text[:119] + "…"
        owner_id, about = mention.person_id, row.engagement_id
        return _duty(DutyKind.MENTION, row.id, owner_id, vendor, text, about=about)

    return _Source(
        select(Mention, Note, Vendor)
        .join(Note, col(Note.id) == col(Mention.note_id))
        .join(Vendor, col(Vendor.id) == col(Note.vendor_id))
        .where(col(Mention.seen_at).is_(None), col(Note.withdrawn_at).is_(None))
        .order_by(col(Note.created_at), col(Note.id)),
        col(Mention.person_id),
        None,
        tell,
    )


def _responses(today: dt.date) -> _Source:
    def tell(row: QuestionnaireResponse, vendor: Vendor) -> Duty:
        return _duty(
            DutyKind.RESPONSE,
            row.id,
            row.reviewer_id,
            vendor,
            row.number,
            due=answers_due(row),
            severity=2,
            about=row.engagement_id,
        )

    # five working days are a week, ten are two; to the day it stands with each
    week_ago = dt.datetime.combine(today - WEEK, dt.time(), dt.UTC)
    submitted = col(QuestionnaireResponse.submitted_at)
    return _Source(
        select(QuestionnaireResponse, Vendor)
        .join(Vendor, col(Vendor.id) == col(QuestionnaireResponse.vendor_id))
        .where(
            col(QuestionnaireResponse.state).in_(WITH_US),
            col(Vendor.archived_at).is_(None),
        )
        .order_by(submitted, col(QuestionnaireResponse.id)),
        col(QuestionnaireResponse.reviewer_id),
        None,
        tell,
        late=or_(
            and_(col(QuestionnaireResponse.tier) == 1, submitted < week_ago),
            submitted < week_ago - WEEK,
        ),
    )


def _decisions(session: Session, person: User, most: int) -> Iterator[Duty]:
    rows = session.exec(listed.waiting_rows().where(listed.for_person(person.id)).limit(most)).all()
    for row, vendor, engagement in rows:
        what, about = engagement.name, engagement.id
        yield _duty(DutyKind.DECISION, row.id, person.id, vendor, what, severity=2, about=about)


def _duty(
    kind: DutyKind,
    id: uuid.UUID,
    person_id: uuid.UUID | None,
    vendor: Vendor,
    what: str,
    *,
    due: dt.date | None = None,
    severity: int = 0,
    about: uuid.UUID | None = None,
) -> Duty:
    if person_id is None:
        raise ValueError(f"the {kind} {id} is nobody's")
    return Duty(kind, id, person_id, vendor.id, vendor.name, what, due, severity, about)
