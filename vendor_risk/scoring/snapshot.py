"""What a score is computed from: one engagement's facts and evidence on one day."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from vendor_risk.evidence import Claim, Finding
from vendor_risk.scoring.inherent import Facts
from vendor_risk.scoring.model import Model, Tier

CONTRADICTED = "contradicted"


class SnapshotRefused(ValueError):
    """A snapshot that no score can be computed from; the message says what and how to mend it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The evidence that holds on `as_of`; a replaced or withdrawn claim is not in it.

    `observed` are the controls whose checks ran, `knockouts` the ids in force, `out_of_scope` and
    `not_applicable` controls that leave the sum (by facts, and by an analyst's decision).
    """

    as_of: datetime.date
    facts: Facts
    tier: Tier | None = None
    observed: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    findings: tuple[Finding, ...] = ()
    knockouts: tuple[str, ...] = ()
    out_of_scope: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()
    credibility: Literal["ok", "contradicted"] = "ok"

    def to_json(self) -> dict[str, Any]:
        """The JSON that `score` reads, in the words of DESIGN's command line."""
        told: dict[str, Any] = SNAPSHOT.dump_python(self, mode="json", exclude_none=True)
        return told


SNAPSHOT: TypeAdapter[Snapshot] = TypeAdapter(Snapshot)


def parse(text: str | bytes) -> Snapshot:
    """The snapshot of a JSON object; SnapshotRefused where it is none."""
    try:
        return SNAPSHOT.validate_json(text, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the object"
        raise SnapshotRefused(f"{where}: {first['msg']}") from error


def refuse_wrong(snapshot: Snapshot, model: Model) -> None:
    """Raise SnapshotRefused for what contradicts the model or itself."""
    for name, ids in (
        ("observed", snapshot.observed),
        ("claims", [claim.control for claim in snapshot.claims]),
        ("findings", [finding.control for finding in snapshot.findings]),
        ("out_of_scope", snapshot.out_of_scope),
        ("not_applicable", snapshot.not_applicable),
    ):
        _refuse_unknown(name, ids, model.controls.keys(), "control")
    _refuse_unknown("knockouts", snapshot.knockouts, model.knockouts.keys(), "knock-out")
    for claim in snapshot.claims:
        if claim.date > snapshot.as_of:
            raise SnapshotRefused(
                f"claims: one of {claim.control} is dated {claim.date}, after {snapshot.as_of}, the"
                " day of this score"
            )
        if claim.level not in (0, 50, 100):
            raise SnapshotRefused(
                f"claims: one of {claim.control} has level {claim.level}; it is 0, 50 or 100"
            )
    seen: set[str] = set()
    for finding in snapshot.findings:
        if finding.id in seen:
            raise SnapshotRefused(f"findings: {finding.id} stands twice; ids are unique")
        seen.add(finding.id)


def _refuse_unknown(name: str, ids: Iterable[str], known: Iterable[str], what: str) -> None:
    if foreign := sorted(set(ids) - set(known)):
        raise SnapshotRefused(
            f"{name}: {foreign[0]} is no {what} of this model; known: {', '.join(sorted(known))}"
        )
