"""Jobs that were given up, of every kind: what, why, since when, and done again when asked."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from vendor_risk.evidence import N_
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.risk_models import ModelRun, RunState
from vendor_risk.store.models.rounds import RoundState, SendRound
from vendor_risk.workflow import models, outbox, reports
from vendor_risk.workflow.queue import Enqueue
from vendor_risk.workflow.responses import rounds

# What nobody wanted again for so long is history, which its own page tells.
DAYS = 30
MOST = 100


@dataclass(frozen=True, slots=True)
class GivenUp:
    """One job; `name` is what its own page calls it."""

    kind: str
    id: uuid.UUID
    name: str
    reason: str
    at: dt.datetime

    @property
    def key(self) -> str:
        """By which it is chosen."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of job: its word, those that were given up since a day, and how one is done again.

    `again` is False where it was done again, or went, meanwhile.
    """

    word: str
    since: Callable[[Session, dt.datetime], Sequence[GivenUp]]
    again: Callable[[Session, uuid.UUID, dt.datetime, uuid.UUID | str, Enqueue], bool]


def listed(session: Session, now: dt.datetime) -> list[GivenUp]:
    """All kinds, the newest first, no more than a page holds."""
    since = now - dt.timedelta(days=DAYS)
    found = [one for kind in KINDS.values() for one in kind.since(session, since)]
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST]


def counts(session: Session, now: dt.datetime) -> dict[str, int]:
    """How many of each kind."""
    since = now - dt.timedelta(days=DAYS)
    return {name: len(kind.since(session, since)) for name, kind in KINDS.items()}


def again(
    session: Session, key: str, *, now: dt.datetime, actor: uuid.UUID | str, enqueue: Enqueue
) -> bool:
    """The job with that key waits for a worker once more; VendorRefused where it cannot."""
    kind, _, id = key.partition(":")
    if kind not in KINDS:
        raise ValueError(key)
    return KINDS[kind].again(session, uuid.UUID(id), now, actor, enqueue)


def _reports(session: Session, since: dt.datetime) -> list[GivenUp]:
    rows = session.exec(
        select(IssuedReport.id, IssuedReport.number, IssuedReport.reason, IssuedReport.finished_at)
        .where(IssuedReport.state == "failed", col(IssuedReport.finished_at) > since)
        .order_by(col(IssuedReport.finished_at).desc())
        .limit(MOST)
    ).all()
    return [GivenUp("report", id, number, why, at) for id, number, why, at in rows if at]


def _report_again(
    session: Session, id: uuid.UUID, _now: dt.datetime, _actor: uuid.UUID | str, enqueue: Enqueue
) -> bool:
    row = session.get(IssuedReport, id, with_for_update=True)
    if row is None or row.state != "failed":
        return False
    reports.try_again(session, row, enqueue=enqueue)
    return True


def _letters(session: Session, since: dt.datetime) -> list[GivenUp]:
    """Without those that came back: their response or finding tells of them."""
    rows = session.exec(
        select(OutboxMail)
        .where(
            OutboxMail.state == "failed",
            col(OutboxMail.bounced_at).is_(None),
            col(OutboxMail.due_at) > since,
        )
        .order_by(col(OutboxMail.due_at).desc())
        .limit(MOST)
    ).all()
    return [
        GivenUp("letter", row.id, row.subject, row.last_error or "", row.due_at) for row in rows
    ]


def _letter_again(
    session: Session, id: uuid.UUID, now: dt.datetime, actor: uuid.UUID | str, _enqueue: Enqueue
) -> bool:
    row = session.get(OutboxMail, id, with_for_update=True)
    if row is None or row.state != "failed":
        return False
    outbox.try_again(session, row, actor=actor, now=now)
    return True


def _runs(session: Session, since: dt.datetime) -> list[GivenUp]:
    """Only the last one of each model: what came after it made it history."""
    newest = (
        select(func.max(ModelRun.created_at))
        .group_by(col(ModelRun.kind), col(ModelRun.sha256))
        .scalar_subquery()
    )
    rows = session.exec(
        select(ModelRun.id, ModelRun.version, ModelRun.fault, ModelRun.finished_at)
        .where(
            ModelRun.state == RunState.FAILED,
            col(ModelRun.finished_at) > since,
            col(ModelRun.created_at).in_(newest),
        )
        .order_by(col(ModelRun.finished_at).desc())
        .limit(MOST)
    ).all()
    return [GivenUp("model", id, version, why, at) for id, version, why, at in rows if at]


def _run_again(
    session: Session, id: uuid.UUID, now: dt.datetime, actor: uuid.UUID | str, enqueue: Enqueue
) -> bool:
    row = session.get(ModelRun, id)
    return row is not None and models.go_on(session, row, now=now, actor=actor, enqueue=enqueue)


def _rounds(session: Session, since: dt.datetime) -> list[GivenUp]:
    rows = session.exec(
        select(SendRound.id, SendRound.created_at, SendRound.fault, SendRound.finished_at)
        .where(SendRound.state == RoundState.FAILED, col(SendRound.finished_at) > since)
        .order_by(col(SendRound.finished_at).desc())
        .limit(MOST)
    ).all()
    return [
        GivenUp("round", id, begun.date().isoformat(), why, at) for id, begun, why, at in rows if at
    ]


def _round_again(
    session: Session, id: uuid.UUID, now: dt.datetime, actor: uuid.UUID | str, enqueue: Enqueue
) -> bool:
    row = session.get(SendRound, id)
    return (
        row is not None
        and row.state == RoundState.FAILED
        and rounds.go_on(session, row, now=now, actor=actor, enqueue=enqueue)
    )


KINDS: Mapping[str, Kind] = {
    "report": Kind(N_("Report"), _reports, _report_again),
    "letter": Kind(N_("Letter"), _letters, _letter_again),
    "model": Kind(N_("Risk model"), _runs, _run_again),
    "round": Kind(N_("Round of questionnaires"), _rounds, _round_again),
}
"""A look that was given up is no job here: its vendor stands among those that were not reached."""
