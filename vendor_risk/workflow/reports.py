"""Reports: freeze what is known of a vendor, order its PDF, keep what was made."""

import datetime as dt
import uuid
from collections.abc import Sequence
from gettext import NullTranslations

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from vendor_risk.checks.facts import Fact
from vendor_risk.checks.observations import OBSERVATIONS, Method
from vendor_risk.evidence import HostClass
from vendor_risk.reports.build import Earlier, Unvisited, build
from vendor_risk.reports.report import (
    REPORT,
    Engagement,
    Look,
    Money,
    Report,
    Subject,
    snapshot_sha256,
)
from vendor_risk.scoring.model import Tier
from vendor_risk.store.audit import record
from vendor_risk.store.models.people import User
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.vendors import Domain, Vendor, VendorTag
from vendor_risk.store.models.vendors import Engagement as EngagementRow
from vendor_risk.workflow import scans, scores
from vendor_risk.workflow.facts import facts_of
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.queue import Enqueue
from vendor_risk.workflow.report_standing import dues_of, standing_of

# Any number will do that no other lock of this database uses.
_NUMBER_LOCK = 7_310_003


def vendor_report(
    session: Session,
    vendor: Vendor,
    *,
    now: dt.datetime,
    organisation: str,
    number: str = "",
    prepared_by: str = "",
    words: NullTranslations | None = None,
) -> Report:
    """What is known of a vendor now, frozen; nothing is written."""
    words = words or NullTranslations()
    latest = scans.latest_scan(session, vendor.id)
    hosts = scans.hosts_of(session, latest.id) if latest else ()
    domains = session.exec(
        select(Domain.display)
        .where(Domain.vendor_id == vendor.id)
        .order_by(col(Domain.host_class) != HostClass.MAIN, Domain.host)
    ).all()
    tags = session.exec(
        select(VendorTag.tag).where(VendorTag.vendor_id == vendor.id).order_by(VendorTag.tag)
    ).all()
    return build(
        model=in_use(session),
        number=number,
        organisation=organisation,
        as_of=now,
        subject=Subject(
            domain=domains[0] if domains else "",
            vendor=vendor.name,
            supplier_number=vendor.supplier_number or "",
            tags=tuple(tags),
            sample=vendor.sample,
            in_use=vendor.in_use,
        ),
        looks=[
            Look(
                host.host,
                HostClass(host.host_class),
                host.observed_at or now,
                _method(host.observations),
                tuple(Fact.from_json(each) for each in host.facts or ()),
            )
            for host in hosts
            if host.observations
        ],
        unvisited=[
            Unvisited(
                host.host,
                HostClass(host.host_class),
                host.reason or "this scan did not look at the host",
            )
            for host in hosts
            if not host.observations
        ],
        judged=scans.judged_of(session, latest.id) if latest else (),
        engagements=_engagements(session, vendor),
        earlier=_earlier(session, latest) if latest else None,
        dues=dues_of(session, vendor),
        standing=standing_of(session, vendor, now=now, words=words),
        prepared_by=prepared_by,
        words=words,
    )


def request_report(
    session: Session,
    vendor: Vendor,
    *,
    now: dt.datetime,
    actor: uuid.UUID | str,
    prepared_by: str,
    organisation: str,
    enqueue: Enqueue,
) -> IssuedReport:
    """A report whose content is frozen now and whose PDF a worker makes."""
    number = _next_number(session, now)
    scores.rescore(session, [vendor.id], now=now, cause=scores.TIME)  # what is printed is of today
    report = vendor_report(
        session,
        vendor,
        now=now,
        organisation=organisation,
        number=number,
        prepared_by=prepared_by,
    )
    latest = scans.latest_scan(session, vendor.id)
    issued = IssuedReport(
        number=number,
        vendor_id=vendor.id,
        scan_id=latest.id if latest else None,
        requested_by_id=actor if isinstance(actor, uuid.UUID) else None,
        as_of=now,
        created_at=now,
        snapshot=REPORT.dump_python(report, mode="json"),
        snapshot_sha256=snapshot_sha256(report),
        sample=vendor.sample,
    )
    session.add(issued)
    session.flush()
    record(
        session,
        actor=actor,
        act="report.requested",
        subject_kind="report",
        subject_id=issued.id,
        after={"number": number, "vendor": str(vendor.id), "snapshot": issued.snapshot_sha256},
        now=now,
    )
    enqueue(session, "report", [str(issued.id)])
    return issued


def frozen(issued: IssuedReport) -> Report:
    """The report as it was frozen."""
    return REPORT.validate_python(issued.snapshot)


def keep_pdf(
    session: Session, report_id: uuid.UUID, *, sha256: str, size: int, now: dt.datetime
) -> None:
    """The PDF is made and lies in the file store."""
    issued = session.get(IssuedReport, report_id)
    if issued is None or issued.state == "done":
        return
    issued.state = "done"
    issued.reason = ""
    issued.pdf_sha256 = sha256
    issued.pdf_bytes = size
    issued.finished_at = now


def fail(session: Session, report_id: uuid.UUID, reason: str, *, now: dt.datetime) -> None:
    """The PDF could not be made; what was frozen stays and can be tried again."""
    issued = session.get(IssuedReport, report_id)
    if issued is None or issued.state == "done":
        return
    issued.state = "failed"
    issued.reason = reason[:500]
    issued.finished_at = now


def try_again(session: Session, issued: IssuedReport, *, enqueue: Enqueue) -> None:
    """A failed PDF is ordered once more, of the same frozen content."""
    issued.state = "queued"
    issued.reason = ""
    issued.attempt += 1
    session.flush()
    enqueue(session, "report", [str(issued.id)], attempt=issued.attempt)


def _method(observations: str) -> Method:
    return OBSERVATIONS.validate_json(observations).method


def _engagements(session: Session, vendor: Vendor) -> Sequence[Engagement]:
    rows = session.exec(
        select(EngagementRow, User.name)
        .join(User, col(EngagementRow.owner_id) == User.id, isouter=True)
        .where(EngagementRow.vendor_id == vendor.id, col(EngagementRow.ended_at).is_(None))
        .order_by(EngagementRow.name)
    ).all()
    return [
        Engagement.of(
            row.name,
            facts_of(row),
            owner=owner or "",
            legal_entity=row.legal_entity,
            spend=Money(row.spend_minor, row.currency)
            if row.spend_minor is not None and row.currency
            else None,
            tier_override=Tier(row.tier_override) if row.tier_override else None,
            override_reason=row.override_reason,
        )
        for row, owner in rows
    ]


def _earlier(session: Session, latest: Scan) -> Earlier | None:
    before = session.exec(
        select(Scan)
        .where(
            Scan.vendor_id == latest.vendor_id,
            Scan.state == ScanState.DONE,
            col(Scan.finished_at) < latest.finished_at,
        )
        .order_by(col(Scan.finished_at).desc())
    ).first()
    if before is None or before.finished_at is None:
        return None
    return Earlier(before.finished_at, scans.judged_of(session, before.id))


def _next_number(session: Session, now: dt.datetime) -> str:
    """VR-2026-0147: numbered within the year, without gaps."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _NUMBER_LOCK})
    prefix = f"VR-{now.year}-"
    taken = session.exec(
        select(func.count()).where(col(IssuedReport.number).startswith(prefix))
    ).one()
    return f"{prefix}{taken + 1:04d}"
