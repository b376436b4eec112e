"""What is said about a question, or about the whole: among ourselves, or with the vendor."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, func, select

from vendor_risk.questionnaires.merged import merge
from vendor_risk.store.audit import record
from vendor_risk.store.models.responses import (
    WITH_US,
    WITH_VENDOR,
    Author,
    QuestionnaireResponse,
    ResponseLink,
    ResponseMessage,
    ResponseState,
)
from vendor_risk.workflow.responses.links import Entry
from vendor_risk.workflow.responses.published import templates_of
from vendor_risk.workflow.vendors import VendorRefused, clean

TEXT = 4000
MOST_OF_VENDOR = 200  # messages of the vendor in one response
TALKING = (*WITH_VENDOR, *WITH_US, ResponseState.ACCEPTED)
"""States in which the vendor may write, and is written to."""


def say(
    session: Session,
    response: QuestionnaireResponse,
    *,
    text: str,
    by: uuid.UUID | ResponseLink,
    question: str = "",
    internal: bool = False,
    now: dt.datetime,
) -> ResponseMessage:
    """The thread has the message; what is internal the vendor never sees.

    What the vendor wrote there is read with what we say to it.
    """
    lines = (clean(line) for line in text.replace("\r\n", "\n").split("\n"))
    text = "\n".join(lines).strip()
    if not text:
        raise VendorRefused("Write the message.", "text")
    if len(text) > TEXT:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.",
            "text",
            count=len(text),
            most=TEXT,
        )
    vendor = isinstance(by, ResponseLink)
    if vendor and internal:
        raise VendorRefused("A message of the vendor is never internal.")
    # ours about the whole answers whoever wrote last: a contributor reads no other of them
    to = by if isinstance(by, ResponseLink) else None
    if to is None and not question and not internal:
        to = asker(session, response, "")
    row = ResponseMessage(
        response_id=response.id,
        question=question,
        internal=internal,
        text=text,
        by_kind=Author.VENDOR if vendor else Author.PERSON,
        by_id=by if isinstance(by, uuid.UUID) else None,
        link_id=to.id if to else None,
        created_at=now,
    )
    session.add(row)
    session.flush()
    record(
        session,
        actor="vendor" if isinstance(by, ResponseLink) else by,
        act="response.message",
        subject_kind="response",
        subject_id=response.id,
        after={"number": response.number, "question": question, "internal": internal},
        now=now,
    )
    if isinstance(by, uuid.UUID) and not internal:
        mark_read(session, response, question, now=now, actor=by)
    return row


def of(
    session: Session, response: QuestionnaireResponse, *, internal: bool
) -> Mapping[str, Sequence[ResponseMessage]]:
    """The messages by question, the oldest first; without internal ones for the vendor's eyes."""
    query = select(ResponseMessage).where(ResponseMessage.response_id == response.id)
    if not internal:
        query = query.where(col(ResponseMessage.internal).is_(False))
    told: defaultdict[str, list[ResponseMessage]] = defaultdict(list)
    for row in session.exec(
        query.order_by(col(ResponseMessage.created_at), col(ResponseMessage.id))
    ):
        told[row.question].append(row)
    return told


def ask_us(
    session: Session, at: Entry, text: str, *, question: str = "", now: dt.datetime
) -> ResponseMessage:
    """The vendor asks us something about a question that it may answer, or about the whole."""
    response = at.response
    session.refresh(response, with_for_update=True)
    if response.state not in TALKING:
        raise VendorRefused("These questions are closed: answer our mail instead.", "text")
    if question and question not in {
        each.question.id
        for each in merge(templates_of(session, response))
        if at.link.sections is None or each.section.id in at.link.sections
    }:
        raise VendorRefused("There is no such question here.", "question")
    sent = select(func.count()).where(
        ResponseMessage.response_id == response.id, ResponseMessage.by_kind == Author.VENDOR
    )
    if session.exec(sent).one() >= MOST_OF_VENDOR:
        raise VendorRefused(
            "At most %(most)s messages are taken here: answer our mail instead.",
            "text",
            most=MOST_OF_VENDOR,
        )
    return say(session, response, text=text, by=at.link, question=question, now=now)


def is_unread(row: ResponseMessage) -> bool:
    """Whether the vendor wrote it, and nobody answered or said that it is read."""
    return row.by_kind == Author.VENDOR and row.read_at is None


def mark_read(
    session: Session,
    response: QuestionnaireResponse,
    question: str,
    *,
    now: dt.datetime,
    actor: uuid.UUID,
) -> int:
    """What the vendor wrote about this question, or the whole, waits for nobody; how many did."""
    rows = session.exec(
        select(ResponseMessage).where(
            ResponseMessage.response_id == response.id,
            ResponseMessage.question == question,
            ResponseMessage.by_kind == Author.VENDOR,
            col(ResponseMessage.read_at).is_(None),
        )
    ).all()
    for row in rows:
        row.read_at = now
    if rows:
        session.flush()
        record(
            session,
            actor=actor,
            act="response.messages_read",
            subject_kind="response",
            subject_id=response.id,
            after={"number": response.number, "question": question, "messages": len(rows)},
            now=now,
        )
    return len(rows)


def asker(session: Session, response: QuestionnaireResponse, question: str) -> ResponseLink | None:
    """The link over which the vendor wrote last about this; None where it never did."""
    row = session.exec(
        select(ResponseMessage)
        .where(
            ResponseMessage.response_id == response.id,
            ResponseMessage.question == question,
            ResponseMessage.by_kind == Author.VENDOR,
        )
        .order_by(col(ResponseMessage.created_at).desc())
        .limit(1)
    ).first()
    return session.get(ResponseLink, row.link_id) if row and row.link_id else None
