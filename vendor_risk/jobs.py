"""The durable queue: which step runs when, in which process, with which limits.

Jobs live in DBOS, on the same database as the product, so that an order and its cause commit
together and a worker that dies loses nothing. A job may run twice: every step it calls skips
what is done. `dbos` takes seconds to import, hence inside functions.
"""

import datetime as dt
import fcntl
import logging
import socket
import sqlite3
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sqlalchemy import Engine, create_engine, event
from sqlmodel import Session, col, select

from vendor_risk import __version__
from vendor_risk.checks.catalogue import Judged, judge
from vendor_risk.checks.facts import Fact, facts
from vendor_risk.checks.observations import Observations
from vendor_risk.config import Settings, access, network
from vendor_risk.feeds.compare import compared
from vendor_risk.mail import Smtp
from vendor_risk.observe.addresses import AddressRefused
from vendor_risk.observe.look import look
from vendor_risk.observe.network import Network, ResolverDown
from vendor_risk.observe.target import TargetRefused, parse
from vendor_risk.press import Press
from vendor_risk.store.engine import Database
from vendor_risk.store.files import Files
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.workers import WorkerBeat
from vendor_risk.store.packed import PackedText
from vendor_risk.workflow import last_looks, outbox, reports, scans

if TYPE_CHECKING:
    from dbos import DBOSClient

log = logging.getLogger(__name__)

# Jobs of another version of the code would wait for ever: the version is pinned, not a hash.
VERSION = "1"
QUEUE = "work"
# what lists of others add to a look
Compare = Callable[[Observations], Observations]
# Threads of one scan; how many hosts a worker looks at in all is a setting.
HOSTS_AT_ONCE = 4
BEAT_SECONDS = 10
# A worker that was silent for so long is dead: the others take over what it had in hand.
DEAD_SECONDS = 60
# An order that is so old and that no job knows was lost by a job that broke off.
_LOST = dt.timedelta(minutes=15)
MAIL_SECONDS = 2


def now() -> dt.datetime:
    """The time, where the outside world begins."""
    return dt.datetime.now(dt.UTC)


def _dbos_url(database: Database) -> str:
    return database.engine.url.set(
        drivername="sqlite" if database.is_sqlite else "postgresql"
    ).render_as_string(hide_password=False)


def _queue_engine(database: Database) -> Engine:
    """An engine for the queue's own statements: DBOS begins its transactions itself."""
    engine = create_engine(database.url)
    if database.is_sqlite:
        event.listen(engine, "connect", _sqlite_connect)
    return engine


