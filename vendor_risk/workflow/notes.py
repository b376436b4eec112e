"""Notes about a vendor or one thing that we buy from it, and the people whom they call."""

import datetime as dt
import re
import uuid
from collections.abc import Sequence

from sqlmodel import Session, col, select

from vendor_risk.store.audit import record
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.models.work import Mention, Note
from vendor_risk.workflow.people import role_names
from vendor_risk.workflow.vendors import VendorRefused, refuse_gone

LONGEST = 4000
READERS = frozenset({"analyst", "approver", "auditor", "admin"})  # requesters see results alone
_CALL = re.compile(r"(?<![\w@.])@([\w.+-]{1,64})")


def write(
    session: Session,
    vendor: Vendor,
    text: str,
    *,
    engagement_id: uuid.UUID | None = None,
    person: User,
    now: dt.datetime,
) -> tuple[Note, list[User]]:
    """The note stands on the vendor's page, and those it calls by @name find it in their work.

    With an engagement it is about that alone.
    """
    refuse_gone(vendor)
    about = session.get(Engagement, engagement_id) if engagement_id else None
    if engagement_id is not None and (about is None or about.vendor_id != vendor.id):
        raise VendorRefused("That is nothing we buy from this vendor.", "engagement_id")
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise VendorRefused("Write something first.", "text")
    if len(text) > LONGEST:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.",
            "text",
            count=len(text),
            most=LONGEST,
        )
    called = called_in(session, text)
    note = Note(
        vendor_id=vendor.id,
        engagement_id=engagement_id,
        by_id=person.id,
        text=text,
        created_at=now,
    )
    session.add(note)
    session.flush()
    session.add_all(Mention(note_id=note.id, person_id=one.id) for one in called)
    session.flush()
    _log(session, note, "note.written", person.id, now)
    return note, called


def withdraw(session: Session, note: Note, *, person: User, now: dt.datetime) -> bool:
    """The note is gone from the page, and calls nobody; False when it was already."""
    if note.by_id != person.id:
        raise VendorRefused("Whoever wrote it takes it back.")
    if note.withdrawn_at is not None:
        return False
    note.withdrawn_at = now
    _log(session, note, "note.withdrawn", person.id, now)
    return True


def seen(session: Session, note: Note, *, person: User, now: dt.datetime) -> bool:
    """The person has read the note that calls them; False when it does not, or was read."""
    row = session.get(Mention, (note.id, person.id))
    if row is None or row.seen_at is not None:
        return False
    row.seen_at = now
    return True


def notes_of(
    session: Session,
    vendor_id: uuid.UUID,
    engagement_id: uuid.UUID | None = None,
    most: int = 100,
) -> Sequence[Note]:
    """The vendor's notes, or those about one engagement alone, the newest first."""
    rows = select(Note).where(Note.vendor_id == vendor_id, col(Note.withdrawn_at).is_(None))
    if engagement_id is not None:
        rows = rows.where(Note.engagement_id == engagement_id)
    return session.exec(rows.order_by(col(Note.created_at).desc(), col(Note.id)).limit(most)).all()


def unknown_in(text: str, called: Sequence[User]) -> list[str]:
    """The names that the text calls and nobody bears, as they are written."""
    known = {one.email.partition("@")[0] for one in called} | {_first_name(one) for one in called}
    words = dict.fromkeys(word.rstrip(".-") for word in _CALL.findall(text))
    return [word for word in words if word and word.casefold() not in known]


def called_in(session: Session, text: str) -> list[User]:
    """Those whom the text calls; VendorRefused where a name is that of several people.

    @ann is whoever has the address ann@…, or the only one whose first name is Ann. Whoever may not
    read notes is not called.
    """
    words = {word.rstrip(".-").casefold() for word in _CALL.findall(text)} - {""}
    if not words:
        return []
    active = select(User).where(col(User.active).is_(True)).order_by(col(User.email))
    people = [one for one in session.exec(active) if not READERS.isdisjoint(role_names(one))]
    called = {}
    for word in sorted(words):
        meant = [one for one in people if one.email.partition("@")[0] == word]
        meant = meant or [one for one in people if _first_name(one) == word]
        if len(meant) > 1:
            names = ", ".join(f"@{one.email.partition('@')[0]}" for one in meant[:3])
            raise VendorRefused(
                "@%(word)s could be several people: write %(names)s.",
                "text",
                word=word,
                names=names,
            )
        called.update({one.id: one for one in meant})
    return list(called.values())


def _first_name(person: User) -> str:
    return person.name.split()[0].casefold() if person.name.strip() else ""


def _log(session: Session, note: Note, act: str, actor: uuid.UUID, now: dt.datetime) -> None:
    record(
        session,
        actor=actor,
        act=act,
        subject_kind="vendor",
        subject_id=note.vendor_id,
        after={"note_id": note.id},
        now=now,
    )
