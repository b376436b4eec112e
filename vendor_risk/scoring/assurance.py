"""Assurance: how well we know that a vendor has its risk under control, line by line."""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from vendor_risk.evidence import Claim, Finding, Severity, Source
from vendor_risk.scoring.knockouts import WORST_FACT
from vendor_risk.scoring.model import WHOLE, Model
from vendor_risk.scoring.shares import apportioned
from vendor_risk.scoring.snapshot import CONTRADICTED, Snapshot, SnapshotRefused


class View(Enum):
    """How claims are counted: as they are, only what was proven, or all taken at their word."""

    FINAL = "final"
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Weighed:
    """One claim with what it is worth today: `share` of its level, and `credit`, in 1/10000."""

    claim: Claim
    valid_until: datetime.date
    decay: int
    share: int
    credit: int


@dataclass(frozen=True, slots=True)
class ControlLine:
    """What one control in scope adds: `points` of at most `most`, both in 1/10000 of the score.

    `credit` is how much of the control counts, `proven` the same without what is only claimed, in
    1/10000. `best` is the claim that counts, `cap` the finding that holds the credit down most,
    None where there is none. `answered` says whether the control counts as covered.
    """

    control: str
    weight: int
    most: int
    credit: int
    proven: int
    points: int
    best: Weighed | None
    cap: Finding | None
    answered: bool


@dataclass(frozen=True, slots=True)
class Assurance:
    """The three numbers, 0..10000, and all that `final` is made of.

    `raw` and `raw_low` are those before a knock-out lowers them. The points of `lines` and
    `knocked` (0 or less) sum to `final`; `knockouts` are the ids in force, the lowest cap first,
    `knocked_by` the one that lowers `final`.
    """

    final: int
    low: int
    high: int
    raw: int
    raw_low: int
    coverage: int
    lines: tuple[ControlLine, ...]
    knockouts: tuple[str, ...]
    knocked_by: str | None
    knocked: int


def assure(snapshot: Snapshot, model: Model) -> Assurance:
    """The assurance of a snapshot that was checked; SnapshotRefused where nothing is in scope."""
    weights = in_scope(snapshot, model)
    total = sum(weights.values())
    if total == 0:
        raise SnapshotRefused(
            "every control is out of scope: leave at least one in, or there is nothing to score"
        )
    claims = _weighed(snapshot, model)
    worst = _worst(snapshot.findings)
    caps = {id: model.cap(finding.severity) for id, finding in worst.items()}
    credits = {
        view: {
            control: min(_credit(claims.get(control, ()), view), caps.get(control, WHOLE))
            for control in weights
        }
        for view in View
    }
    raw = {
        view: sum(weights[control] * credit for control, credit in each.items()) // total
        for view, each in credits.items()
    }
    knockouts = in_force(snapshot, model)
    limit = WHOLE if not knockouts else 100 * model.knockouts[knockouts[0]]
    final = min(raw[View.FINAL], limit)
    answered = set(claims) | set(snapshot.observed)
    exact = {control: weight * credits[View.FINAL][control] for control, weight in weights.items()}
    points = apportioned(raw[View.FINAL], exact, total)
    lines = tuple(
        ControlLine(
            control=control,
            weight=weight,
            most=WHOLE * weight // total,
            credit=credits[View.FINAL][control],
            proven=credits[View.LOW][control],
            points=points[control],
            best=_best(claims.get(control, ())),
            cap=worst.get(control),
            answered=control in answered,
        )
        for control, weight in sorted(weights.items())
    )
    return Assurance(
        final=final,
        low=min(raw[View.LOW], limit),
        high=min(raw[View.HIGH], limit),
        raw=raw[View.FINAL],
        raw_low=raw[View.LOW],
        coverage=WHOLE * sum(w for control, w in weights.items() if control in answered) // total,
        lines=lines,
        knockouts=knockouts,
        knocked_by=knockouts[0] if final < raw[View.FINAL] else None,
        knocked=final - raw[View.FINAL],
    )


def in_scope(snapshot: Snapshot, model: Model) -> dict[str, int]:
    """The weight of each control that counts here; never depends on what was answered."""
    left_out = {*snapshot.out_of_scope, *snapshot.not_applicable}
    return {
        control: numbers.weight
        for control, numbers in model.controls.items()
        if control not in left_out
    }


def in_force(snapshot: Snapshot, model: Model) -> tuple[str, ...]:
    """The knock-outs in force, the lowest cap first; a critical finding is one by itself."""
    ids = set(snapshot.knockouts)
    if any(finding.severity is Severity.CRITICAL for finding in snapshot.findings):
        ids.add(WORST_FACT)
    return tuple(sorted(ids, key=lambda id: (model.knockouts[id], id)))


def weigh(claim: Claim, as_of: datetime.date, model: Model, *, contradicted: bool) -> Weighed:
    """What a claim is worth on a day."""
    validity = model.validity
    days = validity.observed if claim.source is Source.OBSERVED else validity.stated
    until = claim.valid_until or claim.date + datetime.timedelta(days=days)
    decay = model.decay.of(claim.source, (as_of - until).days)
    share = model.credit.of(claim.source, contradicted=contradicted)
    # level in 1/100 to 1/10000, times two shares of 1/10000
    credit = 100 * claim.level * share * decay // WHOLE**2
    return Weighed(claim, until, decay, share, credit)


def _weighed(snapshot: Snapshot, model: Model) -> dict[str, list[Weighed]]:
    contradicted = snapshot.credibility == CONTRADICTED
    claims: dict[str, list[Weighed]] = {}
    for claim in snapshot.claims:
        weighed = weigh(claim, snapshot.as_of, model, contradicted=contradicted)
        claims.setdefault(claim.control, []).append(weighed)
    return claims


def _credit(claims: Collection[Weighed], view: View) -> int:
    if view is View.HIGH:
        return max((100 * each.claim.level for each in claims), default=WHOLE)
    return max(
        (
            each.credit
            for each in claims
            if view is View.FINAL or each.claim.source is not Source.SELF
        ),
        default=0,
    )


_STRENGTH = {source: place for place, source in enumerate(Source)}


def _best(claims: Collection[Weighed]) -> Weighed | None:
    """The claim that counts; among equals the strongest source, then the newest."""
    return max(
        claims,
        key=lambda each: (
            each.credit,
            _STRENGTH[each.claim.source],
            each.claim.date,
            each.claim.level,
            each.valid_until,
        ),
        default=None,
    )


def _worst(findings: Sequence[Finding]) -> dict[str, Finding]:
    """The finding of each control that caps it most; informational ones cap nothing."""
    worst: dict[str, Finding] = {}
    for finding in sorted(findings, key=lambda each: (-each.severity.rank, each.id)):
        if finding.severity.rank > 0:
            worst.setdefault(finding.control, finding)
    return worst
