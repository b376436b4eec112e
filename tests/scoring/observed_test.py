"""What a scan proves: a symptom that was not seen is no proof, and the worst host counts."""

from collections.abc import Sequence

import pytest

from tests.scoring.snapshots import TODAY
from vendor_risk.checks.catalogue import Judged, catalogue
from vendor_risk.evidence import (
    Claim,
    Evidence,
    HostClass,
    Outcome,
    Severity,
    Source,
    failed,
    not_applicable,
    passed,
    unknown,
)
from vendor_risk.scoring.model import Tier, load, scan_interval_days
from vendor_risk.scoring.observed import Proven, proven

SEEN = Evidence("value", "command")
FAULT = failed(SEEN, "absent", severity=Severity.HIGH)


def look(host: str = "a.example", **spoilt: Outcome) -> list[Judged]:
    """Every check passed, but for those named with __ for a dot."""
    said = {name.replace("__", "."): outcome for name, outcome in spoilt.items()}
    return [
        Judged(check.id, check.control, host, said.get(check.id, passed(SEEN)))
        for check in catalogue()
    ]


def of(
    judged: list[Judged], place: HostClass = HostClass.LOGIN, unseen: Sequence[str] = ()
) -> Proven:
    classes = {one.host: place for one in judged}
    return proven(judged, classes, on=TODAY, tier=Tier.T2, unseen=unseen)


def levels(told: Proven) -> dict[str, int]:
    return {claim.control: claim.level for claim in told.claims}


def test_a_healthy_host_proves_four_controls() -> None:
    """Three in full, scripts of a payment page half: a plain fetch sees only static HTML."""
    assert levels(of(look())) == {"DN-01": 100, "DP-01": 100, "WB-01": 50, "WB-03": 100}


@pytest.mark.parametrize("outcome", [unknown("timed out"), FAULT])
def test_one_check_that_did_not_pass_proves_nothing(outcome: Outcome) -> None:
    """Unknown or failed: no claim; the other controls are still proven."""
    assert levels(of(look(web__hsts=outcome))) == {"DN-01": 100, "DP-01": 100, "WB-01": 50}


def test_what_does_not_apply_stands_in_no_way() -> None:
    """Unless nothing at all applied: then nothing was proven."""
    assert "DN-01" in levels(of(look(mail__spf__all=not_applicable("no mail"))))
    nothing = {
        check.replace(".", "__"): not_applicable("no page")
        for check in load().proofs["WB-03"].checks
    }
    assert "WB-03" not in levels(of(look(**nothing)))


def test_all_hosts_have_to_pass() -> None:
    """The worst host counts, and one that could not be looked at proves nothing of all."""
    both = [*look(), *look("b.example", web__hsts=FAULT)]
    assert "WB-03" not in levels(of(both))
    assert of(look(), unseen=["b.example"]).claims == ()


@pytest.mark.parametrize(
    ("place", "severity"),
    [(HostClass.LOGIN, Severity.HIGH), (HostClass.MAIN, Severity.MEDIUM)],
)
def test_a_fault_weighs_by_its_place(place: HostClass, severity: Severity) -> None:
    """One level lower on a host that we buy nothing through."""
    (fault,) = of(look(web__hsts=FAULT), place).faults
    assert (fault.check, fault.host, fault.severity, fault.host_class) == (
        "web.hsts",
        "a.example",
        severity,
        place,
    )


def test_a_fault_that_only_informs_is_none() -> None:
    """A low one beside what we buy caps nothing."""
    low = failed(SEEN, "absent", severity=Severity.LOW)
    assert of(look(web__hsts=low), HostClass.OTHER).faults == ()


def test_controls_whose_checks_ran_are_known() -> None:
    """Also where they failed, and not where nothing could be seen."""
    blind = {check.id.replace(".", "__"): unknown("timed out") for check in catalogue()}
    assert of(look(**blind)).observed == ()
    blind["web__hsts"] = FAULT
    assert of(look(**blind)).observed == ("WB-03",)


def test_a_form_without_encryption_is_told_apart() -> None:
    """Unlike one that leads to somebody else."""
    plain = failed(Evidence("form action http://a.example/pay", "curl"), "open")
    other = failed(Evidence("form action https://b.example/pay", "curl"), "another's")
    for outcome, said in ((plain, True), (other, False)):
        severe = Outcome(outcome.status, Severity.HIGH, outcome.evidence, outcome.reason)
        (fault,) = of(look(web__form__target=severe)).faults
        assert fault.plain_form is said


@pytest.mark.parametrize(
    ("tier", "days"), [(Tier.T1, 30), (Tier.T3, 45), (Tier.T4, 137), (None, 30)]
)
def test_a_look_is_good_until_the_next_but_one(tier: Tier | None, days: int) -> None:
    """30 days, or 1.5 x the scan interval where that is longer, rounded up."""
    told = proven(look(), {"a.example": HostClass.LOGIN}, on=TODAY, tier=tier)
    claim = next(one for one in told.claims if one.control == "DP-01")
    assert isinstance(claim, Claim)
    assert (claim.source, claim.date) == (Source.OBSERVED, TODAY)
    assert claim.valid_until is not None
    assert (
        (claim.valid_until - TODAY).days == days == max(30, -(-3 * scan_interval_days(tier) // 2))
    )
