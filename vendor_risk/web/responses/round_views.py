"""Questionnaires to many vendors: who would get what, the progress, who was refused and why."""

import uuid
from typing import Any

from flask import (
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    stream_with_context,
)
from flask import url_for as url
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectChoice

from vendor_risk.doors import door, may
from vendor_risk.questionnaires.translations import said
from vendor_risk.store.models.rounds import LineOutcome, RoundState, SendRound
from vendor_risk.store.queries.vendors import name_of
from vendor_risk.web import language
from vendor_risk.web.access import WRITES
from vendor_risk.web.frame import notice, page_number
from vendor_risk.web.responses import area
from vendor_risk.web.responses.round_forms import BeginForm, RoundForm
from vendor_risk.web.session import enqueue, now, session
from vendor_risk.web.vendors.exports import CSV_TYPE
from vendor_risk.web.vendors.questionnaire_views import detail, sendable
from vendor_risk.workflow.csv_file import written
from vendor_risk.workflow.responses import rounds as steps
from vendor_risk.workflow.vendors import VendorRefused

Page = str | AnyResponse | tuple[str, int]
PER_PAGE = 50
# htmx stops asking when it reads this code: nothing is under way any more.
STOP_POLLING = 286
OUTCOMES = {
    LineOutcome.WAITING: ("line", "clock"),
    LineOutcome.READY: ("low", "send"),
    LineOutcome.REFUSED: ("high", "circle-x"),
    LineOutcome.SENT: ("good", "circle-check"),
}


@area.get("/rounds")
def rounds() -> str:
    """The latest rounds, and how far they are."""
    rows = steps.newest(session)
    return render_template(
        "responses/rounds.html",
        rows=[
            (row, steps.count(session, row), name_of(session, row.requested_by_id)) for row in rows
        ],
    )


@area.get("/rounds/<uuid:round_id>")
def round(round_id: uuid.UUID) -> str:
    """What would be sent, and to whom; then how far it is."""
    return _page(_row(round_id))


@area.post("/rounds/<uuid:round_id>/look")
@door(WRITES)
def look_at_round(round_id: uuid.UUID) -> Page:
    """A job looks at who would get what; nobody is written to."""
    row = _row(round_id)
    form = _filled(RoundForm())
    if not form.validate():
        return _page(row, form=form), 422
    named = form.by.data == "named"
    chosen = [id for id in form.chosen.raw_data or [] if id in sendable()]
    try:
        steps.look(
            session,
            row,
            chosen=chosen if named else None,
            due_on=form.due_on.data,
            message=form.message.data or "",
            now=now(),
            actor=current_user.id,
            enqueue=enqueue,
        )
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _page(_row(round_id), form=form), 422
    session.commit()
    return redirect(url(".round", round_id=round_id))


@area.post("/rounds/<uuid:round_id>/begin")
@door(WRITES)
def begin_round(round_id: uuid.UUID) -> Page:
    """A job sends what the look found ready."""
    form = BeginForm()
    try:
        steps.begin(
            session,
            _row(round_id),
            typed=form.typed.data or "",
            mail_leaves=current_app.config["MAIL_LEAVES"],
            now=now(),
            actor=current_user.id,
            enqueue=enqueue,
        )
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _page(_row(round_id), begin=form), 422
    session.commit()
    return redirect(url(".round", round_id=round_id))


@area.post("/rounds/<uuid:round_id>/stop")
@door(WRITES)
def stop_round(round_id: uuid.UUID) -> AnyResponse:
    """It goes no further; what was sent stays sent."""
    if steps.stop(session, _row(round_id), now=now(), actor=current_user.id):
        session.commit()
        notice(_("Stopped. What was sent stays sent; the others were not written to."), kind="info")
    return redirect(url(".round", round_id=round_id))


@area.post("/rounds/<uuid:round_id>/go-on")
@door(WRITES)
def resume_round(round_id: uuid.UUID) -> AnyResponse:
    """It goes on where it was."""
    by: dict[str, Any] = {"now": now(), "actor": current_user.id, "enqueue": enqueue}
    try:
        if steps.go_on(session, _row(round_id), **by):
            session.commit()
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="warning")
    return redirect(url(".round", round_id=round_id))


@area.get("/rounds/<uuid:round_id>/progress")
def round_progress(round_id: uuid.UUID) -> Response:
    """The part of the page that asks again until nothing is under way."""
    row = _row(round_id)
    answer = make_response(render_template("responses/_round_progress.html", **_progress(row)))
    if row.state not in steps.OPEN:
        answer.status_code = STOP_POLLING
        answer.headers["HX-Refresh"] = "true"
    return answer


@area.get("/rounds/<uuid:round_id>.csv")
def round_file(round_id: uuid.UUID) -> Response:
    """All lines, or those of one outcome, with the reason of each that was refused."""
    row = _row(round_id)
    lines = steps.every(session, row, _outcome())
    heads = [
        _("Vendor"),
        _("Engagement"),
        _("Outcome"),
        _("Reason"),
        _("Questionnaires"),
        _("Questions"),
        _("Minutes"),
        _("Engagement id"),
    ]
    name = f"questionnaires-{row.created_at:%Y-%m-%d}-{_outcome() or 'all'}.csv"
    return Response(
        stream_with_context(written(heads, map(_cells, lines))),
        content_type=CSV_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _cells(line: steps.Line) -> list[str | int | None]:
    row, vendor, bought = line
    return [
        vendor.name,
        bought.name if bought else "",
        row.outcome,
        row.reason,
        row.asked,
        row.questions,
        row.minutes,
        str(row.engagement_id or ""),
    ]


def _page(row: SendRound, *, form: RoundForm | None = None, begin: BeginForm | None = None) -> str:
    shown = _progress(row)
    outcome = _outcome()
    told = shown["told"]
    total = getattr(told, outcome) if outcome else told.total
    pages = max(1, -(-total // PER_PAGE))
    page = min(page_number(), pages)
    first = (page - 1) * PER_PAGE
    writes = may("responses.look_at_round")
    asks = row.state in (RoundState.DRAFT, RoundState.READY) and row.sending_at is None
    if form is None:
        form = _filled(RoundForm(formdata=None))
        form.by.data = "facts" if row.chosen is None else "named"
        form.chosen.data = row.chosen or []
        form.due_on.data, form.message.data = row.due_on, row.message
    return render_template(
        "responses/round.html",
        **shown,
        form=form,
        begin=begin or BeginForm(formdata=None),
        details={id: detail(one) for id, one in sendable().items()} if asks else {},
        asks=asks and writes,
        writes=writes,
        lines=steps.page(session, row, outcome, first=first, most=PER_PAGE),
        outcome=outcome,
        outcomes=OUTCOMES,
        total=total,
        page=page,
        pages=pages,
        per=PER_PAGE,
        who=name_of(session, row.requested_by_id),
        mail_leaves=current_app.config["MAIL_LEAVES"],
    )


def _progress(row: SendRound) -> dict[str, Any]:
    told = steps.count(session, row)
    looking = row.sending_at is None
    return {
        "row": row,
        "told": told,
        "looking": looking,
        "over": row.state not in steps.OPEN,
        "value": told.total - told.waiting if looking else told.total - told.ready,
    }


def _filled(form: RoundForm) -> RoundForm:
    form.chosen.choices = [
        SelectChoice(id, said(one.form.title, language.current())) for id, one in sendable().items()
    ]
    return form


def _outcome() -> str:
    asked = request.args.get("outcome", "")
    return asked if asked in OUTCOMES else ""


def _row(round_id: uuid.UUID) -> SendRound:
    return session.get(SendRound, round_id) or abort(404)
