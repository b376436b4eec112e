"""What looks weigh: bytes a look, and bytes of a year of daily looks before and after it thins.

Some hosts of the laboratory are looked at once; what they showed is kept again for each day of a
year, as if nothing had moved. Sizes are those of the database, packed by VACUUM, less those of the
empty one.
"""

import datetime as dt
import shutil
import tempfile
import time
from pathlib import Path

from sqlalchemy import text
from sqlmodel import select

from tests.benchmarks import stage
from tests.benchmarks.rescans import fill
from tests.lab.lab import Lab
from tests.lab.shops import shops
from vendor_risk.jobs import tidy
from vendor_risk.jobs.queue import Queue, prepare
from vendor_risk.observe.look import look
from vendor_risk.observe.target import parse
from vendor_risk.store.engine import Database
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import results, scans

VENDORS, DAYS = 4, 366
_MIB = 1 << 20


def run() -> dict[str, float]:
    """Sizes for SQLite and PostgreSQL, and how long the night took that thinned a year."""
    figures: dict[str, float] = {}
    names = shops(VENDORS)
    now = dt.datetime.now(dt.UTC)
    with Lab(names) as lab:
        network = lab.network()
        seen = {name: look(parse(name), network, observed_at=now) for name in names}
    told = {name: scans.read(one) for name, one in seen.items()}
    for kind in stage.KINDS:
        with stage.opened(kind) as database:
            prepare(database)
            fill(database, names, now)
            empty = _size(database)
            for day in range(DAYS):
                _look(database, told, now - dt.timedelta(days=DAYS - 1 - day))
            year = _size(database) - empty
            begun = time.perf_counter()
            gone = tidy.keep(database, Queue(database), now)
            night = time.perf_counter() - begun
            kept = _size(database) - empty
        looks = VENDORS * DAYS
        figures |= {
            f"{kind}: a look (KiB)": year / looks / 1024,
            f"{kind}: a year of a vendor, nothing thinned (MiB)": year / VENDORS / _MIB,
            f"{kind}: a year of a vendor, thinned (MiB)": kept / VENDORS / _MIB,
            f"{kind}: thinned, to not thinned": kept / year,
            f"{kind}: looks that were thinned, of all": gone.looks / looks,
            f"{kind}: thinning (ms a look)": 1000 * night / max(1, gone.looks),
        }
    return figures


def _look(database: Database, told: dict, at: dt.datetime) -> None:  # type: ignore[type-arg]
    with database.transaction() as session:
        vendors = session.exec(select(Vendor)).all()
        ordered = scans.request_scans(
            session, vendors, now=at, by=None, enqueue=lambda *_told, **_more: None
        )
        for scan in ordered:
            for order in scans.begin(session, scan.id, now=at):
                scans.record(session, scan.id, order.host, told[order.host], now=at)
            session.flush()
            results.finish(session, scan.id, now=at)


def _size(database: Database) -> int:
    """Bytes of the database as they would be in a copy of it."""
    if database.is_sqlite:
        assert database.engine.url.database
        folder = Path(tempfile.mkdtemp())
        try:
            copy = folder / "copy.db"
            raw = database.engine.raw_connection()
            try:
                raw.driver_connection.execute("VACUUM INTO ?", (str(copy),))
            finally:
                raw.close()
            return copy.stat().st_size
        finally:
            shutil.rmtree(folder)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM FULL"))
        return int(
            connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        )
