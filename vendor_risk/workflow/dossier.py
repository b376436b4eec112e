"""What the dossier of a vendor holds, read from all that is kept of it."""

import datetime as dt
import hashlib
import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from gettext import NullTranslations
from typing import Any

from sqlmodel import Session, col, func, select

from vendor_risk import __version__
from vendor_risk.evidence import Status
from vendor_risk.reports.dossier import (
    Claim,
    Decided,
    Dossier,
    Entry,
    Exempt,
    Log,
    Look,
    Response,
    Score,
    Term,
    Way,
    ask,
)
from vendor_risk.reports.plain import plain, plain_lines
from vendor_risk.reports.report import Engagement, Kind, Subject
from vendor_risk.scoring.controls import NAMES
from vendor_risk.store import audit
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.decisions import Condition, Decision
from vendor_risk.store.models.evidence import NotApplicable, StoredClaim
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.store.models.scans import Scan, ScanHost, ScanOutcome
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Domain, Vendor, VendorTag
from vendor_risk.store.models.vendors import Engagement as EngagementRow
from vendor_risk.store.queries import history
from vendor_risk.workflow import decisions
from vendor_risk.workflow.access import entries_of
from vendor_risk.workflow.documents import documents_of, holds_until
from vendor_risk.workflow.dossier_answers import responses_of
from vendor_risk.workflow.dossier_desk import LEFT, LONG, MOST, Desk, day_of
from vendor_risk.workflow.dossier_findings import findings_of
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.people import Names
from vendor_risk.workflow.portfolio_report import Ordered
from vendor_risk.workflow.report_standing import standing_of

_VALUES = 1_000  # characters of the values of one entry of the log
_AT_ONCE = 400
_NOTHING = "\N{EN DASH}"


def dossier_of(
    session: Session,
    vendor: Vendor,
    ordered: Ordered,
    *,
    engagements: Sequence[Engagement],
    now: dt.datetime,
    words: NullTranslations,
) -> Dossier:
    """All that is kept of a vendor now, frozen; nothing is written."""
    rows = session.exec(
        select(EngagementRow)
        .where(EngagementRow.vendor_id == vendor.id)
        .order_by(col(EngagementRow.name), col(EngagementRow.id))
    ).all()
    bought = {row.id: plain(row.name) for row in rows}
    desk = Desk(session, vendor, now, ordered.language, words, Names(session), bought)
    _papers(desk)
    responses = tuple(responses_of(desk))
    findings = tuple(findings_of(desk))
    decided = tuple(_decisions(desk))
    rated = standing_of(session, vendor, now=now, words=words).rated
    log = _log(desk)
    model = in_use(session)
    return Dossier(
        kind=Kind.DOSSIER,
        number=ordered.number,
        organisation=plain(ordered.organisation),
        language=ordered.language,
        as_of=now.astimezone(dt.UTC),
        prepared_by=plain(ordered.prepared_by),
        subject=_subject(desk),
        engagements=tuple(engagements),
        decision=ask(
            plain(vendor.name),
            decided=decided,
            rated=rated,
            findings=findings,
            log=log,
            today=desk.today,
            words=words,
        ),
        rated=rated,
        decided=decided,
        scores=tuple(_scores(desk)),
        claims=tuple(_claims(desk, responses)),
        exempt=tuple(_exempt(desk)),
        responses=responses,
        files=tuple(desk.files),
        findings=findings,
        looks=tuple(_looks(desk)),
        ways=tuple(_ways(desk)),
        log=log,
        left_out=dict(desk.left_out),
        model=model.version,
        model_sha256=model.sha256,
        product=__version__,
    )


def _subject(desk: Desk) -> Subject:
    vendor = desk.vendor
    domains = desk.session.exec(
        select(Domain.display)
        .where(Domain.vendor_id == vendor.id)
        .order_by(col(Domain.host_class) != "main", Domain.host)
    ).first()
    tags = desk.session.exec(
        select(VendorTag.tag).where(VendorTag.vendor_id == vendor.id).order_by(VendorTag.tag)
    ).all()
    return Subject(
        domain=plain(domains or ""),
        vendor=plain(vendor.name),
        supplier_number=plain(vendor.supplier_number or ""),
        tags=tuple(plain(tag) for tag in tags),
        sample=vendor.sample,
        in_use=vendor.in_use,
    )


