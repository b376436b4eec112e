"""Answers of a response: what is asked now, what was said, and saving one without losing any."""

import datetime as dt
import json
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from vendor_risk.evidence import Source
from vendor_risk.questionnaires.evaluate import Answer, Evaluation, evaluate, problem
from vendor_risk.questionnaires.form import Value
from vendor_risk.questionnaires.merged import Asked, merge
from vendor_risk.store.audit import record
from vendor_risk.store.models.responses import (
    WITH_VENDOR,
    AnswerChange,
    Author,
    QuestionnaireResponse,
    ResponseAnswer,
    ResponseState,
)
from vendor_risk.workflow import outbox
from vendor_risk.workflow.calendars import months_later
from vendor_risk.workflow.intervals import review_interval
from vendor_risk.workflow.responses import proven
from vendor_risk.workflow.responses.links import Entry
from vendor_risk.workflow.responses.published import templates_of
from vendor_risk.workflow.vendors import TURNS, Stale, VendorRefused, clean

NOTE = 4000
REASON = 1000
NDA = ("", "none", "needed", "signed")  # not said; none; asked of us; signed by us
MOST_CHANGES = 500  # earlier values kept of one answer; autosave makes many


@dataclass(frozen=True, slots=True)
class Sheet:
    """The questions of a response with what is said to them; `said` counts, `rows` is all."""

    response: QuestionnaireResponse
    questions: tuple[Asked, ...]
    rows: Mapping[str, ResponseAnswer]
    evaluation: Evaluation

    @property
    def open(self) -> tuple[str, ...]:
        """The questions that have to be answered before the response can be submitted."""
        return self.evaluation.required


def sheet(session: Session, response: QuestionnaireResponse, *, today: dt.date) -> Sheet:
    """What is asked now, by what is said so far."""
    templates = templates_of(session, response)
    rows = {
        row.question: row
        for row in session.exec(
            select(ResponseAnswer).where(ResponseAnswer.response_id == response.id)
        )
    }
    accepted = [row.question for row in rows.values() if row.verdict == "na"]
    months = review_interval(session, response.tier)
    told = evaluate(
        templates,
        response.facts,
        {id: answer for id, row in rows.items() if (answer := said(row, today, months))},
        as_of=today,
        out_of_scope=response.out_of_scope,
        accepted=accepted,
        proven=proven.standing(session, response, today=today),
    )
    return Sheet(response, merge(templates), rows, told)


def said(row: ResponseAnswer, today: dt.date, months: int) -> Answer | None:
    """The answer as it counts; None where it is blank, or taken over and not confirmed.

    It holds for so many `months`: until the next review of a vendor of that tier.
    """
    if not row.value or row.confirm:
        return None
    on = row.answered_on or today
    return Answer(
        value=value_of(row),
        date=on,
        valid_until=months_later(on, months),
        note=row.note,
        source=Source(row.source),
    )


def value_of(row: ResponseAnswer) -> Value:
    """What was said: option ids, a whole number, or text."""
    value = json.loads(row.value)
    return tuple(value) if isinstance(value, list) else value


def save(
    session: Session,
    at: Entry,
    question: str,
    value: Value | None,
    *,
    note: str = "",
    revision: int,
    now: dt.datetime,
) -> ResponseAnswer:
    """The vendor says this to one question; None takes back what was said.

    What is not whole yet (a note is missing) is kept all the same, and does not count. Stale when
    somebody else changed it since `revision` was shown; 0 is a question without an answer.
    """
    response = at.response
    session.refresh(response, with_for_update=True)
    if response.state not in WITH_VENDOR:
        raise VendorRefused("The answers were submitted: they can no longer be changed here.")
    asked = _asked(session, response, question)
    if at.link.sections is not None and asked.section.id not in at.link.sections:
        raise VendorRefused("This question is for somebody else at your company.")
    row = _now(session, response, question)
    # what another answer opened may be answered, else it could not be submitted
    kept = row is not None and bool(row.value) and not row.flagged
    if response.state == ResponseState.RETURNED and kept:
        raise VendorRefused("This question was not returned: only marked ones can be changed.")
    if response.state in (ResponseState.SENT, ResponseState.OPENED):
        response.state = ResponseState.IN_PROGRESS
        response.opened_at = response.opened_at or now
        response.begun_at = now
        response.revision += 1
    _refuse_stale(row, revision)
    row = _write(session, response, asked, row, (value, note), now=now)
    row.by_kind, row.by_id, row.link_id = Author.VENDOR, None, at.link.id
    row.source, row.seen_where, row.nda, row.not_stored = Source.SELF, "", "", False
    session.flush()
    return row


