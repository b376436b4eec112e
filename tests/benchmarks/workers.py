"""Worker processes on one PostgreSQL: what one, two and four of them look at, and their memory.

Every vendor is looked at in one run, from its order to its scores. The laboratory that answers
takes a part of the same cores, which a real network would not.
"""

import tempfile
import time
from pathlib import Path

import psutil
from sqlmodel import func, select

from tests.benchmarks import stage
from tests.benchmarks.rescans import fill
from tests.lab.lab import Lab
from tests.lab.shops import shops
from tests.workers import Workers
from vendor_risk.jobs.queue import prepare
from vendor_risk.store.engine import Database
from vendor_risk.store.models.base import utc_now
from vendor_risk.store.models.scans import RunScope, Scan, ScanState
from vendor_risk.workflow import rescans

VENDORS, WARM = 800, 50
COUNTS = (1, 2, 4)
_MIB = 1 << 20


def run() -> dict[str, float]:
    """Vendors a second by the number of workers, and what one of them holds at the end."""
    figures: dict[str, float] = {}
    names = shops(VENDORS)
    with Lab(names) as lab:
        for many in COUNTS:
            with stage.opened("PostgreSQL") as database, tempfile.TemporaryDirectory() as folder:
                prepare(database)
                fill(database, names, due=None)
                workers = Workers(database, lab.settings(), Path(folder))
                try:
                    for _ in range(many):
                        workers.ready(workers.start())
                    rate, half, end = _looked(database, workers)
                finally:
                    workers.end()
            figures[f"{many} workers (vendors/s)"] = rate
            if many == COUNTS[0]:
                figures["one worker, memory at the end (MiB)"] = end / _MIB
                figures["one worker, memory at the end to the half"] = end / half
            else:
                figures[f"{many} workers, to one"] = rate / figures["1 workers (vendors/s)"]
    return figures


def _looked(database: Database, workers: Workers) -> tuple[float, int, int]:
    with database.transaction() as session:
        rescans.start(session, RunScope.ALL, now=utc_now(), by=None)
    while _done(database) < WARM:
        time.sleep(0.1)
    begun, first, half = time.perf_counter(), _done(database), 0
    while (there := _done(database)) < VENDORS:
        if not half and there >= VENDORS // 2:
            half = _memory(workers)
        time.sleep(0.1)
    rate = (VENDORS - first) / (time.perf_counter() - begun)
    return rate, half, _memory(workers)


def _done(database: Database) -> int:
    with database.reading() as session:
        return session.exec(
            select(func.count()).select_from(Scan).where(Scan.state == ScanState.DONE)
        ).one()


def _memory(workers: Workers) -> int:
    return max(psutil.Process(one.pid).memory_info().rss for one in workers.running)
