"""Answers on a vendor's behalf, from what it publishes, shows in a portal, or mailed."""

import datetime as dt
import uuid
from typing import Any

from flask import abort, redirect, render_template, request
from flask import url_for as url
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door
from vendor_risk.questionnaires.form import Value
from vendor_risk.questionnaires.merged import Asked
from vendor_risk.questionnaires.translations import said
from vendor_risk.store.models.responses import (
    WITH_VENDOR,
    Author,
    QuestionnaireResponse,
    ResponseAnswer,
)
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.web import language
from vendor_risk.web.findings.views import day_of
from vendor_risk.web.frame import notice
from vendor_risk.web.questionnaire import words
from vendor_risk.web.responses import WRITES, area
from vendor_risk.web.session import now, session
from vendor_risk.workflow.responses import answers
from vendor_risk.workflow.responses.answers import value_of
from vendor_risk.workflow.vendors import Stale, VendorRefused

Page = str | AnyResponse | tuple[str, int]
_TYPES = ("choice", "multi", "number", "date", "text")  # files and tables come with a mail


@area.get("/<uuid:response_id>/behalf")
@door(WRITES)
def behalf(response_id: uuid.UUID) -> str:
    """All that is asked, with what is said so far."""
    return _page(_row(response_id))


@area.post("/<uuid:response_id>/behalf")
@door(WRITES)
def answer_for_them(response_id: uuid.UUID) -> Page:
    """What the form changes is answered by us, with the source; or nothing of it is."""
    row = _row(response_id)
    form, done = request.form, 0
    told: dict[str, Any] = {
        "seen_where": form.get("seen_where", ""),
        "nda": form.get("nda", ""),
        "not_stored": bool(form.get("not_stored")),
        "now": now(),
        "actor": current_user.id,
    }
    try:
        seen_on = day_of(form.get("seen_on", ""))
        if seen_on is None:
            raise VendorRefused(_("Give the day on which it was seen."), "seen_on")
        sheet = answers.sheet(session, row, today=now().date())
        for each in sheet.evaluation.visible:
            id, old = each.question.id, sheet.rows.get(each.question.id)
            if each.question.type not in _TYPES or f"revision-{id}" not in form:
                continue
            value, note = _value(each), form.get(f"note-{id}", "").strip()
            before = (value_of(old), old.note) if old and old.value else (None, "")
            if value is None or (value, note) == before:
                continue
            revision = form.get(f"revision-{id}", type=int, default=-1)
            answers.save_for_them(
                session, row, id, value, note=note, seen_on=seen_on, revision=revision, **told
            )
            done += 1
        if not done:
            raise VendorRefused(_("Nothing was answered anew."))
    except Stale:
        session.rollback()
        words_ = _("Somebody answered one of these meanwhile. Nothing of yours is saved yet.")
        return _page(_row(response_id), VendorRefused(words_)), 409
    except VendorRefused as error:
        session.rollback()
        return _page(_row(response_id), error), 422
    session.commit()
    notice(ngettext("%(num)d answer is kept.", "%(num)d answers are kept.", done))
    return redirect(url(".behalf", response_id=response_id))


@area.post("/<uuid:response_id>/behalf/confirm")
@door(WRITES)
def confirm_for_them(response_id: uuid.UUID) -> Page:
    """What was read out of the vendor's own file counts as answered by us."""
    try:
        done = answers.confirm_for_them(
            session, _row(response_id), now=now(), actor=current_user.id
        )
    except VendorRefused as error:
        session.rollback()
        return _page(_row(response_id), error), 422
    session.commit()
    notice(ngettext("%(num)d answer counts now.", "%(num)d answers count now.", done))
    return redirect(url(".behalf", response_id=response_id))


@area.post("/<uuid:response_id>/behalf/hand-in")
@door(WRITES)
def hand_in(response_id: uuid.UUID) -> Page:
    """The answers are reviewed as if the vendor had submitted them."""
    name = current_user.name or current_user.email
    try:
        answers.hand_in(session, _row(response_id), name=name, now=now(), actor=current_user.id)
    except VendorRefused as error:
        session.rollback()
        return _page(_row(response_id), error), 422
    session.commit()
    notice(_("Handed in: it waits for review."))
    return redirect(url(".show", response_id=response_id))


def _page(row: QuestionnaireResponse, refused: VendorRefused | None = None) -> str:
    sheet = answers.sheet(session, row, today=now().date())
    asked = [each for each in sheet.evaluation.visible if each.question.type in _TYPES]
    return render_template(
        "responses/behalf.html",
        row=row,
        vendor=session.get_one(Vendor, row.vendor_id),
        lines=[(each, sheet.rows.get(each.question.id)) for each in asked],
        open=sheet.open,
        unconfirmed=sum(one.confirm and one.by_kind == Author.PERSON for one in sheet.rows.values())
        if row.ended_at is None
        else 0,
        hands_in=row.state in WITH_VENDOR,
        refused=refused,
        typed=request.form if refused else {},
        chosen=_chosen,
        option_words=lambda one: words.option(one, language.current()),
        say=lambda text: said(text, language.current()),
        today=now().date(),
        earliest=dt.date(2000, 1, 1),
    )


def _chosen(each: Asked, row: ResponseAnswer | None, *, typed: bool) -> list[str]:
    """What stands in the fields of a question."""
    if typed:
        return request.form.getlist(f"value-{each.question.id}")
    if row is None or not row.value:
        return []
    value = value_of(row)
    return [str(one) for one in (value if isinstance(value, tuple) else (value,))]


def _value(each: Asked) -> Value | None:
    """What the form says; None where it says nothing."""
    given = [one for one in request.form.getlist(f"value-{each.question.id}") if one.strip()]
    if not given:
        return None
    if each.question.type == "multi":
        return tuple(given)
    if each.question.type == "number":
        number = given[0].strip()
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise VendorRefused(_("%(id)s: write a whole number.", id=each.question.id))
        return int(number)
    return given[0].strip()


def _row(response_id: uuid.UUID) -> QuestionnaireResponse:
    return session.get(QuestionnaireResponse, response_id) or abort(404)
