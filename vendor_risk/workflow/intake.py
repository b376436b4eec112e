"""Submits an intake request: vendor, engagement, domains, contacts and scan in one transaction."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic import TypeAdapter
from sqlmodel import Session

from vendor_risk.evidence import HostClass
from vendor_risk.scoring.inherent import Inherent, inherent
from vendor_risk.scoring.scales import FACTORS
from vendor_risk.store.audit import record
from vendor_risk.store.models.intake import Intake, IntakeState
from vendor_risk.store.models.vendors import (
    ContactRole,
    Engagement,
    FactsSource,
    Vendor,
    VendorState,
)
from vendor_risk.workflow.contacts import add_contact, contacts_of
from vendor_risk.workflow.domains import add_domain, domains_of, read_host
from vendor_risk.workflow.drafts import RESULT
from vendor_risk.workflow.engagements import Terms, add_engagement, edit_engagement
from vendor_risk.workflow.intake_facts import Raised, Reading
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.queue import Enqueue
from vendor_risk.workflow.scans import request_scan
from vendor_risk.workflow.vendors import (
    VendorRefused,
    create_vendor,
    edit_vendor,
    restore,
)

_INHERENT = TypeAdapter(Inherent)


@dataclass(frozen=True, slots=True)
class NewContact:
    """A person at the vendor, as the requester names them."""

    name: str
    email: str
    phone: str
    roles: tuple[ContactRole, ...]


@dataclass(frozen=True, slots=True)
class Submission:
    """A request filled in whole and checked; `join` is the vendor in the inventory that is meant.

    `domain` is the vendor's main host as typed, or empty; `terms` carries no levels and floors,
    which `reading` has.
    """

    vendor_name: str
    domain: str
    supplier_number: str
    join: uuid.UUID | None
    terms: Terms
    reading: Reading
    fast_lane: bool
    contacts: tuple[NewContact, ...] = ()
    domains: tuple[tuple[str, HostClass], ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What a submission came to, as the requester was told; later edits do not change it."""

    inherent: Inherent
    raised: tuple[Raised, ...]
    joined: bool
    engagement_made: bool
    scan_id: str | None


def submit(
    session: Session,
    intake: Intake,
    submission: Submission,
    *,
    now: dt.datetime,
    by: uuid.UUID,
    enqueue: Enqueue,
) -> bool:
    """The inventory has what the request says; False when it is no draft any more.

    The caller holds the row of the request, so that of two clicks one submits. VendorRefused says
    what cannot be, and then the caller rolls back.
    """
    if intake.state != IntakeState.DRAFT:
        return False
    vendor = _vendor(session, submission, now, by)
    engagement, made = _engagement(session, intake, vendor, _terms(submission), now=now, by=by)
    _add_domains(session, vendor, submission, now, by)
    _add_contacts(session, vendor, submission.contacts, now, by)
    scan = request_scan(session, vendor, now=now, by=by, enqueue=enqueue, cause="intake")
    result = Result(
        inherent=inherent(submission.reading.facts, in_use(session)),
        raised=submission.reading.raised,
        joined=submission.join is not None,
        engagement_made=made,
        scan_id=str(scan.id) if scan else None,
    )
    intake.state = IntakeState.SUBMITTED
    intake.fast_lane = submission.fast_lane
    intake.vendor_id = vendor.id
    intake.engagement_id = engagement.id
    intake.submitted_at = now
    intake.updated_at = now
    intake.revision += 1
    intake.answers = intake.answers | {RESULT: _to_json(result)}
    record(
        session,
        actor=by,
        act="intake.submitted",
        subject_kind="intake",
        subject_id=intake.id,
        after={
            "vendor": vendor.id,
            "engagement": engagement.id,
            "tier": engagement.tier,
            "fast_lane": submission.fast_lane,
        },
        now=now,
    )
    return True


def result_of(intake: Intake) -> Result | None:
    """What the submission came to; None before it."""
    kept = intake.answers.get(RESULT)
    if kept is None:
        return None
    return Result(
        inherent=_INHERENT.validate_python(kept["inherent"]),
        raised=tuple(Raised(**one) for one in kept["raised"]),
        joined=kept["joined"],
        engagement_made=kept["engagement_made"],
        scan_id=kept["scan_id"],
    )


