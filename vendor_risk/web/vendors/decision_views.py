"""The page “Decision” of a vendor: propose, decide, meet conditions, and the way out."""

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, may, only, signed_in
from vendor_risk.scoring.controls import NAMES
from vendor_risk.store.models.decisions import (
    Condition,
    Decision,
    DecisionKind,
    DecisionState,
    Offboarding,
    Review,
)
from vendor_risk.store.models.documents import Document
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Engagement, Vendor, VendorState
from vendor_risk.store.queries import vendors as listed
from vendor_risk.web.access import READS
from vendor_risk.web.findings.words import STATES
from vendor_risk.web.frame import notice
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors import area, links, shown
from vendor_risk.web.vendors.decision_forms import DecisionForm, OffboardingForm, RefusalForm
from vendor_risk.web.vendors.forms import choices
from vendor_risk.web.vendors.found import belonging, vendor_of
from vendor_risk.web.vendors.head import head_of
from vendor_risk.web.vendors.words import KIND_LOOKS
from vendor_risk.workflow import (
    baselines,
    conditions,
    decisions,
    offboarding,
    reviews,
    second_looks,
)
from vendor_risk.workflow.baselines import Moved
from vendor_risk.workflow.decisions import Proposal
from vendor_risk.workflow.engagements import engagements_of
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.offboarding import Left
from vendor_risk.workflow.vendors import Stale, VendorRefused

Page = str | AnyResponse | tuple[str, int]
PROPOSES = only("analyst", "approver")
DECIDES = only("approver")
Row = TypeVar("Row", Decision, Condition)


@area.get("/vendors/<uuid:vendor_id>/decision")
@door(READS)
def decision(vendor_id: uuid.UUID) -> str:
    """What is in force, what waits, what changed since, and the form of a proposal."""
    vendor = vendor_of(vendor_id)
    return _page(vendor, _chosen(vendor))


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
        return _page(vendor, engagement, form=form)
    if not form.validate():
        return _page(vendor, engagement, form=form), 422
    alone = request.form.get("go") == "decide"
    try:
        proposal = Proposal(DecisionKind(form.kind.data), form.rationale.data or "", form.wanted())
        made = decisions.propose(
            session,
            engagement,
            proposal,
            seen=form.seen.data or "",
            shown=shown.read(engagement.id, form.shown.data),
            person=_me(),
            now=now(),
            alone=alone,
        )
    except Stale as error:
        session.rollback()
        vendor = vendor_of(vendor_id)
        engagement = belonging(Engagement, engagement_id, vendor)
        form.seen.data = decisions.mark(session, engagement.id)
        return _page(vendor, engagement, form=form, **_faster(engagement, error)), 409
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        vendor = vendor_of(vendor_id)
        return _page(vendor, belonging(Engagement, engagement_id, vendor), form=form), 422
    session.commit()
    word = _(KIND_LOOKS[made.kind].word)
    notice(_("In force: %(word)s.", word=word) if alone else _("Proposed. An approver decides."))
    return _back(vendor, engagement.id)


@area.post("/vendors/<uuid:vendor_id>/decisions/<uuid:decision_id>/approve")
@door(DECIDES)
def approve(vendor_id: uuid.UUID, decision_id: uuid.UUID) -> Page:
    """What was proposed is in force."""

    def act(row: Decision) -> Any:
        decisions.approve(
            session,
            row,
            revision=_number(request.form.get("revision")),
            shown=shown.read(row.engagement_id, request.form.get("shown")),
            person=_me(),
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
            revision=_number(form.revision.data),
            person=_me(),
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
            revision=_number(request.form.get("revision")),
            shown=shown.read(row.engagement_id, request.form.get("shown")),
            person=_me(),
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
            revision=_number(form.revision.data),
            person=_me(),
            now=now(),
        )
        return _("The approval is taken back: it has to be decided anew.")

    return _decide(vendor_id, decision_id, act, form)


