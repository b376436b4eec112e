"""New entries of public lists against the whole portfolio: one query over what the looks stored."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from vendor_risk.checks.marks import SOFTWARE, parted
from vendor_risk.checks.observations import Breach, Exploited
from vendor_risk.checks.tables.exploited import PRODUCTS
from vendor_risk.questionnaires.chosen import INCIDENT
from vendor_risk.store.audit import record
from vendor_risk.store.models.advisories import Advisory, ProductSeen
from vendor_risk.store.models.rounds import SendRound
from vendor_risk.store.models.scans import ScanHost
from vendor_risk.store.models.vendors import Domain, Vendor
from vendor_risk.workflow.responses import rounds
from vendor_risk.workflow.vendors import VendorRefused

KEV, BREACHES = "kev", "breaches"
_AT_ONCE = 400  # SQLite of old takes 999 parameters in a statement
# Spelt as its index is, which holds the few that wait among the thousands that do not.
_IS_OPEN = text("advisory.handled_at IS NULL AND advisory.vendors > 0")


@dataclass(frozen=True, slots=True)
class Touched:
    """A vendor that an entry is about: on which host, with which version, empty where untold."""

    vendor: Vendor
    host: str
    version: str


def known_of(
    session: Session, vendor_ids: Sequence[uuid.UUID]
) -> defaultdict[uuid.UUID, list[ProductSeen]]:
    """The products that looks told of each of these vendors."""
    known: defaultdict[uuid.UUID, list[ProductSeen]] = defaultdict(list)
    for row in session.exec(select(ProductSeen).where(col(ProductSeen.vendor_id).in_(vendor_ids))):
        known[row.vendor_id].append(row)
    return known


def of_look(
    session: Session,
    vendor: Vendor,
    hosts: Iterable[ScanHost],
    rows: Iterable[ProductSeen],
    now: dt.datetime,
) -> None:
    """The products are those that the last look at each host told; one unseen keeps its own."""
    told = {
        host.host: {parted(value) for value in host.marks[SOFTWARE]}
        for host in hosts
        if host.marks is not None and SOFTWARE in host.marks
    }
    known: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        if row.host in told and (row.name, row.version) not in told[row.host]:
            session.delete(row)
        else:
            known[row.host].add((row.name, row.version))
    session.add_all(
        ProductSeen(vendor_id=vendor.id, host=host, name=name, version=version, created_at=now)
        for host, products in told.items()
        for name, version in sorted(products - known[host])
    )


def hand_over(session: Session, kept_id: uuid.UUID, joined_id: uuid.UUID) -> None:
    """What a joined vendor was seen with is the kept one's."""
    rows = session.exec(
        select(ProductSeen).where(col(ProductSeen.vendor_id).in_([kept_id, joined_id]))
    ).all()
    has = {(one.host, one.name, one.version) for one in rows if one.vendor_id == kept_id}
    for row in rows:
        if row.vendor_id == joined_id and (row.host, row.name, row.version) not in has:
            row.vendor_id = kept_id


def match(
    session: Session, source: str, entries: Sequence[Exploited | Breach], *, now: dt.datetime
) -> int:
    """Entries that are new here are kept with how many vendors they touch; how many touched any.

    The first time all of them are new: they are what the looks compare with anyway, and no event.
    """
    known = set(session.exec(select(Advisory.key).where(Advisory.source == source)))
    fresh: dict[str, Advisory] = {}
    for entry in entries:
        row = _row(source, entry, now)
        if row.key not in known:
            fresh.setdefault(row.key, row)
    if known and fresh:
        counts = _counts(session, source, fresh.values())
        for row in fresh.values():
            row.vendors = len(set().union(*(counts.get(one, set()) for one in row.about)))
    session.add_all(fresh.values())
    session.flush()
    return sum(bool(row.vendors) for row in fresh.values())


def waiting(session: Session, most: int = 100) -> Sequence[Advisory]:
    """Entries that touched vendors and that nobody has handled, the newest first."""
    return session.exec(
        select(Advisory)
        .where(_IS_OPEN)
        .order_by(col(Advisory.created_at).desc(), col(Advisory.vendors).desc(), col(Advisory.id))
        .limit(most)
    ).all()


def how_many(session: Session) -> int:
    """How many `waiting` would list without a bound."""
    return session.exec(select(func.count(col(Advisory.id))).where(_IS_OPEN)).one()


def handled(session: Session, most: int = 50) -> Sequence[Advisory]:
    """The entries that somebody handled last."""
    return session.exec(
        select(Advisory)
        .where(col(Advisory.handled_at).is_not(None))
        .order_by(col(Advisory.handled_at).desc())
        .limit(most)
    ).all()


