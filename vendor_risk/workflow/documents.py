"""Documents of vendors: kept, read control by control, and claims until they expire."""

import calendar
import datetime as dt
import io
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session, col, delete, select

from vendor_risk.evidence import Source
from vendor_risk.scoring.model import Model
from vendor_risk.store.audit import noting
from vendor_risk.store.files import Files
from vendor_risk.store.models.documents import (
    Document,
    DocumentControl,
    DocumentDuty,
    DocumentKind,
)
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import scores
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.vendors import Actor, VendorRefused, changed, clean, lock, refuse_gone

_note = noting("document")

LARGEST = 20 * 1024 * 1024
EXPIRES_SOON = 60  # days
LEVELS = (0, 50, 100)
DUTY_DAYS = dt.timedelta(days=30)  # for what a report leaves to us
ORIGIN = "document"
# Reports say what was so in a period, and hold for a year after it; the others say until when.
REPORTS = frozenset(
    {DocumentKind.SOC2_II, DocumentKind.SOC2_I, DocumentKind.PCI_AOC, DocumentKind.PENTEST}
)
# Somebody independent looked at how controls worked; a certificate alone says less.
AUDITS = frozenset({DocumentKind.SOC2_II, DocumentKind.PCI_AOC, DocumentKind.PENTEST})
_DATED = frozenset({DocumentKind.ISO27001, DocumentKind.INSURANCE})
_TEXTS = {
    "title": 200,
    "issuer": 200,
    "scope": 2000,
    "exceptions": 4000,
    "carve_outs": 2000,
    "duties": 4000,
}
_NOTE = 500
# What each kind of file begins with.
_BEGINNINGS = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a document says of itself; `service_in_scope` None while nobody looked."""

    kind: str
    title: str
    document_date: dt.date | None
    issuer: str = ""
    period_end: dt.date | None = None
    bridge_letter: bool = False
    valid_until: dt.date | None = None
    service_in_scope: bool | None = None
    scope: str = ""
    exceptions: str = ""
    carve_outs: str = ""
    duties: str = ""
    seen_at_vendor: bool = False
    engagement_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What a reviewer read about one control."""

    level: int
    source: str = Source.REVIEWED
    note: str = ""


def add(
    session: Session,
    vendor: Vendor,
    terms: Terms,
    *,
    files: Files,
    content: bytes | None = None,
    file_name: str = "",
    now: dt.datetime,
    actor: Actor,
) -> Document:
    """The document is kept, or was seen at the vendor; unread it changes no score."""
    refuse_gone(vendor)
    wanted = _checked(session, vendor, terms, now)
    if (content is None) is not terms.seen_at_vendor:
        raise VendorRefused("Add the file, or say that you read it at the vendor.", "file")
    row = Document(
        vendor_id=vendor.id,
        created_at=now,
        added_by_id=_person(actor),
        sample=vendor.sample,
        **wanted,
    )
    if content is not None:
        row.file_name = _file_name(file_name, kind_of(content))
        stored = files.write(row.id, io.BytesIO(content), at_most=LARGEST)
        row.file_sha256, row.file_bytes = stored.sha256, stored.size
    session.add(row)
    session.flush()
    _note(session, row, "document.added", actor, now, after=_said(wanted))
    return row


def edit(
    session: Session,
    vendor: Vendor,
    row: Document,
    terms: Terms,
    *,
    revision: int,
    now: dt.datetime,
    actor: Actor,
) -> bool:
    """The document says this; what was read in it before has to be read again."""
    lock(session, row, revision)
    if terms.seen_at_vendor and row.file_sha256:
        raise VendorRefused("The file is stored here: leave this open.", "seen_at_vendor")
    before, after = changed(row, _checked(session, vendor, terms, now))
    if not after:
        return False
    row.revision += 1
    if set(after) - {"title", "issuer"}:
        row.reviewed_at = row.reviewed_by_id = None
        _end_claims(session, row, now)
    _note(session, row, "document.edited", actor, now, before=before, after=after)
    _follow(session, row, now)
    return True


