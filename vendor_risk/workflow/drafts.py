"""Intake requests on their way: begun, saved page by page, withdrawn, taken up again."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from vendor_risk.store.audit import record
from vendor_risk.store.models.intake import Intake, IntakeState
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import NAME, Domain, Engagement, FactsSource, Vendor
from vendor_risk.workflow.engagements import end_engagement, resume_engagement
from vendor_risk.workflow.vendors import clean

Typed = dict[str, list[str]]
"""What was typed into one page, field by field, as a form sends it; also when it is wrong."""

# The page that holds the vendor's name, which is the title of a request.
FIRST = "vendor"
MATCH = "match"
# What the submission came to, kept as it was told to the requester.
RESULT = "result"


class Overtaken(Exception):
    """Somebody saved this page after it was shown, and something else; nothing was written."""

    def __init__(self, page: str, kept: Typed) -> None:
        super().__init__(page)
        self.page = page
        self.kept = kept


class AlreadySent(Exception):
    """The request was submitted once, so its answers are no longer to change."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list of requests."""

    id: uuid.UUID
    title: str
    state: IntakeState
    updated_at: dt.datetime
    submitted_at: dt.datetime | None
    requester_id: uuid.UUID | None
    requester: str
    tier: int | None


def blank(
    session: Session,
    intake_id: uuid.UUID,
    *,
    requester_id: uuid.UUID,
    now: dt.datetime,
    about: Vendor | None = None,
) -> Intake:
    """A request with nothing in it that is not kept yet.

    `about` a vendor that is in use, it knows that vendor and joins it, and its facts will replace
    the quick ones of triage where there are any.
    """
    intake = Intake(
        id=intake_id,
        requester_id=requester_id,
        state=IntakeState.DRAFT,
        answers={},
        revision=1,
        created_at=now,
        updated_at=now,
    )
    if about is not None:
        _be_about(session, intake, about)
    return intake


def begin(session: Session, intake: Intake, *, now: dt.datetime) -> Intake | None:
    """The blank request is kept, or the one that the first of two clicks kept is here.

    None when another person has one of that id.
    """
    try:
        with session.begin_nested():
            session.add(intake)
    except IntegrityError:
        begun = find(session, intake.id)
        mine = begun is not None and begun.requester_id == intake.requester_id
        return begun if mine else None
    _note(session, intake, "intake.begun", intake.requester_id, now)
    return intake


def _be_about(session: Session, intake: Intake, vendor: Vendor) -> None:
    quick = session.exec(
        select(Engagement).where(
            Engagement.vendor_id == vendor.id,
            Engagement.facts_source == FactsSource.TRIAGE,
            col(Engagement.ended_at).is_(None),
        )
    ).first()
    main = session.exec(
        select(Domain.display).where(Domain.vendor_id == vendor.id).order_by(Domain.host_class)
    ).first()
    intake.vendor_id = vendor.id
    intake.engagement_id = quick.id if quick else None
    intake.title = vendor.name
    first = {"name": [vendor.name], "supplier_number": [vendor.supplier_number or ""]}
    first |= {"domain": [main]} if main else {"no_domain": ["y"]}
    offered = [str(vendor.id)]
    intake.answers = {
        FIRST: {"typed": first, "revision": 1},
        MATCH: {"typed": {"choice": offered}, "revision": 1, "offered": offered},
    }


def find(session: Session, intake_id: uuid.UUID, *, writing: bool = True) -> Intake | None:
    """The request as it is now; for writing it is held until the end of the transaction."""
    if not writing:
        return session.get(Intake, intake_id)
    return session.get(Intake, intake_id, with_for_update=True, populate_existing=True)


def typed(intake: Intake, page: str) -> Typed | None:
    """What was typed into a page, or None while nobody has been there."""
    kept = intake.answers.get(page)
    return None if kept is None else kept["typed"]


def save(
    session: Session,
    intake: Intake,
    page: str,
    given: Typed,
    *,
    seen: int,
    tab: str,
    now: dt.datetime,
    noted: bool = True,
) -> None:
    """The page holds what was typed; Overtaken when it changed after the person saw it.

    AlreadySent once the request was submitted, also when it was withdrawn afterwards: the answers
    are what its tier was computed from.

    `seen` is the revision of the request when the page was shown, and `tab` a word that the page
    made up for itself: what the same page saved before, another page of the request, and the same
    text twice are no conflict. What is saved while somebody types is not `noted` in the log.
    """
    if intake.submitted_at is not None:
        raise AlreadySent
    kept = intake.answers.get(page)
    if kept is not None and kept["typed"] == given:
        kept = dict(kept)
    elif kept is not None and kept["revision"] > seen and kept.get("tab") != tab:
        raise Overtaken(page, kept["typed"])
    else:
        intake.revision += 1
        kept = (kept or {}) | {"typed": given, "revision": intake.revision}
    # A new dict, because a sealed column does not notice a change inside the old one.
    intake.answers = intake.answers | {page: kept | {"tab": tab}}
    if page == FIRST:
        intake.title = clean((given.get("name") or [""])[0])[:NAME]
    intake.updated_at = now
    if noted:
        _note(session, intake, "intake.saved", intake.requester_id, now, page=page)


