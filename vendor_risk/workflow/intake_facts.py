"""Turns what a requester said into the facts of an engagement, by the long way or the short one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from vendor_risk.evidence import N_
from vendor_risk.scoring.inherent import Facts, Inherent, inherent
from vendor_risk.scoring.model import Model, Tier
from vendor_risk.scoring.scales import TOP

# What a floor says about a factor, whatever level was chosen: RISK-MODEL section 1 for the script
# (payment role and access become 4); the rest by the words of level 4 on the scales themselves.
_SAYS_TOP: dict[str, tuple[str, ...]] = {
    "payment-page-script": ("access", "payment"),
    "card-data": ("data_sensitivity", "payment"),
    "special-category": ("data_sensitivity",),
}


@dataclass(frozen=True, slots=True)
class Raised:
    """A factor that counts as its highest level because of a floor, not as the level chosen."""

    factor: str
    told: int
    floor: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The facts that count, and where they are higher than what was chosen."""

    facts: Facts
    raised: tuple[Raised, ...]


def read(levels: Mapping[str, int], floors: Collection[str]) -> Reading:
    """The facts of an engagement from the five levels and the floors that were told.

    Two answers that contradict each other are read the careful way: the higher level counts.
    """
    counted = dict(levels)
    raised = []
    for floor, factors in _SAYS_TOP.items():
        if floor not in floors:
            continue
        for factor in factors:
            if counted[factor] < TOP:
                raised.append(Raised(factor, levels[factor], floor))
                counted[factor] = TOP
    return Reading(Facts(**counted, floors=frozenset(floors)), tuple(raised))


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence about a vendor of low risk; true, it leaves `factor` at `level` or below."""

    factor: str
    level: int
    text: str
    hint: str


# Each level is the highest one that the sentence leaves possible. How many people is asked beside
# them, because no sentence about a purchase bounds it.
STATEMENTS: tuple[Statement, ...] = (
    Statement(
        "data_sensitivity",
        1,
        N_("It gets no personal data from us beyond business contacts"),
        N_("Names and work addresses of our own people or of dealers. Nothing about customers."),
    ),
    Statement(
        "access",
        0,
        N_("It has no log-in to our systems, no code in them and no connection to them"),
        N_("It sends us no files that we load, either. Offers and invoices do not count."),
    ),
    Statement(
        "criticality",
        1,
        N_("We could do without it for a week"),
        N_("Nobody outside the company would notice."),
    ),
    Statement(
        "payment",
        1,
        N_("It plays no part when a customer pays"),
        N_("That it sends us an invoice does not count."),
    ),
)


@dataclass(frozen=True, slots=True)
class ShortWay:
    """Whether the short way is open: `facts` when it is; else what was not confirmed, or the tier.

    `outcome` is what the statements would give, and None while one of them is not confirmed.
    """

    facts: Facts | None
    unconfirmed: tuple[Statement, ...]
    outcome: Inherent | None


def short_way(
    confirmed: Collection[str], data_volume: int | None, model: Model | None = None
) -> ShortWay:
    """The facts of an obviously harmless purchase, never above tier 4.

    `confirmed` are the factors whose statement holds; without a volume nothing is obvious.
    """
    unconfirmed = tuple(one for one in STATEMENTS if one.factor not in confirmed)
    if unconfirmed or data_volume is None:
        return ShortWay(None, unconfirmed, None)
    levels = {one.factor: one.level for one in STATEMENTS}
    facts = read(levels | {"data_volume": data_volume}, ()).facts
    outcome = inherent(facts, model)
    return ShortWay(facts if outcome.tier == Tier.T4 else None, (), outcome)
