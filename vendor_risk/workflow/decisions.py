"""Decisions: proposed on frozen evidence, made by an approver, and the vendor's state follows."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from vendor_risk.evidence import N_
from vendor_risk.scoring.model import Tier
from vendor_risk.store.audit import record
from vendor_risk.store.models.decisions import (
    Condition,
    Decision,
    DecisionKind,
    DecisionState,
    Offboarding,
)
from vendor_risk.store.models.intake import Intake, IntakeState
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import reviews, scores
from vendor_risk.workflow.baselines import frozen, refuse_unseen
from vendor_risk.workflow.calendars import months_later
from vendor_risk.workflow.conditions import Wanted, checked_conditions, drop_open
from vendor_risk.workflow.facts import explain
from vendor_risk.workflow.intervals import review_interval
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.people import approvers, role_names
from vendor_risk.workflow.standing import settle
from vendor_risk.workflow.vendors import Actor, Stale, VendorRefused, refuse_gone

RATIONALE = 4000  # the widths of the columns
REFUSAL = 2000
APPROVALS = (DecisionKind.APPROVE, DecisionKind.CONDITIONAL)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants decided, and why."""

    kind: DecisionKind
    rationale: str
    conditions: Sequence[Wanted] = ()


def propose(
    session: Session,
    engagement: Engagement,
    proposal: Proposal,
    *,
    seen: str,
    shown: Mapping[str, Any] | None,
    person: User,
    now: dt.datetime,
    alone: bool = False,
) -> Decision:
    """A decision waits for an approver or, with `alone`, is in force at once.

    `seen` is the `mark` of the engagement when the person opened the page, and `shown` the baseline
    that stood on it: Stale when somebody decided or proposed since, Moved when the evidence is
    another. VendorRefused for whatever may not be.
    """
    vendor = locked(session, engagement)
    if mark(session, engagement.id) != seen:
        raise Stale
    refuse_place(vendor, engagement)
    if {"analyst", "approver"}.isdisjoint(role_names(person)):
        raise VendorRefused("Analysts and approvers propose decisions.")
    if alone:
        _refuse_alone(session, engagement, person)
    rationale = checked_text(
        proposal.rationale, RATIONALE, "rationale", N_("Say why: the decision rests on it.")
    )
    wanted = checked_conditions(session, proposal.kind, proposal.conditions, now=now)
    scores.rescore(session, [vendor.id], now=now, cause=scores.TIME)
    baseline = frozen(session, engagement, now=now)
    refuse_unseen(shown, baseline)
    refuse_kind(proposal.kind, baseline)
    decision = Decision(
        vendor_id=vendor.id,
        engagement_id=engagement.id,
        kind=proposal.kind,
        state=DecisionState.WAITING,
        rationale=rationale,
        proposed_by_id=person.id,
        score_id=engagement.score_id,
        baseline=baseline,
        created_at=now,
        updated_at=now,
        sample=vendor.sample,
    )
    session.add(decision)
    try:
        session.flush()
    except IntegrityError as error:  # somebody proposed in this very moment
        raise Stale from error
    session.add_all(
        Condition(
            decision_id=decision.id,
            vendor_id=vendor.id,
            text=one.text,
            owner_id=one.owner_id,
            due_on=one.due_on,
            created_at=now,
        )
        for one in wanted
    )
    after = {
        "engagement": engagement.name,
        "decision": str(proposal.kind),
        "rationale": rationale,
        "conditions": [one.text for one in wanted],
    }
    note(session, decision, "decision.proposed", person, now=now, after=after)
    if alone:
        _enforce(session, vendor, engagement, decision, person=person, now=now)
    session.flush()
    return decision


