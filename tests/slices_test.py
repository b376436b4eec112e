"""Many vendors as one job: looked at together, kept one by one, and nobody lost by our own side."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
from sqlmodel import delete, func, select

from tests.jobs_test import all_of, done, order
from tests.lab.processes import free_ports
from vendor_risk.jobs import slices
from vendor_risk.jobs.queue import prepare
from vendor_risk.jobs.slices import Slice
from vendor_risk.store.models.scans import Scan, ScanOutcome, ScanState
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import results

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

HOSTS = ["good.shop.test", "slow.shop.test"]


@pytest.fixture
def ordered(database):
    """Five vendors of two hosts each, ordered as one slice."""
    prepare(database)
    return order(database, HOSTS, vendors=5)


@pytest.fixture
def make(database, lab):
    """`make(network)`: a slice that is not told to stop."""

    def make(network=None, over=None):
        how = network or lab.network()
        return Slice(database, how, lambda seen: seen, 8, over or threading.Event())

    return make


def test_every_vendor_has_its_result_once(database, ordered, make):
    """Each host judged, each vendor closed; a second run changes nothing."""
    left = make().run(ordered)
    before = len(all_of(database, ScanOutcome))

    again = make().run(ordered)

    assert (left, again) == ([], [])
    assert done(database) == 5
    assert len(all_of(database, ScanOutcome)) == before > 0


def test_a_worker_that_stops_hands_back_what_it_has_not_begun(database, ordered, make):
    """Nothing failed, nothing counts as an attempt; another worker goes on."""
    over = threading.Event()
    over.set()

    left = make(over=over).run(ordered)

    assert sorted(left) == sorted(ordered)
    assert {scan.state for scan in all_of(database, Scan)} == {ScanState.QUEUED}
    assert make().run(left) == []
    assert done(database) == 5


def test_a_silent_resolver_is_waited_for(database, lab, ordered, make, monkeypatch):
    """Not one vendor fails by it; once it answers, all are looked at."""
    monkeypatch.setattr(slices, "PAUSES", (0.2,))
    (port,) = free_ports("127.0.0.1", 1)
    silent = replace(lab.network(), resolvers=(f"127.0.0.1:{port}",))
    job = make(silent)
    thread = threading.Thread(target=job.run, args=(ordered,))
    thread.start()
    thread.join(15)
    waited, failed = thread.is_alive(), [s for s in all_of(database, Scan) if s.finished_at]

    job._how = lab.network()
    thread.join(120)

    assert (waited, failed) == (True, [])
    assert done(database) == 5
    assert {scan.attempts for scan in all_of(database, Scan)} == {1}


def test_what_a_worker_died_over_is_looked_at_alone(database, ordered, make, monkeypatch):
    """The one that kills it is given up after three; the others are done."""
    with database.transaction() as session:
        for scan in session.exec(select(Scan)):
            scan.state, scan.attempts = ScanState.RUNNING, 1
        deadly = session.get(Scan, ordered[2])
        deadly.attempts = 3
    together = []
    real = Slice._together

    def watched(self, ids):
        together.append(len(ids))
        return real(self, ids)

    monkeypatch.setattr(Slice, "_together", watched)

    make().run(ordered)

    assert together == [0, 1, 1, 1, 1, 1]
    with database.reading() as session:
        scan = session.get(Scan, ordered[2])
        assert (scan.state, "died" in scan.reason) == (ScanState.FAILED, True)
    assert done(database) == 4


def test_a_vendor_that_is_deleted_meanwhile_costs_no_other(database, ordered, make, monkeypatch):
    """Its scan is gone; the other four are kept."""
    real = slices.seen_at
    gone = threading.Event()

    def seen_at(*arguments):
        if not gone.is_set():
            gone.set()
            with database.transaction() as session:
                session.exec(
                    delete(Vendor).where(Vendor.id == session.get(Scan, ordered[0]).vendor_id)
                )
        return real(*arguments)

    monkeypatch.setattr(slices, "seen_at", seen_at)

    assert make().run(ordered) == []

    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Scan)).one() == 4
    assert done(database) == 4


def test_a_look_that_breaks_off_costs_no_other(database, ordered, make, monkeypatch):
    """Our own fault is a reason at its host; the vendor's other host is judged as ever."""
    real = slices.seen_at

    def seen_at(at, *arguments):
        if at.host == "slow.shop.test":
            raise LookupError("a fault that nobody has foreseen")
        return real(at, *arguments)

    monkeypatch.setattr(slices, "seen_at", seen_at)

    make().run(ordered)

    assert done(database) == 5


def test_one_that_cannot_be_kept_costs_no_other(database, ordered, make, monkeypatch):
    """What was seen of the vendors beside it is kept, though they are closed together."""
    real = results.finish_all

    def finish_all(session, ids, **more):
        if ordered[1] in ids:
            raise LookupError("a fault that nobody has foreseen")
        real(session, ids, **more)

    monkeypatch.setattr(results, "finish_all", finish_all)

    make().run(ordered)

    scans = {scan.id: scan for scan in all_of(database, Scan)}
    assert "our own side failed (LookupError)" in scans[ordered[1]].reason
    assert done(database) == 4


def test_the_next_look_is_planned(database, ordered, make):
    """Each vendor is due again by its tier, and not all in the same moment."""
    make().run(ordered)

    due = {vendor.next_scan_at for vendor in all_of(database, Vendor)}
    now = dt.datetime.now(dt.UTC)
    assert all(now + dt.timedelta(days=6) < day < now + dt.timedelta(days=100) for day in due)
    assert len(due) == 5
