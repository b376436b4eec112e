"""The durable queue, with real worker processes that are killed in the middle."""

import datetime as dt
import fcntl
import os
import resource
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from sqlmodel import func, select

from tests import own_models, rated
from tests.conftest import KEYS
from tests.databases import only
from tests.factories import make_user
from tests.forked import fork
from vendor_risk.checks.observations import Observations
from vendor_risk.jobs import scan as scan_job
from vendor_risk.jobs.queue import Queue, prepare
from vendor_risk.jobs.scan import run_scan
from vendor_risk.jobs.worker import Watch, Worker, bury, order_again
from vendor_risk.observe.files import allowed
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.store.models.risk_models import ModelRun, TrialLine
from vendor_risk.store.models.rounds import SendRound
from vendor_risk.store.models.scans import Scan, ScanHost, ScanOutcome, ScanState
from vendor_risk.store.models.scripts import PageScript
from vendor_risk.store.models.vendors import Domain, Engagement, Vendor
from vendor_risk.store.models.workers import WorkerBeat
from vendor_risk.workflow import contacts, models, scans
from vendor_risk.workflow.responses import rounds

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]


_WORKER = "from vendor_risk.cli import main; main(['worker'], prog_name='vendor-risk')"


@pytest.fixture
def start_worker(database, lab, tmp_path):
    """Start a worker process on this database; all are gone at the end."""
    prepare(database)
    running = []

    def start(*, anew=False):
        address = database.engine.url.set(
            drivername="sqlite" if database.is_sqlite else "postgresql"
        ).render_as_string(hide_password=False)
        environment = os.environ | {
            "VENDOR_RISK_DATA_DIR": str(tmp_path / "var"),
            "VENDOR_RISK_DATABASE_URL": address,
            "VENDOR_RISK_SECRET_KEY": "a secret of the tests alone",
            "VENDOR_RISK_ENCRYPTION_KEYS": ",".join(f"{k}:{v.hex()}" for k, v in KEYS.items()),
            **lab.settings(),
        }
        log = tmp_path / f"worker-{len(running)}.log"
        if anew:  # as an operator starts it
            command = [sys.executable, "-m", "vendor_risk.cli", "worker"]
            with log.open("wb") as said:
                process = subprocess.Popen(command, env=environment, stderr=said)
        else:
            process = fork(_WORKER, environment=environment, log=log)
        running.append(process)
        while not (log.exists() and "worker ready" in log.read_text()):
            code = process.poll()
            assert code is None, f"the worker ended with {code}: {log.read_text()[-2000:]}"
            time.sleep(0.05)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
            process.wait()


def order(database, hosts, vendors):
    """Register vendors with these hosts and queue their scans through the real queue."""
    queue = Queue(database)
    with database.transaction() as session:
        rows = [
            Vendor(name=f"Vendor {number}", name_key=f"vendor {number}")
            for number in range(vendors)
        ]
        session.add_all(rows)
        session.flush()
        for row in rows:
            session.add_all(
                Domain(vendor_id=row.id, host=host, display=host, registrable=host)
                for host in hosts
            )
        session.flush()
        found = scans.request_scans(
            session, rows, now=dt.datetime.now(dt.UTC), by=None, enqueue=queue
        )
        return [scan.id for scan in found]


def count(database, statement):
    """The one number that a statement answers."""
    with database.reading() as session:
        return session.exec(statement).one()


def all_of(database, model):
    """Every row."""
    with database.reading() as session:
        return session.exec(select(model)).all()


