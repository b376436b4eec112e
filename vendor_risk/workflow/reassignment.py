"""All work of one person goes to another, and can be taken back."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select, update

from vendor_risk.store.audit import record, tell
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.decisions import Condition
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.people import User
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.models.work import Mention, Note
from vendor_risk.workflow.vendors import VendorRefused

_ACT = "work.reassigned"
_AT_ONCE = 400  # SQLite of old takes 999 parameters in a statement

Owned = (
    type[Vendor]
    | type[Engagement]
    | type[StoredFinding]
    | type[Condition]
    | type[QuestionnaireResponse]
)
KINDS: Mapping[str, Owned] = {
    "vendors": Vendor,
    "engagements": Engagement,
    "findings": StoredFinding,
    "conditions": Condition,
    "responses": QuestionnaireResponse,
}
CALLS = "calls"  # notes that call the person and that they have not read


def counts(session: Session, person_id: uuid.UUID) -> dict[str, int]:
    """How much of each kind the person answers for."""
    return {
        word: session.exec(
            select(func.count()).select_from(model).where(_owned(model, person_id))
        ).one()
        for word, model in KINDS.items()
    } | {CALLS: len(_calls(session, person_id))}


def reassign(
    session: Session, person: User, to: User | None, *, now: dt.datetime, actor: uuid.UUID
) -> dict[str, int]:
    """The other person answers for all of it; how much of each kind moved."""
    if to is None or not to.active:
        raise VendorRefused("Choose somebody with an active account.", "to")
    if to.id == person.id:
        raise VendorRefused("That is the same person: choose another one.", "to")
    moved: dict[str, list[str]] = {}
    for word, model in KINDS.items():
        rows = session.exec(
            select(model.id).where(_owned(model, person.id)).with_for_update()
        ).all()
        _move(session, model, list(rows), to.id)
        moved[word] = [str(row) for row in rows]
    moved[CALLS] = [str(one) for one in _call(session, person, to, now)]
    record(
        session,
        actor=actor,
        act=_ACT,
        subject_kind="person",
        subject_id=person.id,
        after={"to": str(to.id), "moved": moved},
        now=now,
    )
    return {word: len(rows) for word, rows in moved.items()}


def undo(
    session: Session,
    person: User,
    moment: dt.datetime,
    *,
    now: dt.datetime,
    actor: uuid.UUID,
) -> int:
    """What moved at that moment, and is still the other one's, is the person's again; how much."""
    entry = session.exec(
        select(AuditEntry).where(
            AuditEntry.act == _ACT,
            AuditEntry.at == moment,
            AuditEntry.actor_id == actor,
            AuditEntry.subject_id == str(person.id),
        )
    ).first()
    told: dict[str, Any] = (tell(session, entry).after or {}) if entry else {}
    back = 0
    for word, ids in told.get("moved", {}).items():
        held = uuid.UUID(told["to"])
        if word == CALLS:
            back += _call_back(session, [uuid.UUID(one) for one in ids], held, person.id)
            continue
        model = KINDS[word]
        for start in range(0, len(ids), _AT_ONCE):
            some = [uuid.UUID(one) for one in ids[start : start + _AT_ONCE]]
            still = session.exec(
                select(model.id)
                .where(col(model.id).in_(some), _column(model) == held)
                .with_for_update()  # whoever gives it to a third one meanwhile is not undone
            ).all()
            _move(session, model, list(still), person.id)
            back += len(still)
    if back:
        record(
            session,
            actor=actor,
            act="work.given_back",
            subject_kind="person",
            subject_id=person.id,
            after={"count": back},
            now=now,
        )
    return back


def _calls(session: Session, person_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """The notes that call the person and that they have not read."""
    return session.exec(
        select(Mention.note_id)
        .join(Note, col(Note.id) == col(Mention.note_id))
        .where(
            Mention.person_id == person_id,
            col(Mention.seen_at).is_(None),
            col(Note.withdrawn_at).is_(None),
        )
        .order_by(col(Mention.note_id))
    ).all()


def _call(session: Session, person: User, to: User, now: dt.datetime) -> list[uuid.UUID]:
    """Notes that call the person call the other one; those that moved."""
    moved = []
    for note_id in _calls(session, person.id):
        row = session.get_one(Mention, (note_id, person.id))
        if session.get(Mention, (note_id, to.id)) is not None:
            row.seen_at = now  # the other one is called already
            continue
        session.delete(row)
        session.add(Mention(note_id=note_id, person_id=to.id))
        moved.append(note_id)
    session.flush()
    return moved


def _call_back(
    session: Session, note_ids: Sequence[uuid.UUID], held: uuid.UUID, to: uuid.UUID
) -> int:
    """What the other one has not read calls the person again; how many notes."""
    back = 0
    for note_id in note_ids:
        row = session.get(Mention, (note_id, held))
        if row is None or row.seen_at is not None:
            continue
        session.delete(row)
        session.add(Mention(note_id=note_id, person_id=to))
        back += 1
    session.flush()
    return back


def _move(session: Session, model: Owned, ids: list[uuid.UUID], to: uuid.UUID) -> None:
    for start in range(0, len(ids), _AT_ONCE):
        session.exec(
            update(model)
            .where(col(model.id).in_(ids[start : start + _AT_ONCE]))
            .values({_column(model): to, "revision": model.revision + 1})
        )


def _column(model: Owned) -> Any:
    """The column that says who answers for a row."""
    return col(model.reviewer_id if model is QuestionnaireResponse else model.owner_id)  # type: ignore[union-attr]


def _owned(model: Owned, person_id: uuid.UUID) -> ColumnElement[bool]:
    owned: ColumnElement[bool] = _column(model) == person_id
    if model is StoredFinding:
        return owned & col(StoredFinding.closed_at).is_(None)
    if model is Condition:
        return owned & col(Condition.met_at).is_(None) & col(Condition.dropped_at).is_(None)
    if model is Engagement:
        return owned & col(Engagement.ended_at).is_(None)
    if model is QuestionnaireResponse:
        return owned & col(QuestionnaireResponse.ended_at).is_(None)
    return owned
