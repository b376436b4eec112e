"""Jobs that were given up are done again by a button."""

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, only
from vendor_risk.web.frame import notice
from vendor_risk.web.operations import area
from vendor_risk.web.session import enqueue, now, session
from vendor_risk.workflow import given_up
from vendor_risk.workflow.vendors import VendorRefused


@area.post("/operations/again")
@door(only("admin"))
def again() -> AnyResponse:
    """The chosen jobs wait for a worker; of one that cannot it is said why."""
    count = 0
    for key in request.form.getlist("job")[: given_up.MOST]:
        try:
            count += given_up.again(session, key, now=now(), actor=current_user.id, enqueue=enqueue)
            session.commit()
        except VendorRefused as refusal:
            session.rollback()
            notice(refusal.said(_), kind="warning")
        except ValueError:
            abort(400)
    if count:
        notice(ngettext("%(num)d job waits again.", "%(num)d jobs wait again.", count))
    elif not request.form.getlist("job"):
        notice(_("Choose at least one job."), kind="warning")
    return redirect(url_for(".index"))
