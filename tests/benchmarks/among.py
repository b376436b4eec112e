"""A look among 100,000 vendors beside one among 10,000: where tables grow, the rate must not fall.

Each of the others has a look, some outcomes of it, marks and a finding; PostgreSQL.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import insert, text
from sqlmodel import Session, select

from tests.benchmarks import stage
from tests.benchmarks.rescans import MANY, WARM, bare, fill, whole
from tests.lab.lab import Lab
from tests.lab.shops import shops
from vendor_risk.checks.catalogue import catalogue
from vendor_risk.jobs.queue import prepare
from vendor_risk.observe.network import Network
from vendor_risk.store.bulk import insert_many
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.moves import VendorMemory
from vendor_risk.store.models.scans import Scan, ScanOutcome
from vendor_risk.store.models.vendors import Vendor

LOOKED, OUTCOMES = 200, 5
_ROWS = 2_000


def run() -> dict[str, float]:
    """Vendors a second among each number of others, and the ratio."""
    names = shops(WARM + LOOKED)
    with Lab(names) as lab:
        network = lab.network()
        bare(names[:WARM], network)
        few, many = (_among(others, names[WARM:], network) for others in (MANY // 10, MANY))
    return {
        f"among {MANY // 10:,} (vendors/s)": few,
        f"among {MANY:,} (vendors/s)": many,
        f"among {MANY:,}, to {MANY // 10:,}": many / few,
    }


def _among(others: int, names: Sequence[str], network: Network) -> float:
    """Vendors a second, where so many others have a look and a finding each."""
    with stage.opened("PostgreSQL") as database:
        prepare(database)
        fill(database, [f"v{number}.example" for number in range(others)], None)
        with database.reading() as session:
            ids = session.exec(select(Vendor.id)).all()
        for start in range(0, others, _ROWS):
            with database.transaction() as session:
                _past(session, ids[start : start + _ROWS])
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
            plain.execute(text("ANALYZE"))
        return whole(database, names, network)


def _past(session: Session, ids: Sequence[uuid.UUID]) -> None:
    """What a look left of each of some vendors, of the outcomes only a few."""
    now = dt.datetime.now(dt.UTC)
    looks = [
        Scan(vendor_id=id, cause="schedule", state="done", finished_at=now).model_dump()
        for id in ids
    ]
    session.execute(insert(Scan), looks)
    rows = [
        {"id": uuid.uuid4(), "created_at": now, "scan_id": look["id"], "host": "h.example"}
        | {"check": check.id, "control": check.control, "status": "passed", "severity": None}
        | {"evidence_value": "seen", "evidence_command": "", "reason": ""}
        for look in looks
        for check in catalogue()[:OUTCOMES]
    ]
    insert_many(session, ScanOutcome.__table__, rows)  # type: ignore[attr-defined]
    memories = [{"vendor_id": id, "catalogue": "1", "marks": {}} for id in ids]
    session.execute(insert(VendorMemory), memories)
    fault = {"kind": "check", "reference": "web.hsts", "asset": "h.example", "control": "WB-02"}
    told = {"severity": 2, "title": "", "first_seen_at": now, "last_seen_at": now}
    findings = [
        StoredFinding(vendor_id=id, opened_at=now, **fault, **told).model_dump() for id in ids
    ]
    session.execute(insert(StoredFinding), findings)
