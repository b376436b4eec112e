"""The access register over all vendors: which entries match, in which order."""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, nulls_first, nulls_last, or_, true
from sqlmodel import Session, col, func, select

from vendor_risk.store.models.access import Access
from vendor_risk.store.models.vendors import Vendor

# The columns that the list sorts by, as the URL names them.
SORTS: Mapping[str, Any] = {
    "vendor": Vendor.name_key,
    "name": Access.name,
    "kind": Access.kind,
    "used": Access.last_used_on,
    "reviewed": Access.last_reviewed_on,
}
UNKNOWN = "unknown"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class AccessFilter:
    """Which entries; every field narrows, and what is empty or None narrows nothing.

    Facts are "yes", "no" or "unknown". `review_before` are the days before which a last review is
    too old, for entries that reach card data or production and for others; `used_before` that
    before which a last use is too long ago. `ended` False stands for those that hold.
    """

    text: str = ""
    kind: str = ""
    second_factor: str = ""
    card_data: str = ""
    production: str = ""
    review_before: tuple[dt.date, dt.date] | None = None
    used_before: dt.date | None = None
    vendor_id: uuid.UUID | None = None
    ended: bool | None = False


@dataclass(frozen=True, slots=True)
class Line:
    """One entry with its vendor."""

    row: Access
    vendor: Vendor


def count(session: Session, wanted: AccessFilter) -> int:
    """How many entries match."""
    query = select(func.count()).select_from(Access)
    if wanted.text:
        query = query.join(Vendor, col(Access.vendor_id) == Vendor.id)
    return session.exec(query.where(_matching(wanted))).one()


def page(
    session: Session, wanted: AccessFilter, *, sort: str = "vendor", first: int = 0, most: int = 50
) -> list[Line]:
    """The entries of one page of the list."""
    rows = session.exec(
        select(Access, Vendor)
        .join(Vendor, col(Access.vendor_id) == Vendor.id)
        .where(_matching(wanted))
        .order_by(*_order(sort))
        .offset(first)
        .limit(most)
    ).all()
    return [Line(row, vendor) for row, vendor in rows]


def every(session: Session, wanted: AccessFilter, *, sort: str = "vendor") -> Iterator[Line]:
    """All entries that match, a few hundred in memory at a time."""
    first = 0
    while lines := page(session, wanted, sort=sort, first=first, most=_AT_ONCE):
        yield from lines
        first += _AT_ONCE
        session.expunge_all()


def ids_of(session: Session, wanted: AccessFilter, most: int) -> Sequence[uuid.UUID]:
    """The ids of all that match, for acts upon many."""
    query = select(Access.id).join(Vendor, col(Access.vendor_id) == Vendor.id)
    return session.exec(
        query.where(_matching(wanted)).order_by(*_order("vendor")).limit(most)
    ).all()


def review_overdue(before: tuple[dt.date, dt.date]) -> ColumnElement[bool]:
    """Whether nobody looked at an entry since its day: the first where it reaches what is dear."""
    sensitive, other = before
    last = col(Access.last_reviewed_on)
    reaches = or_(col(Access.reaches_card_data).is_(True), col(Access.reaches_production).is_(True))
    return or_(last.is_(None), last < other, and_(reaches, last < sensitive))


def _order(sort: str) -> Iterator[Any]:
    down, key = sort.startswith("-"), sort.removeprefix("-")
    column = col(SORTS.get(key, Vendor.name_key))
    # Never is longer ago than any day.
    yield nulls_last(column.desc()) if down else nulls_first(column.asc())
    yield from (col(Vendor.name_key), col(Access.system), col(Access.name), col(Access.id))


def _matching(wanted: AccessFilter) -> ColumnElement[bool]:
    return and_(true(), *_conditions(wanted))


def _conditions(wanted: AccessFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.text:
        columns = (Access.name, Access.system, Access.purpose, Access.segment, Vendor.name)
        text = wanted.text.strip()
        yield or_(*(col(each).icontains(text, autoescape=True) for each in columns))
    if wanted.kind:
        yield col(Access.kind) == wanted.kind
    for column, asked in (
        (Access.second_factor, wanted.second_factor),
        (Access.reaches_card_data, wanted.card_data),
        (Access.reaches_production, wanted.production),
    ):
        if asked:
            fact = {"yes": True, "no": False, UNKNOWN: None}
            yield col(column).is_(fact[asked]) if asked in fact else false()
    if wanted.review_before is not None:
        yield review_overdue(wanted.review_before)
    if wanted.used_before is not None:
        yield col(Access.last_used_on) < wanted.used_before
    if wanted.vendor_id is not None:
        yield col(Access.vendor_id) == wanted.vendor_id
    if wanted.ended is not None:
        ended = col(Access.ended_at)
        yield ended.is_not(None) if wanted.ended else ended.is_(None)
