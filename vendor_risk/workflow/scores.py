"""Scores of engagements: computed from the evidence that holds, kept as frozen copies."""

import datetime as dt
import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import case
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from vendor_risk.evidence import N_, Claim, Finding, HostClass, Severity, Source
from vendor_risk.scoring.controls import out_of_scope
from vendor_risk.scoring.inherent import Facts, inherent
from vendor_risk.scoring.knockouts import (
    Circumstances,
    Entry,
    Fault,
    PageScriptSeen,
    Standing,
    in_force,
)
from vendor_risk.scoring.model import Grade, Model, Tier
from vendor_risk.scoring.score import Score, score, shown_grade
from vendor_risk.scoring.snapshot import Snapshot, SnapshotRefused
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.evidence import NotApplicable, StoredClaim
from vendor_risk.store.models.findings import CAPPING, FindingState, StoredFinding
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.scripts import PageScript
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import moves
from vendor_risk.workflow.facts import facts_of
from vendor_risk.workflow.inherited import Inherited, of_parent
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.triage_queue import rank

# Why a score was computed anew, as its history says it.
FACTS = N_("the facts of the engagement")
SCAN = N_("a scan")
PLACE = N_("what a host is for")
FINDING = N_("a finding")
ACCESS = N_("the access register")
DOCUMENT = N_("a document")
SCRIPTS = N_("scripts on our pages")
TIME = N_("the day")
MODEL = N_("another risk model")
MERGE = N_("vendors were joined")
NOT_APPLICABLE = N_("a control that does not apply")
CREDIBILITY = N_("an answer that was contradicted")
ANSWERS = N_("answers of the vendor")
SILENCE = N_("no answer of the vendor in time")

ANSWER = "answer"  # the origin of claims that answers of this engagement made

_AT_ONCE = 400  # SQLite of old takes 999 parameters in a statement
_LATER = "scores_later"
_SEVERE = Severity.HIGH.rank


@dataclass(slots=True)
class Known:
    """All evidence about one vendor that counts today."""

    claims: list[StoredClaim] = field(default_factory=list)
    findings: list[StoredFinding] = field(default_factory=list)
    accesses: list[Access] = field(default_factory=list)
    scripts: list[PageScript] = field(default_factory=list)
    not_applicable: Sequence[str] = ()  # controls, of the engagement in hand
    name: str = ""  # of a company that is known for what others inherit from it
    parent: str = ""  # the name of the company whose evidence is among this


@dataclass(frozen=True, slots=True)
class Judged:
    """The score of one engagement with what it was computed from."""

    snapshot: Snapshot
    score: Score
    standing: tuple[Standing, ...]
    inherited: Inherited | None = None  # what of it is the parent company's

    @property
    def rests_on(self) -> dict[str, tuple[str, ...]]:
        """For each knock-out that findings alone hold in force, the ids of these."""
        return {
            one.id: one.findings
            for one in self.standing
            if one.findings and not one.entries and not one.scripts
        }


@dataclass(frozen=True, slots=True)
class _Occasion:
    """When and why scores are computed, on whose behalf, by which model."""

    now: dt.datetime
    cause: str
    by: uuid.UUID | None
    model: Model


@contextmanager
def together(
    session: Session, *, now: dt.datetime, cause: str, by: uuid.UUID | None = None
) -> Iterator[None]:
    """Vendors whose evidence changes within are scored once, at the end."""
    if _LATER in session.info:
        yield
        return
    waiting: dict[uuid.UUID, None] = {}
    session.info[_LATER] = waiting
    try:
        yield
    finally:
        del session.info[_LATER]
    rescore(session, waiting, now=now, cause=cause, by=by)


def rescore(
    session: Session,
    vendor_ids: Iterable[uuid.UUID],
    *,
    now: dt.datetime,
    cause: str,
    by: uuid.UUID | None = None,
    model: Model | None = None,
) -> int:
    """Each engagement that stands shows the score that follows from what is known now.

    A vendor that waits for triage stands in that queue where the same suggests.
    A copy is kept where the result is another than the one kept last; how many were.
    """
    later: dict[uuid.UUID, None] | None = session.info.get(_LATER)
    if later is not None:
        later.update(dict.fromkeys(vendor_ids))
        return 0
    given = list(dict.fromkeys(vendor_ids))
    ids = hold(session, given)
    return sum(
        _rescore(session, ids[start : start + _AT_ONCE], now=now, cause=cause, by=by, model=model)
        for start in range(0, len(ids), _AT_ONCE)
    )


