"""The vendor list: which vendors match, in which order, and how many."""

import contextlib
import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, nulls_last, or_
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from vendor_risk.store.models.people import User
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Domain, Engagement, Vendor, VendorState, VendorTag

# The columns that the list sorts by; a name in front of them is what the URL says.
SORTS: Mapping[str, Any] = {
    "name": Vendor.name_key,
    "tier": Vendor.tier,
    "inherent": Vendor.inherent,
    "posture": Vendor.posture_score,
    "assurance": Vendor.final,
    "residual": Vendor.residual,
    "review": Vendor.next_review_on,
    "faults": Vendor.worst_severity,
    "seen": Vendor.last_scan_at,
    "changed": Vendor.updated_at,
}
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class VendorFilter:
    """Which vendors; every field narrows, and what is empty or None narrows nothing.

    `key` is `text` folded as names are. In `tiers`, `grades` (of the external posture), `bands`
    and `rated` (grades of assurance) None stands for those that have none yet: while a vendor is
    not rated its band is but the worst that may be. `above` is the appetite of the four tiers, in
    points, that the residual risk of a rated vendor is above; no appetite covers a knock-out.
    Joined vendors never match, archived ones only where `states` asks for them.
    """

    text: str = ""
    key: str = ""
    tiers: frozenset[int | None] = frozenset()
    states: frozenset[str] = frozenset()
    in_use: bool | None = None
    grades: frozenset[str | None] = frozenset()
    lowest: int | None = None  # of the external posture
    highest: int | None = None
    fault: int | None = None  # the rank of the mildest worst fault
    tag: str = ""
    owner_id: uuid.UUID | None = None
    without_owner: bool = False
    seen_since: dt.datetime | None = None
    never_seen: bool = False
    untriaged: bool = False
    bands: frozenset[str | None] = frozenset()
    rated: frozenset[str | None] = frozenset()
    above: tuple[int, ...] | None = None
    review_before: dt.date | None = None
    severe: bool = False  # critical or high findings are open
    knocked_out: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list; `domain` is the main host as people read it.

    `low`, `high` (of 10000) and `best` (the best end of the residual risk, in 1/100 of a point) are
    those of the worst engagement, `engagement` its name.
    """

    vendor: Vendor
    domain: str
    more_domains: int
    owner: str
    engagement: str = ""
    low: int | None = None
    high: int | None = None
    best: int | None = None


def matching(wanted: VendorFilter) -> ColumnElement[bool]:
    """The condition of a filter."""
    return and_(_present(wanted), *_conditions(wanted))


def count(session: Session, wanted: VendorFilter) -> int:
    """How many vendors match."""
    return session.exec(select(func.count()).select_from(Vendor).where(matching(wanted))).one()


def page(
    session: Session, wanted: VendorFilter, *, sort: str = "name", first: int = 0, most: int = 25
) -> list[Row]:
    """The vendors of one page; `sort` is a key of SORTS, with a minus for the other way round.

    What has no value in the sorted column comes last either way.
    """
    ids = _ordered(select(Vendor.id).where(matching(wanted)), sort).offset(first).limit(most)
    return rows_of(session, session.exec(ids).all())


def every(session: Session, wanted: VendorFilter, *, sort: str = "name") -> Iterator[Row]:
    """All vendors that match, a few hundred in memory at a time."""
    ids = session.exec(_ordered(select(Vendor.id).where(matching(wanted)), sort)).all()
    for start in range(0, len(ids), _AT_ONCE):
        yield from rows_of(session, ids[start : start + _AT_ONCE])
        session.expunge_all()


def rows_of(session: Session, ids: Sequence[uuid.UUID]) -> list[Row]:
    """The lines of these vendors, in this order; ids that are none are left out."""
    vendors = {v.id: v for v in session.exec(select(Vendor).where(col(Vendor.id).in_(ids)))}
    hosts: dict[uuid.UUID, list[str]] = {}
    for vendor_id, display in session.exec(
        select(Domain.vendor_id, Domain.display)
        .where(col(Domain.vendor_id).in_(ids))
        .order_by(col(Domain.host_class) != "main", col(Domain.host))
    ):
        hosts.setdefault(vendor_id, []).append(display)
    owners = {vendor.owner_id for vendor in vendors.values() if vendor.owner_id}
    names: dict[uuid.UUID | None, str] = {}
    if owners:
        people_rows = session.exec(
            select(User.id, User.name, User.email).where(col(User.id).in_(owners))
        )
        names = {id: name or email for id, name, email in people_rows}
    ranges = _ranges(session, vendors.values())
    return [
        Row(
            vendor=vendors[id],
            domain=hosts[id][0] if id in hosts else "",
            more_domains=len(hosts.get(id, ())) - 1 if id in hosts else 0,
            owner=names.get(vendors[id].owner_id, ""),
            **ranges.get(vendors[id].worst_engagement_id, {}),
        )
        for id in ids
        if id in vendors
    ]


def _ranges(session: Session, vendors: Iterable[Vendor]) -> dict[uuid.UUID | None, dict[str, Any]]:
    """What the list shows of each vendor's worst engagement."""
    worst = [vendor.worst_engagement_id for vendor in vendors if vendor.worst_engagement_id]
    if not worst:
        return {}
    rows = session.exec(
        select(
            Engagement.id,
            Engagement.name,
            Engagement.low,
            Engagement.high,
            StoredScore.residual_best,
        )  # type: ignore[call-overload]
        .join(StoredScore, StoredScore.id == Engagement.score_id, isouter=True)
        .where(col(Engagement.id).in_(worst))
    )
    return {
        id: {"engagement": name, "low": low, "high": high, "best": best}
        for id, name, low, high, best in rows
    }


