"""The reviewer's steps: decide on answers, take a decision back, and ask the vendor again."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from vendor_risk.store.audit import record
from vendor_risk.store.models.findings import CAPPING, StoredFinding
from vendor_risk.store.models.responses import (
    WITH_US,
    QuestionnaireResponse,
    ResponseAnswer,
    ResponseLink,
    ResponseReminder,
    ResponseState,
)
from vendor_risk.workflow import scores
from vendor_risk.workflow.responses import links, threads
from vendor_risk.workflow.responses.reading import (
    ACCEPTED,
    NA,
    OVERRIDDEN,
    PARTLY,
    PARTLY_LEVEL,
    Line,
    read,
)
from vendor_risk.workflow.vendors import Stale, VendorRefused, clean

LEVELS = (0, 50, 100)
NOTE = 2000
# Working days until a submitted response has to be reviewed, by tier. Our own choice.
WORKING_DAYS = {1: 5}
USUAL_WORKING_DAYS = 10
RETURN_DAYS = 14  # what a returned response has at least, if nothing else is said


@dataclass(frozen=True, slots=True)
class Returned:
    """A response on its way back: the link for the letter, and its token, kept nowhere."""

    response: QuestionnaireResponse
    link: ResponseLink
    token: str
    questions: tuple[str, ...]
    words: str


def take(
    session: Session, response: QuestionnaireResponse, *, now: dt.datetime, actor: uuid.UUID
) -> bool:
    """This person reviews it from now on; False when they did already."""
    session.refresh(response, with_for_update=True)
    _refuse_elsewhere(response)
    before = {"state": response.state, "reviewer_id": response.reviewer_id}
    if before == {"state": ResponseState.IN_REVIEW, "reviewer_id": actor}:
        return False
    response.state, response.reviewer_id = ResponseState.IN_REVIEW, actor
    _touch(response, now)
    after = {"state": response.state, "reviewer_id": actor}
    _record(session, response, "response.review_taken", actor, now, after, before)
    return True


def judge(
    session: Session,
    response: QuestionnaireResponse,
    question: str,
    verdict: str,
    *,
    level: int | None = None,
    note: str = "",
    revision: int,
    now: dt.datetime,
    actor: uuid.UUID,
) -> ResponseAnswer:
    """This is decided on the answer: accepted, partly, overridden (with a level), or na.

    What the vendor said stays. Stale when somebody decided meanwhile, VendorRefused where the
    answer allows no such decision.
    """
    _hold(session, response, now, actor)
    line = _line(session, response, question, now)
    row = _row(line)
    if row.revision != revision:
        raise Stale
    note = _note(note)
    _refuse_impossible(session, response, line, verdict, level, note)
    before = _said(row)
    override = {PARTLY: PARTLY_LEVEL, OVERRIDDEN: level}.get(verdict)
    _decide(row, verdict, override, note, now, actor)
    session.flush()
    after = {"question": question, **_said(row)}
    _record(session, response, "response.answer_judged", actor, now, after, before)
    return row


def take_back(
    session: Session,
    response: QuestionnaireResponse,
    question: str,
    *,
    revision: int,
    now: dt.datetime,
    actor: uuid.UUID,
) -> bool:
    """Nothing is decided on the answer; False when nothing was. Stale as `judge`."""
    _hold(session, response, now, actor)
    row = session.get(ResponseAnswer, (response.id, question))
    if row is None or not (row.verdict or row.flagged):
        return False
    if row.revision != revision:
        raise Stale
    before = _said(row)
    _undecide(row)
    session.flush()
    after = {"question": question, **_said(row)}
    _record(session, response, "response.judgement_undone", actor, now, after, before)
    return True


def accept_plain(
    session: Session, response: QuestionnaireResponse, *, now: dt.datetime, actor: uuid.UUID
) -> int:
    """All answers that nothing speaks against are accepted; how many."""
    _hold(session, response, now, actor)
    plain = read(session, response, today=now.astimezone(dt.UTC).date()).plain
    for line in plain:
        _decide(_row(line), ACCEPTED, None, "", now, actor)
    if plain:
        session.flush()
        after = {"questions": [line.id for line in plain]}
        _record(session, response, "response.answers_accepted", actor, now, after)
    return len(plain)


def undo_plain(
    session: Session,
    response: QuestionnaireResponse,
    moment: dt.datetime,
    *,
    now: dt.datetime,
    actor: uuid.UUID,
) -> int:
    """What this person accepted at one moment is undecided again; how many answers."""
    _hold(session, response, now, actor)
    rows = session.exec(
        select(ResponseAnswer).where(
            ResponseAnswer.response_id == response.id,
            ResponseAnswer.reviewed_by_id == actor,
            ResponseAnswer.reviewed_at == moment,
            ResponseAnswer.verdict == ACCEPTED,
        )
    ).all()
    for row in rows:
        _undecide(row)
    if rows:
        session.flush()
        after = {"questions": sorted(row.question for row in rows)}
        _record(session, response, "response.judgement_undone", actor, now, after)
    return len(rows)


def ask_again(
    session: Session,
    response: QuestionnaireResponse,
    question: str,
    words: str,
    *,
    revision: int,
    now: dt.datetime,
    actor: uuid.UUID,
) -> ResponseAnswer:
    """The question goes back with the next return, with these words that the vendor reads."""
    _hold(session, response, now, actor)
    line = _line(session, response, question, now)
    row = line.row or ResponseAnswer(response_id=response.id, question=question, revision=0)
    if row.revision != revision:
        raise Stale
    if not clean(words):
        raise VendorRefused("Say what the vendor should change or add.", "note")
    session.add(row)
    _undecide(row)
    row.flagged = True
    threads.say(session, response, question=question, text=words, by=actor, now=now)
    _record(session, response, "response.question_marked", actor, now, {"question": question})
    return row


def send_back(
    session: Session,
    response: QuestionnaireResponse,
    words: str,
    *,
    due: dt.date | None = None,
    now: dt.datetime,
    actor: uuid.UUID,
) -> Returned:
    """The vendor can change what is marked, until that day; who calls this writes the letter.

    The links that the vendor has work again, and the letter has one of its own.
    """
    _hold(session, response, now, actor)
    today = now.astimezone(dt.UTC).date()
    marked = select(ResponseAnswer.question).where(
        ResponseAnswer.response_id == response.id, col(ResponseAnswer.flagged).is_(True)
    )
    questions = tuple(session.exec(marked.order_by(ResponseAnswer.question)))
    if not questions:
        raise VendorRefused("Mark at least one question first: only those can be changed.")
    if due is not None and due < today:
        raise VendorRefused("That day is past: give one from today on.", "due_on")
    response.due_on = due or max(response.due_on, today + dt.timedelta(days=RETURN_DAYS))
    response.state, response.returned_at = ResponseState.RETURNED, now
    response.submitted_at = None
    _touch(response, now)
    # with a new day to answer by, its reminders go out anew
    for sent in session.exec(
        select(ResponseReminder).where(ResponseReminder.response_id == response.id)
    ):
        session.delete(sent)
    if words.strip():
        threads.say(session, response, text=words, by=actor, now=now)
    link, token = links.again(session, response, now=now)
    after = {"questions": questions, "due_on": response.due_on}
    _record(session, response, "response.returned", actor, now, after)
    return Returned(response, link, token, questions, words.strip())


def review_due(response: QuestionnaireResponse) -> dt.date | None:
    """By when a submitted response has to be reviewed; None while it is not with us."""
    if response.submitted_at is None or response.state not in WITH_US:
        return None
    day = response.submitted_at.astimezone(dt.UTC).date()
    left = WORKING_DAYS.get(response.tier, USUAL_WORKING_DAYS)
    while left:
        day += dt.timedelta(days=1)
        left -= day.weekday() < 5  # Monday to Friday; holidays are not known
    return day


def _hold(
    session: Session, response: QuestionnaireResponse, now: dt.datetime, actor: uuid.UUID
) -> None:
    """Locked for this step; who decides first on what was submitted takes it into review."""
    session.refresh(response, with_for_update=True)
    _refuse_elsewhere(response)
    if response.state == ResponseState.SUBMITTED:
        take(session, response, now=now, actor=actor)


def _refuse_elsewhere(response: QuestionnaireResponse) -> None:
    if response.ended_at is not None:
        raise VendorRefused("It has ended: nothing of it changes any more.")
    if response.state not in WITH_US:
        raise VendorRefused("The answers are with the vendor now: they can be reviewed once sent.")


def _line(
    session: Session, response: QuestionnaireResponse, question: str, now: dt.datetime
) -> Line:
    line = read(session, response, today=now.astimezone(dt.UTC).date()).line(question)
    if line is None:
        raise VendorRefused("There is no such question here.")
    return line


def _row(line: Line) -> ResponseAnswer:
    if line.row is None or not line.answered:
        raise VendorRefused("Nothing is answered here: there is nothing to decide on.")
    return line.row


def _refuse_impossible(  # noqa: PLR0917
    session: Session,
    response: QuestionnaireResponse,
    line: Line,
    verdict: str,
    level: int | None,
    note: str,
) -> None:
    row = _row(line)
    told = line.waiting or row.verdict == NA
    if verdict not in (ACCEPTED, PARTLY, OVERRIDDEN, NA):
        raise VendorRefused("Choose what you decide.", "verdict")
    if verdict != ACCEPTED and not line.asked.question.counts:
        raise VendorRefused("This answer moves no control: there is nothing but to accept it.")
    if verdict == ACCEPTED and told:
        raise VendorRefused(
            "Decide whether it applies: accept that it does not, or give a level yourself.",
            "verdict",
        )
    if verdict == PARTLY and (told or (row.override is None and (line.level or 0) <= PARTLY_LEVEL)):
        raise VendorRefused("The answer says no more than “partly” already.", "verdict")
    if verdict == OVERRIDDEN and level not in LEVELS:
        raise VendorRefused("Choose a level: met, partly or unmet.", "level")
    if verdict in (PARTLY, OVERRIDDEN, NA) and not note:
        raise VendorRefused("Say why, so that others can follow it.", "note")
    if verdict == NA:
        if not told:
            raise VendorRefused("The vendor did not say that it does not apply.", "verdict")
        if fails(session, response, line.asked.control or ""):
            raise VendorRefused(
                "A finding on %(control)s is open: a control that fails does apply."
                " Close the finding first, or judge it as not theirs.",
                "verdict",
                control=line.asked.control,
            )


def fails(session: Session, response: QuestionnaireResponse, control: str) -> bool:
    """Whether a finding that counts is open on the control."""
    rows = session.exec(
        select(StoredFinding).where(
            StoredFinding.vendor_id == response.vendor_id,
            StoredFinding.control == control,
            col(StoredFinding.state).in_(CAPPING),
        )
    )
    return any(
        row.engagement_id in (None, response.engagement_id)
        and (counted := scores.counts(row)) is not None
        and counted.rank > 0
        for row in rows
    )


def _decide(  # noqa: PLR0917
    row: ResponseAnswer,
    verdict: str,
    override: int | None,
    note: str,
    now: dt.datetime,
    actor: uuid.UUID,
) -> None:
    row.verdict, row.override, row.review_note = verdict, override, note
    row.reviewed_by_id, row.reviewed_at = actor, now
    row.flagged = False
    row.revision += 1


def _undecide(row: ResponseAnswer) -> None:
    row.verdict, row.override, row.review_note = "", None, ""
    row.reviewed_by_id = row.reviewed_at = None
    row.flagged = False
    row.revision += 1


def _note(text: str) -> str:
    text = text.strip()
    if len(text) > NOTE:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.",
            "note",
            count=len(text),
            most=NOTE,
        )
    return text


def _said(row: ResponseAnswer) -> dict[str, object]:
    return {"verdict": row.verdict, "level": row.override, "marked": row.flagged}


def _touch(response: QuestionnaireResponse, now: dt.datetime) -> None:
    response.updated_at = now
    response.revision += 1


def _record(  # noqa: PLR0917
    session: Session,
    response: QuestionnaireResponse,
    act: str,
    actor: uuid.UUID,
    now: dt.datetime,
    after: Mapping[str, object],
    before: Mapping[str, object] | None = None,
) -> None:
    record(
        session,
        actor=actor,
        act=act,
        subject_kind="response",
        subject_id=response.id,
        before=before,
        after={"number": response.number, **after},
        now=now,
    )
