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
from vendor_risk.workflow.inherited import Inherited

_AT_ONCE = 400  # SQLite of old takes 999 parameters in a statement
_Key = tuple[str, str, int, dt.date]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Claims and findings that a snapshot names, by what it names them with."""

    claims: Mapping[tuple[_Key, bool], StoredClaim]
    findings: Mapping[str, StoredFinding]
    inherited: Inherited | None = None

    def row_of(self, claim: Claim) -> StoredClaim | None:
        """The row that a claim was read from; None where it is gone."""
        return self.claims.get((_key(claim), bool(self.parent_of_claim(claim))))

    def parent_of_claim(self, claim: Claim) -> str:
        """The name of the parent company that brought it; empty where it is the vendor's own."""
        return self.inherited.parent if self.inherited and claim in self.inherited.claims else ""

    def parent_of_finding(self, id: str) -> str:
        """The name of the parent company that it was found at; empty where it is the vendor's."""
        return self.inherited.parent if self.inherited and id in self.inherited.findings else ""


def evidence_of(
    session: Session,
    vendor: Vendor,
    engagement_id: uuid.UUID,
    snapshot: Snapshot,
    inherited: Inherited | None,
) -> Evidence:
    """The rows behind a snapshot, of the parent of its day too; those of an old one may be gone."""
    above = {inherited.parent_id, vendor.parent_id} - {None, vendor.id} if inherited else set()
    claims: dict[tuple[_Key, bool], StoredClaim] = {}
    wanted = {_key(one) for one in snapshot.claims}
    rows = session.exec(
        select(StoredClaim)
        .where(
            col(StoredClaim.vendor_id).in_([vendor.id, *above]),
            col(StoredClaim.control).in_(sorted({one.control for one in snapshot.claims})),
        )
        .order_by(
            col(StoredClaim.ended_at).is_(None),
            col(StoredClaim.created_at),
        )
    )
    for row in rows:
        key = (row.control, row.source, row.level, row.date)
        if key in wanted and row.engagement_id in (None, engagement_id):
            claims[key, row.vendor_id != vendor.id] = row
    findings = _findings(session, [one.id for one in snapshot.findings])
    return Evidence(claims, findings, inherited)


def _key(claim: Claim) -> _Key:
    return (claim.control, str(claim.source), claim.level, claim.date)


def _findings(session: Session, ids: Sequence[str]) -> dict[str, StoredFinding]:
    found: dict[str, StoredFinding] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = [uuid.UUID(id) for id in ids[start : start + _AT_ONCE]]
        rows = session.exec(select(StoredFinding).where(col(StoredFinding.id).in_(some)))
        found.update((str(row.id), row) for row in rows)
    return found
