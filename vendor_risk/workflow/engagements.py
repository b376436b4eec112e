"""Engagements: what we buy from a vendor, its facts, and the inherent risk and tier they give."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from babel.numbers import list_currencies
from sqlmodel import Session, col, select

from vendor_risk.evidence import N_
from vendor_risk.scoring.model import Model, Tier
from vendor_risk.scoring.scales import FACTORS, FLOORS, TOP
from vendor_risk.store.audit import noting
from vendor_risk.store.models.access import Access, AccessKind
from vendor_risk.store.models.vendors import NAME, Engagement, FactsSource, Vendor
from vendor_risk.store.queries.scripts import seen_of
from vendor_risk.workflow import decisions, reviews, scores, second_looks
from vendor_risk.workflow.facts import explain, facts_of
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.standing import settle
from vendor_risk.workflow.vendors import (
    Actor,
    VendorRefused,
    changed,
    clean,
    lock,
    refresh,
)

_note = noting("engagement")

# What the engagement is called that a scan makes for a vendor that has none.
SEEN = N_("Script on our pages")

# The largest amount that a 64-bit column and a JavaScript number both carry exactly.
MOST_MINOR = 2**53 - 1
_REASON = 1000
_PURPOSE = 2000


@dataclass(frozen=True, slots=True)
class Terms:
    """What an engagement says: what is bought, by whom, for how much, and the five factors.

    `levels` maps a factor's key to 0..4 or None while nobody has said; `floors` are keys of
    `scales.FLOORS`; money is whole minor units. With `inherits` what the vendor's parent proved,
    and what is open at it, counts for this engagement too.
    """

    name: str
    purpose: str = ""
    owner_id: uuid.UUID | None = None
    legal_entity: str = ""
    spend_minor: int | None = None
    currency: str | None = None
    purchase_order: str = ""
    levels: Mapping[str, int | None] = field(default_factory=dict)
    floors: frozenset[str] = frozenset()
    inherits: bool = False


def add_engagement(
    session: Session,
    vendor: Vendor,
    terms: Terms,
    *,
    source: FactsSource = FactsSource.EDIT,
    now: dt.datetime,
    actor: Actor,
) -> Engagement:
    """The vendor has this engagement, and shows the tier that follows from it."""
    if terms.inherits:
        scores.hold_parent(session, vendor)
    engagement = Engagement(vendor_id=vendor.id, name="", created_at=now)
    _refuse_no_parent(vendor, engagement, terms)
    _, after = changed(engagement, _columns(terms, source))
    engagement.observed = observed_of(session, vendor, engagement.id)
    _score(session, engagement)
    session.add(engagement)
    _show(session, vendor, engagement, now, actor)
    after = {key: value for key, value in after.items() if value not in (None, "", [], False)}
    _note(session, engagement, "engagement.added", actor, now, after=after | _result(engagement))
    return engagement


def edit_engagement(
    session: Session,
    vendor: Vendor,
    engagement: Engagement,
    terms: Terms,
    *,
    revision: int,
    source: FactsSource = FactsSource.EDIT,
    now: dt.datetime,
    actor: Actor,
) -> bool:
    """The engagement says this from now on; False when it said so already, Stale when it moved."""
    if terms.inherits and not engagement.inherits:
        scores.hold_parent(session, vendor)
    lock(session, engagement, revision)
    _refuse_no_parent(vendor, engagement, terms)
    result = _result(engagement)
    wanted = _columns(terms, source)
    facts = {"floors", *(factor.key for factor in FACTORS)}
    if all(getattr(engagement, key) == wanted[key] for key in facts):
        del wanted["facts_source"]  # whoever mends a typing error has not said the facts anew
    currency = engagement.currency
    before, after = changed(engagement, wanted)
    if not after:
        return False
    if "spend_minor" in after:  # an amount says nothing without its currency
        before["currency"], after["currency"] = currency, engagement.currency
    engagement.revision += 1
    _score(session, engagement)
    _show(session, vendor, engagement, now, actor)
    if _result(engagement) != result:
        before, after = before | result, after | _result(engagement)
    _note(session, engagement, "engagement.edited", actor, now, before=before, after=after)
    return True


def override_tier(
    session: Session,
    vendor: Vendor,
    engagement: Engagement,
    tier: Tier | None,
    reason: str,
    *,
    revision: int,
    now: dt.datetime,
    actor: Actor,
) -> bool:
    """A person's tier holds instead of the computed one, or no longer with None.

    VendorRefused without a reason, or while there is no computed tier to depart from.
    """
    lock(session, engagement, revision)
    reason = clean(reason)
    if tier is not None and facts_of(engagement) is None:
        raise VendorRefused("Answer the five questions first: they give the tier.", "tier")
    if tier is not None and not reason:
        raise VendorRefused(
            "Say why this tier fits better: the reason is shown beside it.", "reason"
        )
    if len(reason) > _REASON:
        raise VendorRefused("The reason has at most %(most)s characters.", "reason", most=_REASON)
    wanted = {
        "tier_override": int(tier) if tier is not None else None,
        "override_reason": reason if tier is not None else "",
    }
    before, after = changed(engagement, wanted)
    if not after:
        return False
    engagement.override_by_id = actor if tier is not None and isinstance(actor, uuid.UUID) else None
    engagement.revision += 1
    result = _result(engagement)
    _score(session, engagement)
    _show(session, vendor, engagement, now, actor)
    before, after = before | result, after | _result(engagement)
    _note(session, engagement, "engagement.tier", actor, now, before=before, after=after)
    return True


def end_engagement(
    session: Session, vendor: Vendor, engagement: Engagement, *, now: dt.datetime, actor: Actor
) -> bool:
    """We buy this no longer, so it counts no longer; False when it had ended already.

    What waits for a decision on it is withdrawn, and a review of it is over.
    """
    if engagement.ended_at is not None:
        return False
    engagement.ended_at = now
    engagement.revision += 1
    decisions.drop_waiting(session, engagement, now=now, actor=actor)
    reviews.close(session, engagement.id, now=now, decision=None)
    _show(session, vendor, engagement, now, actor)
    settle(session, vendor, now=now)
    _note(session, engagement, "engagement.ended", actor, now, before={"name": engagement.name})
    return True


def resume_engagement(
    session: Session, vendor: Vendor, engagement: Engagement, *, now: dt.datetime, actor: Actor
) -> bool:
    """We buy this again; False when it never ended."""
    if engagement.ended_at is None:
        return False
    engagement.ended_at = None
    engagement.observed = observed_of(session, vendor, engagement.id)
    engagement.revision += 1
    _score(session, engagement)
    _show(session, vendor, engagement, now, actor)
    settle(session, vendor, now=now)
    _note(session, engagement, "engagement.resumed", actor, now, after={"name": engagement.name})
    return True


def observe(session: Session, vendor: Vendor, *, now: dt.datetime, actor: Actor) -> bool:
    """What the vendor does on our pages, and holds in our systems, lifts what we buy from it.

    Nobody can see from outside which engagement a script belongs to, so it lifts each of them; an
    entry of the access register lifts the one it names, or all. A vendor whose script was seen and
    that has no engagement gets one, in which nobody has said anything yet, or the one of before
    back. False when all of this held already.
    """
    session.flush()
    seen, held = _scripts(session, vendor), _held(session, vendor)
    # Held and read anew: whoever edits one in this moment must neither lose nor hide this.
    of_vendor = select(Engagement).where(
        Engagement.vendor_id == vendor.id, col(Engagement.ended_at).is_(None)
    )
    locked = of_vendor.order_by(col(Engagement.id)).with_for_update()
    standing = session.exec(locked.execution_options(populate_existing=True)).all()
    if seen and not standing:
        ended = select(Engagement).where(Engagement.vendor_id == vendor.id, Engagement.name == SEEN)
        last = ended.order_by(col(Engagement.ended_at).desc(), col(Engagement.id))
        before = session.exec(last.with_for_update()).first()
        if before is not None:
            return resume_engagement(session, vendor, before, now=now, actor=actor)
        terms = Terms(name=SEEN, owner_id=vendor.owner_id)
        add_engagement(session, vendor, terms, source=FactsSource.OBSERVED, now=now, actor=actor)
        return True
    moved = False
    for engagement in standing:
        observed = _lifted(seen, held, engagement.id)
        if engagement.observed == observed:
            continue
        moved = True
        was = {"observed": sorted(engagement.observed)} | _result(engagement)
        engagement.observed = observed
        _score(session, engagement)
        _show(session, vendor, engagement, now, actor)
        after = {"observed": sorted(observed)} | _result(engagement)
        act = "engagement.observed"
        _note(session, engagement, act, actor, now, before=was, after=after)
    return moved


def observed_of(
    session: Session, vendor: Vendor, engagement_id: uuid.UUID | None = None
) -> dict[str, Any]:
    """The least levels, and the floors, that hold whatever people say of the engagement."""
    return _lifted(_scripts(session, vendor), _held(session, vendor), engagement_id)


def _lifted(
    seen: Mapping[str, Any], held: Sequence[Access], engagement_id: uuid.UUID | None
) -> dict[str, Any]:
    """The strictest of what was seen on our pages and of what the access register holds."""
    levels = [level_of(one) for one in held if one.engagement_id in (None, engagement_id)]
    least = max([*levels, int(seen.get("access", 0))], default=0)
    return dict(seen) | ({"access": least} if least else {})


def _scripts(session: Session, vendor: Vendor) -> dict[str, Any]:
    """What a script of the vendor on our pages gives.

    Code in our pages is the top of the scale of access; on a page that takes cards it is that of
    the payment role too. Our own scripts say nothing of a vendor.
    """
    if vendor.ours:
        return {}
    seen = seen_of(session, [vendor.id]).get(vendor.id)
    if seen is None:
        return {}
    if not seen.card_page:
        return {"access": TOP}
    return {"access": TOP, "payment": TOP, "floors": ["payment-page-script"]}


def _held(session: Session, vendor: Vendor) -> Sequence[Access]:
    if vendor.ours:
        return ()
    return session.exec(
        select(Access).where(Access.vendor_id == vendor.id, col(Access.ended_at).is_(None))
    ).all()


def level_of(entry: Access) -> int:
    """The level of access that an entry of the register gives; what nobody knows is no comfort.

    Code that runs in our pages or our production is 4; a log-in that is known to be kept apart from
    our internal systems is 2; any other is 3.
    """
    if entry.kind == AccessKind.SCRIPT:
        return TOP
    if entry.kind == AccessKind.DEPLOYMENT and entry.reaches_production is not False:
        return TOP
    return 2 if entry.separated else 3


def terms_of(engagement: Engagement) -> Terms:
    """What the engagement says now."""
    return Terms(
        name=engagement.name,
        purpose=engagement.purpose,
        owner_id=engagement.owner_id,
        legal_entity=engagement.legal_entity,
        spend_minor=engagement.spend_minor,
        currency=engagement.currency,
        purchase_order=engagement.purchase_order,
        levels={factor.key: getattr(engagement, factor.key) for factor in FACTORS},
        floors=frozenset(engagement.floors),
        inherits=engagement.inherits,
    )


def engagements_of(session: Session, vendor_id: uuid.UUID) -> Sequence[Engagement]:
    """The vendor's engagements, those that stand before those that ended, the strictest first."""
    rows = session.exec(
        select(Engagement).where(Engagement.vendor_id == vendor_id).order_by(col(Engagement.name))
    ).all()
    return sorted(rows, key=lambda row: (row.ended_at is not None, row.tier or 5))


