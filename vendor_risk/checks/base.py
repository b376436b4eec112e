"""How a check is declared, and how it meets an observation."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from vendor_risk.checks.exhibit import not_seen, of_part
from vendor_risk.checks.observations import Observations, Unreachable
from vendor_risk.evidence import Outcome, Severity, Status, unknown

PARTS = ("dns", "tls", "http", "mail", "intel", "observations")

Question = tuple[str, str]  # a name and a type of DNS record


@dataclass(frozen=True, slots=True)
class Request:
    """A page to ask for, as a visitor or, with an `origin`, as a script of another site would."""

    url: str
    origin: str | None = None
    follow: bool = True  # where its redirects lead


Asks = Callable[..., Iterable[Question]]
Gets = Callable[..., Iterable[Request]]


class Tier(StrEnum):
    """What a look does for a check."""

    PASSIVE = "P"  # what an ordinary visitor, resolver or mail server does
    HANDSHAKES = "H"  # several handshakes more, only where the vendor was told
    FEEDS = "X"  # nothing at the vendor: it reads a data set or a third service


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
    asks: Asks | None = None
    gets: Gets | None = None
    tier: Tier = Tier.PASSIVE
    judges_reachability: bool = False

    @property
    def family(self) -> str:
        """The part of the surface it looks at: tls, dns, mail, web or intel."""
        return self.id.split(".", 1)[0]

    @property
    def reads(self) -> tuple[str, ...]:
        """The parts of an observation that it judges."""
        return parts_read(self.judge)

    def __call__(self, observations: Observations) -> Outcome:
        """Judge what was observed; unless it judges reachability, it sees no failed look."""
        parts = parts_of(self.judge, observations)
        for name, part in parts.items():
            if isinstance(part, Unreachable) and not self.judges_reachability:
                return unknown(
                    not_seen(part.reason, "answer of the DNS" if name == "dns" else "host"),
                    of_part(name, part.reason, observations.domain),
                )
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
    asks: Asks | None = None,
    gets: Gets | None = None,
    tier: Tier = Tier.PASSIVE,
    judges_reachability: bool = False,
) -> Callable[[Callable[..., Outcome]], Check]:
    """Turn a function of observed parts into a check.

    The function's parameters are named after the parts that it reads (`dns`, `tls`, `http`,
    `mail`, `intel`, or `observations` for the time and the host). `asks` and `gets` are functions
    of parts too: from what was seen so far they name the DNS questions and the pages that this
    check needs beyond the handshake and the front pages over http and https. A look calls them
    again with every round of answers until nothing is left to ask. An id that is taken raises
    ValueError at import.
    """

    def declare(judge: Callable[..., Outcome]) -> Check:
        if id in CATALOGUE:
            raise ValueError(f"check {id} is declared twice")
        for function in (judge, asks, gets):
            for name in parts_read(function) if function else ():
                if name not in PARTS:
                    raise ValueError(
                        f"check {id} reads {name!r}, which is no part of an observation"
                    )
        declared = Check(
            id,
            control,
            severity,
            requirement,
            rationale,
            remediation,
            references,
            judge,
            asks,
            gets,
            tier,
            judges_reachability,
        )
        CATALOGUE[id] = declared
        return declared

    return declare


@lru_cache(maxsize=1024)
def parts_read(function: Callable[..., Any]) -> tuple[str, ...]:
    """The parts of an observation that a function takes: the names of its parameters."""
    return tuple(inspect.signature(function).parameters)


def parts_of(function: Callable[..., Any], observations: Observations) -> dict[str, Any]:
    """What a function of parts is called with; a part that was not seen is an Unreachable."""
    return {
        name: observations if name == "observations" else getattr(observations, name)
        for name in parts_read(function)
    }