def _decisions(desk: Desk) -> Iterator[Decided]:
    rows = desk.first(
        "decisions",
        select(Decision)
        .where(Decision.vendor_id == desk.vendor.id)
        .order_by(col(Decision.created_at).desc(), col(Decision.id)),
    )
    for n, row in enumerate(rows, start=1):
        told = row.baseline
        score = desk.session.get(StoredScore, row.score_id) if row.score_id else None
        yield Decided(
            ref=f"D{n}",
            engagement=desk.engagement(row.engagement_id),
            kind=row.kind,
            state=row.state,
            rationale=plain_lines(row.rationale, LONG),
            refusal=plain_lines(row.refusal, LONG),
            proposed_by=desk.name(row.proposed_by_id),
            proposed_at=row.created_at,
            decided_by=desk.name(row.decided_by_id),
            decided_at=row.decided_at,
            second_by=desk.name(row.second_by_id),
            second_at=row.second_at,
            review_on=row.review_on,
            final=told.get("final"),
            grade=told.get("grade"),
            residual=told.get("residual"),
            coverage=told.get("coverage"),
            score_sha256=_sha256(score.snapshot) if score else "",
            terms=tuple(_term(desk, one) for one in decisions.conditions_of(desk.session, row.id)),
        )


def _term(desk: Desk, row: Condition) -> Term:
    return Term(
        text=plain(row.text, LONG),
        owner=desk.name(row.owner_id),
        due=row.due_on,
        met_on=day_of(row.met_at),
        met_by=desk.name(row.met_by_id),
        met_note=plain(row.met_note, LONG),
        breached_on=day_of(row.breached_at),
        dropped_on=day_of(row.dropped_at),
    )


def _scores(desk: Desk) -> Iterator[Score]:
    rows = desk.first(
        "scores",
        select(StoredScore)
        .where(StoredScore.vendor_id == desk.vendor.id)
        .order_by(col(StoredScore.created_at).desc(), col(StoredScore.id)),
    )
    for row in rows:
        yield Score(
            engagement=desk.engagement(row.engagement_id),
            at=row.created_at,
            as_of=row.as_of,
            tier=row.tier,
            inherent=row.inherent,
            final=row.final,
            low=row.low,
            high=row.high,
            coverage=row.coverage,
            grade=row.grade,
            unverified=row.unverified,
            residual=row.residual,
            best=row.residual_best,
            worst=row.residual_worst,
            band=row.band,
            cause=row.cause,
            by=desk.name(row.by_id),
            model=row.model,
            model_sha256=row.model_sha256,
            snapshot_sha256=_sha256(row.snapshot),
        )


def _claims(desk: Desk, responses: Sequence[Response]) -> Iterator[Claim]:
    """Those that count, by control; then those that ended, the newest first."""
    parent = desk.session.get(Vendor, desk.vendor.parent_id) if desk.vendor.parent_id else None
    whose = {desk.vendor.id: ""} | ({parent.id: plain(parent.name)} if parent else {})
    rows = desk.first(
        "claims",
        select(StoredClaim)
        .where(col(StoredClaim.vendor_id).in_(whose))
        .order_by(
            col(StoredClaim.ended_at).is_not(None),
            col(StoredClaim.ended_at).desc(),
            col(StoredClaim.control),
            col(StoredClaim.date).desc(),
            col(StoredClaim.id),
        ),
    )
    numbers = _numbers(desk, responses)
    for row in rows:
        yield Claim(
            control=row.control,
            name=desk.words.gettext(NAMES.get(row.control, "")) if row.control in NAMES else "",
            engagement=desk.engagement(row.engagement_id),
            level=row.level,
            source=row.source,
            on=row.date,
            until=row.valid_until,
            origin=row.origin,
            rests=numbers.get(row.origin_id, "") if row.origin_id else "",
            parent=whose[row.vendor_id],
            ended_on=day_of(row.ended_at),
        )


def _numbers(desk: Desk, responses: Sequence[Response]) -> dict[uuid.UUID, str]:
    """What a claim can be from, as this dossier calls it."""
    found = dict(desk.refs)
    known = {one.number for one in responses}
    for id, number in desk.session.exec(
        select(QuestionnaireResponse.id, QuestionnaireResponse.number).where(
            QuestionnaireResponse.vendor_id == desk.vendor.id
        )
    ):
        if number in known:
            found[id] = number
    return found


def _exempt(desk: Desk) -> Iterator[Exempt]:
    rows = desk.session.exec(
        select(NotApplicable)
        .where(col(NotApplicable.engagement_id).in_(desk.bought))
        .order_by(col(NotApplicable.created_at).desc(), col(NotApplicable.id))
    )
    for row in rows:
        yield Exempt(
            control=row.control,
            name=desk.words.gettext(NAMES[row.control]) if row.control in NAMES else "",
            engagement=desk.engagement(row.engagement_id),
            reason=plain(row.reason, LONG),
            by=desk.name(row.by_id),
            on=day_of(row.created_at),
            ended_on=day_of(row.ended_at),
        )


def _papers(desk: Desk) -> None:
    """Documents have the first numbers, whether there is a file of them here or not."""
    for row in documents_of(desk.session, desk.vendor.id):
        until = holds_until(row)
        expired = until is not None and until < desk.today
        state = "expired" if expired else "reviewed" if row.reviewed_at else "unread"
        desk.keep(
            row.id,
            name=plain(row.title),
            sha256=row.file_sha256 or "",
            size=row.file_bytes,
            kind="document",
            belongs=row.kind,
            dated=row.document_date,
            until=until,
            state="withdrawn" if row.withdrawn_at else state,
            scope=plain(row.scope, LONG),
            added_by=desk.name(row.added_by_id),
            added_on=day_of(row.created_at),
            read_by=desk.name(row.reviewed_by_id),
            read_on=day_of(row.reviewed_at),
        )


