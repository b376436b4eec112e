"""The score of one engagement: one pure function of a snapshot and a model."""

from dataclasses import dataclass
from typing import Any

from vendor_risk.scoring.assurance import Assurance, assure
from vendor_risk.scoring.external import NOT_RATED
from vendor_risk.scoring.inherent import Inherent, inherent
from vendor_risk.scoring.model import WHOLE, Band, Grade, Model, Tier, load
from vendor_risk.scoring.residual import ResidualLine, residual, split
from vendor_risk.scoring.snapshot import Snapshot, refuse_wrong


@dataclass(frozen=True, slots=True)
class Score:
    """Inherent risk, assurance and residual risk side by side, with every line they are made of.

    `residual` and its range are in 1/100 of a point; `residual` and `grade` are None while too
    little is known, and the band is then that of the worst end.
    """

    model: str
    model_sha256: str
    inherent: Inherent
    tier: Tier
    assurance: Assurance
    grade: Grade | None
    unverified: bool
    residual: int | None
    residual_range: tuple[int, int]
    residual_lines: tuple[ResidualLine, ...]
    band: Band

    @property
    def final(self) -> int:
        """Assurance, 0..10000."""
        return self.assurance.final

    def to_json(self) -> dict[str, Any]:
        """What `score` prints; the points of `lines` sum to `final`."""
        told = self.assurance
        lines: list[dict[str, Any]] = [
            {"control": line.control, "points": line.points} for line in told.lines if line.points
        ]
        if told.knocked_by is not None:
            lines.append({"knockout": told.knocked_by, "points": told.knocked})
        return {
            "model": self.model,
            "model_sha256": self.model_sha256,
            "inherent": self.inherent.value,
            "tier": int(self.tier),
            "final": told.final,
            "low": told.low,
            "high": told.high,
            "grade": self.grade or NOT_RATED,
            "unverified": self.unverified,
            "coverage": told.coverage,
            "lines": lines,
            "residual": self.residual,
            "residual_range": list(self.residual_range),
            "band": str(self.band),
        }


def score(snapshot: Snapshot, model: Model | None = None) -> Score:
    """The score of a snapshot; SnapshotRefused where it contradicts the model or itself."""
    model = model or load()
    refuse_wrong(snapshot, model)
    told = inherent(snapshot.facts, model)
    assurance = assure(snapshot, model)
    knocked_out = bool(assurance.knockouts)

    def risk(assured: int, proven: int) -> int:
        return residual(told.value, assured, proven, model, knocked_out=knocked_out)

    rated = assurance.coverage >= model.coverage_needed
    grade = model.grade(assurance.final // 100) if rated else None
    left = risk(assurance.final, assurance.low)
    best, worst = risk(assurance.high, assurance.high), risk(assurance.low, assurance.low)
    return Score(
        model=model.version,
        model_sha256=model.sha256,
        inherent=told,
        tier=snapshot.tier or told.tier,
        assurance=assurance,
        grade=grade,
        unverified=grade in (Grade.A, Grade.B, Grade.C) and assurance.low < model.unverified_below,
        residual=left if rated else None,
        residual_range=(best, worst),
        residual_lines=split(told.value, assurance, model) if rated else (),
        band=model.band(left if rated else worst),
    )


def shown_grade(last: Grade | None, told: Score, model: Model) -> Grade | None:
    """The grade to show after one that was shown before: it moves only past the model's margin.

    So a score that wavers about a threshold does not flap; the number beside it always moves.
    """
    if last is None or told.grade is None:
        return told.grade
    order = list(reversed(Grade))
    surely = model.grade(max(0, told.final - model.shown_margin) // 100)
    # a whole margin below a threshold is past it: a knock-out caps at 39, and that is no D
    at_most = model.grade(min(WHOLE, told.final + max(model.shown_margin - 1, 0)) // 100)
    if order.index(surely) > order.index(last):
        return surely
    return at_most if order.index(at_most) < order.index(last) else last
