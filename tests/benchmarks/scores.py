"""Scores: how many a second, and a whole portfolio anew against reading the same rows only."""

import datetime as dt
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel, select

from tests.benchmarks import stage
from tests.factories import NOON
from tests.scoring.snapshots import CONTRACTOR, CONTROLS, TODAY, left_out, met
from vendor_risk.evidence import Finding, Severity, Source
from vendor_risk.scoring.model import load
from vendor_risk.scoring.score import score
from vendor_risk.scoring.snapshot import Snapshot
from vendor_risk.store.engine import Database
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import scores

VENDORS = 100_000
CLAIMS = 10
FINDINGS = 2
SLICE = 2_000


def run() -> dict[str, float]:
    """Scores a second of the pure function; a whole portfolio in seconds on both databases."""
    figures = {"pure function (scores/s)": _pure()}
    for kind in stage.KINDS:
        with stage.opened(kind) as database:
            figures |= _portfolio(kind, database)
    return figures


def _pure() -> float:
    snapshot = Snapshot(
        TODAY,
        CONTRACTOR,
        claims=met(),
        findings=(Finding("a", "AC-01", Severity.HIGH), Finding("b", "DN-01", Severity.LOW)),
        out_of_scope=left_out(CONTRACTOR),
    )
    begun, count = time.perf_counter(), 5_000
    for _ in range(count):
        score(snapshot)
    return count / (time.perf_counter() - begun)


def _portfolio(name: str, database: Database) -> dict[str, float]:
    ids = _fill(database)
    reading = _timed(lambda: _in_slices(database, ids, _read))
    first = _timed(lambda: _in_slices(database, ids, _score))
    other = replace(load(), version="1.0.1", sha256="0" * 64)
    again = _timed(lambda: _in_slices(database, ids, lambda s, some: _score(s, some, other)))
    return {
        f"{name}: read {VENDORS:,} vendors' evidence (s)": reading,
        f"{name}: score them the first time (s)": first,
        f"{name}: score them by another model (s)": again,
        f"{name}: by another model, to reading only": again / reading,
        f"{name}: by another model (vendors/s)": VENDORS / again,
    }


def _timed(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _in_slices(
    database: Database, ids: list[uuid.UUID], work: Callable[[Any, list[uuid.UUID]], object]
) -> None:
    for start in range(0, len(ids), SLICE):
        with database.transaction() as session:
            work(session, ids[start : start + SLICE])


def _read(session: Any, ids: list[uuid.UUID]) -> None:
    """The rows that scores are computed from, as the steps read them."""
    for start in range(0, len(ids), 400):
        some = ids[start : start + 400]
        vendors = session.exec(select(Vendor).where(Vendor.id.in_(some))).all()
        session.exec(select(Engagement).where(Engagement.vendor_id.in_(some))).all()
        scores.known_of(session, vendors)


def _score(session: Any, ids: list[uuid.UUID], model: Any = None) -> None:
    scores.rescore(session, ids, now=NOON, cause=scores.MODEL, model=model)


def _fill(database: Database) -> list[uuid.UUID]:
    """Vendors with one engagement, ten claims and two findings each, the same in every run."""
    chance = random.Random(1)
    blank = Vendor(name="", name_key="").model_dump()
    engagement = Engagement(vendor_id=uuid.uuid4(), name="").model_dump()
    ids: list[uuid.UUID] = []
    for start in range(0, VENDORS, SLICE):
        rows: dict[type[SQLModel], list[dict[str, Any]]] = {
            model: [] for model in (Vendor, Engagement, StoredClaim, StoredFinding)
        }
        for number in range(start, min(start + SLICE, VENDORS)):
            vendor_id = uuid.UUID(int=chance.getrandbits(128), version=4)
            ids.append(vendor_id)
            name = {"name": f"Vendor {number}", "name_key": f"vendor {number}"}
            rows[Vendor].append(blank | name | {"id": vendor_id, "observed": ["DP-01"]})
            levels = {
                key: chance.randrange(5)
                for key in ("data_sensitivity", "data_volume", "access", "criticality", "payment")
            }
            rows[Engagement].append(
                engagement | levels | {"id": uuid.uuid4(), "vendor_id": vendor_id, "name": "x"}
            )
            own = {"vendor_id": vendor_id, "created_at": NOON}
            for control in chance.sample(CONTROLS, CLAIMS):
                claim = StoredClaim(
                    vendor_id=vendor_id,
                    control=control,
                    level=chance.choice((0, 50, 100)),
                    source=chance.choice(list(Source)),
                    date=TODAY - dt.timedelta(days=chance.randrange(900)),
                    origin="answer",
                )
                rows[StoredClaim].append(claim.model_dump() | own)
            for control in chance.sample(CONTROLS, FINDINGS):
                finding = StoredFinding(
                    vendor_id=vendor_id,
                    kind="check",
                    reference="web.hsts",
                    asset=f"{control.lower()}.example",
                    control=control,
                    severity=chance.randrange(1, 5),
                    title="A finding",
                    first_seen_at=NOON,
                    last_seen_at=NOON,
                    opened_at=NOON,
                )
                rows[StoredFinding].append(finding.model_dump() | own)
        with database.transaction() as session:
            for model, some in rows.items():
                session.execute(insert(model), some)
    return ids
