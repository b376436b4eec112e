"""The durable queue: which step runs when, in which process, with which limits.

Jobs live in DBOS, on the same database as the product, so that an order and its cause commit
together and a worker that dies loses nothing. A job may run twice: every step it calls skips
what is done. `dbos` takes seconds to import, hence inside functions.
"""

import datetime as dt
import io
import logging
import socket
import sqlite3
import threading
import uuid
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import cached_property
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event
from sqlmodel import Session

from vendor_risk import __version__, pdf
from vendor_risk.config import Settings, network
from vendor_risk.mail import Smtp
from vendor_risk.observe.addresses import AddressRefused
from vendor_risk.observe.look import look
from vendor_risk.observe.network import Network, ResolverDown
from vendor_risk.observe.target import TargetRefused, parse
from vendor_risk.store.engine import Database
from vendor_risk.store.files import Files
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.workers import WorkerBeat
from vendor_risk.workflow import outbox, reports, scans

if TYPE_CHECKING:
    from dbos import DBOSClient

log = logging.getLogger(__name__)

# Jobs of another version of the code would wait for ever: the version is pinned, not a hash.
VERSION = "1"
QUEUE = "work"
# How many jobs one worker has in hand; a job spends its time waiting for other people's servers.
JOBS_AT_ONCE = 8
HOSTS_AT_ONCE = 4
BEAT_SECONDS = 10
MAIL_SECONDS = 2
# A report with 3,000 findings takes seconds; one that takes this long hangs.
_PDF_SECONDS = 120


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
        # Stable over restarts, so that a worker killed in the middle takes its own jobs up again.
        self.name = name or f"{socket.gethostname()}-1"
        self.network = network(settings)
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

        @DBOS.workflow(name="scan")
        def scan(subjects: list[str]) -> None:
            for subject in subjects:
                run_scan(self.database, uuid.UUID(subject), self.network)

        @DBOS.workflow(name="report")
        def report(subjects: list[str]) -> None:
            for subject in subjects:
                self._press.make(uuid.UUID(subject))

        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=JOBS_AT_ONCE, polling_interval_sec=0.2)
        for act in (self._beat, self._post):
            thread = threading.Thread(target=act, name=act.__name__, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, seconds: int = 20) -> None:
        """Finish what is in hand for so long, then hand it back to the queue."""
        from dbos import DBOS

        self._over.set()
        DBOS.destroy(workflow_completion_timeout_sec=seconds, destroy_registry=True)
        self._press.close()
        for thread in self._threads:
            thread.join(timeout=5)

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

    def _post(self) -> None:
        """Send what waits in the outbox, when there is a mail server to take it."""
        address = self.settings.smtp_url.get_secret_value()
        if not address:
            return
        server = Smtp.from_url(
            address,
            self.settings.mail_from,
            ca_file=str(self.settings.ca_file) if self.settings.ca_file else None,
        )
        while not self._over.wait(MAIL_SECONDS):
            try:
                with self.database.writing() as session:
                    outbox.send_waiting(session, server.deliver, now())
            except Exception:  # what failed stays in the outbox and is tried again
                log.exception("the outbox could not be emptied")


class Press:
    """Makes PDFs in a process of its own: layout takes a second of CPU and keeps what it took."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files
        self._pool = ProcessPoolExecutor(
            max_workers=1, mp_context=get_context("forkserver"), max_tasks_per_child=50
        )

    def make(self, report_id: uuid.UUID) -> None:
        """The PDF of an ordered report lies in the file store; harmless when it does already."""
        with self._database.reading() as session:
            issued = session.get(IssuedReport, report_id)
            if issued is None or issued.state == "done":
                return
            report = reports.frozen(issued)
        try:
            made = self._pool.submit(pdf.render_pdf, report).result(_PDF_SECONDS)
            stored = self._files.write(report_id, io.BytesIO(made))
        except pdf.PdfUnavailable as error:
            self._fail(report_id, f"{error}. {error.mend}")
            return
        except (OSError, TimeoutError, BrokenProcessPool) as error:
            self._fail(report_id, str(error) or type(error).__name__)
            return
        with self._database.transaction() as session:
            reports.keep_pdf(session, report_id, sha256=stored.sha256, size=stored.size, now=now())

    def _fail(self, report_id: uuid.UUID, reason: str) -> None:
        log.error("the PDF of report %s could not be made: %s", report_id, reason)
        with self._database.transaction() as session:
            reports.fail(session, report_id, reason, now=now())

    def close(self) -> None:
        """No process is left behind."""
        self._pool.shutdown(cancel_futures=True)


def run_scan(database: Database, scan_id: uuid.UUID, how: Network) -> None:
    """Look at every host of a scan that is not done yet and close it; harmless when run again."""
    with database.transaction() as session:
        orders = scans.begin(session, scan_id, now=now())
    with ThreadPoolExecutor(HOSTS_AT_ONCE, thread_name_prefix="host") as pool:
        running = {
            pool.submit(_look, database, scan_id, order.host, how): order for order in orders
        }
        for future in as_completed(running):
            try:
                seen = future.result()
            except ResolverDown as error:  # our own trouble says nothing of the vendor
                pool.shutdown(wait=False, cancel_futures=True)
                with database.transaction() as session:
                    scans.fail(session, scan_id, str(error), now=now())
                return
            if seen is not None:
                with database.transaction() as session:
                    scans.record(session, scan_id, running[future].host, seen, now=now())
    with database.transaction() as session:
        scans.finish(session, scan_id, now=now())


def _look(database: Database, scan_id: uuid.UUID, host: str, how: Network) -> Any:
    with database.transaction() as session:
        if not scans.mark_running(session, scan_id, host):
            return None
    try:
        return look(parse(host), how, observed_at=now())
    except (AddressRefused, TargetRefused) as refusal:
        return str(refusal)
