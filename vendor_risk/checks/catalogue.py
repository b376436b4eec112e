"""All checks, in a fixed order, and what they say of one host."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from vendor_risk.checks.base import CATALOGUE, Check, Tier
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

    def to_json(self) -> dict[str, Any]:
        """One entry of the `outcomes` that the command line prints.

        `severity` is null unless the outcome failed or only informs; `evidence` is null where
        nothing was seen.
        """
        evidence = self.outcome.evidence
        return {
            "check": self.check,
            "control": self.control,
            "outcome": self.outcome.status.value,
            "severity": self.outcome.severity.value if self.outcome.severity else None,
            "evidence": {"value": evidence.value, "command": evidence.command}
            if evidence
            else None,
            "reason": self.outcome.reason,
        }


def catalogue() -> tuple[Check, ...]:
    """Every declared check, ordered by id."""
    return tuple(CATALOGUE[id] for id in sorted(CATALOGUE))


def judge(observations: Observations) -> tuple[Judged, ...]:
    """What every check says of one look at one host, ordered by check id."""
    return tuple(
        Judged(check.id, check.control, observations.domain, check(observations))
        for check in catalogue()
    )


def evaluate_json(observations: Observations) -> dict[str, Any]:
    """What every check says of one look, in the words of the command line's JSON."""
    return {
        "domain": observations.domain,
        "outcomes": [judged.to_json() for judged in judge(observations)],
    }


_FAMILIES = {
    "dns": "The name",
    "intel": "Intelligence",
    "mail": "Mail",
    "tls": "The encrypted connection",
    "web": "The pages",
}


def markdown() -> str:
    """The catalogue as a document; docs/checks.md is this text."""
    lines = [
        "# The external checks",
        "",
        "This page is printed by `vendor-risk checks --markdown`; edit the checks, not the page.",
        f"Version of the catalogue: {VERSION}.",
        "",
        "A check answers *passed*, *failed* with a severity, *not applicable*, or *unknown* with"
        " the reason. A look",
        "that itself went wrong makes its checks unknown: that is neither a pass nor a fault, and"
        " no score moves by it.",
        "The severity stands for the worst case; a milder fault of the same kind counts one level"
        " lower.",
        "",
    ]
    for family, members in groupby(catalogue(), key=lambda each: each.family):
        lines += [f"## {_FAMILIES.get(family, family)}", ""]
        for each in members:
            lines += _section(each)
    return "\n".join(lines).rstrip("\n") + "\n"


_ASKED = {Tier.HANDSHAKES: " Needs extra handshakes, made only where the vendor was told."}


def _section(each: Check) -> list[str]:
    reads = ", ".join(part for part in each.reads if part != "observations")
    return [
        f"### `{each.id}`",
        "",
        f"**{each.requirement}.** Severity {each.severity.value}, control {each.control}, reads"
        f" {reads}.{_ASKED.get(each.tier, '')}",
        "",
        each.rationale,
        "",
        each.remediation,
        "",
        *(f"- <{reference}>" for reference in each.references),
        "",
    ]
