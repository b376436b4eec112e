"""Who answered on a vendor's behalf does not accept the same answers alone where risk is high."""

import uuid

from sqlmodel import Session, col, select

from vendor_risk.scoring.model import Tier
from vendor_risk.store.models.people import User
from vendor_risk.store.models.responses import (
    AnswerChange,
    Author,
    QuestionnaireResponse,
    ResponseAnswer,
)
from vendor_risk.store.models.vendors import Engagement
from vendor_risk.workflow import decisions
from vendor_risk.workflow.people import role_names
from vendor_risk.workflow.vendors import VendorRefused

REVIEWERS = frozenset({"analyst", "approver", "admin"})
_NAMED = 3


def answers_of(session: Session, response: QuestionnaireResponse, person: uuid.UUID) -> int:
    """How many of the answers that stand this person gave in the vendor's place."""
    return sum(person in people for people in _authors(session, response))


def needed(session: Session, response: QuestionnaireResponse) -> bool:
    """Whether a second person accepts: by the tier it was sent for, and by that of today."""
    engagement = session.get_one(Engagement, response.engagement_id)
    return response.tier <= Tier.T2 or decisions.four_eyes(session, engagement)


def refuse_own(session: Session, response: QuestionnaireResponse, person: uuid.UUID) -> None:
    """VendorRefused, with who may do it, where this person would accept answers of their own.

    What counts is who acts: a deputy of the reviewer who answered is refused like the reviewer.
    """
    if not answers_of(session, response, person) or not needed(session, response):
        return
    others = _others(session, response, person)
    if not others:
        raise VendorRefused(
            "You answered on the vendor's behalf, and tier 1 and 2 need four eyes: nobody else can"
            " review here yet. An administrator gives a second person the role of an analyst."
        )
    named = ", ".join(others[:_NAMED])
    if len(others) > _NAMED:
        raise VendorRefused(
            "You answered on the vendor's behalf, and tier 1 and 2 need four eyes: %(names)s or"
            " another reviewer accepts it.",
            names=named,
        )
    raise VendorRefused(
        "You answered on the vendor's behalf, and tier 1 and 2 need four eyes. Who may accept it:"
        " %(names)s.",
        names=named,
    )


def accepted_own(session: Session, response: QuestionnaireResponse) -> int:
    """How many answers the person who accepted it had given themselves; 0 while nobody did."""
    if response.accepted_by_id is None:
        return 0
    return answers_of(session, response, response.accepted_by_id)


def _authors(session: Session, response: QuestionnaireResponse) -> list[set[uuid.UUID | None]]:
    """Whoever of us gave the value that stands, for each answer on the vendor's behalf.

    Not only who touched it last: a colleague who confirms what one read takes nothing of it over.
    """
    standing = session.exec(
        select(ResponseAnswer).where(
            ResponseAnswer.response_id == response.id, ResponseAnswer.by_kind == Author.PERSON
        )
    ).all()
    earlier = session.exec(
        select(AnswerChange).where(
            AnswerChange.response_id == response.id, AnswerChange.by_kind == Author.PERSON
        )
    ).all()
    return [
        {
            row.by_id,
            *(
                one.by_id
                for one in earlier
                if (one.question, one.value) == (row.question, row.value)
            ),
        }
        for row in standing
        if row.value
    ]


def _others(session: Session, response: QuestionnaireResponse, person: uuid.UUID) -> list[str]:
    """Who may accept it, the reviewer of it first, then by name."""
    answered = {person}.union(*_authors(session, response))
    people = session.exec(
        select(User).where(col(User.active).is_(True)).order_by(col(User.name), col(User.email))
    )
    able = [
        one
        for one in people
        if one.id not in answered and not REVIEWERS.isdisjoint(role_names(one))
    ]
    able.sort(key=lambda one: one.id != response.reviewer_id)
    return [one.name or one.email for one in able]
