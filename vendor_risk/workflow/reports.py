"""Reports: freeze what is known of a vendor, order its PDF, keep what was made."""

import datetime as dt
import uuid
from collections.abc import Sequence
from functools import partial
from gettext import NullTranslations

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from vendor_risk.checks.facts import Fact
from vendor_risk.checks.observations import OBSERVATIONS, Method
from vendor_risk.evidence import HostClass
from vendor_risk.languages import ENGLISH, catalogue
from vendor_risk.reports.build import Earlier, Unvisited, build
from vendor_risk.reports.issue import Issue, from_json, sha256_of, to_json
from vendor_risk.reports.report import Engagement, Kind, Look, Money, Report, Subject
from vendor_risk.scoring.model import Tier
from vendor_risk.store.audit import record
from vendor_risk.store.models.people import User
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.vendors import Domain, Vendor, VendorTag
from vendor_risk.store.models.vendors import Engagement as EngagementRow
from vendor_risk.workflow import dossier, scans, scores
from vendor_risk.workflow.facts import facts_of
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.portfolio_report import Ordered, portfolio_report
from vendor_risk.workflow.queue import Enqueue
from vendor_risk.workflow.report_standing import dues_of, standing_of
from vendor_risk.workflow.vendors import VendorRefused

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
    language: str = ENGLISH,
    words: NullTranslations | None = None,
) -> Report:
    """What is known of a vendor now, frozen; nothing is written."""
    words = words or catalogue(language)
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
        language=language,
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
    language: str = ENGLISH,
) -> IssuedReport:
    """A report whose content is frozen now and whose PDF a worker makes.

    Somebody who asks again while the PDF is made, and nothing has changed, gets the same one.
    """
    number = _next_number(session, now)
    scores.rescore(session, [vendor.id], now=now, cause=scores.TIME)  # what is printed is of today
    frozen_as = partial(
        vendor_report,
        session,
        vendor,
        organisation=organisation,
        prepared_by=prepared_by,
        language=language,
    )
    for waiting in _waiting(session, Kind.VENDOR, vendor, actor):
        again = frozen_as(now=waiting.as_of, number=waiting.number)
        if sha256_of(again) == waiting.snapshot_sha256:
            return waiting
    report = frozen_as(now=now, number=number)
    latest = scans.latest_scan(session, vendor.id)
    issued = IssuedReport(
        number=number,
        vendor_id=vendor.id,
        scan_id=latest.id if latest else None,
        requested_by_id=actor if isinstance(actor, uuid.UUID) else None,
        as_of=now,
        created_at=now,
        snapshot=to_json(report),
        snapshot_sha256=sha256_of(report),
        language=language,
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


def request_portfolio(
    session: Session,
    *,
    now: dt.datetime,
    actor: uuid.UUID | str,
    prepared_by: str,
    organisation: str,
    enqueue: Enqueue,
    language: str = ENGLISH,
) -> IssuedReport:
    """The report of all vendors; a worker freezes what is known when its turn comes, and prints."""
    said = {"organisation": organisation, "prepared_by": prepared_by}
    return _order(session, Kind.PORTFOLIO, None, said, language, now, actor, enqueue)


def request_dossier(
    session: Session,
    vendor: Vendor,
    *,
    now: dt.datetime,
    actor: uuid.UUID | str,
    prepared_by: str,
    organisation: str,
    enqueue: Enqueue,
    language: str = ENGLISH,
) -> IssuedReport:
    """The dossier of a vendor; a worker freezes what is kept when its turn comes, and prints."""
    scores.rescore(session, [vendor.id], now=now, cause=scores.TIME)  # what is printed is of today
    said = {"organisation": organisation, "prepared_by": prepared_by}
    return _order(session, Kind.DOSSIER, vendor, said, language, now, actor, enqueue)


def _order(  # noqa: PLR0917  (what every order says)
    session: Session,
    kind: Kind,
    vendor: Vendor | None,
    said: dict[str, str],
    language: str,
    now: dt.datetime,
    actor: uuid.UUID | str,
    enqueue: Enqueue,
) -> IssuedReport:
    """A report that is frozen once a worker has time for it; asked twice until then it is one."""
    number = _next_number(session, now)
    for waiting in _waiting(session, kind, vendor, actor):
        if not waiting.snapshot and (waiting.ordered, waiting.language) == (said, language):
            return waiting
    issued = IssuedReport(
        number=number,
        kind=kind,
        vendor_id=vendor.id if vendor else None,
        requested_by_id=actor if isinstance(actor, uuid.UUID) else None,
        as_of=now,
        created_at=now,
        snapshot={},
        snapshot_sha256="",
        ordered=said,
        language=language,
        sample=vendor is not None and vendor.sample,
    )
    session.add(issued)
    session.flush()
    record(
        session,
        actor=actor,
        act="report.requested",
        subject_kind="report",
        subject_id=issued.id,
        after={"number": number, "kind": str(kind)}
        | ({"vendor": str(vendor.id)} if vendor else {}),
        now=now,
    )
    enqueue(session, "report", [str(issued.id)])
    return issued


def _waiting(
    session: Session, kind: Kind, vendor: Vendor | None, actor: uuid.UUID | str
) -> Sequence[IssuedReport]:
    """What this person ordered of the kind and whose PDF is not made yet."""
    if not isinstance(actor, uuid.UUID):
        return ()  # each schedule has people of its own who are told
    return session.exec(
        select(IssuedReport).where(
            IssuedReport.state == "queued",
            IssuedReport.kind == kind,
            IssuedReport.vendor_id == (vendor.id if vendor else None),
            IssuedReport.requested_by_id == actor,
        )
    ).all()


def freeze(session: Session, issued: IssuedReport, *, now: dt.datetime) -> None:
    """What a report says that a worker freezes is settled now; harmless when it was already."""
    if issued.snapshot or issued.ordered is None:
        return
    words = catalogue(issued.language)
    said = {
        "number": issued.number,
        "organisation": issued.ordered["organisation"],
        "language": issued.language,
        "prepared_by": issued.ordered["prepared_by"],
    }
    report: Issue
    if issued.kind == Kind.DOSSIER:
        vendor = session.get_one(Vendor, issued.vendor_id)
        report = dossier.dossier_of(
            session,
            vendor,
            Ordered(**said),
            engagements=_engagements(session, vendor),
            now=now,
            words=words,
        )
    else:
        report = portfolio_report(session, Ordered(**said), now=now, words=words)
    issued.as_of = now
    issued.snapshot = to_json(report)
    issued.snapshot_sha256 = sha256_of(report)
    issued.sample = report.sample


def frozen(issued: IssuedReport) -> Issue:
    """The report as it was frozen; ValueError while it waits for that."""
    if not issued.snapshot:
        raise ValueError(f"report {issued.number} is not frozen yet")
    return from_json(issued.snapshot)


def sign(
    session: Session, issued: IssuedReport, *, person: User, note: str, now: dt.datetime
) -> None:
    """Somebody who approves says that they read the report and what follows; once and for good."""
    if issued.state != "done":
        raise VendorRefused("There is nothing to sign before the PDF is made.")
    if issued.signed_at is not None:
        raise VendorRefused(
            "%(name)s signed this report already. Make a new one if something changed.",
            name=issued.signed_as,
        )
    issued.signed_by_id = person.id
    issued.signed_at = now
    issued.signed_as = (person.name or person.email)[:200]
    issued.signed_note = note.strip()
    record(
        session,
        actor=person.id,
        act="report.signed",
        subject_kind="report",
        subject_id=issued.id,
        after={
            "number": issued.number,
            "snapshot": issued.snapshot_sha256,
            "pdf": issued.pdf_sha256,
            "note": issued.signed_note,
        },
        now=now,
    )


def issued_as(session: Session, pdf_sha256: str) -> IssuedReport | None:
    """The report that this installation issued with exactly this content; None for no such."""
    return session.exec(select(IssuedReport).where(IssuedReport.pdf_sha256 == pdf_sha256)).first()


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
