"""What moved between two scans."""

import pytest

from tests.reports.cases import HEALTHY, HOST, judged
from vendor_risk.checks.catalogue import Judged
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
from vendor_risk.reports.changes import Change, Move, changes

SEEN = Evidence("value", "command")
AT_LOGIN = {HOST: HostClass.LOGIN}
GOOD, BLIND = passed(SEEN), unknown("timed out")


def bad(severity: Severity = Severity.MEDIUM) -> Outcome:
    return failed(SEEN, "absent", severity=severity)


def between(before: Outcome, now: Outcome) -> tuple[Change, ...]:
    return changes(judged({"web.hsts": before}), judged({"web.hsts": now}), AT_LOGIN)


@pytest.mark.parametrize(
    ("before", "now", "move"),
    [
        (GOOD, bad(), Move.NEW),
        (BLIND, bad(), Move.NEW),
        (bad(), bad(Severity.HIGH), Move.WORSE),
        (bad(), bad(Severity.LOW), Move.MILDER),
        (bad(), GOOD, Move.MENDED),
        (bad(), not_applicable("no pages"), Move.DROPPED),
        (bad(), BLIND, Move.LOST),
    ],
)
def test_each_way_a_fault_may_move(before: Outcome, now: Outcome, move: Move) -> None:
    """New, worse, milder, mended, or neither asked about nor seen, which is not mended."""
    assert [change.move for change in between(before, now)] == [move]


@pytest.mark.parametrize(("before", "now"), [(GOOD, GOOD), (bad(), bad()), (GOOD, BLIND)])
def test_what_did_not_move_is_silent(before: Outcome, now: Outcome) -> None:
    """The same answer twice is no news."""
    assert between(before, now) == ()


def test_a_host_seen_for_the_first_time_brings_new_faults() -> None:
    """Nothing was known of it before."""
    assert [change.move for change in changes([], judged({"web.hsts": bad()}), AT_LOGIN)] == [
        Move.NEW
    ]


def test_a_host_no_longer_looked_at_is_not_mended() -> None:
    """Silence about a host is no proof."""
    assert changes(judged({"web.hsts": bad()}), [], AT_LOGIN) == ()


def test_severities_are_those_after_place() -> None:
    """The page shows what counts, not what is declared."""
    (change,) = changes(judged(), judged({"web.hsts": bad()}), {HOST: HostClass.OTHER})
    assert (change.before, change.now) == (None, Severity.LOW)


def test_new_comes_before_mended_and_grave_before_mild() -> None:
    """A reader with a minute sees the worst first."""
    before = judged({"dns.caa": bad()})
    now = judged({"web.hsts": bad(Severity.LOW), "web.https": bad(Severity.CRITICAL)})
    assert [(change.move, change.check) for change in changes(before, now, AT_LOGIN)] == [
        (Move.NEW, "web.https"),
        (Move.NEW, "web.hsts"),
        (Move.MENDED, "dns.caa"),
    ]


def test_the_order_of_outcomes_is_irrelevant() -> None:
    """Two scans of the same facts give the same list."""
    now: list[Judged] = judged(dict.fromkeys(HEALTHY, bad()))
    assert changes([], now, AT_LOGIN) == changes([], now[::-1], AT_LOGIN)
