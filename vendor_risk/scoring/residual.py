"""Residual risk: what is left of the inherent risk, in 1/100 of a point."""

from dataclasses import dataclass

from vendor_risk.scoring.assurance import Assurance
from vendor_risk.scoring.model import WHOLE, Model
from vendor_risk.scoring.shares import shared

IRREDUCIBLE = "irreducible"
KNOCKED_OUT = "knock-out"


def residual(inherent: int, assured: int, proven: int, model: Model, *, knocked_out: bool) -> int:
    """I x (1 - share x P), P the mean of two numbers of 0..10000, as 0..10000.

    What is only claimed counts half, because `proven` is without it. With a knock-out in force the
    risk is no lower than the model says, or than the inherent risk.
    """
    # 100 I x (10000 - share x (x + y) / 20000) / 10000, in one division
    whole = 2 * WHOLE * WHOLE
    risk = 100 * inherent * (whole - model.control_share * (assured + proven)) // whole
    if knocked_out:
        risk = max(risk, min(100 * inherent, model.knockout_residual))
    return risk


@dataclass(frozen=True, slots=True)
class ResidualLine:
    """What one part leaves of the risk, in 1/100: a control's id, IRREDUCIBLE or KNOCKED_OUT."""

    part: str
    points: int


def split(inherent: int, assurance: Assurance, model: Model) -> tuple[ResidualLine, ...]:
    """Lines that sum exactly to the residual risk of a rated engagement.

    One is irreducible, each control adds its share of what is missing (whole points, the rest to
    the largest remainders, ties by control), and a knock-out what it raises.
    """
    risk = residual(
        inherent, assurance.final, assurance.low, model, knocked_out=bool(assurance.knockouts)
    )
    before = residual(inherent, assurance.raw, assurance.raw_low, model, knocked_out=False)
    fixed = 100 * inherent * (WHOLE - model.control_share) // WHOLE
    parts = {
        line.control: line.weight * (2 * WHOLE - line.credit - line.proven)
        for line in assurance.lines
    }
    points = shared(before - fixed, parts)
    lines = [ResidualLine(IRREDUCIBLE, fixed)]
    lines += [ResidualLine(control, points[control]) for control in sorted(points)]
    if risk > before:
        lines.append(ResidualLine(KNOCKED_OUT, risk - before))
    return tuple(line for line in lines if line.points)
