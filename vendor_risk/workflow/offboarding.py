"""The way out of a vendor: what has to be done before it is archived."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from vendor_risk.evidence import N_
from vendor_risk.refusals import Word
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.decisions import Offboarding
from vendor_risk.store.models.documents import Document
from vendor_risk.store.models.vendors import Vendor, VendorState
from vendor_risk.workflow import vendors
from vendor_risk.workflow.vendors import Stale, VendorRefused, changed, clean, note

HOW = 1000  # the width of the column
ACCESS = N_("end every access that it still has in our systems")
DATA = N_("say when and how our data was returned or deleted")
CERTIFICATE = N_("choose the certificate of that, or say why there is none")
CONTRACT = N_("say when the contract was closed")


@dataclass(frozen=True, slots=True)
class Left:
    """What somebody says was done of the way out."""

    data_done_on: dt.date | None
    data_how: str
    certificate_id: uuid.UUID | None
    contract_closed_on: dt.date | None
    no_certificate: str = ""


def of(session: Session, vendor_id: uuid.UUID) -> Offboarding | None:
    """The checklist of the vendor; None while nobody decided that it goes."""
    return session.exec(select(Offboarding).where(Offboarding.vendor_id == vendor_id)).first()


def open_accesses(session: Session, vendor_id: uuid.UUID) -> int:
    """How many ways into our systems the vendor still has."""
    return session.exec(
        select(func.count())
        .select_from(Access)
        .where(Access.vendor_id == vendor_id, col(Access.ended_at).is_(None))
    ).one()


def missing(session: Session, row: Offboarding) -> list[str]:
    """What is still to be done, each as an order."""
    found = [ACCESS] if open_accesses(session, row.vendor_id) else []
    if row.data_done_on is None or not row.data_how:
        found.append(DATA)
    if row.certificate_id is None and not row.no_certificate:
        found.append(CERTIFICATE)
    if row.contract_closed_on is None:
        found.append(CONTRACT)
    return found


def say(
    session: Session,
    vendor: Vendor,
    row: Offboarding,
    left: Left,
    *,
    revision: int,
    now: dt.datetime,
    actor: uuid.UUID,
) -> bool:
    """The checklist says this from now on; False when it said so already, Stale when it moved."""
    _lock(session, vendor, row, revision)
    today = now.astimezone(dt.UTC).date()
    for field, day in (
        ("data_done_on", left.data_done_on),
        ("contract_closed_on", left.contract_closed_on),
    ):
        if day is not None and day > today:
            raise VendorRefused("That day is yet to come: say it when it is done.", field)
    how = clean(left.data_how)
    if len(how) > HOW:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.",
            "data_how",
            count=len(how),
            most=HOW,
        )
    why = clean(left.no_certificate)
    if len(why) > HOW:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.",
            "no_certificate",
            count=len(why),
            most=HOW,
        )
    if left.data_done_on is not None and not how:
        raise VendorRefused("Say how: returned or deleted, and by whose word.", "data_how")
    if left.certificate_id is not None:
        document = session.get(Document, left.certificate_id)
        if document is None or document.vendor_id != vendor.id:
            raise VendorRefused("That document is not among those of the vendor.", "certificate_id")
    wanted = {
        "data_done_on": left.data_done_on,
        "data_how": how,
        "certificate_id": left.certificate_id,
        "no_certificate": "" if left.certificate_id else why,
        "contract_closed_on": left.contract_closed_on,
    }
    before, after = changed(row, wanted)
    if not after:
        return False
    row.revision += 1
    row.updated_at = now
    session.flush()
    note(session, vendor, "offboarding.said", actor=actor, now=now, before=before, after=after)
    return True


def finish(
    session: Session,
    vendor: Vendor,
    row: Offboarding,
    *,
    revision: int,
    now: dt.datetime,
    actor: uuid.UUID,
) -> None:
    """The vendor is archived; VendorRefused names what is still to be done."""
    _lock(session, vendor, row, revision)
    left = missing(session, row)
    if left:
        raise VendorRefused("Not yet. Still to do: %(left)s.", left=tuple(map(Word, left)))
    row.finished_at, row.finished_by_id = now, actor
    row.revision += 1
    note(session, vendor, "offboarding.finished", actor=actor, now=now)
    vendors.archive(session, vendor, now=now, actor=actor, left=True)


def _lock(session: Session, vendor: Vendor, row: Offboarding, revision: int) -> None:
    session.refresh(vendor, with_for_update=True)
    session.refresh(row, with_for_update=True)
    if row.revision != revision:
        raise Stale
    if vendor.state != VendorState.OFFBOARDING:
        raise VendorRefused(
            "%(vendor)s is not on its way out: somebody decides that first.", vendor=vendor.name
        )
