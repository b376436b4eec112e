"""Scans: ask for one, record what each host showed, and close it with a posture."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy import select as sa_select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from vendor_risk.checks.catalogue import VERSION, Judged, judge
from vendor_risk.checks.facts import Fact, facts
from vendor_risk.checks.marks import Marks, marks
from vendor_risk.checks.observations import OBSERVATIONS, Observations, Previous
from vendor_risk.checks.remembered import remembered
from vendor_risk.evidence import N_, Evidence, HostClass, Outcome, Severity, Status
from vendor_risk.scoring.external import Posture, posture
from vendor_risk.scoring.model import Model
from vendor_risk.store import audit
from vendor_risk.store.bulk import insert_many
from vendor_risk.store.models.base import utc_now
from vendor_risk.store.models.scans import Scan, ScanHost, ScanOutcome, ScanState
from vendor_risk.store.models.vendors import Domain, Vendor
from vendor_risk.store.packed import PackedText, pack
from vendor_risk.workflow import last_looks
from vendor_risk.workflow.intervals import scan_interval
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.queue import Enqueue

# A job is a slice of vendors: 100,000 single jobs cost minutes to enqueue, slices seconds.
SLICE = 50
_MOST = 1000  # letters of one text of an outcome
_OUTCOMES = cast(Table, ScanOutcome.__table__)  # type: ignore[attr-defined]
SCAN_STEP, SLICE_STEP = "scan", "slice"
_ALONE = 3  # so many scans that a person asked for go as a job each step of which is shown
SAMPLE = "sample"  # the cause of the one kind of scan that a sample vendor has
SAMPLES_REFUSED = N_(
    "Samples are invented: there is nothing to look at. Add a vendor of your own to see a scan."
)
# A scan that reaches nothing is made again, each time later, then as often as its tier says.
RETRIES = tuple(dt.timedelta(hours=hours) for hours in (1, 4, 12, 24))
# After so many scans in a row that reached nothing, somebody should look at it.
GIVEN_UP = 4
MOST_ATTEMPTS = 3  # a scan that so many workers died over is not begun again
_EARLY = 10  # percent of its interval by which a vendor is scanned early, that not all are at once
OWN_PAGES_DAYS = 7  # PCI DSS 4.0.1, 11.6.1: payment pages are compared at least weekly


class ScanRefused(ValueError):
    """A scan that cannot be; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Order:
    """One host that a scan still has to look at."""

    host: str
    host_class: HostClass
    handshakes: bool = False  # extra ones, which the vendor was told of
    declared: tuple[str, ...] = ()  # check-out and log-in pages that somebody named
    ours: bool = False  # a host of our own company, whose scripts are kept
    previous: Previous | None = None  # what the look before left to compare with


def request_scan(
    session: Session,
    vendor: Vendor,
    *,
    now: dt.datetime,
    by: uuid.UUID | None,
    enqueue: Enqueue,
    cause: str = "asked",
) -> Scan | None:
    """A queued scan of the vendor, or the one already open; None when there is nothing to look at.

    So it is without a domain, and for samples: their names are invented.
    """
    scans = request_scans(session, [vendor], now=now, by=by, enqueue=enqueue, cause=cause)
    return scans[0] if scans else None


def request_scans(
    session: Session,
    vendors: Iterable[Vendor],
    *,
    now: dt.datetime,
    by: uuid.UUID | None,
    enqueue: Enqueue,
    cause: str = "asked",
) -> list[Scan]:
    """A queued or already open scan for each vendor that has a domain and is not archived.

    A sample gets none: the real network knows nothing of its names, and would fail it for that.
    What a person caused is in the audit log; what the clock orders is not an act.
    """
    scans: list[Scan] = []
    fresh: list[Scan] = []
    for vendor in vendors:
        if vendor.archived_at is not None or vendor.merged_into_id is not None:
            continue
        if vendor.sample and cause != SAMPLE:
            continue
        running = open_scan(session, vendor.id)
        if running is not None:
            scans.append(running)
            continue
        domains = session.exec(
            select(Domain).where(Domain.vendor_id == vendor.id).order_by(Domain.host)
        ).all()
        if not domains:
            continue
        scan = Scan(
            vendor_id=vendor.id,
            requested_by_id=by,
            cause=cause,
            created_at=now,
            sample=vendor.sample,
        )
        try:
            with session.begin_nested():
                session.add(scan)
                session.flush()
                session.add_all(
                    ScanHost(scan_id=scan.id, host=domain.host, host_class=domain.host_class)
                    for domain in domains
                )
        except IntegrityError:  # somebody else ordered one in the same moment
            if running := open_scan(session, vendor.id):
                scans.append(running)
            continue
        if by is not None:
            audit.record(
                session,
                actor=by,
                act="scan.requested",
                subject_kind="vendor",
                subject_id=vendor.id,
                after={"cause": cause},
                now=now,
            )
        scans.append(scan)
        fresh.append(scan)
    session.flush()
    step = SCAN_STEP if len(fresh) <= _ALONE else SLICE_STEP
    for start in range(0, len(fresh), SLICE):
        enqueue(session, step, [str(scan.id) for scan in fresh[start : start + SLICE]])
    return scans