def currencies() -> frozenset[str]:
    """The codes of ISO 4217, past ones too, since old contracts name them."""
    return frozenset(list_currencies())


def _columns(terms: Terms, source: FactsSource) -> dict[str, Any]:
    name = clean(terms.name)
    if not name:
        raise VendorRefused("Say what is bought.", "name")
    _refuse_long(name, NAME, "name")
    purpose = "\n".join(clean(line) for line in terms.purpose.splitlines()).strip()
    _refuse_long(purpose, _PURPOSE, "purpose")
    entity, order = clean(terms.legal_entity), clean(terms.purchase_order)
    _refuse_long(entity, NAME, "legal_entity")
    _refuse_long(order, 64, "purchase_order")
    return {
        "name": name,
        "purpose": purpose,
        "owner_id": terms.owner_id,
        "legal_entity": entity,
        "purchase_order": order,
        **_money(terms),
        **{factor.key: _level(terms, factor.key) for factor in FACTORS},
        "floors": _floors(terms),
        "facts_source": str(source),
        "inherits": terms.inherits,
    }


def _refuse_no_parent(vendor: Vendor, engagement: Engagement, terms: Terms) -> None:
    if terms.inherits and not engagement.inherits and vendor.parent_id is None:
        raise VendorRefused(
            "%(vendor)s has no parent company: set it first, under “Parent company”.",
            "inherits",
            vendor=vendor.name,
        )


