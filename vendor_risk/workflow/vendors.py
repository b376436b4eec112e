"""Vendors: enter one, change what we say of it, tag it, archive it and take it back."""

import datetime as dt
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, select

from vendor_risk.refusals import Refused
from vendor_risk.store.audit import record
from vendor_risk.store.models.decisions import Decision, DecisionState, Offboarding
from vendor_risk.store.models.vendors import (
    NAME,
    Engagement,
    Vendor,
    VendorState,
    VendorTag,
)
from vendor_risk.workflow.names import name_key
from vendor_risk.workflow.scans import ask_to_stop, open_scan

Actor = uuid.UUID | str

TAG = 40  # characters, the width of the column
MOST_TAGS = 30  # more are no grouping, and a list row has to show them

# Only archiving leads to the last one.
STATES = tuple(state for state in VendorState if state is not VendorState.ARCHIVED)
# Set by hand; the others follow from a decision.
UNDECIDED = (VendorState.PROSPECT, VendorState.ASSESSING)


class VendorRefused(Refused):
    """What was asked cannot be; `message` says why and what to do, `field` where it was typed."""

    def __init__(self, message: str, field: str = "", **known: object) -> None:
        super().__init__(message, **known)
        self.field = field


class Revised(Protocol):
    """A row that counts how often it was changed."""

    revision: int


class Stale(Exception):
    """Somebody changed the row since the person opened it; nothing was written."""


def create_vendor(
    session: Session,
    *,
    name: str,
    now: dt.datetime,
    actor: Actor,
    supplier_number: str = "",
    owner_id: uuid.UUID | None = None,
    state: VendorState = VendorState.PROSPECT,
    in_use: bool = False,
    tags: Iterable[str] = (),
    sample: bool = False,
) -> Vendor:
    """A new vendor in the inventory; VendorRefused when the name is empty or the number taken."""
    vendor = Vendor(
        name=checked_name(name),
        name_key=name_key(name),
        supplier_number=_free_number(session, supplier_number, None),
        owner_id=owner_id,
        state=state,
        in_use=in_use,
        sample=sample,
        created_at=now,
        updated_at=now,
    )
    _insert(session, vendor)
    kept = sorted({tag for tag in map(checked_tag, tags) if tag})
    session.add_all(VendorTag(vendor_id=vendor.id, tag=tag) for tag in kept)
    session.flush()
    after = _said(vendor) | ({"tags": kept} if kept else {})
    note(session, vendor, "vendor.created", actor=actor, now=now, after=after)
    return vendor


_AGREED = "handshakes_agreed"


def edit_vendor(
    session: Session,
    vendor: Vendor,
    *,
    revision: int,
    name: str,
    supplier_number: str,
    owner_id: uuid.UUID | None,
    state: VendorState,
    in_use: bool,
    handshakes_agreed: dt.date | None,
    ours: bool | None = None,
    now: dt.datetime,
    actor: Actor,
) -> bool:
    """The vendor says this from now on; False when it said so already, Stale when it moved on.

    With `ours` it stands for our own company, with None that stays as it is.
    """
    lock(session, vendor, revision)
    refuse_gone(vendor)
    if handshakes_agreed is not None and handshakes_agreed > now.date():
        raise VendorRefused("That day is yet to come: give the day of the agreement.", _AGREED)
    if state != vendor.state:
        _refuse_state(session, vendor, state)
    wanted = {
        "name": checked_name(name),
        "supplier_number": _free_number(session, supplier_number, vendor.id),
        "owner_id": owner_id,
        "state": str(state),
        "in_use": in_use,
        _AGREED: handshakes_agreed,
        "ours": vendor.ours if ours is None else _only_ours(session, vendor, ours=ours),
    }
    before, after = changed(vendor, wanted)
    if not after:
        return False
    vendor.name_key = name_key(vendor.name)
    touch(vendor, now)
    try:
        session.flush()
    except IntegrityError as error:  # somebody took the number, or the mark, in this moment
        if "supplier_number" not in after:
            raise _other_ours("Another vendor") from error
        raise _taken(supplier_number, "another vendor") from error
    note(session, vendor, "vendor.edited", actor=actor, now=now, before=before, after=after)
    return True


def set_owner(
    session: Session,
    vendor: Vendor,
    owner_id: uuid.UUID | None,
    *,
    now: dt.datetime,
    actor: Actor,
) -> bool:
    """The vendor has this owner, or none; False when it had already."""
    before, after = changed(vendor, {"owner_id": owner_id})
    if not after:
        return False
    touch(vendor, now)
    note(session, vendor, "vendor.owner", actor=actor, now=now, before=before, after=after)
    return True