def save_for_them(
    session: Session,
    response: QuestionnaireResponse,
    question: str,
    value: Value | None,
    *,
    note: str = "",
    seen_where: str,
    seen_on: dt.date,
    nda: str | None = None,
    not_stored: bool | None = None,
    to_confirm: bool = False,
    revision: int,
    now: dt.datetime,
    actor: uuid.UUID,
) -> ResponseAnswer:
    """One of us answers on the vendor's behalf, from what the vendor published or mailed.

    With `to_confirm` it counts for nothing until the vendor, or one of us, says that it is so. What
    is not said of the NDA, and of whether we keep it, stays as it was.
    """
    session.refresh(response, with_for_update=True)
    if response.ended_at is not None:
        raise VendorRefused("The response has ended: nothing of it changes any more.")
    if not clean(seen_where):
        raise VendorRefused("Say where you saw it: the page, the document, the mail.", "seen_where")
    if seen_on > now.date():
        raise VendorRefused("That day has not come yet.", "seen_on")
    if nda is not None and nda not in NDA:
        raise VendorRefused("Say how it stands with an NDA.", "nda")
    asked = _asked(session, response, question)
    row = _now(session, response, question)
    _refuse_stale(row, revision)
    row = _write(session, response, asked, row, (value, note), now=now)
    row.answered_on = seen_on if row.value else None
    row.by_kind, row.by_id, row.link_id = Author.PERSON, actor, None
    row.seen_where = clean(seen_where)[:500]
    row.nda = row.nda if nda is None else nda
    row.not_stored = row.not_stored if not_stored is None else not_stored
    row.confirm = to_confirm and bool(row.value)
    session.flush()
    record(
        session,
        actor=actor,
        act="response.answered_for_them",
        subject_kind="response",
        subject_id=response.id,
        after={
            "question": question,
            "seen": row.seen_where,
            "nda": row.nda,
            "not_stored": row.not_stored,
            "to_confirm": row.confirm,
        },
        now=now,
    )
    return row


def confirm_for_them(
    session: Session, response: QuestionnaireResponse, *, now: dt.datetime, actor: uuid.UUID
) -> int:
    """What one of us read out of the vendor's own file counts from now on; how many answers."""
    session.refresh(response, with_for_update=True)
    if response.ended_at is not None:
        raise VendorRefused("The response has ended: nothing of it changes any more.")
    rows = session.exec(
        select(ResponseAnswer).where(
            ResponseAnswer.response_id == response.id,
            col(ResponseAnswer.confirm).is_(True),
            ResponseAnswer.by_kind == Author.PERSON,
        )
    ).all()
    for row in rows:
        _keep_change(session, row, now)
        row.confirm = False
        row.by_id, row.updated_at = actor, now
        row.revision += 1
    session.flush()
    if rows:
        record(
            session,
            actor=actor,
            act="response.confirmed_for_them",
            subject_kind="response",
            subject_id=response.id,
            after={"questions": [row.question for row in rows]},
            now=now,
        )
    return len(rows)


