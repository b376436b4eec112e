"""What people did to a vendor, from the audit log, the newest first."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, select

from vendor_risk.store.audit import Told, tell
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.documents import Contract, Document
from vendor_risk.store.models.findings import FindingRequest, StoredFinding
from vendor_risk.store.models.intake import Intake
from vendor_risk.store.models.people import User
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.store.models.vendors import Engagement, Vendor

# Rows of each kind that are asked for by their ids: a statement takes some 30,000 parameters.
_MOST = 3_000
# Each page of a request that was filled in: the request as it was sent tells the whole.
_DRAFTED = "intake.saved"
# What happens to single answers, files and messages of a response stands on the page of that one.
UNTOLD = (
    _DRAFTED,
    "response.answer_judged",
    "response.answered_for_them",
    "response.answers_accepted",
    "response.evidence_read",
    "response.file_added",
    "response.file_removed",
    "response.file_serves",
    "response.judgement_undone",
    "response.message",
    "response.messages_read",
    "response.question_marked",
)


@dataclass(frozen=True, slots=True)
class Act:
    """One entry with its sealed values opened; `who` is a person's name or a word for no person.

    `joined` names the vendor that it was done to, when that was joined to the one asked about.
    """

    entry: AuditEntry
    told: Told
    who: str
    joined: str = ""


def of_vendor(
    session: Session,
    vendor_id: uuid.UUID,
    *,
    first: int = 0,
    most: int = 50,
    all_of_it: bool = False,
) -> list[Act]:
    """Acts upon the vendor, those that were joined to it, and what is theirs.

    With `all_of_it` also those upon single answers, files, messages and findings.
    """
    joined = _joined(session, vendor_id)
    subjects = _subjects(session, {vendor_id, *joined}, all_of_it=all_of_it)
    rows = _upon(select(AuditEntry), subjects, all_of_it=all_of_it)
    entries = session.exec(
        rows.order_by(col(AuditEntry.sequence).desc()).offset(first).limit(most)
    ).all()
    names = _names(session, entries)
    by_subject = {str(id): name for id, name in joined.items()}
    return [
        Act(entry, tell(session, entry), _who(entry, names), by_subject.get(entry.subject_id, ""))
        for entry in entries
    ]


def how_many(session: Session, vendor_id: uuid.UUID) -> int:
    """How many acts `of_vendor` knows in all, the single ones too."""
    vendors = {vendor_id, *_joined(session, vendor_id)}
    subjects = _subjects(session, vendors, all_of_it=True)
    return int(session.exec(_upon(select(func.count()), subjects, all_of_it=True)).one())


def _upon(rows: Any, subjects: Collection[str], *, all_of_it: bool) -> Any:
    """The statement narrowed to acts upon these."""
    chosen = rows.where(col(AuditEntry.subject_id).in_(subjects))
    return chosen.where(col(AuditEntry.act).not_in((_DRAFTED,) if all_of_it else UNTOLD))


def _subjects(session: Session, vendors: Collection[uuid.UUID], *, all_of_it: bool) -> set[str]:
    """The ids that acts upon these vendors name."""
    subjects = {str(id) for id in vendors}
    owned: list[Any] = [Engagement, Intake, Access, Document, Contract, QuestionnaireResponse]
    if all_of_it:
        owned += [StoredFinding, FindingRequest, IssuedReport]
    for table in owned:
        rows = select(table.id).where(col(table.vendor_id).in_(vendors)).limit(_MOST)
        subjects |= {str(id) for id in session.exec(rows)}
    return subjects


def _joined(session: Session, vendor_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """The names of the vendors that became part of this one, however often."""
    found: dict[uuid.UUID, str] = {}
    fresh = {vendor_id}
    while fresh:
        into = select(Vendor.id, Vendor.name).where(col(Vendor.merged_into_id).in_(fresh))
        names = {id: name for id, name in session.exec(into) if id not in found}
        fresh = set(names) - {vendor_id}
        found |= names
    return found


def _names(session: Session, entries: Iterable[AuditEntry]) -> dict[uuid.UUID, str]:
    ids = {entry.actor_id for entry in entries if entry.actor_id}
    if not ids:
        return {}
    rows = session.exec(select(User.id, User.name, User.email).where(col(User.id).in_(ids)))
    return {id: name or email for id, name, email in rows}


def _who(entry: AuditEntry, names: dict[uuid.UUID, str]) -> str:
    if entry.actor_id is None:
        return entry.actor_kind
    return names.get(entry.actor_id, "")
