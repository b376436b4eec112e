"""The rows behind the snapshot of a score, and whose they are: the vendor's or its parent's."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from vendor_risk.evidence import Claim
from vendor_risk.scoring.snapshot import Snapshot
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.vendors import Vendor

_AT_ONCE = 400  # SQLite of old takes 999 parameters in a statement
_Key = tuple[str, str, int, dt.date]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Claims and findings that a snapshot names, by what it names them with."""

    claims: Mapping[_Key, StoredClaim]
    findings: Mapping[str, StoredFinding]
    own: uuid.UUID
    parent: str = ""

    def row_of(self, claim: Claim) -> StoredClaim | None:
        """The row that a claim was read from; None where it is gone."""
        return self.claims.get(_key(claim))

    def parent_of(self, row: StoredClaim | StoredFinding | None) -> str:
        """The name of the parent company that the row is about; empty where it is the vendor's."""
        return self.parent if row is not None and row.vendor_id != self.own else ""


def evidence_of(
    session: Session, vendor: Vendor, engagement_id: uuid.UUID, snapshot: Snapshot
) -> Evidence:
    """The rows behind a snapshot, of the parent too; those of an old one may be gone."""
    vendors = [one for one in (vendor.id, vendor.parent_id) if one]
    claims: dict[_Key, StoredClaim] = {}
    wanted = {_key(one) for one in snapshot.claims}
    rows = session.exec(
        select(StoredClaim)
        .where(
            col(StoredClaim.vendor_id).in_(vendors),
            col(StoredClaim.control).in_(sorted({one.control for one in snapshot.claims})),
        )
        .order_by(
            col(StoredClaim.vendor_id) == vendor.id,  # the vendor's own before its parent's
            col(StoredClaim.ended_at).is_(None),
            col(StoredClaim.created_at),
        )
    )
    for row in rows:
        key = (row.control, row.source, row.level, row.date)
        if key in wanted and row.engagement_id in (None, engagement_id):
            claims[key] = row
    above = session.get(Vendor, vendor.parent_id) if vendor.parent_id else None
    findings = _findings(session, [one.id for one in snapshot.findings])
    return Evidence(claims, findings, vendor.id, above.name if above else "")


def _key(claim: Claim) -> _Key:
    return (claim.control, str(claim.source), claim.level, claim.date)


def _findings(session: Session, ids: Sequence[str]) -> dict[str, StoredFinding]:
    found: dict[str, StoredFinding] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = [uuid.UUID(id) for id in ids[start : start + _AT_ONCE]]
        rows = session.exec(select(StoredFinding).where(col(StoredFinding.id).in_(some)))
        found.update((str(row.id), row) for row in rows)
    return found