def approve(
    session: Session,
    decision: Decision,
    *,
    revision: int,
    shown: Mapping[str, Any] | None,
    person: User,
    now: dt.datetime,
) -> None:
    """The proposed decision is in force, on the evidence of now, in place of the one before.

    `shown` is the baseline that the person saw; Moved when the evidence is another since.
    """
    vendor, engagement = _waiting(session, decision, revision)
    refuse_place(vendor, engagement)
    refuse_decider(session, engagement, decision, person)
    scores.rescore(session, [vendor.id], now=now, cause=scores.TIME)
    baseline = frozen(session, engagement, now=now)
    refuse_unseen(shown, baseline)
    late = [one for one in conditions_of(session, decision.id) if one.due_on < _today(now)]
    if late:
        raise VendorRefused(
            "The date of “%(text)s” passed while this waited: refuse it, so that it"
            " is proposed with a new date.",
            text=late[0].text,
        )
    decision.baseline = baseline
    decision.score_id = engagement.score_id
    refuse_kind(DecisionKind(decision.kind), decision.baseline)
    _enforce(session, vendor, engagement, decision, person=person, now=now)
    session.flush()


def refuse(
    session: Session,
    decision: Decision,
    reason: str,
    *,
    revision: int,
    person: User,
    now: dt.datetime,
) -> None:
    """The proposal is refused with a reason; what was in force stays so."""
    _vendor, engagement = _waiting(session, decision, revision)
    refuse_decider(session, engagement, decision, person)
    decision.refusal = checked_text(
        reason, REFUSAL, "refusal", N_("Say why: whoever proposed it reads that.")
    )
    decision.state, decision.decided_by_id, decision.decided_at = (
        DecisionState.REFUSED,
        person.id,
        now,
    )
    decision.revision += 1
    drop_open(session, decision.id, now)
    after = {"engagement": engagement.name, "decision": decision.kind, "reason": decision.refusal}
    note(session, decision, "decision.refused", person, now=now, after=after)
    session.flush()


def withdraw(
    session: Session, decision: Decision, *, revision: int, person: User, now: dt.datetime
) -> None:
    """Whoever proposed it takes it back before anybody decided."""
    _vendor, engagement = _waiting(session, decision, revision)
    if decision.proposed_by_id != person.id:
        raise VendorRefused("Whoever proposed it takes it back; an approver refuses it.")
    decision.state, decision.decided_at = DecisionState.WITHDRAWN, now
    decision.revision += 1
    drop_open(session, decision.id, now)
    after = {"engagement": engagement.name, "decision": decision.kind}
    note(session, decision, "decision.withdrawn", person, now=now, after=after)
    session.flush()


def drop_waiting(
    session: Session, engagement: Engagement, *, now: dt.datetime, actor: Actor
) -> bool:
    """Nothing waits for a decision on what has ended; False when nothing did."""
    decision = in_state(session, engagement.id, DecisionState.WAITING)
    if decision is None:
        return False
    session.refresh(decision, with_for_update=True)
    if decision.state != DecisionState.WAITING:
        return False
    decision.state, decision.decided_at = DecisionState.WITHDRAWN, now
    decision.revision += 1
    drop_open(session, decision.id, now)
    after = {"engagement": engagement.name, "decision": decision.kind, "because": "it has ended"}
    note(session, decision, "decision.withdrawn", actor, now=now, after=after)
    return True


def mark(session: Session, engagement_id: uuid.UUID) -> str:
    """What tells whether anything was decided or proposed since a page was opened."""
    newest = history(session, engagement_id, most=1)
    return f"{newest[0].id}:{newest[0].revision}" if newest else ""


def history(session: Session, engagement_id: uuid.UUID, most: int = 50) -> Sequence[Decision]:
    """The decisions on an engagement, the newest first."""
    rows = select(Decision).where(Decision.engagement_id == engagement_id)
    newest = (col(Decision.created_at).desc(), col(Decision.updated_at).desc(), col(Decision.id))
    return session.exec(rows.order_by(*newest).limit(most)).all()


def in_state(session: Session, engagement_id: uuid.UUID, state: DecisionState) -> Decision | None:
    """The engagement's decision that waits, or the one in force."""
    return session.exec(
        select(Decision).where(Decision.engagement_id == engagement_id, Decision.state == state)
    ).first()


