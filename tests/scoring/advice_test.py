"""What to do next: proofs that tell most, repairs that help most, and no double count."""

from dataclasses import replace

from hypothesis import given

from tests.scoring.snapshots import CONTRACTOR, met, snapshot, snapshots
from vendor_risk.evidence import Finding, Severity, Source
from vendor_risk.scoring.advice import cheapest_proofs, fastest_way_up, without
from vendor_risk.scoring.score import score
from vendor_risk.scoring.snapshot import Snapshot


def test_the_proofs_that_narrow_most_come_first() -> None:
    """Of a contractor that said yes to everything, the heaviest controls."""
    proofs = cheapest_proofs(snapshot())
    assert [(each.control, each.source) for each in proofs] == [
        ("AC-01", Source.REVIEWED),
        ("DL-01", Source.REVIEWED),
        ("HV-02", Source.REVIEWED),
    ]
    assert proofs[0].narrows == 1393  # 1000 of 6600, at 92 %, cut as the score cuts


def test_what_was_audited_needs_no_proof() -> None:
    """Nothing is asked for that would tell nothing."""
    assert cheapest_proofs(snapshot(claims=met(source=Source.AUDITED))) == ()


def test_a_control_that_nobody_answered_asks_for_something_to_read() -> None:
    """The same proof, as if it were met."""
    blank = tuple(claim for claim in met() if claim.control != "AC-01")
    assert cheapest_proofs(snapshot(claims=blank))[0].control == "AC-01"


HIGH = Finding("high", "AC-01", Severity.HIGH)


def test_the_finding_that_costs_most_comes_first() -> None:
    """By how much the score rises without it."""
    light = Finding("light", "GV-01", Severity.HIGH)
    first, second = fastest_way_up(snapshot(findings=(light, HIGH)))
    assert (first.findings, second.findings) == (("high",), ("light",))
    assert (
        first.gains
        == score(snapshot(findings=(light,))).final - score(snapshot(findings=(light, HIGH))).final
    )


def test_two_that_hold_one_control_down_are_mended_together() -> None:
    """Alone neither raises anything; both together do."""
    twin = replace(HIGH, id="twin")
    (repair,) = fastest_way_up(snapshot(findings=(HIGH, twin)))
    assert repair.findings == ("high", "twin")


def test_a_knockout_that_findings_hold_goes_with_them() -> None:
    """And is named."""
    capped = snapshot(findings=(HIGH,), knockouts=("KO-02",))
    (repair,) = fastest_way_up(capped, rests_on={"KO-02": ("high",)})
    assert (repair.lifts, repair.demands) == (("KO-02",), ())
    assert repair.gains == 6500 - score(capped).final


def test_a_knockout_that_stands_by_itself_is_the_way_up() -> None:
    """Closing a finding it does not rest on lifts no cap: lifting it is what raises the score."""
    capped = snapshot(findings=(HIGH,), knockouts=("KO-03",))
    assert without(capped, {"high"}, {}).knockouts == ("KO-03",)
    (repair,) = fastest_way_up(capped)
    assert (repair.findings, repair.lifts, repair.demands) == ((), ("KO-03",), ("KO-03",))
    assert repair.gains == score(snapshot(findings=(HIGH,))).final - 2900


def test_knockouts_that_cap_alike_are_lifted_together() -> None:
    """Alone neither raises anything, and a critical finding that caps next goes with them."""
    worst = replace(HIGH, id="worst", severity=Severity.CRITICAL)
    capped = snapshot(findings=(worst,), knockouts=("KO-09", "KO-02"))
    (repair,) = fastest_way_up(capped)
    assert repair.demands == ("KO-02", "KO-09")
    assert (repair.findings, repair.lifts) == (("worst",), ("KO-02", "KO-09", "KO-10"))
    assert score(capped).final + repair.gains == 6500


@given(snapshots())
def test_advice_is_kept_by_the_score(one: Snapshot) -> None:
    """Whoever follows it gets what it says."""
    now = score(one)
    for repair in fastest_way_up(one):
        left = without(one, repair.findings, {})
        stay = tuple(id for id in left.knockouts if id not in repair.demands)
        then = score(replace(left, knockouts=stay))
        assert then.final - now.final == repair.gains > 0
    for proof in cheapest_proofs(one):
        assert proof.narrows > 0


def test_facts_of_the_snapshot_are_those_of_a_contractor() -> None:
    """The figures above rest on this."""
    assert snapshot().facts == CONTRACTOR
