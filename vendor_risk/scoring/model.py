"""The numbers of one released version of the risk model, and the words that read them."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from importlib.resources import files
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vendor_risk.evidence import Severity, Source
from vendor_risk.once import once
from vendor_risk.scoring.scales import FACTORS, FLOORS, TOP

CURRENT = "1.0.0"
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,39}")
# the same in C where the library has it, which takes a tenth of the time
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
WHOLE = 10000  # all shares of the model are whole numbers of this
_MOST = 100  # no risk, grade or posture lies above
_LONGEST = 3660  # ten years: what a claim says of an older day is history
_Level = Annotated[int, Field(ge=0, le=TOP)]


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


class Band(StrEnum):
    """What a residual risk is called, from the best to the worst."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class ModelRefused(ValueError):
    """A model file that breaks a rule of the model; the message says which and how to mend it."""


class _Numbers(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InherentNumbers(_Numbers):
    """How much each factor weighs, and the highest of them."""

    max_weight: int = Field(ge=0)
    weights: dict[str, Annotated[int, Field(ge=0)]]


class TierNumbers(_Numbers):
    """From which inherent risk a tier holds, and how often it is looked at."""

    from_: int = Field(alias="from", le=_MOST)
    review_interval_months: int
    scan_interval_days: int


class AccessFloor(_Numbers):
    """From which level of access the tier is at least this strict."""

    at_level: int = Field(ge=0, le=TOP)
    tier: Tier


class TierFloors(_Numbers):
    """Facts that lift the tier, whatever the sum says."""

    access: AccessFloor
    payment_page_script: Tier = Field(alias="payment-page-script")
    card_data: Tier = Field(alias="card-data")
    special_category: Tier = Field(alias="special-category")


class PostureNumbers(_Numbers):
    """What a failed check costs, seen from outside."""

    points: dict[Severity, Annotated[int, Field(ge=0, le=_MOST)]]
    family_limit: int = Field(ge=0, le=_MOST)
    families: tuple[str, ...]
    families_needed: int = Field(ge=1)
    capped_by: tuple[str, ...]


class ScopeNumbers(_Numbers):
    """The facts that bring a control into scope; any one of them is enough.

    The factors hold the level from which they do, and `floors` names facts that lift the tier.
    """

    data_sensitivity: _Level | None = None
    data_volume: _Level | None = None
    access: _Level | None = None
    criticality: _Level | None = None
    payment: _Level | None = None
    floors: tuple[str, ...] = ()


class ControlNumbers(_Numbers):
    """What a control weighs of 10000, and when it counts; None is always."""

    weight: int = Field(gt=0)
    when: ScopeNumbers | None = None


class CreditNumbers(_Numbers):
    """How much of a claimed level counts, by its source; `contradicted` replaces `self`."""

    self_: int = Field(alias="self", ge=0, le=WHOLE)
    reviewed: int = Field(ge=0, le=WHOLE)
    audited: int = Field(ge=0, le=WHOLE)
    observed: int = Field(ge=0, le=WHOLE)
    contradicted: int = Field(ge=0, le=WHOLE)

    def of(self, source: Source, *, contradicted: bool) -> int:
        """The share of a level that a source gives, in 1/10000."""
        if source is Source.SELF:
            return self.contradicted if contradicted else self.self_
        if source is Source.REVIEWED:
            return self.reviewed
        return self.audited if source is Source.AUDITED else self.observed


class ValidityNumbers(_Numbers):
    """For how many days a claim counts in full where it does not say itself."""

    stated: int = Field(gt=0, le=_LONGEST)
    observed: int = Field(gt=0, le=_LONGEST)


class DecayNumbers(_Numbers):
    """What is left of a claim past its validity: `floor` and a table in eighths of a half life."""

    floor: int = Field(ge=0, le=WHOLE)
    half_life_days: int = Field(gt=0)
    observed_half_life_days: int = Field(gt=0)
    table: tuple[int, ...]

    def of(self, source: Source, days_past: int) -> int:
        """What is left of a claim so many days past its validity, in 1/10000."""
        if days_past <= 0:
            return WHOLE
        half = self.observed_half_life_days if source is Source.OBSERVED else self.half_life_days
        step = 8 * days_past // half
        return self.floor + (self.table[step] if step < len(self.table) else 0)


class ProofNumbers(_Numbers):
    """The checks that prove a control where they all pass, and the level they prove."""

    level: Literal[0, 50, 100]
    checks: tuple[str, ...] = Field(min_length=1)


class _File(_Numbers):
    version: str
    inherent: InherentNumbers
    tiers: dict[Tier, TierNumbers]
    not_triaged_scan_interval_days: int
    tier_floors: TierFloors
    grades: dict[Grade, Annotated[int, Field(le=_MOST)]]
    posture: PostureNumbers
    knockouts: dict[str, int]
    controls: dict[str, ControlNumbers]
    credit: CreditNumbers
    validity: ValidityNumbers
    decay: DecayNumbers
    caps: dict[Severity, int]
    coverage_needed: int
    unverified_below: int
    control_share: int
    knockout_residual: int
    bands: dict[Band, Annotated[int, Field(le=WHOLE)]]
    shown_margin: int
    proofs: dict[str, ProofNumbers]


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
    controls: Mapping[str, ControlNumbers]
    credit: CreditNumbers
    validity: ValidityNumbers
    decay: DecayNumbers
    caps: Mapping[Severity, int]
    coverage_needed: int
    unverified_below: int
    control_share: int
    knockout_residual: int
    bands: Mapping[Band, int]
    shown_margin: int
    proofs: Mapping[str, ProofNumbers]

    def grade(self, score: int) -> Grade:
        """The best grade whose threshold a number from 0 to 100 reaches."""
        return next(grade for grade in Grade if score >= self.grades[grade])

    def tier(self, inherent: int) -> Tier:
        """The tier of an inherent risk, before floors."""
        return next(tier for tier in Tier if inherent >= self.tiers[tier].from_)

    def band(self, residual: int) -> Band:
        """The band of a residual risk in 1/100 of a point."""
        return next(band for band in reversed(Band) if residual >= self.bands[band])

    def cap(self, severity: Severity) -> int:
        """The most that a control counts while a finding of this severity is open, in 1/10000."""
        return self.caps.get(severity, WHOLE)


@once
def load(version: str = CURRENT) -> Model:
    """The released model of that version; LookupError when there is none."""
    source = files("vendor_risk.scoring") / "models" / f"{version}.yaml"
    if "/" in version or not source.is_file():
        raise LookupError(f"there is no risk model {version}")
    return read(source.read_bytes())


@once
def shipped() -> Mapping[str, bytes]:
    """The files of all released models by their version."""
    folder = files("vendor_risk.scoring") / "models"
    found = [one for one in folder.iterdir() if one.name.endswith(".yaml")]
    return {
        one.name.removesuffix(".yaml"): one.read_bytes()
        for one in sorted(found, key=lambda each: each.name)
    }


def read(content: bytes) -> Model:
    """The model of a file's bytes; ModelRefused where it is none or breaks a rule."""
    try:
        told = yaml.load(content, Loader=_Loader)  # noqa: S506  (a safe one)
    except yaml.YAMLError as error:
        raise ModelRefused(f"The file is no YAML: {' '.join(str(error).split())}") from error
    except (RecursionError, ValueError) as error:  # a nest without end, a date that is none
        raise ModelRefused("The file is no YAML that can be read.") from error
    if not isinstance(told, dict):
        raise ModelRefused(
            "The file holds no model: it begins with `version:`, as 1.0.0.yaml does."
        )
    try:
        numbers = _File.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ModelRefused(f"{place}: {first['msg']}.") from error
    model = Model(sha256=hashlib.sha256(content).hexdigest(), **dict(numbers))
    for wrong in _broken(model):
        raise ModelRefused(wrong)
    return model


def review_interval_months(tier: Tier, model: Model | None = None) -> int:
    """After how many months a vendor of this tier is reviewed again."""
    return (model or load()).tiers[tier].review_interval_months


def scan_interval_days(tier: Tier | None, model: Model | None = None) -> int:
    """After how many days a vendor is scanned again; None is a vendor that nobody triaged yet."""
    model = model or load()
    if tier is None:
        return model.not_triaged_scan_interval_days
    return model.tiers[tier].scan_interval_days


def _broken(model: Model) -> Iterator[str]:
    """Each rule that a model breaks, in words; the properties of every score rest on these."""
    if not _VERSION.fullmatch(model.version):
        yield "version is 1 to 40 letters, digits, dots and dashes, such as 1.1.0 or 1.0.0-ours."
    total = sum(control.weight for control in model.controls.values())
    if total != WHOLE:
        yield f"The weights of the controls sum to {total}; they must sum to {WHOLE}."
    keys = {factor.key for factor in FACTORS}
    if model.inherent.weights.keys() != keys:
        yield f"inherent.weights must name {', '.join(sorted(keys))}, and nothing else."
    if TOP * (model.inherent.max_weight + sum(model.inherent.weights.values())) != 10 * 100:
        yield "inherent.max_weight and the five weights must sum to 250, so that 100 is the most."
    for name, control in model.controls.items():
        if control.when and (foreign := set(control.when.floors) - FLOORS.keys()):
            known = ", ".join(FLOORS)
            yield f"controls.{name}.when.floors: {min(foreign)} is no fact; known: {known}."
        if control.when == ScopeNumbers():
            yield f"controls.{name}.when names no fact, so it would never count: leave `when` out."
    if all(control.when for control in model.controls.values()):
        yield "controls: one at least counts whatever is bought, or some would have no score."
    if foreign := model.proofs.keys() - model.controls.keys():
        yield f"proofs: {min(foreign)} is no control of this model."
    yield from _out_of_order(model)


def _out_of_order(model: Model) -> Iterator[str]:
    """Each list of the model that must rise or fall and does not."""
    credit = model.credit
    steps = (credit.contradicted, credit.self_, credit.reviewed, credit.audited, WHOLE)
    if list(steps) != sorted(steps) or credit.observed < credit.reviewed:
        yield "credit must not fall from contradicted over self and reviewed to audited."
    if credit.self_ >= model.grades.get(Grade.B, 0) * 100:
        yield "credit.self must stay below grade B: nobody talks themselves above C."
    table = model.decay.table
    if list(table) != sorted(table, reverse=True) or (table and table[-1] < 0):
        yield "decay.table must fall and stay above 0: time alone never raises a score."
    if table and model.decay.floor + table[0] > WHOLE:
        yield f"decay: the floor and the first entry of the table are more than {WHOLE}."
    order = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)
    caps = [model.cap(severity) for severity in order]
    if model.caps.keys() != set(order):
        yield "caps names critical, high, medium and low, and nothing else."
    if caps != sorted(caps) or not 0 <= caps[0] <= caps[-1] <= WHOLE:
        yield f"caps must rise from critical to low, between 0 and {WHOLE}."
    for name, ladder in (
        ("grades", [model.grades.get(grade, -1) for grade in reversed(Grade)]),
        ("bands", [model.bands.get(band, -1) for band in Band]),
        (
            "tiers",
            [model.tiers[tier].from_ if tier in model.tiers else -1 for tier in reversed(Tier)],
        ),
    ):
        if ladder[0] != 0 or ladder != sorted(ladder):
            yield f"{name} must begin at 0 and rise, and name every step."
    if any(not 0 <= cap < model.grades[Grade.B] for cap in model.knockouts.values()):
        yield "knockouts: a cap lies below grade B, so that no A or B stands with one in force."
    if not model.bands[Band.HIGH] <= model.knockout_residual <= WHOLE:
        yield f"knockout_residual lies between where the band high begins and {WHOLE}."
    if not 0 <= model.control_share <= WHOLE:
        yield f"control_share is a share between 0 and {WHOLE}."
