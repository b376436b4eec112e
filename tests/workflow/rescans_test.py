"""Who is looked at again and when: due vendors, runs, and what could not be reached."""

import datetime as dt

import pytest
from sqlmodel import func, select

from tests.databases import only
from tests.factories import NOON, make_user
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.scans import RunScope, Scan, ScanHost, ScanRun, ScanState
from vendor_risk.store.models.vendors import Domain, Vendor
from vendor_risk.workflow import rescans, scans
from vendor_risk.workflow.vendors import VendorRefused

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def session(database):
    """One transaction of the test."""
    with database.transaction() as session:
        yield session


@pytest.fixture
def orders():
    """What was enqueued: (step, subjects)."""
    return []


@pytest.fixture
def feed(session, orders):
    """Let the clock order once."""

    def enqueue(_session, step, subjects, *, attempt=1):
        orders.append((step, len(subjects)))

    def feed(now=NOON):
        session.flush()
        made = rescans.feed(session, now=now, enqueue=enqueue)
        session.flush()
        return made

    return feed


def vendors(session, count=1, *, due=NOON - HOUR, domain=True, **more):
    """So many vendors, due since then."""
    rows = [
        Vendor(name=f"V{number}", name_key=f"v{number}", next_scan_at=due, **more)
        for number in range(count)
    ]
    session.add_all(rows)
    session.flush()
    if domain:
        session.add_all(
            Domain(
                vendor_id=row.id,
                host=f"v{number}.example",
                display=f"v{number}.example",
                registrable=f"v{number}.example",
            )
            for number, row in enumerate(rows)
        )
        session.flush()
    return rows


def states(session):
    """How many scans are in which state."""
    return dict(session.exec(select(Scan.state, func.count()).group_by(Scan.state)).all())


def finish(session, *, state=ScanState.DONE, at=NOON):
    """Every scan that waits is over."""
    for scan in session.exec(select(Scan).where(Scan.state == ScanState.QUEUED)):
        scan.state, scan.finished_at = state, at
    session.flush()


def test_what_is_due_is_ordered_as_one_job(session, feed, orders):
    """With its hosts, and the clock as its cause."""
    vendors(session, 3)

    assert feed() == 3

    assert orders == [("slice", 3)]
    assert {scan.cause for scan in session.exec(select(Scan))} == {rescans.CLOCK}
    assert session.exec(select(func.count()).select_from(ScanHost)).one() == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"due": NOON + HOUR},
        {"due": None},
        {"archived_at": NOON},
        {"sample": True},
    ],
)
def test_what_is_not_due_or_not_ours_to_look_at_is_left(session, feed, changes):
    """Later, never asked for, archived, invented."""
    vendors(session, 1, **changes)

    assert feed() == 0


def test_a_vendor_without_a_domain_is_not_asked_about_again(session, feed):
    """Until it has one: else it would stand at the head for ever."""
    (row,) = vendors(session, 1, domain=False)

    assert feed() == 0

    assert row.next_scan_at is None


def test_the_longest_due_comes_first_and_no_more_than_a_slice(session, feed, orders):
    """Fifty a job."""
    late = vendors(session, 30, due=NOON - 5 * HOUR)
    vendors(session, 40)

    feed()

    ordered = {scan.vendor_id for scan in session.exec(select(Scan))}
    assert orders == [("slice", 50)]
    assert {row.id for row in late} <= ordered


def test_no_more_is_ordered_than_workers_can_take(session, feed):
    """Four slices for each that lives, one where none says that it does."""
    vendors(session, 300)

    made = [feed() for _turn in range(6)]

    assert made == [50, 50, 50, 50, 0, 0]


def test_a_vendor_that_is_being_looked_at_is_not_ordered_twice(session, feed):
    """Its scan is open."""
    vendors(session, 2)
    feed()

    assert feed() == 0


def test_the_clock_can_be_held(session, feed):
    """Nothing is ordered until it goes on."""
    ann = make_user(session, "admin", email="ann@example.com")
    session.flush()
    vendors(session, 1)
    rescans.pause(session, wanted=True, now=NOON, by=ann.id)
    held = feed()
    rescans.pause(session, wanted=False, now=NOON, by=ann.id)

    assert (held, feed()) == (0, 1)


def test_who_held_the_clock_stands_in_the_log(database):
    """And who let it go on."""
    for wanted in (True, True, False):
        with database.transaction() as session:
            rescans.pause(session, wanted=wanted, now=NOON, by="command")

    with database.reading() as session:
        acts = session.exec(select(AuditEntry.act).order_by(AuditEntry.sequence)).all()
    assert acts == ["scan.paused", "scan.unpaused"]


def test_a_run_looks_at_every_vendor_once(session, feed):
    """Due or not; when all scans are over it is done."""
    vendors(session, 70, due=NOON + HOUR)
    run = rescans.start(session, RunScope.ALL, now=NOON, by=None)

    made = [feed(), feed(), feed()]
    finish(session)
    rescans.settle(session, now=NOON)

    assert (run.total, made) == (70, [50, 20, 0])
    assert (run.state, rescans.progress(session, run).done) == (ScanState.DONE, 70)
    assert session.exec(select(func.count(Scan.vendor_id.distinct()))).one() == 70


def test_a_run_over_what_is_due_leaves_the_others(session, feed):
    """Those that were due when it began."""
    vendors(session, 2)
    vendors(session, 3, due=NOON + HOUR)

    run = rescans.start(session, RunScope.DUE, now=NOON, by=None)

    assert (run.total, feed()) == (2, 2)


