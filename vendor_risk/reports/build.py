"""Puts a report together from what is known; the one place that fills it."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from gettext import NullTranslations
from itertools import product

from vendor_risk import __version__
from vendor_risk.checks.base import Check
from vendor_risk.checks.catalogue import Judged, catalogue
from vendor_risk.evidence import Evidence, HostClass, Severity, Status, unknown
from vendor_risk.reports.answer import answer
from vendor_risk.reports.changes import changes
from vendor_risk.reports.decision import Known, assurance, decide
from vendor_risk.reports.plain import plain, plain_lines
from vendor_risk.reports.proofs import proofs
from vendor_risk.reports.report import (
    Area,
    CheckText,
    Engagement,
    Fault,
    Kind,
    Look,
    Passed,
    Report,
    Scale,
    Since,
    Subject,
)
from vendor_risk.reports.standing import Standing
from vendor_risk.scoring.external import Posture, placed, posture
from vendor_risk.scoring.model import Model, load

REASON_LIMIT = 300  # a sentence; what is longer belongs to the evidence


@dataclass(frozen=True, slots=True)
class Earlier:
    """The scan before the one that is reported."""

    at: datetime
    judged: Sequence[Judged]


@dataclass(frozen=True, slots=True)
class Unvisited:
    """A host that was not looked at, and the reason in words."""

    host: str
    host_class: HostClass
    reason: str


def build(
    *,
    number: str,
    organisation: str,
    as_of: datetime,
    subject: Subject,
    looks: Sequence[Look] = (),
    unvisited: Sequence[Unvisited] = (),
    judged: Sequence[Judged] = (),
    engagements: Sequence[Engagement] = (),
    earlier: Earlier | None = None,
    dues: Mapping[tuple[str, str], date] | None = None,
    knockouts: Collection[str] = (),
    standing: Standing | None = None,
    prepared_by: str = "",
    language: str = "en",
    words: NullTranslations | None = None,
    checks: Iterable[Check] | None = None,
    model: Model | None = None,
) -> Report:
    """The frozen report of a vendor (when `subject.vendor` is set) or of a single domain.

    `judged` is what the checks say of the last scan and `earlier` of the one before; every check is
    unknown on a host of `unvisited`. `dues` maps (check, host) to the agreed day;
    `standing` is what is known beside the scans; `words` translates into `language`. `as_of` must
    be aware of its zone, else ValueError.
    """
    if as_of.tzinfo is None:
        raise ValueError("a report's as_of needs a time zone")
    model = model or load()
    words = words or NullTranslations()
    subject = _subject(subject)
    engagements = tuple(_engagement(one) for one in engagements)
    checks = tuple(catalogue() if checks is None else checks)
    classes = {look.host: look.host_class for look in looks}
    classes |= {one.host: one.host_class for one in unvisited}
    judged = [*judged, *_unjudged(unvisited, checks)]
    result = posture(judged, classes, model, knockouts=knockouts)
    mine = standing.findings if standing else ()
    asked = {(one.check, one.control) for one in judged}
    asked |= {(one.check, one.control) for one in mine if one.check}
    texts = _texts(asked, checks, words)
    if standing is not None:
        told = answer(
            standing,
            subject,
            result,
            looked=bool(looks),
            as_of=as_of.astimezone(UTC).date(),
            words=words,
        )
        standing = replace(standing, answer=told)
    known = Known(
        kind=Kind.VENDOR if subject.vendor else Kind.DOMAIN,
        subject=subject,
        engagements=engagements,
        looked=bool(looks),
        posture=result,
        faults=_faults(judged, classes, result, dues or {}, words),
        proofs=proofs([one.facts for one in engagements if one.facts], model, words),
        texts=texts,
        standing=standing,
    )
    counts = Counter(fault.severity for fault in known.faults)
    return Report(
        kind=known.kind,
        number=number,
        organisation=plain(organisation),
        language=language,
        as_of=as_of.astimezone(UTC),
        prepared_by=plain(prepared_by),
        subject=subject,
        engagements=engagements,
        decision=decide(known, words),
        assurance=assurance(known, words),
        proofs=known.proofs,
        posture=_readable(result),
        scale=Scale(
            model.grades,
            model.posture.points,
            model.posture.family_limit,
            model.posture.families,
            model.posture.families_needed,
        ),
        looks=tuple(sorted(looks, key=lambda look: look.host)),
        faults=known.faults,
        by_severity={severity: counts[severity] for severity in Severity},
        areas=_areas(judged, result),
        asked=len(judged),
        passed=_passed(judged),
        not_applicable=sum(one.outcome.status is Status.NOT_APPLICABLE for one in judged),
        since=None
        if earlier is None
        else Since(earlier.at, changes(earlier.judged, judged, classes)),
        texts=texts,
        model=model.version,
        model_sha256=model.sha256,
        product=__version__,
        standing=standing,
    )


def _unjudged(unvisited: Iterable[Unvisited], checks: Iterable[Check]) -> Iterator[Judged]:
    """What no check can say of a host that nobody looked at."""
    for one, check in product(unvisited, checks):
        yield Judged(check.id, check.control, one.host, unknown(one.reason))


def _subject(subject: Subject) -> Subject:
    return replace(
        subject,
        domain=plain(subject.domain),
        vendor=plain(subject.vendor),
        supplier_number=plain(subject.supplier_number),
        tags=tuple(plain(tag) for tag in subject.tags),
    )


def _engagement(engagement: Engagement) -> Engagement:
    return replace(
        engagement,
        name=plain(engagement.name),
        owner=plain(engagement.owner),
        legal_entity=plain(engagement.legal_entity),
        override_reason=plain(engagement.override_reason),
    )


def _readable(result: Posture) -> Posture:
    unknown = tuple(replace(one, reason=_sentence(one.reason)) for one in result.unknown)
    return replace(result, unknown=unknown)


def _texts(
    asked: Collection[tuple[str, str]], checks: Iterable[Check], words: NullTranslations
) -> dict[str, CheckText]:
    """The words of every check that answered; one that left the catalogue keeps only its id."""
    declared = {check.id: check for check in checks}
    return {id: _text(id, control, declared.get(id), words) for id, control in sorted(asked)}


def _text(id: str, control: str, check: Check | None, words: NullTranslations) -> CheckText:
    family = id.split(".", 1)[0]
    if check is None:
        return CheckText(control, family, id, "", "", ())
    return CheckText(
        control,
        family,
        words.gettext(check.requirement),
        words.gettext(check.rationale),
        words.gettext(check.remediation),
        check.references,
    )


def _faults(
    judged: Sequence[Judged],
    classes: Mapping[str, HostClass],
    result: Posture,
    dues: Mapping[tuple[str, str], date],
    words: NullTranslations,
) -> tuple[Fault, ...]:
    """Every failed check on every host, the most severe first."""
    points = {(line.check, line.host): line.points for line in result.lines}
    faults = []
    for one in judged:
        if one.outcome.status is not Status.FAILED:
            continue
        evidence = one.outcome.evidence or Evidence("", "")
        severity = placed(one, classes)
        faults.append(
            Fault(
                check=one.check,
                host=one.host,
                severity=severity,
                declared=one.outcome.severity or severity,
                what=_what(one, words),
                value=plain_lines(evidence.value),
                command=plain_lines(evidence.command),
                points=points.get((one.check, one.host)),
                due=dues.get((one.check, one.host)),
            )
        )
    return tuple(sorted(faults, key=lambda one: (-one.severity.rank, one.check, one.host)))


def _what(judged: Judged, words: NullTranslations) -> str:
    """What is wrong, as a sentence without its full stop; checks may give none."""
    return _sentence(judged.outcome.reason) or words.gettext("The good state is absent")


def _sentence(reason: str) -> str:
    """A reason with a capital at its head and no full stop at its end."""
    text = plain(reason, REASON_LIMIT).rstrip(".")
    first = text.split(" ", 1)[0]
    return text if "." in first else text[:1].upper() + text[1:]  # a host name keeps its case


def _areas(judged: Sequence[Judged], result: Posture) -> tuple[Area, ...]:
    """Each family that was asked."""
    counts = Counter((one.family, one.outcome.status) for one in judged)
    points: Counter[str] = Counter()
    for line in result.lines:
        points[line.check.split(".", 1)[0]] += line.points
    families = sorted({one.family for one in judged})
    return tuple(
        Area(
            family,
            points[family],
            counts[family, Status.PASSED],
            counts[family, Status.FAILED],
            counts[family, Status.UNKNOWN],
        )
        for family in families
    )


def _passed(judged: Iterable[Judged]) -> tuple[Passed, ...]:
    """Each check that was met, with the number of hosts that meet it."""
    hosts = Counter(one.check for one in judged if one.outcome.status is Status.PASSED)
    return tuple(Passed(check, hosts[check]) for check in sorted(hosts))
