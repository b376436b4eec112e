"""The vendor's files of one response: seen, dated, removed, downloaded again."""

import datetime as dt
import uuid

from flask import Response, abort, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.http import dump_options_header

from vendor_risk.store.models.responses import WITH_VENDOR, ResponseFile
from vendor_risk.web.frame import notice
from vendor_risk.web.questionnaire import area
from vendor_risk.web.questionnaire.entry import Page, entered
from vendor_risk.web.questionnaire.views import frame
from vendor_risk.web.session import now, session
from vendor_risk.workflow.responses import files
from vendor_risk.workflow.responses.links import Entry
from vendor_risk.workflow.vendors import VendorRefused


def attached(row: ResponseFile) -> Response:
    """The file as an attachment that no browser opens by itself."""
    try:
        content = current_app.extensions["files"].open(row.id)
    except FileNotFoundError:
        abort(404)
    answer = Response(content, mimetype=files.media_type(row.name))
    answer.headers["Content-Disposition"] = dump_options_header(
        "attachment", {"filename": row.name}
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@area.get("/<token>/files")
@entered
def evidence(token: str, at: Entry) -> Page:
    """All files of this response, with what each serves."""
    return render_template(
        "questionnaire/files.html",
        **frame(token, at),
        rows=files.files_for(session, at),
        editable=at.response.state in WITH_VENDOR,
    )


@area.get("/<token>/files/<uuid:file_id>")
@entered
def file(token: str, at: Entry, file_id: uuid.UUID) -> Page | Response:
    """What was sent, as it was sent."""
    try:
        row = files.own(session, at, file_id)
    except VendorRefused:
        abort(404)
    return attached(row)


@area.post("/<token>/files/<uuid:file_id>/date")
@entered
def date_file(token: str, at: Entry, file_id: uuid.UUID) -> Page:
    """The day on the document."""
    wrong = ""
    try:
        files.date(session, at, file_id, dt.date.fromisoformat(request.form["date"]), now())
    except VendorRefused as error:
        wrong = error.said(_)
    except (KeyError, ValueError):
        wrong = _("Write a date, such as 2026-11-22.")
    if wrong:
        session.rollback()
        notice(wrong, kind="error")
        return redirect(url_for(".evidence", token=token))
    session.commit()
    notice(_("Saved."))
    return redirect(url_for(".evidence", token=token))


@area.post("/<token>/files/<uuid:file_id>/remove")
@entered
def remove_file(token: str, at: Entry, file_id: uuid.UUID) -> Page:
    """It is shown no more, and gone from the disk."""
    try:
        gone = files.remove(session, at, file_id, now=now())
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
        return redirect(url_for(".evidence", token=token))
    session.commit()
    current_app.extensions["files"].delete(gone)
    notice(_("The file is gone."))
    return redirect(url_for(".evidence", token=token))
