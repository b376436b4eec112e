"""Controls that an analyst takes out of an engagement, and back in, with the reason."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from vendor_risk.scoring.controls import out_of_scope
from vendor_risk.store.audit import record
from vendor_risk.store.models.evidence import NotApplicable
from vendor_risk.store.models.findings import CAPPING, StoredFinding
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import scores
from vendor_risk.workflow.facts import facts_of
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.vendors import Actor, VendorRefused, clean

REASON = 1000  # the width of the column


def accept(
    session: Session,
    engagement: Engagement,
    control: str,
    *,
    reason: str,
    now: dt.datetime,
    actor: Actor,
) -> NotApplicable:
    """The control counts no longer for this engagement.

    VendorRefused without a reason, for a control that does not count anyway, while a finding on it
    is open, and where nothing would be left to score.
    """
    # whoever takes out the last control but one and whoever takes out the other one take turns
    session.refresh(engagement, with_for_update=True)
    reason = _reason(reason)
    _refuse_out_of_scope(session, engagement, control)
    if _faults(session, engagement, control):
        raise VendorRefused(
            "A finding on %(control)s is open: a control that fails does apply. Close"
            " the finding first, or judge it as not theirs.",
            "control",
            control=control,
        )
    row = NotApplicable(
        engagement_id=engagement.id,
        control=control,
        reason=reason,
        by_id=actor if isinstance(actor, uuid.UUID) else None,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise _already(control) from error
    _note(session, row, "engagement.not_applicable", now, actor)
    scores.rescore(session, [engagement.vendor_id], now=now, cause=scores.NOT_APPLICABLE)
    return row


def take_back(session: Session, row: NotApplicable, *, now: dt.datetime, actor: Actor) -> bool:
    """The control counts again; False when it did already."""
    session.refresh(row, with_for_update=True)
    if row.ended_at is not None:
        return False
    row.ended_at = now
    _note(session, row, "engagement.applicable", now, actor)
    engagement = session.get_one(Engagement, row.engagement_id)
    scores.rescore(session, [engagement.vendor_id], now=now, cause=scores.NOT_APPLICABLE)
    return True


def standing(session: Session, engagement_id: uuid.UUID) -> Sequence[NotApplicable]:
    """What is accepted as not applicable, ordered by control."""
    return session.exec(
        select(NotApplicable)
        .where(NotApplicable.engagement_id == engagement_id, col(NotApplicable.ended_at).is_(None))
        .order_by(NotApplicable.control)
    ).all()


def _reason(text: str) -> str:
    reason = clean(text)
    if not reason:
        raise VendorRefused("Say why the control does not apply here.", "reason")
    if len(reason) > REASON:
        raise VendorRefused(
            "The reason has %(count)s characters, and %(most)s fit: shorten it.",
            "reason",
            count=len(reason),
            most=REASON,
        )
    return reason


def _refuse_out_of_scope(session: Session, engagement: Engagement, control: str) -> None:
    model = in_use(session)
    if control not in model.controls:
        raise VendorRefused(
            "“%(control)s” is no control: choose one of the list.", "control", control=control[:20]
        )
    if engagement.ended_at is not None:
        raise VendorRefused("The engagement has ended, and is not scored.")
    facts = facts_of(engagement)
    if facts is None:
        raise VendorRefused("Answer the five questions about the engagement first.")
    left_out = {one.control for one in out_of_scope(facts, model)}
    if control in left_out:
        raise VendorRefused(
            "%(control)s is out of scope by the facts already.", "control", control=control
        )
    accepted = {row.control for row in standing(session, engagement.id)}
    if control in accepted:
        raise _already(control)
    if not model.controls.keys() - left_out - accepted - {control}:
        raise VendorRefused(
            "%(control)s is the last control that counts: without it there is nothing to score.",
            "control",
            control=control,
        )


def _faults(session: Session, engagement: Engagement, control: str) -> bool:
    """Whether something is open on the control, at the parent too where its evidence counts."""
    vendor = session.get_one(Vendor, engagement.vendor_id)
    parent = vendor.parent_id if engagement.inherits else None
    rows = session.exec(
        select(StoredFinding).where(
            col(StoredFinding.vendor_id).in_([one for one in (vendor.id, parent) if one]),
            StoredFinding.control == control,
            col(StoredFinding.state).in_(CAPPING),
        )
    )
    return any(
        row.engagement_id in (None, engagement.id)
        and (counted := scores.counts(row)) is not None
        and counted.rank > 0
        for row in rows
    )


def _already(control: str) -> VendorRefused:
    return VendorRefused(
        "%(control)s is accepted as not applicable already.", "control", control=control
    )


def _note(session: Session, row: NotApplicable, act: str, now: dt.datetime, actor: Actor) -> None:
    said = {"control": row.control, "reason": row.reason}
    ended = row.ended_at is not None
    record(
        session,
        actor=actor,
        act=act,
        subject_kind="engagement",
        subject_id=row.engagement_id,
        before=said if ended else None,
        after=None if ended else said,
        now=now,
    )
