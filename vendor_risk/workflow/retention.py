"""Retention: how long the details of looks and the words of letters are kept, and what goes."""

import datetime as dt
import itertools
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, ForeignKey, Table, null, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, delete, func, select

from vendor_risk.store.audit import record
from vendor_risk.store.models.alerts import Alert, WebhookDelivery
from vendor_risk.store.models.decisions import Decision
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.moves import StoredMove
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.scans import Scan, ScanHost, ScanOutcome, ScanState
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import held as setting
from vendor_risk.workflow import scores, settings
from vendor_risk.workflow.vendors import VendorRefused

KEY = "retention"  # of the setting
VENDORS = 500  # whose looks are gone through together
SLICE = 200  # looks or letters that one transaction empties, so that no page waits for long
MOST_DAYS = 36_500
_LEAST = {
    "all_days": 1,
    "weekly_days": 1,
    "monthly_days": 1,
    "letter_days": 7,
    "alert_days": 31,
    "job_days": 1,
}
# The newest one is what pages show; reports compare it with the one before.
_NEWEST = 2
_SCAN = "scan"  # the origin of a claim

Look = tuple[uuid.UUID, dt.datetime]  # a scan that is done, and when it was


@dataclass(frozen=True, slots=True)
class Rules:
    """For so many days: each look, then one a week, then one a month; letters; alerts; jobs.

    The defaults are our own judgement: who asks why a grade moved asks within a month, a review
    looks back a year, and an audit five.
    """

    all_days: int = 30
    weekly_days: int = 365
    monthly_days: int = 1826
    letter_days: int = 365
    alert_days: int = 365
    job_days: int = 7


@dataclass(frozen=True, slots=True)
class Going:
    """What would go, or went; `whole` is False where not everything was gone through."""

    looks: int = 0
    letters: int = 0
    alerts: int = 0
    whole: bool = True


def rules(session: Session) -> Rules:
    """What holds now."""
    told: Mapping[str, int] = setting.value(session, KEY, {})
    return Rules(**{each.name: told[each.name] for each in fields(Rules) if each.name in told})


def checked(wanted: Mapping[str, int | None]) -> Rules:
    """These rules; VendorRefused names the first field that cannot be."""
    days: dict[str, int] = {}
    for each in fields(Rules):
        value = wanted.get(each.name)
        least = _LEAST.get(each.name, 1)
        if value is None or not least <= value <= MOST_DAYS:
            raise VendorRefused(
                "Give a whole number of days from %(least)s to %(most)s.",
                each.name,
                least=least,
                most=MOST_DAYS,
            )
        days[each.name] = value
    for name, other in (("weekly_days", "all_days"), ("monthly_days", "weekly_days")):
        if days[name] < days[other]:
            raise VendorRefused("This cannot be fewer days than the line above.", name)
    return Rules(**days)


def set_rules(session: Session, wanted: Rules, *, now: dt.datetime, actor: uuid.UUID) -> bool:
    """They hold from the next night on; False when they did already."""
    if wanted == rules(session):
        return False
    return settings.change(session, KEY, asdict(wanted), now=now, actor=actor)


def surplus(looks: Sequence[Look], held: Rules, now: dt.datetime) -> list[uuid.UUID]:
    """The looks of one vendor, the oldest first, whose details may go by their age.

    The first one of each week or month stays. Weeks begin on Monday, both in UTC.
    """
    going: list[uuid.UUID] = []
    last_week: object = None
    last_month: object = None
    for id, at in looks[: -_NEWEST or None]:
        day = at.astimezone(dt.UTC).date()
        week, month = day.isocalendar()[:2], (day.year, day.month)
        age = now - at
        if age <= dt.timedelta(days=held.all_days):
            break
        if age > dt.timedelta(days=held.monthly_days):
            stays = False
        elif age > dt.timedelta(days=held.weekly_days):
            stays = month != last_month
        else:
            stays = week != last_week
        if stays:
            last_week, last_month = week, month
        else:
            going.append(id)
    return going


