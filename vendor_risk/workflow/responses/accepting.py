"""Accepting a response: what would change, and the frozen copy, claims and findings of it."""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from vendor_risk.evidence import Claim
from vendor_risk.scoring.controls import out_of_scope
from vendor_risk.store.audit import record
from vendor_risk.store.models.evidence import NotApplicable, StoredClaim
from vendor_risk.store.models.findings import FindingState, StoredFinding
from vendor_risk.store.models.responses import (
    WITH_US,
    QuestionnaireResponse,
    ResponseState,
)
from vendor_risk.store.models.vendors import Engagement
from vendor_risk.workflow import not_applicable, scores
from vendor_risk.workflow.facts import facts_of
from vendor_risk.workflow.responses import found, four_eyes
from vendor_risk.workflow.responses.answers import value_of
from vendor_risk.workflow.responses.reading import (
    Reading,
    counted,
    files_of,
    merged,
    read,
    shown,
    state_of,
)
from vendor_risk.workflow.scores import ANSWER, Judged, Known
from vendor_risk.workflow.sightings import Sighting
from vendor_risk.workflow.vendors import VendorRefused

_SCHEMA = "vendor-risk-response/1"


@dataclass(frozen=True, slots=True)
class Change:
    """What accepting a response would do, and what stands in its way."""

    reading: Reading
    refusals: tuple[VendorRefused, ...]
    claims: tuple[Claim, ...]
    replaced: tuple[StoredClaim, ...]
    findings: found.Found
    left_out: tuple[str, ...]  # controls that do not apply from now on
    back: tuple[NotApplicable, ...]  # those that apply again


@dataclass(frozen=True, slots=True)
class Preview:
    """The change, with the score as it is and as it would be; None where there is none."""

    change: Change
    before: Judged | None
    after: Judged | None


def planned(session: Session, response: QuestionnaireResponse, *, now: dt.datetime) -> Change:
    """What accepting it now would do; writes nothing."""
    today = now.astimezone(dt.UTC).date()
    reading = read(session, response, today=today)
    told = reading.evaluation
    asked = {each.question.id for each in told.visible if each.question.counts}
    every = {
        one.question.id
        for each in merged(session, response)
        for one in (each, *each.also)
        if one.question.counts
    }
    standing = [
        row
        for row in not_applicable.standing(session, response.engagement_id)
        if row.control in told.controls
    ]
    facts = facts_of(session.get_one(Engagement, response.engagement_id))
    already = {row.control for row in standing}
    already |= {one.control for one in out_of_scope(facts)} if facts else set()
    return Change(
        reading=reading,
        refusals=tuple(_refusals(response, reading)),
        claims=told.claims,
        replaced=tuple(_replaced(session, response, told.controls)),
        findings=found.compare(
            session, response, told.faults, answered=told.levels, asked=asked, known=every
        ),
        left_out=tuple(control for control in told.not_applicable if control not in already),
        back=tuple(
            row
            for row in standing
            if row.origin_id is not None and row.control not in told.not_applicable
        ),
    )


def preview(session: Session, response: QuestionnaireResponse, *, now: dt.datetime) -> Preview:
    """What accepting it now would do to the score; writes nothing."""
    change = planned(session, response, now=now)
    engagement = session.get_one(Engagement, response.engagement_id)

    def then(known: Known) -> Known:
        gone = {row.id for row in change.replaced}
        touched = {row.id for row, _fault in change.findings.again}
        touched |= {row.id for row in (*change.findings.closed, *change.findings.unasked)}
        back = {row.control for row in change.back}
        return Known(
            claims=[
                *(one for one in known.claims if one.id not in gone),
                *(_claim(response, one, now) for one in change.claims),
            ],
            findings=[
                *(one for one in known.findings if one.id not in touched),
                *_supposed(session, response, change, now),
            ],
            accesses=known.accesses,
            scripts=known.scripts,
            not_applicable=[
                *(one for one in known.not_applicable if one not in back),
                *change.left_out,
            ],
        )

    with session.no_autoflush:
        return Preview(
            change,
            scores.judge(session, engagement, now=now),
            scores.judge(session, engagement, now=now, supposing=then),
        )


