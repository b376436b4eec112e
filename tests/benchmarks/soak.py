"""Half an hour of runs over all vendors while a worker is killed every twenty seconds.

Run only when it is named: `./run bench soak`; SOAK_MINUTES makes it shorter. Three workers on one
PostgreSQL, with the times of real ones; each killed one is replaced by a new machine.
"""

import os
import tempfile
import time
from collections import Counter
from pathlib import Path

from sqlmodel import col, func, select

from tests.benchmarks import stage
from tests.benchmarks.rescans import fill
from tests.lab.lab import Lab
from tests.lab.shops import shops
from tests.workers import REAL, Workers
from vendor_risk.checks.catalogue import catalogue
from vendor_risk.jobs.queue import prepare
from vendor_risk.store import audit
from vendor_risk.store.engine import Database
from vendor_risk.store.models.base import utc_now
from vendor_risk.store.models.findings import FindingEvent, StoredFinding
from vendor_risk.store.models.moves import VendorMemory
from vendor_risk.store.models.scans import RunScope, Scan, ScanOutcome, ScanRun, ScanState
from vendor_risk.workflow import rescans

VENDORS, WORKERS = 300, 3
KILL_SECONDS = 20
# A worker that died is buried after a minute; what it had in hand is looked at one by one then.
_PATIENCE = 900


def run() -> dict[str, float]:
    """What was looked at, how often a worker died, and what was lost or doubled: nothing."""
    minutes = float(os.environ.get("SOAK_MINUTES", "30"))
    names = shops(VENDORS)
    with (
        Lab(names) as lab,
        stage.opened("PostgreSQL") as database,
        tempfile.TemporaryDirectory() as folder,
    ):
        prepare(database)
        fill(database, names, due=None)
        workers = Workers(database, lab.settings(), Path(folder))
        try:
            for _ in range(WORKERS):
                workers.ready(workers.start(REAL))
            kills = _live(database, workers, minutes * 60)
            limit = time.monotonic() + _PATIENCE
            while _open(database) and time.monotonic() < limit:
                time.sleep(0.5)
        finally:
            workers.end()
        return {"minutes": minutes, "workers killed": kills} | _told(database)


def _live(database: Database, workers: Workers, seconds: float) -> int:
    """Runs follow each other, and the worker that lives longest is killed, for so long."""
    end = time.monotonic() + seconds
    kill = time.monotonic() + KILL_SECONDS
    kills = 0
    while time.monotonic() < end:
        if not _open(database):
            with database.transaction() as session:
                rescans.start(session, RunScope.ALL, now=utc_now(), by=None)
        if time.monotonic() >= kill:
            kill += KILL_SECONDS
            workers.kill(next(one for one in workers.running if one.poll() is None))
            workers.start(REAL)
            kills += 1
        time.sleep(0.2)
    return kills


def _open(database: Database) -> bool:
    with database.reading() as session:
        return rescans.active(session) is not None


def _told(database: Database) -> dict[str, float]:
    checks = len(catalogue())
    with database.reading() as session:
        runs = session.exec(select(ScanRun)).all()
        results = Counter(session.exec(select(Scan.run_id, Scan.vendor_id)).all())
        states = Counter(session.exec(select(Scan.state)).all())
        again = session.exec(select(func.count()).where(col(Scan.attempts) > 1)).one()
        sizes = session.exec(
            select(func.count()).select_from(ScanOutcome).group_by(col(ScanOutcome.scan_id))
        ).all()
        findings = session.exec(select(StoredFinding.reference, StoredFinding.asset)).all()
        seen = session.exec(
            select(func.count()).select_from(FindingEvent).where(FindingEvent.act == "seen")
        ).one()
        memories = session.exec(select(func.count()).select_from(VendorMemory)).one()
        verdict = audit.verify(session)
    return {
        "runs": len(runs),
        "runs that are not over": sum(one.state != ScanState.DONE for one in runs),
        "vendors looked at": states[ScanState.DONE],
        "looks that a worker died over, and were made again": again,
        "lost: vendors of a run without a result": len(runs) * VENDORS - len(results),
        "lost: looks that failed or are open": sum(states.values()) - states[ScanState.DONE],
        "doubled: more than one result in a run": sum(n - 1 for n in results.values()),
        "doubled or in part: looks without each check once": sum(n != checks for n in sizes),
        "doubled: findings": len(findings) - len(set(findings)),
        "doubled: acts of findings": seen - len(findings),
        "lost: vendors that nobody remembers": VENDORS - memories,
        "breaks in the audit log": 0 if verdict.whole else 1,
    }
