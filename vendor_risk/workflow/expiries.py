"""Dates that come near or pass, of evidence, contracts, accepted risks and more; each told once.

A certificate that ends soon is a fault that the looks see (`tls.cert.expiry`).
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, select

from vendor_risk.reports.moves import Kind
from vendor_risk.store.models.decisions import Condition, Decision, DecisionState
from vendor_risk.store.models.documents import Contract, Document
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import FindingState, StoredFinding
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import moves
from vendor_risk.workflow.scores import ANSWER

AHEAD = dt.timedelta(days=30)
SOON = dt.timedelta(days=7)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Date:
    """A day of one row of a vendor."""

    kind: Kind
    vendor: Vendor
    id: uuid.UUID
    what: str
    day: dt.date
    engagement_id: uuid.UUID | None = None


def tell(session: Session, now: dt.datetime) -> int:
    """What ends soon, or has ended, is a move of its vendor; how many were new.

    Each date is told when it comes near, and once more when it has passed.
    """
    today = now.astimezone(dt.UTC).date()
    fresh = 0
    some: list[_Date] = []
    for one in _dates(session, today):
        some.append(one)
        if len(some) == _AT_ONCE:
            fresh += _tell(session, some, today, now)
            some = []
    return fresh + _tell(session, some, today, now)


def _tell(session: Session, dates: list[_Date], today: dt.date, now: dt.datetime) -> int:
    named = {_name(one, today): one for one in dates}
    known = moves.known_once(session, named)
    for name, one in named.items():
        if name not in known:
            moves.of_date(
                session,
                one.vendor,
                one.kind,
                one.what,
                once=name,
                day=one.day,
                late=one.day < today,
                now=now,
                engagement_id=one.engagement_id,
            )
    session.flush()
    return len(named.keys() - known)


def _name(one: _Date, today: dt.date) -> str:
    return f"{one.kind}/{one.id}/{one.day}/{'late' if one.day < today else 'soon'}"


def _dates(session: Session, today: dt.date) -> Iterator[_Date]:
    """Days within the next weeks and the last ones: what ended long ago is no news."""

    def window(column: Any, ahead: dt.timedelta) -> tuple[Any, ...]:
        return (
            column <= today + ahead,
            column >= today - AHEAD,
            col(Vendor.archived_at).is_(None),
            col(Vendor.merged_into_id).is_(None),
        )

    documents = (
        select(Document, Vendor)
        .join(Vendor, col(Vendor.id) == col(Document.vendor_id))
        .where(
            *window(col(Document.valid_until), AHEAD),
            col(Document.withdrawn_at).is_(None),
            col(Document.reviewed_at).is_not(None),  # unread it proves nothing
        )
    )
    for document, vendor in session.exec(documents):
        yield _Date(
            Kind.EVIDENCE_ENDS, vendor, document.id, document.title, _day(document.valid_until)
        )
    contracts = select(Contract, Vendor).join(Vendor, col(Vendor.id) == col(Contract.vendor_id))
    for column in (Contract.notice_on, Contract.ends_on):
        for contract, vendor in session.exec(
            contracts.where(*window(col(column), AHEAD), col(Contract.ended_at).is_(None))
        ):
            day = getattr(contract, column.key)  # type: ignore[union-attr]
            yield _Date(Kind.CONTRACT_ENDS, vendor, contract.id, contract.title, day)
    accepted = (
        select(StoredFinding, Vendor)
        .join(Vendor, col(Vendor.id) == col(StoredFinding.vendor_id))
        .where(
            *window(col(StoredFinding.accepted_until), SOON),
            StoredFinding.state == FindingState.ACCEPTED,
        )
    )
    for finding, vendor in session.exec(accepted):
        yield _Date(
            Kind.ACCEPTANCE_ENDS,
            vendor,
            finding.id,
            finding.reason or finding.title,
            _day(finding.accepted_until),
            finding.engagement_id,
        )
    conditions = (
        select(Condition, Decision, Vendor)
        .join(Decision, col(Decision.id) == col(Condition.decision_id))
        .join(Vendor, col(Vendor.id) == col(Condition.vendor_id))
        .where(
            *window(col(Condition.due_on), SOON),
            col(Condition.met_at).is_(None),
            col(Condition.dropped_at).is_(None),
            Decision.state == DecisionState.IN_FORCE,
        )
    )
    for condition, decision, vendor in session.exec(conditions):
        yield _Date(
            Kind.CONDITION_DUE,
            vendor,
            condition.id,
            condition.text,
            condition.due_on,
            decision.engagement_id,
        )
    first = (
        select(StoredClaim.origin_id, func.min(StoredClaim.valid_until).label("day"))
        .where(StoredClaim.origin == ANSWER, col(StoredClaim.ended_at).is_(None))
        .group_by(col(StoredClaim.origin_id))
        .subquery()
    )
    answers = (
        select(QuestionnaireResponse, first.c.day, Vendor)
        .join(first, first.c.origin_id == col(QuestionnaireResponse.id))
        .join(Vendor, col(Vendor.id) == col(QuestionnaireResponse.vendor_id))
        .where(*window(first.c.day, AHEAD))
    )
    for response, day, vendor in session.exec(answers):
        yield _Date(
            Kind.ANSWERS_END, vendor, response.id, response.number, day, response.engagement_id
        )


def _day(day: dt.date | None) -> dt.date:
    """A day that the window has asked for, so that it is there."""
    assert day is not None
    return day
