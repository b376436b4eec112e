"""Each knock-out: the fact that puts it in force, and the nearest one that does not."""

import datetime as dt
from dataclasses import replace

import pytest

from tests.scoring.snapshots import TODAY
from vendor_risk.evidence import HostClass
from vendor_risk.scoring.knockouts import (
    KNOCKOUTS,
    RULES,
    Circumstances,
    Entry,
    Fault,
    PageScriptSeen,
    in_force,
)
from vendor_risk.scoring.model import Tier, load

QUIET = Circumstances(TODAY, Tier.T2)
FAULT = Fault("f")
ENTRY = Entry("e", "hvac-portal", True, True, False, False)
SCRIPT = PageScriptSeen("s", "https://cdn.example/t.js", listed=True, held=True)
YESTERDAY = TODAY - dt.timedelta(days=1)


def ids(**known) -> list[str]:
    """The knock-outs in force in these circumstances."""
    return [one.id for one in in_force(replace(QUIET, **known))]


def fault(**spoilt) -> list[str]:
    return ids(faults=[replace(FAULT, **spoilt)])


def test_nothing_known_is_no_knockout() -> None:
    """Unknown is never a fault."""
    assert ids() == []
    assert ids(faults=[FAULT], entries=[ENTRY], scripts=[SCRIPT]) == []


@pytest.mark.parametrize("what", ["bad_certificate", "plain_form"])
@pytest.mark.parametrize(
    ("place", "found"),
    [
        (HostClass.LOGIN, ["KO-01"]),
        (HostClass.PAYMENT, ["KO-01"]),
        (HostClass.SERVICE, []),
        (HostClass.MAIN, []),
        (None, []),
    ],
)
def test_a_door_that_cannot_be_trusted(
    what: str, place: HostClass | None, found: list[str]
) -> None:
    """On a host for log-in or payment, and nowhere else."""
    assert fault(host_class=place, **{what: True}) == found


@pytest.mark.parametrize(
    "knockout", ["KO-01", "KO-02", "KO-03", "KO-04", "KO-05", "KO-06", "KO-07", "KO-09"]
)
def test_an_answer_or_a_reviewer_may_name_it(knockout: str) -> None:
    """The finding it comes from is what it rests on."""
    (one,) = in_force(replace(QUIET, faults=[replace(FAULT, knockout=knockout)]))
    assert (one.id, one.findings) == (knockout, ("f",))


@pytest.mark.parametrize(
    ("remote", "second_factor", "found"),
    [(True, False, ["KO-02"]), (True, None, []), (True, True, []), (False, False, [])],
)
def test_remote_access_with_a_password_alone(
    remote: bool, second_factor: bool | None, found: list[str]
) -> None:
    """Known to have no second factor; that nobody knows is no fault."""
    entry = replace(ENTRY, remote=remote, second_factor=second_factor)
    assert ids(entries=[entry]) == found


@pytest.mark.parametrize("what", ["reaches_card_data", "reaches_production"])
@pytest.mark.parametrize(("second_factor", "found"), [(False, ["KO-09"]), (None, []), (True, [])])
def test_an_account_that_reaches_far(
    what: str, second_factor: bool | None, found: list[str]
) -> None:
    """Without a second factor, also where it is used on site only."""
    entry = replace(ENTRY, remote=False, second_factor=second_factor, **{what: True})
    assert ids(entries=[entry]) == found


@pytest.mark.parametrize(
    ("listed", "held", "found"),
    [(True, True, []), (True, False, ["KO-04"]), (False, True, ["KO-04"])],
)
def test_a_loose_script_where_cards_are_typed(listed: bool, held: bool, found: list[str]) -> None:
    """Inventory and integrity, both."""
    assert ids(scripts=[replace(SCRIPT, listed=listed, held=held)]) == found


@pytest.mark.parametrize(
    ("check", "place", "due", "found"),
    [
        ("intel.kev", HostClass.LOGIN, YESTERDAY, ["KO-06"]),
        ("intel.kev", HostClass.SERVICE, YESTERDAY, ["KO-06"]),
        ("intel.kev", HostClass.MAIL, YESTERDAY, []),
        ("intel.kev", HostClass.LOGIN, TODAY, []),
        ("intel.kev", HostClass.LOGIN, None, []),
        ("web.hsts", HostClass.LOGIN, YESTERDAY, []),
    ],
)
def test_a_known_exploited_fault_past_its_day(
    check: str, place: HostClass, due: dt.date | None, found: list[str]
) -> None:
    """Its due date is the last day that is in time."""
    assert fault(check=check, host_class=place, due=due) == found


@pytest.mark.parametrize(
    ("days", "tier", "found"),
    [
        (91, Tier.T1, ["KO-08"]),
        (91, Tier.T2, ["KO-08"]),
        (91, Tier.T3, []),
        (90, Tier.T1, []),
        (None, Tier.T1, []),
    ],
)
def test_answers_that_ran_out(days: int | None, tier: Tier, found: list[str]) -> None:
    """More than 90 days ago, for tiers 1 and 2; what was never asked for is no fault."""
    until = None if days is None else TODAY - dt.timedelta(days=days)
    assert ids(response_valid_until=until, tier=tier) == found


def test_every_knockout_of_the_model_has_a_rule_and_words() -> None:
    """The tenth is seen by the score function itself."""
    assert KNOCKOUTS.keys() == load().knockouts.keys()
    assert RULES.keys() == load().knockouts.keys() - {"KO-10"}
    assert all(rule.fact and rule.lift for rule in RULES.values())
