"""What a finished scan leaves behind: claims it proves, findings it opens or closes, new scores."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from vendor_risk.checks.base import CATALOGUE
from vendor_risk.checks.catalogue import Judged
from vendor_risk.evidence import HostClass, Severity, Source, Status
from vendor_risk.reports.moves import Kind
from vendor_risk.scoring.model import Model, Tier
from vendor_risk.scoring.observed import Fact, Proven, faults_of, proven
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import FindingEvent, FindingKind, FindingState, StoredFinding
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import advisories, moves, scans, scores
from vendor_risk.workflow.intervals import scan_interval
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.moves import Turn
from vendor_risk.workflow.scans import GIVEN_UP
from vendor_risk.workflow.settings import due_days, due_on
from vendor_risk.workflow.sightings import (
    DECIDED,
    GONE,
    SEEN,
    Sighting,
    close,
    event,
    see_again,
)

# What happened to a finding beside what every sighting says, as its events name it.
LEFT, PLACED = "host left", "placed"

_SCAN = "scan"


@dataclass(frozen=True, slots=True)
class _Look:
    """A scan that is done, and where what it saw is kept."""

    session: Session
    vendor: Vendor
    scan: Scan
    now: dt.datetime
    model: Model

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(dt.UTC).date()

    @property
    def at(self) -> Sighting:
        """As the histories of findings name it."""
        return Sighting(self.session, self.now, _SCAN, scan_id=self.scan.id)


def finish(session: Session, scan_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Close a scan, and let what it saw count: in findings, in claims, and in every score."""
    finish_all(session, [scan_id], now=now)


def finish_all(
    session: Session,
    ids: Sequence[uuid.UUID],
    *,
    now: dt.datetime,
    judged: Mapping[uuid.UUID, tuple[Judged, ...]] | None = None,
) -> None:
    """Close scans that looked side by side, as `finish` says of one; `judged` as `scans` has it.

    Together, for the questions that all of them ask cost more than what the looks say.
    """
    of_vendor = select(Scan.vendor_id).where(col(Scan.id).in_(ids)).distinct()
    scores.hold(session, session.exec(of_vendor).all())
    closed = scans.finish_all(session, ids, now=now, judged=judged)
    looked: list[tuple[Scan, Vendor, scans.Seen]] = []
    for one in closed:
        if one.vendor is None or one.vendor.ours:  # our own company is not judged
            continue
        if one.seen is not None:
            looked.append((one.scan, one.vendor, one.seen))
        elif one.scan.state == ScanState.FAILED and one.vendor.scan_failures == GIVEN_UP:
            moves.not_reached(session, one.vendor, one.scan, now=now)
    if not looked:
        return
    vendor_ids = [vendor.id for _scan, vendor, _seen in looked]
    model = in_use(session)
    standing = _standing(session, vendor_ids)
    products = advisories.known_of(session, vendor_ids)
    before = moves.before(session, vendor_ids)
    for scan, vendor, seen in looked:
        turns = _keep(_Look(session, vendor, scan, now, model), seen, standing[vendor.id])
        advisories.of_look(session, vendor, seen.hosts, products[vendor.id], now)
        moves.of_look(session, vendor, scan, seen, turns, known=before, now=now)
    scores.rescore(session, vendor_ids, now=now, cause=scores.SCAN)
    moves.after_scores(session, {vendor.id: vendor for _scan, vendor, _seen in looked}, now=now)


@dataclass(slots=True)
class _Standing:
    """What earlier looks at a vendor left."""

    claims: dict[str, StoredClaim] = field(default_factory=dict)  # by control
    findings: list[StoredFinding] = field(default_factory=list)


def _standing(
    session: Session, vendor_ids: Sequence[uuid.UUID]
) -> defaultdict[uuid.UUID, _Standing]:
    standing: defaultdict[uuid.UUID, _Standing] = defaultdict(_Standing)
    for claim in session.exec(
        select(StoredClaim).where(
            col(StoredClaim.vendor_id).in_(vendor_ids),
            StoredClaim.origin == _SCAN,
            col(StoredClaim.ended_at).is_(None),
        )
    ):
        standing[claim.vendor_id].claims[claim.control] = claim
    for finding in session.exec(
        select(StoredFinding).where(
            col(StoredFinding.vendor_id).in_(vendor_ids), StoredFinding.kind == FindingKind.CHECK
        )
    ):
        standing[finding.vendor_id].findings.append(finding)
    return standing


def _keep(look: _Look, seen: scans.Seen, standing: _Standing) -> list[Turn]:
    """The vendor has the claims and the findings that follow from a scan that is done.

    Which findings opened, closed or became graver.
    """
    hosts, judged, vendor = seen.hosts, seen.judged, look.vendor
    told = proven(
        judged,
        {host.host: HostClass(host.host_class) for host in hosts},
        on=(look.scan.finished_at or look.now).astimezone(dt.UTC).date(),
        tier=Tier(vendor.tier) if vendor.tier else None,
        model=look.model,
        interval_days=scan_interval(look.session, vendor.tier),
        unseen=[host.host for host in hosts if host.facts is None],
    )
    # What was known once stays known: a look that sees less must not cost the grade.
    observed = sorted({*vendor.observed, *told.observed})
    if vendor.observed != observed:
        vendor.observed = observed
    _claim(look, told, judged, standing.claims)
    return _find(look, told, judged, [host.host for host in hosts], standing.findings)