def wait_until(condition, seconds=120):
    """Wait for something another process does."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.05)


def done(database):
    """How many scans are over."""
    return count(
        database, select(func.count()).select_from(Scan).where(Scan.state == ScanState.DONE)
    )


def test_a_worker_killed_in_the_middle_loses_no_scan_and_records_none_twice(
    database, lab, start_worker
):
    """`kill -9` between two hosts of two scans: the next worker finishes them."""
    ordered = order(database, ["good.shop.test", "slow.shop.test"], vendors=14)
    worker = start_worker()
    hosts_done = select(func.count()).select_from(ScanHost).where(ScanHost.state == "done")
    wait_until(lambda: count(database, hosts_done) >= 3)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert done(database) < len(ordered), "killed too late to prove anything"

    start_worker()
    wait_until(lambda: done(database) == len(ordered))

    per_host = (
        select(func.count())
        .select_from(ScanOutcome)
        .group_by(ScanOutcome.scan_id, ScanOutcome.host)
    )
    with database.reading() as session:
        sizes = set(session.exec(per_host))
        groups = len(session.exec(per_host).all())
    assert groups == 2 * len(ordered)
    assert len(sizes) == 1, "some host was recorded twice or in part"


def test_what_is_due_is_looked_at_by_itself(database, start_worker):
    """Nobody asks: the clock of the worker orders it, and plans the next look."""
    due = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    with database.transaction() as session:
        row = Vendor(name="Due", name_key="due", next_scan_at=due)
        session.add(row)
        session.flush()
        session.add(
            Domain(
                vendor_id=row.id,
                host="good.shop.test",
                display="good.shop.test",
                registrable="shop.test",
            )
        )

    start_worker()
    wait_until(lambda: done(database) == 1)

    (vendor,), (scan,) = all_of(database, Vendor), all_of(database, Scan)
    assert (scan.cause, vendor.last_scan_at is not None) == ("schedule", True)
    assert vendor.next_scan_at > dt.datetime.now(dt.UTC)


def test_jobs_of_a_dead_worker_are_taken_over_by_another(database, start_worker, tmp_path):
    """A machine that never comes back under its name: what it had in hand is done all the same."""
    ordered = order(database, ["good.shop.test", "slow.shop.test"], vendors=2)
    dead = start_worker()
    running = select(func.count()).select_from(Scan).where(Scan.state == ScanState.RUNNING)
    wait_until(lambda: count(database, running) >= 1)
    dead.send_signal(signal.SIGKILL)
    dead.wait()

    with (tmp_path / "var" / "worker-1.lock").open("wb") as taken:
        fcntl.flock(taken, fcntl.LOCK_EX)
        start_worker()
        wait_until(lambda: count(database, select(func.count()).select_from(WorkerBeat)) == 2)
        names = {beat.name.rpartition("-")[2] for beat in all_of(database, WorkerBeat)}
        watch = Watch(next(b.name for b in all_of(database, WorkerBeat) if b.name[-2:] == "-2"), 0)
        bury(database, Queue(database), watch)
        wait_until(lambda: done(database) == len(ordered))

    assert names == {"1", "2"}
    assert [beat.name[-2:] for beat in all_of(database, WorkerBeat)] == ["-2"]


def test_an_order_that_no_job_knows_is_ordered_again(database):
    """And one that a job knows is left to it."""
    prepare(database)
    known = order(database, ["good.shop.test"], vendors=1)
    with database.transaction() as session:
        row = Vendor(name="Lost", name_key="lost")
        session.add(row)
        session.flush()
        lost = Scan(vendor_id=row.id, state=ScanState.RUNNING)
        session.add(lost)
        session.flush()
        lost_id = lost.id
    queue = Queue(database)

    order_again(database, queue, dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1))
    order_again(database, queue, dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1))

    assert queue.waiting() == 2
    assert queue.subjects("scan") == {str(known[0])}
    assert queue.subjects("slice") == {str(lost_id)}


def test_jobs_that_were_over_long_ago_are_forgotten(database, start_worker):
    """One that waits is kept, however old."""
    queue = Queue(database)
    order(database, ["good.shop.test"], vendors=1)
    worker = start_worker()
    wait_until(lambda: done(database) == 1 and not queue.subjects("scan"))
    worker.kill()
    worker.wait()
    order(database, ["slow.shop.test"], vendors=1)

    forgotten = queue.purge(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1))

    assert (forgotten, queue.waiting()) == (1, 1)


def test_a_look_that_breaks_off_says_so_and_stops_nobody_else(database, lab, monkeypatch):
    """Our own fault is a reason at its host; the other hosts are judged as ever."""
    real = scan_job.look

    def look(target, *arguments, **words):
        if target.host == "slow.shop.test":
            raise LookupError("a fault that nobody has foreseen")
        return real(target, *arguments, **words)

    monkeypatch.setattr(scan_job, "look", look)
    prepare(database)
    (scan_id,) = order(database, ["good.shop.test", "slow.shop.test"], vendors=1)

    run_scan(database, scan_id, lab.network())

    hosts = {host.host: host for host in all_of(database, ScanHost)}
    assert "our own side failed (LookupError)" in hosts["slow.shop.test"].reason
    assert hosts["good.shop.test"].observations
    assert done(database) == 1


def test_lists_that_break_cost_no_look(database, lab):
    """What the host itself showed is kept and judged; the lists say nothing."""

    def compare(seen):
        raise LookupError("a list that nobody has foreseen")

    prepare(database)
    (scan_id,) = order(database, ["good.test"], vendors=1)

    run_scan(database, scan_id, lab.network(), compare=compare)

    (host,) = all_of(database, ScanHost)
    assert not host.reason
    said = {outcome.check: outcome.status for outcome in all_of(database, ScanOutcome)}
    assert said["tls.reach"] == "passed"
    assert said["intel.breach"] == "unknown"


def test_a_panic_of_a_native_library_is_the_fault_of_one_host(database, lab, monkeypatch):
    """Such a panic is no Exception, and must not end the scan of the others."""

    class Panic(BaseException):
        """As pyo3 raises it."""

    def look(target, *arguments, **words):
        raise Panic

    monkeypatch.setattr(scan_job, "look", look)
    prepare(database)
    (scan_id,) = order(database, ["good.shop.test"], vendors=1)

    run_scan(database, scan_id, lab.network())

    (host,) = all_of(database, ScanHost)
    assert "our own side failed (Panic)" in host.reason


def test_a_scan_compares_scripts_with_the_scan_before(database, lab):
    """The first look at a page has nothing to compare with, the second has."""
    prepare(database)
    (first,) = order(database, ["magecart.test"], vendors=1)
    run_scan(database, first, lab.network())
    with database.transaction() as session:
        vendor = session.exec(select(Vendor)).one()
        now = dt.datetime.now(dt.UTC)
        again = scans.request_scan(session, vendor, now=now, by=None, enqueue=Queue(database))
        second = again.id

    run_scan(database, second, lab.network())

    said = {
        outcome.scan_id: (outcome.status, outcome.reason)
        for outcome in all_of(database, ScanOutcome)
        if outcome.check == "web.script.changed"
    }
    assert said[first] == ("not_applicable", "This is the first look at these pages.")
    assert said[second][0] == "passed"


@pytest.mark.parametrize("day", [None, dt.date(2026, 1, 31)])
def test_extra_handshakes_are_made_where_the_vendor_was_told(database, lab, monkeypatch, day):
    """The day on the vendor is what a look goes by."""
    ordered = []

    def look(target, network, *, observed_at, handshakes, declared):
        ordered.append(handshakes)
        return Observations(target.host, observed_at)

    monkeypatch.setattr(scan_job, "look", look)
    prepare(database)
    (scan_id,) = order(database, ["good.shop.test"], vendors=1)
    with database.transaction() as session:
        scan = session.get_one(Scan, scan_id)
        session.get_one(Vendor, scan.vendor_id).handshakes_agreed = day

    run_scan(database, scan_id, lab.network())

    assert ordered == [day is not None]


def test_a_worker_takes_the_files_that_it_may_have(start_worker):
    """Begun with the few that a shell gives."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        worker = start_worker(anew=True)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    limits = Path(f"/proc/{worker.pid}/limits").read_text()
    row = next(line for line in limits.splitlines() if line.startswith("Max open files"))
    assert row.split()[3] == str(allowed())


