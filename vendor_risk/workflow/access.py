"""The access register: what a vendor holds in our systems, entered, reviewed, and cut."""

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session, col, select

from vendor_risk.store.audit import noting
from vendor_risk.store.models.access import Access, AccessKind
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import scores
from vendor_risk.workflow.contacts import checked_phone
from vendor_risk.workflow.engagements import observe
from vendor_risk.workflow.vendors import Actor, VendorRefused, changed, clean, lock, refuse_gone

_note = noting("access")

# How often an entry is looked at, and after how long a way in that nobody uses is one too many.
REVIEW_DAYS = 365
# Where it reaches card data or production. PCI DSS 4.0.1, 7.2.4 asks for six months.
REVIEW_DAYS_SENSITIVE = 90
UNUSED_DAYS = 90

# The longest text of each field, as wide as its column; sealed columns get the same.
LONGEST: Mapping[str, int] = {
    "name": 200,
    "system": 200,
    "holder": 200,
    "purpose": 500,
    "segment": 200,
    "cut_by": 200,
    "cut_phone": 64,
    "cut_how": 1000,
}
EARLIEST = dt.date(1990, 1, 1)

# What passwords and keys of wide-spread services look like; the register and its sheet name none.
_SECRET = re.compile(
    r"-----BEGIN [A-Z ]{0,30}KEY|\bAKIA[0-9A-Z]{16}\b|\b[sr]k_live_[0-9A-Za-z]{16}"
    r"|\bgh[pousr]_[0-9A-Za-z]{30}|\bxox[abprs]-[0-9A-Za-z-]{10}|\beyJ[\w-]{15,200}\.eyJ"
    r"|\b(?:password|passwd|pwd|passwort)\s*[:=]\s*\S",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What an entry says; None stands for "nobody knows"."""

    kind: str
    name: str
    system: str = ""
    holder: str = ""
    purpose: str = ""
    remote: bool = True
    second_factor: bool | None = None
    segment: str = ""
    separated: bool | None = None
    reaches_card_data: bool | None = None
    reaches_production: bool | None = None
    last_used_on: dt.date | None = None
    last_reviewed_on: dt.date | None = None
    cut_by: str = ""
    cut_phone: str = ""
    cut_how: str = ""
    engagement_id: uuid.UUID | None = None


def add(
    session: Session,
    vendor: Vendor,
    terms: Terms,
    *,
    now: dt.datetime,
    actor: Actor,
) -> Access:
    """The vendor holds this in our systems from now on, and its scores know it."""
    refuse_archived(vendor)
    wanted = checked(session, vendor, terms, now=now)
    _refuse_twin(session, vendor, wanted, None)
    row = Access(vendor_id=vendor.id, kind="", name="", created_at=now, sample=vendor.sample)
    _, after = changed(row, wanted)
    if row.last_reviewed_on is not None:
        row.reviewed_by_id = _person(actor)
    session.add(row)
    session.flush()
    after = {key: value for key, value in after.items() if value not in (None, "")}
    _note(session, row, "access.added", actor, now, after=after)
    _follow(session, [vendor], now, actor)
    return row


def refuse_archived(vendor: Vendor) -> None:
    """Nobody gets into our systems over a vendor that stands on no list any more."""
    refuse_gone(vendor)
    if vendor.archived_at is not None:
        raise VendorRefused(
            "%(vendor)s is archived: bring it back before it gets a way in.", vendor=vendor.name
        )


def edit(
    session: Session,
    vendor: Vendor,
    row: Access,
    terms: Terms,
    *,
    revision: int,
    now: dt.datetime,
    actor: Actor,
) -> bool:
    """The entry says this from now on; False when it did already, Stale when it moved on."""
    lock(session, row, revision)
    wanted = checked(session, vendor, terms, now=now)
    if row.ended_at is None:
        _refuse_twin(session, vendor, wanted, row.id)
    before, after = changed(row, wanted)
    if not after:
        return False
    if "last_reviewed_on" in after:
        row.reviewed_by_id = _person(actor) if row.last_reviewed_on else None
    row.revision += 1
    row.updated_at = now
    _note(session, row, "access.edited", actor, now, before=before, after=after)
    _follow(session, [vendor], now, actor)
    return True


def end(
    session: Session, rows: Sequence[Access], *, now: dt.datetime, actor: Actor
) -> list[Access]:
    """Those that are cut off now; what was cut before is left alone."""
    done = [row for row in rows if row.ended_at is None]
    for row in done:
        row.ended_at, row.ended_by_id = now, _person(actor)
        row.revision += 1
        _note(session, row, "access.ended", actor, now, before=_named(row), after={"ended_at": now})
    _follow(session, _vendors_of(session, done), now, actor)
    return done


def resume(
    session: Session, rows: Sequence[Access], *, now: dt.datetime, actor: Actor
) -> list[Access]:
    """Those that hold again after they were cut; VendorRefused where a twin took the place."""
    done = [row for row in rows if row.ended_at is not None]
    for row in done:
        vendor = session.get_one(Vendor, row.vendor_id)
        refuse_archived(vendor)
        _refuse_twin(session, vendor, {key: getattr(row, key) for key in _TWINS}, row.id)
        was = row.ended_at
        row.ended_at = row.ended_by_id = None
        row.revision += 1
        _note(
            session, row, "access.resumed", actor, now, before={"ended_at": was}, after=_named(row)
        )
    _follow(session, _vendors_of(session, done), now, actor)
    return done


def review(
    session: Session, rows: Sequence[Access], *, now: dt.datetime, actor: Actor
) -> list[Access]:
    """Those that somebody looked at today and found still needed; what is cut is left alone."""
    done = [row for row in rows if row.ended_at is None]
    for row in done:
        before, after = changed(row, {"last_reviewed_on": today(now)})
        row.reviewed_by_id = _person(actor)
        row.revision += 1
        _note(session, row, "access.reviewed", actor, now, before=before, after=after | _named(row))
    session.flush()
    return done


def ended_at(session: Session, moment: dt.datetime, by: uuid.UUID) -> Sequence[Access]:
    """What a person cut at one moment, for taking it back."""
    query = select(Access).where(Access.ended_at == moment, Access.ended_by_id == by)
    return session.exec(query.order_by(col(Access.id)).with_for_update()).all()


def entries_of(session: Session, vendor_id: uuid.UUID) -> Sequence[Access]:
    """The vendor's entries in the order to act, those that were cut at the end."""
    rows = session.exec(select(Access).where(Access.vendor_id == vendor_id)).all()
    return sorted(rows, key=lambda row: (row.ended_at is not None, *urgency(row)))


def urgency(row: Access) -> tuple[Any, ...]:
    """The order to act: what reaches card data or production, then from afar, then one factor.

    What nobody knows stands between what is known to be bad and what is known to be good.
    """
    reach = max((row.reaches_card_data, row.reaches_production), key=_doubt)
    return (
        -_doubt(reach),
        not row.remote,
        _doubt(row.second_factor),
        row.system.casefold(),
        row.name.casefold(),
        str(row.id),
    )


def review_due(row: Access) -> dt.date | None:
    """The day by which somebody looks at the entry again; None when nobody ever did."""
    if row.last_reviewed_on is None:
        return None
    sensitive = row.reaches_card_data or row.reaches_production
    days = REVIEW_DAYS_SENSITIVE if sensitive else REVIEW_DAYS
    return row.last_reviewed_on + dt.timedelta(days=days)


def review_before(on: dt.date) -> tuple[dt.date, dt.date]:
    """The days before which a last review is too old: where it reaches what is dear, and else."""
    return (
        on - dt.timedelta(days=REVIEW_DAYS_SENSITIVE),
        on - dt.timedelta(days=REVIEW_DAYS),
    )


def overdue(row: Access, on: dt.date) -> bool:
    """Whether a review of the entry is due and was not made."""
    due = review_due(row)
    return row.ended_at is None and (due is None or due < on)


def unused(row: Access, on: dt.date) -> bool:
    """Whether nobody used the entry for long, as far as anybody knows."""
    used = row.last_used_on
    return row.ended_at is None and used is not None and (on - used).days > UNUSED_DAYS


def today(now: dt.datetime) -> dt.date:
    """The day that dates of the register are measured by."""
    return now.astimezone(dt.UTC).date()


def terms_of(row: Access) -> Terms:
    """What the entry says now."""
    return Terms(**{key: getattr(row, key) for key in Terms.__dataclass_fields__})


_TWINS = ("kind", "name", "system")


def twin_key(said: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes two entries of one vendor the same."""
    return tuple(str(said[key]).casefold() for key in _TWINS)


def checked(session: Session, vendor: Vendor, terms: Terms, *, now: dt.datetime) -> dict[str, Any]:
    """The columns of an entry that says this; VendorRefused at the first that cannot be."""
    wanted: dict[str, Any] = asdict(terms)
    if terms.kind not in list(AccessKind):
        raise VendorRefused("Choose what kind of access it is.", "kind")
    for key, most in LONGEST.items():
        wanted[key] = _text(wanted[key], most, key)
    if not wanted["name"]:
        raise VendorRefused("Give the account or connection the name that our systems use.", "name")
    try:
        wanted["cut_phone"] = checked_phone(wanted["cut_phone"]) or ""
    except VendorRefused as error:
        raise VendorRefused.because(error, "cut_phone") from error
    for key in ("last_used_on", "last_reviewed_on"):
        _refuse_day(wanted[key], today(now), key)
    if terms.engagement_id is not None:
        engagement = session.get(Engagement, terms.engagement_id)
        if engagement is None or engagement.vendor_id != vendor.id:
            raise VendorRefused("That is not bought from this vendor.", "engagement_id")
    return wanted


def _text(text: str, most: int, field: str) -> str:
    if field == "cut_how":
        text = "\n".join(clean(line) for line in text.splitlines()).strip()
    else:
        text = clean(text)
    if len(text) > most:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.", field, count=len(text), most=most
        )
    if _SECRET.search(text):
        raise VendorRefused(
            "This looks like a password or a key. The register holds none: say where it is kept.",
            field,
        )
    return text


def _refuse_day(day: dt.date | None, on: dt.date, field: str) -> None:
    if day is None:
        return
    if day > on:
        raise VendorRefused(
            "%(day)s is yet to come: give a day that was.", field, day=day.isoformat()
        )
    if day < EARLIEST:
        raise VendorRefused("%(day)s is too long ago: mend the year.", field, day=day.isoformat())


def _refuse_twin(
    session: Session, vendor: Vendor, wanted: Mapping[str, Any], own: uuid.UUID | None
) -> None:
    standing = session.exec(
        select(Access).where(
            Access.vendor_id == vendor.id,
            Access.kind == wanted["kind"],
            col(Access.ended_at).is_(None),
        )
    ).all()
    key = twin_key(wanted)
    if any(
        twin_key({k: getattr(row, k) for k in _TWINS}) == key for row in standing if row.id != own
    ):
        raise VendorRefused(
            "%(name)s is in the register already: change that entry, or give this one"
            " the name that tells them apart.",
            "name",
            name=wanted["name"],
        )


def _doubt(fact: object) -> int:
    return 2 if fact else 1 if fact is None else 0


def _vendors_of(session: Session, rows: Sequence[Access]) -> list[Vendor]:
    ids = sorted({row.vendor_id for row in rows})
    return [session.get_one(Vendor, id) for id in ids]


def _follow(session: Session, vendors: Sequence[Vendor], now: dt.datetime, actor: Actor) -> None:
    """What we buy is lifted by what the register says, and the scores follow."""
    session.flush()
    with scores.together(session, now=now, cause=scores.ACCESS):
        for vendor in vendors:
            vendor.updated_at = now
            observe(session, vendor, now=now, actor=actor)
        scores.rescore(session, [one.id for one in vendors], now=now, cause=scores.ACCESS)


def _person(actor: Actor) -> uuid.UUID | None:
    return actor if isinstance(actor, uuid.UUID) else None


def _named(row: Access) -> dict[str, Any]:
    return {"name": row.name, "system": row.system}