@area.post("/vendors/<uuid:vendor_id>/decisions/<uuid:decision_id>/withdraw")
@door(PROPOSES)
def withdraw(vendor_id: uuid.UUID, decision_id: uuid.UUID) -> Page:
    """Whoever proposed it takes it back."""

    def act(row: Decision) -> Any:
        revision = _number(request.form.get("revision"))
        decisions.withdraw(session, row, revision=revision, person=_me(), now=now())
        return _("The proposal is withdrawn.")

    return _decide(vendor_id, decision_id, act)


@area.get("/vendors/<uuid:vendor_id>/conditions")
def own_conditions(vendor_id: uuid.UUID) -> str:
    """The conditions that this person has to see to, for those who may not read the decision."""
    return _own(vendor_of(vendor_id))


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
    return _back(vendor_of(vendor_id), row.engagement_id)


@area.post("/vendors/<uuid:vendor_id>/conditions/<uuid:condition_id>/met")
@door(signed_in)
def meet(vendor_id: uuid.UUID, condition_id: uuid.UUID) -> Page:
    """The condition is met, with a note; one click takes that back."""
    vendor = vendor_of(vendor_id)
    row = _row(Condition, condition_id, vendor)
    engagement_id = session.get_one(Decision, row.decision_id).engagement_id
    revision = _number(request.form.get("revision"))
    try:
        text = request.form.get("note", "")
        conditions.meet(session, row, text, revision=revision, person=_me(), now=now())
    except (Stale, VendorRefused) as error:
        return _refused(vendor_id, engagement_id, error)
    session.commit()
    undo = url_for(
        "vendors.reopen", vendor_id=vendor.id, condition_id=row.id, revision=row.revision
    )
    notice(_("The condition is met."), undo=undo)
    return _back(vendor, engagement_id)


@area.post("/vendors/<uuid:vendor_id>/conditions/<uuid:condition_id>/open")
@door(signed_in)
def reopen(vendor_id: uuid.UUID, condition_id: uuid.UUID) -> Page:
    """The condition is open again."""
    vendor = vendor_of(vendor_id)
    row = _row(Condition, condition_id, vendor)
    engagement_id = session.get_one(Decision, row.decision_id).engagement_id
    try:
        revision = _number(request.args.get("revision"))
        conditions.reopen(session, row, revision=revision, person=_me(), now=now())
    except (Stale, VendorRefused) as error:
        return _refused(vendor_id, engagement_id, error)
    session.commit()
    notice(_("The condition is open again."))
    return _back(vendor, engagement_id)


@area.post("/vendors/<uuid:vendor_id>/offboarding")
@door(PROPOSES)
def leave(vendor_id: uuid.UUID) -> Page:
    """The checklist of the way out says this; with the other button the vendor is archived."""
    vendor = vendor_of(vendor_id)
    row = offboarding.of(session, vendor.id) or abort(404)
    form = OffboardingForm()
    form.certificate_id.choices = _documents(vendor)
    if not form.validate():
        return _page(vendor, _chosen(vendor), leaving=form), 422
    finishing = request.form.get("go") == "finish"
    certificate = form.certificate_id.data
    left = Left(
        form.data_done_on.data,
        form.data_how.data or "",
        uuid.UUID(certificate) if certificate else None,
        form.contract_closed_on.data,
    )
    who = {"now": now(), "actor": current_user.id}
    try:
        revision = _number(form.revision.data)
        offboarding.say(session, vendor, row, left, revision=revision, **who)
        if finishing:
            offboarding.finish(session, vendor, row, revision=row.revision, **who)
    except Stale:
        session.rollback()
        vendor = vendor_of(vendor_id)
        stored = session.get_one(Offboarding, row.id)
        form.revision.data = str(stored.revision)
        return _page(vendor, _chosen(vendor), leaving=form, other=_("A colleague")), 409
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        vendor = vendor_of(vendor_id)
        return _page(vendor, _chosen(vendor), leaving=form), 422
    session.commit()
    if finishing:
        undo = url_for("vendors.restore", vendor_id=vendor.id)
        notice(_("%(name)s has left, and is archived.", name=vendor.name), undo=undo)
    else:
        notice(_("Saved."))
    return redirect(url_for("vendors.decision", vendor_id=vendor.id))


