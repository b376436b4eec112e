"""Answers of the last round in the next one: shown to be confirmed, counted only then."""

import datetime as dt
import json
from collections.abc import Mapping

from sqlmodel import Session, col, select

from vendor_risk.questionnaires.evaluate import Answer, problem
from vendor_risk.questionnaires.merged import merge
from vendor_risk.questionnaires.template import Template
from vendor_risk.questionnaires.upgrade import carry
from vendor_risk.store.models.responses import (
    Author,
    QuestionnaireResponse,
    ResponseAnswer,
    ResponseState,
)
from vendor_risk.workflow.responses.answers import valid_until, value_of
from vendor_risk.workflow.responses.published import templates_of
from vendor_risk.workflow.responses.reading import rows_of

_ROUNDS = 10  # how far back a questionnaire is looked for that was not in the last rounds


def take_over(session: Session, response: QuestionnaireResponse, *, now: dt.datetime) -> int:
    """The answers accepted last stand in the new response, to be confirmed; how many."""
    templates = templates_of(session, response)
    carried: dict[tuple[str, str], Answer] = {}
    for new in templates:
        old = _last(session, response, new.form.id)
        if old is None:
            continue
        before, template = old
        rows = _by_own_id(session, before, template)
        told = carry(
            {
                id: Answer(
                    value_of(row),
                    row.answered_on or now.date(),
                    valid_until(row.answered_on or now.date(), before.tier),
                    row.note,
                )
                for id, row in rows.items()
            },
            template,
            new,
        )
        for id, answer in (*told.kept.items(), *told.confirm.items()):
            carried[new.form.id, id] = answer
    done = 0
    for each in merge(templates):
        ways = ((way.form.id, way.question.id) for way in (each, *each.also))
        taken = next((carried[way] for way in ways if way in carried), None)
        if taken is None or problem(each, taken) is not None:
            continue
        session.add(
            ResponseAnswer(
                response_id=response.id,
                question=each.question.id,
                value=json.dumps(taken.value, ensure_ascii=False),
                note=taken.note,
                confirm=True,
                answered_on=taken.date,
                by_kind=Author.CLOCK,
                updated_at=now,
            )
        )
        done += 1
    session.flush()
    return done


def _last(
    session: Session, response: QuestionnaireResponse, form_id: str
) -> tuple[QuestionnaireResponse, Template] | None:
    """The response of the engagement that was accepted last with this questionnaire in it."""
    rows = select(QuestionnaireResponse).where(
        QuestionnaireResponse.engagement_id == response.engagement_id,
        QuestionnaireResponse.state == ResponseState.ACCEPTED,
        QuestionnaireResponse.id != response.id,
    )
    for row in session.exec(
        rows.order_by(col(QuestionnaireResponse.accepted_at).desc()).limit(_ROUNDS)
    ):
        for template in templates_of(session, row):
            if template.form.id == form_id:
                return row, template
    return None


def _by_own_id(
    session: Session, response: QuestionnaireResponse, template: Template
) -> Mapping[str, ResponseAnswer]:
    """The answers by the ids of one questionnaire; a question asked once answers others too."""
    rows = rows_of(session, response.id)
    told = {}
    for each in merge(templates_of(session, response)):
        row = rows.get(each.question.id)
        if row is None or not row.value or row.confirm:
            continue
        for way in (each, *each.also):
            if way.form.id == template.form.id:
                told[way.question.id] = row
    return told
