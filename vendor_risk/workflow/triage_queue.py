"""The queue of triage: vendors that are in use and that nobody has judged yet."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from vendor_risk.store import portfolio
from vendor_risk.store.models.vendors import Vendor

WAITS = (
    col(Vendor.ours).is_(False),
    col(Vendor.in_use).is_(True),
    col(Vendor.triaged_at).is_(None),
    col(Vendor.archived_at).is_(None),
    col(Vendor.merged_into_id).is_(None),
)
PER_PAGE = 50


def waiting(session: Session, *, name: str = "") -> int:
    """How many vendors are in use and not triaged; with `name`, whose name holds it."""
    if not name:  # every page says it
        return portfolio.waiting(session)
    query = select(func.count(col(Vendor.id))).where(*WAITS, *_named(name))
    return session.exec(query).one()


def queue(
    session: Session, *, name: str = "", first: int = 0, most: int = PER_PAGE
) -> Sequence[Vendor]:
    """The vendors that wait, in the order of their names; with `name`, whose name holds it."""
    in_order = select(Vendor).where(*WAITS, *_named(name)).order_by(*_ORDER)
    return session.exec(in_order.offset(first).limit(most)).all()


def next_after(session: Session, vendor: Vendor | None) -> Vendor | None:
    """The vendor that waits behind this one; behind the last, and for None, the first of all."""
    in_order = select(Vendor).where(*WAITS).order_by(*_ORDER).limit(1)
    if vendor is not None:
        here = sa.tuple_(sa.literal(vendor.name_key), sa.literal(vendor.id, sa.Uuid()))
        behind = session.exec(in_order.where(sa.tuple_(*_ORDER) > here)).first()
        if behind is not None:
            return behind
    return session.exec(in_order).first()


_ORDER = (col(Vendor.name_key), col(Vendor.id))


def _named(name: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(Vendor.name).icontains(name, autoescape=True),) if name else ()
