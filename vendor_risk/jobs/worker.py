"""A worker process: takes jobs, says that it lives, sends mail, takes over from dead workers."""

import datetime as dt
import fcntl
import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from itertools import count
from pathlib import Path
from typing import IO

from sqlmodel import Session, col, func, select

from vendor_risk import __version__, logs
from vendor_risk.config import Settings, access, network
from vendor_risk.feeds.compare import compared
from vendor_risk.jobs import alerts, daily, feeds, letters, models, rounds, tidy
from vendor_risk.jobs.letters import Letterhead
from vendor_risk.jobs.queue import QUEUE, SLICES, VERSION, Queue, dbos_url, queue_engine
from vendor_risk.jobs.scan import now, scan_or_fail
from vendor_risk.jobs.slices import Slice
from vendor_risk.mail import Smtp
from vendor_risk.observe.files import allow_many
from vendor_risk.observe.politeness import PLACES
from vendor_risk.press import Press
from vendor_risk.store import migrate
from vendor_risk.store.engine import Database
from vendor_risk.store.files import Files
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.risk_models import ModelRun
from vendor_risk.store.models.rounds import SendRound
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.workers import WorkerBeat
from vendor_risk.workflow import outbox, report_schedules, reports, rescans, scans, webhooks
from vendor_risk.workflow.models import OPEN, STEP
from vendor_risk.workflow.responses.rounds import OPEN as ROUND_OPEN
from vendor_risk.workflow.responses.rounds import STEP as ROUND
from vendor_risk.workflow.scans import SCAN_STEP, SLICE_STEP

log = logging.getLogger(__name__)

BEAT_SECONDS = 10
# A worker that was silent for so long is dead: the others take over what it had in hand.
DEAD_SECONDS = 60
# An order that is so old and that no job knows was lost by a job that broke off.
_LOST = dt.timedelta(minutes=15)
MAIL_SECONDS = 2
# How long a worker that is told to stop goes on with what it has in hand.
STOP_SECONDS = 20
FEED_SECONDS = 2
TELL_SECONDS = 5
LIST_SECONDS = 30
# While the last hosts of one slice are slow, the next one has begun.
_SLICES_AT_ONCE = 2


