"""Risk models: which there are, a trial of one beside the one in use, and changing over."""

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
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, may
from vendor_risk.evidence import N_
from vendor_risk.scoring.model import Band
from vendor_risk.store.models.risk_models import ModelRun, RunKind, RunState, TrialLine
from vendor_risk.store.queries import model_runs as listed
from vendor_risk.store.queries.vendors import name_of
from vendor_risk.web.frame import notice, page_number
from vendor_risk.web.session import enqueue, now, session
from vendor_risk.web.settings import WRITES, area
from vendor_risk.web.settings.forms import SwitchForm
from vendor_risk.web.vendors.exports import CSV_TYPE
from vendor_risk.workflow import models as steps
from vendor_risk.workflow import settings
from vendor_risk.workflow.csv_file import written
from vendor_risk.workflow.model_in_use import MODEL, in_use
from vendor_risk.workflow.model_runs import NO_BAND
from vendor_risk.workflow.vendors import Stale, VendorRefused

Page = str | AnyResponse | tuple[str, int]
PER_PAGE = 50
# htmx stops asking when it reads this code: the run is over.
STOP_POLLING = 286


@area.get("/models")
def models() -> str:
    """Every model, shipped or dropped into the folder, and what was tried."""
    return _models_page()


@area.post("/models/try")
@door(WRITES)
def try_model() -> Page:
    """A job scores everything by this model too; nothing that holds moves."""
    sha256 = request.form.get("sha256", "")
    offer = next((one for one in _offers() if one.sha256 == sha256), None)
    if offer is None or not sha256:
        return _models_page(problem=_("That file is not there any more, or it changed.")), 409
    try:
        run = steps.begin_trial(session, offer, now=now(), actor=current_user.id, enqueue=enqueue)
    except VendorRefused as error:
        session.rollback()
        return _models_page(problem=error.said(_)), 422
    session.commit()
    return redirect(url_for(".trial", run_id=run.id))