def accept(
    session: Session,
    response: QuestionnaireResponse,
    *,
    now: dt.datetime,
    actor: uuid.UUID,
) -> bool:
    """The answers count from now on, and nothing of them changes any more; False when so already.

    Claims, findings, controls that do not apply, the frozen copy and the score change together or
    not at all. VendorRefused while anything is undecided, and where four eyes are needed and these
    are the two that answered.
    """
    session.refresh(response, with_for_update=True)
    if response.state == ResponseState.ACCEPTED:
        return False
    engagement = session.get_one(Engagement, response.engagement_id, with_for_update=True)
    change = planned(session, response, now=now)
    if change.refusals:
        raise change.refusals[0]
    four_eyes.refuse_own(session, response, actor)
    with (
        session.begin_nested(),
        scores.together(session, now=now, cause=scores.ANSWERS, by=actor),
    ):
        _write(session, response, engagement, change, now, actor)
        scores.rescore(session, [response.vendor_id], now=now, cause=scores.ANSWERS)
    return True


def frozen(
    session: Session,
    response: QuestionnaireResponse,
    reading: Reading,
    *,
    now: dt.datetime,
    actor: uuid.UUID,
) -> str:
    """The response as canonical JSON: keys in order and no spaces, so that its hash repeats."""
    today = now.astimezone(dt.UTC).date()
    files = {one.id: one for line in reading.lines for one in line.files}
    uses: dict[uuid.UUID, list[str]] = {}
    for question, each in files_of(session, response.id).items():
        for one in each:
            uses.setdefault(one.id, []).append(question)
    told = reading.evaluation
    content: dict[str, Any] = {
        "schema": _SCHEMA,
        "number": response.number,
        "response": str(response.id),
        "vendor": str(response.vendor_id),
        "engagement": str(response.engagement_id),
        "questionnaires": response.asked,
        "facts": response.facts,
        "tier": response.tier,
        "out_of_scope": response.out_of_scope,
        "proven": response.proven,
        "submitted": {
            "at": _moment(response.submitted_at),
            "by": response.submitted_by,
            "role": response.submitted_role,
        },
        "accepted": {
            "at": _moment(now),
            "by": str(actor),
            "own_answers": four_eyes.answers_of(session, response, actor),
        },
        "answers": [
            {
                "question": line.id,
                "rev": line.asked.question.rev,
                "control": line.asked.control,
                "value": value_of(line.row),
                "note": line.row.note,
                "date": line.row.answered_on.isoformat() if line.row.answered_on else None,
                "by": line.row.by_kind,
                "seen_where": line.row.seen_where,
                "verdict": line.row.verdict,
                "override": line.row.override,
                "reason": line.row.review_note,
                "reviewer": str(line.row.reviewed_by_id) if line.row.reviewed_by_id else None,
                "level": line.level,
                "source": str(answer.source),
                "valid_until": answer.valid_until.isoformat(),
            }
            for line in reading.lines
            if line.row is not None
            and (answer := counted(line.row, line.files, today, reading.months)) is not None
        ],
        "evidence": [
            {
                "file": str(one.id),
                "sha256": one.sha256,
                "questions": sorted(uses[one.id]),
                "state": str(state_of(one, today)),
                "document_date": one.document_date.isoformat() if one.document_date else None,
                "valid_until": one.valid_until.isoformat() if one.valid_until else None,
                "scope": one.scope,
                "period": one.period,
            }
            for one in sorted(files.values(), key=lambda one: str(one.id))
        ],
        "claims": [
            {
                "control": one.control,
                "level": one.level,
                "source": str(one.source),
                "date": one.date.isoformat(),
                "valid_until": one.valid_until.isoformat() if one.valid_until else None,
            }
            for one in told.claims
        ],
        "findings": [
            {"question": one.question, "severity": str(one.severity), "answer": one.answer}
            for one in told.faults
        ],
        "not_applicable": list(told.not_applicable),
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _refusals(response: QuestionnaireResponse, reading: Reading) -> Sequence[VendorRefused]:
    if response.state not in WITH_US:
        return [
            VendorRefused("The answers are not with us: only what was submitted can be accepted.")
        ]
    refusals = []
    marked = [one.id for one in reading.lines if one.returned]
    if marked:
        refusals.append(
            VendorRefused(
                "%(marked)s is marked for the vendor: return the response, or take the marks back.",
                marked=_listed(marked),
            )
        )
    undecided = [one.id for one in reading.lines if one.open and not one.returned]
    if undecided:
        refusals.append(
            VendorRefused("Decide on %(undecided)s first.", undecided=_listed(undecided))
        )
    return refusals


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(ids[:8]) + (f" and {len(ids) - 8} more" if len(ids) > 8 else "")


def _replaced(
    session: Session, response: QuestionnaireResponse, controls: frozenset[str]
) -> Sequence[StoredClaim]:
    """What earlier answers said of the controls that this response asks about."""
    rows = select(StoredClaim).where(
        StoredClaim.engagement_id == response.engagement_id,
        StoredClaim.origin == ANSWER,
        col(StoredClaim.control).in_(controls),
        col(StoredClaim.ended_at).is_(None),
    )
    return session.exec(rows.order_by(StoredClaim.control)).all()


def _claim(response: QuestionnaireResponse, claim: Claim, now: dt.datetime) -> StoredClaim:
    return StoredClaim(
        vendor_id=response.vendor_id,
        engagement_id=response.engagement_id,
        control=claim.control,
        level=claim.level,
        source=claim.source,
        date=claim.date,
        valid_until=claim.valid_until,
        origin=ANSWER,
        origin_id=response.id,
        created_at=now,
    )


def _supposed(
    session: Session, response: QuestionnaireResponse, change: Change, now: dt.datetime
) -> Sequence[StoredFinding]:
    """The findings as they would be, as rows of no session."""
    by_id = {line.id: line.asked for line in change.reading.lines}
    said = {
        line.id: shown(line.asked, value_of(line.row))
        for line in change.reading.lines
        if line.row is not None and line.row.value
    }
    rows = []
    again = [fault for _row, fault in change.findings.again]
    states = {fault.question: row for row, fault in change.findings.again}
    for fault in (*change.findings.raised, *again):
        row = found.fresh(session, response, fault, by_id[fault.question], said, now=now)
        old = states.get(fault.question)
        if old is not None:
            row.id = old.id
            milder = fault.severity.rank <= old.severity
            if old.state in (FindingState.COMPENSATED, FindingState.ACCEPTED) and milder:
                row.state = old.state
        rows.append(row)
    return rows


def _write(  # noqa: PLR0917
    session: Session,
    response: QuestionnaireResponse,
    engagement: Engagement,
    change: Change,
    now: dt.datetime,
    actor: uuid.UUID,
) -> None:
    reading = change.reading
    today = now.astimezone(dt.UTC).date()
    said = {}
    for line in reading.lines:
        if line.row is None or not line.answered:
            continue
        said[line.id] = shown(line.asked, value_of(line.row))
        answer = counted(line.row, line.files, today, reading.months)
        if answer is not None:
            line.row.source = answer.source
    at = Sighting(session, now, "person", by_id=actor, note=response.number, what=ANSWER)
    asked = [line.asked for line in reading.lines]
    found.write(session, response, change.findings, asked, at, said)
    _claims(session, response, change, now)
    for row in change.back:
        not_applicable.take_back(session, row, now=now, actor=actor)
    for control in change.left_out:
        notes = [
            line.row.review_note
            for line in reading.lines
            if line.asked.control == control and line.row is not None and line.row.verdict == "na"
        ]
        reason = f"{response.number}: {' '.join(notes)}"[: not_applicable.REASON]
        row = not_applicable.accept(
            session, engagement, control, reason=reason, now=now, actor=actor
        )
        row.origin_id = response.id
    snapshot = frozen(session, response, reading, now=now, actor=actor)
    response.snapshot = snapshot
    response.snapshot_sha256 = hashlib.sha256(snapshot.encode()).hexdigest()
    response.state = ResponseState.ACCEPTED
    response.accepted_at, response.accepted_by_id, response.ended_at = now, actor, now
    response.updated_at = now
    response.revision += 1
    session.flush()
    own = four_eyes.accepted_own(session, response)
    record(
        session,
        actor=actor,
        act="response.accepted_own" if own else "response.accepted",
        subject_kind="response",
        subject_id=response.id,
        after={
            "number": response.number,
            "sha256": response.snapshot_sha256,
            "claims": len(change.claims),
            "raised": [one.question for one in change.findings.raised],
            "closed": [row.reference for row in change.findings.closed],
            "own_answers": own,
        },
        now=now,
    )


def _claims(
    session: Session, response: QuestionnaireResponse, change: Change, now: dt.datetime
) -> None:
    """Earlier claims end, and the new ones stand; what says the same stays as it was."""

    def told(one: StoredClaim | Claim) -> tuple[object, ...]:
        return (one.control, one.level, str(one.source), one.date, one.valid_until)

    fresh = {told(one): one for one in change.claims}
    for row in change.replaced:
        if fresh.pop(told(row), None) is None:
            row.ended_at = now
        else:
            row.origin_id = response.id
    for claim in fresh.values():
        session.add(_claim(response, claim, now))
    session.flush()


def _moment(value: dt.datetime | None) -> str | None:
    return value.astimezone(dt.UTC).isoformat(timespec="seconds") if value else None
