"""One of us answers on the vendor's behalf, with the workbook of the response."""

import datetime as dt
import uuid

from flask import Response, abort, redirect, render_template, request
from flask import url_for as url
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door
from vendor_risk.pdf import PdfUnavailable
from vendor_risk.press import PressBroken
from vendor_risk.questionnaires.form import Value
from vendor_risk.questionnaires.translations import said
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.web.frame import notice
from vendor_risk.web.questionnaire import paper
from vendor_risk.web.questionnaire import workbook as workbook_of
from vendor_risk.web.questionnaire import workbook_views as shared
from vendor_risk.web.responses import WRITES, area
from vendor_risk.web.session import now, session
from vendor_risk.workflow.responses import answers, round_trip
from vendor_risk.workflow.responses.answers import Sheet
from vendor_risk.workflow.responses.round_trip import Compared
from vendor_risk.workflow.vendors import VendorRefused, clean

Page = str | AnyResponse | tuple[str, int]


@area.get("/<uuid:response_id>/questions.xlsx")
def questions(response_id: uuid.UUID) -> Response:
    """All questions with the answers so far, as the vendor gets them too."""
    sheet = _sheet(_row(response_id))
    return workbook_of.answer(sheet, round_trip.askable(sheet))


@area.get("/<uuid:response_id>/questions.pdf")
def questions_paper(response_id: uuid.UUID) -> AnyResponse:
    """The questions on paper, as the vendor gets them too."""
    sheet = _sheet(_row(response_id))
    try:
        return paper.answer(sheet, round_trip.askable(sheet))
    except (PdfUnavailable, PressBroken) as error:
        notice(_("The PDF could not be made: %(why)s", why=str(error)), kind="error")
        return redirect(url(".show", response_id=response_id))


@area.get("/<uuid:response_id>/workbook")
@door(WRITES)
def workbook(response_id: uuid.UUID) -> Page:
    """Where a filled workbook is read, and the source of its answers."""
    return _page(_row(response_id))


@area.post("/<uuid:response_id>/workbook")
@door(WRITES)
def compare_workbook(response_id: uuid.UUID) -> Page:
    """What it would change; nothing is saved."""
    row = _row(response_id)
    sheet = _sheet(row)
    try:
        _source()
        told = round_trip.compare(
            session,
            sheet,
            round_trip.askable(sheet),
            shared.sent_file(),
            shared.label(row.language),
            lambda _one: row.ended_at is None,
            now().date(),
        )
    except VendorRefused as error:
        return _page(row, refused=error.said(_)), 422
    return _page(row, told)


@area.post("/<uuid:response_id>/workbook/save")
@door(WRITES)
def save_workbook(response_id: uuid.UUID) -> Page:
    """What was ticked is saved on the vendor's behalf, with its source."""
    row = _row(response_id)
    try:
        seen_where, seen_on = _source()
    except VendorRefused as error:
        return _page(row, refused=error.said(_)), 422

    def save(question: str, value: Value | None, note: str, revision: int) -> object:
        return answers.save_for_them(
            session,
            row,
            question,
            value,
            note=note,
            seen_where=seen_where,
            seen_on=seen_on,
            revision=revision,
            now=now(),
            actor=current_user.id,
        )

    saved, left = shared.take(row, round_trip.askable(_sheet(row)), save)
    session.commit()
    if left.changes or left.refusals:
        return _page(row, left, saved=saved), 409 if left.changes else 422
    notice(shared.said_of(saved))
    return redirect(url(".show", response_id=response_id))


def _source() -> tuple[str, dt.date]:
    where = clean(request.form.get("seen_where", ""))[:500]
    if not where:
        raise VendorRefused("Say where you saw it: the page, the document, the mail.", "seen_where")
    try:
        day = dt.date.fromisoformat(request.form.get("seen_on", ""))
    except ValueError:
        raise VendorRefused("Give the day on which you saw it.", "seen_on") from None
    if day > now().date():
        raise VendorRefused("That day has not come yet.", "seen_on")
    return where, day


def _row(response_id: uuid.UUID) -> QuestionnaireResponse:
    return session.get(QuestionnaireResponse, response_id) or abort(404)


def _sheet(row: QuestionnaireResponse) -> Sheet:
    return answers.sheet(session, row, today=now().date())


def _page(
    row: QuestionnaireResponse,
    told: Compared | None = None,
    *,
    refused: str = "",
    saved: int = 0,
) -> str:
    return render_template(
        "responses/workbook.html",
        row=row,
        vendor=session.get_one(Vendor, row.vendor_id),
        told=told,
        refused=refused,
        saved=saved,
        saved_words=shared.said_of(saved) if saved else "",
        in_words=shared.in_words(row.language),
        stands=shared.stands,
        say=lambda text: said(text, str(get_locale() or "en")),
        seen_where=request.form.get("seen_where", ""),
        seen_on=request.form.get("seen_on", "") or now().date().isoformat(),
    )