def weigh(
    session: Session,
    vendor: Vendor,
    scan: Scan | None,
    host: str,
    host_class: HostClass,
    *,
    now: dt.datetime,
    by: uuid.UUID | None,
) -> None:
    """The findings of a host weigh what its class makes of them, and every score follows.

    Nothing was looked at anew: each is judged by the scan that saw it last. `scan` is the last one
    of the host; its faults that only informed before may be findings now. Claims stay as they are,
    since what is proven does not depend on what a host is for.
    """
    look = _Weighing(session, vendor, now, by, due_days(session))
    rows = session.exec(
        select(StoredFinding).where(
            StoredFinding.vendor_id == vendor.id,
            StoredFinding.kind == FindingKind.CHECK,
            StoredFinding.asset == host,
        )
    ).all()
    faults = {
        id: _faults_of(session, id, host, host_class)
        for id in {row.scan_id for row in rows} | {scan.id if scan else None}
        if id is not None
    }
    for row in rows:
        # what is closed may be mended since it was a finding, so the last look speaks of it
        by_scan = row.scan_id if row.closed_at is None else scan.id if scan else None
        if by_scan is not None and row.reference in faults[by_scan]:
            _weigh(look, row, faults[by_scan][row.reference], host_class)
    if scan is not None:
        known = {row.reference for row in rows}
        fresh = [one for check, one in faults[scan.id].items() if one and check not in known]
        _find_more(look, scan, fresh)
    session.flush()
    scores.rescore(session, [vendor.id], now=now, cause=scores.PLACE, by=by)


@dataclass(frozen=True, slots=True)
class _Weighing:
    """An act of a person that makes findings graver or milder."""

    session: Session
    vendor: Vendor
    now: dt.datetime
    by: uuid.UUID | None
    days: Mapping[Severity, tuple[int, int, int, int]]

    def due(self, severity: Severity) -> dt.date | None:
        today = self.now.astimezone(dt.UTC).date()
        return due_on(self.days, severity, self.vendor.tier, today)

    def tell(self, row: StoredFinding, before: str) -> None:
        row.revision += 1
        self.session.add(
            FindingEvent(
                finding_id=row.id,
                at=self.now,
                by_id=self.by,
                act=PLACED,
                state_before=before,
                state_after=row.state,
                created_at=self.now,
            )
        )


def _faults_of(
    session: Session, scan_id: uuid.UUID, host: str, host_class: HostClass
) -> dict[str, Fact | None]:
    """What failed there in a scan; None where the fault no more than informs."""
    judged = [
        one
        for one in scans.judged_of(session, scan_id)
        if one.host == host and one.outcome.status is Status.FAILED
    ]
    faults = {one.check: one for one in faults_of(judged, {host: host_class})}
    return {one.check: faults.get(one.check) for one in judged}


def _weigh(look: _Weighing, row: StoredFinding, fault: Fact | None, host_class: HostClass) -> None:
    """One finding, by what was seen of it; None of a fault that no more than informs there."""
    before, was = row.state, row.severity
    row.host_class = host_class
    if fault is None:
        if row.closed_at is None:
            row.state, row.closed_at = FindingState.VERIFIED, look.now
            row.accepted_until = row.accepted_by_id = row.answered_at = None
            look.tell(row, before)
        return
    row.severity = fault.severity.rank
    row.bad_certificate, row.plain_form = fault.bad_certificate, fault.plain_form
    due = look.due(fault.severity)
    if before == FindingState.VERIFIED:
        if not _closed_by_place(look.session, row):
            return
        row.state, row.closed_at, row.opened_at, row.due_on = (
            FindingState.OPEN,
            None,
            look.now,
            due,
        )
    elif row.severity == was or before in DECIDED:
        return
    elif row.severity > was and before == FindingState.ACCEPTED:
        row.state, row.opened_at, row.due_on = FindingState.OPEN, look.now, due
        row.accepted_until = row.accepted_by_id = None
    elif row.severity > was and due is not None:
        row.due_on = min(due, row.due_on or due)
    look.tell(row, before)


def _closed_by_place(session: Session, row: StoredFinding) -> bool:
    """Whether a finding is closed because its host was for something else, and nothing else."""
    last = session.exec(
        select(FindingEvent)
        .where(FindingEvent.finding_id == row.id)
        .order_by(col(FindingEvent.at).desc())
    ).first()
    return last is not None and last.act == PLACED and last.at == row.closed_at


