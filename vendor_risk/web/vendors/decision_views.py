"""The page “Decision” of a vendor: propose, decide, and the second pair of eyes."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import abort, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, only
from vendor_risk.store.models.decisions import Decision, DecisionKind, Review
from vendor_risk.store.models.vendors import Engagement
from vendor_risk.store.queries import vendors as listed
from vendor_risk.web.access import READS
from vendor_risk.web.frame import notice
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors import area, shown
from vendor_risk.web.vendors.decision_forms import DecisionForm, RefusalForm
from vendor_risk.web.vendors.decision_page import (
    Page,
    back,
    chosen,
    faster,
    me,
    number,
    page_of,
    refused,
    row_of,
)
from vendor_risk.web.vendors.found import belonging, vendor_of
from vendor_risk.web.vendors.words import KIND_LOOKS
from vendor_risk.workflow import decisions, reviews, second_looks
from vendor_risk.workflow.decisions import Proposal
from vendor_risk.workflow.vendors import Stale, VendorRefused

PROPOSES = only("analyst", "approver")
DECIDES = only("approver")


@area.get("/vendors/<uuid:vendor_id>/decision")
@door(READS)
def decision(vendor_id: uuid.UUID) -> str:
    """What is in force, what waits, what changed since, and the form of a proposal."""
    vendor = vendor_of(vendor_id)
    return page_of(vendor, chosen(vendor))


@area.post("/vendors/<uuid:vendor_id>/engagements/<uuid:engagement_id>/decision")
@door(PROPOSES)
def propose(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> Page:
    """A proposal waits, or an approver decides alone; other buttons add and remove lines."""
    vendor = vendor_of(vendor_id)
    engagement = belonging(Engagement, engagement_id, vendor)
    form = DecisionForm()
    form.offer_owners(listed.people(session))
    if "add" in request.form:
        form.add_row()
        form.offer_owners(listed.people(session))
        return page_of(vendor, engagement, form=form)
    if not form.validate():
        return page_of(vendor, engagement, form=form), 422
    alone = request.form.get("go") == "decide"
    try:
        proposal = Proposal(DecisionKind(form.kind.data), form.rationale.data or "", form.wanted())
        made = decisions.propose(
            session,
            engagement,
            proposal,
            seen=form.seen.data or "",
            shown=shown.read(engagement.id, form.shown.data),
            person=me(),
            now=now(),
            alone=alone,
        )
    except Stale as error:
        session.rollback()
        vendor = vendor_of(vendor_id)
        engagement = belonging(Engagement, engagement_id, vendor)
        form.seen.data = decisions.mark(session, engagement.id)
        return page_of(vendor, engagement, form=form, **faster(engagement, error)), 409
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        vendor = vendor_of(vendor_id)
        return page_of(vendor, belonging(Engagement, engagement_id, vendor), form=form), 422
    session.commit()
    word = _(KIND_LOOKS[made.kind].word)
    notice(_("In force: %(word)s.", word=word) if alone else _("Proposed. An approver decides."))
    return back(vendor, engagement.id)


@area.post("/vendors/<uuid:vendor_id>/decisions/<uuid:decision_id>/approve")
@door(DECIDES)
def approve(vendor_id: uuid.UUID, decision_id: uuid.UUID) -> Page:
    """What was proposed is in force."""

    def act(row: Decision) -> Any:
        decisions.approve(
            session,
            row,
            revision=number(request.form.get("revision")),
            shown=shown.read(row.engagement_id, request.form.get("shown")),
            person=me(),
            now=now(),
        )
        return _("In force: %(word)s.", word=_(KIND_LOOKS[row.kind].word))

    return _decide(vendor_id, decision_id, act)


@area.post("/vendors/<uuid:vendor_id>/decisions/<uuid:decision_id>/refuse")
@door(DECIDES)
def refuse(vendor_id: uuid.UUID, decision_id: uuid.UUID) -> Page:
    """What was proposed is refused, with a reason."""
    form = RefusalForm()

    def act(row: Decision) -> Any:
        decisions.refuse(
            session,
            row,
            form.refusal.data or "",
            revision=number(form.revision.data),
            person=me(),
            now=now(),
        )
        return _("Refused. Whoever proposed it reads your reason.")

    return _decide(vendor_id, decision_id, act, form)


@area.post("/vendors/<uuid:vendor_id>/decisions/<uuid:decision_id>/confirm")
@door(DECIDES)
def confirm(vendor_id: uuid.UUID, decision_id: uuid.UUID) -> Page:
    """A second person stands behind what one approved."""

    def act(row: Decision) -> Any:
        second_looks.confirm(
            session,
            row,
            revision=number(request.form.get("revision")),
            shown=shown.read(row.engagement_id, request.form.get("shown")),
            person=me(),
            now=now(),
        )
        return _("Confirmed: two people have approved it.")

    return _decide(vendor_id, decision_id, act)


@area.post("/vendors/<uuid:vendor_id>/decisions/<uuid:decision_id>/back")
@door(DECIDES)
def send_back(vendor_id: uuid.UUID, decision_id: uuid.UUID) -> Page:
    """What one approved is in force no longer, with a reason."""
    form = RefusalForm()

    def act(row: Decision) -> Any:
        second_looks.send_back(
            session,
            row,
            form.refusal.data or "",
            revision=number(form.revision.data),
            person=me(),
            now=now(),
        )
        return _("The approval is taken back: it has to be decided anew.")

    return _decide(vendor_id, decision_id, act, form)


@area.post("/vendors/<uuid:vendor_id>/decisions/<uuid:decision_id>/withdraw")
@door(PROPOSES)
def withdraw(vendor_id: uuid.UUID, decision_id: uuid.UUID) -> Page:
    """Whoever proposed it takes it back."""

    def act(row: Decision) -> Any:
        revision = number(request.form.get("revision"))
        decisions.withdraw(session, row, revision=revision, person=me(), now=now())
        return _("The proposal is withdrawn.")

    return _decide(vendor_id, decision_id, act)


@area.post("/vendors/<uuid:vendor_id>/reviews/<uuid:review_id>/withdraw")
@door(PROPOSES)
def withdraw_review(vendor_id: uuid.UUID, review_id: uuid.UUID) -> AnyResponse:
    """Nobody has to look again."""
    row = session.get(Review, review_id)
    if row is None or row.vendor_id != vendor_of(vendor_id).id:
        abort(404)
    if reviews.withdraw(session, row, now=now(), actor=current_user.id):
        session.commit()
        notice(_("The review is withdrawn."))
    return back(vendor_of(vendor_id), row.engagement_id)


def _decide(
    vendor_id: uuid.UUID,
    decision_id: uuid.UUID,
    act: Callable[[Decision], Any],
    form: RefusalForm | None = None,
) -> Page:
    vendor = vendor_of(vendor_id)
    row = row_of(Decision, decision_id, vendor)
    engagement_id = row.engagement_id
    try:
        said = act(row)
    except (Stale, VendorRefused) as error:
        return refused(vendor_id, engagement_id, error, form)
    session.commit()
    notice(said)
    return back(vendor, engagement_id)