def test_an_open_scan_takes_part_in_a_run(session, feed):
    """No second look while one waits; the run counts it."""
    vendors(session, 1)
    feed()

    run = rescans.start(session, RunScope.ALL, now=NOON, by=None)
    feed()
    finish(session)
    rescans.settle(session, now=NOON)

    assert sum(states(session).values()) == 1
    assert (run.state, rescans.progress(session, run).done) == (ScanState.DONE, 1)


def test_the_progress_of_a_run_tells_what_was_not_reached(session, feed):
    """Done, not reached, left."""
    vendors(session, 3)
    run = rescans.start(session, RunScope.ALL, now=NOON, by=None)
    feed()
    first, second, _third = session.exec(select(Scan)).all()
    first.state, second.state = ScanState.DONE, ScanState.FAILED
    session.flush()

    told = rescans.progress(session, run)

    assert (told.done, told.not_reached, told.left) == (1, 1, 1)


def test_a_stopped_run_goes_on_where_it_was(session, feed):
    """What waited is stopped; resumed, those and the others are looked at, the done ones not."""
    vendors(session, 60, due=NOON + HOUR)
    run = rescans.start(session, RunScope.ALL, now=NOON, by=None)
    feed()
    done = session.exec(select(Scan).limit(20)).all()
    for scan in done:
        scan.state, scan.finished_at = ScanState.DONE, NOON
    session.flush()

    rescans.stop(session, run, now=NOON, by=None)
    session.flush()
    stopped, idle = states(session), feed()
    rescans.resume(session, run, now=NOON, by=None)
    made = [feed(), feed()]
    finish(session)
    rescans.settle(session, now=NOON)

    assert (stopped, idle) == ({ScanState.DONE: 20, ScanState.STOPPED: 30}, 0)
    assert sum(made) == 40
    assert (run.state, rescans.progress(session, run).done) == (ScanState.DONE, 60)


def test_two_runs_do_not_go_on_at_once(session):
    """The second is refused, with the day and the number of the first."""
    vendors(session, 2)
    rescans.start(session, RunScope.ALL, now=NOON, by=None)

    with pytest.raises(VendorRefused, match="A run from 2026-11-22 is not over: 2 vendors"):
        rescans.start(session, RunScope.DUE, now=NOON, by=None)


@pytest.mark.parametrize(
    ("scope", "words"), [(RunScope.ALL, "no vendor has a domain"), (RunScope.DUE, "is due")]
)
def test_a_run_over_nothing_is_refused(database, scope, words):
    """And leaves no row."""
    with pytest.raises(VendorRefused, match=words), database.transaction() as session:
        rescans.start(session, scope, now=NOON, by=None)

    with database.reading() as session:
        assert session.exec(select(ScanRun)).first() is None


def test_who_left_meanwhile_does_not_keep_a_run_open(session, feed):
    """An archived vendor is looked at no more, and the run is done without it."""
    rows = vendors(session, 60, due=NOON + HOUR)
    run = rescans.start(session, RunScope.ALL, now=NOON, by=None)
    feed()
    for row in rows:
        row.archived_at = NOON
    feed()
    finish(session)
    rescans.settle(session, now=NOON)

    assert (run.state, rescans.progress(session, run).left) == (ScanState.DONE, 0)


def test_what_was_never_reached_is_listed_and_can_be_looked_at_again(session, feed):
    """After four in a row, with the reason of the last."""
    ann = make_user(session, "admin", email="ann@example.com")
    gone, fine = vendors(session, 2, due=NOON + 90 * HOUR)
    gone.scan_failures, fine.scan_failures = 4, 3
    session.add(
        Scan(vendor_id=gone.id, state=ScanState.FAILED, reason="no address", finished_at=NOON)
    )
    session.flush()

    listed = rescans.not_reached(session)
    asked = rescans.look_again(session, [gone.id, fine.id], now=NOON, by=ann.id)

    assert [(row.id, scan.reason) for row, scan in listed] == [(gone.id, "no address")]
    assert (asked, feed()) == (1, 1)


def test_a_clock_that_jumped_a_week_forward_orders_each_vendor_once(session, feed):
    """All are due at once then; the next look follows from the day of the last."""
    vendors(session, 2)

    assert feed(NOON + dt.timedelta(days=7)) == 2
    assert feed(NOON + dt.timedelta(days=7)) == 0
    assert feed(NOON - HOUR) == 0


@only("postgresql")
def test_one_worker_orders_at_a_time(database, orders):
    """Another one that comes in the same moment goes away."""
    with database.transaction() as session:
        vendors(session, 1)
    nowhere = {"enqueue": lambda *_told, **_more: None}
    with database.transaction() as first:
        made = rescans.feed(first, now=NOON, **nowhere)
        with database.transaction() as second:
            assert rescans.feed(second, now=NOON, **nowhere) == 0

    assert made == 1


def test_merged_vendors_keep_one_scan_of_a_run(session, feed):
    """The kept one's."""
    from vendor_risk.workflow import merges

    kept, joined = vendors(session, 2)
    run = rescans.start(session, RunScope.ALL, now=NOON, by=None)
    feed()
    finish(session)

    merges.join(session, kept, joined, now=NOON, actor="test")
    session.flush()

    mine = session.exec(select(Scan).where(Scan.run_id == run.id)).all()
    assert [scan.vendor_id for scan in mine] == [kept.id]
    assert scans.SLICE == 50
