"""The numbers of one released version of the risk model, and the words that read them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field

from vendor_risk.evidence import Severity

CURRENT = "1.0.0"


class Tier(IntEnum):
    """How closely a vendor is watched: 1 the most, 4 the least, so `min` finds the strictest."""

    T1 = 1
    T2 = 2
    T3 = 3
    T4 = 4


class Grade(StrEnum):
    """What a number from 0 to 100 is called; the thresholds stand in the model."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    F = "F"


class _Numbers(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InherentNumbers(_Numbers):
    """How much each factor weighs, and the highest of them."""

    max_weight: int
    weights: dict[str, int]


class TierNumbers(_Numbers):
    """From which inherent risk a tier holds, and how often it is looked at."""

    from_: int = Field(alias="from")
    review_interval_months: int
    scan_interval_days: int


class AccessFloor(_Numbers):
    """From which level of access the tier is at least this strict."""

    at_level: int
    tier: Tier


class TierFloors(_Numbers):
    """Facts that lift the tier, whatever the sum says."""

    access: AccessFloor
    payment_page_script: Tier = Field(alias="payment-page-script")
    card_data: Tier = Field(alias="card-data")
    special_category: Tier = Field(alias="special-category")


class PostureNumbers(_Numbers):
    """What a failed check costs, seen from outside."""

    points: dict[Severity, int]
    family_limit: int
    families: tuple[str, ...]
    families_needed: int
    capped_by: tuple[str, ...]


class _File(_Numbers):
    version: str
    inherent: InherentNumbers
    tiers: dict[Tier, TierNumbers]
    not_triaged_scan_interval_days: int
    tier_floors: TierFloors
    grades: dict[Grade, int]
    posture: PostureNumbers
    knockouts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Model:
    """One version of the model; `sha256` is the hash of its file, as every score names it."""

    version: str
    sha256: str
    inherent: InherentNumbers
    tiers: Mapping[Tier, TierNumbers]
    not_triaged_scan_interval_days: int
    tier_floors: TierFloors
    grades: Mapping[Grade, int]
    posture: PostureNumbers
    knockouts: Mapping[str, int]

    def grade(self, score: int) -> Grade:
        """The best grade whose threshold a number from 0 to 100 reaches."""
        return next(grade for grade in Grade if score >= self.grades[grade])

    def tier(self, inherent: int) -> Tier:
        """The tier of an inherent risk, before floors."""
        return next(tier for tier in Tier if inherent >= self.tiers[tier].from_)


@cache
def load(version: str = CURRENT) -> Model:
    """The released model of that version; LookupError when there is none."""
    source = files("vendor_risk.scoring") / "models" / f"{version}.yaml"
    if "/" in version or not source.is_file():
        raise LookupError(f"there is no risk model {version}")
    content = source.read_bytes()
    numbers = _File.model_validate(yaml.safe_load(content))
    return Model(sha256=hashlib.sha256(content).hexdigest(), **dict(numbers))


def review_interval_months(tier: Tier, model: Model | None = None) -> int:
    """After how many months a vendor of this tier is reviewed again."""
    return (model or load()).tiers[tier].review_interval_months


def scan_interval_days(tier: Tier | None, model: Model | None = None) -> int:
    """After how many days a vendor is scanned again; None is a vendor that nobody triaged yet."""
    model = model or load()
    if tier is None:
        return model.not_triaged_scan_interval_days
    return model.tiers[tier].scan_interval_days