def test_declared_pages_are_asked_for_and_kept_with_the_look(database, lab):
    """A page that nothing links to is read because somebody named it, and the scan says so."""
    prepare(database)
    (scan_id,) = order(database, ["hiddentill.shop.test"], vendors=1)
    with database.transaction() as session:
        domain = session.exec(select(Domain)).one()
        domain.checkout_pages = ["https://hiddentill.shop.test/till"]

    run_scan(database, scan_id, lab.network())

    (host,) = all_of(database, ScanHost)
    told = next(fact["values"] for fact in host.facts if fact["id"] == "web.pages")
    assert (
        "https://hiddentill.shop.test/till: declared, asks for a card, asks for a password" in told
    )
    assert '"declared":["https://hiddentill.shop.test/till"]' in host.observations
    failed = {each.check for each in all_of(database, ScanOutcome) if each.status == "failed"}
    assert {"web.form.target", "web.script.third"} <= failed


def test_two_workers_of_one_machine_have_two_names(database, lab, settings):
    """A second worker must not take the jobs of the first for its own."""
    first = Worker(settings, database)
    second = Worker(settings, database)

    assert first.name != second.name


def test_an_order_that_rolls_back_leaves_no_job(database, start_worker):
    """Order and job commit together or not at all."""
    prepare(database)
    queue = Queue(database)
    with pytest.raises(RuntimeError), database.transaction() as session:
        queue(session, "scan", [str(uuid.uuid4())])
        raise RuntimeError

    assert queue.waiting() == 0


def test_asking_twice_for_the_same_row_is_one_job(database):
    """The id of the order is the id of the job."""
    prepare(database)
    queue = Queue(database)
    subject = str(uuid.uuid4())
    for _ in range(2):
        with database.transaction() as session:
            queue(session, "scan", [subject])

    assert queue.waiting() == 1


def test_a_worker_says_that_it_lives(database, start_worker):
    """doctor reads the sign of life."""
    start_worker()

    wait_until(lambda: count(database, select(func.count()).select_from(WorkerBeat)) == 1)


def test_a_worker_told_to_stop_ends_in_time(database, start_worker):
    """SIGTERM: what is in hand is finished or handed back."""
    worker = start_worker(anew=True)
    worker.terminate()

    assert worker.wait(timeout=30) == 0


