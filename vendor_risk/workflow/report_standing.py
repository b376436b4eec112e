"""What a report tells of a vendor beside its scans: scores, findings, decisions, papers."""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from gettext import NullTranslations

from sqlmodel import Session, col, select

from vendor_risk.evidence import Severity
from vendor_risk.reports.plain import plain
from vendor_risk.reports.rate import Kept, Named, Past, rate
from vendor_risk.reports.rating import Rated
from vendor_risk.reports.score_words import what_moved
from vendor_risk.reports.standing import (
    Agreed,
    Condition,
    Decided,
    Open,
    Owner,
    Paper,
    Standing,
    Ways,
)
from vendor_risk.scoring.model import Grade
from vendor_risk.scoring.snapshot import parse
from vendor_risk.store.models.decisions import Decision, DecisionState
from vendor_risk.store.models.documents import Contract, Document
from vendor_risk.store.models.findings import CAPPING, FindingKind, FindingState, StoredFinding
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import decisions, scores
from vendor_risk.workflow.access import entries_of
from vendor_risk.workflow.documents import documents_of, holds_until
from vendor_risk.workflow.inherited import thawed
from vendor_risk.workflow.model_in_use import by_hash, in_use
from vendor_risk.workflow.people import Names
from vendor_risk.workflow.score_evidence import evidence_of
from vendor_risk.workflow.settings import appetite

TEXT = 600  # of what somebody wrote at length; a page has no room for more
_PAST = 24  # kept scores that the course draws


@dataclass(slots=True)
class _Desk:
    """What is looked up once for the whole report."""

    session: Session
    vendor: Vendor
    now: dt.datetime
    words: NullTranslations
    name: Names
    findings: list[StoredFinding] = field(default_factory=list)


def standing_of(
    session: Session, vendor: Vendor, *, now: dt.datetime, words: NullTranslations
) -> Standing:
    """All of it as it is kept now; nothing is written."""
    desk = _Desk(session, vendor, now, words, Names(session))
    desk.findings = _findings(session, vendor)
    bought = session.exec(
        select(Engagement)
        .where(Engagement.vendor_id == vendor.id, col(Engagement.ended_at).is_(None))
        .order_by(col(Engagement.name), col(Engagement.id))
    ).all()
    limits = appetite(session)
    rated = {one.id: _rated(desk, one, limits) for one in bought}
    found = [one for one in rated.values() if one is not None]
    names = {one.id: plain(one.name) for one in bought}
    model = in_use(session)
    return Standing(
        # the worst as the vendor's own page has it: the highest risk, the first name among equals
        rated=tuple(sorted(found, key=lambda one: -one.risk)),
        unrated=tuple(names[one.id] for one in bought if rated[one.id] is None),
        findings=tuple(_open(desk, row, names) for row in desk.findings),
        decided=tuple(_decisions(desk, bought)),
        contracts=tuple(_contracts(session, vendor)),
        papers=tuple(_paper(desk, row) for row in documents_of(session, vendor.id) if _counts(row)),
        ways=_ways(session, vendor),
        owners=tuple(_owner(desk, one) for one in bought),
        bands=dict(model.bands),
        control_share=model.control_share,
    )


def dues_of(session: Session, vendor: Vendor) -> Mapping[tuple[str, str], dt.date]:
    """The agreed day of each open finding of a scan, by check and host."""
    return {
        (row.reference, row.asset): row.due_on
        for row in _findings(session, vendor)
        if row.kind == FindingKind.CHECK and row.due_on is not None
    }


def _findings(session: Session, vendor: Vendor) -> list[StoredFinding]:
    """Those that stand, the worst and the oldest first."""
    rows = session.exec(
        select(StoredFinding).where(
            StoredFinding.vendor_id == vendor.id, col(StoredFinding.state).in_(CAPPING)
        )
    ).all()
    return sorted(
        rows,
        key=lambda row: (
            -row.severity,
            row.due_on or dt.date.max,
            row.reference if row.kind == FindingKind.CHECK else row.title,
            row.asset,
            str(row.id),
        ),
    )


def _open(desk: _Desk, row: StoredFinding, names: Mapping[uuid.UUID, str]) -> Open:
    severity = scores.counts(row) or Severity.of_rank(row.severity)
    check = row.reference if row.kind == FindingKind.CHECK else ""
    accepted = row.state == FindingState.ACCEPTED
    return Open(
        severity=severity,
        control=row.control,
        title=plain(row.reason or row.title if check else row.title or row.reason, 300),
        effect="" if check else plain(row.effect, TEXT),
        fix="" if check else plain(row.fix, TEXT),
        check=check,
        asset=plain(row.asset),
        kind=row.kind,
        engagement=names.get(row.engagement_id, "") if row.engagement_id else "",
        owner=desk.name(row.owner_id),
        due=row.due_on,
        state=row.state,
        opened=row.opened_at.astimezone(dt.UTC).date(),
        accepted_until=row.accepted_until if accepted else None,
        accepted_by=desk.name(row.accepted_by_id) if accepted else "",
    )


