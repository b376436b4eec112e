"""External posture: points, places, limits, caps, and what is not known."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendor_risk.checks.catalogue import VERSION, Judged
from vendor_risk.checks.chain import Trust, Verdict
from vendor_risk.evidence import (
    Evidence,
    HostClass,
    Outcome,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)
from vendor_risk.scoring.external import Posture, placed, posture
from vendor_risk.scoring.model import Grade

HOST = "shop.example"
SEEN = Evidence("value", "command")
AT_LOGIN = {HOST: HostClass.LOGIN}

HEALTHY = {
    "dns.resolve": passed(SEEN),
    "mail.spf.present": passed(SEEN),
    "tls.cert.expiry": passed(SEEN),
    "web.hsts": passed(SEEN),
}


def fault(severity: Severity) -> Outcome:
    return failed(SEEN, "absent", severity=severity)


def untrusted(trust: Trust) -> Outcome:
    """What tls.cert.trust says of a chain that is not trusted."""
    evidence = Evidence(str(Verdict(trust, path=("shop.example",))), "command")
    return failed(evidence, "not trusted", severity=Severity.CRITICAL)


def judged(outcomes: dict[str, Outcome], host: str = HOST) -> list[Judged]:
    return [Judged(check, "DP-01", host, outcome) for check, outcome in outcomes.items()]


def of(
    spoilt: dict[str, Outcome] | None = None, classes: dict[str, HostClass] | None = None
) -> Posture:
    """The posture of a healthy host with some outcomes spoilt."""
    return posture(judged(HEALTHY | (spoilt or {})), classes or AT_LOGIN)


def test_a_host_without_a_fault_has_100() -> None:
    """Nothing taken, nothing capped, everything seen."""
    result = of()
    assert (result.score, result.grade, result.lines, result.capped_by) == (
        100,
        Grade.A,
        (),
        None,
    )
    assert result.seen == ("tls", "dns", "mail", "web")


@pytest.mark.parametrize(
    ("severity", "score"),
    [(Severity.HIGH, 85), (Severity.MEDIUM, 94), (Severity.LOW, 98), (Severity.INFORMATIONAL, 100)],
)
def test_a_fault_takes_the_points_of_its_severity(severity: Severity, score: int) -> None:
    """High 15, medium 6, low 2, informational none."""
    assert of({"web.hsts": fault(severity)}).score == score


@pytest.mark.parametrize("place", [HostClass.MAIN, HostClass.OTHER])
def test_a_fault_beside_what_we_buy_is_one_level_lower(place: HostClass) -> None:
    """A high fault on a brochure site costs what a medium one does."""
    result = of({"web.hsts": fault(Severity.HIGH)}, {HOST: place})
    assert (result.score, result.lines[0].severity) == (94, Severity.MEDIUM)


@pytest.mark.parametrize(
    "place", [HostClass.LOGIN, HostClass.PAYMENT, HostClass.MAIL, HostClass.SERVICE]
)
def test_a_fault_on_what_we_buy_counts_as_declared(place: HostClass) -> None:
    """Log-in, payment, mail and service carry what we buy."""
    assert of({"web.hsts": fault(Severity.HIGH)}, {HOST: place}).score == 85


def test_a_host_without_a_class_is_one_we_buy_nothing_through() -> None:
    """An unclassified host never sinks a vendor."""
    result = posture(judged(HEALTHY | {"web.hsts": fault(Severity.HIGH)}), {})
    assert result.score == 94


def test_each_check_counts_once_on_its_worst_host() -> None:
    """Three hosts without the header are one fault, shown where it weighs most."""
    classes = {"a.example": HostClass.OTHER, "b.example": HostClass.LOGIN}
    everywhere = [
        one
        for host in ("a.example", "b.example", "c.example")
        for one in judged(HEALTHY | {"web.hsts": fault(Severity.HIGH)}, host)
    ]
    result = posture(everywhere, classes)
    assert [(line.host, line.severity, line.points) for line in result.lines] == [
        ("b.example", Severity.HIGH, 15)
    ]


def test_a_family_takes_40_at_most() -> None:
    """Four high faults of the web are 60 points by themselves, and 40 together."""
    result = of({f"web.{name}": fault(Severity.HIGH) for name in ("a", "b", "c", "d")})
    assert result.score == 60
    assert [line.points for line in result.lines] == [15, 15, 10, 0]


def test_the_number_never_falls_below_0() -> None:
    """Three families take 120 points together, and 100 are there."""
    names = [f"{family}.{n}" for family in ("tls", "dns", "web", "intel") for n in range(9)]
    result = of({name: fault(Severity.HIGH) for name in names})
    assert (result.score, result.grade) == (0, Grade.F)
    assert sum(line.points for line in result.lines) == 100


@pytest.mark.parametrize(
    ("check", "outcome"),
    [
        ("tls.cert.expiry", fault(Severity.CRITICAL)),
        ("tls.cert.hostname", fault(Severity.CRITICAL)),
        ("tls.cert.trust", untrusted(Trust.SELF_SIGNED)),
        ("tls.cert.trust", untrusted(Trust.EXPIRED_ISSUER)),
    ],
)
@pytest.mark.parametrize("place", [HostClass.LOGIN, HostClass.PAYMENT])
def test_a_bad_certificate_at_a_door_knocks_out(
    check: str, outcome: Outcome, place: HostClass
) -> None:
    """KO-01 caps at 39, below the 60 that the points alone would leave."""
    result = of({check: outcome}, {HOST: place})
    assert (result.score, result.grade, result.capped_by, result.cap_points) == (
        39,
        Grade.F,
        "KO-01",
        21,
    )
    assert [one.id for one in result.knockouts] == ["KO-01", "KO-10"]


@pytest.mark.parametrize(
    "trust",
    [Trust.MISSING_INTERMEDIATE, Trust.PRIVATE_ROOT, Trust.DISTRUSTED, Trust.RULES],
)
def test_other_reasons_for_no_trust_only_cap_as_critical(trust: Trust) -> None:
    """KO-01 names expired, self-signed and wrong-name certificates, and no others."""
    result = of({"tls.cert.trust": untrusted(trust)})
    assert [one.id for one in result.knockouts] == ["KO-10"]
    assert (result.score, result.capped_by) == (54, "KO-10")


def test_a_certificate_that_runs_out_soon_knocks_nothing_out() -> None:
    """The milder outcome of the same check takes its points and no more."""
    result = of({"tls.cert.expiry": fault(Severity.HIGH)})
    assert (result.score, result.knockouts) == (85, ())


@pytest.mark.parametrize("place", [HostClass.MAIL, HostClass.SERVICE])
def test_a_bad_certificate_elsewhere_only_caps_as_critical(place: HostClass) -> None:
    """KO-01 is about payment and log-in; KO-10 is about anything critical."""
    result = of({"tls.cert.trust": fault(Severity.CRITICAL)}, {HOST: place})
    assert (result.score, result.grade, result.capped_by) == (54, Grade.D, "KO-10")


def test_a_critical_fault_beside_what_we_buy_is_not_critical() -> None:
    """Place lowers it to high, so neither KO-01 nor KO-10 is in force."""
    result = of({"tls.cert.trust": fault(Severity.CRITICAL)}, {HOST: HostClass.MAIN})
    assert (result.score, result.knockouts) == (85, ())


def test_a_knockout_that_lowers_nothing_is_listed_but_takes_nothing() -> None:
    """At 5 points a cap of 39 changes nothing, and the sum still holds."""
    spoilt = {f"web.{n}": fault(Severity.HIGH) for n in range(5)} | {
        "tls.cert.expiry": fault(Severity.CRITICAL),
        "dns.dnssec.state": fault(Severity.HIGH),
    }
    result = of(spoilt)
    assert (result.score, result.capped_by, result.cap_points) == (5, None, 0)
    assert result.knockouts[0].id == "KO-01"


def test_a_knockout_that_only_the_caller_knows_caps_as_well() -> None:
    """KO-06 needs the date by which a vulnerability had to be mended."""
    result = posture(judged(HEALTHY), AT_LOGIN, knockouts=["KO-06"])
    assert (result.score, result.capped_by, result.cap_points) == (49, "KO-06", 51)


def test_a_knockout_of_the_inside_does_not_cap_the_outside() -> None:
    """KO-02 is about assurance."""
    assert posture(judged(HEALTHY), AT_LOGIN, knockouts=["KO-02"]).score == 100


@pytest.mark.parametrize("outcome", [unknown("timed out"), not_applicable("no mail here")])
def test_two_families_are_too_few_for_a_number(outcome: Outcome) -> None:
    """Fewer than three of tls, dns, mail and web seen: not rated, neither good nor bad."""
    result = of({"mail.spf.present": outcome, "web.hsts": outcome})
    assert (result.score, result.grade, result.seen) == (None, None, ("tls", "dns"))
    assert result.to_json() == {
        "score": None,
        "grade": "not rated",
        "seen": ["tls", "dns"],
        "catalogue": VERSION,
    }


def test_three_families_are_enough() -> None:
    """One blind spot of four still gives a number."""
    assert of({"mail.spf.present": unknown("timed out")}).score == 100


def test_a_family_outside_the_four_does_not_make_up_for_a_blind_one() -> None:
    """What a breach list says is no look at the host."""
    blind = unknown("timed out")
    result = of({"mail.spf.present": blind, "web.hsts": blind, "intel.breach": passed(SEEN)})
    assert result.seen == ("tls", "dns")


def test_unknown_outcomes_are_listed_with_their_reason() -> None:
    """What nobody could judge is said, and takes nothing."""
    result = of({"web.csp.present": unknown("timed out after 10 s")})
    assert [(one.check, one.host, one.reason) for one in result.unknown] == [
        ("web.csp.present", HOST, "timed out after 10 s")
    ]


def test_programs_read_four_facts() -> None:
    """The shape that `evaluate` answers with."""
    assert of({"web.hsts": fault(Severity.MEDIUM)}).to_json() == {
        "score": 94,
        "grade": "A",
        "seen": ["tls", "dns", "mail", "web"],
        "catalogue": VERSION,
    }


def test_a_fault_without_a_severity_is_an_error() -> None:
    """A check fills it in; an outcome made elsewhere must not count as nothing."""
    with pytest.raises(ValueError, match="no fault with a severity"):
        placed(Judged("web.hsts", "WB-03", HOST, failed(SEEN, "absent")), AT_LOGIN)


CHECKS = st.sampled_from(
    [
        "tls.cert.expiry",
        "tls.cert.trust",
        "tls.reach",
        "dns.resolve",
        "dns.caa",
        "mail.spf.all",
        "mail.dmarc.present",
        "web.hsts",
        "web.csp.present",
        "web.https",
        "intel.breach",
    ]
)
OUTCOMES = st.one_of(
    st.sampled_from(list(Severity)).map(fault),
    st.just(passed(SEEN)),
    st.just(unknown("timed out")),
    st.just(not_applicable("none")),
)
HOSTS = st.sampled_from(["a.example", "b.example", "c.example"])
JUDGED = st.builds(Judged, CHECKS, st.just("DP-01"), HOSTS, OUTCOMES)
LISTS = st.lists(JUDGED, max_size=40)
CLASSES = st.dictionaries(HOSTS, st.sampled_from(list(HostClass)))


def with_all_seen(some: list[Judged]) -> list[Judged]:
    return [*judged(HEALTHY), *some]


@given(LISTS, CLASSES)
def test_the_lines_sum_to_the_score(some: list[Judged], classes: dict[str, HostClass]) -> None:
    """100 minus the lines minus the cap is the number, to the point."""
    result = posture(with_all_seen(some), classes)
    assert result.score == 100 - sum(line.points for line in result.lines) - result.cap_points
    assert (result.capped_by is None) == (result.cap_points == 0)


@given(LISTS, CLASSES, CHECKS, HOSTS, st.sampled_from(list(Severity)))
def test_one_more_fault_never_raises_the_score(
    some: list[Judged], classes: dict[str, HostClass], check: str, host: str, severity: Severity
) -> None:
    """Worse evidence is never a better number."""
    before = posture(with_all_seen(some), classes)
    more = Judged(check, "DP-01", host, fault(severity))
    after = posture(with_all_seen([*some, more]), classes)
    assert before.score is not None
    assert after.score is not None
    assert after.score <= before.score


@given(LISTS, CLASSES, CHECKS, HOSTS)
def test_what_is_unknown_never_moves_the_score(
    some: list[Judged], classes: dict[str, HostClass], check: str, host: str
) -> None:
    """A look that failed is neither a pass nor a fault."""
    blind = Judged(check, "DP-01", host, unknown("timed out"))
    before, after = posture(some, classes), posture([*some, blind], classes)
    assert (after.score, after.lines, after.seen) == (before.score, before.lines, before.seen)


@given(LISTS, CLASSES, st.randoms(use_true_random=False))
def test_the_order_of_outcomes_is_irrelevant(
    some: list[Judged], classes: dict[str, HostClass], random: Any
) -> None:
    """The same evidence in another order is the same posture, every line included."""
    shuffled = list(some)
    random.shuffle(shuffled)
    assert posture(shuffled, classes) == posture(some, classes)


@given(LISTS, CLASSES)
def test_no_good_grade_stands_beside_a_knockout(
    some: list[Judged], classes: dict[str, HostClass]
) -> None:
    """Grade and worst fact never contradict each other."""
    result = posture(with_all_seen(some), classes)
    if result.knockouts:
        assert result.grade in (Grade.D, Grade.F)


@given(LISTS, CLASSES)
def test_no_family_takes_more_than_its_limit(
    some: list[Judged], classes: dict[str, HostClass]
) -> None:
    """Ten cookie warnings cannot sink a vendor."""
    taken: dict[str, int] = {}
    for line in posture(with_all_seen(some), classes).lines:
        family = line.check.split(".")[0]
        taken[family] = taken.get(family, 0) + line.points
    assert all(points <= 40 for points in taken.values())