def review(
    session: Session,
    row: Document,
    read: Mapping[str, Read],
    *,
    revision: int,
    note: str = "",
    now: dt.datetime,
    actor: Actor,
) -> None:
    """What a reviewer read in it counts, control by control, until the document expires."""
    lock(session, row, revision)
    if row.withdrawn_at is not None:
        raise VendorRefused("The document is withdrawn: take it back in first.")
    note = clean(note)
    if len(note) > 2000:
        raise VendorRefused(
            "%(count)s characters, and 2000 fit: shorten it.", "note", count=len(note)
        )
    if not read:
        raise VendorRefused("Say of one control at least what the document shows.", "controls")
    if row.service_in_scope is not True:
        raise VendorRefused(
            "Say first whether what we buy is in its scope: a document about something else proves "
            "nothing here.",
            "controls",
        )
    model = in_use(session)
    kept = {control: _readable(row, control, one, model) for control, one in sorted(read.items())}
    session.exec(delete(DocumentControl).where(col(DocumentControl.document_id) == row.id))
    _end_claims(session, row, now)
    for control, one in kept.items():
        session.add(
            DocumentControl(
                document_id=row.id,
                control=control,
                level=one.level,
                source=one.source,
                note=one.note,
            )
        )
    row.reviewed_at, row.reviewed_by_id, row.review_note = now, _person(actor), note
    row.revision += 1
    session.flush()
    _claim(session, row, now)
    _set_duties(session, row, now)
    said = [f"{control} {one.level} {one.source}" for control, one in kept.items()]
    _note(session, row, "document.reviewed", actor, now, after={"controls": said})
    _follow(session, row, now)


def withdraw(session: Session, row: Document, *, now: dt.datetime, actor: Actor) -> bool:
    """The document counts no longer; its file stays."""
    session.refresh(row, with_for_update=True)
    if row.withdrawn_at is not None:
        return False
    row.withdrawn_at = now
    row.revision += 1
    _end_claims(session, row, now)
    for duty in duties_of(session, row.id):
        duty.ended_at = duty.ended_at or now
    _note(session, row, "document.withdrawn", actor, now, before={"title": row.title})
    _follow(session, row, now)
    return True


def take_back(session: Session, row: Document, *, now: dt.datetime, actor: Actor) -> bool:
    """The document counts again as it was reviewed."""
    session.refresh(row, with_for_update=True)
    if row.withdrawn_at is None:
        return False
    row.withdrawn_at = None
    row.revision += 1
    if row.reviewed_at is not None:
        _claim(session, row, now)
        _set_duties(session, row, now)
    _note(session, row, "document.returned", actor, now, after={"title": row.title})
    _follow(session, row, now)
    return True


def documents_of(session: Session, vendor_id: uuid.UUID) -> Sequence[Document]:
    """The vendor's documents, those that count first, the newest first."""
    rows = session.exec(select(Document).where(Document.vendor_id == vendor_id)).all()
    rows = sorted(rows, key=lambda row: (row.document_date, str(row.id)), reverse=True)
    return sorted(rows, key=lambda row: row.withdrawn_at is not None)


def controls_of(session: Session, document_id: uuid.UUID) -> dict[str, DocumentControl]:
    """What was read in it, by control."""
    rows = session.exec(select(DocumentControl).where(DocumentControl.document_id == document_id))
    return {row.control: row for row in rows}


def duties_of(session: Session, document_id: uuid.UUID) -> Sequence[DocumentDuty]:
    """What the report leaves to us, in its order."""
    rows = select(DocumentDuty).where(DocumentDuty.document_id == document_id)
    return session.exec(rows.order_by(col(DocumentDuty.created_at), col(DocumentDuty.text))).all()