def _sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    for pragma in ("busy_timeout=20000", "journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def prepare(database: Database) -> None:
    """The queue's own tables are there and up to date."""
    from dbos import DBOS

    logging.getLogger("dbos").setLevel(logging.WARNING)
    DBOS.migrate(_dbos_url(database))


class Queue:
    """The web's end of the queue: it only writes orders, in the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @cached_property
    def _client(self) -> "DBOSClient":
        from dbos import DBOSClient, DBOSPortableJSONSerializer

        return DBOSClient(
            system_database_engine=_queue_engine(self._database),
            serializer=DBOSPortableJSONSerializer(),
            lazy=True,
        )

    def warm(self) -> None:
        """Import and connect now, so that the first person does not wait for it."""
        self._client.check_connection()

    def waiting(self) -> int:
        """How many jobs nobody has taken yet."""
        return len(
            self._client.list_queued_workflows(
                queue_name=QUEUE, status="ENQUEUED", load_input=False
            )
        )

    def take_over(self, worker: str) -> int:
        """What a dead worker had in hand waits for the others; how many jobs that was."""
        held = self._client.list_workflows(
            executor_id=worker, status="PENDING", load_input=False, load_output=False
        )
        self._client.resume_workflows([job.workflow_id for job in held], queue_name=QUEUE)
        return len(held)

    def subjects(self, step: str) -> set[str]:
        """The ids of all rows that a waiting or running job has as its orders."""
        alive = self._client.list_workflows(
            name=step, status=["ENQUEUED", "PENDING", "DELAYED"], load_output=False
        )
        return {subject for job in alive if job.input for subject in job.input["args"][0]}

    def __call__(
        self, session: Session, step: str, subjects: Sequence[str], *, attempt: int = 1
    ) -> None:
        """As `workflow.queue.Enqueue` says."""
        self._client.enqueue_in_transaction(
            session,
            {
                "workflow_name": step,
                "queue_name": QUEUE,
                "app_version": VERSION,
                "workflow_id": f"{step}-{subjects[0]}-{attempt}",
            },
            list(subjects),
        )


class Worker:
    """One worker process: takes jobs, says that it lives, sends mail that waits."""

    def __init__(self, settings: Settings, database: Database, name: str = "") -> None:
        self.settings = settings
        self.database = database
        self.queue = Queue(database)
        # Stable over restarts, so that a worker killed in the middle takes its own jobs up again.
        self._held: IO[bytes] | None = None
        if not name:
            name, self._held = _own_name(settings.data_dir)
        self.name = name
        self.network = network(settings)
        self._compare = partial(compared, path=settings.feeds_dir, access=access(settings))
        self._press = Press(database, Files(settings.data_dir / "files"))
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Take jobs from now on; those that a dead worker of this name had in hand come first."""
        from dbos import DBOS, DBOSPortableJSONSerializer

        DBOS(
            config={
                "name": "vendor-risk",
                "system_database_url": _dbos_url(self.database),
                "system_database_engine": _queue_engine(self.database),
                "application_version": VERSION,
                "executor_id": self.name,
                "serializer": DBOSPortableJSONSerializer(),
                "log_level": "WARNING",
                "console_log_level": "WARNING",
                "enable_otlp": False,
            }
        )

        places = threading.BoundedSemaphore(self.settings.scan_workers)

        @DBOS.workflow(name="scan")
        def scan(subjects: list[str]) -> None:
            for subject in subjects:
                _scan_or_fail(
                    self.database, uuid.UUID(subject), self.network, places, self._compare
                )

        @DBOS.workflow(name="report")
        def report(subjects: list[str]) -> None:
            for subject in subjects:
                self._press.make(uuid.UUID(subject))

        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=self.settings.scan_workers, polling_interval_sec=0.2
        )
        for act in (self._beat, self._post, self._care):
            thread = threading.Thread(target=act, name=act.__name__, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, seconds: int = 20) -> None:
        """Finish what is in hand for so long, then hand it back to the queue."""
        from dbos import DBOS

        self._over.set()
        DBOS.destroy(workflow_completion_timeout_sec=seconds, destroy_registry=True)
        for thread in self._threads:
            thread.join(timeout=5)
        if self._held is not None:
            self._held.close()

    def _beat(self) -> None:
        started = now()
        while not self._over.is_set():
            try:
                with self.database.transaction() as session:
                    session.merge(
                        WorkerBeat(
                            name=self.name,
                            version=__version__,
                            started_at=started,
                            seen_at=now(),
                        )
                    )
            except Exception:  # a beat missed is seen by doctor; the work must go on
                log.exception("the sign of life could not be written")
            self._over.wait(BEAT_SECONDS)

    def _care(self) -> None:
        """Take over from dead workers, and order again what a job that broke off has lost."""
        while not self._over.is_set():
            try:
                bury(self.database, self.queue, now() - dt.timedelta(seconds=DEAD_SECONDS))
                order_again(self.database, self.queue, now() - _LOST)
            except Exception:  # the next round tries it again
                log.exception("what dead workers left could not be taken over")
            self._over.wait(DEAD_SECONDS)

    def _post(self) -> None:
        """Send what waits in the outbox, when there is a mail server to take it."""
        address = self.settings.smtp_url.get_secret_value()
        if not address:
            return
        server = Smtp.from_url(
            address,
            self.settings.mail_from,
            str(self.settings.ca_file) if self.settings.ca_file else None,
        )
        while not self._over.wait(MAIL_SECONDS):
            try:
                with self.database.writing() as session:
                    outbox.send_waiting(session, server.deliver, now())
            except Exception:  # what failed stays in the outbox and is tried again
                log.exception("the outbox could not be emptied")


def bury(database: Database, queue: Queue, before: dt.datetime) -> None:
    """Workers without a sign of life since then are dead; their jobs wait for others."""
    with database.reading() as session:
        dead = session.exec(select(WorkerBeat.name).where(col(WorkerBeat.seen_at) < before)).all()
    for name in dead:
        if held := queue.take_over(name):
            log.warning("worker %s is dead; %s jobs of its are taken over", name, held)
        with database.transaction() as session:
            beat = session.get(WorkerBeat, name)
            if beat is not None and beat.seen_at < before:
                session.delete(beat)