def vendor_slices(session: Session) -> Iterator[list[uuid.UUID]]:
    """The ids of all vendors, some hundreds at a time."""
    last: uuid.UUID | None = None
    while True:
        query = select(Vendor.id).order_by(col(Vendor.id)).limit(VENDORS)
        if last is not None:
            query = query.where(col(Vendor.id) > last)
        ids = list(session.exec(query))
        if not ids:
            return
        yield ids
        last = ids[-1]


def looks_to_thin(
    session: Session, vendor_ids: Collection[uuid.UUID], held: Rules, now: dt.datetime
) -> list[uuid.UUID]:
    """Looks of these vendors whose details go: by age, and nothing that stays refers to them."""
    rows = session.exec(
        select(Scan.vendor_id, Scan.id, Scan.finished_at)
        .where(
            col(Scan.vendor_id).in_(vendor_ids),
            Scan.state == ScanState.DONE,
            col(Scan.thinned_at).is_(None),
            col(Scan.sample).is_(False),
        )
        .order_by(col(Scan.vendor_id), col(Scan.finished_at), col(Scan.id))
    ).all()
    of_vendor: dict[uuid.UUID, list[Look]] = {
        id: [(scan, at) for _, scan, at in some if at is not None]
        for id, some in itertools.groupby(rows, key=itemgetter(0))
    }
    old = {id: surplus(looks, held, now) for id, looks in of_vendor.items()}
    asked = [id for id, going in old.items() if going]
    if not asked:
        return []
    stay = _named(session, asked) | _decided_by(session, {id: of_vendor[id] for id in asked})
    return [scan for id in asked for scan in old[id] if scan not in stay]


def thin(session: Session, ids: Sequence[uuid.UUID], *, now: dt.datetime) -> None:
    """Of these looks the day, the posture and the hosts stay; what was seen in detail is gone."""
    if not ids:
        return
    session.exec(delete(ScanOutcome).where(col(ScanOutcome.scan_id).in_(ids)))
    seen = {name: null() for name in ("observations", "facts", "marks")}
    session.execute(update(_HOSTS).where(_HOSTS.c.scan_id.in_(ids)).values(seen))
    session.execute(update(_SCANS).where(_SCANS.c.id.in_(ids)).values(thinned_at=now))


def old_letters(session: Session, held: Rules, now: dt.datetime) -> int:
    """How many letters were sent so long ago that their words go."""
    return session.exec(
        select(func.count()).select_from(OutboxMail).where(*_old_letter(held, now))
    ).one()


def empty_letters(session: Session, held: Rules, *, now: dt.datetime) -> int:
    """Some letters that were sent long ago have no words any more; how many."""
    rows = session.exec(
        select(OutboxMail)
        .where(*_old_letter(held, now))
        .order_by(col(OutboxMail.sent_at))
        .limit(SLICE)
    ).all()
    for mail in rows:
        mail.text, mail.html, mail.emptied_at = "", None, now
    return len(rows)


def old_alerts(session: Session, held: Rules, now: dt.datetime) -> int:
    """How many lines of inboxes and of the log of webhooks are so old that they go."""
    return sum(
        session.exec(select(func.count()).select_from(model).where(*some)).one()
        for model, some in _old_alerts(held, now)
    )


def forget_alerts(session: Session, held: Rules, *, now: dt.datetime) -> int:
    """Some of them are gone; what moved stays in the history of its vendor. How many."""
    gone = 0
    for model, some in _old_alerts(held, now):
        ids = session.exec(select(model.id).where(*some).limit(SLICE)).all()
        session.exec(delete(model).where(col(model.id).in_(ids)))
        gone += len(ids)
    return gone


