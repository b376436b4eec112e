"""A vendor's e-mailed reply: filed to its response, and downloaded again."""

import uuid

from flask import Response, abort, current_app, redirect, request
from flask import url_for as url
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door
from vendor_risk.store.models.responses import QuestionnaireResponse, ResponseEmail, ResponseFile
from vendor_risk.web.frame import notice
from vendor_risk.web.responses import WRITES, area
from vendor_risk.web.session import now, session
from vendor_risk.workflow.responses import mails, reading
from vendor_risk.workflow.vendors import VendorRefused


@area.post("/<uuid:response_id>/mails")
@door(WRITES)
def file_mail(response_id: uuid.UUID) -> AnyResponse:
    """The mail stands with the response, and what of it may be kept is evidence."""
    row = session.get(QuestionnaireResponse, response_id) or abort(404)
    sent = request.files.get("eml")
    content = sent.read(mails.MOST_BYTES + 1) if sent else b""
    store = current_app.extensions["files"]
    try:
        if not content:
            raise VendorRefused(_("Choose the mail, saved as a file (.eml)."), "eml")
        told = mails.file(session, row, content, files=store, now=now(), actor=current_user.id)
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
        return redirect(url(".show", response_id=response_id))
    try:
        session.commit()
    except Exception:
        for id in told.written:
            store.delete(id)
        raise
    kept, refused = len(told.row.files), len(told.row.refused)
    words = _("The mail is filed.")
    if kept:
        words += " " + ngettext(
            "%(num)d attachment is evidence now.", "%(num)d attachments are evidence now.", kept
        )
    if refused:
        words += " " + ngettext(
            "%(num)d was not kept; the reason stands below.",
            "%(num)d were not kept; the reasons stand below.",
            refused,
        )
    notice(words, kind="warning" if refused else "success")
    return redirect(url(".show", response_id=response_id))


@area.get("/<uuid:response_id>/mails/<uuid:mail_id>.eml")
def mail(response_id: uuid.UUID, mail_id: uuid.UUID) -> Response:
    """The mail as it was filed, to keep and not to run."""
    row = session.get(ResponseEmail, mail_id)
    if row is None or row.response_id != response_id:
        abort(404)
    try:
        content = current_app.extensions["files"].open(row.id)
    except FileNotFoundError:
        abort(404)
    answer = Response(content, mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{row.id}.eml"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@area.post("/<uuid:response_id>/files/<uuid:file_id>/serves")
@door(WRITES)
def file_serves(response_id: uuid.UUID, file_id: uuid.UUID) -> AnyResponse:
    """A file of a mail is evidence for the question that the form names."""
    row = session.get(QuestionnaireResponse, response_id) or abort(404)
    kept = session.get(ResponseFile, file_id)
    if kept is None or kept.response_id != row.id or kept.removed_at is not None:
        abort(404)
    question = request.form.get("question", "")
    known = [line.id for line in reading.read(session, row, today=now().date()).lines]
    try:
        mails.serve(session, row, kept, question, known=known, now=now(), actor=current_user.id)
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
        return redirect(url(".show", response_id=response_id))
    session.commit()
    notice(_("Kept."))
    return redirect(url(".show", response_id=response_id, q=question))
