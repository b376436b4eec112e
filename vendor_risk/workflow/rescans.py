"""Looks again: which vendors are due, runs over many, and what could not be reached.

Scans are ordered in slices and only as many as there is room for, so that 100,000 due vendors are
neither 100,000 rows in a queue nor an hour of ordering.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, text
from sqlmodel import Session, col, exists, func, select

from vendor_risk.store.audit import record
from vendor_risk.store.models.scans import RunScope, Scan, ScanHost, ScanRun, ScanState
from vendor_risk.store.models.vendors import Domain, Vendor
from vendor_risk.store.models.work import Setting
from vendor_risk.store.models.workers import WorkerBeat
from vendor_risk.workflow.queue import Enqueue
from vendor_risk.workflow.scans import GIVEN_UP, SLICE, SLICE_STEP
from vendor_risk.workflow.vendors import VendorRefused

CLOCK = "schedule"  # the cause of a scan that nobody asked for
RUN = "run"
PAUSED = "rescans_paused"  # the setting that holds the clock
# Slices that wait for each worker: enough that none is idle, few enough to stop soon.
SLICES_A_WORKER = 4
# Any number will do that no other lock of this database uses.
_LOCK = 7_310_011
_AHEAD = dt.timedelta(hours=2)  # no daylight saving and no two machines differ by more
_OPEN = (ScanState.QUEUED, ScanState.RUNNING)
# Spelt as its index is, which holds the few scans that are open among the millions that are not.
_IS_OPEN = text("scan.state IN ('queued', 'running')")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is; `not_reached` are scans that saw nothing, `left` has no scan yet or one
    that waits.
    """

    total: int
    done: int
    not_reached: int
    stopped: int
    running: int

    @property
    def over(self) -> int:
        """How many vendors need no more work."""
        return self.done + self.not_reached + self.stopped

    @property
    def left(self) -> int:
        """How many vendors are still to be looked at."""
        return max(0, self.total - self.over)


def start(
    session: Session,
    scope: RunScope,
    *,
    now: dt.datetime,
    by: uuid.UUID | None,
) -> ScanRun:
    """A run over all vendors, or those that are due; VendorRefused where there is none.

    It is refused while another one goes on: both would look at the same vendors.
    """
    if other := active(session):
        raise VendorRefused(
            "A run from %(day)s is not over: %(left)s vendors are left. Stop it, or wait.",
            day=other.created_at.date(),
            left=progress(session, other).left,
        )
    run = ScanRun(scope=scope, by_id=by, created_at=now)
    session.add(run)
    session.flush()
    run.total = session.exec(_candidates(run, select(func.count(col(Vendor.id))))).one()
    if not run.total:
        raise VendorRefused(
            "There is nothing to look at: no vendor with a domain is due."
            if scope is RunScope.DUE
            else "There is nothing to look at: no vendor has a domain."
        )
    _told(session, run, "scan.run_started", now, by)
    return run


def stop(session: Session, run: ScanRun, *, now: dt.datetime, by: uuid.UUID | None) -> None:
    """No more scans of the run are ordered, those that wait are stopped; running ones finish."""
    session.refresh(run, with_for_update=True)
    if run.state != ScanState.RUNNING:
        return
    run.state, run.finished_at = ScanState.STOPPED, now
    waiting = session.exec(
        select(Scan).where(Scan.run_id == run.id, Scan.state == ScanState.QUEUED)
    ).all()
    for scan in waiting:
        scan.state, scan.finished_at = ScanState.STOPPED, now
        scan.reason, scan.stop_asked_at = "its run was stopped", now
    _told(session, run, "scan.run_stopped", now, by)


def resume(session: Session, run: ScanRun, *, now: dt.datetime, by: uuid.UUID | None) -> None:
    """A stopped run goes on with the vendors that it has not looked at."""
    session.refresh(run, with_for_update=True)
    if run.state != ScanState.STOPPED:
        return
    if other := active(session):
        raise VendorRefused(
            "A run from %(day)s is not over: %(left)s vendors are left. Stop it, or wait.",
            day=other.created_at.date(),
            left=progress(session, other).left,
        )
    # what was stopped before it began counts for nothing: it is ordered anew
    for scan in session.exec(
        select(Scan).where(Scan.run_id == run.id, Scan.state == ScanState.STOPPED)
    ):
        scan.run_id = None
    run.state, run.finished_at, run.cursor, run.ordered_all = ScanState.RUNNING, None, None, False
    session.flush()
    _told(session, run, "scan.run_resumed", now, by)


def active(session: Session) -> ScanRun | None:
    """The run that goes on."""
    return session.exec(
        select(ScanRun)
        .where(ScanRun.state == ScanState.RUNNING)
        .order_by(col(ScanRun.created_at))
        .limit(1)
    ).first()


def newest(session: Session, most: int = 10) -> Sequence[ScanRun]:
    """The last runs, the newest first."""
    return session.exec(
        select(ScanRun).order_by(col(ScanRun.created_at).desc(), col(ScanRun.id)).limit(most)
    ).all()


