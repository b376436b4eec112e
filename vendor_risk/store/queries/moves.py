"""What moved at all vendors, the newest first, in pages that no number of moves makes slower."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from vendor_risk.store.models.moves import MoveState, StoredMove
from vendor_risk.store.models.vendors import Vendor

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class MoveFilter:
    """Which moves are wanted; what is None or empty narrows nothing."""

    since: dt.datetime | None = None
    kinds: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    tier: int | None = None


Line = tuple[StoredMove, Vendor]


def listed(session: Session, wanted: MoveFilter, *, first: int, most: int) -> Sequence[Line]:
    """Moves that hold with their vendors, the newest first."""
    rows = (
        select(StoredMove, Vendor)
        .join(Vendor, col(Vendor.id) == col(StoredMove.vendor_id))
        .where(StoredMove.state == MoveState.STANDS)
        .order_by(col(StoredMove.created_at).desc(), col(StoredMove.id).desc())
    )
    if wanted.since is not None:
        rows = rows.where(col(StoredMove.created_at) >= wanted.since)
    if wanted.kinds:
        rows = rows.where(col(StoredMove.kind).in_(wanted.kinds))
    if wanted.answers:
        rows = rows.where(col(StoredMove.answer).in_(wanted.answers))
    if wanted.tier is not None:
        rows = rows.where(StoredMove.tier == wanted.tier)
    return session.exec(rows.offset(first).limit(most)).all()


def every(session: Session, wanted: MoveFilter) -> Iterator[Line]:
    """All of them, some at a time."""
    first = 0
    while rows := listed(session, wanted, first=first, most=_AT_ONCE):
        yield from rows
        first += len(rows)
