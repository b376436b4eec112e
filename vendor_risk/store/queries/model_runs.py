"""The lines of a trial of a risk model, those that move most first."""

import uuid
from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from vendor_risk.store.models.risk_models import TrialLine
from vendor_risk.store.models.vendors import Engagement, Vendor

Line = tuple[TrialLine, Engagement, Vendor]
_AT_ONCE = 500
STEPS = {"up": 1, "down": -1}  # the residual risk goes up a band, or down


def _wanted(run_id: uuid.UUID, step: int | None) -> list[object]:
    conditions: list[object] = [TrialLine.run_id == run_id]
    if step is not None:
        conditions.append(TrialLine.step == step)
    return conditions


def count(session: Session, run_id: uuid.UUID, step: int | None) -> int:
    """How many lines, of those whose band moves so."""
    query: SelectOfScalar[int] = select(func.count()).select_from(TrialLine)
    return session.exec(query.where(*_wanted(run_id, step))).one()  # type: ignore[arg-type]


def page(
    session: Session, run_id: uuid.UUID, step: int | None, *, first: int, most: int
) -> Sequence[Line]:
    """Some of the lines, with what they are about."""
    chosen = (
        select(TrialLine.engagement_id)
        .where(*_wanted(run_id, step))  # type: ignore[arg-type]
        .order_by(col(TrialLine.size).desc(), col(TrialLine.engagement_id).desc())
        .offset(first)
        .limit(most)
    )
    return _filled(session, run_id, session.exec(chosen).all())


def every(session: Session, run_id: uuid.UUID, step: int | None) -> Iterator[Line]:
    """All of the lines, some in memory at a time."""
    after: tuple[int, uuid.UUID] | None = None
    while True:
        query = select(TrialLine.size, TrialLine.engagement_id).where(
            *_wanted(run_id, step)  # type: ignore[arg-type]
        )
        if after is not None:
            size, last = after
            below = (col(TrialLine.size) < size) | (
                (col(TrialLine.size) == size) & (col(TrialLine.engagement_id) < last)
            )
            query = query.where(below)
        query = query.order_by(col(TrialLine.size).desc(), col(TrialLine.engagement_id).desc())
        keys = session.exec(query.limit(_AT_ONCE)).all()
        if not keys:
            return
        after = keys[-1]
        yield from _filled(session, run_id, [id for _size, id in keys])
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