def _refuse_long(text: str, most: int, field: str) -> None:
    if len(text) > most:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.", field, count=len(text), most=most
        )


def _money(terms: Terms) -> dict[str, Any]:
    if terms.spend_minor is None:
        return {"spend_minor": None, "currency": None}
    if not 0 <= terms.spend_minor <= MOST_MINOR:
        raise VendorRefused("Give the spend of a year as an amount from 0 up.", "spend")
    if terms.currency not in currencies():
        raise VendorRefused("Give the currency as its three letters, such as EUR.", "currency")
    return {"spend_minor": terms.spend_minor, "currency": terms.currency}


def _level(terms: Terms, key: str) -> int | None:
    level = terms.levels.get(key)
    if level is not None and not 0 <= level <= TOP:
        raise VendorRefused("A level is a number from 0 to %(most)s.", key, most=TOP)
    return level


def _floors(terms: Terms) -> list[str]:
    if foreign := sorted(terms.floors - FLOORS.keys()):
        raise VendorRefused(
            "%(foreign)s is no fact that lifts a tier.", "floors", foreign=foreign[0]
        )
    return [key for key in FLOORS if key in terms.floors]


def _score(session: Session, engagement: Engagement) -> None:
    reckon(engagement, in_use(session))


def reckon(engagement: Engagement, model: Model) -> None:
    """The engagement shows the inherent risk and the tier that its facts give by this model."""
    result = explain(engagement, model)
    engagement.inherent = result.value if result else None
    engagement.model = result.model if result else None
    computed = int(result.tier) if result else None
    engagement.tier = engagement.tier_override or computed


def _show(
    session: Session, vendor: Vendor, engagement: Engagement, now: dt.datetime, actor: Actor
) -> None:
    refresh(session, vendor)
    vendor.updated_at = now
    if engagement.tier is not None and vendor.triaged_at is None:
        vendor.triaged_at = now
    scores.rescore(session, [vendor.id], now=now, cause=scores.FACTS)
    second_looks.ask(session, engagement, now=now, actor=actor)


def _result(engagement: Engagement) -> dict[str, Any]:
    return {"inherent": engagement.inherent, "tier": engagement.tier}
