"""What a new day changes: dates that pass, claims that fade, and the scores that follow."""

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Sequence

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from vendor_risk.store import portfolio_counts
from vendor_risk.store.engine import Database
from vendor_risk.store.models.vendors import Engagement
from vendor_risk.store.models.work import Setting
from vendor_risk.workflow import conditions, contracts, expiries, findings, rescans, scores
from vendor_risk.workflow.responses import silence

log = logging.getLogger(__name__)

KEY = "day"  # of the setting that says which day was kept
SLICE = 500  # vendors whose scores go into one transaction, so that no page waits for long
# A worker that has kept a day for so long has died over it: another one begins it again.
_PATIENCE = dt.timedelta(hours=2)

Chore = Callable[[Session, dt.datetime], object]
# What happens before the scores: each takes a session and the time, and may run twice.
CHORES: tuple[Chore, ...] = (
    expiries.tell,  # before what is accepted no longer forgets its day
    findings.expire_acceptances,
    conditions.raise_breaches,
    contracts.open_reviews,
    silence.count,
    silence.lapse,
    portfolio_counts.mend,
    rescans.mend_clock,
)


def keep(database: Database, now: dt.datetime, more: Sequence[Chore] = ()) -> bool:
    """Today's dates have passed and scores followed; False when that was done, or is being done.

    Workers that come to it in the same moment agree on one. Each act may run again after a crash.
    `more` are chores that need to know the installation.
    """
    if not _take(database, now):
        return False
    for chore in (*CHORES, *more):
        with database.transaction() as session:
            chore(session, now)
    kept = rescore_all(database, now)
    with database.transaction() as session:
        row = session.get_one(Setting, KEY, with_for_update=True)
        row.value = row.value | {"done": True}
    log.info("the day %s is kept; %s scores moved", now.date(), kept)
    return True


def rescore_all(database: Database, now: dt.datetime, cause: str = scores.TIME) -> int:
    """Every engagement that stands shows the score of today; how many moved."""
    kept = 0
    last: uuid.UUID | None = None
    while ids := _next(database, last):
        with database.transaction() as session:
            kept += scores.rescore(session, ids, now=now, cause=cause)
        last = ids[-1]
    return kept


def _next(database: Database, last: uuid.UUID | None) -> Sequence[uuid.UUID]:
    """The next vendors that have an engagement with a score or the facts for one, by id."""
    with database.reading() as session:
        query = select(Engagement.vendor_id).where(
            col(Engagement.ended_at).is_(None), col(Engagement.inherent).is_not(None)
        )
        if last is not None:
            query = query.where(col(Engagement.vendor_id) > last)
        query = query.distinct().order_by(col(Engagement.vendor_id)).limit(SLICE)
        return session.exec(query).all()


def _take(database: Database, now: dt.datetime) -> bool:
    today = now.astimezone(dt.UTC).date().isoformat()
    begun = {"day": today, "begun_at": now.isoformat(), "done": False}
    try:
        with database.transaction() as session:
            row = session.get(Setting, KEY, with_for_update=True)
            if row is None:
                session.add(Setting(key=KEY, value=begun, updated_at=now))
                return True
            told = row.value
            if told["day"] == today:
                late = dt.datetime.fromisoformat(told["begun_at"]) < now - _PATIENCE
                if told["done"] or not late:
                    return False
            row.value, row.updated_at = begun, now
            return True
    except IntegrityError:  # another worker began the first day in this moment
        return False