def _rated(desk: _Desk, engagement: Engagement, limits: Sequence[int]) -> Rated | None:
    row = desk.session.get(StoredScore, engagement.score_id) if engagement.score_id else None
    if row is None:
        return None
    # a model of one's own that was taken away: its numbers still hold
    model = by_hash(desk.session, row.model_sha256) or in_use(desk.session)
    snapshot = parse(row.snapshot)
    judged = scores.judge(desk.session, engagement, now=desk.now, model=model)
    known = evidence_of(desk.session, desk.vendor, engagement.id, snapshot, thawed(row.inherited))
    findings = {str(one.id): one for one in desk.findings} | dict(known.findings)
    kept = Kept(
        engagement=engagement.name,
        snapshot=snapshot,
        result=json.loads(row.result),
        snapshot_sha256=hashlib.sha256(row.snapshot.encode()).hexdigest(),
        kept_at=row.created_at,
        shown=Grade(engagement.grade) if engagement.grade else None,
        appetite=limits[row.tier - 1],
        model=model,
        findings={
            id: Named(
                plain(one.title or one.reason, 300),
                desk.name(one.owner_id),
                one.due_on,
                plain(known.parent_of_finding(id)),
            )
            for id, one in findings.items()
        },
        standing=judged.standing if judged else (),
        past=[
            Past(one.created_at.astimezone(dt.UTC).date(), json.loads(one.result), one.cause)
            for one in scores.history(desk.session, engagement.id, most=_PAST)
        ],
        parent_of=known.parent_of_claim,
    )
    return rate(kept, desk.words)


def _decisions(desk: _Desk, bought: Sequence[Engagement]) -> list[Decided]:
    found = []
    for engagement in bought:
        for state in (DecisionState.WAITING, DecisionState.IN_FORCE):
            row = decisions.in_state(desk.session, engagement.id, state)
            if row is not None:
                found.append(_decided(desk, engagement, row))
    return found


def _decided(desk: _Desk, engagement: Engagement, row: Decision) -> Decided:
    waiting = row.state == DecisionState.WAITING
    told = row.baseline
    conditions = [
        Condition(plain(one.text, 500), desk.name(one.owner_id), one.due_on, one.met_at is not None)
        for one in decisions.conditions_of(desk.session, row.id)
        if one.dropped_at is None
    ]
    return Decided(
        engagement=plain(engagement.name),
        kind=row.kind,
        waiting=waiting,
        rationale=plain(row.rationale, TEXT),
        proposed_by=desk.name(row.proposed_by_id),
        decided_by=desk.name(row.decided_by_id),
        on=(row.created_at if waiting else row.decided_at or row.created_at)
        .astimezone(dt.UTC)
        .date(),
        review_on=row.review_on,
        conditions=tuple(conditions),
        final=told.get("final"),
        grade=told.get("grade"),
        residual=told.get("residual"),
        band=told.get("band"),
        known=told.get("coverage"),
        moved=() if waiting else tuple(_moved(desk, engagement, row)),
    )


def _moved(desk: _Desk, engagement: Engagement, row: Decision) -> list[str]:
    """What moved since the score that was decided on."""
    ids = (row.score_id, engagement.score_id)
    then, current = (desk.session.get(StoredScore, id) if id else None for id in ids)
    if then is None or current is None or then.id == current.id:
        return []
    was, now = json.loads(then.result), json.loads(current.result)
    return [what_moved(was, now, desk.words.gettext)] if was != now else []


def _contracts(session: Session, vendor: Vendor) -> list[Agreed]:
    """Those that run, the one that has to be ended first at the head."""
    rows = session.exec(
        select(Contract).where(Contract.vendor_id == vendor.id, col(Contract.ended_at).is_(None))
    ).all()
    never = dt.date.max
    ordered = sorted(
        rows, key=lambda row: (row.notice_on or never, row.ends_on or never, row.title)
    )
    return [Agreed(plain(row.title), row.ends_on, row.notice_on, row.renews) for row in ordered]


def _counts(row: Document) -> bool:
    return row.withdrawn_at is None


def _paper(desk: _Desk, row: Document) -> Paper:
    return Paper(
        kind=row.kind,
        title=plain(row.title),
        dated=row.document_date,
        until=holds_until(row),
        in_scope=row.service_in_scope,
        read_on=row.reviewed_at.astimezone(dt.UTC).date() if row.reviewed_at else None,
        read_by=desk.name(row.reviewed_by_id),
    )


def _ways(session: Session, vendor: Vendor) -> Ways:
    rows = [row for row in entries_of(session, vendor.id) if row.ended_at is None]
    reviews = [row.last_reviewed_on for row in rows if row.last_reviewed_on]
    return Ways(
        open=len(rows),
        remote=sum(row.remote for row in rows),
        no_second_factor=sum(row.second_factor is False for row in rows),
        unknown_second_factor=sum(row.second_factor is None for row in rows),
        card_data=sum(bool(row.reaches_card_data) for row in rows),
        production=sum(bool(row.reaches_production) for row in rows),
        oldest_review=min(reviews, default=None),
        never_reviewed=len(rows) - len(reviews),
    )


def _owner(desk: _Desk, engagement: Engagement) -> Owner:
    """The owner's view is the reason that they gave for what they proposed or decided."""
    view = ""
    for row in decisions.history(desk.session, engagement.id, most=5):
        by_owner = engagement.owner_id in (row.proposed_by_id, row.decided_by_id)
        holds = row.state in (DecisionState.WAITING, DecisionState.IN_FORCE)
        if engagement.owner_id and by_owner and holds:
            view = view or plain(row.rationale, TEXT)
    return Owner(plain(engagement.name), desk.name(engagement.owner_id), view)
