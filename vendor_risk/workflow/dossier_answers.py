"""What the dossier of a vendor tells of what it was asked: answers, files, messages, mails."""

import datetime as dt
import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from sqlmodel import col, select

from vendor_risk.evidence import N_
from vendor_risk.reports.dossier import Message, Questionnaire, Response, Said
from vendor_risk.reports.plain import plain, plain_lines
from vendor_risk.store.models.responses import (
    AnswerChange,
    Author,
    QuestionnaireResponse,
    ResponseEmail,
    ResponseFile,
    ResponseLink,
    ResponseMessage,
)
from vendor_risk.workflow.dossier_desk import LEFT, LONG, VENDOR, Desk, day_of
from vendor_risk.workflow.responses import reading
from vendor_risk.workflow.responses.answers import value_of
from vendor_risk.workflow.responses.reading import Line, Reading, files_of, shown, state_of

_WORDS = {Author.VENDOR: VENDOR, Author.CLOCK: N_("the clock")}


def responses_of(desk: Desk) -> Iterator[Response]:
    """What the vendor was asked, the newest first; its files have their numbers then."""
    rows = desk.first(
        "responses",
        select(QuestionnaireResponse)
        .where(QuestionnaireResponse.vendor_id == desk.vendor.id)
        .order_by(col(QuestionnaireResponse.created_at).desc(), col(QuestionnaireResponse.id)),
    )
    for row in rows:
        links = _links(desk, row)
        read = reading.read(desk.session, row, today=_read_on(desk, row))
        _files(desk, row, links)
        _mails(desk, row)
        changes = Counter(
            desk.session.exec(
                select(AnswerChange.question).where(AnswerChange.response_id == row.id)
            )
        )
        yield _response(desk, row, read, links, changes)


def _read_on(desk: Desk, row: QuestionnaireResponse) -> dt.date:
    """What was accepted is told as it counted on that day."""
    return day_of(row.accepted_at) if row.accepted_at else desk.today


def _links(desk: Desk, row: QuestionnaireResponse) -> Mapping[uuid.UUID, str]:
    """Whom each link of a response was sent to."""
    found = desk.session.exec(select(ResponseLink).where(ResponseLink.response_id == row.id))
    return {one.id: plain(one.name or one.email) for one in found}


def _response(
    desk: Desk,
    row: QuestionnaireResponse,
    read: Reading,
    links: Mapping[uuid.UUID, str],
    changes: Mapping[str, int],
) -> Response:
    until = _accepted_until(row)
    return Response(
        number=row.number,
        engagement=desk.engagement(row.engagement_id),
        asked=tuple(Questionnaire(**one) for one in row.asked),
        state=row.state,
        tier=row.tier,
        sent_at=row.sent_at,
        sent_by=desk.name(row.sent_by_id),
        due=row.due_on,
        submitted_at=row.submitted_at,
        submitted_by=plain(row.submitted_by),
        role=plain(row.submitted_role),
        accepted_at=row.accepted_at,
        accepted_by=desk.name(row.accepted_by_id),
        ended_reason=plain(row.ended_reason, LONG),
        snapshot_sha256=row.snapshot_sha256 or "",
        questions=len(read.lines),
        answers=tuple(
            _said(desk, row, line, links, changes, read.months, until)
            for line in read.lines
            if line.row is not None and line.row.value
        ),
        messages=tuple(_messages(desk, row, links)),
    )


def _accepted_until(row: QuestionnaireResponse) -> Mapping[str, dt.date]:
    """By question, until when an accepted answer holds, as it was frozen on that day."""
    if row.snapshot is None:
        return {}
    answers = json.loads(row.snapshot)["answers"]
    return {one["question"]: dt.date.fromisoformat(one["valid_until"]) for one in answers}


