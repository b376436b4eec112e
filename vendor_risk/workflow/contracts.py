"""Contracts with vendors: what was agreed, and until when it can be ended."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session, col, select

from vendor_risk.store.audit import noting
from vendor_risk.store.models.documents import Contract
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow.documents import checked_day, refuse_foreign
from vendor_risk.workflow.vendors import Actor, VendorRefused, changed, clean, lock, refuse_gone

_note = noting("contract")

MOST_DAYS_BEFORE = 365


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract says."""

    title: str
    reference: str = ""
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    notice_on: dt.date | None = None
    renews: bool = False
    review_days_before: int = 60
    engagement_id: uuid.UUID | None = None


def add(
    session: Session, vendor: Vendor, terms: Terms, *, now: dt.datetime, actor: Actor
) -> Contract:
    """The vendor has this contract with us."""
    refuse_gone(vendor)
    row = Contract(vendor_id=vendor.id, created_at=now, **_checked(session, vendor, terms))
    session.add(row)
    session.flush()
    after = {key: value for key, value in asdict(terms).items() if value not in (None, "", False)}
    _note(session, row, "contract.added", actor, now, after=after)
    return row


def edit(
    session: Session,
    vendor: Vendor,
    row: Contract,
    terms: Terms,
    *,
    revision: int,
    now: dt.datetime,
    actor: Actor,
) -> bool:
    """The contract says this from now on; False when it did already, Stale when it moved on."""
    lock(session, row, revision)
    before, after = changed(row, _checked(session, vendor, terms))
    if not after:
        return False
    if {"notice_on", "review_days_before"} & after.keys():
        row.review_opened_at = None  # the new date gets a review of its own
    row.revision += 1
    session.flush()
    _note(session, row, "contract.edited", actor, now, before=before, after=after)
    return True


def end(session: Session, row: Contract, *, now: dt.datetime, actor: Actor) -> bool:
    """The contract is over; False when it was."""
    session.refresh(row, with_for_update=True)
    if row.ended_at is not None:
        return False
    row.ended_at = now
    row.revision += 1
    session.flush()
    _note(session, row, "contract.ended", actor, now, before={"title": row.title})
    return True


def resume(session: Session, row: Contract, *, now: dt.datetime, actor: Actor) -> bool:
    """The contract holds again; False when it did."""
    session.refresh(row, with_for_update=True)
    if row.ended_at is None:
        return False
    row.ended_at = None
    row.revision += 1
    session.flush()
    _note(session, row, "contract.resumed", actor, now, after={"title": row.title})
    return True


def open_reviews(session: Session, now: dt.datetime) -> int:
    """Each contract whose notice date comes near has a review that is due today; how many were new.

    So whoever owns the vendor can still give notice after it. A review is opened once for a date.
    """
    today = now.astimezone(dt.UTC).date()
    rows = session.exec(
        select(Contract, Vendor)
        .join(Vendor, col(Vendor.id) == col(Contract.vendor_id))
        .where(
            col(Contract.ended_at).is_(None),
            col(Contract.notice_on) >= today,
            col(Contract.notice_on) <= today + dt.timedelta(days=MOST_DAYS_BEFORE),
            col(Contract.review_opened_at).is_(None),
            col(Vendor.archived_at).is_(None),
        )
        .order_by(col(Contract.notice_on), col(Contract.id))
        .with_for_update()
    ).all()
    opened = 0
    for contract, vendor in rows:
        days = dt.timedelta(days=contract.review_days_before)
        if contract.notice_on is None or contract.notice_on - days > today:
            continue
        contract.review_opened_at = now
        vendor.next_review_on = min(vendor.next_review_on or today, today)
        after = {"notice_on": contract.notice_on, "next_review_on": vendor.next_review_on}
        _note(session, contract, "contract.review_opened", "clock", now, after=after)
        opened += 1
    return opened


def contracts_of(session: Session, vendor_id: uuid.UUID) -> Sequence[Contract]:
    """The vendor's contracts, those that hold first, by what has to be done first."""
    rows = session.exec(select(Contract).where(Contract.vendor_id == vendor_id)).all()
    far = dt.date.max
    return sorted(
        rows,
        key=lambda row: (row.ended_at is not None, row.notice_on or row.ends_on or far, row.title),
    )


def _checked(session: Session, vendor: Vendor, terms: Terms) -> dict[str, Any]:
    wanted: dict[str, Any] = asdict(terms)
    for key, most in (("title", 200), ("reference", 64)):
        wanted[key] = clean(wanted[key])
        if len(wanted[key]) > most:
            raise VendorRefused(
                "%(count)s characters, and %(most)s fit: shorten it.",
                key,
                count=len(wanted[key]),
                most=most,
            )
    if not wanted["title"]:
        raise VendorRefused("Give the contract a title.", "title")
    for key in ("starts_on", "ends_on", "notice_on"):
        checked_day(wanted[key], key)
    start, end, notice = terms.starts_on, terms.ends_on, terms.notice_on
    if start and end and end < start:
        raise VendorRefused("It cannot end before it starts.", "ends_on")
    if notice and end and notice > end:
        raise VendorRefused("Notice is given before the end: mend one of both.", "notice_on")
    if notice and start and notice < start:
        raise VendorRefused("Notice is given after the start: mend one of both.", "notice_on")
    if not 0 <= terms.review_days_before <= MOST_DAYS_BEFORE:
        raise VendorRefused(
            "Give a number of days from 0 to %(most)s.", "review_days_before", most=MOST_DAYS_BEFORE
        )
    refuse_foreign(session, vendor, terms.engagement_id)
    return wanted
