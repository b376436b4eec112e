"""When lists of others are fetched by themselves: if somebody said so, by one worker at a time."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from vendor_risk.store.audit import record
from vendor_risk.store.models.work import Setting
from vendor_risk.workflow import settings

KEY = "feeds_every"
RAN = "feeds_ran"  # the setting that holds when each list was fetched, and when it is next
# After a failure: again after so long, each time later; then as often as was said.
RETRIES = tuple(dt.timedelta(hours=hours) for hours in (1, 4, 12))
_LEASE = dt.timedelta(minutes=30)  # while a worker fetches; a crash frees it after so long


class Every(StrEnum):
    """How often lists are fetched by themselves."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"


_PAUSES = {Every.DAILY: dt.timedelta(days=1), Every.WEEKLY: dt.timedelta(days=7)}


def every(session: Session) -> Every:
    """How often; never unless somebody said otherwise, for fetching tells the maker that we are."""
    row = session.get(Setting, KEY)
    return Every(row.value) if row else Every.NEVER


def set_every(session: Session, wanted: Every, *, now: dt.datetime, actor: uuid.UUID) -> bool:
    """Lists are fetched so often from now on; False when they were already."""
    if wanted is every(session):
        return False
    return settings.change(session, KEY, str(wanted), now=now, actor=actor)


def ran(session: Session) -> Mapping[str, Mapping[str, Any]]:
    """Of each list that was fetched by itself or on a press: when, what became of it, when next."""
    row = session.get(Setting, RAN)
    return row.value if row else {}


def take(session: Session, names: Sequence[str], now: dt.datetime) -> list[str]:
    """The lists that are due, which nobody else fetches for a while."""
    pause = _PAUSES.get(every(session))
    row = session.get(Setting, RAN, with_for_update=True)
    told: dict[str, Any] = dict(row.value) if row else {}
    due = [
        name
        for name in names
        if (told.get(name, {}).get("wanted") or pause)
        and dt.datetime.fromisoformat(told.get(name, {}).get("next", "2000-01-01T00:00:00+00:00"))
        <= now
    ]
    if due:
        for name in due:
            told[name] = told.get(name, {}) | {"next": (now + _LEASE).isoformat(), "wanted": False}
        _keep(session, row, told, now)
    return due


def done(session: Session, name: str, state: str, reason: str, now: dt.datetime) -> None:
    """What became of fetching a list; it is next when it was said, or sooner after a failure."""
    row = session.get(Setting, RAN, with_for_update=True)
    told: dict[str, Any] = dict(row.value) if row else {}
    before = told.get(name, {})
    failures = before.get("failures", 0) + 1 if state == "failed" else 0
    usual = _PAUSES.get(every(session), _PAUSES[Every.DAILY])
    pause = min(RETRIES[failures - 1], usual) if 0 < failures <= len(RETRIES) else usual
    told[name] = {
        "at": now.isoformat(),
        "state": state,
        "reason": reason[:500],
        "failures": failures,
        "next": (now + pause).isoformat(),
        "wanted": False,
    }
    _keep(session, row, told, now)


def want(session: Session, names: Sequence[str], *, now: dt.datetime, actor: uuid.UUID) -> None:
    """A worker fetches these lists next, once, whatever was said of how often."""
    row = session.get(Setting, RAN, with_for_update=True)
    told: dict[str, Any] = dict(row.value) if row else {}
    for name in names:
        told[name] = told.get(name, {}) | {"next": now.isoformat(), "wanted": True}
    _keep(session, row, told, now)
    record(
        session,
        actor=actor,
        act="feeds.wanted",
        subject_kind="setting",
        subject_id=RAN,
        after={"lists": list(names)},
        now=now,
    )


def _keep(session: Session, row: Setting | None, told: dict[str, Any], now: dt.datetime) -> None:
    if row is None:
        session.add(Setting(key=RAN, value=told, updated_at=now))
    else:
        row.value, row.updated_at = told, now
    session.flush()