def called(session: Session, text: str, key: str) -> list[Vendor]:
    """Vendors of that id, supplier number, host or whole name; `key` is `text` folded as names are.

    The first kind that finds any decides, so that a number is never taken for a name.
    """
    with contextlib.suppress(ValueError):
        if found := session.get(Vendor, uuid.UUID(text)):
            return [found]
    theirs = select(Domain.vendor_id).where(Domain.host == text.lower().rstrip("."))
    for condition in (
        Vendor.supplier_number == text,
        col(Vendor.id).in_(theirs),
        Vendor.name_key == key,
    ):
        present = col(Vendor.merged_into_id).is_(None)
        if rows := session.exec(select(Vendor).where(condition, present).limit(50)).all():
            return list(rows)
    return []


def ids_of(session: Session, wanted: VendorFilter, most: int) -> Sequence[uuid.UUID]:
    """The ids of all vendors that match, for acts upon many."""
    return session.exec(
        _ordered(select(Vendor.id).where(matching(wanted)), "name").limit(most)
    ).all()


def tags(session: Session, most: int = 200) -> Sequence[str]:
    """The words in use, the most used first."""
    return session.exec(
        select(VendorTag.tag)
        .group_by(col(VendorTag.tag))
        .order_by(func.count().desc(), col(VendorTag.tag))
        .limit(most)
    ).all()


def people(session: Session) -> list[tuple[uuid.UUID, str]]:
    """Everybody who can own a vendor, by name."""
    rows = session.exec(select(User.id, User.name, User.email).where(col(User.active).is_(True)))
    named = [(id, name or email) for id, name, email in rows]
    return sorted(named, key=lambda person: person[1].casefold())


def name_of(session: Session, person_id: uuid.UUID | None) -> str:
    """What a person is called on a page; nothing for nobody."""
    person = session.get(User, person_id) if person_id else None
    return (person.name or person.email) if person else ""


def _present(wanted: VendorFilter) -> ColumnElement[bool]:
    """Joined vendors are archived too, so one condition keeps both off the list."""
    if VendorState.ARCHIVED in wanted.states:
        return col(Vendor.merged_into_id).is_(None)
    return col(Vendor.archived_at).is_(None)


