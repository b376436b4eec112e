"""What moved at vendors: kept with the look or the score that shows it, answered by a table.

Whoever has to know is told by `alerts`. A fault that may depend on which machine answered waits for
a second look, minutes later, before anybody is alerted, and with it the scores that fell for it.
"""

import datetime as dt
import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from vendor_risk.checks.catalogue import VERSION
from vendor_risk.evidence import Severity, Status
from vendor_risk.reports.moves import (
    FALLS,
    FAULTS,
    RISES,
    TABLE,
    Answer,
    Kind,
    answered,
    remember,
    twice,
)
from vendor_risk.scoring.model import Grade
from vendor_risk.store.models.moves import MoveState, StoredMove, VendorMemory
from vendor_risk.store.models.scans import Scan, ScanOutcome, ScanState
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import held, reviews, settings
from vendor_risk.workflow.scans import Seen
from vendor_risk.workflow.vendors import VendorRefused

KEY = "moves"  # of the setting that holds the table
SECOND_LOOK = dt.timedelta(minutes=10)
MOST_LOOKS = 3  # that could not say; then it is told as seen once
AGAIN = dt.timedelta(days=30)  # for so long the same thing alerts once; then it is news again
REVIEW_DAYS = 14  # until when what is approved is to be looked at again

# Spelt as its index is, which holds the few that wait among the many that do not.
_IS_WAITING = text("move.state = 'waiting'")

Table = Mapping[Kind, Sequence[Answer]]


@dataclass(frozen=True, slots=True)
class Turn:
    """A finding that a look opened, closed or found graver; severities are ranks."""

    kind: Kind
    check: str
    host: str
    before: int | None
    now: int | None


def table(session: Session) -> dict[Kind, tuple[Answer, ...]]:
    """What each kind of move is answered with, for the tiers 1 to 4."""
    told: Mapping[str, Sequence[str]] = held.value(session, KEY, {})
    return {
        kind: tuple(Answer(each) for each in told.get(kind, ())) or line.answers
        for kind, line in TABLE.items()
    }


