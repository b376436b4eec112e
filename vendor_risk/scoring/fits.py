"""Whether this version of the product can score by a model: what it names must be known here."""

from collections.abc import Iterator

from vendor_risk.checks.base import CATALOGUE
from vendor_risk.evidence import Severity
from vendor_risk.scoring.controls import NAMES
from vendor_risk.scoring.knockouts import KNOCKOUTS
from vendor_risk.scoring.model import WHOLE, Model

_COVERAGE = 6000  # a property of every model, and what all pages and reports say


def misfits(model: Model) -> Iterator[str]:
    """Each thing that a model names and the product does not know, or the other way round."""
    for control in sorted(model.controls.keys() - NAMES.keys()):
        yield f"controls.{control}: the product knows no such control."
    for id in sorted(model.knockouts.keys() ^ KNOCKOUTS.keys()):
        known = id in KNOCKOUTS
        yield f"knockouts.{id} is missing." if known else f"knockouts.{id}: there is no such one."
    for control, proof in sorted(model.proofs.items()):
        for check in proof.checks:
            if check not in CATALOGUE:
                yield f"proofs.{control}: {check} is no check of this version."
    missing = [str(one) for one in Severity if one not in model.posture.points]
    if missing:
        yield f"posture.points must name {', '.join(missing)} too."
    families = {check.family for check in CATALOGUE.values()}
    if foreign := sorted(set(model.posture.families) - families):
        yield f"posture.families: {foreign[0]} is no family of checks."
    if model.posture.families_needed > len(set(model.posture.families)):
        yield "posture.families_needed is no more than there are families."
    if any(id not in KNOCKOUTS for id in model.posture.capped_by):
        yield "posture.capped_by names knock-outs, such as KO-01."
    if model.coverage_needed != _COVERAGE:
        yield f"coverage_needed is {_COVERAGE}: no grade stands where less than 60 % is known."
    if not 0 <= model.unverified_below <= WHOLE or not 0 <= model.shown_margin <= WHOLE:
        yield f"unverified_below and shown_margin lie between 0 and {WHOLE}."
    days = [model.not_triaged_scan_interval_days]
    days += [tier.scan_interval_days for tier in model.tiers.values()]
    months = [tier.review_interval_months for tier in model.tiers.values()]
    if not (min(days) >= 1 and max(days) <= 366 and min(months) >= 1 and max(months) <= 60):
        yield "tiers: vendors are scanned every 1 to 366 days and reviewed every 1 to 60 months."
