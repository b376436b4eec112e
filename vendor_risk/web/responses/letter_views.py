"""Letters of a response: noting that one came back, and sending one again."""

import uuid

from flask import abort, redirect, request
from flask import url_for as url
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.responses import ResponseLink
from vendor_risk.web.access import WRITES
from vendor_risk.web.frame import notice
from vendor_risk.web.responses import area
from vendor_risk.web.session import now, session
from vendor_risk.workflow import outbox
from vendor_risk.workflow.responses import undelivered
from vendor_risk.workflow.vendors import VendorRefused


@area.post("/<uuid:response_id>/letters/<uuid:mail_id>/came-back")
@door(WRITES)
def came_back(response_id: uuid.UUID, mail_id: uuid.UUID) -> AnyResponse:
    """A letter that left did not arrive, says a notice or a person."""
    mail = _letter(response_id, mail_id)
    reason = request.form.get("reason", "")
    try:
        undelivered.came_back(session, mail, reason, now=now(), actor=current_user.id)
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
        return redirect(url(".show", response_id=response_id))
    session.commit()
    notice(_("Noted: the letter did not arrive. Send it again, or hand the link over."))
    return redirect(url(".show", response_id=response_id))


@area.post("/<uuid:response_id>/letters/<uuid:mail_id>/again")
@door(WRITES)
def letter_again(response_id: uuid.UUID, mail_id: uuid.UUID) -> AnyResponse:
    """A letter that failed waits in the outbox once more, while its link still opens something."""
    mail = _letter(response_id, mail_id)
    link = session.get_one(ResponseLink, mail.link_id)
    if link.revoked_at is not None:
        notice(
            _("The link in this letter opens nothing any more: send the questions again instead."),
            kind="error",
        )
        return redirect(url(".show", response_id=response_id))
    outbox.try_again(session, mail, actor=current_user.id, now=now())
    session.commit()
    notice(_("The letter is in the outbox again."))
    return redirect(url(".show", response_id=response_id))


def _letter(response_id: uuid.UUID, mail_id: uuid.UUID) -> OutboxMail:
    mail = session.get(OutboxMail, mail_id)
    link = session.get(ResponseLink, mail.link_id) if mail and mail.link_id else None
    if mail is None or link is None or link.response_id != response_id:
        abort(404)
    return mail
