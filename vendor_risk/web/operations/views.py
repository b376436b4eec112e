"""The page of operations: workers, what is due, runs over many vendors, what was not reached."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from flask import (
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlmodel import col, func, select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, only
from vendor_risk.feeds.folder import Folder, Meta
from vendor_risk.feeds.sources import BY_NAME, SOURCES, Source
from vendor_risk.store.models.scans import RunScope, Scan, ScanRun, ScanState
from vendor_risk.web.frame import notice
from vendor_risk.web.operations import READS, area
from vendor_risk.web.session import now, session
from vendor_risk.workflow import feed_clock, given_up, rescans
from vendor_risk.workflow.vendors import VendorRefused

WRITES = only("admin")
# htmx stops asking when it reads this code: the run is over.
STOP_POLLING = 286
_RUNS = 10
_NOT_REACHED = 200


@area.get("/operations")
@door(READS)
def index() -> str:
    """What the machine behind the pages does now, and what it could not do."""
    at = now()
    return render_template(
        "operations/index.html",
        given_up=given_up.listed(session, at),
        given_up_days=given_up.DAYS,
        given_up_kinds=given_up.KINDS,
        workers=rescans.workers(session, at),
        due=rescans.due(session, at),
        oldest=rescans.oldest_due(session, at),
        held=rescans.paused(session),
        open=_open(),
        hour=_last_hour(at),
        runs=[(run, rescans.progress(session, run)) for run in rescans.newest(session, _RUNS)],
        lost=rescans.not_reached(session, _NOT_REACHED),
        lost_count=rescans.how_many_not_reached(session),
        now=at,
        lists=_lists(),
        every=feed_clock.every(session),
        **_current(),
    )


@area.get("/operations/progress")
@door(READS)
def progress() -> Response:
    """The part of the page that asks again while a run goes on."""
    shown = _current()
    answer = make_response(render_template("operations/_progress.html", **shown))
    if shown["run"] is None:
        answer.status_code = STOP_POLLING
        answer.headers["HX-Refresh"] = "true"
    return answer


@area.post("/operations/runs")
@door(WRITES)
def start() -> AnyResponse:
    """A run over all vendors, or over those that are due, begins."""
    scope = request.form.get("scope", "")
    if scope not in set(RunScope):
        abort(400)
    try:
        rescans.start(session, RunScope(scope), now=now(), by=current_user.id)
    except VendorRefused as refusal:
        session.rollback()
        notice(refusal.said(_), kind="warning")
        return _back()
    session.commit()
    notice(_("The run begins as soon as a worker has room for it."))
    return _back()


@area.post("/operations/runs/<uuid:run_id>/stop")
@door(WRITES)
def stop(run_id: uuid.UUID) -> AnyResponse:
    """No more scans of the run are ordered."""
    run = session.get(ScanRun, run_id) or abort(404)
    rescans.stop(session, run, now=now(), by=current_user.id)
    session.commit()
    notice(
        _("The run is stopped; what is being looked at is finished."),
        undo=url_for(".resume", run_id=run_id),
        kind="info",
    )
    return _back()


@area.post("/operations/runs/<uuid:run_id>/resume")
@door(WRITES)
def resume(run_id: uuid.UUID) -> AnyResponse:
    """A stopped run goes on."""
    run = session.get(ScanRun, run_id) or abort(404)
    try:
        rescans.resume(session, run, now=now(), by=current_user.id)
    except VendorRefused as refusal:
        session.rollback()
        notice(refusal.said(_), kind="warning")
        return _back()
    session.commit()
    notice(_("The run goes on with the vendors that it has not looked at."))
    return _back()


@area.post("/operations/clock")
@door(WRITES)
def clock() -> AnyResponse:
    """The clock is held, or goes on."""
    wanted = request.form.get("held") == "1"
    rescans.pause(session, wanted=wanted, now=now(), by=current_user.id)
    session.commit()
    notice(
        _("Nothing is looked at by itself until you let it go on.")
        if wanted
        else _("Vendors are looked at again when they are due."),
        kind="warning" if wanted else "success",
    )
    return _back()


@area.post("/operations/look-again")
@door(WRITES)
def look_again() -> AnyResponse:
    """What could not be reached is due at once."""
    ids = []
    for text in request.form.getlist("vendor")[:_NOT_REACHED]:
        try:
            ids.append(uuid.UUID(text))
        except ValueError:
            abort(400)
    count = rescans.look_again(session, ids, now=now(), by=current_user.id)
    session.commit()
    if count:
        notice(
            ngettext(
                "%(num)d vendor is looked at again.", "%(num)d vendors are looked at again.", count
            )
        )
    else:
        notice(_("Choose at least one vendor that was not reached."), kind="warning")
    return _back()


@area.post("/operations/lists")
@door(WRITES)
def lists() -> AnyResponse:
    """Lists of others are fetched so often from now on, or once now."""
    if request.form.get("go") == "now":
        feed_clock.want(session, list(BY_NAME), now=now(), actor=current_user.id)
        session.commit()
        notice(_("A worker fetches the lists within a minute."))
        return _back()
    try:
        wanted = feed_clock.Every(request.form.get("every", ""))
    except ValueError:
        abort(400)
    done = feed_clock.set_every(session, wanted, now=now(), actor=current_user.id)
    session.commit()
    notice(_("Saved.") if done else _("It was so already."))
    return _back()


def _lists() -> list[tuple[Source, Meta, dict[str, Any]]]:
    """Each list with what lies here of it, and what became of the last turn."""
    folder = Folder(current_app.config["FEEDS_DIR"])
    ran = feed_clock.ran(session)
    return [
        (source, folder.meta(source.name), _times(ran.get(source.name, {}))) for source in SOURCES
    ]


def _times(told: Mapping[str, Any]) -> dict[str, Any]:
    """The same with times instead of texts."""
    return dict(told) | {
        name: dt.datetime.fromisoformat(told[name]) for name in ("at", "next") if name in told
    }


def _current() -> dict[str, Any]:
    run = rescans.active(session)
    return {"run": run, "far": rescans.progress(session, run) if run else None}


def _open() -> dict[str, int]:
    counts = dict(
        session.exec(
            select(Scan.state, func.count())
            .where(col(Scan.state).in_((ScanState.QUEUED, ScanState.RUNNING)))
            .group_by(Scan.state)
        ).all()
    )
    return {state: counts.get(state, 0) for state in (ScanState.QUEUED, ScanState.RUNNING)}


def _last_hour(at: dt.datetime) -> dict[str, int]:
    counts = dict(
        session.exec(
            select(Scan.state, func.count())
            .where(col(Scan.finished_at) > at - dt.timedelta(hours=1))
            .group_by(Scan.state)
        ).all()
    )
    return {state: counts.get(state, 0) for state in (ScanState.DONE, ScanState.FAILED)}


def _back() -> AnyResponse:
    return redirect(url_for(".index"))
