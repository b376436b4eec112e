"""New looks at many vendors: what ordering costs, and the whole way against the bare look.

The whole way is what a slice does of each vendor: look, compare, judge, store, re-score. The bare
look is at the same hosts, with as many threads, and nothing kept. A few hundred hosts stand in for
100,000, which the laboratory would take hours for; all of them are ordered.
"""

import datetime as dt
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from sqlalchemy import insert, text
from sqlmodel import col, select

from tests.benchmarks import stage
from tests.lab.lab import Lab
from tests.lab.shops import shops
from vendor_risk.jobs.queue import Queue, prepare
from vendor_risk.jobs.slices import Slice
from vendor_risk.observe.look import look
from vendor_risk.observe.network import Network
from vendor_risk.observe.target import parse
from vendor_risk.store.engine import Database
from vendor_risk.store.models.scans import RunScope, Scan
from vendor_risk.store.models.vendors import Domain, Vendor
from vendor_risk.workflow import rescans, scans

MANY, LOOKED, WARM = 100_000, 300, 40
THREADS = 16
TENTH = MANY // 10
_ROWS = 2_000
_OVER = text("UPDATE scan SET state = 'done', finished_at = created_at WHERE state = 'queued'")


def run() -> dict[str, float]:
    """Seconds to order all, whether that grows, and the rate of the whole way to that of a look."""
    figures: dict[str, float] = {}
    names = shops(WARM + LOOKED * (1 + len(stage.KINDS)))
    with Lab(names) as lab:
        network = lab.network()
        bare(names[:WARM], network)  # the root's keys, the roots of trust
        alone = LOOKED / _timed(partial(bare, names[WARM : WARM + LOOKED], network))
        figures["bare look (vendors/s)"] = alone
        for turn, kind in enumerate(stage.KINDS, start=1):
            first = WARM + turn * LOOKED
            with stage.opened(kind) as database:
                prepare(database)
                rate = whole(database, names[first : first + LOOKED], network)
                figures[f"{kind}: the whole way (vendors/s)"] = rate
                figures[f"{kind}: the whole way, to the bare look"] = rate / alone
    for kind in stage.KINDS:
        with stage.opened(kind) as database:
            figures |= _ordering(kind, database)
    return figures


def bare(names: Sequence[str], network: Network) -> None:
    """Look at them and keep nothing."""
    with ThreadPoolExecutor(THREADS) as pool:
        for _seen in pool.map(
            lambda name: look(parse(name), network, observed_at=dt.datetime.now(dt.UTC)), names
        ):
            pass


def whole(database: Database, names: Sequence[str], network: Network) -> float:
    """Vendors a second, in slices, two at a time as in a worker."""
    fill(database, names, dt.datetime.now(dt.UTC))
    with database.transaction() as session:
        vendors = session.exec(select(Vendor).where(col(Vendor.name).in_(names))).all()
        ordered = scans.request_scans(
            session,
            vendors,
            now=dt.datetime.now(dt.UTC),
            by=None,
            enqueue=lambda *_told, **_more: None,
        )
        ids = [scan.id for scan in ordered]
    over = threading.Event()
    made = [ids[start : start + scans.SLICE] for start in range(0, len(ids), scans.SLICE)]
    job = Slice(database, network, lambda seen: seen, THREADS // 2, over)

    def work() -> None:
        with ThreadPoolExecutor(2) as pool:
            for left in pool.map(job.run, made):
                assert not left

    spent = _timed(work)
    with database.reading() as session:
        states = set(session.exec(select(Scan.state).where(col(Scan.id).in_(ids))))
    assert states == {"done"}, states
    return len(ids) / spent


def _ordering(kind: str, database: Database) -> dict[str, float]:
    """A run over all, as fast as it can be ordered: each slice is over as soon as it is there."""
    prepare(database)
    fill(database, [f"v{number}.example" for number in range(MANY)], dt.datetime.now(dt.UTC))
    now, queue = dt.datetime.now(dt.UTC), Queue(database)
    queue.warm()
    with database.transaction() as session:
        rescans.start(session, RunScope.ALL, now=now, by=None)
    spent, made = [0.0], 0
    while True:
        begun = time.perf_counter()
        with database.transaction() as session:
            count = rescans.feed(session, now=now, enqueue=queue)
        spent[-1] += time.perf_counter() - begun
        made += count
        if not count or made >= MANY:
            break
        if made // TENTH >= len(spent):
            spent.append(0.0)
        with database.transaction() as session:
            session.execute(_OVER)
    return {
        f"{kind}: order {made:,} vendors (s)": sum(spent),
        f"{kind}: ordering (ms a vendor)": 1000 * sum(spent) / made,
        f"{kind}: the last tenth, to the first": spent[-1] / spent[0],
    }


def fill(database: Database, names: Sequence[str], due: dt.datetime | None) -> None:
    """A vendor with a host for each name, to be looked at then; None: when somebody asks."""
    vendor = Vendor(name="", name_key="").model_dump()
    domain = Domain(vendor_id=uuid.uuid4(), host="", display="", registrable="").model_dump()
    for start in range(0, len(names), _ROWS):
        vendors: list[dict[str, Any]] = []
        domains: list[dict[str, Any]] = []
        for name in names[start : start + _ROWS]:
            id = uuid.uuid4()
            called = {"name": name, "name_key": name, "next_scan_at": due}
            vendors.append(vendor | called | {"id": id})
            host = {"host": name, "display": name, "registrable": name}
            domains.append(domain | host | {"id": uuid.uuid4(), "vendor_id": id})
        with database.transaction() as session:
            session.execute(insert(Vendor), vendors)
            session.execute(insert(Domain), domains)


def _timed(work: Any) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