def set_table(session: Session, wanted: Table, *, now: dt.datetime, actor: uuid.UUID) -> bool:
    """Moves from now on are answered so; False when they were already."""
    missing = set(Kind) - wanted.keys()
    if missing or any(len(row) != 4 for row in wanted.values()):
        raise VendorRefused("Choose an answer for each kind and tier.")
    told = {str(kind): [str(each) for each in wanted[kind]] for kind in Kind}
    if told == {str(kind): [str(one) for one in row] for kind, row in table(session).items()}:
        return False
    return settings.change(session, KEY, told, now=now, actor=actor)


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of some vendors before a look, by vendor: their marks, and what waits."""

    memories: Mapping[uuid.UUID, VendorMemory]
    waiting: Mapping[uuid.UUID, Sequence[StoredMove]]


def before(session: Session, vendor_ids: Sequence[uuid.UUID]) -> Before:
    """That of these vendors."""
    memories = session.exec(select(VendorMemory).where(col(VendorMemory.vendor_id).in_(vendor_ids)))
    return Before({one.vendor_id: one for one in memories}, _waiting_of(session, vendor_ids))


def of_look(
    session: Session,
    vendor: Vendor,
    scan: Scan,
    seen: Seen,
    turns: Iterable[Turn],
    *,
    known: Before,
    now: dt.datetime,
) -> None:
    """What a look shows that the one before did not is kept; the first look moves nothing."""
    waited = [one for one in known.waiting.get(vendor.id, ()) if one.kind in FAULTS]
    _second_look(session, vendor, seen, waited, now)
    memory = known.memories.get(vendor.id)
    marks, moved = remember(
        memory.marks if memory else None,
        [host.host for host in seen.hosts],
        [host.marks for host in seen.hosts if host.marks is not None],
    )
    if memory is None:
        session.add(VendorMemory(vendor_id=vendor.id, catalogue=VERSION, marks=marks))
        return
    found = list(turns)
    if memory.catalogue != VERSION:  # what is asked since is no news of theirs
        found = _asked_before(session, scan, found)
        memory.catalogue = VERSION
    if memory.marks != marks:
        memory.marks = marks
    for turn in found:
        row = StoredMove(
            vendor_id=vendor.id,
            scan_id=scan.id,
            kind=turn.kind,
            what=turn.check,
            host=turn.host,
            before=_severity(turn.before),
            now=_severity(turn.now),
            severity=max(turn.before or 0, turn.now or 0),
            answer=Answer.SILENCE,
        )
        _add(session, vendor, row, now)
        waited.append(row)
    for one in moved:
        row = StoredMove(
            vendor_id=vendor.id,
            scan_id=scan.id,
            kind=one.kind,
            what=one.value,
            answer=Answer.SILENCE,
        )
        _add(session, vendor, row, now)
    if any(row.state == MoveState.WAITING and row.kind in FAULTS for row in waited):
        _look_soon(vendor, now)


def after_scores(
    session: Session, vendors: Mapping[uuid.UUID, Vendor], *, now: dt.datetime
) -> None:
    """Scores that fell because of faults that were seen once stand as soon as none of these waits.

    What rose again meanwhile has taken its fall back.
    """
    for id, rows in _waiting_of(session, list(vendors)).items():
        if not any(row.kind in FAULTS for row in rows):
            for row in rows:
                if row.kind in FALLS:
                    _stand(session, vendors[id], row, now)


def of_score(
    session: Session,
    engagement: Engagement,
    before: StoredScore,
    told: StoredScore,
    grades: tuple[str | None, str | None],
    *,
    now: dt.datetime,
    by: uuid.UUID | None,
    by_look: bool,
) -> None:
    """What a new score of the same model shows that the one before did not.

    `grades` are the shown ones, before and now: they do not waver.
    """
    vendor = session.get_one(Vendor, engagement.vendor_id)
    was, is_now = grades
    found: list[StoredMove] = []

    def fresh(kind: Kind, what: str, then: object, today: object, severity: int) -> None:
        found.append(
            StoredMove(
                vendor_id=vendor.id,
                engagement_id=engagement.id,
                kind=kind,
                what=what,
                before=str(then),
                now=str(today),
                severity=severity,
                by_id=by,
                answer=Answer.SILENCE,
            )
        )

    order = list(Grade)
    if was and is_now and was != is_now:
        fell = order.index(Grade(is_now)) > order.index(Grade(was))
        fresh(Kind.GRADE_DOWN if fell else Kind.GRADE_UP, "", was, is_now, 3 if fell else 0)
    knocked, earlier = _knocked(told), _knocked(before)
    for id in sorted(knocked - earlier):
        fresh(Kind.KNOCKOUT_NEW, id, "", "", 4)
    for id in sorted(earlier - knocked):
        fresh(Kind.KNOCKOUT_GONE, id, "", "", 0)
    most = settings.appetite(session)[told.tier - 1] * 100
    then, today = before.residual, told.residual
    if then is not None and today is not None and (then > most) != (today > most):
        above = today > most
        kind = Kind.ABOVE if above else Kind.WITHIN
        fresh(kind, "", f"{then / 100:.2f}", f"{today / 100:.2f}", 3 if above else 0)
    if not found:
        return
    held = by_look and bool(_waiting(session, vendor.id, FAULTS))
    for row in found:
        taken_back = RISES.get(Kind(row.kind))
        if taken_back and _take_back(session, row, taken_back):
            continue
        _add(session, vendor, row, now, held=held)


def not_reached(session: Session, vendor: Vendor, scan: Scan, *, now: dt.datetime) -> None:
    """Look after look reached nothing; told once, until one reaches something again."""
    once = f"{Kind.NOT_REACHED}/{scan.id}"
    if known_once(session, [once]):
        return
    row = StoredMove(
        vendor_id=vendor.id,
        scan_id=scan.id,
        kind=Kind.NOT_REACHED,
        now=str(vendor.scan_failures),
        before=scan.reason[:100],
        severity=2,
        once=once,
        answer=Answer.SILENCE,
    )
    _add(session, vendor, row, now)


def of_date(
    session: Session,
    vendor: Vendor,
    kind: Kind,
    what: str,
    *,
    once: str,
    day: dt.date,
    late: bool,
    now: dt.datetime,
    engagement_id: uuid.UUID | None = None,
) -> None:
    """A day comes near, or has passed; `once` names it, and whoever told it did so."""
    row = StoredMove(
        vendor_id=vendor.id,
        engagement_id=engagement_id,
        kind=kind,
        what=what[:500],
        now=day.isoformat(),
        before="late" if late else "",
        severity=3 if late else 1,
        once=once,
        answer=Answer.SILENCE,
    )
    _add(session, vendor, row, now)


def known_once(session: Session, names: Collection[str]) -> set[str]:
    """Which of these dates were told."""
    found: set[str] = set()
    wanted = sorted(names)
    for start in range(0, len(wanted), 400):  # SQLite of old takes 999 parameters in a statement
        some = wanted[start : start + 400]
        found |= {
            name
            for name in session.exec(select(StoredMove.once).where(col(StoredMove.once).in_(some)))
            if name
        }
    return found


def remember_both(session: Session, kept_id: uuid.UUID, joined_id: uuid.UUID) -> None:
    """A vendor that took in another knows what both are known by: none of it is news."""
    kept, joined = (session.get(VendorMemory, id) for id in (kept_id, joined_id))
    if joined is None:
        return
    if kept is None:
        session.add(VendorMemory(vendor_id=kept_id, catalogue=joined.catalogue, marks=joined.marks))
        return
    kinds = kept.marks.keys() | joined.marks.keys()
    kept.marks = {
        kind: joined.marks.get(kind, {}) | kept.marks.get(kind, {}) for kind in sorted(kinds)
    }


def of_vendor(
    session: Session, vendor_id: uuid.UUID, *, most: int, skip: int = 0
) -> Sequence[StoredMove]:
    """What moved at a vendor and holds, the newest first."""
    return session.exec(
        select(StoredMove)
        .where(StoredMove.vendor_id == vendor_id, StoredMove.state == MoveState.STANDS)
        .order_by(col(StoredMove.created_at).desc(), col(StoredMove.severity).desc())
        .offset(skip)
        .limit(most)
    ).all()


def count_of_vendor(session: Session, vendor_id: uuid.UUID) -> int:
    """How many `of_vendor` would list without a bound."""
    return session.exec(
        select(func.count(col(StoredMove.id))).where(
            StoredMove.vendor_id == vendor_id, StoredMove.state == MoveState.STANDS
        )
    ).one()


def waiting_of(session: Session, vendor_id: uuid.UUID) -> Sequence[StoredMove]:
    """What was seen once and waits for a second look."""
    return _waiting(session, vendor_id)


def _second_look(
    session: Session,
    vendor: Vendor,
    seen: Seen,
    rows: Sequence[StoredMove],
    now: dt.datetime,
) -> None:
    """Faults that waited for this look stand or have passed; what it could not say waits on."""
    if not rows:
        return
    judged = {(one.check, one.host): one.outcome.status for one in seen.judged}
    for row in rows:
        status = judged.get((row.what, row.host), Status.UNKNOWN)
        if status is Status.FAILED:
            _stand(session, vendor, row, now)
        elif status is not Status.UNKNOWN:
            row.state = MoveState.PASSED
        else:
            row.looks += 1
            if row.looks >= MOST_LOOKS:  # nobody is woken for what was seen once
                row.answer = Answer.DIGEST
                _stand(session, vendor, row, now)


def _asked_before(session: Session, scan: Scan, turns: Sequence[Turn]) -> list[Turn]:
    """Those about checks that the look before judged as well."""
    last = session.exec(
        select(Scan.id)
        .where(Scan.vendor_id == scan.vendor_id, Scan.state == ScanState.DONE, Scan.id != scan.id)
        .order_by(col(Scan.finished_at).desc())
        .limit(1)
    ).first()
    asked = set(session.exec(select(ScanOutcome.check).where(ScanOutcome.scan_id == last)))
    return [turn for turn in turns if turn.check in asked]


def _add(
    session: Session, vendor: Vendor, row: StoredMove, now: dt.datetime, *, held: bool = False
) -> None:
    """The move is kept, with its answer; what needs a second look, or depends on one, waits."""
    kind = Kind(row.kind)
    if kind is Kind.FAULT_FIXED and _unconfirmed(session, row):
        return
    row.answer = answered(table(session), kind, vendor.tier)
    row.tier, row.created_at, row.sample = vendor.tier, now, vendor.sample
    alerts = row.answer in (Answer.ALERT, Answer.REVIEW)
    if alerts and _told_lately(session, row, now):
        row.answer, alerts = Answer.DIGEST, False
    session.add(row)
    if alerts and (twice(kind, row.what) or (held and kind in FALLS)):
        row.state = MoveState.WAITING
    else:
        _stand(session, vendor, row, now)


def _stand(session: Session, vendor: Vendor, row: StoredMove, now: dt.datetime) -> None:
    """It holds: people are told next, and what is approved is looked at again where that is due."""
    row.state = MoveState.STANDS
    if row.answer == Answer.SILENCE or row.sample:
        row.told_at = now
    if row.answer == Answer.REVIEW and not row.sample:
        reviews.open_many(
            session,
            [vendor],
            due_on=now.astimezone(dt.UTC).date() + dt.timedelta(days=REVIEW_DAYS),
            reason=_REASONS[Kind(row.kind)],
            now=now,
            actor="clock",
        )


# A review keeps its reason as somebody typed it; these are ours, for whatever a table may ask.
_REASONS: Mapping[Kind, str] = {kind: line.words for kind, line in TABLE.items()}


def _take_back(session: Session, row: StoredMove, fall: Kind) -> bool:
    """A fall that waited for a second look did not last: neither it nor its end is news."""
    if row.engagement_id is None:
        return False
    waiting = [
        one
        for one in _waiting(session, row.vendor_id, frozenset({fall}))
        if one.engagement_id == row.engagement_id and one.what == row.what
    ]
    for one in waiting:
        one.state = MoveState.PASSED
    return bool(waiting)


def _unconfirmed(session: Session, row: StoredMove) -> bool:
    """Whether what is mended was seen once, and told to nobody."""
    last = session.exec(
        select(StoredMove)
        .where(
            StoredMove.vendor_id == row.vendor_id,
            StoredMove.what == row.what,
            StoredMove.host == row.host,
            col(StoredMove.kind).in_(FAULTS),
        )
        .order_by(col(StoredMove.created_at).desc())
        .limit(1)
    ).first()
    return last is not None and last.state != MoveState.STANDS


def _told_lately(session: Session, row: StoredMove, now: dt.datetime) -> bool:
    """Whether the same thing alerted within the last weeks: what comes and goes is told once."""
    if row.once is not None:
        return False
    same = select(StoredMove.id).where(
        StoredMove.vendor_id == row.vendor_id,
        StoredMove.created_at > now - AGAIN,
        StoredMove.kind == row.kind,
        StoredMove.what == row.what,
        StoredMove.host == row.host,
        StoredMove.state == MoveState.STANDS,
        col(StoredMove.answer).in_((Answer.ALERT, Answer.REVIEW)),
        StoredMove.now == row.now,
    )
    if row.engagement_id is not None:
        same = same.where(StoredMove.engagement_id == row.engagement_id)
    return session.exec(same.limit(1)).first() is not None


def _waiting(
    session: Session, vendor_id: uuid.UUID, kinds: Collection[Kind] = ()
) -> Sequence[StoredMove]:
    rows = _waiting_of(session, [vendor_id]).get(vendor_id, ())
    return [row for row in rows if not kinds or row.kind in kinds]


def _waiting_of(
    session: Session, vendor_ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[StoredMove]]:
    rows: defaultdict[uuid.UUID, list[StoredMove]] = defaultdict(list)
    for row in session.exec(
        select(StoredMove)
        .where(_IS_WAITING, col(StoredMove.vendor_id).in_(vendor_ids))
        .order_by(col(StoredMove.created_at), col(StoredMove.id))
    ):
        rows[row.vendor_id].append(row)
    return rows


def _look_soon(vendor: Vendor, now: dt.datetime) -> None:
    soon = now + SECOND_LOOK
    if vendor.next_scan_at is None or vendor.next_scan_at > soon:
        vendor.next_scan_at = soon


def _knocked(score: StoredScore) -> set[str]:
    return set(json.loads(score.snapshot)["knockouts"])


def _severity(rank: int | None) -> str:
    return "" if rank is None else str(Severity.of_rank(rank))