def _decide(
    vendor_id: uuid.UUID,
    decision_id: uuid.UUID,
    act: Callable[[Decision], Any],
    form: RefusalForm | None = None,
) -> Page:
    vendor = vendor_of(vendor_id)
    row = _row(Decision, decision_id, vendor)
    engagement_id = row.engagement_id
    try:
        said = act(row)
    except (Stale, VendorRefused) as error:
        return _refused(vendor_id, engagement_id, error, form)
    session.commit()
    notice(said)
    return _back(vendor, engagement_id)


def _refused(
    vendor_id: uuid.UUID,
    engagement_id: uuid.UUID,
    error: Exception,
    form: RefusalForm | None = None,
) -> tuple[str, int]:
    """The page again, saying who was faster or why it cannot be."""
    session.rollback()
    vendor = vendor_of(vendor_id)
    if not may("vendors.decision", "GET"):
        words = error.message if isinstance(error, VendorRefused) else _("Somebody was faster.")
        status = 422 if isinstance(error, VendorRefused) else 409
        return _own(vendor, refused=words), status
    engagement = belonging(Engagement, engagement_id, vendor)
    if not isinstance(error, VendorRefused):
        return _page(vendor, engagement, refusal=form, **_faster(engagement, error)), 409
    if form is not None and error.field:
        form.refuse(error)
        return _page(vendor, engagement, refusal=form), 422
    return _page(vendor, engagement, refusal=form, refused=error.message), 422


def _page(
    vendor: Vendor,
    engagement: Engagement | None,
    *,
    form: DecisionForm | None = None,
    refusal: RefusalForm | None = None,
    leaving: OffboardingForm | None = None,
    **said: Any,
) -> str:
    told: dict[str, Any] = head_of(vendor) | {
        "engagement": engagement,
        "standing": [one for one in engagements_of(session, vendor.id) if one.ended_at is None],
        "kinds": KIND_LOOKS,
        "finding_states": STATES,
        "today": now().date(),
        "said": said,
        "leaving": None,
        "waiting": None,
        "may_meet": lambda row: conditions.may_meet(row, _me()),
        "name_of": lambda person_id: listed.name_of(session, person_id),
    }
    if vendor.state == VendorState.OFFBOARDING:
        told |= _leaving(vendor, leaving)
    if engagement is not None:
        told |= _about(vendor, engagement, form, refusal)
    shown = form or refusal or leaving
    return render_template("vendors/decision.html", **told, form=shown or told.get("propose_form"))


def _about(
    vendor: Vendor, engagement: Engagement, form: DecisionForm | None, refusal: RefusalForm | None
) -> dict[str, Any]:
    waiting = decisions.in_state(session, engagement.id, DecisionState.WAITING)
    in_force = decisions.in_state(session, engagement.id, DecisionState.IN_FORCE)
    current = baselines.frozen(session, engagement, now=now())
    typed = form is not None
    gone = vendor.archived_at is not None or engagement.ended_at is not None
    proposing = not waiting and not gone and may("vendors.propose")
    if (proposing or form is not None) and form is None:
        seen = decisions.mark(session, engagement.id)
        form = DecisionForm(formdata=None, data={"seen": seen, "kind": ""})
        form.offer_owners(listed.people(session))
    signed = shown.signed(engagement.id, current)
    if form is not None:
        form.shown.data = signed
    revision = {"revision": waiting.revision if waiting else 0}
    return {
        "current": current,
        "shown": signed,
        "waiting": waiting,
        "in_force": in_force,
        "review": reviews.open_on(session, engagement.id),
        "moved": baselines.drift(in_force.baseline, current) if in_force else None,
        "moved_waiting": baselines.drift(waiting.baseline, current) if waiting else None,
        "conditions": {
            row.id: decisions.conditions_of(session, row.id) for row in (waiting, in_force) if row
        },
        "past": decisions.history(session, engagement.id),
        "propose_form": form,
        "open_form": typed,
        "second": in_force if in_force and in_force.second_asked_at else None,
        "why_not_second": decisions.why_not(session, engagement, in_force, _me()),
        "refusal_form": refusal or RefusalForm(formdata=None, data=revision),
        "proposing": proposing or (form is not None and not waiting),
        "four_eyes": decisions.four_eyes(session, engagement),
        "why_not": decisions.why_not(session, engagement, waiting, _me()),
        "me": current_user.id,
        "approvals": (DecisionKind.APPROVE, DecisionKind.CONDITIONAL),
        "coverage_needed": in_use(session).coverage_needed,
        "control_names": NAMES,
        "examples": {
            DecisionKind.APPROVE: _("As it stands. Not while a knock-out is in force."),
            DecisionKind.CONDITIONAL: _("If somebody sees to what is named below, by its day."),
            DecisionKind.REJECT: _("We do not buy this."),
            DecisionKind.OFFBOARD: _(
                "We buy it no longer: access, data and contract come to an end."
            ),
        },
    }