def do_duty(session: Session, duty: DocumentDuty, *, now: dt.datetime, actor: Actor) -> bool:
    """We do what the report leaves to us; False when that was said before."""
    session.refresh(duty, with_for_update=True)
    if duty.ended_at is not None:
        return False
    duty.ended_at, duty.ended_by_id = now, _person(actor)
    row = session.get_one(Document, duty.document_id)
    _note(session, row, "document.duty_done", actor, now, after={"duty": duty.text})
    return True


def holds_until(row: Document) -> dt.date | None:
    """The last day on which the document is taken at its word; None where it names none."""
    if row.kind in REPORTS:
        months = 15 if row.bridge_letter else 12
        return _later(row.period_end or row.document_date, months)
    return row.valid_until


def kind_of(content: bytes) -> str:
    """What the file is by what it holds; VendorRefused when it is none of the allowed."""
    if not content:
        raise VendorRefused("The file is empty.", "file")
    if len(content) > LARGEST:
        raise VendorRefused("The file is larger than 20 MB.", "file")
    for beginning, kind in _BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    if content.startswith(b"PK\x03\x04"):
        try:
            names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
        except (zipfile.BadZipFile, ValueError, OverflowError):
            names = set()
        if not any(name.endswith("vbaProject.bin") for name in names):
            for part, kind in (("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx")):
                if part in names:
                    return kind
    raise VendorRefused(
        "This is none of PDF, PNG, JPEG, Word and Excel without macros: save it as PDF.", "file"
    )


def checked_day(
    day: dt.date | None, field: str, *, latest: dt.date | None = None
) -> dt.date | None:
    """The day, when it can be; VendorRefused for one to come and one of another age."""
    if day is None:
        return None
    if latest is not None and day > latest:
        raise VendorRefused(
            "%(day)s is yet to come: give a day that was.", field, day=day.isoformat()
        )
    if not 1990 <= day.year <= 2100:
        raise VendorRefused("%(day)s is too far away: mend the year.", field, day=day.isoformat())
    return day


def _checked(session: Session, vendor: Vendor, terms: Terms, now: dt.datetime) -> dict[str, Any]:
    wanted: dict[str, Any] = asdict(terms)
    today = now.astimezone(dt.UTC).date()
    if terms.kind not in list(DocumentKind):
        raise VendorRefused("Choose what kind of document it is.", "kind")
    for key, most in _TEXTS.items():
        wanted[key] = _text(wanted[key], most, key)
    if not wanted["title"]:
        raise VendorRefused("Give the document a title.", "title")
    if terms.document_date is None:
        raise VendorRefused(
            "Give the date of the document: evidence without one counts not.", "document_date"
        )
    checked_day(terms.document_date, "document_date", latest=today)
    checked_day(terms.period_end, "period_end", latest=today)
    checked_day(terms.valid_until, "valid_until")
    if terms.kind in _DATED and terms.valid_until is None:
        raise VendorRefused("Give the last day on which it is valid: it says so.", "valid_until")
    if terms.valid_until is not None and terms.valid_until < terms.document_date:
        raise VendorRefused("It cannot end before its own date.", "valid_until")
    if terms.period_end is not None and terms.period_end > terms.document_date:
        raise VendorRefused("The period ends before the report on it is written.", "period_end")
    refuse_foreign(session, vendor, terms.engagement_id)
    return wanted


def refuse_foreign(session: Session, vendor: Vendor, engagement_id: uuid.UUID | None) -> None:
    """VendorRefused when the engagement is another vendor's, or none."""
    if engagement_id is None:
        return
    engagement = session.get(Engagement, engagement_id)
    if engagement is None or engagement.vendor_id != vendor.id:
        raise VendorRefused("That is not bought from this vendor.", "engagement_id")


def _text(text: str, most: int, field: str) -> str:
    text = "\n".join(clean(line) for line in text.splitlines()).strip()
    if field in ("title", "issuer"):
        text = clean(text)
    if len(text) > most:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.", field, count=len(text), most=most
        )
    return text


