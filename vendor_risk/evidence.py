"""The narrow waist: what sources of evidence say, and all that scoring and reports read."""

import datetime
from dataclasses import dataclass
from enum import StrEnum


def N_(text: str) -> str:  # noqa: N802  (gettext's own name for a marker)
    """Mark a text for translation where it is shown; returns it unchanged."""
    return text


class Severity(StrEnum):
    """How badly something is wrong; the order of the members is the order of weight."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFORMATIONAL = "informational"

    @property
    def rank(self) -> int:
        """0 for informational up to 4 for critical, for sorting and comparing."""
        return _RANKS[self]

    @classmethod
    def of_rank(cls, rank: int) -> "Severity":
        """The severity of a rank from 0 to 4."""
        return _BY_RANK[rank]

    @property
    def one_lower(self) -> "Severity":
        """The next milder severity; informational stays."""
        return _BY_RANK[max(0, self.rank - 1)]


_BY_RANK = tuple(reversed(Severity))
_RANKS = {severity: rank for rank, severity in enumerate(_BY_RANK)}


class Status(StrEnum):
    """The four answers a check can give."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The value seen and a command line (dig, openssl, curl) that repeats the look."""

    value: str
    command: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer of a check.

    `severity` is set for failed outcomes (and `informational` for a passed one that only informs);
    `reason` says why an outcome is unknown, not applicable or failed, in one plain sentence.
    """

    status: Status
    severity: Severity | None = None
    evidence: Evidence | None = None
    reason: str = ""


def passed(evidence: Evidence, reason: str = "", *, severity: Severity | None = None) -> Outcome:
    """The good state was seen."""
    return Outcome(Status.PASSED, severity, evidence, reason)


def failed(evidence: Evidence, reason: str, *, severity: Severity | None = None) -> Outcome:
    """The good state was looked for and is absent.

    Without `severity` the one that the check declares holds; a milder one may be given.
    """
    return Outcome(Status.FAILED, severity, evidence, reason)


def not_applicable(reason: str, evidence: Evidence | None = None) -> Outcome:
    """The requirement has no object here, such as a mail rule on a domain without mail."""
    return Outcome(Status.NOT_APPLICABLE, None, evidence, reason)


def unknown(reason: str, evidence: Evidence | None = None) -> Outcome:
    """Nobody could tell: neither a pass nor a fault, and no score moves by it."""
    return Outcome(Status.UNKNOWN, None, evidence, reason)


class Source(StrEnum):
    """Who says that a control is at a level, from the weakest to the strongest."""

    SELF = "self"
    REVIEWED = "reviewed"
    AUDITED = "audited"
    OBSERVED = "observed"


@dataclass(frozen=True, slots=True)
class Claim:
    """This control is at this level (0, 50 or 100), says this source, at this date."""

    control: str
    level: int
    source: Source
    date: datetime.date
    valid_until: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """This is wrong with this control, this badly; `id` is stable over re-scans."""

    id: str
    control: str
    severity: Severity


class HostClass(StrEnum):
    """What a host of a vendor is for; a fault weighs as declared on all but `other` and `main`."""

    MAIN = "main"
    LOGIN = "log-in"
    PAYMENT = "payment"
    MAIL = "mail"
    SERVICE = "service"
    OTHER = "other"

    @property
    def carries_what_we_buy(self) -> bool:
        """Whether a fault there counts as declared, rather than one level lower."""
        return self in (HostClass.LOGIN, HostClass.PAYMENT, HostClass.MAIL, HostClass.SERVICE)