def progress(session: Session, run: ScanRun) -> Progress:
    """How far a run is, from its scans."""
    counts = dict(
        session.exec(
            select(Scan.state, func.count()).where(Scan.run_id == run.id).group_by(Scan.state)
        ).all()
    )
    over = sum(n for state, n in counts.items() if state not in _OPEN)
    return Progress(
        over if run.state == ScanState.DONE else run.total,  # some left us meanwhile
        counts.get(ScanState.DONE, 0),
        counts.get(ScanState.FAILED, 0),
        counts.get(ScanState.STOPPED, 0),
        counts.get(ScanState.RUNNING, 0),
    )


def due(session: Session, now: dt.datetime) -> int:
    """How many vendors are due, whatever stands in the way."""
    return session.exec(select(func.count(col(Vendor.id))).where(*_is_due(now))).one()


def oldest_due(session: Session, now: dt.datetime) -> dt.datetime | None:
    """Since when the vendor that waits longest is due; None where none is."""
    return session.exec(
        select(Vendor.next_scan_at).where(*_is_due(now)).order_by(col(Vendor.next_scan_at)).limit(1)
    ).first()


def workers(session: Session, now: dt.datetime) -> Sequence[WorkerBeat]:
    """The workers that gave a sign of life within the last minute, by name."""
    return session.exec(
        select(WorkerBeat)
        .where(col(WorkerBeat.seen_at) > now - dt.timedelta(minutes=1))
        .order_by(WorkerBeat.name)
    ).all()


def paused(session: Session) -> bool:
    """Whether somebody holds the clock: nothing is ordered, neither by it nor by runs."""
    row = session.get(Setting, PAUSED)
    return row is not None and bool(row.value)


def pause(session: Session, *, wanted: bool, now: dt.datetime, by: uuid.UUID | str) -> None:
    """The clock is held, or goes on."""
    if paused(session) == wanted:
        return
    row = session.get(Setting, PAUSED) or Setting(key=PAUSED, value=wanted, updated_at=now)
    row.value, row.updated_at = wanted, now
    session.add(row)
    record(
        session,
        actor=by,
        act="scan.paused" if wanted else "scan.unpaused",
        subject_kind="setting",
        subject_id=PAUSED,
        after={"paused": wanted},
        now=now,
    )


def not_reached(session: Session, most: int = 200) -> Sequence[tuple[Vendor, Scan | None]]:
    """Vendors that scan after scan could not reach, the longest first, each with its last scan."""
    rows = session.exec(
        select(Vendor)
        .where(col(Vendor.scan_failures) >= GIVEN_UP, col(Vendor.archived_at).is_(None))
        .order_by(col(Vendor.scan_failures).desc(), col(Vendor.id))
        .limit(most)
    ).all()
    return [(row, _last(session, row.id)) for row in rows]


def how_many_not_reached(session: Session) -> int:
    """How many vendors `not_reached` would list without a bound."""
    return session.exec(
        select(func.count(col(Vendor.id))).where(
            col(Vendor.scan_failures) >= GIVEN_UP, col(Vendor.archived_at).is_(None)
        )
    ).one()


def look_again(
    session: Session, ids: Collection[uuid.UUID], *, now: dt.datetime, by: uuid.UUID
) -> int:
    """What could not be reached is due at once; how many vendors."""
    rows = session.exec(
        select(Vendor).where(col(Vendor.id).in_(ids), col(Vendor.scan_failures) >= GIVEN_UP)
    ).all()
    for row in rows:
        row.next_scan_at = now
        record(
            session,
            actor=by,
            act="scan.requested",
            subject_kind="vendor",
            subject_id=row.id,
            after={"cause": CLOCK},
            now=now,
        )
    return len(rows)


def mend_clock(session: Session, now: dt.datetime) -> int:
    """Vendors whose last look lies in the future are due: the clock was ahead; how many."""
    rows = session.exec(
        select(Vendor).where(
            col(Vendor.last_scan_at) > now + _AHEAD, col(Vendor.next_scan_at) > now
        )
    ).all()
    for row in rows:
        row.next_scan_at = now
    return len(rows)


def feed(session: Session, *, now: dt.datetime, enqueue: Enqueue) -> int:
    """At most one slice is ordered, of a run first and of what is due then; how many scans.

    Workers that come to it in the same moment do not order twice: one of them does.
    """
    if not _alone(session) or paused(session) or _room(session, now) < SLICE:
        return 0
    for run in session.exec(
        select(ScanRun)
        .where(ScanRun.state == ScanState.RUNNING, col(ScanRun.ordered_all).is_(False))
        .order_by(col(ScanRun.created_at))
    ).all():
        if made := _of_run(session, run, now, enqueue):
            return made
    return _of_clock(session, now, enqueue)


def settle(session: Session, *, now: dt.datetime) -> None:
    """Runs whose every scan is over are done."""
    for run in session.exec(
        select(ScanRun).where(ScanRun.state == ScanState.RUNNING, col(ScanRun.ordered_all))
    ):
        waits = select(Scan.id).where(_IS_OPEN, Scan.run_id == run.id).limit(1)
        if session.exec(waits).first() is None:
            run.state, run.finished_at = ScanState.DONE, now


