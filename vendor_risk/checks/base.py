"""How a check is declared, and how it meets an observation."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from vendor_risk.checks.exhibit import of_part, shown
from vendor_risk.checks.observations import Observations, Unreachable
from vendor_risk.evidence import Outcome, Severity, Status, unknown

PARTS = ("dns", "tls", "http", "mail", "observations")


@dataclass(frozen=True, slots=True)
class Check:
    """A requirement, why it matters, how to meet it, and how to tell."""

    id: str
    control: str
    severity: Severity
    requirement: str
    rationale: str
    remediation: str
    references: tuple[str, ...]
    judge: Callable[..., Outcome]
    reads: tuple[str, ...]
    judges_reachability: bool = False

    @property
    def family(self) -> str:
        """The part of the surface it looks at: tls, dns, mail, web or intel."""
        return self.id.split(".", 1)[0]

    def __call__(self, observations: Observations) -> Outcome:
        """Judge what was observed; unless it judges reachability, it sees no failed look."""
        parts: dict[str, Any] = {}
        for name in self.reads:
            part = observations if name == "observations" else getattr(observations, name)
            if isinstance(part, Unreachable) and not self.judges_reachability:
                return unknown(shown(part.reason), of_part(name, part.reason, observations.domain))
            parts[name] = part
        outcome = self.judge(**parts)
        if outcome.status is Status.FAILED and outcome.severity is None:
            return replace(outcome, severity=self.severity)
        return outcome


CATALOGUE: dict[str, Check] = {}


def check(
    *,
    id: str,
    control: str,
    severity: Severity,
    requirement: str,
    rationale: str,
    remediation: str,
    references: tuple[str, ...],
    judges_reachability: bool = False,
) -> Callable[[Callable[..., Outcome]], Check]:
    """Turn a function of observed parts into a check.

    The function's parameters are named after the parts that it reads (`dns`, `tls`, `http`,
    `mail`, or `observations` for the time and the host). An id that is taken raises ValueError
    at import.
    """

    def declare(judge: Callable[..., Outcome]) -> Check:
        if id in CATALOGUE:
            raise ValueError(f"check {id} is declared twice")
        reads = tuple(inspect.signature(judge).parameters)
        for name in reads:
            if name not in PARTS:
                raise ValueError(f"check {id} reads {name!r}, which is no part of an observation")
        declared = Check(
            id,
            control,
            severity,
            requirement,
            rationale,
            remediation,
            references,
            judge,
            reads,
            judges_reachability,
        )
        CATALOGUE[id] = declared
        return declared

    return declare