def hand_in(
    session: Session,
    response: QuestionnaireResponse,
    *,
    name: str,
    now: dt.datetime,
    actor: uuid.UUID,
) -> None:
    """What one of us answered on the vendor's behalf is reviewed as if it had been submitted."""
    session.refresh(response, with_for_update=True)
    if response.state not in WITH_VENDOR:
        raise VendorRefused("The answers are not with the vendor: there is nothing to hand in.")
    open = sheet(session, response, today=now.date()).open
    if open:
        raise VendorRefused("Not answered yet: %(open)s.", "answers", open=", ".join(open[:10]))
    response.state = ResponseState.SUBMITTED
    response.submitted_at, response.submitted_by = now, clean(name)[:200]
    response.submitted_role = "on the vendor's behalf"
    response.revision += 1
    outbox.call_off(session, f"reminder/{response.id}/", now=now)
    session.flush()
    record(
        session,
        actor=actor,
        act="response.handed_in_for_them",
        subject_kind="response",
        subject_id=response.id,
        after={"number": response.number},
        now=now,
    )


def confirm(session: Session, at: Entry, questions: Sequence[str], *, now: dt.datetime) -> int:
    """Answers that were taken over from an earlier response hold again; how many."""
    done = 0
    for id in questions:
        row = session.get(ResponseAnswer, (at.response.id, id))
        if row is not None and row.confirm and row.value:
            save(session, at, id, value_of(row), note=row.note, revision=row.revision, now=now)
            done += 1
    return done


def changes_of(
    session: Session, response: QuestionnaireResponse, question: str
) -> Sequence[AnswerChange]:
    """What stood there before, the newest first."""
    rows = select(AnswerChange).where(
        AnswerChange.response_id == response.id, AnswerChange.question == question
    )
    return session.exec(rows.order_by(col(AnswerChange.created_at).desc()).limit(50)).all()


def submit(
    session: Session,
    at: Entry,
    *,
    name: str,
    role: str,
    declared: bool,
    now: dt.datetime,
) -> None:
    """The answers are with us: nothing of them changes until a reviewer returns some."""
    response = at.response
    session.refresh(response, with_for_update=True)
    if not at.owner:
        raise VendorRefused("Only who owns the answers submits them.")
    if response.state not in WITH_VENDOR:
        raise VendorRefused("They were submitted already.")
    name, role = clean(name)[:200], clean(role)[:200]
    if not name:
        raise VendorRefused("Give your name: it stands under the answers.", "name")
    if not declared:
        raise VendorRefused("Say that the answers are true as far as you know.", "declared")
    open = sheet(session, response, today=now.date()).open
    if open:
        if len(open) == 1:
            raise VendorRefused(
                "One question is not answered yet: %(ids)s.", "answers", ids=open[0]
            )
        raise VendorRefused(
            "%(count)s questions are not answered yet: %(ids)s.",
            "answers",
            count=len(open),
            ids=", ".join(open[:10]),
        )
    response.state = ResponseState.SUBMITTED
    response.submitted_at, response.submitted_by, response.submitted_role = now, name, role
    response.revision += 1
    outbox.call_off(session, f"reminder/{response.id}/", now=now)
    for row in session.exec(
        select(ResponseAnswer).where(
            ResponseAnswer.response_id == response.id, col(ResponseAnswer.flagged).is_(True)
        )
    ):
        row.flagged = False
    session.flush()
    record(
        session,
        actor="vendor",
        act="response.submitted",
        subject_kind="response",
        subject_id=response.id,
        after={"number": response.number, "link": at.link.id, "name": name, "role": role},
        now=now,
    )


def decline(session: Session, at: Entry, reason: str, *, now: dt.datetime) -> None:
    """The vendor will not answer, and says why; what was said stays, and counts for nothing."""
    response = at.response
    session.refresh(response, with_for_update=True)
    if not at.owner:
        raise VendorRefused("Only who owns the answers can decline.")
    if response.state not in WITH_VENDOR:
        raise VendorRefused("They were submitted already.")
    reason = clean(reason)
    if not reason:
        raise VendorRefused("Say why, in a sentence.", "reason")
    if len(reason) > REASON:
        raise VendorRefused("A reason has at most %(most)s characters.", "reason", most=REASON)
    response.state = ResponseState.DECLINED
    response.ended_at, response.ended_reason = now, reason
    response.revision += 1
    outbox.call_off(session, f"reminder/{response.id}/", now=now)
    session.flush()
    record(
        session,
        actor="vendor",
        act="response.declined",
        subject_kind="response",
        subject_id=response.id,
        after={"number": response.number, "link": at.link.id, "reason": reason},
        now=now,
    )


