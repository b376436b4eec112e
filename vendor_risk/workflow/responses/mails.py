"""A vendor's e-mailed reply, filed to its response: its words, its attachments, and itself."""

import contextlib
import datetime as dt
import email
import hashlib
import io
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import Message
from email.utils import collapse_rfc2231_value, parseaddr, parsedate_to_datetime
from html.parser import HTMLParser

from sqlmodel import Session, col, select

from vendor_risk.evidence import N_
from vendor_risk.store.audit import record
from vendor_risk.store.files import Files
from vendor_risk.store.models.responses import (
    FileUse,
    QuestionnaireResponse,
    ResponseEmail,
    ResponseFile,
)
from vendor_risk.workflow import mail_bounds
from vendor_risk.workflow.responses import files as evidence
from vendor_risk.workflow.responses.answers import plain
from vendor_risk.workflow.vendors import VendorRefused, clean

MOST_BYTES = 30 * 1024 * 1024  # below what a request may carry
MOST_TEXT = 20_000
_PARTS = 200
_ATTACHMENTS = 30
_CONTENT = 4000
_LINE = 300  # of a header
_NO_MAIL = N_(
    "This is no mail: save the message as a file (.eml) in your mail program, and choose that."
)
_MAIL_INSIDE = N_("It is a mail inside the mail: save it as a file of its own and file that.")
_TOO_MANY = f"Only the first {_ATTACHMENTS} attachments are looked at."
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError)


@dataclass(frozen=True, slots=True)
class Read:
    """What stands in a mail."""

    sender: str
    subject: str
    sent_at: dt.datetime | None
    text: str
    attachments: tuple[tuple[str, bytes], ...]
    refused: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Filed:
    """The mail as it is kept, and the ids under which files lie because of it."""

    row: ResponseEmail
    written: tuple[uuid.UUID, ...]


def read(content: bytes, *, now: dt.datetime) -> Read:
    """What the mail says; VendorRefused where it is none. Nothing of it is believed, only kept."""
    if len(content) > MOST_BYTES:
        raise VendorRefused("The mail has more than 30 MB: file its attachments by parts.", "eml")
    mail_bounds.check(content)
    try:
        return _read(email.message_from_bytes(content), now)
    except VendorRefused:
        raise
    except _BROKEN as error:
        raise VendorRefused(_NO_MAIL, "eml") from error


def file(
    session: Session,
    response: QuestionnaireResponse,
    content: bytes,
    *,
    files: Files,
    now: dt.datetime,
    actor: uuid.UUID,
) -> Filed:
    """The mail stands with the response, sealed, and its attachments as evidence that serves none.

    What may not be kept is named with its reason. Who calls it deletes what was written when the
    transaction fails.
    """
    session.refresh(response, with_for_update=True)
    if response.ended_at is not None:
        raise VendorRefused("The response has ended: nothing of it changes any more.", "eml")
    digest = hashlib.sha256(content).hexdigest()
    if any(one.sha256 == digest for one in of(session, response)):
        raise VendorRefused("This mail is filed here already.", "eml")
    told = read(content, now=now)
    fresh: list[uuid.UUID] = []
    try:
        mail = _keep(session, response, content, told, fresh, files=files, now=now, actor=actor)
    except BaseException:
        for id in fresh:
            files.delete(id)
        raise
    return Filed(mail, tuple(fresh))


def _keep(
    session: Session,
    response: QuestionnaireResponse,
    content: bytes,
    told: Read,
    fresh: list[uuid.UUID],
    *,
    files: Files,
    now: dt.datetime,
    actor: uuid.UUID,
) -> ResponseEmail:
    """The rows and the files of them; what was written is told in `fresh`, however this ends."""
    digest = hashlib.sha256(content).hexdigest()
    kept: list[ResponseFile] = []
    refused = list(told.refused)
    for name, attached in told.attachments:
        try:
            row, new = evidence.add_ours(
                session, response, name, attached, files=files, now=now, actor=actor
            )
        except VendorRefused as error:
            refused.append((clean(name)[:_LINE], error.message))
            continue
        kept.append(row)
        if new:
            fresh.append(row.id)
    mail = ResponseEmail(
        response_id=response.id,
        sender=told.sender,
        subject=told.subject,
        text=told.text,
        sent_at=told.sent_at,
        sha256=digest,
        bytes=len(content),
        files=sorted({str(one.id) for one in kept}),
        refused=[list(one) for one in refused],
        filed_by_id=actor,
        created_at=now,
    )
    session.add(mail)
    session.flush()
    files.write(mail.id, io.BytesIO(content), at_most=MOST_BYTES)
    fresh.append(mail.id)
    record(
        session,
        actor=actor,
        act="response.mail_filed",
        subject_kind="response",
        subject_id=response.id,
        after={"number": response.number, "sha256": digest, "files": len(kept)},
        now=now,
    )
    return mail


def of(session: Session, response: QuestionnaireResponse) -> Sequence[ResponseEmail]:
    """The mails that were filed, the oldest first."""
    rows = select(ResponseEmail).where(ResponseEmail.response_id == response.id)
    return session.exec(rows.order_by(col(ResponseEmail.created_at))).all()