def order_again(database: Database, queue: Queue, before: dt.datetime) -> None:
    """Orders from before that time that no job knows are ordered once more."""
    open_states = (ScanState.QUEUED, ScanState.RUNNING)
    with database.reading() as session:
        old_scans = session.exec(
            select(Scan.id).where(col(Scan.state).in_(open_states), col(Scan.created_at) < before)
        ).all()
        old_reports = session.exec(
            select(IssuedReport.id).where(
                IssuedReport.state == "queued", col(IssuedReport.created_at) < before
            )
        ).all()
    if old_scans:
        known = queue.subjects("scan")
        lost = [str(id) for id in old_scans if str(id) not in known]
        for start in range(0, len(lost), scans.SLICE):
            with database.transaction() as session:
                some = lost[start : start + scans.SLICE]
                queue(session, "scan", some, attempt=int(now().timestamp()))
    if old_reports:
        known = queue.subjects("report")
        for id in old_reports:
            if str(id) in known:
                continue
            with database.transaction() as session:
                issued = session.get(IssuedReport, id)
                if issued is not None and issued.state == "queued":
                    reports.try_again(session, issued, enqueue=queue)


def _own_name(folder: Path) -> tuple[str, IO[bytes]]:
    """The first name of this machine that no living worker has, and the file that holds it.

    The lock ends with its process, however that ends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        held = (folder / f"worker-{number}.lock").open("wb")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            continue
        return f"{socket.gethostname()}-{number}"[-64:], held
    raise AssertionError  # numbers do not end


def _scan_or_fail(
    database: Database,
    scan_id: uuid.UUID,
    how: Network,
    places: threading.BoundedSemaphore,
    compare: Compare,
) -> None:
    """Run a scan; what breaks it off closes it, so that the next one of the slice has its turn."""
    try:
        run_scan(database, scan_id, how, places, compare=compare)
    except Exception as error:
        log.exception("scan %s broke off", scan_id)
        with database.transaction() as session:
            scans.fail(session, scan_id, _our_fault(error), now=now())


def _our_fault(error: Exception) -> str:
    return f"our own side failed ({type(error).__name__}); the log of the worker has it"


def run_scan(
    database: Database,
    scan_id: uuid.UUID,
    how: Network,
    places: threading.BoundedSemaphore | None = None,
    *,
    compare: Compare | None = None,
) -> None:
    """Look at every host of a scan that is not done yet and close it; harmless when run again.

    Scans that share `places` look at no more hosts at once than there are places.
    """
    places = places or threading.BoundedSemaphore(HOSTS_AT_ONCE)
    with database.transaction() as session:
        orders = scans.begin(session, scan_id, now=now())
    with ThreadPoolExecutor(HOSTS_AT_ONCE, thread_name_prefix="host") as pool:
        running = {
            pool.submit(_look, database, scan_id, order, how, places, compare=compare): order
            for order in orders
        }
        for future in as_completed(running):
            judged: tuple[Judged, ...] = ()
            noted: tuple[Fact, ...] = ()
            kept: PackedText | None = None
            try:
                seen = future.result()
                if isinstance(seen, Observations):
                    judged, noted, kept = judge(seen), facts(seen), scans.packed(seen)
            except ResolverDown as error:  # our own trouble says nothing of the vendor
                pool.shutdown(wait=False, cancel_futures=True)
                with database.transaction() as session:
                    scans.fail(session, scan_id, str(error), now=now())
                return
            except Exception as error:  # one host must not hide what the others show
                host = running[future].host
                log.exception("looking at %s for scan %s broke off", host, scan_id)
                seen = _our_fault(error)
            if seen is not None:
                with database.transaction() as session:
                    host = running[future].host
                    scans.record(
                        session,
                        scan_id,
                        host,
                        seen,
                        now=now(),
                        judged=judged,
                        noted=noted,
                        kept=kept,
                    )
    with database.transaction() as session:
        scans.finish(session, scan_id, now=now())


def _look(
    database: Database,
    scan_id: uuid.UUID,
    order: scans.Order,
    how: Network,
    places: threading.BoundedSemaphore,
    *,
    compare: Compare | None,
) -> Observations | str | None:
    with places:
        with database.transaction() as session:
            if not scans.mark_running(session, scan_id, order.host):
                return None
        with database.reading() as session:
            stored = last_looks.last_look(session, scan_id, order.host)
        try:
            target = parse(order.host)
            seen = look(target, how, observed_at=now(), handshakes=order.handshakes)
            seen = replace(seen, previous=last_looks.previous(stored))
            return compare(seen) if compare else seen
        except (AddressRefused, TargetRefused) as refusal:
            return str(refusal)
