"""What the sample vendors showed us and hold in our systems: invented, like the vendors."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, select

from vendor_risk.evidence import Source
from vendor_risk.scoring.controls import out_of_scope
from vendor_risk.scoring.model import load
from vendor_risk.store.files import Files
from vendor_risk.store.models.access import AccessKind
from vendor_risk.store.models.documents import DocumentKind
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import access, documents
from vendor_risk.workflow.facts import facts_of


@dataclass(frozen=True, slots=True)
class Paper:
    """One document that somebody read: its levels by control, all other controls in scope as met.

    `unread` are controls that it says nothing of.
    """

    kind: DocumentKind
    title: str
    issuer: str
    source: Source = Source.REVIEWED
    levels: Mapping[str, int] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


PAPERS: dict[str, Paper] = {
    "Tessera Identity": Paper(
        DocumentKind.SOC2_II,
        "SOC 2 type II, security and confidentiality",
        "Marlow & Finch Assurance",
        Source.AUDITED,
        unread=("WB-03", "SC-01"),
    ),
    "Northwind Payroll": Paper(
        DocumentKind.ISO27001,
        "ISO 27001 certificate with statement of applicability",
        "Certiqo",
        levels={"SC-01": 50, "WB-02": 50},
        unread=("DL-01", "HV-03"),
    ),
    "Osprey Logistics": Paper(
        DocumentKind.OTHER,
        "Security statement, read with their engineer",
        "Osprey Logistics",
        levels={"AC-01": 50, "DL-01": 50, "IR-01": 0, "DP-04": 50},
        unread=("GV-02", "SC-01", "WB-01"),
    ),
    "Polar Heating & Cooling": Paper(
        DocumentKind.OTHER,
        "Notes of our visit to their office",
        "Contoso Shop",
        levels={"HV-03": 50, "HV-01": 50, "IR-01": 0, "DL-01": 0, "GV-01": 50},
        unread=("BC-01", "DP-03", "SC-01"),
    ),
}

ENTRIES: dict[str, tuple[access.Terms, ...]] = {
    "Polar Heating & Cooling": (
        access.Terms(
            AccessKind.PORTAL,
            "polar-hvac",
            system="Supplier portal",
            holder="Frank Polar and two technicians",
            purpose="Job reports and invoices",
            second_factor=False,
            segment="DMZ",
            reaches_card_data=False,
            cut_by="Service desk",
            cut_phone="+49 30 5550 100",
            cut_how="Close the account in the portal's user list.",
        ),
        access.Terms(
            AccessKind.PORT,
            "Plant controllers, 40 stores",
            system="Store network",
            holder="Technicians on site",
            purpose="Maintenance",
            remote=False,
            segment="Facility VLAN",
            cut_by="Store network team",
            cut_phone="+49 30 5550 120",
            cut_how="Shut the port on the store's switch.",
        ),
    ),
    "Kestrel Tags": (
        access.Terms(
            AccessKind.SCRIPT,
            "Tag container of the shop",
            system="Shop, every page",
            holder="Kestrel Tags, publishing team",
            purpose="Measurement",
            second_factor=True,
            reaches_production=True,
            cut_by="Shop on-call",
            cut_phone="+49 30 5550 140",
            cut_how="Remove the loader from the page template and deploy.",
        ),
    ),
    "Northwind Payroll": (
        access.Terms(
            AccessKind.API_KEY,
            "payroll-export",
            system="HR system",
            holder="Northwind Payroll, integration",
            purpose="Reads hours worked every night",
            second_factor=True,
            segment="HR",
            separated=True,
            reaches_card_data=False,
            cut_by="HR systems",
            cut_phone="+49 30 5550 160",
            cut_how="Revoke the key payroll-export.",
        ),
    ),
}


def show(session: Session, vendor: Vendor, files: Files, analyst: User, now: dt.datetime) -> None:
    """The vendor holds what is invented for it in our systems, and its document has been read."""
    today = now.date()
    for entry in ENTRIES.get(vendor.name, ()):
        access.add(session, vendor, entry, now=now, actor=analyst.id)
    paper = PAPERS.get(vendor.name)
    engagement = session.exec(select(Engagement).where(Engagement.vendor_id == vendor.id)).first()
    facts = facts_of(engagement) if engagement else None
    if paper is None or facts is None:
        return
    out = {each.control for each in out_of_scope(facts)}
    terms = documents.Terms(
        kind=paper.kind,
        title=paper.title,
        issuer=paper.issuer,
        document_date=today - dt.timedelta(days=40),
        period_end=today - dt.timedelta(days=60),
        valid_until=today + dt.timedelta(days=500),
        service_in_scope=True,
        scope="What we buy",
        exceptions="none",
        carve_outs="none",
        duties="none",
        seen_at_vendor=True,
    )
    row = documents.add(session, vendor, terms, files=files, now=now, actor=analyst.id)
    read = {
        control: documents.Read(paper.levels.get(control, 100), paper.source)
        for control in load().controls
        if control not in out and control not in paper.unread
    }
    documents.review(session, row, read, revision=row.revision, now=now, actor=analyst.id)