@area.get("/models/trials/<uuid:run_id>")
def trial(run_id: uuid.UUID) -> str:
    """A trial while it runs, and afterwards what would change."""
    run = _trial(run_id)
    move = _move()
    total = listed.count(session, run.id, move) if run.state == RunState.DONE else 0
    pages = max(1, -(-total // PER_PAGE))
    page = min(page_number(), pages)
    first = (page - 1) * PER_PAGE
    lines = listed.page(session, run.id, move, first=first, most=PER_PAGE) if total else ()
    newer = [
        one
        for one in _offers()
        if one.changed_at
        and one.changed_at > run.created_at
        and one.sha256 != run.sha256
        and (not one.refused or one.version == run.version)
    ]
    return render_template(
        "settings/trial.html",
        **_progress(run),
        lines=lines,
        regraded=_regraded,
        move=move,
        total=total,
        page=page,
        pages=pages,
        per=PER_PAGE,
        matrix=_matrix(run),
        newer=newer,
        refused=steps.refusal_to_switch(session, run),
        who=name_of(session, run.requested_by_id),
        writes=may("settings.try_model"),
        query=request.query_string.decode("ascii", "replace"),
    )


@area.get("/models/trials/<uuid:run_id>.csv")
def trial_file(run_id: uuid.UUID) -> Response:
    """All lines of the trial that the filter lets through."""
    run = _trial(run_id)
    lines = listed.every(session, run.id, _move())
    name = f"model-{run.version}-{run.created_at:%Y-%m-%d}.csv"
    return Response(
        stream_with_context(written(_heads(), map(_cells, lines))),
        content_type=CSV_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@area.get("/models/runs/<uuid:run_id>/progress")
def model_progress(run_id: uuid.UUID) -> Response:
    """The part of a page that asks again until the run is over."""
    run = session.get(ModelRun, run_id) or abort(404)
    shown = _progress(run)
    answer = make_response(render_template("settings/_model_progress.html", **shown))
    if shown["over"]:
        answer.status_code = STOP_POLLING
        answer.headers["HX-Refresh"] = "true"
    return answer


@area.post("/models/runs/<uuid:run_id>/stop")
@door(WRITES)
def stop_model(run_id: uuid.UUID) -> AnyResponse:
    """A trial goes no further."""
    run = _trial(run_id)
    if steps.stop(session, run, now=now(), actor=current_user.id):
        session.commit()
        notice(_("The trial was stopped."), kind="info")
    return redirect(url_for(".trial", run_id=run.id))


@area.post("/models/runs/<uuid:run_id>/go-on")
@door(WRITES)
def resume_model(run_id: uuid.UUID) -> AnyResponse:
    """A run that broke off goes on where it was."""
    run = session.get(ModelRun, run_id) or abort(404)
    try:
        if steps.go_on(session, run, now=now(), actor=current_user.id, enqueue=enqueue):
            session.commit()
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="warning")
    if run.kind == RunKind.TRIAL:
        return redirect(url_for(".trial", run_id=run_id))
    return redirect(url_for(".models"))


@area.get("/models/trials/<uuid:run_id>/switch")
@door(WRITES)
def switch_page(run_id: uuid.UUID) -> str:
    """What changes with the model of this trial, before anybody decides it."""
    return _switch_page(_trial(run_id), SwitchForm(formdata=None))


@area.post("/models/trials/<uuid:run_id>/switch")
@door(WRITES)
def switch_model(run_id: uuid.UUID) -> Page:
    """The model of this trial holds from now on, and a job scores everything by it."""
    run = _trial(run_id)
    form = SwitchForm()
    revision = form.revision.data or ""
    try:
        steps.switch(
            session,
            run,
            reason=form.reason.data or "",
            revision=int(revision) if revision.isascii() and revision.isdigit() else -1,
            now=now(),
            actor=current_user.id,
            enqueue=enqueue,
        )
    except Stale:
        session.rollback()
        form.form_errors.append(
            _("Somebody changed the model meanwhile. What is in use now stands below.")
        )
        return _switch_page(_trial(run_id), form), 409
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _switch_page(_trial(run_id), form), 422
    session.commit()
    notice(_("Model %(version)s is in use. All scores follow now.", version=run.version))
    return redirect(url_for(".models"))


def _offers() -> list[steps.Offer]:
    return steps.offers(session, current_app.extensions["own_models"])


def _trial(run_id: uuid.UUID) -> ModelRun:
    run = session.get(ModelRun, run_id)
    if run is None or run.kind != RunKind.TRIAL:
        abort(404)
    return run


def _move() -> str:
    move = request.args.get("move", "")
    return move if move in listed.MOVES else ""


def _models_page(problem: str = "") -> str:
    trials = steps.last_trials(session)
    newest: dict[str, ModelRun] = {}
    for run in trials:
        newest.setdefault(run.sha256, run)
    switched = steps.last_switch(session)
    opened = steps.open_run(session)
    shown = opened or (switched if switched and switched.state == RunState.FAILED else None)
    return render_template(
        "settings/models.html",
        **(_progress(shown) if shown else {"run": None}),
        offers=_offers(),
        used=in_use(session),
        trials=trials,
        newest=newest,
        problem=problem,
        folder=current_app.extensions["own_models"],
        writes=may("settings.try_model"),
    )


def _switch_page(run: ModelRun, form: SwitchForm) -> str:
    form.revision.data = str(settings.revision(session, MODEL))
    return render_template(
        "settings/switch.html",
        form=form,
        used=in_use(session),
        refused=steps.refusal_to_switch(session, run),
        **_progress(run),
    )


def _progress(run: ModelRun) -> dict[str, Any]:
    return {
        "run": run,
        "tallies": run.tallies,
        "over": run.state not in steps.OPEN,
        "is_trial": run.kind == RunKind.TRIAL,
    }


def _matrix(run: ModelRun) -> list[tuple[str, list[int]]]:
    """By the band of now: how many engagements have each band then."""
    bands = [*map(str, Band), NO_BAND]
    rows = [(now_, [run.tallies.get(f"band {now_} {then}", 0) for then in bands]) for now_ in bands]
    return [row for row in rows if row[0] != NO_BAND or any(row[1])]


def _heads() -> list[str]:
    heads = [_("Vendor"), _("Engagement")]
    for name in (
        _("Tier"),
        _("Inherent risk"),
        _("Assurance"),
        _("Grade"),
        _("Residual risk"),
        _("Residual band"),
    ):
        heads += [_("%(name)s now", name=name), _("%(name)s then", name=name)]
    return [*heads, _("Grade moves"), _("Engagement id")]


def _cells(line: listed.Line) -> list[str | int | None]:
    row, engagement, vendor = line
    return [
        vendor.name,
        engagement.name,
        row.tier_now,
        row.tier_then,
        row.inherent_now,
        row.inherent_then,
        _hundredths(row.final_now),
        _hundredths(row.final_then),
        row.grade_now,
        row.grade_then,
        _hundredths(row.residual_now),
        _hundredths(row.residual_then),
        row.band_now if row.rated_now else None,
        row.band_then if row.rated_then else None,
        _regraded(row),
        str(row.engagement_id),
    ]


def _regraded(row: TrialLine) -> str:
    """How the grade moves, in a word; empty where it stays."""
    if not row.regraded:
        return ""
    if row.grade_now is None:
        word = N_("rated")
    elif row.grade_then is None:
        word = N_("no longer rated")
    else:
        word = N_("worse") if row.grade_then > row.grade_now else N_("better")
    return str(_(word))


def _hundredths(value: int | None) -> str | None:
    return None if value is None else f"{value // 100}.{value % 100:02}"
