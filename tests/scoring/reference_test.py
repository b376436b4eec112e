"""A second implementation, written from the text of the risk model alone, agrees to the digit."""

import datetime as dt
from fractions import Fraction
from functools import cache
from math import floor
from typing import Any

from hypothesis import given, settings

from tests.scoring.snapshots import snapshots
from vendor_risk.evidence import Severity, Source
from vendor_risk.scoring.score import score
from vendor_risk.scoring.snapshot import Snapshot

# The numbers as the text has them, typed once more rather than read from the model file.
WEIGHTS = {
    "AC-01": 1000, "AC-02": 500, "AC-03": 400, "HV-01": 600, "HV-02": 700, "HV-03": 500,
    "DP-01": 400, "DP-02": 500, "DP-03": 400, "DP-04": 300, "BC-01": 200, "WB-01": 700,
    "WB-02": 400, "WB-03": 200, "DN-01": 400, "DL-01": 800, "IR-01": 400, "IR-02": 500,
    "GV-01": 400, "GV-02": 300, "SC-01": 400,
}  # fmt: skip
CAPS = {Severity.CRITICAL: 0, Severity.HIGH: 2500, Severity.MEDIUM: 6000, Severity.LOW: 8500}
KNOCKOUTS = {
    "KO-01": 39, "KO-02": 49, "KO-03": 29, "KO-04": 59, "KO-05": 39,
    "KO-06": 49, "KO-07": 59, "KO-08": 59, "KO-09": 49, "KO-10": 54,
}  # fmt: skip
SHARES = {Source.SELF: 6500, Source.REVIEWED: 9200, Source.AUDITED: 10000, Source.OBSERVED: 10000}


@cache
def left_of_7000(eighths: int) -> int:
    """7000 x 2^(-n/8), rounded half up, without floats or decimals."""
    # t is the answer where (t - 1/2)^8 x 2^n <= 7000^8 < (t + 1/2)^8 x 2^n
    t = 0
    while (2 * t + 1) ** 8 * 2**eighths <= (2 * 7000) ** 8:
        t += 1
    return t


def faded(days: int, half: int) -> int:
    """10000 until the end; then 3000 and what is left of 7000, halved every `half` days."""
    if days <= 0:
        return 10000
    eighths = 8 * days // half
    return 3000 + (left_of_7000(eighths) if eighths < 128 else 0)


def reference(one: Snapshot) -> dict[str, Any]:
    """The score of a snapshot, step by step as section 2 and 4 of the text say it."""
    facts = one.facts
    levels = [facts.data_sensitivity, facts.data_volume, facts.access, facts.criticality]
    levels.append(facts.payment)
    weighted = sum(w * f for w, f in zip((30, 15, 30, 15, 10), levels, strict=True))
    inherent = (150 * max(levels) + weighted + 5) // 10
    tier = 1 if inherent >= 75 else 2 if inherent >= 50 else 3 if inherent >= 25 else 4
    if facts.access >= 3:
        tier = min(tier, 2)
    if facts.floors:
        tier = 1

    scope = set(WEIGHTS) - set(one.out_of_scope) - set(one.not_applicable)
    total = sum(WEIGHTS[control] for control in scope)

    def credit(control: str, view: str) -> int:
        worth = []
        for claim in one.claims:
            if claim.control != control:
                continue
            if view == "high":
                worth.append(100 * claim.level)
                continue
            if view == "low" and claim.source is Source.SELF:
                continue
            observed = claim.source is Source.OBSERVED
            end = claim.valid_until or claim.date + dt.timedelta(days=30 if observed else 365)
            share = SHARES[claim.source]
            if claim.source is Source.SELF and one.credibility == "contradicted":
                share = 4000
            left = faded((one.as_of - end).days, 30 if observed else 180)
            worth.append(100 * claim.level * share * left // 10**8)
        if not worth:
            worth = [10000 if view == "high" else 0]
        caps = [CAPS.get(f.severity, 10000) for f in one.findings if f.control == control]
        return min([max(worth), *caps])

    in_force = set(one.knockouts)
    if any(finding.severity is Severity.CRITICAL for finding in one.findings):
        in_force.add("KO-10")
    limit = min((100 * KNOCKOUTS[id] for id in in_force), default=10000)
    raw = {
        view: floor(Fraction(sum(WEIGHTS[c] * credit(c, view) for c in scope), total))
        for view in ("final", "low", "high")
    }
    final, low, high = (min(raw[view], limit) for view in ("final", "low", "high"))

    exact = {c: Fraction(WEIGHTS[c] * credit(c, "final"), total) for c in scope}
    points = {c: floor(share) for c, share in exact.items()}
    missing = raw["final"] - sum(points.values())
    for c in sorted(scope, key=lambda c: (points[c] - exact[c], c))[:missing]:
        points[c] += 1
    lines = [{"control": c, "points": points[c]} for c in sorted(scope) if points[c]]
    if final < raw["final"]:
        lowest = min(in_force, key=lambda id: (KNOCKOUTS[id], id))
        lines.append({"knockout": lowest, "points": final - raw["final"]})

    known = {claim.control for claim in one.claims} | set(one.observed)
    coverage = 10000 * sum(WEIGHTS[c] for c in scope & known) // total
    rated = coverage >= 6000
    ladder = ((8500, "A"), (7000, "B"), (5500, "C"), (4000, "D"), (0, "F"))
    grade = next(g for least, g in ladder if final >= least) if rated else "not rated"

    def risk(x: int, y: int) -> int:
        r = inherent * (100000 - 4 * (x + y)) // 1000
        return max(r, min(100 * inherent, 4500)) if in_force else r

    left, worst = risk(final, low), risk(low, low)
    sorted_by = left if rated else worst
    band = next(
        b
        for least, b in ((7000, "critical"), (4500, "high"), (2500, "medium"), (0, "low"))
        if sorted_by >= least
    )
    return {
        "inherent": inherent,
        "tier": int(one.tier or tier),
        "final": final,
        "low": low,
        "high": high,
        "grade": grade,
        "unverified": grade in ("A", "B", "C") and low < 2500,
        "coverage": coverage,
        "lines": lines,
        "residual": left if rated else None,
        "residual_range": [risk(high, high), worst],
        "band": band,
    }


@settings(max_examples=400)
@given(snapshots())
def test_both_agree_on_every_figure(one: Snapshot) -> None:
    """Numbers, lines, grade and bands."""
    told = score(one).to_json()
    del told["model"], told["model_sha256"]
    assert told == reference(one)