def _looks(desk: Desk) -> Iterator[Look]:
    rows: Sequence[Scan] = desk.first(
        "looks",
        select(Scan)
        .where(Scan.vendor_id == desk.vendor.id, col(Scan.finished_at).is_not(None))
        .order_by(col(Scan.finished_at).desc(), col(Scan.id)),
    )
    hosts, outcomes = _counts_of(desk.session, [row.id for row in rows])
    for row in rows:
        told = row.posture or {}
        counted = outcomes[row.id]
        yield Look(
            at=row.finished_at or desk.now,
            state=row.state,
            cause=row.cause,
            catalogue=row.catalogue or "",
            hosts=hosts[row.id],
            met=counted[Status.PASSED],
            failed=counted[Status.FAILED],
            unknown=counted[Status.UNKNOWN],
            posture=told.get("score"),
            grade=told.get("grade"),
            reason=plain(row.reason, LONG),
        )


def _counts_of(
    session: Session, scans: Sequence[uuid.UUID]
) -> tuple[Counter[uuid.UUID], defaultdict[uuid.UUID, Counter[str]]]:
    """How many hosts each scan has, and how many outcomes of each kind."""
    hosts: Counter[uuid.UUID] = Counter()
    outcomes: defaultdict[uuid.UUID, Counter[str]] = defaultdict(Counter)
    for start in range(0, len(scans), _AT_ONCE):
        some = scans[start : start + _AT_ONCE]
        for scan, count in session.exec(
            select(ScanHost.scan_id, func.count())
            .where(col(ScanHost.scan_id).in_(some))
            .group_by(col(ScanHost.scan_id))
        ):
            hosts[scan] = count
        for scan, status, count in session.exec(
            select(ScanOutcome.scan_id, ScanOutcome.status, func.count())
            .where(col(ScanOutcome.scan_id).in_(some))
            .group_by(col(ScanOutcome.scan_id), col(ScanOutcome.status))
        ):
            outcomes[scan][status] = count
    return hosts, outcomes


def _ways(desk: Desk) -> Iterator[Way]:
    rows = sorted(
        entries_of(desk.session, desk.vendor.id),
        key=lambda row: (row.ended_at is not None, row.kind, row.name),
    )
    if len(rows) > MOST["access"]:
        desk.left_out["access"] = len(rows) - MOST["access"]
    for row in rows[: MOST["access"]]:
        yield Way(
            kind=row.kind,
            name=plain(row.name),
            system=plain(row.system),
            holder=plain(row.holder),
            purpose=plain(row.purpose, LONG),
            remote=row.remote,
            second_factor=row.second_factor,
            card_data=row.reaches_card_data,
            production=row.reaches_production,
            last_used=row.last_used_on,
            reviewed_on=row.last_reviewed_on,
            reviewed_by=desk.name(row.reviewed_by_id),
            ended_on=day_of(row.ended_at),
        )


def _log(desk: Desk) -> Log:
    """The newest entries about the vendor, told in their order."""
    most = MOST["log"]
    found = history.of_vendor(desk.session, desk.vendor.id, most=most, all_of_it=True)
    more = history.how_many(desk.session, desk.vendor.id) - len(found)
    if more > 0:
        desk.left_out["log"] = more
    last = desk.session.exec(
        select(AuditEntry.sequence, AuditEntry.hash)
        .order_by(col(AuditEntry.sequence).desc())
        .limit(1)
    ).first()
    entries = tuple(_entry(desk, act) for act in reversed(found))
    return Log(entries, *(last or (0, audit.START)))


def _entry(desk: Desk, act: history.Act) -> Entry:
    entry, told = act.entry, act.told
    who = act.who if entry.actor_id is None else desk.name(entry.actor_id)
    return Entry(
        sequence=entry.sequence,
        at=entry.at,
        who=plain(who or desk.words.gettext(LEFT)),
        act=entry.act,
        subject=entry.subject_kind,
        values=plain(_values(told.before or {}, told.after or {}), _VALUES),
        erased=told.erased,
        sealed=audit.carries_its_seal(entry),
        hash=entry.hash,
    )


def _values(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What changed, as it was recorded: name, what it was, what it is."""
    parts = []
    for key in dict.fromkeys([*before, *after]):
        was, now = (_value(one.get(key)) for one in (before, after))
        parts.append(f"{key}: {was} → {now}" if key in before else f"{key}: {now}")
    return "; ".join(parts)


def _value(value: Any) -> str:
    if value is None or value == "":
        return _NOTHING
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
