"""Questionnaires to many vendors: a round is drawn up, looked at, sent in slices, and stopped."""

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, select

from vendor_risk.evidence import N_
from vendor_risk.questionnaires.chosen import INTAKE
from vendor_risk.store.audit import record
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.people import User
from vendor_risk.store.models.responses import WITH_VENDOR, QuestionnaireResponse, ResponseLink
from vendor_risk.store.models.rounds import LineOutcome, RoundState, SendLine, SendRound
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow.people import role_names
from vendor_risk.workflow.queue import Enqueue
from vendor_risk.workflow.responses import sending
from vendor_risk.workflow.responses.sending import MESSAGE, USUAL, Sent
from vendor_risk.workflow.vendors import VendorRefused

log = logging.getLogger(__name__)

STEP = "round"  # what the job is called in the queue
OPEN = (RoundState.LOOKING, RoundState.SENDING)
MOST = 10_000  # vendors in one round: who writes to more at once should think about it in parts
SLICE = 10  # lines in one transaction, so that nobody who writes waits for long
_AT_ONCE = 400  # SQLite of old takes 999 parameters in a statement

NOTHING_BOUGHT = N_("Nothing is bought of it, as far as is known: add an engagement.")
SAMPLE = N_("It is a sample: its addresses are invented.")
NO_MAIL = N_(
    "No mail leaves this installation (VENDOR_RISK_SMTP_URL is not set). Send from the page of each"
    " vendor: there the link is shown to be handed over."
)

Line = tuple[SendLine, Vendor, Engagement | None]
Post = Callable[[Session, Sent], object]

_SENDERS = frozenset({"analyst", "approver", "admin"})


@dataclass(frozen=True, slots=True)
class Count:
    """How many lines of a round stand where, and whose letter did not get through."""

    total: int
    waiting: int
    ready: int
    refused: int
    sent: int
    failed: int

    @property
    def done(self) -> int:
        """Lines about which nothing is left to do in this round."""
        return self.refused + self.sent


def draw_up(
    session: Session,
    vendor_ids: Sequence[uuid.UUID],
    *,
    left_out: int = 0,
    now: dt.datetime,
    actor: uuid.UUID,
) -> SendRound:
    """A draft with a line for each thing that is bought of these vendors; nobody is written to."""
    row = SendRound(
        due_on=now.astimezone(dt.UTC).date() + USUAL,
        left_out=left_out,
        requested_by_id=actor,
        created_at=now,
    )
    session.add(row)
    session.flush()
    place = 0
    for start in range(0, len(vendor_ids), _AT_ONCE):
        some = vendor_ids[start : start + _AT_ONCE]
        there = {*session.exec(select(Vendor.id).where(col(Vendor.id).in_(some)))}
        bought: dict[uuid.UUID, list[uuid.UUID | None]] = {}
        for vendor_id, engagement_id in session.exec(
            select(Engagement.vendor_id, Engagement.id)
            .where(col(Engagement.vendor_id).in_(some), col(Engagement.ended_at).is_(None))
            .order_by(col(Engagement.created_at), col(Engagement.id))
        ):
            bought.setdefault(vendor_id, []).append(engagement_id)
        lines = []
        for vendor_id in (id for id in some if id in there):
            for each in bought.get(vendor_id, [None]):
                place += 1
                lines.append(_line(row, place, vendor_id, each, now))
        if lines:
            session.execute(insert(SendLine), lines)
    return row


def look(
    session: Session,
    row: SendRound,
    *,
    chosen: Sequence[str] | None,
    due_on: dt.date | None,
    message: str,
    now: dt.datetime,
    actor: uuid.UUID,
    enqueue: Enqueue,
) -> None:
    """A job looks at who would get what, and why others would not; nothing is sent.

    It may be asked for again with other choices, until the first letter is on its way.
    """
    row = _locked(session, row)
    if row.state not in (RoundState.DRAFT, RoundState.READY) or row.sending_at is not None:
        raise VendorRefused("This round is under way, or over: begin a new one.")
    if chosen is not None and not chosen:
        raise VendorRefused("Choose at least one questionnaire.", "chosen")
    if chosen is not None and INTAKE in chosen:
        raise VendorRefused("The intake is for our own people: it is never sent.", "chosen")
    message = message.strip()
    if len(message) > MESSAGE:
        raise VendorRefused("A message has at most %(most)s characters.", "message", most=MESSAGE)
    row.chosen = list(chosen) if chosen is not None else None
    row.due_on = sending.checked_due(due_on, now.astimezone(dt.UTC).date())
    row.message = message
    session.execute(
        update(SendLine)
        .where(col(SendLine.round_id) == row.id)
        .values(outcome=LineOutcome.WAITING, reason="", asked="", questions=0, minutes=0)
    )
    _order(session, row, RoundState.LOOKING, enqueue)
    _note(session, row, "round.looked", actor, now)


