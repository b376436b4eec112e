"""What people did to a vendor, from the audit log, the newest first."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from vendor_risk.store.audit import Told, tell
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.intake import Intake
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Engagement


@dataclass(frozen=True, slots=True)
class Act:
    """One entry with its sealed values opened; `who` is a person's name or a word for no person."""

    entry: AuditEntry
    told: Told
    who: str


def of_vendor(
    session: Session, vendor_id: uuid.UUID, *, first: int = 0, most: int = 50
) -> list[Act]:
    """Acts upon the vendor, its engagements and its requests."""
    subjects = {str(vendor_id)}
    for ids in (
        select(Engagement.id).where(Engagement.vendor_id == vendor_id),
        select(Intake.id).where(Intake.vendor_id == vendor_id),
    ):
        subjects |= {str(id) for id in session.exec(ids)}
    entries = session.exec(
        select(AuditEntry)
        .where(col(AuditEntry.subject_id).in_(subjects))
        .order_by(col(AuditEntry.sequence).desc())
        .offset(first)
        .limit(most)
    ).all()
    names = _names(session, entries)
    return [Act(entry, tell(session, entry), _who(entry, names)) for entry in entries]


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