def conditions_of(session: Session, decision_id: uuid.UUID) -> Sequence[Condition]:
    """The conditions of a decision by date."""
    rows = select(Condition).where(Condition.decision_id == decision_id)
    return session.exec(rows.order_by(col(Condition.due_on), col(Condition.id))).all()


def four_eyes(session: Session, engagement: Engagement) -> bool:
    """Whether two people decide; an engagement without tier is taken for the strictest.

    A tier set by hand cannot make it one: else a person could lower it, decide, and take it back.
    """
    computed = explain(engagement, in_use(session))
    tiers = (engagement.tier or Tier.T1, computed.tier if computed else Tier.T1)
    return min(tiers) <= Tier.T2


def why_not(
    session: Session, engagement: Engagement, decision: Decision | None, person: User
) -> VendorRefused | None:
    """Why this person may not decide; None when they may.

    Without a decision: why they may not decide alone in one step.
    """
    try:
        if decision is None:
            _refuse_alone(session, engagement, person)
        else:
            refuse_decider(session, engagement, decision, person)
    except VendorRefused as error:
        return error
    return None


def refuse_decider(
    session: Session, engagement: Engagement, decision: Decision, person: User
) -> None:
    """VendorRefused when this person may not decide on that proposal."""
    _refuse_approver(session, engagement, person)
    if four_eyes(session, engagement) and decision.proposed_by_id == person.id:
        raise VendorRefused(
            "You proposed this, and tier 1 and 2 need four eyes: another approver decides. Ask"
            " %(approvers)s.",
            approvers=_others(session, engagement, person),
        )


def note(
    session: Session,
    decision: Decision,
    act: str,
    person: User | Actor,
    *,
    now: dt.datetime,
    after: dict[str, Any],
) -> None:
    """Put an act upon a decision into the log, under its vendor."""
    record(
        session,
        actor=person.id if isinstance(person, User) else person,
        act=act,
        subject_kind="vendor",
        subject_id=decision.vendor_id,
        after=after | {"decision_id": decision.id},
        now=now,
    )


def next_review(session: Session, engagement: Engagement, now: dt.datetime) -> dt.date:
    """The day on which an approval of today is looked at again, by tier."""
    return months_later(_today(now), review_interval(session, engagement.tier or Tier.T1))


def _enforce(
    session: Session,
    vendor: Vendor,
    engagement: Engagement,
    decision: Decision,
    *,
    person: User,
    now: dt.datetime,
) -> None:
    before = in_state(session, engagement.id, DecisionState.IN_FORCE)
    if before is not None:
        before.state, before.second_asked_at = DecisionState.REPLACED, None
        before.revision += 1
        drop_open(session, before.id, now)
        session.flush()  # one decision is in force at a time, says an index
    decision.state, decision.decided_by_id, decision.decided_at = (
        DecisionState.IN_FORCE,
        person.id,
        now,
    )
    decision.revision += 1
    if decision.kind in APPROVALS:
        decision.review_on = next_review(session, engagement, now)
    try:
        session.flush()
    except IntegrityError as error:  # somebody else decided in this very moment
        raise Stale from error
    reviews.close(session, engagement.id, now=now, decision=decision)
    if decision.kind == DecisionKind.OFFBOARD:
        _begin_offboarding(session, decision)
    after = {
        "engagement": engagement.name,
        "decision": decision.kind,
        "rationale": decision.rationale,
        "score_id": decision.score_id,
    }
    note(session, decision, "decision.in_force", person, now=now, after=after)
    settle(session, vendor, now=now)


def _begin_offboarding(session: Session, decision: Decision) -> None:
    begun = session.exec(
        select(Offboarding).where(Offboarding.vendor_id == decision.vendor_id)
    ).first()
    if begun is None:
        session.add(Offboarding(vendor_id=decision.vendor_id, decision_id=decision.id))
    elif begun.decision_id != decision.id:  # what was done on an earlier way out was for that one
        begun.decision_id = decision.id
        begun.data_done_on = begun.contract_closed_on = begun.certificate_id = None
        begun.data_how = ""
        begun.finished_at = begun.finished_by_id = None
        begun.revision += 1