def begin(
    session: Session,
    row: SendRound,
    *,
    typed: str,
    mail_leaves: bool,
    now: dt.datetime,
    actor: uuid.UUID,
    enqueue: Enqueue,
) -> None:
    """A job sends what the look found ready; `typed` is their number, said again on purpose."""
    row = _locked(session, row)
    if row.state != RoundState.READY:
        raise VendorRefused("Look at who gets what first: nothing is ready to be sent.")
    if not mail_leaves:
        raise VendorRefused(NO_MAIL)
    ready = count(session, row).ready
    if not ready:
        raise VendorRefused("Nobody would get anything: each is refused, with the reason below.")
    if "".join(one for one in typed if one.isdigit()) != str(ready):
        raise VendorRefused("Type %(ready)s to send to so many.", "typed", ready=ready)
    sending.checked_due(row.due_on, now.astimezone(dt.UTC).date())
    row.sending_at, row.requested_by_id = now, actor
    _order(session, row, RoundState.SENDING, enqueue)
    _note(session, row, "round.begun", actor, now, ready=ready)


def stop(session: Session, row: SendRound, *, now: dt.datetime, actor: uuid.UUID) -> bool:
    """It goes no further; what was sent stays sent. False when it was over."""
    row = _locked(session, row)
    if row.state not in (*OPEN, RoundState.DRAFT, RoundState.READY):
        return False
    row.state, row.finished_at = RoundState.STOPPED, now
    _note(session, row, "round.stopped", actor, now)
    return True


def go_on(
    session: Session, row: SendRound, *, now: dt.datetime, actor: uuid.UUID | str, enqueue: Enqueue
) -> bool:
    """What was stopped, or broke off, goes on where it was; False when it did not."""
    row = _locked(session, row)
    if row.state not in (RoundState.STOPPED, RoundState.FAILED):
        return False
    if row.sending_at is not None:
        sending.checked_due(row.due_on, now.astimezone(dt.UTC).date())
    row.finished_at, row.fault = None, ""
    if isinstance(actor, uuid.UUID):  # a command sends in the name of who began it
        row.requested_by_id = actor
    state = RoundState.SENDING if row.sending_at is not None else RoundState.LOOKING
    _order(session, row, state, enqueue)
    _note(session, row, "round.resumed", actor, now)
    return True


def step(session: Session, round_id: uuid.UUID, post: Post, *, now: dt.datetime) -> bool:
    """One slice of it is done; False when nothing is left, or it was stopped.

    Each line is sent in the transaction that says so, under the lock of its round: whatever dies,
    and however often a job is begun, it is sent once.
    """
    row = session.get(SendRound, round_id, with_for_update=True, populate_existing=True)
    if row is None or row.state not in OPEN:
        return False
    looking = row.state == RoundState.LOOKING
    if not looking and not _allowed(session, row):
        _end(row, RoundState.FAILED, now)
        row.fault = "Whoever ordered it has left, or may not send any more: let another go on."
        return False
    wanted = LineOutcome.WAITING if looking else LineOutcome.READY
    lines = session.exec(
        select(SendLine)
        .where(SendLine.round_id == row.id, SendLine.outcome == wanted)
        .order_by(col(SendLine.place))
        .limit(SLICE)
    ).all()
    if not lines:
        _end(row, RoundState.READY if looking else RoundState.DONE, now)
        if not looking:
            told = count(session, row)
            _note(session, row, "round.done", "worker", now, sent=told.sent, refused=told.refused)
        return False
    for line in lines:
        try:
            with session.begin_nested():
                if looking:
                    _look(session, row, line, now)
                else:
                    _send(session, row, line, post, now)
        except VendorRefused as error:
            line.outcome, line.reason = LineOutcome.REFUSED, error.message[:1000]
        except SQLAlchemyError:
            raise
        except Exception as error:  # one vendor's trouble must not keep the others waiting
            log.exception("line %s of round %s could not be done", line.id, row.id)
            reason = f"Our own side failed ({type(error).__name__}); the log of the worker has it."
            line.outcome, line.reason = LineOutcome.REFUSED, reason
        session.add(line)
    session.flush()
    return True


def fail(session: Session, round_id: uuid.UUID, reason: str, *, now: dt.datetime) -> None:
    """It broke off and says why; it can go on."""
    row = session.get(SendRound, round_id, with_for_update=True, populate_existing=True)
    if row is not None and row.state in OPEN:
        _end(row, RoundState.FAILED, now)
        row.fault = reason[:500]