def hold(session: Session, vendor_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """These vendors and those that inherit from them, which nobody else changes until the end."""
    session.flush()
    ids = _held(session, {*vendor_ids, *_heirs(session, vendor_ids)})
    # Who began to inherit while the locks were waited for counts what is being written now.
    if late := _heirs(session, vendor_ids) - set(ids):
        ids += _held(session, late)
    return ids


def judge(
    session: Session,
    engagement: Engagement,
    *,
    now: dt.datetime,
    model: Model | None = None,
    supposing: Callable[[Known], Known] = lambda known: known,
) -> Judged | None:
    """The score that follows from what is known now; None while a fact is missing.

    `supposing` gives what would be known instead.
    """
    vendor = session.get_one(Vendor, engagement.vendor_id)
    every = known_of(session, [vendor])
    known = _with_parents(vendor, engagement, every[vendor.id], every)
    known.not_applicable = _not_applicable(session, [engagement.id]).get(engagement.id, ())
    return _judge(vendor, engagement, supposing(known), now, model or in_use(session))


def known_of(session: Session, vendors: Sequence[Vendor]) -> defaultdict[uuid.UUID, Known]:
    """The evidence about each vendor, that of its parent too: engagements that inherit count it."""
    ids = [vendor.id for vendor in vendors]
    parents = {vendor.parent_id for vendor in vendors if vendor.parent_id}
    wanted = {*ids, *parents}
    known: defaultdict[uuid.UUID, Known] = defaultdict(Known)
    if parents:
        named = select(Vendor.id, Vendor.name).where(col(Vendor.id).in_(parents))
        for id, name in session.exec(named):
            known[id].name = name
    claims = select(StoredClaim).where(
        col(StoredClaim.vendor_id).in_(wanted), col(StoredClaim.ended_at).is_(None)
    )
    for claim in session.exec(claims):
        known[claim.vendor_id].claims.append(claim)
    findings = select(StoredFinding).where(
        col(StoredFinding.vendor_id).in_(wanted), col(StoredFinding.state).in_(CAPPING)
    )
    for finding in session.exec(findings):
        known[finding.vendor_id].findings.append(finding)
    accesses = select(Access).where(col(Access.vendor_id).in_(ids), col(Access.ended_at).is_(None))
    for access in session.exec(accesses):
        known[access.vendor_id].accesses.append(access)
    mine = select(Vendor.id).where(col(Vendor.ours).is_(True))
    scripts = select(PageScript).where(
        col(PageScript.vendor_id).in_(ids),
        col(PageScript.gone_at).is_(None),
        col(PageScript.card_page).is_(True),
        col(PageScript.ours_id).in_(mine),
    )
    for script in session.exec(scripts):
        if script.vendor_id is not None:
            known[script.vendor_id].scripts.append(script)
    return known


def counts(finding: StoredFinding) -> Severity | None:
    """The severity with which a finding caps its control; None when it does no more."""
    if finding.state not in CAPPING:
        return None
    severity = Severity.of_rank(finding.severity)
    return severity.one_lower if finding.state == FindingState.COMPENSATED else severity


def hold_parent(session: Session, vendor: Vendor) -> None:
    """Nobody changes what the vendor's parent proved until the end; before the vendor is held."""
    if vendor.parent_id is not None:
        session.get(Vendor, vendor.parent_id, with_for_update=True, populate_existing=True)


def _held(session: Session, ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """The vendors in the order of their locks, which are had: parents before their heirs.

    It is one order for all, so that two who score many vendors at once do not wait for each other.
    """
    wanted = sorted(ids)
    if session.get_bind().dialect.name != "postgresql":  # there one writes at a time
        return wanted
    above = aliased(Vendor)
    depth = case((col(Vendor.parent_id).is_(None), 0), (col(above.parent_id).is_(None), 1), else_=2)
    rows = (
        select(Vendor.id)
        .outerjoin(above, col(above.id) == col(Vendor.parent_id))
        .where(col(Vendor.id).in_(wanted))
        .order_by(depth, col(Vendor.id))
        .with_for_update(of=Vendor)
    )
    return list(session.exec(rows))


def _heirs(session: Session, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """The subsidiaries with an engagement that rests on what one of these vendors proved."""
    heirs: set[uuid.UUID] = set()
    for start in range(0, len(ids), _AT_ONCE):
        rows = (
            select(Vendor.id)
            .join(Engagement, col(Engagement.vendor_id) == col(Vendor.id))
            .where(
                col(Vendor.parent_id).in_(ids[start : start + _AT_ONCE]),
                col(Engagement.inherits).is_(True),
            )
        )
        heirs.update(session.exec(rows))
    return heirs


def tried(
    session: Session, ids: Sequence[uuid.UUID], model: Model, *, now: dt.datetime
) -> Iterator[tuple[Vendor, list[tuple[Engagement, Judged | None]]]]:
    """What each engagement of these vendors that stands scores by this model; nothing is kept."""
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        vendors = session.exec(
            select(Vendor).where(col(Vendor.id).in_(some)).order_by(col(Vendor.id))
        ).all()
        known = known_of(session, vendors)
        yield from _all_judged(session, vendors, known, model, now)


def _rescore(
    session: Session,
    ids: Sequence[uuid.UUID],
    *,
    now: dt.datetime,
    cause: str,
    by: uuid.UUID | None,
    model: Model | None,
) -> int:
    # Held, so that two who change evidence at once do not each score without the other's change.
    held = select(Vendor).where(col(Vendor.id).in_(ids)).order_by(col(Vendor.id))
    vendors = session.exec(held.with_for_update()).all()
    # Asked behind the lock, so that nobody scores by a model that was left meanwhile.
    occasion = _Occasion(now, cause, by, model or in_use(session))
    known = known_of(session, vendors)
    every = list(_all_judged(session, vendors, known, occasion.model, now))
    ids_of_last = [one.score_id for _vendor, judged in every for one, _told in judged]
    last = _last(session, [id for id in ids_of_last if id])
    kept = 0
    for vendor, judged in every:
        for engagement, told in judged:
            before = last.get(engagement.score_id) if engagement.score_id else None
            shown = engagement.grade
            fresh = _keep(vendor, engagement, told, before, occasion)
            if fresh is None:
                continue
            session.add(fresh)
            kept += 1
            if before is not None and told is not None and before.model == fresh.model:
                moves.of_score(
                    session,
                    engagement,
                    before,
                    fresh,
                    (shown, engagement.grade),
                    now=now,
                    by=by,
                    by_look=cause == SCAN,
                )
        _show(vendor, judged, known[vendor.id], occasion.model)
    rank(session, [(vendor, [one for one, _told in judged]) for vendor, judged in every])
    session.flush()
    return kept


def _all_judged(
    session: Session,
    vendors: Sequence[Vendor],
    known: defaultdict[uuid.UUID, Known],
    model: Model,
    now: dt.datetime,
) -> Iterator[tuple[Vendor, list[tuple[Engagement, Judged | None]]]]:
    standing: dict[uuid.UUID, list[Engagement]] = defaultdict(list)
    rows = session.exec(
        select(Engagement)
        .where(
            col(Engagement.vendor_id).in_([vendor.id for vendor in vendors]),
            col(Engagement.ended_at).is_(None),
        )
        .order_by(col(Engagement.name), col(Engagement.id))
    ).all()
    for row in rows:
        standing[row.vendor_id].append(row)
    accepted = _not_applicable(session, [row.id for row in rows])
    for vendor in vendors:
        judged: list[tuple[Engagement, Judged | None]] = []
        for engagement in standing[vendor.id]:
            mine = _with_parents(vendor, engagement, known[vendor.id], known)
            mine.not_applicable = accepted.get(engagement.id, ())
            judged.append((engagement, _judge(vendor, engagement, mine, now, model)))
        yield vendor, judged


def _with_parents(
    vendor: Vendor, engagement: Engagement, known: Known, every: defaultdict[uuid.UUID, Known]
) -> Known:
    """The vendor's evidence, with the parent's where the engagement is marked to inherit it."""
    if not engagement.inherits or vendor.parent_id is None:
        return known
    parent = every[vendor.parent_id]
    return Known(
        claims=[*known.claims, *(c for c in parent.claims if c.engagement_id is None)],
        findings=[*known.findings, *(f for f in parent.findings if f.engagement_id is None)],
        accesses=known.accesses,
        scripts=known.scripts,
        parent=parent.name,
    )


def _judge(
    vendor: Vendor,
    engagement: Engagement,
    known: Known,
    now: dt.datetime,
    model: Model,
) -> Judged | None:
    facts = facts_of(engagement)
    if facts is None:
        return None
    mine = (None, engagement.id)
    today = now.astimezone(dt.UTC).date()
    findings = [one for one in known.findings if one.engagement_id in mine]
    tier = Tier(engagement.tier_override) if engagement.tier_override else None
    stands = tier or Tier(engagement.tier or Tier.T4)
    if tier is None and engagement.model != model.version:
        stands = inherent(facts, model).tier
    standing = in_force(
        Circumstances(
            as_of=today,
            tier=stands,
            faults=[_fault(one) for one in findings],
            entries=[_entry(one) for one in known.accesses if one.engagement_id in mine],
            scripts=[_script(one) for one in known.scripts],
            response_valid_until=_answers_until(engagement, known, facts, model),
        )
    )
    told = sorted(
        (
            (Claim(one.control, one.level, Source(one.source), one.date, one.valid_until), one)
            for one in known.claims
            if one.engagement_id in mine and one.control in model.controls
        ),
        key=lambda each: (
            each[0].control,
            each[0].source,
            each[0].date,
            each[0].level,
            str(each[0].valid_until),
        ),
    )
    capping = tuple(_capping(findings, model))
    faulty = {one.control for one in capping}  # what fails does apply, whatever was accepted
    snapshot = Snapshot(
        as_of=today,
        facts=facts,
        tier=tier,
        observed=tuple(sorted(set(vendor.observed) & model.controls.keys())),
        claims=tuple(claim for claim, _row in told),
        findings=capping,
        knockouts=tuple(one.id for one in standing if one.id in model.knockouts),
        out_of_scope=tuple(one.control for one in out_of_scope(facts, model)),
        not_applicable=tuple(
            c for c in known.not_applicable if c in model.controls and c not in faulty
        ),
        credibility="contradicted" if vendor.contradicted_at else "ok",
    )
    inherited = None
    if known.parent and vendor.parent_id is not None:
        above = {str(one.id) for one in findings if one.vendor_id != vendor.id}
        inherited = of_parent(
            known.parent,
            vendor.parent_id,
            [(claim, row.vendor_id != vendor.id) for claim, row in told],
            [(one.id, one.id in above) for one in capping],
        )
    try:
        return Judged(snapshot, score(snapshot, model), standing, inherited)
    except SnapshotRefused:  # nothing is left in scope: there is nothing to score
        return None


def _answers_until(
    engagement: Engagement, known: Known, facts: Facts, model: Model
) -> dt.date | None:
    """The day on which the first of the responses that we asked for ran out, or will.

    Of one response the last answer counts, and no answer about what does not apply.
    """
    left_out = {one.control for one in out_of_scope(facts, model)} | set(known.not_applicable)
    until: dict[uuid.UUID | None, dt.date] = {}
    for one in known.claims:
        if one.origin != ANSWER or one.engagement_id != engagement.id or one.control in left_out:
            continue
        if one.valid_until is not None:
            until[one.origin_id] = max(one.valid_until, until.get(one.origin_id, one.valid_until))
    return min(until.values(), default=None)


def _capping(findings: Iterable[StoredFinding], model: Model) -> Iterator[Finding]:
    for one in sorted(findings, key=lambda each: str(each.id)):
        severity = counts(one)
        if severity is not None and severity.rank > 0 and one.control in model.controls:
            yield Finding(str(one.id), one.control, severity)


def _fault(one: StoredFinding) -> Fault:
    return Fault(
        id=str(one.id),
        check=one.reference if one.kind == "check" else "",
        host_class=HostClass(one.host_class) if one.host_class else None,
        due=one.due_on,
        knockout=one.knockout,
        bad_certificate=one.bad_certificate,
        plain_form=one.plain_form,
        silent_since=one.silent_since,
    )


def _entry(one: Access) -> Entry:
    return Entry(
        id=str(one.id),
        name=one.name,
        remote=one.remote,
        second_factor=one.second_factor,
        reaches_card_data=bool(one.reaches_card_data),
        reaches_production=bool(one.reaches_production),
    )


def _script(one: PageScript) -> PageScriptSeen:
    return PageScriptSeen(
        id=str(one.id),
        address=one.script,
        listed=one.authorised_at is not None,
        held=one.held or bool(one.integrity_note),
    )


def _not_applicable(
    session: Session, engagement_ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, list[str]]:
    accepted: dict[uuid.UUID, list[str]] = defaultdict(list)
    for start in range(0, len(engagement_ids), _AT_ONCE):
        some = engagement_ids[start : start + _AT_ONCE]
        rows = session.exec(
            select(NotApplicable.engagement_id, NotApplicable.control)
            .where(
                col(NotApplicable.engagement_id).in_(some), col(NotApplicable.ended_at).is_(None)
            )
            .order_by(NotApplicable.control)
        )
        for engagement_id, control in rows:
            accepted[engagement_id].append(control)
    return accepted


def _last(session: Session, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, StoredScore]:
    last: dict[uuid.UUID, StoredScore] = {}
    for start in range(0, len(ids), _AT_ONCE):
        rows = select(StoredScore).where(col(StoredScore.id).in_(ids[start : start + _AT_ONCE]))
        last.update((row.id, row) for row in session.exec(rows))
    return last


def _keep(
    vendor: Vendor,
    engagement: Engagement,
    judged: Judged | None,
    before: StoredScore | None,
    occasion: _Occasion,
) -> StoredScore | None:
    """The engagement shows its score; the new copy of it where it is another than `before`."""
    if judged is None:
        engagement.score_id = engagement.grade = engagement.band = None
        engagement.final = engagement.low = engagement.high = engagement.coverage = None
        engagement.residual = engagement.residual_worst = engagement.knockout = None
        engagement.unverified = False
        return None
    told, sure = judged.score, judged.score.assurance
    result = json.dumps(told.to_json(), sort_keys=True)
    same_model = before is not None and before.model_sha256 == told.model_sha256
    # The margin is against wavering; another model is a step, not a waver.
    was = Grade(engagement.grade) if engagement.grade and same_model else None
    _become(
        engagement,
        final=sure.final,
        low=sure.low,
        high=sure.high,
        coverage=sure.coverage,
        grade=shown_grade(was, told, occasion.model),
        unverified=told.unverified,
        residual=told.residual,
        residual_worst=told.residual_range[1],
        band=told.band,
        knockout=sure.knockouts[0] if sure.knockouts else None,
    )
    if before is not None and before.result == result:
        return None
    row = StoredScore(
        moved=sure.final - before.final if before else 0,
        vendor_id=vendor.id,
        engagement_id=engagement.id,
        created_at=occasion.now,
        as_of=judged.snapshot.as_of,
        model=told.model,
        model_sha256=told.model_sha256,
        snapshot=json.dumps(judged.snapshot.to_json(), sort_keys=True),
        result=result,
        inherited=judged.inherited.to_json() if judged.inherited else None,
        final=sure.final,
        low=sure.low,
        high=sure.high,
        coverage=sure.coverage,
        grade=told.grade,
        unverified=told.unverified,
        inherent=told.inherent.value,
        tier=int(told.tier),
        residual=told.residual,
        residual_best=told.residual_range[0],
        residual_worst=told.residual_range[1],
        band=told.band,
        cause=occasion.cause if before is None or same_model else MODEL,
        by_id=occasion.by,
        sample=vendor.sample,
    )
    engagement.score_id = row.id
    return row


def _show(
    vendor: Vendor, judged: Sequence[tuple[Engagement, Judged | None]], known: Known, model: Model
) -> None:
    """Lists show the worst engagement of the vendor, and how many findings are open."""
    engagements = [one for one, _told in judged]

    def risk(one: Engagement) -> int:
        left = one.residual if one.residual is not None else one.residual_worst
        return -1 if left is None else left

    worst = max(engagements, key=risk, default=None)
    if worst is None or worst.residual_worst is None:
        vendor.worst_engagement_id = vendor.residual = vendor.band = vendor.grade = None
        vendor.final = vendor.coverage = None
        vendor.unverified = False
    else:
        _become(
            vendor,
            worst_engagement_id=worst.id,
            residual=risk(worst),
            band=worst.band,
            grade=worst.grade,
            unverified=worst.unverified,
            final=worst.final,
            coverage=worst.coverage,
        )
    knocked = [one.knockout for one in engagements if one.knockout]
    lowest = min(knocked, key=lambda id: (model.knockouts[id], id), default=None)
    _become(
        vendor,
        knockout=lowest,
        silent_since=_silent(lowest, [told for _one, told in judged if told]),
        open_findings=len(known.findings),
        severe_findings=sum(one.severity >= _SEVERE for one in known.findings),
    )


def _silent(knockout: str | None, judged: Iterable[Judged]) -> dt.date | None:
    """Since when nobody answers, where no engagement has the knock-out for another reason."""
    days = [one.silent_since for told in judged for one in told.standing if one.id == knockout]
    silent = [day for day in days if day is not None]
    return min(silent) if silent and len(silent) == len(days) else None


def _become(row: Engagement | Vendor, **shown: object) -> None:
    """The row shows this; setting what it shows already would cost as much as a change."""
    for name, value in shown.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def history(session: Session, engagement_id: uuid.UUID, most: int = 50) -> Sequence[StoredScore]:
    """The kept scores of an engagement, the newest first."""
    rows = select(StoredScore).where(StoredScore.engagement_id == engagement_id)
    return session.exec(rows.order_by(col(StoredScore.created_at).desc()).limit(most)).all()
