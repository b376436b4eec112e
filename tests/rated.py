"""A vendor with enough evidence for a grade, as rows that documents and answers would leave."""

import datetime as dt
import uuid

from sqlmodel import Session

from vendor_risk.evidence import HostClass, Severity, Source
from vendor_risk.scoring.controls import out_of_scope
from vendor_risk.scoring.model import load
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import FindingKind, StoredFinding
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import engagements, scores, vendors
from vendor_risk.workflow.engagements import Terms
from vendor_risk.workflow.facts import facts_of

LEVELS = {"data_sensitivity": 2, "data_volume": 2, "access": 3, "criticality": 2, "payment": 1}


def make(
    session: Session, name: str, now: dt.datetime, *, levels: dict[str, int] | None = None
) -> tuple[Vendor, Engagement]:
    """A vendor with one engagement that has all its facts, and no evidence."""
    by = {"now": now, "actor": "test"}
    vendor = vendors.create_vendor(session, name=name, in_use=True, **by)
    vendor.triaged_at = now
    terms = Terms(name=f"{name} service", levels=levels or LEVELS)
    return vendor, engagements.add_engagement(session, vendor, terms, **by)


def claim(
    session: Session,
    vendor: Vendor,
    control: str,
    now: dt.datetime,
    *,
    source: Source = Source.SELF,
    level: int = 100,
    valid: int = 300,
    **more: object,
) -> StoredClaim:
    """One claim made on that day, valid for so many days."""
    origin = {Source.SELF: "answer", Source.OBSERVED: "scan"}.get(source, "document")
    row = StoredClaim(
        vendor_id=vendor.id,
        control=control,
        level=level,
        source=source,
        date=now.date(),
        valid_until=now.date() + dt.timedelta(days=valid),
        created_at=now,
        **{"origin": origin, "origin_id": uuid.uuid4(), **more},
    )
    session.add(row)
    return row


def finding(
    session: Session,
    vendor: Vendor,
    control: str,
    now: dt.datetime,
    *,
    severity: Severity = Severity.HIGH,
    **more: object,
) -> StoredFinding:
    """One open finding that a person wrote down."""
    row = StoredFinding(
        **{
            "vendor_id": vendor.id,
            "kind": FindingKind.PERSON,
            "reference": uuid.uuid4().hex,
            "control": control,
            "severity": severity.rank,
            "title": f"Something is wrong with {control}",
            "first_seen_at": now,
            "last_seen_at": now,
            "opened_at": now,
            "created_at": now,
        }
        | more
    )
    session.add(row)
    return row


def answer_all(session: Session, vendor: Vendor, engagement: Engagement, now: dt.datetime) -> None:
    """Every control in scope is claimed to be met, two with a document and one with a report."""
    facts = facts_of(engagement)
    assert facts is not None
    left_out = {one.control for one in out_of_scope(facts)}
    better = {"AC-01": Source.REVIEWED, "HV-01": Source.REVIEWED, "GV-02": Source.AUDITED}
    for control in sorted(load().controls.keys() - left_out):
        claim(session, vendor, control, now, source=better.get(control, Source.SELF))


def rated(session: Session, name: str, now: dt.datetime) -> tuple[Vendor, Engagement]:
    """A vendor that answered in March, was read in summer, and has three findings and a knock-out.

    Four scores are kept of it.
    """
    then = now - dt.timedelta(days=240)
    vendor, engagement = make(session, name, then)
    answer_all(session, vendor, engagement, then)
    claim(session, vendor, "DL-01", then, level=50, valid=120)
    scores.rescore(session, [vendor.id], now=then, cause=scores.FACTS)
    at = now - dt.timedelta(days=120)
    claim(session, vendor, "IR-01", at, source=Source.AUDITED)
    scores.rescore(session, [vendor.id], now=at, cause=scores.DOCUMENT)
    at = now - dt.timedelta(days=20)
    finding(session, vendor, "HV-02", at, severity=Severity.HIGH, due_on=at.date())
    finding(session, vendor, "WB-03", at, severity=Severity.LOW, title="No Content-Security-Policy")
    scores.rescore(session, [vendor.id], now=at, cause=scores.FINDING)
    at = now - dt.timedelta(days=3)
    finding(
        session,
        vendor,
        "AC-01",
        at,
        severity=Severity.HIGH,
        title="No second factor for administrators",
        knockout="KO-02",
        host_class=HostClass.LOGIN,
        asset="vpn.example",
    )
    scores.rescore(session, [vendor.id], now=at, cause=scores.FINDING)
    return vendor, engagement
