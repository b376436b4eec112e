"""Answers of the last round in the next one: shown to be confirmed, counted only then."""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlmodel import Session, col, select

from vendor_risk.questionnaires.evaluate import Answer, problem
from vendor_risk.questionnaires.form import Option, Question
from vendor_risk.questionnaires.merged import Asked, merge
from vendor_risk.questionnaires.template import Template
from vendor_risk.questionnaires.upgrade import carry, moves
from vendor_risk.store.models.responses import (
    Author,
    QuestionnaireResponse,
    ResponseAnswer,
    ResponseState,
)
from vendor_risk.workflow.calendars import months_later
from vendor_risk.workflow.intervals import review_interval
from vendor_risk.workflow.responses.answers import value_of
from vendor_risk.workflow.responses.published import templates_of
from vendor_risk.workflow.responses.reading import rows_of

_T = TypeVar("_T")
_ROUNDS = 10  # how far back a questionnaire is looked for that was not in the last rounds


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was said last to a question that asks something else now, and how it was asked."""

    question: Question
    options: tuple[Option, ...]
    answer: Answer

    def said(self, words: Callable[[Option], str]) -> str:
        """What was said, in words; options as a page shows them."""
        value = self.answer.value
        labels = {one.id: words(one) for one in self.options}
        chosen = value if isinstance(value, tuple) else (value,)
        return ", ".join(labels.get(str(one), str(one)) for one in chosen)


def take_over(session: Session, response: QuestionnaireResponse, *, now: dt.datetime) -> int:
    """The answers accepted last stand in the new response, to be confirmed; how many.

    Not those to questions that mean something else now: they are asked anew, with `earlier` beside.
    """
    templates = templates_of(session, response)
    carried: dict[tuple[str, str], Answer] = {}
    for before, old, new in _pairs(session, response, templates):
        told = carry(_answers(session, before, old), old, new)
        carried |= {(new.form.id, id): answer for id, answer in told.kept.items()}
    done = 0
    for each in merge(templates):
        taken = _of(each, carried)
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


def earlier(session: Session, response: QuestionnaireResponse) -> Mapping[str, Earlier]:
    """By question, what was said last where the question has changed since; nothing is saved."""
    if response.previous_id is None:
        return {}
    templates = templates_of(session, response)
    found: dict[tuple[str, str], Earlier] = {}
    for before, old, new in _pairs(session, response, templates):
        if old.sha256 == new.sha256:
            continue
        named = {renamed: id for id, renamed in moves(old.form, new.form)[0].items()}
        asked = {question.id: question for _section, question in old.asked()}
        for id, answer in carry(_answers(session, before, old), old, new).confirm.items():
            was = asked[named.get(id, id)]
            found[new.form.id, id] = Earlier(was, old.form.options(was), answer)
    return {
        each.question.id: one
        for each in merge(templates)
        if found and (one := _of(each, found)) is not None
    }


def _of(each: Asked, found: Mapping[tuple[str, str], _T]) -> _T | None:
    """What is known of the question, under its own id or one that it answers as well."""
    ways = ((way.form.id, way.question.id) for way in (each, *each.also))
    return next((found[way] for way in ways if way in found), None)


def _pairs(
    session: Session, response: QuestionnaireResponse, templates: Sequence[Template]
) -> Iterator[tuple[QuestionnaireResponse, Template, Template]]:
    """Each questionnaire with the response that had it accepted last, and its version there."""
    for new in templates:
        last = _last(session, response, new.form.id)
        if last is not None:
            yield (*last, new)


def _answers(
    session: Session, before: QuestionnaireResponse, template: Template
) -> dict[str, Answer]:
    months = review_interval(session, before.tier)
    return {
        id: Answer(value_of(row), on, months_later(on, months), row.note)
        for id, row in _by_own_id(session, before, template).items()
        if (on := row.answered_on or (before.accepted_at or before.created_at).date())
    }


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
