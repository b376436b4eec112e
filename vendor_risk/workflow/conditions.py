"""Conditions of an approval: who does what until when, met in time or breached."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select, update

from vendor_risk.store.audit import record
from vendor_risk.store.models.decisions import Condition, Decision, DecisionKind, DecisionState
from vendor_risk.store.models.people import User
from vendor_risk.workflow.people import role_names
from vendor_risk.workflow.vendors import Stale, VendorRefused, clean

# As long as an acceptance: what may wait longer is none.
_LONGEST = dt.timedelta(days=730)
TEXT = 500  # the widths of the columns
NOTE = 1000
MOST = 20  # more are no conditions of an approval, but a reason to reject


@dataclass(frozen=True, slots=True)
class Wanted:
    """A condition as somebody typed it; a line with nothing in it is none."""

    text: str
    owner_id: uuid.UUID | None
    due_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Checked:
    """A condition that says all it must."""

    text: str
    owner_id: uuid.UUID
    due_on: dt.date


def checked_conditions(
    session: Session, kind: DecisionKind, wanted: Sequence[Wanted], *, now: dt.datetime
) -> list[Checked]:
    """The conditions as they are kept; VendorRefused names the field of what is missing."""
    if kind != DecisionKind.CONDITIONAL:
        return []
    today = now.astimezone(dt.UTC).date()
    kept = []
    for place, one in enumerate(wanted):
        if not one.text.strip() and one.owner_id is None and one.due_on is None:
            continue
        kept.append(_checked(session, one, f"conditions-{place}", today))
    if not kept:
        raise VendorRefused(
            "Name at least one condition: what has to be done, by whom, until when.",
            "conditions-0-text",
        )
    if len(kept) > MOST:
        raise VendorRefused(
            "At most %(most)s conditions: join some.", "conditions-0-text", most=MOST
        )
    return kept


def meet(
    session: Session,
    condition: Condition,
    text: str,
    *,
    revision: int,
    person: User,
    now: dt.datetime,
) -> None:
    """The condition is met; its owner or an analyst says so, and how."""
    _refuse(session, condition, revision, person)
    text = clean(text)
    if not text:
        raise VendorRefused("Say how it was met: others rely on that.", "note")
    if len(text) > NOTE:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.",
            "note",
            count=len(text),
            most=NOTE,
        )
    if condition.met_at is not None:
        raise Stale
    condition.met_at, condition.met_by_id, condition.met_note = now, person.id, text
    condition.revision += 1
    _note(session, condition, "condition.met", person.id, now)
    session.flush()


def reopen(
    session: Session, condition: Condition, *, revision: int, person: User, now: dt.datetime
) -> None:
    """The condition is open again: it was said to be met too early."""
    _refuse(session, condition, revision, person)
    if condition.met_at is None:
        raise Stale
    condition.met_at = condition.met_by_id = None
    condition.met_note = ""
    condition.revision += 1
    _note(session, condition, "condition.reopened", person.id, now)
    session.flush()


def of_person(session: Session, vendor_id: uuid.UUID, person_id: uuid.UUID) -> Sequence[Condition]:
    """The conditions in force at a vendor that are this person's, by date."""
    rows = (
        select(Condition)
        .join(Decision, col(Decision.id) == col(Condition.decision_id))
        .where(
            Condition.vendor_id == vendor_id,
            Condition.owner_id == person_id,
            col(Condition.dropped_at).is_(None),
            Decision.state == DecisionState.IN_FORCE,
        )
    )
    return session.exec(rows.order_by(col(Condition.due_on), col(Condition.id))).all()


def may_meet(condition: Condition, person: User) -> bool:
    """Whether this person says when it is met."""
    roles = role_names(person)
    return "analyst" in roles or ("auditor" not in roles and condition.owner_id == person.id)


def raise_breaches(session: Session, now: dt.datetime) -> list[Condition]:
    """Conditions in force whose date passed are marked as breached, once; those marked now."""
    today = now.astimezone(dt.UTC).date()
    late = session.exec(
        select(Condition)
        .join(Decision, col(Decision.id) == col(Condition.decision_id))
        .where(
            Decision.state == DecisionState.IN_FORCE,
            col(Condition.met_at).is_(None),
            col(Condition.dropped_at).is_(None),
            col(Condition.breached_at).is_(None),
            col(Condition.due_on) < today,
        )
        .order_by(col(Condition.due_on), col(Condition.id))
        .with_for_update(of=Condition)
    ).all()
    for one in late:
        one.breached_at = now
        one.revision += 1
        _note(session, one, "condition.breached", "clock", now)
    session.flush()
    return list(late)


def drop_open(session: Session, decision_id: uuid.UUID, now: dt.datetime) -> None:
    """What is still open of a decision goes with it."""
    session.exec(
        update(Condition)
        .where(
            col(Condition.decision_id) == decision_id,
            col(Condition.met_at).is_(None),
            col(Condition.dropped_at).is_(None),
        )
        .values(dropped_at=now, revision=Condition.revision + 1)
    )


def _checked(session: Session, one: Wanted, field: str, today: dt.date) -> Checked:
    text = clean(one.text)
    if not text:
        raise VendorRefused("Say what has to be done.", f"{field}-text")
    if len(text) > TEXT:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.",
            f"{field}-text",
            count=len(text),
            most=TEXT,
        )
    owner = session.get(User, one.owner_id) if one.owner_id else None
    if owner is None or not owner.active:
        raise VendorRefused("Name who of ours sees to it.", f"{field}-owner_id")
    if one.due_on is None:
        raise VendorRefused("Give the day until which it must be done.", f"{field}-due_on")
    if one.due_on < today:
        raise VendorRefused("That day has passed: give one to come.", f"{field}-due_on")
    if one.due_on > today + _LONGEST:
        raise VendorRefused(
            "A condition lasts two years at most: choose a nearer day.", f"{field}-due_on"
        )
    return Checked(text, owner.id, one.due_on)


def _refuse(session: Session, condition: Condition, revision: int, person: User) -> None:
    session.refresh(condition, with_for_update=True)
    if condition.revision != revision:
        raise Stale
    if not may_meet(condition, person):
        raise VendorRefused("Its owner or an analyst says when it is met.")
    if condition.dropped_at is not None:
        raise VendorRefused("It went with the decision it belonged to.")
    decision = session.get_one(Decision, condition.decision_id)
    if decision.state == DecisionState.WAITING:
        raise VendorRefused("Nobody has decided yet, so it does not bind so far.")


def _note(
    session: Session, condition: Condition, act: str, actor: uuid.UUID | str, now: dt.datetime
) -> None:
    record(
        session,
        actor=actor,
        act=act,
        subject_kind="vendor",
        subject_id=condition.vendor_id,
        after={"condition": condition.text, "note": condition.met_note},
        now=now,
    )