def _said(  # noqa: PLR0917  (a row of one table, joined by hand)
    desk: Desk,
    response: QuestionnaireResponse,
    line: Line,
    links: Mapping[uuid.UUID, str],
    changes: Mapping[str, int],
    months: int,
    until: Mapping[str, dt.date],
) -> Said:
    row = line.row
    if row is None:
        raise ValueError("only what was answered is listed")
    counted = reading.counted(row, line.files, _read_on(desk, response), months)
    question = line.asked.question
    text = question.text.get(desk.language, question.text["en"])
    return Said(
        question=line.id,
        text=plain(text, LONG),
        control=line.asked.control or "",
        said=plain_lines(shown(line.asked, value_of(row), desk.language), LONG),
        note=plain_lines(row.note, LONG),
        on=row.answered_on,
        by=_author(desk, row.by_kind, row.by_id, row.link_id, links),
        where=plain(row.seen_where, LONG),
        unconfirmed=row.confirm,
        level=line.level,
        given=row.override,
        source=str(counted.source) if counted else "",
        until=until.get(line.id, counted.valid_until) if counted else None,
        verdict=row.verdict,
        review_note=plain_lines(row.review_note, LONG),
        reviewed_by=desk.name(row.reviewed_by_id),
        reviewed_on=day_of(row.reviewed_at),
        earlier=changes.get(line.id, 0),
        files=tuple(desk.refs[one.id] for one in line.files if one.id in desk.refs),
    )


def _author(
    desk: Desk,
    kind: str,
    person: uuid.UUID | None,
    link: uuid.UUID | None,
    links: Mapping[uuid.UUID, str],
) -> str:
    """Who said it: one of us by name, somebody at the vendor by their link, or a word."""
    told = desk.name(person) or (links.get(link, "") if link else "")
    return told or desk.words.gettext(_WORDS.get(Author(kind), LEFT))


def _messages(
    desk: Desk, row: QuestionnaireResponse, links: Mapping[uuid.UUID, str]
) -> Iterator[Message]:
    found = desk.first(
        "messages",
        select(ResponseMessage)
        .where(ResponseMessage.response_id == row.id)
        .order_by(col(ResponseMessage.created_at), col(ResponseMessage.id)),
    )
    for one in found:
        yield Message(
            at=one.created_at,
            who=_author(desk, one.by_kind, one.by_id, one.link_id, links),
            question=one.question,
            internal=one.internal,
            text=plain_lines(one.text, LONG),
        )


def _files(desk: Desk, row: QuestionnaireResponse, links: Mapping[uuid.UUID, str]) -> None:
    uses: defaultdict[uuid.UUID, list[str]] = defaultdict(list)
    kept: dict[uuid.UUID, ResponseFile] = {}
    for question, files in files_of(desk.session, row.id).items():
        for one in files:
            kept[one.id] = one
            uses[one.id].append(question)
    for one in sorted(kept.values(), key=lambda each: (each.created_at, str(each.id))):
        desk.keep(
            one.id,
            name=plain(one.name),
            sha256=one.sha256,
            size=one.bytes,
            kind="answer",
            belongs=row.number,
            uses=tuple(sorted(uses[one.id])),
            dated=one.document_date,
            until=one.valid_until,
            state=str(state_of(one, desk.today)),
            scope=plain(one.scope, LONG),
            added_by=_author(desk, one.by_kind, one.by_id, one.link_id, links),
            added_on=day_of(one.created_at),
            read_by=desk.name(one.reviewed_by_id),
            read_on=day_of(one.reviewed_at),
        )


def _mails(desk: Desk, row: QuestionnaireResponse) -> None:
    for one in desk.session.exec(
        select(ResponseEmail)
        .where(ResponseEmail.response_id == row.id)
        .order_by(col(ResponseEmail.created_at), col(ResponseEmail.id))
    ):
        desk.keep(
            one.id,
            name=plain(one.subject),
            sha256=one.sha256,
            size=one.bytes,
            kind="mail",
            belongs=row.number,
            dated=day_of(one.sent_at),
            added_by=desk.name(one.filed_by_id),
            added_on=day_of(one.created_at),
        )
