"""All checks, in a fixed order, and what they say of one host."""

from dataclasses import dataclass

from vendor_risk.checks.base import CATALOGUE, Check
from vendor_risk.checks.observations import Observations
from vendor_risk.evidence import Outcome

VERSION = "1"  # grows with every change of a rule or a severity: each posture number carries it


@dataclass(frozen=True, slots=True)
class Judged:
    """What one check says of one host."""

    check: str
    control: str
    host: str
    outcome: Outcome

    @property
    def family(self) -> str:
        """tls, dns, mail, web or intel."""
        return self.check.split(".", 1)[0]


def catalogue() -> tuple[Check, ...]:
    """Every declared check, ordered by id."""
    return tuple(CATALOGUE[id] for id in sorted(CATALOGUE))


def judge(observations: Observations) -> tuple[Judged, ...]:
    """What every check says of one look at one host, ordered by check id."""
    return tuple(
        Judged(check.id, check.control, observations.domain, check(observations))
        for check in catalogue()
    )
