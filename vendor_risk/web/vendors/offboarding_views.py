"""The way out of a vendor: its checklist, and the end of it."""

import uuid

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from vendor_risk.doors import door, only
from vendor_risk.store.models.decisions import Offboarding
from vendor_risk.web.frame import notice
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors import area
from vendor_risk.web.vendors.decision_forms import OffboardingForm
from vendor_risk.web.vendors.decision_page import Page, chosen, documents, number, page_of
from vendor_risk.web.vendors.found import vendor_of
from vendor_risk.workflow import offboarding
from vendor_risk.workflow.offboarding import Left
from vendor_risk.workflow.vendors import Stale, VendorRefused

PROPOSES = only("analyst", "approver")


@area.post("/vendors/<uuid:vendor_id>/offboarding")
@door(PROPOSES)
def leave(vendor_id: uuid.UUID) -> Page:
    """The checklist of the way out says this; with the other button the vendor is archived."""
    vendor = vendor_of(vendor_id)
    row = offboarding.of(session, vendor.id) or abort(404)
    form = OffboardingForm()
    form.certificate_id.choices = documents(vendor)
    if not form.validate():
        return page_of(vendor, chosen(vendor), leaving=form), 422
    finishing = request.form.get("go") == "finish"
    certificate = form.certificate_id.data
    left = Left(
        form.data_done_on.data,
        form.data_how.data or "",
        uuid.UUID(certificate) if certificate else None,
        form.contract_closed_on.data,
        form.no_certificate.data or "",
    )
    who = {"now": now(), "actor": current_user.id}
    try:
        revision = number(form.revision.data)
        offboarding.say(session, vendor, row, left, revision=revision, **who)
        if finishing:
            offboarding.finish(session, vendor, row, revision=row.revision, **who)
    except Stale:
        session.rollback()
        vendor = vendor_of(vendor_id)
        stored = session.get_one(Offboarding, row.id)
        form.revision.data = str(stored.revision)
        return page_of(vendor, chosen(vendor), leaving=form, other=_("A colleague")), 409
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        vendor = vendor_of(vendor_id)
        return page_of(vendor, chosen(vendor), leaving=form), 422
    session.commit()
    if finishing:
        undo = url_for("vendors.restore", vendor_id=vendor.id)
        notice(_("%(name)s has left, and is archived.", name=vendor.name), undo=undo)
    else:
        notice(_("Saved."))
    return redirect(url_for("vendors.decision", vendor_id=vendor.id))
