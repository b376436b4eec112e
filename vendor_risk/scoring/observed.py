"""What a scan proves and what it finds: outcomes of checks in, claims and findings out."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from vendor_risk.checks.catalogue import Judged
from vendor_risk.evidence import Claim, HostClass, Severity, Source, Status
from vendor_risk.scoring.external import is_bad_certificate, is_plain_form, placed
from vendor_risk.scoring.model import Model, Tier, load, scan_interval_days


@dataclass(frozen=True, slots=True)
class Fact:
    """A failed check on one host, with the severity that its place gives it."""

    check: str
    control: str
    host: str
    host_class: HostClass
    severity: Severity
    bad_certificate: bool
    plain_form: bool


@dataclass(frozen=True, slots=True)
class Proven:
    """What one scan of all hosts says: controls whose checks ran, claims, and faults by host."""

    observed: tuple[str, ...]
    claims: tuple[Claim, ...]
    faults: tuple[Fact, ...]


def proven(
    judged: Sequence[Judged],
    classes: Mapping[str, HostClass],
    *,
    on: datetime.date,
    tier: Tier | None,
    model: Model | None = None,
    unseen: Collection[str] = (),
) -> Proven:
    """What the outcomes of a scan prove, and the faults they show.

    `unseen` are hosts that could not be looked at: with one of them nothing is proven of all hosts.
    A check that could not run is neither. Informational faults cap nothing and are left out.
    """
    model = model or load()
    ran = (Status.PASSED, Status.FAILED)
    return Proven(
        observed=tuple(sorted({one.control for one in judged if one.outcome.status in ran})),
        claims=() if unseen else _claims(judged, on, tier, model),
        faults=faults_of(judged, classes),
    )


def valid_until(on: datetime.date, tier: Tier | None, model: Model) -> datetime.date:
    """Until when a scan's claims count in full: the model's days or 1.5 x the scan interval."""
    days = max(model.validity.observed, -(-3 * scan_interval_days(tier, model) // 2))
    return on + datetime.timedelta(days=days)


def _claims(
    judged: Sequence[Judged], on: datetime.date, tier: Tier | None, model: Model
) -> tuple[Claim, ...]:
    until = valid_until(on, tier, model)
    by_check: dict[str, set[Status]] = {}
    for one in judged:
        by_check.setdefault(one.check, set()).add(one.outcome.status)
    claims = []
    for control, proof in sorted(model.proofs.items()):
        seen = [by_check.get(check, set()) for check in proof.checks]
        good = all(states and states <= _NO_FAULT for states in seen)
        if good and any(Status.PASSED in states for states in seen):
            claims.append(Claim(control, proof.level, Source.OBSERVED, on, until))
    return tuple(claims)


_NO_FAULT = frozenset({Status.PASSED, Status.NOT_APPLICABLE})


def faults_of(judged: Sequence[Judged], classes: Mapping[str, HostClass]) -> tuple[Fact, ...]:
    """The faults that outcomes show on hosts of these classes; what only informs is none."""
    faults = []
    for one in sorted(judged, key=lambda each: (each.check, each.host)):
        if one.outcome.status is not Status.FAILED:
            continue
        severity = placed(one, classes)
        if severity is Severity.INFORMATIONAL:
            continue
        faults.append(
            Fact(
                check=one.check,
                control=one.control,
                host=one.host,
                host_class=classes.get(one.host, HostClass.OTHER),
                severity=severity,
                bad_certificate=severity is Severity.CRITICAL and is_bad_certificate(one),
                plain_form=is_plain_form(one),
            )
        )
    return tuple(faults)