def _conditions(wanted: VendorFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.text:
        yield _named(wanted)
    if wanted.tiers:  # our own company has none, so it is not among those without one either
        yield _among(col(Vendor.tier), wanted.tiers)
        yield col(Vendor.ours).is_(False)
    if wanted.states:
        yield col(Vendor.state).in_(sorted(wanted.states))
    if wanted.in_use is not None:
        yield col(Vendor.in_use).is_(wanted.in_use)
    if wanted.untriaged:
        yield and_(
            col(Vendor.ours).is_(False),
            col(Vendor.in_use).is_(True),
            col(Vendor.triaged_at).is_(None),
        )
    if wanted.tag:
        yield col(Vendor.id).in_(select(VendorTag.vendor_id).where(VendorTag.tag == wanted.tag))
    if wanted.owner_id is not None:
        yield col(Vendor.owner_id) == wanted.owner_id
    if wanted.without_owner:
        yield col(Vendor.owner_id).is_(None)
    yield from _seen(wanted)
    yield from _risky(wanted)


def _risky(wanted: VendorFilter) -> Iterator[ColumnElement[bool]]:
    """What the score of the worst engagement must be."""
    if wanted.bands:
        known = sorted(band for band in wanted.bands if band is not None)
        rated = and_(col(Vendor.grade).is_not(None), col(Vendor.band).in_(known))
        found = rated if known else false()
        yield or_(found, col(Vendor.grade).is_(None)) if None in wanted.bands else found
    if wanted.rated:
        yield _among(col(Vendor.grade), wanted.rated)
    if wanted.bands or wanted.rated:
        yield col(Vendor.ours).is_(False)
    if wanted.above is not None:
        yield above(wanted.above)
    if wanted.review_before is not None:
        yield col(Vendor.next_review_on) < wanted.review_before
    if wanted.severe:
        yield col(Vendor.severe_findings) > 0
    if wanted.knocked_out:
        yield col(Vendor.knockout).is_not(None)


def above(appetite: Sequence[int]) -> ColumnElement[bool]:
    """Rated, and a higher residual risk than its tier may have; or knocked out.

    A knock-out lifts the residual risk to where "high" begins and no higher, and that may be the
    appetite itself: it is above it all the same.
    """
    riskier = or_(
        *(
            and_(col(Vendor.tier) == tier, col(Vendor.residual) > 100 * points)
            for tier, points in enumerate(appetite, start=1)
        )
    )
    return and_(
        col(Vendor.ours).is_(False),
        col(Vendor.tier).is_not(None),
        or_(and_(col(Vendor.grade).is_not(None), riskier), col(Vendor.knockout).is_not(None)),
    )


def _seen(wanted: VendorFilter) -> Iterator[ColumnElement[bool]]:
    """What the last look from outside must have shown."""
    if wanted.grades:
        yield _among(col(Vendor.posture_grade), wanted.grades)
    if wanted.lowest is not None:
        yield col(Vendor.posture_score) >= wanted.lowest
    if wanted.highest is not None:
        yield col(Vendor.posture_score) <= wanted.highest
    if wanted.fault is not None:
        yield col(Vendor.worst_severity) >= wanted.fault
    if wanted.seen_since is not None:
        yield col(Vendor.last_scan_at) >= wanted.seen_since
    if wanted.never_seen:
        yield col(Vendor.last_scan_at).is_(None)


def _named(wanted: VendorFilter) -> ColumnElement[bool]:
    """Part of the name as it is kept or as it is typed, of a host, or a supplier number."""
    typed = wanted.text.strip().casefold()
    host = Domain.host.contains(typed, autoescape=True)  # type: ignore[attr-defined]
    display = Domain.display.contains(typed, autoescape=True)  # type: ignore[attr-defined]
    found: list[ColumnElement[bool]] = [
        col(Vendor.name).icontains(wanted.text.strip(), autoescape=True),
        col(Vendor.supplier_number) == wanted.text.strip(),
        col(Vendor.id).in_(select(Domain.vendor_id).where(or_(host, display))),
    ]
    if wanted.key:
        found.append(col(Vendor.name_key).contains(wanted.key, autoescape=True))
    return or_(*found)


def _among(column: Any, values: frozenset[Any]) -> ColumnElement[bool]:
    known = sorted(value for value in values if value is not None)
    among: ColumnElement[bool] = column.in_(known) if known else false()
    return or_(among, column.is_(None)) if None in values else among


def _ordered(query: SelectOfScalar[uuid.UUID], sort: str) -> SelectOfScalar[uuid.UUID]:
    column = col(SORTS[sort.removeprefix("-")])
    order = column.desc() if sort.startswith("-") else column.asc()
    # The name and the id settle what is equal, so that no vendor stands on two pages.
    return query.order_by(nulls_last(order), col(Vendor.name_key), col(Vendor.id))
