"""New entries of public lists that touch vendors of ours: who they are, and asking them."""

import uuid

from flask import Response, abort, redirect, render_template, stream_with_context, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, only
from vendor_risk.store.models.advisories import Advisory
from vendor_risk.store.queries.vendors import name_of
from vendor_risk.web.frame import notice
from vendor_risk.web.moves import area
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors.exports import CSV_TYPE
from vendor_risk.workflow import advisories as steps
from vendor_risk.workflow.advisories import Touched
from vendor_risk.workflow.csv_file import written
from vendor_risk.workflow.vendors import VendorRefused

WORKS = only("analyst", "admin")


@area.get("/lists")
def advisories() -> str:
    """What waits for somebody, and what was handled last."""
    return render_template(
        "moves/advisories.html",
        rows=steps.waiting(session),
        handled=steps.handled(session),
        name_of=lambda id: name_of(session, id),
        waiting=steps.how_many(session),
    )


@area.get("/lists/<uuid:advisory_id>")
def advisory(advisory_id: uuid.UUID) -> str:
    """One entry, and the vendors that it is about now."""
    row = _row(advisory_id)
    return render_template(
        "moves/advisory.html",
        row=row,
        touched=steps.touched(session, row),
        name_of=lambda id: name_of(session, id),
        today=now().date(),
    )


@area.get("/lists/<uuid:advisory_id>.csv")
def advisory_file(advisory_id: uuid.UUID) -> Response:
    """The same vendors for a spreadsheet."""
    row = _row(advisory_id)
    heads = [_("Vendor"), _("Tier"), _("Host"), _("Version"), _("Entry")]
    lines = (_cells(row, one) for one in steps.touched(session, row))
    answer = Response(stream_with_context(written(heads, lines)), content_type=CSV_TYPE)
    answer.headers["Content-Disposition"] = 'attachment; filename="touched.csv"'
    return answer


@area.post("/lists/<uuid:advisory_id>/ask")
@door(WORKS)
def ask_touched(advisory_id: uuid.UUID) -> AnyResponse:
    """A round of the rapid questions is drawn up; its page shows to whom, before it is sent."""
    row = _row(advisory_id)
    try:
        drawn = steps.ask(session, row, now=now(), actor=current_user.id)
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="warning")
        return redirect(url_for(".advisory", advisory_id=advisory_id))
    session.commit()
    return redirect(url_for("responses.round", round_id=drawn.id))


@area.post("/lists/<uuid:advisory_id>/handle")
@door(WORKS)
def handle(advisory_id: uuid.UUID) -> AnyResponse:
    """It waits for nobody any more."""
    if steps.handle(session, _row(advisory_id), now=now(), actor=current_user.id):
        session.commit()
        notice(_("It is handled."), undo=url_for(".reopen", advisory_id=advisory_id))
    return redirect(url_for(".advisories"))


@area.post("/lists/<uuid:advisory_id>/reopen")
@door(WORKS)
def reopen(advisory_id: uuid.UUID) -> AnyResponse:
    """It waits again."""
    if steps.reopen(session, _row(advisory_id), now=now(), actor=current_user.id):
        session.commit()
        notice(_("It waits again."))
    return redirect(url_for(".advisories"))


def _row(advisory_id: uuid.UUID) -> Advisory:
    return session.get(Advisory, advisory_id) or abort(404)


def _cells(row: Advisory, one: Touched) -> list[str | int | None]:
    return [one.vendor.name, one.vendor.tier, one.host, one.version, row.key]