def _readable(row: Document, control: str, one: Read, model: Model) -> Read:
    if control not in model.controls:
        raise VendorRefused(
            "%(control)s is no control of the model.", "controls", control=control[:20]
        )
    if one.level not in LEVELS:
        raise VendorRefused("%(control)s: the level is 0, 50 or 100.", "controls", control=control)
    note = clean(one.note)
    if len(note) > _NOTE:
        raise VendorRefused(
            "%(control)s: the note has at most %(most)s characters.",
            "controls",
            control=control,
            most=_NOTE,
        )
    if one.source not in (Source.REVIEWED, Source.AUDITED):
        raise VendorRefused("%(control)s: it is reviewed or audited.", "controls", control=control)
    if one.source == Source.AUDITED:
        if row.kind not in AUDITS:
            raise VendorRefused(
                "%(control)s: audited is what an independent report shows (SOC 2 type II,"
                " PCI AOC, penetration test). A certificate or a contract alone is"
                " reviewed.",
                "controls",
                control=control,
            )
        if not (row.exceptions and row.carve_outs and row.duties):
            raise VendorRefused(
                "%(control)s: audited needs the exceptions and the carve-outs of the"
                " report, and the duties that it leaves to us. Write “none” where it"
                " names none.",
                "controls",
                control=control,
            )
        if row.kind == DocumentKind.SOC2_II and row.period_end is None:
            raise VendorRefused(
                "%(control)s: audited needs the end of the period that the report is about.",
                "controls",
                control=control,
            )
    return Read(one.level, one.source, note)


def _claim(session: Session, row: Document, now: dt.datetime) -> None:
    until = holds_until(row)
    for control, one in controls_of(session, row.id).items():
        session.add(
            StoredClaim(
                vendor_id=row.vendor_id,
                engagement_id=row.engagement_id,
                control=control,
                level=one.level,
                source=one.source,
                date=row.period_end or row.document_date,
                valid_until=until,
                origin=ORIGIN,
                origin_id=row.id,
                created_at=now,
            )
        )


def _set_duties(session: Session, row: Document, now: dt.datetime) -> None:
    """Each line is a task of ours; one that was done before, by the same words, stays done."""
    lines = [clean(line)[:_NOTE] for line in row.duties.splitlines()]
    wanted = {line for line in lines if line and line.casefold().strip(".") != "none"}
    there = {one.text: one for one in duties_of(session, row.id)}
    for text, one in there.items():
        if text not in wanted:
            one.ended_at = one.ended_at or now
        elif one.ended_by_id is None:
            one.ended_at = None
    due = now.astimezone(dt.UTC).date() + DUTY_DAYS
    for text in sorted(wanted - there.keys()):
        session.add(DocumentDuty(document_id=row.id, text=text, due_on=due, created_at=now))
    session.flush()


def _end_claims(session: Session, row: Document, now: dt.datetime) -> None:
    standing = select(StoredClaim).where(
        StoredClaim.origin == ORIGIN,
        StoredClaim.origin_id == row.id,
        col(StoredClaim.ended_at).is_(None),
    )
    for claim in session.exec(standing):
        claim.ended_at = now


def _later(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _file_name(name: str, kind: str) -> str:
    name = clean(name.replace("\\", "/").rpartition("/")[2])[:150]
    return name if name.lower().endswith(f".{kind}") else f"{name or 'document'}.{kind}"


def _follow(session: Session, row: Document, now: dt.datetime) -> None:
    session.flush()
    scores.rescore(session, [row.vendor_id], now=now, cause=scores.DOCUMENT)


def _person(actor: Actor) -> uuid.UUID | None:
    return actor if isinstance(actor, uuid.UUID) else None


def _said(wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in wanted.items() if value not in (None, "", False)}
