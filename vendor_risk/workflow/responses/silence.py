"""What no answer means: a blank past its day counts as the worst one, and a response lapses."""

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from vendor_risk.questionnaires.evaluate import evaluate
from vendor_risk.questionnaires.merged import Asked
from vendor_risk.store.audit import record
from vendor_risk.store.models.findings import FindingEvent
from vendor_risk.store.models.responses import (
    WITH_VENDOR,
    QuestionnaireResponse,
    ResponseAnswer,
    ResponseLink,
    ResponseReminder,
    ResponseState,
)
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import scores, sightings
from vendor_risk.workflow.intervals import review_interval
from vendor_risk.workflow.responses import found, links, proven
from vendor_risk.workflow.responses.answers import said, value_of
from vendor_risk.workflow.responses.published import templates_of
from vendor_risk.workflow.responses.reading import rows_of, shown
from vendor_risk.workflow.sightings import Sighting

SILENT = "silent"  # the mark that the silence of a response was counted
_WHAT = "silence"


def count(session: Session, now: dt.datetime) -> int:
    """What is overdue and not submitted counts as the worst answer from now on; how many do.

    Each response once: who closes a finding of it afterwards finds it closed the next day as well.
    """
    today = now.astimezone(dt.UTC).date()
    marked = select(ResponseReminder.response_id).where(ResponseReminder.kind == SILENT)
    rows = session.exec(
        select(QuestionnaireResponse)
        .join(Vendor, col(Vendor.id) == col(QuestionnaireResponse.vendor_id))
        .join(Engagement, col(Engagement.id) == col(QuestionnaireResponse.engagement_id))
        .where(
            col(QuestionnaireResponse.state).in_((*WITH_VENDOR, ResponseState.DECLINED)),
            col(QuestionnaireResponse.due_on) < today,
            col(QuestionnaireResponse.id).not_in(marked),
            col(Vendor.archived_at).is_(None),
            col(Engagement.ended_at).is_(None),
        )
        .order_by(col(QuestionnaireResponse.id))
        .with_for_update(of=QuestionnaireResponse)
    ).all()
    with scores.together(session, now=now, cause=scores.SILENCE):
        for response in rows:
            _count(session, response, now, today)
    return len(rows)


def forget(
    session: Session, response: QuestionnaireResponse, *, now: dt.datetime, actor: uuid.UUID
) -> int:
    """What its silence opened is closed, for nobody asks any more; how many findings were."""
    at = Sighting(session, now, "person", by_id=actor, note=response.number, what=_WHAT)
    rows = [
        row
        for row in found.of_engagement(session, response)
        if row.closed_at is None and _by_silence(session, row.id, response.number)
    ]
    for row in rows:
        sightings.close(at, row, sightings.GONE)
    if rows:
        scores.rescore(session, [response.vendor_id], now=now, cause=scores.SILENCE, by=actor)
    return len(rows)


def lapse(session: Session, now: dt.datetime) -> int:
    """Responses whose last link has ended are over; what their silence opened stays. How many."""
    today = now.astimezone(dt.UTC).date()
    working = select(ResponseLink.response_id).where(
        col(ResponseLink.revoked_at).is_(None), col(ResponseLink.expires_at) >= now
    )
    rows = session.exec(
        select(QuestionnaireResponse)
        .where(
            col(QuestionnaireResponse.state).in_(WITH_VENDOR),
            col(QuestionnaireResponse.due_on) < today - links.GRACE,
            col(QuestionnaireResponse.id).not_in(working),
        )
        .order_by(col(QuestionnaireResponse.id))
        .with_for_update()
    ).all()
    for row in rows:
        before = row.state
        row.state, row.ended_at = ResponseState.LAPSED, now
        row.ended_reason = "No answer before the last link ended."
        row.revision += 1
        record(
            session,
            actor="clock",
            act="response.lapsed",
            subject_kind="response",
            subject_id=row.id,
            before={"state": before},
            after={"state": row.state, "number": row.number},
            now=now,
        )
    session.flush()
    return len(rows)


def _count(
    session: Session, response: QuestionnaireResponse, now: dt.datetime, today: dt.date
) -> None:
    session.add(ResponseReminder(response_id=response.id, kind=SILENT, sent_at=now))
    # what was said before somebody declined counts for nothing
    declined = response.state == ResponseState.DECLINED
    rows = {} if declined else rows_of(session, response.id)
    months = review_interval(session, response.tier)
    told = evaluate(
        templates_of(session, response),
        response.facts,
        {id: answer for id, row in rows.items() if (answer := said(row, today, months))},
        as_of=today,
        out_of_scope=response.out_of_scope,
        overdue=True,
        # a proof that was withdrawn since speaks for nothing any more
        proven=proven.standing(session, response, today=today),
    )
    asked = {each.question.id: each for each in told.visible}
    change = found.compare(session, response, told.faults, answered=(), asked=asked, known=())
    at = Sighting(session, now, "clock", note=response.number, what=_WHAT)
    words = {id: _words(rows[id], id, asked) for id in rows if id in asked}
    found.write(session, response, change, told.visible, at, words)
    scores.rescore(session, [response.vendor_id], now=now, cause=scores.SILENCE)
    record(
        session,
        actor="clock",
        act="response.overdue",
        subject_kind="response",
        subject_id=response.id,
        after={"number": response.number, "blank": list(told.required)},
        now=now,
    )


def _words(row: ResponseAnswer, id: str, asked: dict[str, Asked]) -> str:
    return shown(asked[id], value_of(row)) if row.value and not row.confirm else ""


def _by_silence(session: Session, finding_id: uuid.UUID, number: str) -> bool:
    """Whether silence about this response opened it last."""
    opened = ("seen", "back", "worse")
    last = session.exec(
        select(FindingEvent)
        .where(
            FindingEvent.finding_id == finding_id,
            FindingEvent.state_before != FindingEvent.state_after,
        )
        .order_by(col(FindingEvent.at).desc())
    ).all()
    for event in last:
        what, _space, act = event.act.partition(" ")
        if act in opened and what in (_WHAT, scores.ANSWER):
            return what == _WHAT and event.note == number
    return False
