"""A report as it is issued: frozen, complete, and the same after a trip through JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pydantic import TypeAdapter

from vendor_risk.checks.facts import Fact
from vendor_risk.checks.observations import Method
from vendor_risk.evidence import HostClass, Severity
from vendor_risk.reports.changes import Change
from vendor_risk.reports.standing import Standing
from vendor_risk.scoring.external import Posture
from vendor_risk.scoring.inherent import Facts, Inherent, inherent
from vendor_risk.scoring.model import Grade, Model, Tier


class Kind(StrEnum):
    """What a report is about."""

    VENDOR = "vendor"  # a vendor of the inventory, with what we buy
    DOMAIN = "domain"  # one host that somebody asked about
    PORTFOLIO = "portfolio"  # all vendors, for the board
    DOSSIER = "dossier"  # all that is kept of a vendor, for an auditor


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the report is about; without a `vendor` it is about the domain alone."""

    domain: str
    vendor: str = ""
    supplier_number: str = ""
    tags: tuple[str, ...] = ()
    sample: bool = False  # no real vendor: every page says so
    in_use: bool = False  # stopping means to replace it

    @property
    def name(self) -> str:
        """The name in the title."""
        return self.vendor or self.domain


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the smallest unit of an ISO currency."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Engagement:
    """One thing we buy, with what it could do to us; `inherent` is None until it is triaged."""

    name: str
    owner: str = ""
    legal_entity: str = ""
    spend: Money | None = None
    facts: Facts | None = None
    inherent: Inherent | None = None
    tier_override: Tier | None = None
    override_reason: str = ""

    @classmethod
    def of(
        cls,
        name: str,
        facts: Facts | None,
        *,
        owner: str = "",
        legal_entity: str = "",
        spend: Money | None = None,
        tier_override: Tier | None = None,
        override_reason: str = "",
        model: Model | None = None,
    ) -> "Engagement":
        """An engagement whose inherent risk is computed from its facts."""
        risk = None if facts is None else inherent(facts, model)
        return cls(name, owner, legal_entity, spend, facts, risk, tier_override, override_reason)

    @property
    def tier(self) -> Tier | None:
        """The tier that holds: a person's word, else that of the facts, else none yet."""
        if self.tier_override is not None:
            return self.tier_override
        return None if self.inherent is None else self.inherent.tier


@dataclass(frozen=True, slots=True)
class Look:
    """When and how one host was looked at."""

    host: str
    host_class: HostClass
    observed_at: datetime
    method: Method
    facts: tuple[Fact, ...] = ()  # what was seen that is neither good nor bad


@dataclass(frozen=True, slots=True)
class CheckText:
    """What a check asks for, as the report tells it."""

    control: str
    family: str
    requirement: str
    rationale: str
    remediation: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One failed check on one host.

    `severity` is the one after place; `points` is what it takes from the posture, None where the
    check already counts on a worse host.
    """

    check: str
    host: str
    severity: Severity
    declared: Severity
    what: str
    value: str
    command: str
    points: int | None
    due: date | None


@dataclass(frozen=True, slots=True)
class Passed:
    """A check that was met, and on how many hosts."""

    check: str
    hosts: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What page 1 asks, in one sentence, and the facts that it rests on."""

    question: str
    reasons: tuple[str, ...]
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """Something to ask the vendor for; without it assurance cannot rise above `cap`."""

    ask: str
    knockout: str
    cap: int | None


@dataclass(frozen=True, slots=True)
class Scale:
    """The numbers by which the posture is read."""

    grades: Mapping[Grade, int]
    points: Mapping[Severity, int]
    family_limit: int
    families: tuple[str, ...]
    families_needed: int


@dataclass(frozen=True, slots=True)
class Area:
    """How one family of checks came out: points taken, and outcomes over all hosts."""

    family: str
    points: int
    met: int
    failed: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Since:
    """What moved since an earlier scan."""

    at: datetime
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a page or a PDF may show; no other number is ever printed."""

    kind: Kind
    number: str
    organisation: str
    language: str
    as_of: datetime
    prepared_by: str
    subject: Subject
    engagements: tuple[Engagement, ...]
    decision: Decision
    assurance: str
    proofs: tuple[Proof, ...]
    posture: Posture
    scale: Scale
    looks: tuple[Look, ...]
    faults: tuple[Fault, ...]
    by_severity: Mapping[Severity, int]
    areas: tuple[Area, ...]
    asked: int
    passed: tuple[Passed, ...]
    not_applicable: int
    since: Since | None
    texts: Mapping[str, CheckText]
    model: str
    model_sha256: str
    product: str
    standing: Standing | None = None  # None in reports of one domain, and of before there was one

    @property
    def leading(self) -> Engagement | None:
        """The engagement with the strictest tier, the highest inherent risk first."""
        triaged = [one for one in self.engagements if one.tier is not None]
        return min(triaged, key=_strictness, default=None)


def _strictness(engagement: Engagement) -> tuple[int, int, str]:
    risk = engagement.inherent
    return (engagement.tier or Tier.T4, -(risk.value if risk else 0), engagement.name)


REPORT: TypeAdapter[Report] = TypeAdapter(Report)


def canonical_json(report: Report) -> bytes:
    """The one spelling of a report that its hash is taken of."""
    content = REPORT.dump_python(report, mode="json")
    if report.standing is None:
        del content["standing"]  # reports that were issued before it keep their hash
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def snapshot_sha256(report: Report) -> str:
    """The hash that a printed report is traced by."""
    return hashlib.sha256(canonical_json(report)).hexdigest()
