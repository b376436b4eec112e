"""The queue of responses: which match, and how many wait for a person."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from vendor_risk.store.models.people import User
from vendor_risk.store.models.responses import (
    WITH_US,
    WITH_VENDOR,
    Author,
    QuestionnaireResponse,
    ResponseMessage,
    ResponseState,
)
from vendor_risk.store.models.vendors import Engagement, Vendor

GROUPS = {
    "with us": WITH_US,
    "with vendor": WITH_VENDOR,
    "ended": (
        ResponseState.ACCEPTED,
        ResponseState.LAPSED,
        ResponseState.WITHDRAWN,
        ResponseState.DECLINED,
    ),
}

_UNREAD = (
    col(ResponseMessage.by_kind) == Author.VENDOR.value,
    col(ResponseMessage.read_at).is_(None),
)


@dataclass(frozen=True, slots=True)
class ResponseFilter:
    """What of the queue is wanted; `states` empty is all of them."""

    states: Sequence[str] = WITH_US
    reviewer_id: uuid.UUID | None = None
    overdue_on: dt.date | None = None  # not answered, and due before this day
    or_unread: bool = False  # those where the vendor wrote something that nobody read as well
    unread: bool = False  # only those


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the queue."""

    row: QuestionnaireResponse
    vendor: Vendor
    engagement: Engagement
    reviewer: str
    unread: int = 0  # messages of the vendor that nobody read


def count(session: Session, wanted: ResponseFilter) -> int:
    """How many match."""
    query = (
        select(func.count())
        .select_from(QuestionnaireResponse)
        .join(Vendor, col(Vendor.id) == col(QuestionnaireResponse.vendor_id))
        .where(*_conditions(wanted))
    )
    return session.exec(query).one()


def page(session: Session, wanted: ResponseFilter, *, first: int, most: int) -> list[Line]:
    """The lines that match: what was submitted longest ago first, then by the day it is due."""
    rows = session.exec(
        select(QuestionnaireResponse, Vendor, Engagement, User)
        .join(Vendor, col(Vendor.id) == col(QuestionnaireResponse.vendor_id))
        .join(Engagement, col(Engagement.id) == col(QuestionnaireResponse.engagement_id))
        .outerjoin(User, col(User.id) == col(QuestionnaireResponse.reviewer_id))
        .where(*_conditions(wanted))
        .order_by(
            col(QuestionnaireResponse.submitted_at).is_(None),
            col(QuestionnaireResponse.submitted_at),
            col(QuestionnaireResponse.due_on),
            col(QuestionnaireResponse.id),
        )
        .offset(first)
        .limit(most)
    )
    found = list(rows)
    unread = _unread(session, [row.id for row, *_others in found])
    return [
        Line(
            row,
            vendor,
            engagement,
            (user.name or user.email) if user else "",
            unread.get(row.id, 0),
        )
        for row, vendor, engagement, user in found
    ]


def _unread(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    rows = session.exec(
        select(ResponseMessage.response_id, func.count())
        .where(col(ResponseMessage.response_id).in_(ids), *_UNREAD)
        .group_by(col(ResponseMessage.response_id))
    )
    return dict(rows.all())


def any_at_all(session: Session) -> bool:
    """Whether anything was ever sent."""
    return session.exec(select(QuestionnaireResponse.id).limit(1)).first() is not None


def waiting(session: Session, person_id: uuid.UUID) -> int:
    """How many responses wait for this person: to be reviewed, or to be answered."""
    wanted = ResponseFilter(WITH_US, reviewer_id=person_id, or_unread=True)
    return count(session, wanted)


def _conditions(wanted: ResponseFilter) -> list[ColumnElement[bool]]:
    told: list[ColumnElement[bool]] = [col(Vendor.archived_at).is_(None)]
    written = col(QuestionnaireResponse.id).in_(select(ResponseMessage.response_id).where(*_UNREAD))
    if wanted.states:
        there = col(QuestionnaireResponse.state).in_(list(wanted.states))
        told.append(or_(there, written) if wanted.or_unread else there)
    if wanted.unread:
        told.append(written)
    if wanted.reviewer_id is not None:
        told.append(col(QuestionnaireResponse.reviewer_id) == wanted.reviewer_id)
    if wanted.overdue_on is not None:
        told += [
            col(QuestionnaireResponse.due_on) < wanted.overdue_on,
            col(QuestionnaireResponse.state).in_(list(WITH_VENDOR)),
        ]
    return told