def plain(text: str) -> str:
    """What was typed, without characters that no database carries or that turn text around.

    Line ends are one character; what reads from right to left by itself stays as it is.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        character
        for character in lines
        if character in "\t\n"
        or (unicodedata.category(character) not in ("Cc", "Cs") and character not in TURNS)
    )


def shown_as(
    session: Session, response: QuestionnaireResponse, question: str, revision: int
) -> tuple[str, str] | None:
    """The value (as JSON) and the note that stood in a question at an earlier revision."""
    if revision == 0:
        return "", ""
    rows = select(AnswerChange).where(
        AnswerChange.response_id == response.id,
        AnswerChange.question == question,
        AnswerChange.revision == revision,
    )
    row = session.exec(rows).first()
    return (row.value, row.note) if row else None


def _asked(session: Session, response: QuestionnaireResponse, question: str) -> Asked:
    for each in merge(templates_of(session, response)):
        if each.question.id == question and each.question.type != "info":
            return each
    raise VendorRefused("There is no such question here.")


def _now(session: Session, response: QuestionnaireResponse, question: str) -> ResponseAnswer | None:
    """What stands there since the response is held: what was read before it may be older."""
    return session.get(ResponseAnswer, (response.id, question), populate_existing=True)


def _refuse_stale(row: ResponseAnswer | None, revision: int) -> None:
    if (row.revision if row else 0) != revision:
        raise Stale


def _write(
    session: Session,
    response: QuestionnaireResponse,
    asked: Asked,
    row: ResponseAnswer | None,
    told: tuple[Value | None, str],
    *,
    now: dt.datetime,
) -> ResponseAnswer:
    """The row with the new value and note; what stood there is kept."""
    value, note = told
    note = plain(note).strip()
    if isinstance(value, str):
        value = plain(value).strip()
    if len(note) > NOTE:
        raise VendorRefused("A note has at most %(most)s characters.", "note", most=NOTE)
    if value is not None:
        # a note that is still missing is no reason to lose the answer
        wrong = problem(asked, Answer(value, now.date(), now.date(), note or "-"))
        if wrong:
            raise VendorRefused(wrong, "value")
    if row is None:
        row = ResponseAnswer(response_id=response.id, question=asked.question.id, revision=0)
        session.add(row)
    else:
        _keep_change(session, row, now)
    row.value = "" if value is None else json.dumps(value, ensure_ascii=False)
    row.note = note
    row.confirm = False
    row.answered_on = now.date() if row.value else None
    row.verdict, row.override, row.review_note = "", None, ""
    row.reviewed_by_id = row.reviewed_at = None
    row.updated_at = now
    row.revision += 1
    return row


def _keep_change(session: Session, row: ResponseAnswer, now: dt.datetime) -> None:
    kept = select(AnswerChange.id).where(
        AnswerChange.response_id == row.response_id, AnswerChange.question == row.question
    )
    oldest = session.exec(kept.order_by(col(AnswerChange.created_at)).limit(MOST_CHANGES)).all()
    if len(oldest) == MOST_CHANGES:
        session.delete(session.get_one(AnswerChange, oldest[0]))
    session.add(
        AnswerChange(
            response_id=row.response_id,
            question=row.question,
            value=row.value,
            note=row.note,
            revision=row.revision,
            by_kind=row.by_kind,
            by_id=row.by_id,
            link_id=row.link_id,
            created_at=now,
        )
    )
