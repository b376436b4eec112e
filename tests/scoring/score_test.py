"""The exact arithmetic of one score, and what no score can be computed from."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.scoring.snapshots import CONTRACTOR, TODAY, met, snapshot
from vendor_risk.evidence import Claim, Finding, Severity, Source
from vendor_risk.scoring.assurance import weigh
from vendor_risk.scoring.model import Band, Grade, Tier, load
from vendor_risk.scoring.score import score, shown_grade
from vendor_risk.scoring.shares import shared
from vendor_risk.scoring.snapshot import Snapshot, SnapshotRefused, parse

GOLDEN = Path(__file__).parent / "golden"


def only(*claims: Claim, **spoilt: Any) -> Snapshot:
    """A contractor about whom just these claims are known."""
    return snapshot(claims=claims, **spoilt)


def claim(level: int = 100, source: Source = Source.SELF, **spoilt: Any) -> Claim:
    """A claim on the second factor, made today."""
    return replace(Claim("AC-01", level, source, TODAY), **spoilt)


def test_a_contractor_that_says_yes_to_everything() -> None:
    """65 C, unverified, anything from 0 to 100, a medium risk: unread claims are no proof."""
    told = score(snapshot())
    assert (told.final, told.grade, told.unverified) == (6500, Grade.C, True)
    assert (told.assurance.low, told.assurance.high) == (0, 10000)
    assert (told.inherent.value, told.tier) == (58, Tier.T2)
    assert (told.residual, told.residual_range, told.band) == (4292, (1160, 5800), Band.MEDIUM)


def test_a_knockout_caps_all_three_numbers_and_lifts_the_risk() -> None:
    """No second factor: 49 D, at most 49, and a high risk."""
    told = score(snapshot(knockouts=("KO-02",)))
    assert (told.final, told.grade, told.assurance.high) == (4900, Grade.D, 4900)
    assert (told.assurance.knocked_by, told.assurance.knocked) == ("KO-02", -1600)
    assert (told.residual, told.band) == (4663, Band.HIGH)


def test_the_lowest_cap_counts_and_the_lower_id_where_two_are_alike() -> None:
    """KO-01 and KO-05 both cap at 39."""
    told = score(snapshot(knockouts=("KO-05", "KO-02", "KO-01"))).assurance
    assert told.knockouts == ("KO-01", "KO-05", "KO-02")
    assert (told.final, told.knocked_by) == (3900, "KO-01")


@pytest.mark.parametrize(
    ("last", "final", "shown"),
    [
        (Grade.D, 3901, Grade.D),
        (Grade.D, 3900, Grade.F),  # the cap of KO-01 and KO-05
        (Grade.A, 3900, Grade.F),
        (Grade.C, 5400, Grade.D),  # the cap of KO-10
        (Grade.D, 5599, Grade.D),
        (Grade.D, 5600, Grade.C),
        (None, 3999, Grade.F),
    ],
)
def test_the_shown_grade_moves_a_point_past_its_threshold(
    last: Grade | None, final: int, shown: Grade
) -> None:
    """Whichever way: a point is enough, and less is not; the first has nothing to waver from."""
    told = score(snapshot())
    told = replace(told, assurance=replace(told.assurance, final=final))
    assert shown_grade(last, replace(told, grade=load().grade(final // 100)), load()) == shown


def test_a_knockout_that_lowers_nothing_has_no_line() -> None:
    """It stands among those in force, and the lines sum without it."""
    told = score(only(claim(), knockouts=("KO-02",)))
    assert told.assurance.knockouts == ("KO-02",)
    assert told.assurance.knocked_by is None
    assert all("knockout" not in line for line in told.to_json()["lines"])


def test_a_critical_finding_is_a_knockout_by_itself() -> None:
    """KO-10 needs nobody to name it."""
    told = score(snapshot(findings=(Finding("f", "HV-03", Severity.CRITICAL),)))
    assert told.assurance.knockouts == ("KO-10",)
    assert told.final == 5400


@pytest.mark.parametrize(
    ("source", "credit"),
    [
        (Source.SELF, 6500),
        (Source.REVIEWED, 9200),
        (Source.AUDITED, 10000),
        (Source.OBSERVED, 10000),
    ],
)
def test_who_says_it_decides_what_it_is_worth(source: Source, credit: int) -> None:
    """A self-attested yes counts 65 %, a read one 92 %, an audit and our own look in full."""
    line = next(
        each
        for each in score(only(claim(source=source))).assurance.lines
        if each.control == "AC-01"
    )
    assert line.credit == credit
    assert line.proven == (0 if source is Source.SELF else credit)


def test_a_contradicted_vendor_is_believed_less() -> None:
    """Only bare claims fall to 40 %; what somebody read stays."""
    told = score(snapshot(credibility="contradicted"))
    assert told.final == 4000
    read = snapshot(claims=met(source=Source.REVIEWED), credibility="contradicted")
    assert score(read).final == 9200


@pytest.mark.parametrize(
    ("days", "decay"),
    [
        (0, 10000),
        (1, 10000),
        (22, 10000),
        (23, 9419),
        (180, 6500),
        (360, 4750),
        (2880, 3000),
        (100000, 3000),
    ],
)
def test_a_claim_past_its_validity_fades(days: int, decay: int) -> None:
    """Half of the upper 70 % is gone after 180 days, in steps of an eighth of that."""
    one = claim(date=TODAY - dt.timedelta(days=days), valid_until=TODAY - dt.timedelta(days=days))
    assert weigh(one, TODAY, load(), contradicted=False).decay == decay


def test_what_was_observed_fades_six_times_as_fast() -> None:
    """A look from outside is good for 30 days, and half of it is gone 30 days later."""
    old = claim(source=Source.OBSERVED, date=TODAY - dt.timedelta(days=60))
    weighed = weigh(old, TODAY, load(), contradicted=False)
    assert (weighed.valid_until, weighed.decay) == (TODAY - dt.timedelta(days=30), 6500)


def test_a_claim_without_an_end_is_good_for_a_year() -> None:
    """On its 366th day it begins to fade."""
    old = claim(date=TODAY - dt.timedelta(days=365))
    assert weigh(old, TODAY, load(), contradicted=False).valid_until == TODAY


@pytest.mark.parametrize(
    ("severity", "credit"),
    [
        (Severity.CRITICAL, 0),
        (Severity.HIGH, 2500),
        (Severity.MEDIUM, 6000),
        (Severity.LOW, 6500),
        (Severity.INFORMATIONAL, 6500),
    ],
)
def test_the_worst_finding_of_a_control_caps_it(severity: Severity, credit: int) -> None:
    """Whatever was claimed; a low one caps at 85 %, above what a bare claim gives."""
    told = score(snapshot(findings=(Finding("f", "HV-03", severity),)))
    line = next(each for each in told.assurance.lines if each.control == "HV-03")
    assert line.credit == credit
    assert (line.cap is None) == (severity is Severity.INFORMATIONAL)


def test_who_answers_too_little_has_no_grade() -> None:
    """Neither 0 nor F: not rated, with the worst end of the range as its band."""
    told = score(only(claim()))
    assert told.to_json()["grade"] == "not rated"
    assert (told.residual, told.unverified) == (None, False)
    assert told.band == load().band(told.residual_range[1])


def test_what_checks_looked_at_counts_as_known() -> None:
    """Coverage is of what was answered or looked at, not of what was good."""
    some = only(claim(), observed=("DP-01", "DN-01", "AC-01"))
    assert score(some).assurance.coverage == 10000 * (1000 + 400 + 400) // 6600


def test_points_that_are_missing_go_to_the_largest_remainders() -> None:
    """Three equal parts of 100: the first by name has the odd one."""
    assert shared(100, {"b": 1, "a": 1, "c": 1}) == {"a": 34, "b": 33, "c": 33}
    assert shared(5, {"a": 0, "b": 0}) == {"a": 0, "b": 0}


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        ({"claims": (claim(control="XX-01"),)}, "XX-01 is no control"),
        ({"claims": (claim(date=TODAY + dt.timedelta(days=1)),)}, "after 2026-11-22"),
        ({"claims": (claim(level=70),)}, "it is 0, 50 or 100"),
        ({"knockouts": ("KO-99",)}, "KO-99 is no knock-out"),
        ({"out_of_scope": tuple(load().controls)}, "every control is out of scope"),
        ({"not_applicable": ("AC-99",)}, "AC-99 is no control"),
        ({"observed": ("",)}, "is no control"),
        (
            {
                "findings": (
                    Finding("f", "AC-01", Severity.LOW),
                    Finding("f", "AC-02", Severity.LOW),
                )
            },
            "f stands twice",
        ),
    ],
)
def test_what_no_score_can_be_computed_from(spoilt: dict[str, Any], words: str) -> None:
    """It is refused with the reason, and no number comes out."""
    with pytest.raises(SnapshotRefused, match=words):
        score(snapshot(**spoilt))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the object"),
        ("[]", "the object"),
        ('{"as_of": "2026-11-22"}', "facts"),
        ('{"as_of": "yesterday", "facts": {}}', "as_of"),
        (
            '{"as_of": "2026-11-22", "facts": {"data_sensitivity": 5, "data_volume": 0,'
            ' "access": 0, "criticality": 0, "payment": 0}}',
            "must be from 0 to 4",
        ),
        (
            '{"as_of": "2026-11-22", "claimz": [], "facts": {"data_sensitivity": 0, "data_volume":'
            ' 0, "access": 0, "criticality": 0, "payment": 0}}',
            "claimz",
        ),
    ],
)
def test_text_that_is_no_snapshot(text: str, words: str) -> None:
    """The message names the place."""
    with pytest.raises(SnapshotRefused, match=words):
        parse(text)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_released_model_gives_the_bytes_it_gave(path: Path) -> None:
    """An old score can be reproduced to the byte; a changed number needs a new model."""
    kept = json.loads(path.read_text())
    told = score(parse(json.dumps(kept["snapshot"]))).to_json()
    assert json.dumps(told, sort_keys=True) == json.dumps(kept["score"], sort_keys=True)
    assert kept["score"]["model"] == path.stem.partition("-")[0]


def test_there_are_golden_files() -> None:
    """The test above must not pass by finding nothing."""
    assert len(list(GOLDEN.glob(f"{load().version}-*.json"))) >= 4


def test_facts_of_a_contractor() -> None:
    """The five lines of inherent risk sum to the number that the residual risk starts from."""
    told = score(snapshot(facts=CONTRACTOR)).inherent
    assert sum(line.points for line in told.lines) == told.value == 58