def told(session: Session, gone: Going, held: Rules, *, now: dt.datetime) -> None:
    """The audit log says what went, and by which rules."""
    if gone.looks or gone.letters or gone.alerts:
        record(
            session,
            actor="worker",
            act="retention.kept",
            subject_kind="setting",
            subject_id=KEY,
            after=asdict(held)
            | {"looks": gone.looks, "letters": gone.letters, "alerts": gone.alerts},
            now=now,
        )


_HOSTS: Table = ScanHost.__table__  # type: ignore[attr-defined]
_SCANS: Table = Scan.__table__  # type: ignore[attr-defined]


def _old_letter(held: Rules, now: dt.datetime) -> tuple[Any, ...]:
    return (
        OutboxMail.state == "sent",
        col(OutboxMail.sent_at) < now - dt.timedelta(days=held.letter_days),
        col(OutboxMail.emptied_at).is_(None),
    )


def _old_alerts(
    held: Rules, now: dt.datetime
) -> tuple[tuple[type[Alert] | type[WebhookDelivery], tuple[Any, ...]], ...]:
    before = now - dt.timedelta(days=held.alert_days)
    return (
        (Alert, (col(Alert.created_at) < before,)),
        (
            WebhookDelivery,
            (col(WebhookDelivery.created_at) < before, WebhookDelivery.state != "waiting"),
        ),
    )


def _named(session: Session, vendor_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Looks of these vendors that a finding, its history, a report or anything else points to.

    Found in the tables themselves, so that one that is added later counts as well. What moved is
    told by its own row.
    """
    found: set[uuid.UUID] = set()
    for pointer in _pointers():
        table = pointer.table
        if "vendor_id" in table.c:
            query = sa_select(pointer).where(table.c.vendor_id.in_(vendor_ids))
        else:
            at = _belongs(pointer)
            owner = at.column.table
            query = (
                sa_select(pointer)
                .join(owner, owner.c.id == at.parent)
                .where(owner.c.vendor_id.in_(vendor_ids))
            )
        found.update(session.execute(query.where(pointer.is_not(None)).distinct()).scalars())
    claims = select(StoredClaim.origin_id).where(
        col(StoredClaim.vendor_id).in_(vendor_ids), StoredClaim.origin == _SCAN
    )
    found.update(id for id in session.exec(claims.distinct()) if id is not None)
    return found


def _belongs(pointer: Column[uuid.UUID]) -> ForeignKey:
    """The key by which each row of its table is of a vendor; the look itself is one, if none else.

    One that may be empty would miss rows.
    """
    (mine,) = pointer.foreign_keys
    keys = (
        key
        for column in pointer.table.c
        for key in column.foreign_keys
        if not column.nullable and "vendor_id" in key.column.table.c
    )
    return next(keys, mine)


def _pointers() -> Iterator[Column[uuid.UUID]]:
    for table in SQLModel.metadata.sorted_tables:
        for key in table.foreign_keys:
            needs = key.ondelete != "CASCADE" and table.name != StoredMove.__tablename__
            if key.column is _SCANS.c.id and needs:
                yield key.parent


def _decided_by(session: Session, looks: Mapping[uuid.UUID, Sequence[Look]]) -> set[uuid.UUID]:
    """The looks that were the newest ones when somebody decided, or that moved a kept score."""
    moments: dict[uuid.UUID, list[dt.datetime]] = {}
    for vendor_id, *times in session.exec(
        select(Decision.vendor_id, Decision.created_at, Decision.decided_at).where(
            col(Decision.vendor_id).in_(looks)
        )
    ):
        moments.setdefault(vendor_id, []).extend(at for at in times if at is not None)
    for vendor_id, at in session.exec(
        select(StoredScore.vendor_id, StoredScore.created_at).where(
            col(StoredScore.vendor_id).in_(looks), StoredScore.cause == scores.SCAN
        )
    ):
        moments.setdefault(vendor_id, []).append(at)
    found: set[uuid.UUID] = set()
    for vendor_id, times in moments.items():
        for at in times:
            before = [id for id, seen in looks[vendor_id] if seen <= at]
            found.update(before[-1:])
    return found