def add_tag(session: Session, vendor: Vendor, tag: str, *, now: dt.datetime, actor: Actor) -> bool:
    """The vendor bears the tag; False when it did already."""
    tag = checked_tag(tag)
    if not tag:
        raise VendorRefused("Give the tag a word.", "tag")
    borne = tags_of(session, vendor.id)
    if tag in borne:
        return False
    if len(borne) >= MOST_TAGS:
        raise VendorRefused(
            "A vendor bears at most %(most)s tags: remove one first.", "tag", most=MOST_TAGS
        )
    session.add(VendorTag(vendor_id=vendor.id, tag=tag))
    vendor.updated_at = now
    session.flush()
    note(session, vendor, "vendor.tag_added", actor=actor, now=now, after={"tag": tag})
    return True


def remove_tag(
    session: Session, vendor: Vendor, tag: str, *, now: dt.datetime, actor: Actor
) -> bool:
    """The vendor no longer bears the tag; False when it never did."""
    row = session.exec(
        select(VendorTag).where(VendorTag.vendor_id == vendor.id, VendorTag.tag == tag)
    ).first()
    if row is None:
        return False
    session.delete(row)
    vendor.updated_at = now
    session.flush()
    note(session, vendor, "vendor.tag_removed", actor=actor, now=now, before={"tag": tag})
    return True


def tags_of(session: Session, vendor_id: uuid.UUID) -> list[str]:
    """The vendor's tags in order."""
    return list(
        session.exec(
            select(VendorTag.tag).where(VendorTag.vendor_id == vendor_id).order_by(VendorTag.tag)
        )
    )


def archive(
    session: Session, vendor: Vendor, *, now: dt.datetime, actor: Actor, left: bool = False
) -> bool:
    """The vendor leaves lists and scans and keeps all it has; False when archived already.

    One on its way out leaves with `left` only: when its list is done.
    """
    if vendor.archived_at is not None:
        return False
    refuse_gone(vendor)
    if vendor.state == VendorState.OFFBOARDING and not left:
        raise VendorRefused(
            "%(vendor)s is on its way out: finish the list under “Decision” first.",
            vendor=vendor.name,
        )
    if vendor.ours:  # what its pages say of vendors would stand for ever
        raise VendorRefused(
            "%(vendor)s stands for our own pages: take that mark off it first, under"
            " “Edit details”.",
            vendor=vendor.name,
        )
    scan = open_scan(session, vendor.id)
    if scan is not None:
        ask_to_stop(session, scan, now=now)
    vendor.state_before_archive = vendor.state
    vendor.state = VendorState.ARCHIVED
    vendor.archived_at = now
    touch(vendor, now)
    before = {"state": vendor.state_before_archive}
    note(session, vendor, "vendor.archived", actor=actor, now=now, before=before)
    return True


def restore(session: Session, vendor: Vendor, *, now: dt.datetime, actor: Actor) -> bool:
    """The vendor is back in the state it was archived from; False when it is not archived."""
    if vendor.archived_at is None or vendor.merged_into_id is not None:
        return False
    vendor.state = vendor.state_before_archive or VendorState.PROSPECT
    vendor.state_before_archive = None
    vendor.archived_at = None
    touch(vendor, now)
    left = session.exec(select(Offboarding).where(Offboarding.vendor_id == vendor.id)).first()
    if left is not None and left.finished_at is not None:  # it is on its way out again
        left.finished_at = left.finished_by_id = None
        left.revision += 1
    note(session, vendor, "vendor.restored", actor=actor, now=now, after={"state": vendor.state})
    return True


def refresh(session: Session, vendor: Vendor) -> None:
    """The vendor shows the strictest tier and the highest inherent risk of what we still buy."""
    session.flush()
    standing = session.exec(
        select(Engagement.tier, Engagement.inherent).where(
            Engagement.vendor_id == vendor.id, col(Engagement.ended_at).is_(None)
        )
    ).all()
    vendor.tier = min((tier for tier, _ in standing if tier is not None), default=None)
    vendor.inherent = max((value for _, value in standing if value is not None), default=None)