def offer(intake: Intake, vendor_ids: Sequence[uuid.UUID]) -> None:
    """These vendors may be the one that is meant; a choice made among fewer is asked again."""
    offered = [str(one) for one in vendor_ids]
    kept = intake.answers.get(MATCH)
    if kept is None and not offered:
        return
    kept = dict(kept or {"typed": {}, "revision": intake.revision})
    chosen = kept["typed"].get("choice", [""])[0]
    fresh = set(offered) - set(kept.get("offered", ()))
    if (chosen == "new" and fresh) or (chosen not in ("", "new") and chosen not in offered):
        kept["typed"] = {}
    kept["offered"] = offered
    if intake.answers.get(MATCH) != kept:
        intake.answers = intake.answers | {MATCH: kept}


def offered(intake: Intake) -> list[uuid.UUID]:
    """The vendors that may be the one that is meant."""
    return [uuid.UUID(one) for one in intake.answers.get(MATCH, {}).get("offered", ())]


def may_withdraw(intake: Intake) -> bool:
    """Whether the request can be taken back: not twice, and not from under a vendor in use."""
    if intake.state == IntakeState.SUBMITTED:
        return bool(intake.answers.get(RESULT, {}).get("engagement_made"))
    return intake.state == IntakeState.DRAFT


def withdraw(session: Session, intake: Intake, *, actor: uuid.UUID, now: dt.datetime) -> bool:
    """The request waits no more and keeps all that was typed; False when it may not.

    One that was submitted ends the engagement that it made; the vendor stays.
    """
    if not may_withdraw(intake):
        return False
    pair = _engagement(session, intake)
    if pair:
        end_engagement(session, *pair, now=now, actor=actor)
    intake.state = IntakeState.WITHDRAWN
    intake.withdrawn_at = now
    intake.revision += 1
    _note(session, intake, "intake.withdrawn", actor, now)
    return True


def take_up(session: Session, intake: Intake, *, actor: uuid.UUID, now: dt.datetime) -> bool:
    """A withdrawn request stands where it stood before; False when it was not withdrawn.

    The engagement goes on only when this withdrawal ended it, and nobody else did.
    """
    if intake.state != IntakeState.WITHDRAWN:
        return False
    intake.state = IntakeState.DRAFT if intake.submitted_at is None else IntakeState.SUBMITTED
    pair = _engagement(session, intake)
    if pair and pair[1].ended_at == intake.withdrawn_at:
        resume_engagement(session, *pair, now=now, actor=actor)
    intake.withdrawn_at = None
    intake.revision += 1
    _note(session, intake, "intake.taken_up", actor, now)
    return True


def _engagement(session: Session, intake: Intake) -> tuple[Vendor, Engagement] | None:
    """What the submitted request made; nothing for a draft."""
    if intake.submitted_at is None or intake.engagement_id is None:
        return None
    engagement = session.get(Engagement, intake.engagement_id)
    vendor = session.get(Vendor, engagement.vendor_id) if engagement else None
    return (vendor, engagement) if vendor and engagement else None


def requests(
    session: Session,
    *,
    requester_id: uuid.UUID | None,
    state: IntakeState | None,
    first: int = 0,
    most: int = 25,
) -> list[Listed]:
    """The requests of one person, or of all with None, the last touched first."""
    query = (
        sa.select(
            col(Intake.id),
            col(Intake.title),
            col(Intake.state),
            col(Intake.updated_at),
            col(Intake.submitted_at),
            col(Intake.requester_id),
            col(User.name),
            col(User.email),
            col(Engagement.tier),
        )
        .select_from(Intake)
        .outerjoin(User, col(User.id) == col(Intake.requester_id))
        .outerjoin(Engagement, col(Engagement.id) == col(Intake.engagement_id))
        .order_by(col(Intake.updated_at).desc(), col(Intake.id))
        .offset(first)
        .limit(most)
    )
    if requester_id is not None:
        query = query.where(col(Intake.requester_id) == requester_id)
    if state is not None:
        query = query.where(col(Intake.state) == state)
    return [
        Listed(
            row.id,
            row.title,
            IntakeState(row.state),
            row.updated_at,
            row.submitted_at,
            row.requester_id,
            row.name or row.email or "",
            row.tier if row.state == IntakeState.SUBMITTED else None,
        )
        for row in session.execute(query)
    ]


def counts(session: Session, *, requester_id: uuid.UUID | None) -> Mapping[IntakeState, int]:
    """How many requests stand where; of one person, or of all with None."""
    query = select(Intake.state, func.count()).group_by(Intake.state)
    if requester_id is not None:
        query = query.where(Intake.requester_id == requester_id)
    found = {IntakeState(state): number for state, number in session.exec(query)}
    return {state: found.get(state, 0) for state in IntakeState}


def _note(
    session: Session,
    intake: Intake,
    act: str,
    actor: uuid.UUID | None,
    now: dt.datetime,
    *,
    page: str = "",
) -> None:
    record(
        session,
        actor=actor or "system",
        act=act,
        subject_kind="intake",
        subject_id=intake.id,
        after={"page": page} if page else None,
        now=now,
    )