@pytest.mark.parametrize("marked", [True, False])
def test_a_scan_of_our_own_pages_ties_each_script_to_a_vendor(database, lab, marked):
    """The check-out of the lab runs two files of good.test; a vendor's own pages keep none."""
    prepare(database)
    (scan_id,) = order(database, ["magecart.test"], vendors=1)
    with database.transaction() as session:
        session.exec(select(Vendor)).one().ours = marked

    run_scan(database, scan_id, lab.network())

    found = {
        row.script: (row.page, row.card_page, row.encrypted, row.held)
        for row in all_of(database, PageScript)
    }
    page = "https://magecart.test/checkout"
    expected = {
        "https://www.good.test/library.js": (page, True, True, False),
        "http://www.good.test/track.js": (page, True, False, False),
    }
    assert found == (expected if marked else {})
    assert [one.name for one in all_of(database, Vendor) if one.in_use] == (
        ["good.test"] if marked else []
    )


@pytest.mark.parametrize("part", ["scripts_of", "page_scripts.record"])
def test_a_fault_of_the_inventory_costs_no_look(database, lab, monkeypatch, part):
    """The host is judged and the scan is done, whatever breaks beside it."""

    def breaks(*_, **__):
        raise ValueError("broken")

    monkeypatch.setattr(f"vendor_risk.jobs.scan.{part}", breaks)
    prepare(database)
    (scan_id,) = order(database, ["magecart.test"], vendors=1)
    with database.transaction() as session:
        session.exec(select(Vendor)).one().ours = True

    run_scan(database, scan_id, lab.network())

    (scan,) = all_of(database, Scan)
    assert (scan.state, all_of(database, PageScript)) == ("done", [])


@only("sqlite")
def test_a_worker_killed_in_the_middle_of_a_trial_goes_on_and_counts_each_once(
    database, start_worker, tmp_path
):
    """`kill -9` between two slices of a portfolio: the next worker takes the trial up."""
    prepare(database)
    facts = dict.fromkeys(("data_sensitivity", "data_volume", "access", "criticality"), 2)
    with database.transaction() as session:
        rows = [Vendor(name=f"V{n}", name_key=f"v{n}", tier=2, inherent=50) for n in range(1000)]
        session.add_all(rows)
        session.flush()
        session.add_all(
            Engagement(vendor_id=row.id, name="All", payment=2, inherent=50, tier=2, **facts)
            for row in rows
        )
        actor = make_user(session, "admin").id
        own_models.drop(tmp_path)
        offer = next(o for o in models.offers(session, tmp_path) if o.version == "1.1.0")
        at = dt.datetime.now(dt.UTC)
        run_id = models.begin_trial(session, offer, now=at, actor=actor, enqueue=Queue(database)).id
    lines = select(func.count()).select_from(TrialLine)
    worker = start_worker()
    wait_until(lambda: count(database, lines) > 0)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert count(database, lines) < len(rows), "killed too late to prove anything"

    start_worker()
    over = select(ModelRun.state).where(ModelRun.id == run_id)
    wait_until(lambda: count(database, over) == "done")

    (run,) = all_of(database, ModelRun)
    assert count(database, lines) == run.done == run.tallies["engagements"] == len(rows)


def test_a_worker_killed_in_the_middle_of_a_round_asks_each_vendor_once(database, start_worker):
    """`kill -9` between two slices: the next worker goes on, and nobody has two letters."""
    prepare(database)
    levels = {"data_sensitivity": 0, "data_volume": 0, "access": 3, "criticality": 1, "payment": 0}
    at = dt.datetime.now(dt.UTC)
    with database.transaction() as session:
        actor = make_user(session, "analyst").id
        ids = []
        for number in range(60):
            vendor, _bought = rated.make(session, f"V{number}", at, levels=levels)
            contacts.add_contact(
                session, vendor, name="Pat", email="p@v.example", roles=[], now=at, actor="test"
            )
            ids.append(vendor.id)
        row = rounds.draw_up(session, ids, now=at, actor=actor)
        by = {"now": at, "actor": actor, "enqueue": Queue(database)}
        rounds.look(session, row, chosen=None, due_on=None, message="", **by)
        while rounds.step(session, row.id, None, now=at):
            pass
        rounds.begin(session, row, typed="60", mail_leaves=True, **by)
    sent = select(func.count()).select_from(QuestionnaireResponse)
    worker = start_worker()
    wait_until(lambda: count(database, sent) > 0)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert count(database, sent) < len(ids), "killed too late to prove anything"

    start_worker()
    over = select(SendRound.state)
    wait_until(lambda: count(database, over) == "done")
    letters = select(func.count()).select_from(OutboxMail)
    asked = select(func.count(func.distinct(QuestionnaireResponse.vendor_id)))
    told = [count(database, one) for one in (sent, letters, asked)]
    assert told == [len(ids)] * 3
