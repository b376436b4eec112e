"""Approvals of one person whose engagement rose to four eyes: a second one confirms or refuses."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from vendor_risk.evidence import N_
from vendor_risk.store.audit import record
from vendor_risk.store.models.decisions import Decision, DecisionKind, DecisionState
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Engagement, Vendor, VendorState
from vendor_risk.workflow import decisions, scores
from vendor_risk.workflow.baselines import frozen, refuse_unseen
from vendor_risk.workflow.conditions import drop_open
from vendor_risk.workflow.decisions import APPROVALS
from vendor_risk.workflow.standing import decided, settle
from vendor_risk.workflow.vendors import Actor, Stale, touch


def ask(session: Session, engagement: Engagement, *, now: dt.datetime, actor: Actor) -> bool:
    """The approval in force waits for a second person, or no longer, as the tier now wants it.

    It stays in force meanwhile. False when nothing moved.
    """
    row = decisions.in_state(session, engagement.id, DecisionState.IN_FORCE)
    if row is None or row.kind not in APPROVALS or row.second_at is not None:
        return False
    alone = row.proposed_by_id == row.decided_by_id
    wanted = alone and decisions.four_eyes(session, engagement)
    if wanted == (row.second_asked_at is not None):
        return False
    row.second_asked_at = now if wanted else None
    record(
        session,
        actor=actor,
        act="decision.second_asked" if wanted else "decision.second_spared",
        subject_kind="vendor",
        subject_id=row.vendor_id,
        after={"engagement": engagement.name, "tier": engagement.tier, "decision_id": row.id},
        now=now,
    )
    return True


def confirm(
    session: Session,
    decision: Decision,
    *,
    revision: int,
    shown: Mapping[str, Any] | None,
    person: User,
    now: dt.datetime,
) -> None:
    """Two people have approved it, the second on the evidence of now.

    `shown` is the baseline that the person saw; Moved when the evidence is another since.
    """
    vendor, engagement = _asked(session, decision, revision, person)
    scores.rescore(session, [vendor.id], now=now, cause=scores.TIME)
    baseline = frozen(session, engagement, now=now)
    refuse_unseen(shown, baseline)
    decisions.refuse_kind(DecisionKind(decision.kind), baseline)
    decision.baseline, decision.score_id = baseline, engagement.score_id
    decision.review_on = decisions.next_review(session, engagement, now)
    _looked(decision, person, now)
    after = {"engagement": engagement.name, "tier": engagement.tier, "score_id": decision.score_id}
    decisions.note(session, decision, "decision.confirmed", person, now=now, after=after)
    settle(session, vendor, now=now)
    session.flush()


def send_back(
    session: Session,
    decision: Decision,
    reason: str,
    *,
    revision: int,
    person: User,
    now: dt.datetime,
) -> None:
    """The approval is in force no longer; without another one the vendor is being assessed."""
    vendor, engagement = _asked(session, decision, revision, person)
    decision.refusal = decisions.checked_text(
        reason, decisions.REFUSAL, "refusal", N_("Say why: whoever approved it reads that.")
    )
    decision.state = DecisionState.REFUSED
    _looked(decision, person, now)
    drop_open(session, decision.id, now)
    after = {"engagement": engagement.name, "decision": decision.kind, "reason": decision.refusal}
    decisions.note(session, decision, "decision.sent_back", person, now=now, after=after)
    if decided(session, vendor):
        settle(session, vendor, now=now)
    else:
        vendor.state, vendor.next_review_on = VendorState.ASSESSING, None
        touch(vendor, now)
    session.flush()


def _asked(
    session: Session, decision: Decision, revision: int, person: User
) -> tuple[Vendor, Engagement]:
    engagement = session.get_one(Engagement, decision.engagement_id)
    vendor = decisions.locked(session, engagement)
    session.refresh(decision, with_for_update=True)
    if decision.revision != revision or decision.second_asked_at is None:
        raise Stale
    decisions.refuse_place(vendor, engagement)
    decisions.refuse_decider(session, engagement, decision, person)
    return vendor, engagement


def _looked(decision: Decision, person: User, now: dt.datetime) -> None:
    decision.second_asked_at, decision.second_by_id, decision.second_at = None, person.id, now
    decision.revision += 1
