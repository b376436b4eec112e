"""Sending questionnaires: what a vendor would be asked, what stands in the way, and the letter."""

import datetime as dt
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, func, select

from vendor_risk.questionnaires import chosen
from vendor_risk.questionnaires.evaluate import evaluate
from vendor_risk.questionnaires.merged import Asked, MergeRefused
from vendor_risk.questionnaires.template import Template
from vendor_risk.refusals import Word
from vendor_risk.scoring.asking import levels
from vendor_risk.scoring.controls import out_of_scope
from vendor_risk.store.audit import record
from vendor_risk.store.models.responses import (
    IN_FLIGHT,
    QuestionnaireResponse,
    ResponseState,
)
from vendor_risk.store.models.vendors import Contact, Engagement, Vendor
from vendor_risk.workflow import outbox
from vendor_risk.workflow.contacts import contacts_of
from vendor_risk.workflow.facts import facts_of
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.responses import links, proven, reuse, silence
from vendor_risk.workflow.responses.proven import Proven
from vendor_risk.workflow.responses.published import current, publish
from vendor_risk.workflow.vendors import VendorRefused, clean, refuse_gone

USUAL = dt.timedelta(days=21)
_FURTHEST = dt.timedelta(days=365)
MESSAGE = 2000


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be sent: the questionnaires as one, how much that is, and what forbids it."""

    templates: tuple[Template, ...]
    questions: tuple[Asked, ...]
    minutes: int
    facts: dict[str, int]
    tier: int
    out_of_scope: tuple[str, ...]
    refusals: tuple[VendorRefused, ...]
    proven: Proven = field(default_factory=dict)

    @property
    def left(self) -> tuple[Asked, ...]:
        """The questions that no proof answers."""
        return tuple(each for each in self.questions if each.control not in self.proven)


@dataclass(frozen=True, slots=True)
class Sent:
    """A response on its way: whom the letter goes to, and the token of its link, kept nowhere."""

    response: QuestionnaireResponse
    contact: Contact
    token: str


def plan(
    session: Session,
    vendor: Vendor,
    engagement: Engagement,
    ids: Sequence[str] | None = None,
    *,
    now: dt.datetime,
) -> Plan:
    """What would go out for the engagement: by its facts, or these questionnaires."""
    refusals: list[VendorRefused] = list(_standing(vendor, engagement))
    facts = facts_of(engagement)
    tier = engagement.tier_override or engagement.tier
    if facts is None or tier is None:
        refusals.append(
            VendorRefused(
                "The facts of the engagement are not complete: say them first, for they decide"
                " what is asked."
            )
        )
        return Plan((), (), 0, {}, 0, (), tuple(refusals))
    told = levels(facts)
    left_out = tuple(one.control for one in out_of_scope(facts, in_use(session)))
    wanted = tuple(dict.fromkeys(ids if ids is not None else chosen.chosen(told, tier)))
    if not wanted:
        refusals.append(VendorRefused("Choose at least one questionnaire."))
    if chosen.INTAKE in wanted:
        refusals.append(
            VendorRefused("The intake is for our own people: it is never sent to a vendor.")
        )
    templates = tuple(current(session, id) for id in wanted if id != chosen.INTAKE)
    try:
        asked = evaluate(templates, told, {}, as_of=now.date(), out_of_scope=left_out).visible
    except MergeRefused as error:
        asked = ()
        refusals.append(
            VendorRefused("These questionnaires cannot be sent as one: %(why)s", why=error)
        )
    if templates:
        refusals += _hidden(templates, asked)
    refusals += _in_flight(session, engagement, templates)
    if not any(one.email for one in contacts_of(session, vendor.id)):
        refusals.append(
            VendorRefused(
                "%(vendor)s has no contact with an e-mail address: add one under “Contacts”.",
                vendor=vendor.name,
            )
        )
    shown = {each.control for each in asked}
    found = proven.of(session, engagement, today=now.date())
    found = {control: one for control, one in found.items() if control in shown}
    minutes = minutes_of([each for each in asked if each.control not in found])
    return Plan(templates, asked, minutes, told, tier, left_out, tuple(refusals), found)


def send(
    session: Session,
    vendor: Vendor,
    engagement: Engagement,
    ids: Sequence[str] | None = None,
    *,
    contact_id: uuid.UUID | None = None,
    due: dt.date | None = None,
    message: str = "",
    language: str = "en",
    now: dt.datetime,
    actor: uuid.UUID,
) -> Sent:
    """The response, its questions frozen, and the link for the letter.

    Who calls it writes the letter. VendorRefused with the first reason that forbids it.
    """
    session.refresh(engagement, with_for_update=True)  # two who send at once: the second is told
    asked = plan(session, vendor, engagement, ids, now=now)
    if asked.refusals:
        raise VendorRefused.because(asked.refusals[0], "questionnaires")
    for template in asked.templates:
        publish(session, template.form.id)
    contact = _contact(session, vendor, contact_id)
    today = now.astimezone(dt.UTC).date()
    message = message.strip()
    if len(message) > MESSAGE:
        raise VendorRefused("A message has at most %(most)s characters.", "message", most=MESSAGE)
    response = QuestionnaireResponse(
        vendor_id=vendor.id,
        engagement_id=engagement.id,
        contact_id=contact.id,
        number=_next_number(session, now),
        state=ResponseState.SENT,
        language=clean(language) or "en",
        asked=[
            {"id": one.form.id, "version": one.form.version, "sha256": one.sha256}
            for one in asked.templates
        ],
        facts=asked.facts,
        tier=asked.tier,
        out_of_scope=list(asked.out_of_scope),
        proven=asked.proven,
        message=message,
        due_on=checked_due(due, today),
        sent_at=now,
        sent_by_id=actor,
        reviewer_id=vendor.owner_id or actor,
        previous_id=_previous(session, engagement),
        created_at=now,
        sample=vendor.sample,
    )
    session.add(response)
    session.flush()
    reuse.take_over(session, response, now=now)
    token = links.make(session, response, contact=contact, now=now)
    record(
        session,
        actor=actor,
        act="response.sent",
        subject_kind="response",
        subject_id=response.id,
        after={
            "vendor_id": vendor.id,
            "number": response.number,
            "asked": [one.address for one in asked.templates],
            "due_on": response.due_on,
        },
        now=now,
    )
    return Sent(response, contact, token)


def withdraw(
    session: Session,
    response: QuestionnaireResponse,
    reason: str,
    *,
    now: dt.datetime,
    actor: uuid.UUID,
) -> None:
    """It is asked no more, and its links open nothing."""
    session.refresh(response, with_for_update=True)
    if response.state not in IN_FLIGHT:
        raise VendorRefused("It has ended already.")
    reason = clean(reason)
    if not reason:
        raise VendorRefused("Say why it is withdrawn.", "reason")
    before = response.state
    response.state = ResponseState.WITHDRAWN
    response.ended_at, response.ended_reason = now, reason[:1000]
    response.revision += 1
    links.revoke_all(session, response, now=now)
    outbox.call_off(session, f"reminder/{response.id}/", now=now)
    silence.forget(session, response, now=now, actor=actor)
    record(
        session,
        actor=actor,
        act="response.withdrawn",
        subject_kind="response",
        subject_id=response.id,
        before={"state": before},
        after={"state": response.state, "reason": reason},
        now=now,
    )


def of_vendor(session: Session, vendor_id: uuid.UUID) -> Sequence[QuestionnaireResponse]:
    """All responses of a vendor, the newest first."""
    rows = select(QuestionnaireResponse).where(QuestionnaireResponse.vendor_id == vendor_id)
    return session.exec(rows.order_by(col(QuestionnaireResponse.created_at).desc())).all()


def _standing(vendor: Vendor, engagement: Engagement) -> Sequence[VendorRefused]:
    refuse_gone(vendor)
    if vendor.archived_at is not None:
        return [VendorRefused("The vendor is archived: bring it back first.")]
    if vendor.ours:
        return [VendorRefused("These are our own pages: nobody is asked about them.")]
    if engagement.ended_at is not None:
        return [VendorRefused("The engagement has ended: nothing is asked about it any more.")]
    return []


def _hidden(templates: Sequence[Template], asked: Sequence[Asked]) -> Sequence[VendorRefused]:
    seen = {way.form.id for each in asked for way in (each, *each.also)}
    return [
        VendorRefused(
            "Nothing in %(title)s applies to this engagement: leave it out.",
            title=template.form.title["en"],
        )
        for template in templates
        if template.form.id not in seen and asked
    ] or (
        [VendorRefused("Nothing of what was chosen applies to this engagement.")]
        if not asked
        else []
    )


def _in_flight(
    session: Session, engagement: Engagement, templates: Sequence[Template]
) -> Sequence[VendorRefused]:
    rows = session.exec(
        select(QuestionnaireResponse).where(
            QuestionnaireResponse.engagement_id == engagement.id,
            col(QuestionnaireResponse.state).in_(IN_FLIGHT),
        )
    )
    titles = {template.form.id: template.form.title["en"] for template in templates}
    return [
        VendorRefused(
            "%(title)s is on its way already (%(number)s, %(state)s): remind the vendor or"
            " withdraw it.",
            title=titles[one["id"]],
            number=row.number,
            state=Word(row.state),
        )
        for row in rows
        for one in row.asked
        if one["id"] in titles
    ]


def minutes_of(asked: Sequence[Asked]) -> int:
    """How long it takes: each question its share of the estimate of its questionnaire."""
    share = 0.0
    for each in asked:
        whole = sum(len(section.questions) for section in each.form.sections)
        share += each.form.estimate_minutes / whole
    return math.ceil(share)


def _contact(session: Session, vendor: Vendor, contact_id: uuid.UUID | None) -> Contact:
    reachable = [one for one in contacts_of(session, vendor.id) if one.email]
    for one in sorted(reachable, key=lambda one: "security" not in one.roles):
        if contact_id is None or one.id == contact_id:
            return one
    raise VendorRefused("Choose a contact of this vendor that has an address.", "contact_id")


def checked_due(due: dt.date | None, today: dt.date) -> dt.date:
    """The day that answers are due, the usual one where none is named; VendorRefused."""
    due = due or today + USUAL
    if due < today:
        raise VendorRefused("That day is past: give one from today on.", "due_on")
    if due > today + _FURTHEST:
        raise VendorRefused("That is more than a year ahead: give a nearer day.", "due_on")
    return due


def _previous(session: Session, engagement: Engagement) -> uuid.UUID | None:
    rows = select(QuestionnaireResponse.id).where(
        QuestionnaireResponse.engagement_id == engagement.id,
        QuestionnaireResponse.state == ResponseState.ACCEPTED,
    )
    return session.exec(rows.order_by(col(QuestionnaireResponse.accepted_at).desc())).first()


def _next_number(session: Session, now: dt.datetime) -> str:
    """Q-2026-0042: numbered within the year."""
    year = f"Q-{now:%Y}-"
    last = session.exec(
        select(func.max(QuestionnaireResponse.number)).where(
            col(QuestionnaireResponse.number).startswith(year)
        )
    ).one()
    return f"{year}{int(last.removeprefix(year)) + 1 if last else 1:05d}"