def _own(vendor: Vendor, **said: Any) -> str:
    return render_template(
        "vendors/conditions.html",
        **head_of(vendor),
        rows=conditions.of_person(session, vendor.id, current_user.id),
        today=now().date(),
        said=said,
        name_of=lambda person_id: listed.name_of(session, person_id),
        may_meet=lambda row: conditions.may_meet(row, _me()),
    )


def _leaving(vendor: Vendor, form: OffboardingForm | None) -> dict[str, Any]:
    row = offboarding.of(session, vendor.id)
    if row is None:
        return {}
    if form is None:
        form = OffboardingForm(
            formdata=None,
            data={
                "revision": row.revision,
                "data_done_on": row.data_done_on,
                "data_how": row.data_how,
                "certificate_id": str(row.certificate_id or ""),
                "contract_closed_on": row.contract_closed_on,
            },
        )
    form.certificate_id.choices = _documents(vendor)
    return {
        "leaving": row,
        "leaving_form": form,
        "access_url": links.access(vendor.id),
        "accesses": offboarding.open_accesses(session, vendor.id),
        "left": [_(one) for one in offboarding.missing(session, row)],
    }


def _documents(vendor: Vendor) -> Any:
    rows = session.exec(
        select(Document)
        .where(Document.vendor_id == vendor.id, col(Document.withdrawn_at).is_(None))
        .order_by(col(Document.document_date).desc())
    ).all()
    return choices([("", _("None")), *((str(row.id), row.title) for row in rows)])


def _chosen(vendor: Vendor) -> Engagement | None:
    """The engagement that the address names; else what waits, then the worst one.

    One that has ended is there only while a proposal on it waits, to be refused or withdrawn.
    """
    bought = engagements_of(session, vendor.id)
    asked = request.args.get("engagement", "")
    waits = set(
        session.exec(
            select(Decision.engagement_id).where(
                Decision.vendor_id == vendor.id, Decision.state == DecisionState.WAITING
            )
        )
    )
    rows = [one for one in bought if one.ended_at is None or one.id in waits]
    named = next((one for one in rows if str(one.id) == asked), None)
    if named is not None:
        return named
    worst = vendor.worst_engagement_id
    return min(rows, key=lambda one: (one.id not in waits, one.id != worst), default=None)


def _faster(engagement: Engagement, error: Exception) -> dict[str, Any]:
    """What the page says of it: that the evidence moved, and how, or who was faster."""
    if isinstance(error, Moved):
        return {"unseen": True, "drift": error.drift}
    return {"other": _other(engagement)}


def _other(engagement: Engagement) -> str:
    """Who was faster."""
    rows = decisions.history(session, engagement.id, most=1)
    row = rows[0] if rows else None
    person = (row.second_by_id or row.decided_by_id or row.proposed_by_id) if row else None
    return listed.name_of(session, person) or _("A colleague")


def _row(model: type[Row], row_id: uuid.UUID, vendor: Vendor) -> Row:
    row = session.get(model, row_id)
    if row is None or row.vendor_id != vendor.id:
        abort(404)
    return row


def _back(vendor: Vendor, engagement_id: uuid.UUID) -> AnyResponse:
    if not may("vendors.decision", "GET"):
        return redirect(url_for("vendors.own_conditions", vendor_id=vendor.id))
    return redirect(url_for("vendors.decision", vendor_id=vendor.id, engagement=engagement_id))


def _me() -> User:
    found: User = current_user._get_current_object()
    return found


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
