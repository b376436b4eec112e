"""The engagements of a vendor: what we buy, its facts, its tier, its end."""

import uuid
from decimal import Decimal

from babel.numbers import get_currency_precision
from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse
from wtforms import ValidationError

from vendor_risk.doors import door
from vendor_risk.scoring.model import Tier
from vendor_risk.scoring.scales import FACTORS, FLOORS, Factor
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.queries import vendors as listed
from vendor_risk.store.queries.scripts import seen_of
from vendor_risk.web.frame import money, notice
from vendor_risk.web.intake.amounts import currency_choices, minor_units
from vendor_risk.web.session import actor, now, session
from vendor_risk.web.vendors import WRITES, area
from vendor_risk.web.vendors.forms import EngagementForm, TierForm, choices
from vendor_risk.web.vendors.found import belonging, vendor_of
from vendor_risk.web.vendors.head import head_of, ways_in
from vendor_risk.web.vendors.words import yes_no
from vendor_risk.workflow import engagements as steps
from vendor_risk.workflow.engagements import Terms, engagements_of
from vendor_risk.workflow.facts import explain
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.vendors import Stale, VendorRefused

Page = str | AnyResponse | tuple[str, int]
Conflict = list[tuple[str, str, str]]


@area.get("/vendors/<uuid:vendor_id>/engagements")
def engagements(vendor_id: uuid.UUID) -> str:
    """Everything we buy, each with the build-up of its inherent risk."""
    vendor = vendor_of(vendor_id)
    rows = engagements_of(session, vendor.id)
    model = in_use(session)
    return render_template(
        "vendors/engagements.html",
        **head_of(vendor),
        rows=[(row, explain(row, model), listed.name_of(session, row.owner_id)) for row in rows],
        setters={row.id: listed.name_of(session, row.override_by_id) for row in rows},
        factors={factor.key: factor.label for factor in FACTORS},
        floors=FLOORS,
    )


@area.get("/vendors/<uuid:vendor_id>/engagements/new")
@door(WRITES)
def new_engagement(vendor_id: uuid.UUID) -> str:
    """An empty form for something that we buy."""
    vendor = vendor_of(vendor_id)
    form = EngagementForm(formdata=None, data={"owner_id": str(vendor.owner_id or "")})
    return _page(vendor, form, None)


@area.post("/vendors/<uuid:vendor_id>/engagements/new")
@door(WRITES)
def add_engagement(vendor_id: uuid.UUID) -> Page:
    """The vendor has one engagement more, and its tier follows."""
    vendor, form = vendor_of(vendor_id), EngagementForm()
    terms = _terms(form)
    if terms is None:
        return _page(vendor, form, None), 422
    try:
        engagement = steps.add_engagement(session, vendor, terms, now=now(), actor=actor())
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _page(vendor_of(vendor_id), form, None), 422
    session.commit()
    notice(_said_tier(engagement))
    return redirect(url_for("vendors.engagements", vendor_id=vendor.id))


