"""Inherent risk: what a vendor could do to us, from our own facts about one engagement."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import PlainSerializer

from vendor_risk.evidence import N_
from vendor_risk.scoring.model import Model, Tier, load
from vendor_risk.scoring.scales import BY_KEY, FACTORS, FLOORS, TOP
from vendor_risk.scoring.shares import apportioned

HIGHEST = "highest"
ACCESS_FLOOR = "access"

# a set has no order of its own, and the hash of a report needs one
Floors = Annotated[frozenset[str], PlainSerializer(sorted, return_type=list[str])]

_LIFTS = {
    ACCESS_FLOOR: N_("A log-in, remote access or code of the vendor lifts the tier"),
    "payment-page-script": N_("A script of the vendor on a payment page lifts the tier"),
    "card-data": N_("Card data that the vendor stores, processes or transmits lifts the tier"),
    "special-category": N_("Special categories of personal data lift the tier"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What one engagement gives a vendor, each factor from 0 to 4 as scales.py describes it.

    A level outside 0..4, or a floor that nobody declared, raises ValueError.
    """

    data_sensitivity: int
    data_volume: int
    access: int
    criticality: int
    payment: int
    floors: Floors = frozenset()

    def __post_init__(self) -> None:
        for factor in FACTORS:
            level = self.level(factor.key)
            if not 0 <= level <= TOP:
                raise ValueError(f"{factor.key} is {level}; it must be from 0 to {TOP}")
        if foreign := sorted(self.floors - FLOORS.keys()):
            raise ValueError(f"unknown floor {foreign[0]!r}; known: {', '.join(FLOORS)}")

    def level(self, factor: str) -> int:
        """The level of a factor by its key."""
        value: int = getattr(self, factor)
        return value


@dataclass(frozen=True, slots=True)
class FactorLine:
    """What a factor adds; the line `highest` is what the highest factor adds on its own.

    `text`, marked for translation, is the meaning of the level, or the name of the highest factor.
    """

    factor: str
    level: int
    points: int
    text: str


@dataclass(frozen=True, slots=True)
class Lift:
    """A fact that asks for a stricter tier than the sum does; `text` says which."""

    floor: str
    tier: Tier
    text: str


@dataclass(frozen=True, slots=True)
class Inherent:
    """Inherent risk 0..100 with its tier; the points of `lines` sum exactly to `value`.

    `by_value` is the tier of the number alone; `lifts` are the floors that made it stricter.
    """

    value: int
    tier: Tier
    by_value: Tier
    lines: tuple[FactorLine, ...]
    lifts: tuple[Lift, ...]
    model: str


def inherent(facts: Facts, model: Model | None = None) -> Inherent:
    """The inherent risk of one engagement; whole numbers, rounded half up."""
    model = model or load()
    tenths = _tenths(facts, model)
    value = (sum(tenths.values()) + 5) // 10
    by_value = model.tier(value)
    lifts = tuple(lift for lift in _floors(facts, model) if lift.tier < by_value)
    tier = min((by_value, *(lift.tier for lift in lifts)))
    return Inherent(value, tier, by_value, _lines(facts, tenths, value), lifts, model.version)


def _tenths(facts: Facts, model: Model) -> dict[str, int]:
    """Ten times what each line adds, before rounding."""
    levels = {factor.key: facts.level(factor.key) for factor in FACTORS}
    weights = model.inherent.weights
    return {HIGHEST: model.inherent.max_weight * max(levels.values())} | {
        key: weights[key] * level for key, level in levels.items()
    }


def _lines(facts: Facts, tenths: dict[str, int], value: int) -> tuple[FactorLine, ...]:
    """Whole points that sum to `value`: floors first, the rest to the largest remainders."""
    points = apportioned(value, tenths, 10)
    top = max(FACTORS, key=lambda factor: facts.level(factor.key))
    lines = [FactorLine(HIGHEST, facts.level(top.key), points[HIGHEST], top.label)]
    for factor in FACTORS:
        level = facts.level(factor.key)
        lines.append(
            FactorLine(
                factor.key, level, points[factor.key], BY_KEY[factor.key].levels[level].label
            )
        )
    return tuple(lines)


def _floors(facts: Facts, model: Model) -> list[Lift]:
    """Every floor that the facts touch, whether or not it changes the tier."""
    floors = model.tier_floors
    tiers = {
        "payment-page-script": floors.payment_page_script,
        "card-data": floors.card_data,
        "special-category": floors.special_category,
    }
    touched = [Lift(key, tiers[key], _LIFTS[key]) for key in FLOORS if key in facts.floors]
    if facts.access >= floors.access.at_level:
        touched.append(Lift(ACCESS_FLOOR, floors.access.tier, _LIFTS[ACCESS_FLOOR]))
    return touched
