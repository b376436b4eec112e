"""Contacts: whom we speak to at a vendor, sealed at rest and found by keyed hashes of words."""

import datetime as dt
import re
import unicodedata
import uuid
from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, delete, select

from vendor_risk.observe.target import TargetRefused, parse
from vendor_risk.store.encryption import blind_index, blind_indexes
from vendor_risk.store.models.vendors import Contact, ContactRole, ContactToken, Vendor
from vendor_risk.workflow.vendors import Actor, VendorRefused, changed, clean, note

_CONTEXT = "contact.word"
_TOKEN = 64  # characters, the width of the column: cut from the end, 240 bits of hash are left
_NAME = 120
_EMAIL = 254  # RFC 5321 4.5.3.1.3: the longest path, without its brackets
_LOCAL_PART = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}")
_PHONE = re.compile(r"\+?[0-9()./ -]{3,40}(?:(?:ext|x)\.? ?[0-9]{1,6})?", re.ASCII)
_WORD = re.compile(r"\w+")


def add_contact(
    session: Session,
    vendor: Vendor,
    *,
    name: str,
    email: str = "",
    phone: str = "",
    roles: Iterable[ContactRole] = (),
    contact_id: uuid.UUID | None = None,
    now: dt.datetime,
    actor: Actor,
) -> Contact:
    """The vendor has this contact; VendorRefused when name, address or number is none.

    `contact_id` is that of one who was removed and comes back.
    """
    contact = Contact(
        id=contact_id or uuid.uuid4(),
        vendor_id=vendor.id,
        name=checked_person(name),
        email=checked_email(email),
        phone=checked_phone(phone),
        roles=_ordered(roles),
        created_at=now,
    )
    session.add(contact)
    session.flush()
    session.add_all(tokens(contact))
    vendor.updated_at = now
    session.flush()
    note(
        session,
        vendor,
        "vendor.contact_added",
        actor=actor,
        now=now,
        after=_said(contact),
        about=contact.id,
    )
    return contact


def edit_contact(
    session: Session,
    vendor: Vendor,
    contact: Contact,
    *,
    name: str,
    email: str,
    phone: str,
    roles: Iterable[ContactRole],
    now: dt.datetime,
    actor: Actor,
) -> bool:
    """The contact says this from now on; False when it said so already."""
    wanted = {
        "name": checked_person(name),
        "email": checked_email(email),
        "phone": checked_phone(phone),
        "roles": _ordered(roles),
    }
    before, after = changed(contact, wanted)
    if not after:
        return False
    session.exec(delete(ContactToken).where(col(ContactToken.contact_id) == contact.id))
    session.add_all(tokens(contact))
    vendor.updated_at = now
    session.flush()
    note(
        session,
        vendor,
        "vendor.contact_edited",
        actor=actor,
        now=now,
        before=before,
        after=after,
        about=contact.id,
    )
    return True


def remove_contact(
    session: Session, vendor: Vendor, contact: Contact, *, now: dt.datetime, actor: Actor
) -> None:
    """The contact and all that finds it are gone."""
    note(
        session,
        vendor,
        "vendor.contact_removed",
        actor=actor,
        now=now,
        before=_said(contact),
        about=contact.id,
    )
    session.delete(contact)
    vendor.updated_at = now
    session.flush()


def contacts_of(session: Session, vendor_id: uuid.UUID) -> Sequence[Contact]:
    """The vendor's contacts by name; sealed columns cannot be sorted by the database."""
    rows = session.exec(select(Contact).where(Contact.vendor_id == vendor_id)).all()
    return sorted(rows, key=lambda contact: contact.name.casefold())


def tokens(contact: Contact) -> list[ContactToken]:
    """The rows that find the contact."""
    hashes = token_hashes(contact.name, contact.email)
    return [ContactToken(contact_id=contact.id, token=token) for token in hashes]


def token_hashes(name: str, email: str | None) -> list[str]:
    """What a contact is found by: each word of the name, and the whole address."""
    words = search_words(name)
    if email:
        words.add(email.casefold())
    return [blind_index(_CONTEXT, word)[:_TOKEN] for word in sorted(words)]


def wanted_tokens(text: str) -> list[tuple[str, ...]]:
    """For each word searched for, the tokens of which a contact must bear one."""
    text = text.strip()
    words = {text.casefold()} if "@" in text else search_words(text)
    return [
        tuple(token[:_TOKEN] for token in blind_indexes(_CONTEXT, word)) for word in sorted(words)
    ]


def search_words(text: str) -> set[str]:
    """The words of a name, however it is cased."""
    return set(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def checked_person(name: str) -> str:
    """The name as it is kept; VendorRefused when it is empty or too long."""
    name = clean(name)
    if not name:
        raise VendorRefused("Give the contact's name.", "name")
    if len(name) > _NAME:
        raise VendorRefused("A contact's name has at most %(most)s characters.", "name", most=_NAME)
    return name


def checked_email(email: str) -> str | None:
    """The address as it is kept; None for nothing, VendorRefused for what is no address."""
    email = clean(email)
    if not email:
        return None
    local, _, domain = email.rpartition("@")
    try:
        host = parse(domain).display
    except TargetRefused:
        host = ""
    if len(email) > _EMAIL or not host or not _LOCAL_PART.fullmatch(local):
        shown = email if len(email) <= 60 else email[:59] + "…"
        raise VendorRefused(
            "%(shown)s is no e-mail address: write it like jana@vendor.example.",
            "email",
            shown=shown,
        )
    return f"{local}@{host}"


def checked_phone(phone: str) -> str | None:
    """The number as it is kept; None for nothing, VendorRefused for what is no number."""
    phone = clean(phone)
    if not phone:
        return None
    if not _PHONE.fullmatch(phone):
        raise VendorRefused("Write the number with digits, like +49 30 901820.", "phone")
    return phone


def _ordered(roles: Iterable[ContactRole]) -> list[str]:
    asked = set(roles)
    return [str(role) for role in ContactRole if role in asked]


def _said(contact: Contact) -> dict[str, object]:
    said = {
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "roles": contact.roles,
    }
    return {field: value for field, value in said.items() if value}
