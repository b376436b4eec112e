"""The queue of triage: vendors that are in use and that nobody has judged yet."""

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from vendor_risk.evidence import Severity
from vendor_risk.scoring.scales import FACTORS, TOP
from vendor_risk.store import portfolio
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.queries.scripts import seen_of

WAITS = (
    col(Vendor.ours).is_(False),
    col(Vendor.in_use).is_(True),
    col(Vendor.triaged_at).is_(None),
    col(Vendor.archived_at).is_(None),
    col(Vendor.merged_into_id).is_(None),
)
PER_PAGE = 50
FIRST, LAST = 0, 6
MATTERS, LONGEST, NAME = "matters", "longest", "name"

# Each ends with the id, and an index goes along it.
ORDERS: Mapping[str, tuple[str, ...]] = {
    MATTERS: ("triage_rank", "created_at", "name_key", "id"),
    LONGEST: ("created_at", "name_key", "id"),
    NAME: ("name_key", "id"),
}


def waiting(session: Session, *, name: str = "") -> int:
    """How many vendors are in use and not triaged; with `name`, whose name holds it."""
    if not name:  # every page says it
        return portfolio.waiting(session)
    query = select(func.count(col(Vendor.id))).where(*WAITS, *_named(name))
    return session.exec(query).one()


def queue(
    session: Session, *, order: str = MATTERS, name: str = "", first: int = 0, most: int = PER_PAGE
) -> Sequence[Vendor]:
    """The vendors that wait, in this order; with `name`, whose name holds it."""
    in_order = select(Vendor).where(*WAITS, *_named(name)).order_by(*_columns(order))
    return session.exec(in_order.offset(first).limit(most)).all()


def next_after(session: Session, vendor: Vendor | None, order: str = MATTERS) -> Vendor | None:
    """The vendor that waits behind this one; behind the last, and for None, the first of all."""
    in_order = select(Vendor).where(*WAITS).order_by(*_columns(order)).limit(1)
    if vendor is not None:
        here = sa.tuple_(
            *(sa.literal(getattr(vendor, one.key), one.type) for one in _columns(order))
        )
        behind = session.exec(in_order.where(sa.tuple_(*_columns(order)) > here)).first()
        if behind is not None:
            return behind
    return session.exec(in_order).first()


def rank(session: Session, known: Iterable[tuple[Vendor, Sequence[Engagement]]]) -> None:
    """Vendors that wait stand where what is known of them suggests, the strictest first.

    First whose script runs on our pages; then by the highest level that somebody said, or that the
    access register holds, of what it is used for, one with a fact that lifts a tier among the
    highest; then those with a high fault outside, and last those of which nothing is known.

    Each comes with the engagements that stand. One statement, and none where nobody waits.
    """
    waits = [(vendor, bought) for vendor, bought in known if vendor.triaged_at is None]
    seen = seen_of(session, [vendor.id for vendor, _bought in waits]) if waits else {}
    for vendor, bought in waits:
        place = FIRST if vendor.id in seen else _place(vendor, bought)
        if vendor.triage_rank != place:
            vendor.triage_rank = place


def _place(vendor: Vendor, bought: Sequence[Engagement]) -> int:
    levels = [
        max(getattr(one, factor.key) or 0, one.observed.get(factor.key, 0))
        for one in bought
        for factor in FACTORS
    ]
    lifted = any(one.floors or one.observed.get("floors") for one in bought)
    level = TOP if lifted else max(levels, default=0)
    faulty = (vendor.worst_severity or 0) >= Severity.HIGH.rank
    return 1 + TOP - level if level else LAST - faulty


def _columns(order: str) -> tuple[sa.Column[object], ...]:
    table = Vendor.__table__  # type: ignore[attr-defined]
    return tuple(table.c[name] for name in ORDERS[order])


def _named(name: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(Vendor.name).icontains(name, autoescape=True),) if name else ()
