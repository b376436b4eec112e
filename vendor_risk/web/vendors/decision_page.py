"""What the page “Decision” of a vendor shows, also where something was refused."""

import datetime as dt
import uuid
from typing import Any, TypeVar

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import may
from vendor_risk.scoring.controls import NAMES
from vendor_risk.store.models.decisions import Condition, Decision, DecisionKind, DecisionState
from vendor_risk.store.models.documents import Document
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Engagement, Vendor, VendorState
from vendor_risk.store.queries import vendors as listed
from vendor_risk.web.findings.words import STATES
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors import links, shown
from vendor_risk.web.vendors.decision_forms import DecisionForm, OffboardingForm, RefusalForm
from vendor_risk.web.vendors.forms import choices
from vendor_risk.web.vendors.found import belonging, vendor_of
from vendor_risk.web.vendors.head import head_of
from vendor_risk.web.vendors.words import KIND_LOOKS
from vendor_risk.workflow import baselines, conditions, decisions, offboarding, reviews
from vendor_risk.workflow.baselines import Moved
from vendor_risk.workflow.engagements import engagements_of
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.vendors import VendorRefused

Page = str | AnyResponse | tuple[str, int]
Row = TypeVar("Row", Decision, Condition)


def refused(
    vendor_id: uuid.UUID,
    engagement_id: uuid.UUID,
    error: Exception,
    form: RefusalForm | None = None,
) -> tuple[str, int]:
    """The page again, saying who was faster or why it cannot be."""
    session.rollback()
    vendor = vendor_of(vendor_id)
    if not may("vendors.decision", "GET"):
        words = error.said(_) if isinstance(error, VendorRefused) else _("Somebody was faster.")
        status = 422 if isinstance(error, VendorRefused) else 409
        return own_page(vendor, refused=words), status
    engagement = belonging(Engagement, engagement_id, vendor)
    if not isinstance(error, VendorRefused):
        return page_of(vendor, engagement, refusal=form, **faster(engagement, error)), 409
    if form is not None and error.field:
        form.refuse(error)
        return page_of(vendor, engagement, refusal=form), 422
    return page_of(vendor, engagement, refusal=form, refused=error.said(_)), 422


def page_of(
    vendor: Vendor,
    engagement: Engagement | None,
    *,
    form: DecisionForm | None = None,
    refusal: RefusalForm | None = None,
    leaving: OffboardingForm | None = None,
    **said: Any,
) -> str:
    """The page with what is in force and what waits, and what was typed or refused."""
    told: dict[str, Any] = head_of(vendor) | {
        "engagement": engagement,
        "standing": [one for one in engagements_of(session, vendor.id) if one.ended_at is None],
        "kinds": KIND_LOOKS,
        "finding_states": STATES,
        "today": now().date(),
        "said": said,
        "leaving": None,
        "waiting": None,
        "may_meet": lambda row: conditions.may_meet(row, me()),
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
        "why_not_second": decisions.why_not(session, engagement, in_force, me()),
        "refusal_form": refusal or RefusalForm(formdata=None, data=revision),
        "proposing": proposing or (form is not None and not waiting),
        "day_from": dt.date.fromisoformat,
        "four_eyes": decisions.four_eyes(session, engagement),
        "why_not": decisions.why_not(session, engagement, waiting, me()),
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


def own_page(vendor: Vendor, **said: Any) -> str:
    """The conditions that this person has to see to."""
    return render_template(
        "vendors/conditions.html",
        **head_of(vendor),
        rows=conditions.of_person(session, vendor.id, current_user.id),
        today=now().date(),
        said=said,
        name_of=lambda person_id: listed.name_of(session, person_id),
        may_meet=lambda row: conditions.may_meet(row, me()),
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
                "no_certificate": row.no_certificate,
                "contract_closed_on": row.contract_closed_on,
            },
        )
    form.certificate_id.choices = documents(vendor)
    return {
        "leaving": row,
        "leaving_form": form,
        "access_url": links.access(vendor.id),
        "accesses": offboarding.open_accesses(session, vendor.id),
        "left": [_(one) for one in offboarding.missing(session, row)],
    }


def documents(vendor: Vendor) -> Any:
    """What the vendor's documents are called, to choose the certificate from."""
    rows = session.exec(
        select(Document)
        .where(Document.vendor_id == vendor.id, col(Document.withdrawn_at).is_(None))
        .order_by(col(Document.document_date).desc())
    ).all()
    return choices([("", _("None")), *((str(row.id), row.title) for row in rows)])


def chosen(vendor: Vendor) -> Engagement | None:
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


def faster(engagement: Engagement, error: Exception) -> dict[str, Any]:
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


def row_of(model: type[Row], row_id: uuid.UUID, vendor: Vendor) -> Row:
    """The row of this vendor, or 404."""
    row = session.get(model, row_id)
    if row is None or row.vendor_id != vendor.id:
        abort(404)
    return row


def back(vendor: Vendor, engagement_id: uuid.UUID) -> AnyResponse:
    """To the page of the decision, or to the own conditions of who may not read it."""
    if not may("vendors.decision", "GET"):
        return redirect(url_for("vendors.own_conditions", vendor_id=vendor.id))
    return redirect(url_for("vendors.decision", vendor_id=vendor.id, engagement=engagement_id))


def me() -> User:
    """The person of this request."""
    found: User = current_user._get_current_object()
    return found


def number(text: str | None) -> int:
    """The number that a hidden field carries; 0 for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