def _to_json(result: Result) -> dict[str, Any]:
    return asdict(result) | {
        "inherent": _INHERENT.dump_python(result.inherent, mode="json"),
        "raised": [asdict(one) for one in result.raised],
    }


def _vendor(session: Session, submission: Submission, now: dt.datetime, by: uuid.UUID) -> Vendor:
    """The vendor that is meant: the one joined, wherever it was merged to, or a new one."""
    if submission.join is None:
        return create_vendor(
            session,
            name=submission.vendor_name,
            supplier_number=submission.supplier_number,
            owner_id=submission.terms.owner_id,
            state=VendorState.ASSESSING,
            now=now,
            actor=by,
        )
    vendor = session.get(Vendor, submission.join, with_for_update=True)
    while vendor is not None and vendor.merged_into_id is not None:
        vendor = session.get(Vendor, vendor.merged_into_id, with_for_update=True)
    if vendor is None:
        raise VendorRefused("The vendor you chose is no longer there: choose again.", "choice")
    restore(session, vendor, now=now, actor=by)  # who buys from it again does use it
    if submission.supplier_number and vendor.supplier_number is None:
        session.flush()  # edit_vendor() reads the row anew
        edit_vendor(
            session,
            vendor,
            revision=vendor.revision,
            name=vendor.name,
            supplier_number=submission.supplier_number,
            owner_id=vendor.owner_id,
            state=VendorState(vendor.state),
            in_use=vendor.in_use,
            handshakes_agreed=vendor.handshakes_agreed,
            now=now,
            actor=by,
        )
    return vendor


def _engagement(
    session: Session,
    intake: Intake,
    vendor: Vendor,
    terms: Terms,
    *,
    now: dt.datetime,
    by: uuid.UUID,
) -> tuple[Engagement, bool]:
    """The engagement, and whether it is new: the quick facts of triage are replaced in place."""
    quick = session.get(Engagement, intake.engagement_id) if intake.engagement_id else None
    if quick is not None and quick.vendor_id == vendor.id and quick.ended_at is None:
        edit_engagement(
            session,
            vendor,
            quick,
            replace(terms, inherits=quick.inherits),
            revision=quick.revision,
            source=FactsSource.INTAKE,
            now=now,
            actor=by,
        )
        quick.facts_source = FactsSource.INTAKE  # also when the quick facts turn out to be right
        return quick, False
    source = FactsSource.INTAKE
    return add_engagement(session, vendor, terms, source=source, now=now, actor=by), True


def _terms(submission: Submission) -> Terms:
    facts = submission.reading.facts
    levels = {factor.key: facts.level(factor.key) for factor in FACTORS}
    return replace(submission.terms, levels=levels, floors=facts.floors)


def _add_domains(
    session: Session, vendor: Vendor, submission: Submission, now: dt.datetime, by: uuid.UUID
) -> None:
    """Each host once; the main one is main unless a vendor that is joined has a main one."""
    there = domains_of(session, vendor.id)
    hosts = {domain.host for domain in there}
    has_main = any(domain.host_class == HostClass.MAIN for domain in there)
    first = HostClass.OTHER if has_main else HostClass.MAIN
    wanted: Sequence[tuple[str, HostClass]] = submission.domains
    if submission.domain:
        wanted = ((submission.domain, first), *wanted)
    for text, host_class in wanted:
        host, _, _ = read_host(text)
        if host in hosts:
            continue
        hosts.add(host)
        add_domain(session, vendor, text, host_class, now=now, actor=by)


def _add_contacts(
    session: Session,
    vendor: Vendor,
    contacts: Sequence[NewContact],
    now: dt.datetime,
    by: uuid.UUID,
) -> None:
    """Each contact, unless the vendor has one with that address."""
    there = {contact.email for contact in contacts_of(session, vendor.id) if contact.email}
    for contact in contacts:
        if contact.email in there:
            continue
        add_contact(
            session,
            vendor,
            name=contact.name,
            email=contact.email,
            phone=contact.phone,
            roles=contact.roles,
            now=now,
            actor=by,
        )
