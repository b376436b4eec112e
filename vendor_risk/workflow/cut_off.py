"""The cut-off sheet of a vendor: what is open now, in the order to act, and who printed it."""

import datetime as dt

from sqlmodel import Session

from vendor_risk.reports.cut_off import Sheet, Way
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow.access import entries_of
from vendor_risk.workflow.vendors import Actor, note


def sheet_of(
    session: Session,
    vendor: Vendor,
    *,
    now: dt.datetime,
    organisation: str,
    printed_by: str,
) -> Sheet:
    """What would be printed now; nothing is written."""
    return Sheet(
        organisation=organisation,
        vendor=vendor.name,
        supplier_number=vendor.supplier_number or "",
        as_of=now,
        printed_by=printed_by,
        sample=vendor.sample,
        ways=tuple(
            Way(
                kind=row.kind,
                name=row.name,
                system=row.system,
                holder=row.holder,
                remote=row.remote,
                second_factor=row.second_factor,
                card_data=row.reaches_card_data,
                production=row.reaches_production,
                cut_by=row.cut_by,
                phone=row.cut_phone,
                how=row.cut_how,
            )
            for row in entries_of(session, vendor.id)
            if row.ended_at is None
        ),
    )


def printed(
    session: Session, vendor: Vendor, sheet: Sheet, *, now: dt.datetime, actor: Actor
) -> None:
    """The log says who holds a sheet that names every way in."""
    after = {"ways": len(sheet.ways)}
    note(session, vendor, "vendor.cut_off_sheet", actor=actor, now=now, after=after)