def locked(session: Session, engagement: Engagement) -> Vendor:
    """The vendor of the engagement, both held until the end."""
    vendor = session.get_one(Vendor, engagement.vendor_id, with_for_update=True)
    session.refresh(engagement, with_for_update=True)
    return vendor


def _waiting(session: Session, decision: Decision, revision: int) -> tuple[Vendor, Engagement]:
    engagement = session.get_one(Engagement, decision.engagement_id)
    vendor = locked(session, engagement)
    session.refresh(decision, with_for_update=True)
    if decision.revision != revision or decision.state != DecisionState.WAITING:
        raise Stale
    return vendor, engagement


def refuse_place(vendor: Vendor, engagement: Engagement) -> None:
    """VendorRefused where nothing is decided: a vendor that is gone, or what we buy no longer."""
    refuse_gone(vendor)
    if vendor.archived_at is not None:
        raise VendorRefused("%(vendor)s is archived: restore it first.", vendor=vendor.name)
    if vendor.ours:
        raise VendorRefused(
            "%(vendor)s is our own company: nobody decides on it.", vendor=vendor.name
        )
    if engagement.ended_at is not None:
        raise VendorRefused(
            "%(engagement)s has ended: take it up again first.", engagement=engagement.name
        )


def _refuse_approver(session: Session, engagement: Engagement, person: User) -> None:
    if "approver" not in role_names(person):
        raise VendorRefused(
            "An approver decides; you are none. Ask %(approvers)s.",
            approvers=_others(session, engagement, person),
        )
    if person.id in _requesters(session, engagement):
        raise VendorRefused(
            "This is your own request, and nobody decides on their own: another approver does. Ask"
            " %(approvers)s.",
            approvers=_others(session, engagement, person),
        )


def _requesters(session: Session, engagement: Engagement) -> set[uuid.UUID | None]:
    """Who asked for it."""
    asked = select(Intake.requester_id).where(
        Intake.engagement_id == engagement.id, Intake.state == IntakeState.SUBMITTED
    )
    return set(session.exec(asked))


def _others(session: Session, engagement: Engagement, person: User) -> object:
    """The names of those who could decide in this person's place; else whom to ask for one."""
    return approvers(session, but={person.id, *_requesters(session, engagement)})


def _refuse_alone(session: Session, engagement: Engagement, person: User) -> None:
    _refuse_approver(session, engagement, person)
    if four_eyes(session, engagement):
        raise VendorRefused(
            "Tier 1 and 2 need four eyes: propose it, and another approver decides. Ask"
            " %(approvers)s."
            if engagement.tier
            else "Without a tier it counts as the strictest and needs four eyes: propose it, and "
            "another approver decides. Ask %(approvers)s.",
            approvers=_others(session, engagement, person),
        )


def refuse_kind(kind: DecisionKind, baseline: dict[str, Any]) -> None:
    """VendorRefused when evidence like this allows no such decision."""
    if kind not in APPROVALS:
        return
    if baseline["final"] is None:
        raise VendorRefused(
            "It has no score yet, so there is nothing to approve: answer the five questions "
            "about it first.",
            "kind",
        )
    standing = baseline["knockouts"]
    if kind == DecisionKind.APPROVE and standing:
        named = "; ".join(f"{one['id']} ({one['fact'].rstrip('.')})" for one in standing)
        raise VendorRefused(
            "A knock-out is in force, so it can only be approved with conditions: %(named)s.",
            "kind",
            named=named,
        )


def checked_text(text: str, most: int, field: str, missing: str) -> str:
    """The words as they are kept; VendorRefused when there are none, or too many."""
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise VendorRefused(missing, field)
    if len(text) > most:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.", field, count=len(text), most=most
        )
    return text


def _today(now: dt.datetime) -> dt.date:
    return now.astimezone(dt.UTC).date()
