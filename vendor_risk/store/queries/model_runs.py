"""The lines of a trial of a risk model, those that move most first.

By residual risk and then by grade; among those whose grade moves, by grade first.
"""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, tuple_
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from vendor_risk.store.models.risk_models import TrialLine
from vendor_risk.store.models.vendors import Engagement, Vendor

Line = tuple[TrialLine, Engagement, Vendor]
_AT_ONCE = 500
STEPS = {"up": 1, "down": -1}  # the residual risk goes up a band, or down
GRADE = "grade"
MOVES = (*STEPS, GRADE)  # which lines; any other word is all of them


def _wanted(run_id: uuid.UUID, move: str) -> list[ColumnElement[bool]]:
    conditions = [col(TrialLine.run_id) == run_id]
    if move in STEPS:
        conditions.append(col(TrialLine.step) == STEPS[move])
    if move == GRADE:
        conditions.append(col(TrialLine.regraded) > 0)
    return conditions


def _order(move: str) -> tuple[Any, Any, Any]:
    by = (col(TrialLine.size), col(TrialLine.regraded))
    return (*(reversed(by) if move == GRADE else by), col(TrialLine.engagement_id))


def count(session: Session, run_id: uuid.UUID, move: str) -> int:
    """How many lines, of those that move so."""
    query: SelectOfScalar[int] = select(func.count()).select_from(TrialLine)
    return session.exec(query.where(*_wanted(run_id, move))).one()


def page(
    session: Session, run_id: uuid.UUID, move: str, *, first: int, most: int
) -> Sequence[Line]:
    """Some of the lines, with what they are about."""
    chosen = (
        select(TrialLine.engagement_id)
        .where(*_wanted(run_id, move))
        .order_by(*(one.desc() for one in _order(move)))
        .offset(first)
        .limit(most)
    )
    return _filled(session, run_id, session.exec(chosen).all())


def every(session: Session, run_id: uuid.UUID, move: str) -> Iterator[Line]:
    """All of the lines, some in memory at a time."""
    order = _order(move)
    after: Any = None
    while True:
        query = select(*order).where(*_wanted(run_id, move))
        if after is not None:
            query = query.where(tuple_(*order) < tuple_(*after))
        query = query.order_by(*(one.desc() for one in order))
        keys = session.exec(query.limit(_AT_ONCE)).all()
        if not keys:
            return
        after = keys[-1]
        yield from _filled(session, run_id, [id for *_sizes, id in keys])
        session.expunge_all()  # what was told need not be remembered


def _filled(session: Session, run_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> Sequence[Line]:
    """The lines of these engagements in this order, with what they are about."""
    rows = session.exec(
        select(TrialLine, Engagement, Vendor)
        .join(Engagement, col(Engagement.id) == col(TrialLine.engagement_id))
        .join(Vendor, col(Vendor.id) == col(Engagement.vendor_id))
        .where(TrialLine.run_id == run_id, col(TrialLine.engagement_id).in_(ids))
    ).all()
    by_id = {line.engagement_id: (line, engagement, vendor) for line, engagement, vendor in rows}
    return [by_id[id] for id in ids if id in by_id]
