"""The queue of triage: vendors that are in use and that nobody has judged yet."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from vendor_risk.evidence import Severity
from vendor_risk.scoring.scales import FACTORS
from vendor_risk.store import portfolio
from vendor_risk.store.models.scripts import PageScript
from vendor_risk.store.models.vendors import Engagement, Vendor

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


def rank(session: Session, vendor: Vendor) -> None:
    """A vendor that waits stands where what is known of it suggests, the strictest first.

    First whose script runs on our pages; then by the highest level that somebody said of what it
    is used for, one with a fact that lifts a tier among the highest; then those with a high fault
    outside, and last those of which nothing is known.
    """
    if vendor.triaged_at is not None:
        return
    there = select(PageScript.id).where(
        PageScript.vendor_id == vendor.id, col(PageScript.gone_at).is_(None)
    )
    if session.exec(there.limit(1)).first() is not None:
        vendor.triage_rank = FIRST
        return
    standing = session.exec(
        select(Engagement).where(
            Engagement.vendor_id == vendor.id, col(Engagement.ended_at).is_(None)
        )
    ).all()
    told = [getattr(one, factor.key) or 0 for one in standing for factor in FACTORS]
    level = 4 if any(one.floors for one in standing) else max(told, default=0)
    faulty = (vendor.worst_severity or 0) >= Severity.HIGH.rank
    vendor.triage_rank = 5 - level if level else LAST - faulty


def _columns(order: str) -> tuple[sa.Column[object], ...]:
    table = Vendor.__table__  # type: ignore[attr-defined]
    return tuple(table.c[name] for name in ORDERS[order])


def _named(name: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(Vendor.name).icontains(name, autoescape=True),) if name else ()