def _find_more(look: _Weighing, scan: Scan, fresh: Sequence[Fact]) -> None:
    """Faults of the last scan that were no findings, as long as they only informed."""
    if not fresh:
        return
    at = scan.finished_at or look.now
    seen = _Look(look.session, look.vendor, scan, at, in_use(look.session))
    told = {(one.check, one.host): one for one in scans.judged_of(look.session, scan.id)}
    for fault in fresh:
        row = _open(seen, fault, look.due(fault.severity))
        row.opened_at = row.created_at = look.now
        look.session.add(row)
        look.session.flush()
        event(seen.at, row, SEEN, "")
        _describe(seen, row, fault, told[fault.check, fault.host])
        look.tell(row, row.state)


def _claim(
    look: _Look, told: Proven, judged: Sequence[Judged], standing: Mapping[str, StoredClaim]
) -> None:
    """What all hosts prove is claimed; a claim that a check speaks against is withdrawn.

    What could not be seen this time leaves the last proof as it was, to fade.
    """
    failed = {one.check for one in judged if one.outcome.status is Status.FAILED}
    claims = {claim.control: claim for claim in told.claims}
    for control, proof in look.model.proofs.items():
        row, claim = standing.get(control), claims.get(control)
        if claim is None:
            if row is not None and failed & set(proof.checks):
                row.ended_at = look.now
            continue
        if row is None:
            row = StoredClaim(
                vendor_id=look.vendor.id,
                control=control,
                level=claim.level,
                source=Source.OBSERVED,
                date=claim.date,
                origin=_SCAN,
                created_at=look.now,
            )
            look.session.add(row)
        row.level, row.date, row.valid_until = claim.level, claim.date, claim.valid_until
        row.origin_id = look.scan.id


def _find(
    look: _Look,
    told: Proven,
    judged: Sequence[Judged],
    hosts: Sequence[str],
    rows: Sequence[StoredFinding],
) -> list[Turn]:
    """Each fault is a finding, the same one as long as check and host are the same."""
    turns: list[Turn] = []
    known = {(row.reference, row.asset): row for row in rows}
    fresh: list[StoredFinding] = []
    outcomes = {(one.check, one.host): one for one in judged}
    days = due_days(look.session)
    seen: set[tuple[str, str]] = set()
    for fault in told.faults:
        key = (fault.check, fault.host)
        seen.add(key)
        row = known.get(key)
        due = due_on(days, fault.severity, look.vendor.tier, look.today)
        if row is None:
            row = _open(look, fault, due)
            fresh.append(row)
            turns.append(_opened(fault))
        else:
            before, was = row.state, row.severity
            see_again(look.at, row, fault.severity.rank, due)
            if before == FindingState.VERIFIED:
                turns.append(_opened(fault))
            elif fault.severity.rank > was and row.state not in DECIDED:
                now = fault.severity.rank
                turns.append(Turn(Kind.FAULT_WORSE, fault.check, fault.host, was, now))
        _describe(look, row, fault, outcomes[key])
    if fresh:
        look.session.add_all(fresh)
        look.session.flush()  # their histories name them
        for row in fresh:
            event(look.at, row, SEEN, "")
    for key, row in known.items():
        if key in seen or row.closed_at is not None:
            continue
        if row.asset not in hosts:
            close(look.at, row, LEFT)
            turns.append(_closed(row, Kind.FAULT_GONE))
        elif key in outcomes and outcomes[key].outcome.status is not Status.UNKNOWN:
            close(look.at, row, GONE)
            mended = outcomes[key].outcome.status is Status.PASSED
            turns.append(_closed(row, Kind.FAULT_FIXED if mended else Kind.FAULT_GONE))
    return turns


def _opened(fault: Fact) -> Turn:
    rank = fault.severity.rank
    kind = Kind.FAULT_SEVERE if rank >= Severity.HIGH.rank else Kind.FAULT_OTHER
    return Turn(kind, fault.check, fault.host, None, rank)


def _closed(row: StoredFinding, kind: Kind) -> Turn:
    return Turn(kind, row.reference, row.asset, row.severity, None)


def _open(look: _Look, fault: Fact, due: dt.date | None) -> StoredFinding:
    return StoredFinding(
        vendor_id=look.vendor.id,
        kind=FindingKind.CHECK,
        reference=fault.check,
        asset=fault.host,
        control=fault.control,
        severity=fault.severity.rank,
        title="",
        owner_id=look.vendor.owner_id,
        due_on=due,
        first_seen_at=look.now,
        last_seen_at=look.now,
        opened_at=look.now,
        created_at=look.now,
        sample=look.scan.sample,
    )


def _describe(look: _Look, row: StoredFinding, fault: Fact, judged: Judged) -> None:
    """What the newest look says of it."""
    declared, outcome = CATALOGUE[fault.check], judged.outcome
    row.control = fault.control
    row.severity = fault.severity.rank
    row.title = declared.requirement
    row.reason = outcome.reason[:1000]
    row.evidence_value = outcome.evidence.value[:1000] if outcome.evidence else ""
    row.evidence_command = outcome.evidence.command[:1000] if outcome.evidence else ""
    row.host_class = fault.host_class
    row.bad_certificate, row.plain_form = fault.bad_certificate, fault.plain_form
    row.last_seen_at, row.scan_id = look.now, look.scan.id