def count(session: Session, row: SendRound) -> Count:
    """How many lines stand where."""
    told = dict(
        session.exec(
            select(SendLine.outcome, func.count())
            .where(SendLine.round_id == row.id)
            .group_by(SendLine.outcome)
        ).all()
    )
    failed = session.exec(
        select(func.count(func.distinct(SendLine.id)))
        .join(ResponseLink, col(ResponseLink.response_id) == col(SendLine.response_id))
        .join(QuestionnaireResponse, col(QuestionnaireResponse.id) == col(SendLine.response_id))
        .join(OutboxMail, col(OutboxMail.link_id) == col(ResponseLink.id))
        .where(
            SendLine.round_id == row.id,
            OutboxMail.state == "failed",
            col(ResponseLink.revoked_at).is_(None),
            col(QuestionnaireResponse.state).in_(WITH_VENDOR),
        )
    ).one()
    return Count(
        total=sum(told.values()),
        waiting=told.get(LineOutcome.WAITING, 0),
        ready=told.get(LineOutcome.READY, 0),
        refused=told.get(LineOutcome.REFUSED, 0),
        sent=told.get(LineOutcome.SENT, 0),
        failed=failed,
    )


def page(
    session: Session, row: SendRound, outcome: str, *, first: int, most: int
) -> Sequence[Line]:
    """Some lines of one outcome, or of any, in their order."""
    query = (
        select(SendLine, Vendor, Engagement)
        .join(Vendor, col(Vendor.id) == col(SendLine.vendor_id))
        .outerjoin(Engagement, col(Engagement.id) == col(SendLine.engagement_id))
        .where(SendLine.round_id == row.id)
        .order_by(col(SendLine.place))
    )
    if outcome:
        query = query.where(SendLine.outcome == outcome)
    return [
        (line, vendor, bought)
        for line, vendor, bought in session.exec(query.offset(first).limit(most)).all()
    ]


def every(session: Session, row: SendRound, outcome: str) -> Iterator[Line]:
    """All lines of one outcome, some in memory at a time."""
    first = 0
    while some := page(session, row, outcome, first=first, most=_AT_ONCE):
        yield from some
        first += len(some)


def newest(session: Session, most: int = 20) -> Sequence[SendRound]:
    """The latest rounds."""
    rows = select(SendRound).order_by(col(SendRound.created_at).desc(), col(SendRound.id))
    return session.exec(rows.limit(most)).all()


def _line(
    row: SendRound, place: int, vendor_id: uuid.UUID, bought: uuid.UUID | None, now: dt.datetime
) -> dict[str, object]:
    return {
        "id": uuid.uuid4(),
        "created_at": now,
        "round_id": row.id,
        "place": place,
        "vendor_id": vendor_id,
        "engagement_id": bought,
        "outcome": LineOutcome.WAITING,
        "reason": "",
        "asked": "",
        "questions": 0,
        "minutes": 0,
    }


def _look(session: Session, row: SendRound, line: SendLine, now: dt.datetime) -> None:
    vendor, bought = _subject(session, line)
    plan = sending.plan(session, vendor, bought, row.chosen, now=now)
    line.asked = ", ".join(one.form.id for one in plan.templates)[:500]
    line.questions = sum(each.question.type != "info" for each in plan.questions)
    line.minutes = plan.minutes
    line.outcome = LineOutcome.REFUSED if plan.refusals else LineOutcome.READY
    line.reason = " ".join(each.message for each in plan.refusals)[:1000]


def _send(session: Session, row: SendRound, line: SendLine, post: Post, now: dt.datetime) -> None:
    vendor, bought = _subject(session, line)
    assert row.requested_by_id is not None
    sent = sending.send(
        session,
        vendor,
        bought,
        row.chosen,
        due=row.due_on,
        message=row.message,
        now=now,
        actor=row.requested_by_id,
    )
    post(session, sent)
    line.outcome, line.response_id = LineOutcome.SENT, sent.response.id


def _subject(session: Session, line: SendLine) -> tuple[Vendor, Engagement]:
    bought = session.get(Engagement, line.engagement_id) if line.engagement_id else None
    # two vendors may have been joined since: what is bought knows of whom
    vendor = session.get(Vendor, bought.vendor_id if bought else line.vendor_id)
    if vendor is None or bought is None:
        raise VendorRefused(NOTHING_BOUGHT)
    if vendor.sample:
        raise VendorRefused(SAMPLE)
    return vendor, bought


def _allowed(session: Session, row: SendRound) -> bool:
    person = session.get(User, row.requested_by_id) if row.requested_by_id else None
    return person is not None and person.active and bool(_SENDERS & set(role_names(person)))


def _locked(session: Session, row: SendRound) -> SendRound:
    return session.get_one(SendRound, row.id, with_for_update=True, populate_existing=True)


def _order(session: Session, row: SendRound, state: RoundState, enqueue: Enqueue) -> None:
    row.state = state
    row.attempt += 1
    session.flush()
    enqueue(session, STEP, [str(row.id)], attempt=row.attempt)


def _end(row: SendRound, state: RoundState, now: dt.datetime) -> None:
    row.state = state
    row.finished_at = now if state != RoundState.READY else None


def _note(
    session: Session,
    row: SendRound,
    act: str,
    actor: uuid.UUID | str,
    now: dt.datetime,
    **more: int,
) -> None:
    record(
        session,
        actor=actor,
        act=act,
        subject_kind="round",
        subject_id=row.id,
        after={"chosen": row.chosen or "by facts", "due_on": row.due_on} | more,
        now=now,
    )