class Worker:
    """One worker process: takes jobs, says that it lives, sends mail that waits."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        name: str = "",
        leave: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.misfit = ""  # why it left by itself
        self._leave = leave
        self.database = database
        self.queue = Queue(database)
        # Stable over restarts, so that a worker killed in the middle takes its own jobs up again.
        self._held: IO[bytes] | None = None
        if not name:
            name, self._held = _own_name(settings.data_dir)
        self.name = name
        self.network = network(settings)
        self._compare = partial(compared, path=settings.feeds_dir, access=access(settings))
        self._head = Letterhead(
            settings.address, settings.organisation, settings.timezone, settings.language
        )
        self._files = Files(settings.data_dir / "files")
        self._press = Press(
            database,
            self._files,
            told=lambda session, issued: letters.report_there(session, issued, self._head, now()),
        )
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Take jobs from now on; those that a dead worker of this name had in hand come first."""
        from dbos import DBOS, DBOSPortableJSONSerializer

        allow_many()
        DBOS(
            config={
                "name": "vendor-risk",
                "system_database_url": dbos_url(self.database),
                "system_database_engine": queue_engine(self.database),
                "application_version": VERSION,
                "executor_id": self.name,
                "serializer": DBOSPortableJSONSerializer(),
                "log_level": "WARNING",
                "console_log_level": "WARNING",
                "enable_otlp": False,
            }
        )

        places = threading.BoundedSemaphore(self.settings.scan_workers)

        def job(step: str) -> AbstractContextManager[None]:
            """What is logged within names the job."""
            id = DBOS.workflow_id or ""
            return logs.timed(log, f"job {step}", worker=self.name, job=id)

        @DBOS.workflow(name=SCAN_STEP)
        def scan(subjects: list[str]) -> None:
            with job(SCAN_STEP):
                for subject in subjects:
                    id = uuid.UUID(subject)
                    with logs.about(scan=id):
                        scan_or_fail(self.database, id, self.network, places, self._compare)

        @DBOS.workflow(name=SLICE_STEP)
        def slice_of(subjects: list[str]) -> None:
            looking = Slice(
                self.database, self.network, self._compare, self.settings.scan_workers, self._over
            )
            with job(SLICE_STEP):
                left = looking.run([uuid.UUID(subject) for subject in subjects])
            if left:  # the worker stops: another one goes on with them
                with self.database.transaction() as session:
                    attempt = int(now().timestamp() * 1000)
                    self.queue(session, SLICE_STEP, [str(id) for id in left], attempt=attempt)

        @DBOS.workflow(name="report")
        def report(subjects: list[str]) -> None:
            with job("report"):
                for subject in subjects:
                    with logs.about(report=subject):
                        self._press.make(uuid.UUID(subject))

        @DBOS.workflow(name=STEP)
        def model(subjects: list[str]) -> None:
            with job(STEP):
                for subject in subjects:
                    models.run_or_fail(self.database, uuid.UUID(subject))

        @DBOS.workflow(name=ROUND)
        def send_round(subjects: list[str]) -> None:
            with job(ROUND):
                for subject in subjects:
                    rounds.run_or_fail(self.database, uuid.UUID(subject), self._head)

        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=self.settings.scan_workers, polling_interval_sec=0.2
        )
        DBOS.register_queue(SLICES, worker_concurrency=_SLICES_AT_ONCE, polling_interval_sec=0.2)
        acts = (
            self._beat,
            self._post,
            self._care,
            self._date,
            self._feed,
            self._tell,
            self._call,
            self._lists,
        )
        for act in acts:
            thread = threading.Thread(target=act, name=act.__name__, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, seconds: int = STOP_SECONDS) -> None:
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
                if why := migrate.misfit(self.database):
                    log.error("this worker of version %s leaves: %s", __version__, why)
                    self.misfit = why
                    self._leave()
                    return
                with self.database.transaction() as session:
                    PLACES.share(show_life(session, self.name, started))
            except Exception:  # a beat missed is seen by doctor; the work must go on
                log.exception("the sign of life could not be written")
            self._over.wait(BEAT_SECONDS)

    def _care(self) -> None:
        """Take over from dead workers, and order again what a job that broke off has lost."""
        watch = Watch(self.name, DEAD_SECONDS, soon=2.5 * BEAT_SECONDS)
        for turn in count():
            if self._over.is_set():
                return
            try:
                bury(self.database, self.queue, watch)
                if turn % (DEAD_SECONDS // BEAT_SECONDS) == 0:
                    if adopted := self.queue.adopt():
                        log.warning("%s jobs waited for workers of an older version", adopted)
                    order_again(self.database, self.queue, now() - _LOST)
            except Exception:  # the next round tries it again
                log.exception("what dead workers left could not be taken over")
            self._over.wait(BEAT_SECONDS)

    def _feed(self) -> None:
        """Order what is due and what runs ask for, as long as there is room."""
        pause: float = FEED_SECONDS
        while not self._over.wait(pause):
            pause = FEED_SECONDS
            try:
                with self.database.transaction() as session:
                    made = rescans.feed(session, now=now(), enqueue=self.queue)
                    rescans.settle(session, now=now())
                if made:
                    pause = 0.05
            except Exception:  # the next round tries it again
                log.exception("what is due could not be ordered")

    def _date(self) -> None:
        """Let each new day change what it changes; it begins at midnight UTC, as dates do."""
        while not self._over.is_set():
            try:
                chores = (
                    partial(letters.remind, head=self._head),
                    partial(
                        report_schedules.order_due,
                        organisation=self.settings.organisation,
                        enqueue=self.queue,
                    ),
                )
                if daily.keep(self.database, now(), chores):
                    tidy.keep(self.database, self.queue, now())
            except Exception:  # tried again when its patience has run out
                log.exception("the day could not be kept")
            self._over.wait(DEAD_SECONDS)

    def _lists(self) -> None:
        """Fetch lists of others, where somebody said that it should be done by itself."""
        while not self._over.wait(LIST_SECONDS):
            try:
                feeds.refresh(self.database, self.settings, now)
            except Exception:  # the next round tries it again
                log.exception("the lists of others could not be fetched")

    def _tell(self) -> None:
        """Let people know of what moved."""
        while not self._over.wait(TELL_SECONDS):
            try:
                alerts.tell(self.database, now(), self._head)
            except Exception:  # the next round tries it again
                log.exception("what moved could not be told")

    def _call(self) -> None:
        """Let other systems know of what moved; one that hangs holds up no letter."""
        how = alerts.calling(self.settings)
        while not self._over.wait(TELL_SECONDS):
            try:
                with self.database.writing() as session:
                    webhooks.send_due(session, how, now, self.settings.address)
            except Exception:  # the next round tries it again
                log.exception("webhooks could not be called")

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
        along = partial(letters.enclosed, files=self._files)
        while not self._over.wait(MAIL_SECONDS):
            try:
                with self.database.writing() as session:
                    outbox.send_waiting(session, server.deliver, now(), along)
            except Exception:  # what failed stays in the outbox and is tried again
                log.exception("the outbox could not be emptied")


def show_life(session: Session, name: str, started: dt.datetime) -> int:
    """The worker of that name lives; how many there are.

    One that left a moment ago counts until it is buried: then a provider has rather too few looks.
    """
    session.merge(WorkerBeat(name=name, version=__version__, started_at=started, seen_at=now()))
    session.flush()
    return session.exec(select(func.count(col(WorkerBeat.name)))).one()


class Watch:
    """Tells which workers are dead: those whose sign of life stays the same for a minute.

    By this process's own clock that only goes forward: two machines whose clocks differ, and a
    clock that jumps, kill nobody. One whose sign is a minute older than our own is dead `soon`, two
    signs later: where workers die within a minute of their start nobody else would see it.
    """

    def __init__(
        self,
        me: str,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        *,
        soon: float | None = None,
    ) -> None:
        self._me = me
        self._seconds = seconds
        self._soon = seconds if soon is None else soon
        self._clock = clock
        self._known: dict[str, tuple[dt.datetime, float]] = {}

    def dead(self, session: Session) -> list[WorkerBeat]:
        """Those that are dead by now, each with its last sign of life; never oneself."""
        at = self._clock()
        every = session.exec(select(WorkerBeat)).all()
        beats = [one for one in every if one.name != self._me]
        mine = next((one.seen_at for one in every if one.name == self._me), None)
        known = {
            one.name: (one.seen_at, self._known[one.name][1])
            if one.name in self._known and self._known[one.name][0] == one.seen_at
            else (one.seen_at, at)
            for one in beats
        }
        self._known = known
        dead = []
        for one in beats:
            same = at - known[one.name][1]
            old = mine is not None and (mine - one.seen_at).total_seconds() >= self._seconds
            if same >= (self._soon if old else self._seconds):
                dead.append(one)
        return dead


def bury(database: Database, queue: Queue, watch: Watch) -> None:
    """The jobs of dead workers wait for others."""
    with database.reading() as session:
        dead = watch.dead(session)
    for one in dead:
        if held := queue.take_over(one.name):
            log.warning("worker %s is dead; %s jobs of its are taken over", one.name, held)
        with database.transaction() as session:
            beat = session.get(WorkerBeat, one.name)
            if beat is not None and beat.seen_at == one.seen_at:
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
        old_run = session.exec(
            select(ModelRun).where(
                col(ModelRun.slot) == 1,
                col(ModelRun.state).in_(OPEN),
                col(ModelRun.created_at) < before,
            )
        ).first()
        old_rounds = session.exec(
            select(SendRound.id).where(
                col(SendRound.state).in_(ROUND_OPEN), col(SendRound.created_at) < before
            )
        ).all()
    known_rounds = queue.subjects(ROUND) if old_rounds else set()
    for id in old_rounds:
        if str(id) not in known_rounds:
            with database.transaction() as session:
                queue(session, ROUND, [str(id)], attempt=int(now().timestamp()))
    if old_run is not None and str(old_run.id) not in queue.subjects(STEP):
        with database.transaction() as session:
            queue(session, STEP, [str(old_run.id)], attempt=int(now().timestamp()))
    if old_scans:
        known = queue.subjects(SCAN_STEP) | queue.subjects(SLICE_STEP)
        lost = [str(id) for id in old_scans if str(id) not in known]
        for start in range(0, len(lost), scans.SLICE):
            with database.transaction() as session:
                some = lost[start : start + scans.SLICE]
                queue(session, SLICE_STEP, some, attempt=int(now().timestamp()))
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
