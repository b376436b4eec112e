"""One domain, looked at and judged, with no database behind it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vendor_risk.checks.catalogue import Judged, catalogue, judge
from vendor_risk.checks.facts import Fact, facts
from vendor_risk.checks.observations import DnsStatus, Observations, Unreachable
from vendor_risk.evidence import HostClass, Severity, Status
from vendor_risk.scoring.external import Posture, posture

if TYPE_CHECKING:
    from vendor_risk.reports.report import Report


class NoSuchName(ValueError):
    """The domain does not exist in the DNS, so there is nothing to assess."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was seen of one host, what the checks say of it, and the posture that gives."""

    observations: Observations
    judged: tuple[Judged, ...]
    posture: Posture
    facts: tuple[Fact, ...] = ()

    @property
    def found_something(self) -> bool:
        """Whether a check failed with a severity that counts."""
        return any(
            one.outcome.status is Status.FAILED
            and one.outcome.severity is not Severity.INFORMATIONAL
            for one in self.judged
        )

    def to_json(self) -> dict[str, Any]:
        """The object that `assess --json` and `evaluate` answer with."""
        return {
            "domain": self.observations.domain,
            "outcomes": [one.to_json() for one in self.judged],
            "external": self.posture.to_json(),
            "facts": [one.to_json() for one in self.facts],
        }


def evaluate(observations: Observations) -> Assessment:
    """Judge a look, stored or fresh; the asked host counts as one that people log in to."""
    judged = judge(observations)
    score = posture(judged, {observations.domain: HostClass.LOGIN})
    return Assessment(observations, judged, score, facts(observations))


def assess(
    host: str, *, observed_at: dt.datetime, look: Callable[[str, dt.datetime], Observations]
) -> Assessment:
    """Look at a host and judge it; NoSuchName when its zone says that it does not exist."""
    observations = look(host, observed_at)
    missing = no_such_name(observations)
    if missing:
        raise NoSuchName(missing)
    return evaluate(observations)


def no_such_name(observations: Observations) -> str:
    """What to tell of a domain whose zone says that it does not exist; empty for every other."""
    dns = observations.dns
    if (
        isinstance(dns, Unreachable)
        or dns.answer(observations.domain, "A").status is not DnsStatus.NXDOMAIN
    ):
        return ""
    return (
        f"{observations.domain} does not exist in the DNS. Check the spelling, or ask the vendor"
        " for the host name of the service. If no name is found from here, `vendor-risk doctor`"
        " tells whether this machine reaches the DNS outside."
    )


def domain_report(assessment: Assessment, *, organisation: str) -> "Report":
    """The frozen report of one domain, numbered by the minute of the look."""
    from vendor_risk.reports.build import build
    from vendor_risk.reports.report import Look, Subject

    seen = assessment.observations
    return build(
        number=f"{seen.observed_at:%Y%m%d-%H%M}",
        organisation=organisation,
        as_of=seen.observed_at,
        subject=Subject(domain=seen.domain),
        looks=[Look(seen.domain, HostClass.LOGIN, seen.observed_at, seen.method, assessment.facts)],
        judged=assessment.judged,
    )


def texts() -> dict[str, Any]:
    """The declared checks by id, for whoever shows an outcome with its words."""
    return {check.id: check for check in catalogue()}