def _of_run(session: Session, run: ScanRun, now: dt.datetime, enqueue: Enqueue) -> int:
    """The next slice of a run; vendors with an open scan take part with that one."""
    made = 0
    while not made and not run.ordered_all:
        query = _candidates(run, select(Vendor))
        if run.cursor is not None:
            query = query.where(col(Vendor.id) > run.cursor)
        rows = session.exec(query.order_by(col(Vendor.id)).limit(SLICE)).all()
        run.ordered_all = len(rows) < SLICE
        if not rows:
            return 0
        run.cursor = rows[-1].id
        known = set(
            session.exec(
                select(Scan.vendor_id).where(
                    Scan.run_id == run.id, col(Scan.vendor_id).in_([row.id for row in rows])
                )
            )
        )
        made = _order(session, [row for row in rows if row.id not in known], now, enqueue, run)
    return made


def _of_clock(session: Session, now: dt.datetime, enqueue: Enqueue) -> int:
    """The next slice of what is due, the longest due first."""
    open_scan = select(Scan.id).where(col(Scan.vendor_id) == col(Vendor.id), _IS_OPEN)
    rows = session.exec(
        select(Vendor)
        .where(*_is_due(now), ~exists(open_scan))
        .order_by(col(Vendor.next_scan_at), col(Vendor.id))
        .limit(SLICE)
    ).all()
    return _order(session, rows, now, enqueue, None)


def _order(
    session: Session,
    vendors: Sequence[Vendor],
    now: dt.datetime,
    enqueue: Enqueue,
    run: ScanRun | None,
) -> int:
    """Queued scans of these vendors as one job; one that has no domain is asked about later."""
    ids = [row.id for row in vendors]
    hosts: dict[uuid.UUID, list[Domain]] = {}
    for domain in session.exec(
        select(Domain).where(col(Domain.vendor_id).in_(ids)).order_by(Domain.host)
    ):
        hosts.setdefault(domain.vendor_id, []).append(domain)
    open_scans = {
        scan.vendor_id: scan
        for scan in session.exec(select(Scan).where(col(Scan.vendor_id).in_(ids), _IS_OPEN))
    }
    made: list[Scan] = []
    for vendor in vendors:
        if scan := open_scans.get(vendor.id):
            if run is not None and scan.run_id is None:
                scan.run_id = run.id
            continue
        if vendor.id not in hosts:
            vendor.next_scan_at = None  # until it has a domain
            continue
        scan = Scan(
            vendor_id=vendor.id,
            cause=RUN if run else CLOCK,
            run_id=run.id if run else None,
            requested_by_id=run.by_id if run else None,
            created_at=now,
        )
        session.add(scan)
        made.append(scan)
    session.flush()
    session.add_all(
        ScanHost(scan_id=scan.id, host=domain.host, host_class=domain.host_class)
        for scan in made
        for domain in hosts[scan.vendor_id]
    )
    session.flush()
    if made:
        enqueue(session, SLICE_STEP, [str(scan.id) for scan in made])
    return len(made)


def _is_due(now: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Vendor.next_scan_at) <= now,
        col(Vendor.archived_at).is_(None),
        col(Vendor.merged_into_id).is_(None),
        col(Vendor.sample).is_(False),
    )


def _candidates(run: ScanRun, query: Any) -> Any:
    """The vendors of a run: with a domain, real, and ours to look at."""
    query = query.where(
        col(Vendor.archived_at).is_(None),
        col(Vendor.merged_into_id).is_(None),
        col(Vendor.sample).is_(False),
        exists(select(Domain.id).where(col(Domain.vendor_id) == col(Vendor.id))),
    )
    if run.scope == RunScope.DUE:
        return query.where(col(Vendor.next_scan_at) <= run.created_at)
    return query


def _room(session: Session, now: dt.datetime) -> int:
    """How many more scans may wait: a few slices for each worker that lives."""
    alive = len(workers(session, now))
    waiting = session.exec(
        select(func.count()).select_from(Scan).where(Scan.state == ScanState.QUEUED)
    ).one()
    return max(1, alive) * SLICES_A_WORKER * SLICE - waiting


def _alone(session: Session) -> bool:
    """Whether no other worker orders in this moment; on SQLite none can."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    asked = session.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    return bool(asked.scalar_one())


def _last(session: Session, vendor_id: uuid.UUID) -> Scan | None:
    return session.exec(
        select(Scan)
        .where(Scan.vendor_id == vendor_id, col(Scan.finished_at).is_not(None))
        .order_by(col(Scan.finished_at).desc())
        .limit(1)
    ).first()


def _told(session: Session, run: ScanRun, act: str, now: dt.datetime, by: uuid.UUID | None) -> None:
    record(
        session,
        actor=by or "command",
        act=act,
        subject_kind="scan_run",
        subject_id=run.id,
        after={"scope": run.scope, "total": run.total},
        now=now,
    )
