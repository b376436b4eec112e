"""A report: complete, frozen, the same after JSON, and traced by its hash."""

import random
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from tests.reports.cases import (
    AS_OF,
    HOST,
    SEEN,
    TERRIBLE,
    judged,
    look,
    report,
    vendor,
)
from vendor_risk.checks.catalogue import Judged
from vendor_risk.evidence import (
    Evidence,
    HostClass,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)
from vendor_risk.reports.build import Earlier, Unvisited
from vendor_risk.reports.changes import Change, Move
from vendor_risk.reports.report import (
    REPORT,
    Area,
    Engagement,
    Kind,
    Passed,
    Report,
    Subject,
    canonical_json,
    snapshot_sha256,
)
from vendor_risk.scoring.external import Unseen
from vendor_risk.scoring.inherent import Facts
from vendor_risk.scoring.model import Grade, Tier

EARLIER = Earlier(AS_OF - timedelta(days=30), judged({"web.hsts": TERRIBLE["web.hsts"]}))


@pytest.mark.parametrize(
    "some",
    [
        report(),
        report(judged=judged(TERRIBLE)),
        vendor(judged=judged(TERRIBLE), earlier=EARLIER),
        vendor(judged=[], looks=[]),
    ],
)
def test_a_report_goes_to_json_and_back(some: Report) -> None:
    """What is stored is what is printed next year."""
    assert REPORT.validate_json(canonical_json(some)) == some


def test_the_hash_does_not_depend_on_the_order_of_evidence() -> None:
    """Scans finish in any order; the same facts are the same report."""
    outcomes = [*judged(TERRIBLE), *judged(TERRIBLE, "b.example")]
    looks = [look(), look("b.example", HostClass.OTHER)]
    shuffled = random.Random(7).sample(outcomes, len(outcomes))
    one = report(judged=outcomes, looks=looks)
    other = report(judged=shuffled, looks=looks[::-1])
    assert snapshot_sha256(one) == snapshot_sha256(other)


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "VR-2026-0148"},
        {"as_of": AS_OF + timedelta(seconds=1)},
        {"judged": judged({"web.hsts": unknown("timed out")})},
        {"looks": [replace(look(), host_class=HostClass.PAYMENT)]},
        {"subject": Subject("other.example")},
    ],
)
def test_one_changed_fact_changes_the_hash(changed: dict[str, object]) -> None:
    """A hash on paper stands for everything on paper."""
    assert snapshot_sha256(report(**changed)) != snapshot_sha256(report())


def test_a_time_without_a_zone_is_refused() -> None:
    """An hour of nowhere dates nothing."""
    with pytest.raises(ValueError, match="time zone"):
        report(as_of=AS_OF.replace(tzinfo=None))


def test_a_report_without_a_vendor_is_about_the_domain() -> None:
    """The kind follows from the subject."""
    assert (report().kind, vendor().kind) == (Kind.DOMAIN, Kind.VENDOR)


def test_assurance_is_never_guessed() -> None:
    """Not rated yet, with the reason of each kind."""
    assert report().assurance == "A look from outside cannot tell."
    assert vendor().assurance == "No answer or document has been reviewed."


def test_findings_come_the_gravest_first() -> None:
    """Then by check and host."""
    ranks = [fault.severity.rank for fault in report(judged=judged(TERRIBLE)).faults]
    assert ranks == sorted(ranks, reverse=True)


def test_the_points_of_the_findings_are_those_of_the_posture() -> None:
    """The column of the table sums to what is taken from 100."""
    some = report(judged=judged(TERRIBLE))
    assert sum(fault.points or 0 for fault in some.faults) == some.posture.taken == 86
    assert (some.posture.score, some.posture.grade) == (14, Grade.F)


def test_a_fault_carries_severity_before_and_after_place() -> None:
    """Both are needed to argue about it."""
    some = report(judged=judged(TERRIBLE), looks=[look(HOST, HostClass.OTHER)])
    worst = some.faults[0]
    assert (worst.declared, worst.severity) == (Severity.CRITICAL, Severity.HIGH)


def test_a_fault_without_a_reason_still_has_words() -> None:
    """No row of the table is blank."""
    some = report(judged=judged({"dns.caa": failed(SEEN, "", severity=Severity.LOW)}))
    assert some.faults[0].what == "The good state is absent"


def test_evidence_is_cut_to_a_length() -> None:
    """A header of a megabyte does not become a report of a thousand pages."""
    huge = failed(Evidence("x" * 1_000_000, "y" * 1_000_000), "r" * 9_999, severity=Severity.LOW)
    fault = report(judged=judged({"dns.caa": huge})).faults[0]
    assert max(len(fault.value), len(fault.command), len(fault.what)) <= 1_201


def test_what_is_unknown_is_listed_with_its_reason() -> None:
    """In words that begin like a sentence."""
    some = report(judged=judged({"web.hsts": unknown("timed out after 10 s")}))
    assert some.posture.unknown == (Unseen("web.hsts", HOST, "Timed out after 10 s"),)


