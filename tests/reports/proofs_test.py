"""What to ask a vendor for first."""

import pytest

from tests.reports.cases import CHECKOUT, PORTAL, vendor
from vendor_risk.reports.report import Engagement
from vendor_risk.scoring.inherent import Facts


def asked(*facts: Facts) -> list[str]:
    engagements = tuple(Engagement.of("something", one) for one in facts)
    return [proof.knockout for proof in vendor(engagements=engagements).proofs]


@pytest.mark.parametrize(
    ("facts", "ids"),
    [
        (Facts(0, 0, 0, 0, 0), [""]),
        (Facts(0, 0, 2, 0, 0), ["KO-02", ""]),
        (Facts(1, 1, 0, 0, 0), ["KO-07", ""]),
        (Facts(0, 0, 0, 0, 4), ["KO-03", "KO-04", ""]),
        (Facts(0, 0, 0, 0, 0, frozenset({"card-data"})), ["KO-03", ""]),
        (Facts(0, 0, 0, 0, 0, frozenset({"payment-page-script"})), ["KO-04", ""]),
        (PORTAL, ["KO-02", "KO-07", ""]),
        (CHECKOUT, ["KO-03", "KO-02", "KO-04"]),
    ],
)
def test_only_what_the_facts_bring_into_play_is_asked(facts: Facts, ids: list[str]) -> None:
    """Three at most, the lowest cap first; an independent report where there is room."""
    assert asked(facts) == ids


def test_engagements_are_asked_about_together() -> None:
    """One vendor gets one list, whatever we buy."""
    assert asked(Facts(0, 0, 2, 0, 0), Facts(0, 0, 0, 0, 4)) == ["KO-03", "KO-02", "KO-04"]


def test_without_facts_nothing_can_be_asked() -> None:
    """A vendor that nobody triaged gets no guesses."""
    assert vendor(engagements=(Engagement.of("something", None),)).proofs == ()


def test_the_cap_is_that_of_the_model() -> None:
    """What a bad answer would cost stands beside the question."""
    assert [proof.cap for proof in vendor().proofs] == [29, 49, 59]
