"""What is said about a question, or about the whole: among ourselves, or with the vendor."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from vendor_risk.store.audit import record
from vendor_risk.store.models.responses import (
    Author,
    QuestionnaireResponse,
    ResponseLink,
    ResponseMessage,
)
from vendor_risk.workflow.vendors import VendorRefused, clean

TEXT = 4000


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
    """The thread has the message; what is internal the vendor never sees."""
    lines = (clean(line) for line in text.replace("\r\n", "\n").split("\n"))
    text = "\n".join(lines).strip()
    if not text:
        raise VendorRefused("Write the message.", "text")
    if len(text) > TEXT:
        raise VendorRefused(f"{len(text)} characters, and {TEXT} fit: shorten it.", "text")
    vendor = isinstance(by, ResponseLink)
    if vendor and internal:
        raise VendorRefused("A message of the vendor is never internal.")
    row = ResponseMessage(
        response_id=response.id,
        question=question,
        internal=internal,
        text=text,
        by_kind=Author.VENDOR if vendor else Author.PERSON,
        by_id=by if isinstance(by, uuid.UUID) else None,
        link_id=by.id if isinstance(by, ResponseLink) else None,
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