@area.get("/vendors/<uuid:vendor_id>/engagements/<uuid:engagement_id>")
@door(WRITES)
def edit_engagement(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> str:
    """The form with what the engagement says."""
    vendor = vendor_of(vendor_id)
    engagement = belonging(Engagement, engagement_id, vendor)
    return _page(vendor, _form_of(engagement), engagement)


@area.post("/vendors/<uuid:vendor_id>/engagements/<uuid:engagement_id>")
@door(WRITES)
def save_engagement(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> Page:
    """The engagement says what the form says; 409 with both texts when somebody was faster."""
    vendor, form = vendor_of(vendor_id), EngagementForm()
    engagement = belonging(Engagement, engagement_id, vendor)
    terms = _terms(form)
    if terms is None:
        return _page(vendor, form, engagement), 422
    try:
        steps.edit_engagement(
            session,
            vendor,
            engagement,
            terms,
            revision=_number(form.revision.data),
            now=now(),
            actor=actor(),
        )
    except Stale:
        conflict = _conflict(engagement, terms)
        form.revision.data = str(engagement.revision)
        return _page(vendor, form, engagement, conflict), 409
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        vendor = vendor_of(vendor_id)
        return _page(vendor, form, belonging(Engagement, engagement_id, vendor)), 422
    session.commit()
    notice(_said_tier(engagement))
    return redirect(url_for("vendors.engagements", vendor_id=vendor.id))


@area.get("/vendors/<uuid:vendor_id>/engagements/<uuid:engagement_id>/tier")
@door(WRITES)
def tier(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> str:
    """A form for another tier than the computed one."""
    vendor = vendor_of(vendor_id)
    engagement = belonging(Engagement, engagement_id, vendor)
    form = TierForm(
        formdata=None,
        data={
            "revision": engagement.revision,
            "tier": str(engagement.tier_override or ""),
            "reason": engagement.override_reason,
        },
    )
    return _tier_page(vendor, engagement, form)


@area.post("/vendors/<uuid:vendor_id>/engagements/<uuid:engagement_id>/tier")
@door(WRITES)
def set_tier(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> Page:
    """The tier of a person holds, with its reason, or the computed one again."""
    vendor, form = vendor_of(vendor_id), TierForm()
    engagement = belonging(Engagement, engagement_id, vendor)
    if not form.validate():
        return _tier_page(vendor, engagement, form), 422
    try:
        steps.override_tier(
            session,
            vendor,
            engagement,
            Tier(int(form.tier.data)) if form.tier.data else None,
            form.reason.data or "",
            revision=_number(form.revision.data),
            now=now(),
            actor=actor(),
        )
    except Stale:
        form.revision.data = str(engagement.revision)
        theirs = _tier_words(engagement.tier_override, engagement.override_reason)
        own = _tier_words(int(form.tier.data or 0), form.reason.data or "")
        conflict = [(str(form.tier.label.text), theirs, own)]
        return _tier_page(vendor, engagement, form, conflict), 409
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        vendor = vendor_of(vendor_id)
        return _tier_page(vendor, belonging(Engagement, engagement_id, vendor), form), 422
    session.commit()
    notice(_said_tier(engagement))
    return redirect(url_for("vendors.engagements", vendor_id=vendor.id))


@area.post("/vendors/<uuid:vendor_id>/engagements/<uuid:engagement_id>/end")
@door(WRITES)
def end_engagement(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> AnyResponse:
    """We buy this no longer; one click takes that back."""
    vendor = vendor_of(vendor_id)
    engagement = belonging(Engagement, engagement_id, vendor)
    if steps.end_engagement(session, vendor, engagement, now=now(), actor=actor()):
        session.commit()
        undo = url_for(
            "vendors.resume_engagement", vendor_id=vendor.id, engagement_id=engagement.id
        )
        notice(_("%(name)s has ended, and counts no more.", name=engagement.name), undo=undo)
    return redirect(url_for("vendors.engagements", vendor_id=vendor.id))


@area.post("/vendors/<uuid:vendor_id>/engagements/<uuid:engagement_id>/resume")
@door(WRITES)
def resume_engagement(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> AnyResponse:
    """We buy this again, and it counts again."""
    vendor = vendor_of(vendor_id)
    engagement = belonging(Engagement, engagement_id, vendor)
    if steps.resume_engagement(session, vendor, engagement, now=now(), actor=actor()):
        session.commit()
        notice(_("%(name)s counts again.", name=engagement.name))
    return redirect(url_for("vendors.engagements", vendor_id=vendor.id))


def _terms(form: EngagementForm) -> Terms | None:
    """What the form says; None when something in it is wrong, which its fields tell."""
    _offer(form)
    valid = form.validate()
    minor: int | None = None
    if form.spend.data:
        try:
            minor = minor_units(form.spend.data, form.currency.data or "")
        except ValidationError as error:
            form.spend.errors = [*form.spend.errors, str(error)]
            valid = False
    if not valid:
        return None
    return Terms(
        name=form.name.data,
        purpose=form.purpose.data or "",
        owner_id=form.owner,
        legal_entity=form.legal_entity.data or "",
        spend_minor=minor,
        currency=form.currency.data if minor is not None else None,
        purchase_order=form.purchase_order.data or "",
        levels=form.levels(),
        floors=frozenset(form.floors.data or ()),
        inherits=bool(form.inherits.data),
    )


def _offer(form: EngagementForm) -> None:
    form.offer_owners(listed.people(session))
    codes = currency_choices(now().date())
    if form.currency.data and form.currency.data not in dict(codes):
        codes = [*codes, (form.currency.data, form.currency.data)]
    form.currency.choices = choices(codes)


def _form_of(engagement: Engagement) -> EngagementForm:
    said = {
        "revision": engagement.revision,
        "name": engagement.name,
        "purpose": engagement.purpose,
        "owner_id": str(engagement.owner_id or ""),
        "legal_entity": engagement.legal_entity,
        "purchase_order": engagement.purchase_order,
        "spend": _amount(engagement),
        "currency": engagement.currency or "",
        "floors": engagement.floors,
        "inherits": engagement.inherits,
    }
    levels = {factor.key: getattr(engagement, factor.key) for factor in FACTORS}
    said |= {key: "" if level is None else str(level) for key, level in levels.items()}
    return EngagementForm(formdata=None, data=said)


def _amount(engagement: Engagement) -> str:
    """The amount as it can be typed again, without its currency."""
    if engagement.spend_minor is None or not engagement.currency:
        return ""
    places = get_currency_precision(engagement.currency)
    return str(Decimal(engagement.spend_minor).scaleb(-places))


def _page(
    vendor: Vendor, form: EngagementForm, engagement: Engagement | None, conflict: object = ()
) -> str:
    _offer(form)
    return render_template(
        "vendors/engagement.html",
        vendor=vendor,
        form=form,
        engagement=engagement,
        conflict=conflict,
        parent=session.get(Vendor, vendor.parent_id) if vendor.parent_id else None,
        seen=None if vendor.ours else seen_of(session, [vendor.id]).get(vendor.id),
        **ways_in(vendor),
        factors=FACTORS,
        examples={factor.key: _examples(factor) for factor in FACTORS},
        tiers=in_use(session).tiers,
    )


def _tier_page(
    vendor: Vendor, engagement: Engagement, form: TierForm, conflict: object = ()
) -> str:
    return render_template(
        "vendors/tier.html",
        vendor=vendor,
        engagement=engagement,
        form=form,
        conflict=conflict,
        explained=explain(engagement, in_use(session)),
    )


def _conflict(engagement: Engagement, typed: Terms) -> Conflict:
    """For each thing that differs: its name, what is stored by now, what was typed."""
    stored = steps.terms_of(engagement)
    rows = [
        (_("What is bought"), stored.name, typed.name),
        (_("What for"), stored.purpose, typed.purpose),
        (
            _("Owner"),
            listed.name_of(session, stored.owner_id),
            listed.name_of(session, typed.owner_id),
        ),
        (_("Our legal entity"), stored.legal_entity, typed.legal_entity),
        (_("Purchase order"), stored.purchase_order, typed.purchase_order),
        (_("Spend a year"), _sum(stored), _sum(typed)),
    ]
    for factor in FACTORS:
        theirs, own = stored.levels.get(factor.key), typed.levels.get(factor.key)
        rows.append((_(factor.label), _level(factor.key, theirs), _level(factor.key, own)))
    rows.append((_("Facts that lift the tier"), _lifts(stored), _lifts(typed)))
    rows.append(
        (_("Counts what the parent proved"), yes_no(stored.inherits), yes_no(typed.inherits))
    )
    return [(str(name), theirs, own) for name, theirs, own in rows if theirs != own]


def _sum(terms: Terms) -> str:
    return money(terms.spend_minor, terms.currency) if terms.currency else ""


def _level(key: str, level: int | None) -> str:
    factor = next(factor for factor in FACTORS if factor.key == key)
    return "" if level is None else str(_(factor.levels[level].label))


def _lifts(terms: Terms) -> str:
    return ", ".join(str(_(FLOORS[key])) for key in FLOORS if key in terms.floors)


def _tier_words(tier: int | None, reason: str) -> str:
    words = _("Tier %(n)s", n=tier) if tier else _("As computed")
    return f"{words}: {reason}" if reason else str(words)


def _said_tier(engagement: Engagement) -> str:
    if engagement.tier is None:
        return str(_("Saved. Answer all five questions, and it gets its tier."))
    return str(
        _(
            "Saved: inherent risk %(value)s of 100, tier %(tier)s.",
            value=engagement.inherent,
            tier=engagement.tier,
        )
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _examples(factor: Factor) -> dict[str, str]:
    """An example at each level helps to answer; the same ones as in the request form."""
    return {str(n): _(level.example) for n, level in enumerate(factor.levels)}