def touched(session: Session, row: Advisory) -> list[Touched]:
    """The vendors that it is about now, those that could hurt us most first."""
    stands = (col(Vendor.archived_at).is_(None), col(Vendor.merged_into_id).is_(None))
    order = (col(Vendor.tier).is_(None), col(Vendor.tier), col(Vendor.name_key), col(Vendor.id))
    found: list[Touched] = []
    if row.source == KEV:
        seen = (
            select(ProductSeen, Vendor)
            .join(Vendor, col(Vendor.id) == col(ProductSeen.vendor_id))
            .where(col(ProductSeen.name).in_(row.about), *stands)
            .order_by(*order, col(ProductSeen.host))
        )
        found += [Touched(vendor, one.host, one.version) for one, vendor in session.exec(seen)]
    else:
        named = (
            select(Domain.registrable, Vendor)
            .join(Vendor, col(Vendor.id) == col(Domain.vendor_id))
            .where(col(Domain.registrable).in_(row.about), *stands)
            .order_by(*order, col(Domain.registrable))
        )
        once = {(vendor.id, name): vendor for name, vendor in session.exec(named)}
        found += [Touched(vendor, name, "") for (_id, name), vendor in once.items()]
    return found


def handle(session: Session, row: Advisory, *, now: dt.datetime, actor: uuid.UUID) -> bool:
    """Somebody has dealt with it; False when that was so already."""
    if row.handled_at is not None:
        return False
    row.handled_at, row.handled_by_id = now, actor
    _note(session, row, "advisory.handled", now, actor)
    return True


def reopen(session: Session, row: Advisory, *, now: dt.datetime, actor: uuid.UUID) -> bool:
    """It waits again; False when it did."""
    if row.handled_at is None:
        return False
    row.handled_at = row.handled_by_id = None
    _note(session, row, "advisory.reopened", now, actor)
    return True


def ask(session: Session, row: Advisory, *, now: dt.datetime, actor: uuid.UUID) -> SendRound:
    """A draft of a round that asks these vendors the rapid questions; nobody is written to yet."""
    ids = list(dict.fromkeys(one.vendor.id for one in touched(session, row)))
    if not ids:
        raise VendorRefused("No vendor of ours is touched by it any more.")
    drawn = rounds.draw_up(
        session, ids[: rounds.MOST], left_out=max(0, len(ids) - rounds.MOST), now=now, actor=actor
    )
    drawn.chosen = [INCIDENT]
    row.round_id = drawn.id
    _note(session, row, "advisory.asked", now, actor)
    return drawn


def _row(source: str, entry: Exploited | Breach, now: dt.datetime) -> Advisory:
    if isinstance(entry, Breach):
        return Advisory(
            source=source,
            key=entry.name,
            title=entry.title or entry.name,
            about=[str(entry.domain)],
            happened_on=entry.happened,
            accounts=entry.accounts,
            created_at=now,
        )
    meant = (entry.maker.casefold(), entry.product.casefold())
    return Advisory(
        source=source,
        key=entry.cve,
        title=entry.name or f"{entry.maker} {entry.product}",
        about=sorted(name for name, known in PRODUCTS.items() if meant in known),
        due_on=entry.due,
        ransomware=entry.ransomware,
        created_at=now,
    )


def _counts(
    session: Session, source: str, rows: Iterable[Advisory]
) -> Mapping[str, set[uuid.UUID]]:
    """The vendors behind each product or domain: one query over the portfolio for all of them."""
    names = sorted({name for row in rows for name in row.about})
    column, of = (
        (ProductSeen.name, ProductSeen.vendor_id)
        if source == KEV
        else (Domain.registrable, Domain.vendor_id)
    )
    found: dict[str, set[uuid.UUID]] = defaultdict(set)
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        rows_of = (
            select(column, of)
            .join(Vendor, col(Vendor.id) == col(of))
            .where(
                col(column).in_(some),
                col(Vendor.archived_at).is_(None),
                col(Vendor.merged_into_id).is_(None),
                col(Vendor.sample).is_(False),
            )
            .distinct()
        )
        for name, vendor_id in session.exec(rows_of):
            found[name].add(vendor_id)
    return found


def _note(session: Session, row: Advisory, act: str, now: dt.datetime, actor: uuid.UUID) -> None:
    record(
        session,
        actor=actor,
        act=act,
        subject_kind="advisory",
        subject_id=row.id,
        after={"list": row.source, "entry": row.key},
        now=now,
    )
