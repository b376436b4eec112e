"""Evidence with a response: files told by their content, sealed, and bound to questions."""

import datetime as dt
import hashlib
import io
import re
import uuid
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from sqlmodel import Session, col, func, select

from vendor_risk.evidence import N_
from vendor_risk.questionnaires.merged import merge
from vendor_risk.store.audit import record
from vendor_risk.store.files import Files
from vendor_risk.store.models.responses import (
    WITH_VENDOR,
    Author,
    FileUse,
    QuestionnaireResponse,
    ResponseAnswer,
    ResponseFile,
    ResponseState,
)
from vendor_risk.workflow import finding_files
from vendor_risk.workflow.finding_files import MOST_BYTES, Evidence
from vendor_risk.workflow.responses.links import Entry
from vendor_risk.workflow.responses.published import templates_of
from vendor_risk.workflow.vendors import VendorRefused

MOST = 60  # files that stand in one response
MOST_EVER = 300  # with those that were removed again: each upload costs disk and an entry
MOST_TOGETHER = 200 * 1024 * 1024
OLDEST = dt.date(1990, 1, 1)

TYPES = finding_files.TYPES | {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ACCEPT = ",".join((*TYPES, ".jpeg"))
"""What the browser offers to choose; the content decides."""

_REFUSED = N_(
    "Send a PDF, a PNG or JPEG picture, a Word or Excel file without macros, or a text or CSV file."
)
_MAIN = {
    b"wordprocessingml.document.main+xml": ".docx",
    b"spreadsheetml.sheet.main+xml": ".xlsx",
}
# What makes a document of Office do something, or hold another file that does.
_ACTS = re.compile(
    r"(vbaproject|vbadata|activex|oleobject|\.bin$|\.exe$|\.js$|externallinks|/embeddings/)",
    re.IGNORECASE,
)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)
_MOST_PARTS = 5000
_MOST_UNPACKED = 200 * 1024 * 1024
_MOST_CONTENT_TYPES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that stands, with the questions that it serves."""

    row: ResponseFile
    questions: tuple[str, ...]


def checked(name: str, content: bytes) -> Evidence:
    """The file as it may be kept, its ending that of its content; VendorRefused for others."""
    if not content.startswith(b"PK"):
        try:
            return finding_files.checked_file(name, content)
        except VendorRefused as error:
            if error.message.startswith("Send a PDF"):
                raise VendorRefused(_REFUSED, "file") from error
            raise
    if len(content) > MOST_BYTES:
        raise VendorRefused("The file has more than 10 MB: send a smaller one.", "file")
    ending = _office(content)
    # the name is made plain as that of any other file; a text stands for the content
    plain = PurePath(finding_files.checked_file(name, b"-").name)
    stem = plain.stem if plain.suffix.lower() in TYPES else plain.name
    return Evidence(f"{stem.removesuffix(ending)}{ending}", content)


def add(
    session: Session,
    at: Entry,
    question: str,
    name: str,
    content: bytes,
    *,
    files: Files,
    document_date: dt.date | None = None,
    now: dt.datetime,
) -> ResponseFile:
    """The vendor shows this with its answer; the file lies sealed under the id of the row.

    The same content once more is the same file, for one question more. Who calls it deletes the
    file of the row when the transaction fails.
    """
    response = at.response
    session.refresh(response, with_for_update=True)
    _refuse(session, at, question)
    evidence = checked(name, content)
    if document_date is not None and not OLDEST <= document_date <= now.date():
        raise VendorRefused("Give the day that stands on the document.", "document_date")
    digest = hashlib.sha256(evidence.content).hexdigest()
    standing = [one.row for one in files_of(session, response)]
    row = next((one for one in standing if one.sha256 == digest), None)
    if row is None:
        _refuse_many(session, response, standing, len(content))
        row = ResponseFile(
            response_id=response.id,
            name=evidence.name,
            sha256=digest,
            bytes=len(evidence.content),
            document_date=document_date,
            link_id=at.link.id,
            created_at=now,
        )
        session.add(row)
        session.flush()
        files.write(row.id, io.BytesIO(evidence.content), at_most=MOST_BYTES)
        record(
            session,
            actor="vendor",
            act="response.file_added",
            subject_kind="response",
            subject_id=response.id,
            after={"file": row.id, "sha256": digest, "question": question, "link": at.link.id},
            now=now,
        )
    elif document_date is not None:
        row.document_date = document_date
    if session.get(FileUse, (row.id, question)) is None:
        session.add(FileUse(file_id=row.id, question=question))
    session.flush()
    return row


def add_ours(
    session: Session,
    response: QuestionnaireResponse,
    name: str,
    content: bytes,
    *,
    files: Files,
    now: dt.datetime,
    actor: uuid.UUID,
) -> tuple[ResponseFile, bool]:
    """One of us keeps a file of the vendor here; False where it stood here already.

    The same rules as for the vendor hold. It serves no question yet.
    """
    checked_one = checked(name, content)
    digest = hashlib.sha256(checked_one.content).hexdigest()
    standing = [one.row for one in files_of(session, response)]
    row = next((one for one in standing if one.sha256 == digest), None)
    if row is not None:
        return row, False
    _refuse_many(session, response, standing, len(content))
    row = ResponseFile(
        response_id=response.id,
        name=checked_one.name,
        sha256=digest,
        bytes=len(checked_one.content),
        by_kind=Author.PERSON,
        by_id=actor,
        created_at=now,
    )
    session.add(row)
    session.flush()
    files.write(row.id, io.BytesIO(checked_one.content), at_most=MOST_BYTES)
    return row, True


def serve(session: Session, at: Entry, question: str, chosen: Sequence[uuid.UUID]) -> None:
    """These files of the response serve the question, and no others do."""
    standing = files_for(session, at)
    before = {one.row.id for one in standing if question in one.questions}
    wanted = {one.row.id for one in standing if one.row.id in set(chosen)}
    if before == wanted:
        return
    session.refresh(at.response, with_for_update=True)
    _refuse(session, at, question)
    for id in before - wanted:
        session.delete(session.get_one(FileUse, (id, question)))
    for id in wanted - before:
        session.add(FileUse(file_id=id, question=question))
    session.flush()


def date(session: Session, at: Entry, file_id: uuid.UUID, day: dt.date, now: dt.datetime) -> None:
    """The day that stands on the document."""
    row = own(session, at, file_id)
    if at.response.state not in WITH_VENDOR:
        raise VendorRefused("The answers are with us now.")
    if not OLDEST <= day <= now.date():
        raise VendorRefused("Give the day that stands on the document.", "document_date")
    row.document_date = day
    session.flush()


def remove(session: Session, at: Entry, file_id: uuid.UUID, *, now: dt.datetime) -> uuid.UUID:
    """It is shown no more; who calls it deletes what lies under the id, after the commit."""
    row = own(session, at, file_id)
    session.refresh(at.response, with_for_update=True)
    if row.by_kind == Author.PERSON:
        raise VendorRefused("We filed this one, so it stays: write to us if it is wrong.")
    for use in session.exec(select(FileUse).where(FileUse.file_id == row.id)).all():
        _refuse(session, at, use.question)
        session.delete(use)
    if at.response.state not in WITH_VENDOR:
        raise VendorRefused("The answers are with us now.")
    row.removed_at = now
    session.flush()
    record(
        session,
        actor="vendor",
        act="response.file_removed",
        subject_kind="response",
        subject_id=at.response.id,
        before={"file": row.id, "sha256": row.sha256, "link": at.link.id},
        now=now,
    )
    return row.id


def own(session: Session, at: Entry, file_id: uuid.UUID) -> ResponseFile:
    """The file of this response; VendorRefused for any other, and where it serves another's part.

    A contributor sees what serves its own sections, and what it brought itself.
    """
    found = next((one for one in files_for(session, at) if one.row.id == file_id), None)
    if found is None:
        raise VendorRefused("There is no such file here.")
    return found.row


def files_of(session: Session, response: QuestionnaireResponse) -> Sequence[Kept]:
    """What stands, the oldest first."""
    rows = session.exec(
        select(ResponseFile)
        .where(ResponseFile.response_id == response.id, col(ResponseFile.removed_at).is_(None))
        .order_by(col(ResponseFile.created_at), col(ResponseFile.id))
    ).all()
    uses: dict[uuid.UUID, list[str]] = {row.id: [] for row in rows}
    for use in session.exec(select(FileUse).where(col(FileUse.file_id).in_(list(uses)))):
        uses[use.file_id].append(use.question)
    return [Kept(row, tuple(sorted(uses[row.id]))) for row in rows]


def files_for(session: Session, at: Entry) -> Sequence[Kept]:
    """The files that whoever holds this link may see: all, or those of its sections."""
    every = files_of(session, at.response)
    if at.owner:
        return every
    mine = _questions_of(session, at)
    return [
        one for one in every if one.row.link_id == at.link.id or mine.intersection(one.questions)
    ]


def media_type(name: str) -> str:
    """What a kept file is served as, always as an attachment."""
    ending = PurePath(name).suffix.lower().replace(".jpeg", ".jpg")
    return TYPES.get(ending, "application/octet-stream")


def _refuse(session: Session, at: Entry, question: str) -> None:
    if at.response.state not in WITH_VENDOR:
        raise VendorRefused("The answers were submitted: they can no longer be changed here.")
    if question not in _questions_of(session, at):
        raise VendorRefused("This question is for somebody else at your company.")
    if at.response.state == ResponseState.RETURNED:
        row = session.get(ResponseAnswer, (at.response.id, question))
        if row is not None and row.value and not row.flagged:
            raise VendorRefused("This question was not returned: only marked ones can be changed.")


def _refuse_many(
    session: Session,
    response: QuestionnaireResponse,
    standing: Sequence[ResponseFile],
    more: int,
) -> None:
    ever = select(func.count()).where(ResponseFile.response_id == response.id)
    if len(standing) >= MOST or session.exec(ever).one() >= MOST_EVER:
        raise VendorRefused(
            "At most %(most)s files are kept here: let one file serve several questions.",
            "file",
            most=MOST,
        )
    if sum(one.bytes for one in standing) + more > MOST_TOGETHER:
        raise VendorRefused("All files together may have 200 MB: send smaller ones.", "file")


def _questions_of(session: Session, at: Entry) -> frozenset[str]:
    return frozenset(
        each.question.id
        for each in merge(templates_of(session, at.response))
        if at.link.sections is None or each.section.id in at.link.sections
    )


def _office(content: bytes) -> str:
    """The ending of a Word or Excel file that does nothing by itself; VendorRefused for others."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            types = _content_types(archive)
    except _BROKEN as error:
        raise VendorRefused(_REFUSED, "file") from error
    # Something before the first part or behind the directory would be a second file in one.
    if min((part.header_offset for part in parts), default=1) != 0 or not _ends(content):
        raise VendorRefused(_REFUSED, "file")
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > _MOST_PARTS or unpacked > _MOST_UNPACKED:
        raise VendorRefused("This file unpacks to more than we read: send it as a PDF.", "file")
    if b"macroenabled" in types or any(_ACTS.search(part.filename) for part in parts):
        raise VendorRefused(
            "This file holds macros or other files: save it without them, or as a PDF.", "file"
        )
    for mark, ending in _MAIN.items():
        if mark in types and b"<!doctype" not in types:
            return ending
    raise VendorRefused(_REFUSED, "file")


def _content_types(archive: zipfile.ZipFile) -> bytes:
    with archive.open("[Content_Types].xml") as part:
        return part.read(_MOST_CONTENT_TYPES).lower()


def _ends(content: bytes) -> bool:
    """Whether nothing follows the end of the directory (APPNOTE 6.3.10, section 4.3.16)."""
    at = content.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(content):
        return False
    return at + 22 + int.from_bytes(content[at + 20 : at + 22], "little") == len(content)