def serve(
    session: Session,
    response: QuestionnaireResponse,
    row: ResponseFile,
    question: str,
    *,
    known: Sequence[str],
    now: dt.datetime,
    actor: uuid.UUID,
) -> None:
    """A file of a mail is evidence for this question."""
    session.refresh(response, with_for_update=True)
    if response.ended_at is not None:
        raise VendorRefused("The response has ended: nothing of it changes any more.")
    if question not in known:
        raise VendorRefused("Choose the question that the file is evidence for.", "question")
    if session.get(FileUse, (row.id, question)) is None:
        session.add(FileUse(file_id=row.id, question=question))
        session.flush()
        record(
            session,
            actor=actor,
            act="response.file_serves",
            subject_kind="response",
            subject_id=response.id,
            after={"file": row.id, "question": question},
            now=now,
        )


def _read(mail: Message, now: dt.datetime) -> Read:
    name, address = parseaddr(_header(mail, "From"))
    if not address or not (mail.get("Date") or mail.get("Message-ID") or mail.get("Received")):
        raise VendorRefused(_NO_MAIL, "eml")
    words: dict[str, str] = {}
    found: list[tuple[str, bytes]] = []
    refused: list[tuple[str, str]] = []
    for part in _parts(mail):
        _shorten(part)
        kind = part.get_content_type()
        called = _name(part)
        attached = part.get_content_disposition() == "attachment" or bool(called)
        if kind == "message/rfc822":
            refused.append((called or kind, _MAIL_INSIDE))
        elif not attached and kind in ("text/plain", "text/html"):
            words.setdefault(kind, _text(part))
        elif attached or part.get_content_maintype() != "text":
            payload = part.get_payload(decode=True)
            if len(found) == _ATTACHMENTS:
                refused.append((called or kind, _TOO_MANY))
            elif isinstance(payload, bytes):
                found.append((called or kind.replace("/", "."), payload))
    text = words.get("text/plain") or _stripped(words.get("text/html", ""))
    return Read(
        sender=clean(f"{name} <{address}>" if name else address)[:_LINE],
        subject=clean(_header(mail, "Subject"))[:_LINE],
        sent_at=_moment(mail, now),
        text=plain(text).strip()[:MOST_TEXT],
        attachments=tuple(found),
        refused=tuple(refused),
    )


def _parts(mail: Message) -> Iterator[Message]:
    """What is not made of parts itself, in order; what a mail inside holds is left alone."""
    waiting, seen = [mail], 0
    while waiting:
        part = waiting.pop()
        seen += 1
        if seen > _PARTS:
            raise VendorRefused(
                "The mail has more than %(most)s parts: file it by parts.", "eml", most=_PARTS
            )
        inside = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inside, list):
            waiting += [one for one in reversed(inside) if isinstance(one, Message)]
        else:
            yield part


def _shorten(part: Message) -> None:
    """A name may be long, but reading it takes the square of its length."""
    for name in ("Content-Type", "Content-Disposition"):
        told = str(part.get(name, ""))
        if len(told) > _CONTENT:
            part.replace_header(name, told[:_CONTENT])


def _header(mail: Message, name: str) -> str:
    raw = str(mail.get(name, ""))[:2000]
    try:
        return str(make_header(decode_header(raw)))
    except _BROKEN:
        return raw


def _name(part: Message) -> str:
    told = part.get_filename("")
    raw = collapse_rfc2231_value(told) if told else ""
    with contextlib.suppress(*_BROKEN):
        raw = str(make_header(decode_header(raw[:1000])))
    return clean(plain(raw))[:_LINE]


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    payload = payload[: 4 * MOST_TEXT * 10]
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def _moment(mail: Message, now: dt.datetime) -> dt.datetime | None:
    try:
        told = parsedate_to_datetime(str(mail.get("Date", ""))[:100])
        told = told.replace(tzinfo=dt.UTC) if told.tzinfo is None else told.astimezone(dt.UTC)
    except _BROKEN:
        return None
    return told if told <= now + dt.timedelta(days=1) else None


class _Words(HTMLParser):
    """The text of a page, without what is not read."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Leave out what is no text; begin a line where a reader sees one."""
        del attrs
        self._unread += tag in ("script", "style", "head")
        if tag in ("p", "br", "div", "tr", "li"):
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """What is no text has ended."""
        if tag in ("p", "div", "tr", "li"):
            self.words.append("\n")
        elif tag in ("script", "style", "head"):
            self._unread = max(0, self._unread - 1)

    def handle_data(self, data: str) -> None:
        """Keep text."""
        if not self._unread:
            self.words.append(data)


def _stripped(markup: str) -> str:
    reader = _Words()
    with contextlib.suppress(AssertionError, *_BROKEN):  # it is kept as far as it could be read
        reader.feed(markup[: 3 * MOST_TEXT])
    lines = (" ".join(line.split()) for line in "".join(reader.words).split("\n"))
    return "\n".join(line for line in lines if line)