def test_areas_count_every_outcome() -> None:
    """Met, not met and not seen, with the points taken."""
    spoilt = {"dns.caa": TERRIBLE["dns.caa"], "dns.dnssec.state": unknown("no answer")}
    assert Area("dns", 2, 1, 1, 1) in report(judged=judged(spoilt)).areas


def test_what_was_met_is_counted_by_host() -> None:
    """Two hosts that meet a check are two."""
    outcomes = [*judged(), *judged({"web.hsts": TERRIBLE["web.hsts"]}, "b.example")]
    some = report(judged=outcomes, looks=[look(), look("b.example")])
    assert Passed("web.hsts", 1) in some.passed
    assert Passed("web.https", 2) in some.passed


def test_what_does_not_apply_is_counted_apart() -> None:
    """It is neither met nor unseen."""
    some = report(judged=judged({"mail.spf.all": not_applicable("no mail here")}))
    assert (some.not_applicable, len(some.passed), some.asked) == (1, 14, 15)


def test_a_check_that_left_the_catalogue_keeps_its_id() -> None:
    """An old scan can still be reported."""
    some = report(judged=[*judged(), Judged("web.gone", "WB-03", HOST, passed(SEEN))])
    assert some.texts["web.gone"].requirement == "web.gone"


def test_changes_are_told_since_the_earlier_scan() -> None:
    """What was mended and what is new."""
    some = vendor(judged=judged({"dns.caa": TERRIBLE["dns.caa"]}), earlier=EARLIER)
    assert some.since is not None
    assert [change.move for change in some.since.changes] == [Move.NEW, Move.MENDED]


def test_without_an_earlier_scan_nothing_is_told_of_changes() -> None:
    """A first look has nothing to compare with."""
    assert report().since is None


def test_a_host_that_was_not_visited_is_unseen_in_every_check() -> None:
    """It stands among what could not be seen, with its reason, and not among the looks."""
    away = Unvisited("b.example", HostClass.LOGIN, "10.0.0.1 is a private address")
    some = report(unvisited=[away])
    assert [look.host for look in some.looks] == [HOST]
    assert {(one.host, one.reason) for one in some.posture.unknown} == {
        ("b.example", "10.0.0.1 is a private address")
    }
    assert (len(some.posture.unknown), some.asked) == (15, 30)
    assert some.posture.score == 100


def test_the_faults_of_a_host_that_was_not_visited_are_lost_from_sight() -> None:
    """With the weight that they had where they were found."""
    away = Unvisited("b.example", HostClass.LOGIN, "10.0.0.1 is a private address")
    before = Earlier(AS_OF, judged({"web.hsts": TERRIBLE["web.hsts"]}, "b.example"))
    some = report(unvisited=[away], earlier=before)
    assert some.since is not None
    assert some.since.changes == (
        Change(Move.LOST, "web.hsts", "b.example", Severity.MEDIUM, None),
    )


def test_the_vendor_leads_with_its_strictest_engagement() -> None:
    """Tier 1 in the check-out, though the portal came first."""
    leading = vendor().leading
    assert leading is not None
    assert (leading.name, leading.tier) == ("Instalment plug-in in the check-out", Tier.T1)


def test_a_person_may_override_the_tier_with_a_reason() -> None:
    """Both tiers stay in the report."""
    caterer = Engagement.of(
        "Canteen", Facts(1, 0, 0, 0, 0), tier_override=Tier.T2, override_reason="opens our doors"
    )
    some = vendor(engagements=(caterer,))
    assert some.leading is not None
    assert some.leading.inherent is not None
    assert (some.leading.tier, some.leading.inherent.tier) == (Tier.T2, Tier.T4)


def test_a_vendor_that_nobody_triaged_leads_with_nothing() -> None:
    """No tier is invented."""
    assert vendor(engagements=(Engagement.of("something", None),)).leading is None


def test_names_are_made_readable() -> None:
    """A name that hides its end from the reader is spelt out."""
    assert report(subject=Subject(HOST, "Ac\u202eme")).subject.vendor == "Ac[U+202E]me"


def test_a_sample_vendor_stays_one() -> None:
    """Whatever else is copied of the subject."""
    assert report(subject=Subject(HOST, "Acme", "S-1", ("a",), sample=True)).subject == Subject(
        HOST, "Acme", "S-1", ("a",), sample=True
    )


def test_the_model_is_named_with_its_hash() -> None:
    """The numbers on paper can be traced to the file they came from."""
    assert (report().model, len(report().model_sha256)) == ("1.0.0", 64)


def test_the_zone_of_a_moment_does_not_change_the_report() -> None:
    """A server moved to another country issues the same report."""
    there = AS_OF.astimezone(timezone(timedelta(hours=1)))
    assert snapshot_sha256(report(as_of=there)) == snapshot_sha256(report())