# Marks that make a text read in another order than it is kept in (Unicode TR 9, sections 2.1-2.4).
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """The text on one line, without what no database or page can carry or that turns text around.

    What reads from right to left by itself stays as it is.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = (
        " " if character in "\t\n\r" else character
        for character in text
        if character in "\t\n\r"
        or (unicodedata.category(character) not in ("Cc", "Cs") and character not in TURNS)
    )
    return " ".join("".join(kept).split())


def checked_name(name: str) -> str:
    """The name as it is kept; VendorRefused when it is empty or too long."""
    name = clean(name)
    if not name:
        raise VendorRefused("Give the vendor's name.", "name")
    if len(name) > NAME:
        raise VendorRefused(
            "The name has %(count)s characters, and %(most)s fit: shorten it.",
            "name",
            count=len(name),
            most=NAME,
        )
    return name


def checked_tag(tag: str) -> str:
    """The tag as it is kept, in lower case; VendorRefused when it is too long."""
    tag = clean(tag).casefold().removeprefix("#")
    if len(tag) > TAG:
        raise VendorRefused(
            "A tag has at most %(most)s characters: shorten %(tag)s…",
            "tag",
            most=TAG,
            tag=tag[:TAG],
        )
    return tag


def changed(row: SQLModel, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set what differs; what was and what is, as the audit log keeps it."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for field, value in wanted.items():
        had = getattr(row, field)
        if had == value:
            continue
        before[field], after[field] = had, value
        setattr(row, field, value)
    return before, after


def lock(session: Session, row: Revised, revision: int) -> None:
    """The row as it is now, held until the end; Stale when it is not the revision that was seen."""
    session.refresh(row, with_for_update=True)
    if row.revision != revision:
        raise Stale


def refuse_gone(vendor: Vendor) -> None:
    """VendorRefused when the vendor was joined to another one."""
    if vendor.merged_into_id is not None:
        raise VendorRefused(
            "%(vendor)s was joined to another vendor: change that one.", vendor=vendor.name
        )


def touch(row: Vendor, now: dt.datetime) -> None:
    """Whoever still looks at the row as it was will be told so."""
    row.revision += 1
    row.updated_at = now


def note(
    session: Session,
    vendor: Vendor,
    act: str,
    *,
    actor: Actor,
    now: dt.datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    about: uuid.UUID | None = None,
) -> None:
    """Put an act upon the vendor into the audit log."""
    record(
        session,
        actor=actor,
        act=act,
        subject_kind="vendor",
        subject_id=vendor.id,
        before=before,
        after=after,
        about=about,
        now=now,
    )


def _refuse_state(session: Session, vendor: Vendor, state: VendorState) -> None:
    if state not in UNDECIDED:
        raise VendorRefused(
            "A decision leads to that state: propose one on the vendor's page “Decision”.", "state"
        )
    in_force = select(Decision.id).where(
        Decision.vendor_id == vendor.id, Decision.state == DecisionState.IN_FORCE
    )
    if session.exec(in_force.limit(1)).first() is not None:
        raise VendorRefused(
            "The state follows from the decision in force: another decision changes it.", "state"
        )


def _said(vendor: Vendor) -> dict[str, Any]:
    said = {
        "name": vendor.name,
        "supplier_number": vendor.supplier_number,
        "state": str(vendor.state),
        "in_use": vendor.in_use,
        "owner_id": vendor.owner_id,
    }
    return {field: value for field, value in said.items() if value is not None}


def _free_number(session: Session, number: str, own_id: uuid.UUID | None) -> str | None:
    number = clean(number)
    if not number:
        return None
    if len(number) > 64:
        raise VendorRefused("A supplier number has at most 64 characters.", "supplier_number")
    holder = session.exec(select(Vendor).where(Vendor.supplier_number == number)).first()
    if holder is not None and holder.id != own_id:
        raise _taken(number, holder.name)
    return number


def _only_ours(session: Session, vendor: Vendor, *, ours: bool) -> bool:
    holder = session.exec(select(Vendor).where(col(Vendor.ours).is_(True))).first()
    if ours and holder is not None and holder.id != vendor.id:
        raise _other_ours(holder.name)
    return ours


def _other_ours(name: str) -> VendorRefused:
    return VendorRefused(
        "%(name)s stands for our own pages already, and one record does: add the"
        " domains there, or take the mark off it first.",
        "ours",
        name=name,
    )


def _taken(number: str, name: str) -> VendorRefused:
    return VendorRefused(
        "Supplier number %(number)s is that of %(name)s: open that vendor, or mend the number.",
        "supplier_number",
        number=number,
        name=name,
    )


def _insert(session: Session, vendor: Vendor) -> None:
    """Two people may enter the same number at once; the second is told like everybody."""
    try:
        with session.begin_nested():
            session.add(vendor)
    except IntegrityError as error:
        if vendor.supplier_number is None:
            raise
        raise _taken(vendor.supplier_number, "another vendor") from error
