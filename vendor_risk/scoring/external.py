"""External posture: one number for what anyone can see of a vendor from outside."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vendor_risk.checks.catalogue import VERSION, Judged
from vendor_risk.checks.chain import Trust, trust_of
from vendor_risk.checks.web_forms import sent_openly
from vendor_risk.evidence import HostClass, Severity, Status
from vendor_risk.scoring.model import Grade, Model, load

NOT_RATED = "not rated"

_DOORS = frozenset({HostClass.LOGIN, HostClass.PAYMENT})
_CERTIFICATE = frozenset({"tls.cert.expiry", "tls.cert.hostname"})
_UNTRUSTED = frozenset({Trust.SELF_SIGNED, Trust.EXPIRED_ISSUER})


@dataclass(frozen=True, slots=True)
class PostureLine:
    """What one failed check takes, on its worst host; a full family takes nothing more."""

    check: str
    host: str
    severity: Severity
    points: int


@dataclass(frozen=True, slots=True)
class KnockOut:
    """A fact so bad that the number may not stand above `cap`; `check` and `host` show it."""

    id: str
    cap: int
    check: str
    host: str


@dataclass(frozen=True, slots=True)
class Unseen:
    """A check that nobody could judge on a host, and why."""

    check: str
    host: str
    reason: str


@dataclass(frozen=True, slots=True)
class Posture:
    """The number with everything it is made of.

    100 minus the points of `lines` minus `cap_points` is the score. `score` and `grade` are None
    when too little could be seen. `capped_by` names the knock-out only where it lowers the score;
    `knockouts` lists all that are in force, the lowest cap first.
    """

    score: int | None
    grade: Grade | None
    seen: tuple[str, ...]
    catalogue: str
    lines: tuple[PostureLine, ...]
    capped_by: str | None
    cap_points: int
    knockouts: tuple[KnockOut, ...]
    unknown: tuple[Unseen, ...]
    model: str

    @property
    def taken(self) -> int:
        """The points of all lines together."""
        return sum(line.points for line in self.lines)

    def to_json(self) -> dict[str, Any]:
        """The four facts that programs read."""
        return {
            "score": self.score,
            "grade": self.grade or NOT_RATED,
            "seen": list(self.seen),
            "catalogue": self.catalogue,
        }


def placed(judged: Judged, classes: Mapping[str, HostClass]) -> Severity:
    """The severity of a failed check on its host: one lower where the host is not what we buy.

    A host without a class is one we buy nothing through. A failed outcome that carries no
    severity raises ValueError.
    """
    severity = judged.outcome.severity
    if judged.outcome.status is not Status.FAILED or severity is None:
        raise ValueError(f"{judged.check} on {judged.host} is no fault with a severity")
    if classes.get(judged.host, HostClass.OTHER).carries_what_we_buy:
        return severity
    return severity.one_lower


def posture(
    judged: Sequence[Judged],
    classes: Mapping[str, HostClass],
    model: Model | None = None,
    *,
    knockouts: Collection[str] = (),
) -> Posture:
    """The external posture of a vendor from what the checks say of all its hosts.

    `knockouts` are ids known to the caller and not to a check, such as KO-06, which needs the
    date by which a vulnerability had to be mended.
    """
    model = model or load()
    faults = [one for one in judged if one.outcome.status is Status.FAILED]
    worst = _worst_hosts(faults, classes)
    lines = _lines(worst, model)
    seen = _seen(judged, model)
    in_force = _in_force(faults, classes, model, knockouts)
    before = 100 - sum(line.points for line in lines)
    rated = len(seen) >= model.posture.families_needed
    score = min([before, *(one.cap for one in in_force)])
    capped = rated and score < before
    return Posture(
        score=score if rated else None,
        grade=model.grade(score) if rated else None,
        seen=seen,
        catalogue=VERSION,
        lines=lines,
        capped_by=in_force[0].id if capped else None,
        cap_points=before - score if capped else 0,
        knockouts=in_force,
        unknown=_unknown(judged),
        model=model.version,
    )


def _worst_hosts(
    faults: Iterable[Judged], classes: Mapping[str, HostClass]
) -> list[tuple[Severity, str, str]]:
    """Each failed check once with its worst host, the most severe first."""
    worst: dict[str, tuple[int, str]] = {}
    severities: dict[int, Severity] = {}
    for fault in faults:
        severity = placed(fault, classes)
        severities[severity.rank] = severity
        candidate = (-severity.rank, fault.host)
        worst[fault.check] = min(worst.get(fault.check, candidate), candidate)
    order = sorted((rank, check, host) for check, (rank, host) in worst.items())
    return [(severities[-rank], check, host) for rank, check, host in order]


def _lines(worst: Iterable[tuple[Severity, str, str]], model: Model) -> tuple[PostureLine, ...]:
    numbers = model.posture
    left_in_all = 100
    left: dict[str, int] = {}
    lines = []
    for severity, check, host in worst:
        family = check.split(".", 1)[0]
        room = min(left.get(family, numbers.family_limit), left_in_all)
        points = min(numbers.points[severity], room)
        left[family] = left.get(family, numbers.family_limit) - points
        left_in_all -= points
        lines.append(PostureLine(check, host, severity, points))
    return tuple(lines)


def _seen(judged: Iterable[Judged], model: Model) -> tuple[str, ...]:
    answered = {
        one.family for one in judged if one.outcome.status in (Status.PASSED, Status.FAILED)
    }
    return tuple(family for family in model.posture.families if family in answered)


def _in_force(
    faults: Iterable[Judged],
    classes: Mapping[str, HostClass],
    model: Model,
    known: Collection[str],
) -> tuple[KnockOut, ...]:
    """The knock-outs that cap the posture, the lowest cap first, each with its first fact."""
    found = {id: KnockOut(id, model.knockouts[id], "", "") for id in known}
    for fault in sorted(faults, key=lambda one: (one.check, one.host)):
        for id in _knocked_out(fault, classes):
            found.setdefault(id, KnockOut(id, model.knockouts[id], fault.check, fault.host))
    allowed = model.posture.capped_by
    return tuple(
        sorted(
            (one for id, one in found.items() if id in allowed), key=lambda one: (one.cap, one.id)
        )
    )


def _knocked_out(fault: Judged, classes: Mapping[str, HostClass]) -> Iterable[str]:
    critical = placed(fault, classes) is Severity.CRITICAL
    if critical:
        yield "KO-10"
    at_door = classes.get(fault.host, HostClass.OTHER) in _DOORS
    if at_door and ((critical and is_bad_certificate(fault)) or is_plain_form(fault)):
        yield "KO-01"


def is_bad_certificate(fault: Judged) -> bool:
    """Whether a critical fault is an expired, self-signed or wrong-name certificate.

    One that merely runs out soon is a milder fault of the same check. An intermediate that is
    missing, or an authority that browsers do not know, is none of the three.
    """
    if fault.check == "tls.cert.trust":
        evidence = fault.outcome.evidence
        return evidence is not None and trust_of(evidence.value) in _UNTRUSTED
    return fault.check in _CERTIFICATE


def is_plain_form(fault: Judged) -> bool:
    """Whether a fault is a form that sends card numbers or passwords without encryption."""
    evidence = fault.outcome.evidence
    return fault.check == "web.form.target" and evidence is not None and sent_openly(evidence.value)


def _unknown(judged: Iterable[Judged]) -> tuple[Unseen, ...]:
    return tuple(
        Unseen(one.check, one.host, one.outcome.reason)
        for one in sorted(judged, key=lambda one: (one.check, one.host))
        if one.outcome.status is Status.UNKNOWN
    )