def open_scan(session: Session, vendor_id: uuid.UUID) -> Scan | None:
    """The vendor's queued or running scan."""
    return session.exec(
        select(Scan).where(
            Scan.vendor_id == vendor_id,
            col(Scan.state).in_([ScanState.QUEUED, ScanState.RUNNING]),
        )
    ).first()


def latest_scan(session: Session, vendor_id: uuid.UUID) -> Scan | None:
    """The vendor's last finished scan that saw something."""
    return session.exec(
        select(Scan)
        .where(Scan.vendor_id == vendor_id, Scan.state == ScanState.DONE)
        .order_by(col(Scan.finished_at).desc())
        .limit(1)
    ).first()


def begin(session: Session, scan_id: uuid.UUID, *, now: dt.datetime) -> tuple[Order, ...]:
    """The hosts still to look at; nothing when the scan is over, gone or was stopped.

    A scan whose worker died is begun again and goes on with the hosts that are not done.
    """
    return begin_all(session, [scan_id], now=now).get(scan_id, ())


def begin_all(
    session: Session, ids: Sequence[uuid.UUID], *, now: dt.datetime
) -> dict[uuid.UUID, tuple[Order, ...]]:
    """For each of these scans that is to be made the hosts still to look at, as `begin` says."""
    open_ones = _locked(session, ids, (ScanState.QUEUED, ScanState.RUNNING))
    of_vendor = {scan.vendor_id for scan in open_ones}
    vendors = {
        row.id: row for row in session.exec(select(Vendor).where(col(Vendor.id).in_(of_vendor)))
    }
    going = [scan for scan in open_ones if _begun(session, scan, now)]
    waiting: defaultdict[uuid.UUID, list[ScanHost]] = defaultdict(list)
    for host in session.exec(
        select(ScanHost)
        .where(col(ScanHost.scan_id).in_([scan.id for scan in going]), ScanHost.state != "done")
        .order_by(ScanHost.host)
    ):
        host.state = "waiting"
        waiting[host.scan_id].append(host)
    pages: defaultdict[uuid.UUID, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for domain in session.exec(select(Domain).where(col(Domain.vendor_id).in_(of_vendor))):
        pages[domain.vendor_id][domain.host] = tuple(domain.checkout_pages)
    known = last_looks.known_of(session, of_vendor)
    orders: dict[uuid.UUID, tuple[Order, ...]] = {}
    for scan in going:
        vendor = vendors.get(scan.vendor_id)
        told = vendor is not None and vendor.handshakes_agreed is not None
        ours = vendor is not None and vendor.ours
        mine = pages[scan.vendor_id]
        orders[scan.id] = tuple(
            Order(
                host.host,
                HostClass(host.host_class),
                told,
                mine.get(host.host, ()),
                ours,
                known[scan.vendor_id].get(host.host),
            )
            for host in waiting[scan.id]
        )
    return orders


def _locked(
    session: Session, ids: Sequence[uuid.UUID], states: Sequence[ScanState]
) -> Sequence[Scan]:
    """Those of these scans that are in one of the states, as they are behind their locks."""
    return session.exec(
        select(Scan)
        .where(col(Scan.id).in_(ids), col(Scan.state).in_(states))
        .order_by(col(Scan.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _begun(session: Session, scan: Scan, now: dt.datetime) -> bool:
    """Whether an open scan is looked at now, not stopped and not given up."""
    if scan.stop_asked_at is not None:
        _close(session, scan, ScanState.STOPPED, "stopped before it began", now)
        return False
    if scan.attempts >= MOST_ATTEMPTS:
        reason = f"the worker that looked at it died, {scan.attempts} times in a row"
        _close(session, scan, ScanState.FAILED, reason, now)
        return False
    scan.state = ScanState.RUNNING
    scan.attempts += 1
    scan.started_at = scan.started_at or now
    return True


def mark_running(session: Session, scan_id: uuid.UUID, host: str) -> bool:
    """Say which host is being looked at; False when somebody asked to stop."""
    scan = session.get(Scan, scan_id)
    if scan is None or scan.stop_asked_at is not None or scan.state != ScanState.RUNNING:
        return False
    row = _host(session, scan_id, host)
    if row is not None and row.state == "waiting":
        row.state = "running"
    return True


@dataclass(frozen=True, slots=True)
class Looked:
    """What one host showed, with all that is read out of it; a reason where it was not seen.

    A worker makes it without a lock: no hostile page is read or packed while the database waits.
    """

    seen: Observations | str
    judged: tuple[Judged, ...] = ()
    noted: tuple[Fact, ...] = ()
    marked: Marks | None = None
    kept: PackedText | None = None
    left: Previous | None = None  # for the next look to compare with


def read(seen: Observations | str) -> Looked:
    """A look with what the checks say of it, its facts and marks, and the text to be kept."""
    if isinstance(seen, str):
        return Looked(seen)
    return Looked(seen, judge(seen), facts(seen), marks(seen), packed(seen), remembered(seen))


def record(
    session: Session,
    scan_id: uuid.UUID,
    host: str,
    seen: Observations | str | Looked,
    *,
    now: dt.datetime,
    judged: Sequence[Judged] | None = None,
    noted: Sequence[Fact] | None = None,
    marked: Marks | None = None,
) -> None:
    """Keep what one host showed and what the checks say of it; a host recorded before is left.

    `seen` is a reason in words where the host could not be looked at: that is no fault and no pass.
    """
    looked = seen if isinstance(seen, Looked) else read(seen)
    if judged is not None:
        looked = replace(looked, judged=tuple(judged))
    if noted is not None:
        looked = replace(looked, noted=tuple(noted))
    if marked is not None:
        looked = replace(looked, marked=marked)
    record_all(session, {scan_id: {host: looked}}, now=now)


def record_all(
    session: Session,
    looks: Mapping[uuid.UUID, Mapping[str, Looked]],
    *,
    now: dt.datetime,
) -> dict[uuid.UUID, tuple[Judged, ...]]:
    """Keep what hosts of many scans showed, as `record` says of one.

    What the checks say of each scan all of whose hosts were looked at here, as it is kept.
    """
    rows: list[dict[str, Any]] = []
    told: defaultdict[uuid.UUID, list[Judged]] = defaultdict(list)
    left: defaultdict[uuid.UUID, dict[str, Previous]] = defaultdict(dict)
    of_scans = select(Scan.id, Scan.vendor_id).where(col(Scan.id).in_(looks))
    vendor_of = dict(session.exec(of_scans).all())
    in_part: set[uuid.UUID] = set()
    for row in _hosts(session, looks):
        looked = looks[row.scan_id].get(row.host)
        if looked is None or row.state == "done":
            in_part.add(row.scan_id)
            continue
        row.state = "done"
        seen = looked.seen
        if isinstance(seen, str):
            row.reason = seen[:500]
            row.observed_at = now
            continue
        row.observed_at = seen.observed_at
        row.observations = looked.kept or packed(seen)
        row.facts = [each.to_json() for each in looked.noted]
        row.marks = dict(looked.marked or {})
        told[row.scan_id] += map(_as_kept, looked.judged)
        rows += [_row(row.scan_id, one) for one in looked.judged]
        if looked.left is not None:
            left[vendor_of[row.scan_id]][row.host] = looked.left
    last_looks.remember(session, left)
    session.flush()
    insert_many(session, _OUTCOMES, rows)
    return {id: tuple(told[id]) for id in looks if id not in in_part}


def packed(seen: Observations) -> PackedText:
    """The text of a look as it is kept."""
    return pack(OBSERVATIONS.dump_json(seen).decode())


@dataclass(frozen=True, slots=True)
class Seen:
    """What a scan that is done saw: its hosts, and what the checks said of them."""

    hosts: Sequence[ScanHost]
    judged: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """A scan that is over; `seen` is None where it saw nothing."""

    scan: Scan
    vendor: Vendor | None
    seen: Seen | None


def finish(session: Session, scan_id: uuid.UUID, *, now: dt.datetime) -> Seen | None:
    """Close a scan: its posture, and what lists show of the vendor; None when it saw nothing."""
    closed = finish_all(session, [scan_id], now=now)
    return closed[0].seen if closed else None


def finish_all(
    session: Session,
    ids: Sequence[uuid.UUID],
    *,
    now: dt.datetime,
    judged: Mapping[uuid.UUID, tuple[Judged, ...]] | None = None,
) -> list[Closed]:
    """Close those of these scans that run, as `finish` says of one.

    `judged` is what the checks said of a scan, where that need not be read again.
    """
    running = _locked(session, ids, [ScanState.RUNNING])
    told = dict(judged or {})
    told |= _judged_of(session, [scan.id for scan in running if scan.id not in told])
    hosts: defaultdict[uuid.UUID, list[ScanHost]] = defaultdict(list)
    for host in _hosts(session, [scan.id for scan in running]):
        hosts[host.scan_id].append(host)
    vendors = {
        row.id: row
        for row in session.exec(
            select(Vendor).where(col(Vendor.id).in_([scan.vendor_id for scan in running]))
        )
    }
    model = in_use(session)
    closed = []
    for scan in running:
        seen = Seen(hosts[scan.id], told.get(scan.id, ()))
        vendor = vendors.get(scan.vendor_id)
        stopped = scan.stop_asked_at is not None
        if stopped and any(host.state != "done" for host in seen.hosts):
            _close(session, scan, ScanState.STOPPED, "stopped on request", now)
        elif not any(host.facts is not None for host in seen.hosts):
            reason = seen.hosts[0].reason if seen.hosts else "the vendor has no domain"
            _close(session, scan, ScanState.FAILED, reason, now)
        else:
            outcome = scan_posture(seen.hosts, seen.judged, model)
            scan.posture = outcome.to_json()
            scan.catalogue = VERSION
            _close(session, scan, ScanState.DONE, "", now)
            if vendor is not None:
                _show(vendor, outcome)
                vendor.last_scan_at = now
                closed.append(Closed(scan, vendor, seen))
                continue
        closed.append(Closed(scan, vendor, None))
    return closed


def _show(vendor: Vendor, outcome: Posture) -> None:
    """Lists show the vendor with this posture."""
    failures = [line for line in outcome.lines if line.severity.rank > 0]
    vendor.posture_score = outcome.score
    vendor.posture_grade = outcome.grade
    vendor.failed_checks = len(failures)
    vendor.worst_severity = max((line.severity.rank for line in failures), default=None)


def place(session: Session, vendor: Vendor, host: str, host_class: HostClass) -> Scan | None:
    """The last scan, and the open one, weigh the faults of a host by this class from now on.

    What they saw stays. The last scan that is done, where it has the host; else None.
    """
    running = open_scan(session, vendor.id)
    if running is not None and (row := _host(session, running.id, host)):
        row.host_class = host_class
    last = latest_scan(session, vendor.id)
    row = _host(session, last.id, host) if last else None
    if last is None or row is None:
        return None
    row.host_class = host_class
    session.flush()
    outcome = scan_posture(hosts_of(session, last.id), judged_of(session, last.id), in_use(session))
    last.posture = outcome.to_json() | {"catalogue": last.catalogue or VERSION}
    _show(vendor, outcome)
    return last


def fail(session: Session, scan_id: uuid.UUID, reason: str, *, now: dt.datetime) -> None:
    """Close a scan that our own side could not make; the last good result stays."""
    scan = session.get(Scan, scan_id, with_for_update=True)
    if scan is not None and scan.state in (ScanState.QUEUED, ScanState.RUNNING):
        _close(session, scan, ScanState.FAILED, reason, now)


def ask_to_stop(session: Session, scan: Scan, *, now: dt.datetime) -> None:
    """A queued scan stops at once; a running one after the hosts in hand."""
    scan.stop_asked_at = now
    if scan.state == ScanState.QUEUED:
        _close(session, scan, ScanState.STOPPED, "stopped before it began", now)


def hosts_of(session: Session, scan_id: uuid.UUID) -> Sequence[ScanHost]:
    """The hosts of a scan, in the order of their names."""
    return _hosts(session, [scan_id])


def _hosts(session: Session, ids: Collection[uuid.UUID]) -> Sequence[ScanHost]:
    return session.exec(
        select(ScanHost)
        .where(col(ScanHost.scan_id).in_(ids))
        .order_by(col(ScanHost.scan_id), col(ScanHost.host))
        .options(defer(ScanHost.observations))  # type: ignore[arg-type]  # long, hardly read
    ).all()


def judged_of(session: Session, scan_id: uuid.UUID) -> tuple[Judged, ...]:
    """What the checks said in a scan, ordered by host and check."""
    return _judged_of(session, [scan_id]).get(scan_id, ())


def _judged_of(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[Judged, ...]]:
    if not ids:
        return {}
    rows = session.execute(
        sa_select(_OUTCOMES)
        .where(_OUTCOMES.c.scan_id.in_(ids))
        .order_by(_OUTCOMES.c.scan_id, _OUTCOMES.c.host, _OUTCOMES.c.check)
    )
    return {id: tuple(map(_judged, some)) for id, some in groupby(rows, key=attrgetter("scan_id"))}


def scan_posture(hosts: Iterable[ScanHost], judged: Sequence[Judged], model: Model) -> Posture:
    """The external posture that a scan's stored outcomes give."""
    return posture(judged, {host.host: HostClass(host.host_class) for host in hosts}, model)


def _close(session: Session, scan: Scan, state: ScanState, reason: str, now: dt.datetime) -> None:
    scan.state = state
    scan.reason = reason[:500]
    scan.finished_at = now
    vendor = session.get(Vendor, scan.vendor_id)
    if vendor is None:
        return
    days = scan_interval(session, vendor.tier)
    if vendor.ours:
        days = min(days, OWN_PAGES_DAYS)
    if state is ScanState.DONE:
        vendor.scan_failures = 0
        vendor.next_scan_at = now + dt.timedelta(days=days) - early(vendor.id, days)
    elif state is ScanState.FAILED:
        vendor.scan_failures += 1
        vendor.next_scan_at = now + retry_pause(vendor.scan_failures, days)
    else:
        vendor.next_scan_at = now + dt.timedelta(days=1)


def early(vendor_id: uuid.UUID, days: int) -> dt.timedelta:
    """How much before its day a vendor is looked at, by its id: never late, and not all at once."""
    share = vendor_id.int % 1000 / 1000
    return dt.timedelta(days=days) * share * _EARLY / 100


def retry_pause(failures: int, days: int) -> dt.timedelta:
    """How long until the next look, after so many that reached nothing."""
    if failures <= len(RETRIES):
        return min(RETRIES[failures - 1], dt.timedelta(days=days))
    return dt.timedelta(days=days)


def _host(session: Session, scan_id: uuid.UUID, host: str) -> ScanHost | None:
    return session.exec(
        select(ScanHost).where(ScanHost.scan_id == scan_id, ScanHost.host == host)
    ).first()


def _as_kept(judged: Judged) -> Judged:
    """As it is read again."""
    told, seen = judged.outcome, judged.outcome.evidence
    evidence = None
    if seen is not None and (seen.value or seen.command):
        evidence = Evidence(seen.value[:_MOST], seen.command[:_MOST])
    return replace(judged, outcome=replace(told, evidence=evidence, reason=told.reason[:_MOST]))


def _row(scan_id: uuid.UUID, judged: Judged) -> dict[str, Any]:
    outcome = judged.outcome
    return {
        "id": uuid.uuid4(),
        "created_at": utc_now(),
        "scan_id": scan_id,
        "host": judged.host,
        "check": judged.check,
        "control": judged.control,
        "status": outcome.status,
        "severity": outcome.severity,
        "evidence_value": outcome.evidence.value[:_MOST] if outcome.evidence else "",
        "evidence_command": outcome.evidence.command[:_MOST] if outcome.evidence else "",
        "reason": outcome.reason[:_MOST],
    }


def _judged(row: Any) -> Judged:
    evidence = None
    if row.evidence_value or row.evidence_command:
        evidence = Evidence(row.evidence_value, row.evidence_command)
    severity = Severity(row.severity) if row.severity else None
    return Judged(
        row.check,
        row.control,
        row.host,
        Outcome(Status(row.status), severity, evidence, row.reason),
    )
