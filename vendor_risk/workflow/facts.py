"""The facts of an engagement: what people said of it, and what scans saw."""

from vendor_risk.scoring.inherent import Facts, Inherent, inherent
from vendor_risk.scoring.model import Model
from vendor_risk.scoring.scales import FACTORS
from vendor_risk.store.models.vendors import Engagement


def facts_of(engagement: Engagement) -> Facts | None:
    """The facts that inherent risk is computed from; None while one of the five is missing.

    What was observed holds over a lower level that somebody said, and where nobody said any.
    """
    observed = engagement.observed
    levels: dict[str, int] = {}
    for factor in FACTORS:
        known = (getattr(engagement, factor.key), observed.get(factor.key))
        told = [level for level in known if level is not None]
        if not told:
            return None
        levels[factor.key] = max(told)
    return Facts(**levels, floors=frozenset([*engagement.floors, *observed.get("floors", ())]))


def explain(engagement: Engagement, model: Model) -> Inherent | None:
    """The inherent risk by this model with all its lines; None while a fact is missing."""
    facts = facts_of(engagement)
    return inherent(facts, model) if facts else None
