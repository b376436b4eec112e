"""Conditions of a decision: met, open again, and the page of those that are one's own."""

import uuid

from flask import request, url_for
from flask_babel import gettext as _

from vendor_risk.doors import door, signed_in
from vendor_risk.store.models.decisions import Condition, Decision
from vendor_risk.web.frame import notice
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors import area
from vendor_risk.web.vendors.decision_page import Page, back, me, number, own_page, refused, row_of
from vendor_risk.web.vendors.found import vendor_of
from vendor_risk.workflow import conditions
from vendor_risk.workflow.vendors import Stale, VendorRefused


@area.get("/vendors/<uuid:vendor_id>/conditions")
def own_conditions(vendor_id: uuid.UUID) -> str:
    """The conditions that this person has to see to, for those who may not read the decision."""
    return own_page(vendor_of(vendor_id))


@area.post("/vendors/<uuid:vendor_id>/conditions/<uuid:condition_id>/met")
@door(signed_in)
def meet(vendor_id: uuid.UUID, condition_id: uuid.UUID) -> Page:
    """The condition is met, with a note; one click takes that back."""
    vendor = vendor_of(vendor_id)
    row = row_of(Condition, condition_id, vendor)
    engagement_id = session.get_one(Decision, row.decision_id).engagement_id
    revision = number(request.form.get("revision"))
    try:
        text = request.form.get("note", "")
        conditions.meet(session, row, text, revision=revision, person=me(), now=now())
    except (Stale, VendorRefused) as error:
        return refused(vendor_id, engagement_id, error)
    session.commit()
    undo = url_for(
        "vendors.reopen", vendor_id=vendor.id, condition_id=row.id, revision=row.revision
    )
    notice(_("The condition is met."), undo=undo)
    return back(vendor, engagement_id)


@area.post("/vendors/<uuid:vendor_id>/conditions/<uuid:condition_id>/open")
@door(signed_in)
def reopen(vendor_id: uuid.UUID, condition_id: uuid.UUID) -> Page:
    """The condition is open again."""
    vendor = vendor_of(vendor_id)
    row = row_of(Condition, condition_id, vendor)
    engagement_id = session.get_one(Decision, row.decision_id).engagement_id
    try:
        revision = number(request.args.get("revision"))
        conditions.reopen(session, row, revision=revision, person=me(), now=now())
    except (Stale, VendorRefused) as error:
        return refused(vendor_id, engagement_id, error)
    session.commit()
    notice(_("The condition is open again."))
    return back(vendor, engagement_id)
