"""What holds for every score: the properties of the risk model, each for any snapshot."""

import datetime as dt
import json
import random
from dataclasses import replace
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.scoring.snapshots import CONTROLS, TODAY, claims, controls, facts, left_out, snapshots
from vendor_risk.evidence import Claim, Finding, Severity, Source
from vendor_risk.scoring.assurance import in_scope
from vendor_risk.scoring.inherent import Facts, inherent
from vendor_risk.scoring.model import Band, Grade, load
from vendor_risk.scoring.score import Score, score
from vendor_risk.scoring.snapshot import SNAPSHOT, Snapshot

_ORDER = [Grade.F, Grade.D, Grade.C, Grade.B, Grade.A]


def _risk(told: Score) -> int:
    """The residual risk, and the worst end while too little is known."""
    return told.residual if told.residual is not None else told.residual_range[1]


def _no_worse(after: Score, before: Score) -> None:
    assert after.assurance.final >= before.assurance.final
    assert after.assurance.low >= before.assurance.low
    assert _risk(after) <= _risk(before)
    assert after.residual_range[1] <= before.residual_range[1]


@given(snapshots())
def test_the_numbers_keep_their_order(one: Snapshot) -> None:
    """0 <= low <= final <= high <= 10000, and coverage is a share."""
    told = score(one).assurance
    assert 0 <= told.low <= told.final <= told.high <= 10000
    assert 0 <= told.coverage <= 10000


@given(snapshots())
def test_lines_sum_to_the_total(one: Snapshot) -> None:
    """The lines and the knock-out give exactly the score; those of the risk exactly the risk."""
    told = score(one)
    assert sum(line["points"] for line in told.to_json()["lines"]) == told.assurance.final
    assert all(0 <= line.points <= line.most + 1 for line in told.assurance.lines)
    if told.residual is not None:
        assert sum(line.points for line in told.residual_lines) == told.residual
        assert all(line.points > 0 for line in told.residual_lines)


@given(snapshots(), st.data())
def test_closing_a_finding_never_hurts(one: Snapshot, data: st.DataObject) -> None:
    """Neither the score falls nor the risk rises."""
    assume(one.findings)
    gone = data.draw(st.sampled_from(one.findings))
    left = tuple(each for each in one.findings if each is not gone)
    _no_worse(score(replace(one, findings=left)), score(one))


@given(snapshots(), st.data())
def test_lifting_a_knockout_never_hurts(one: Snapshot, data: st.DataObject) -> None:
    """A cap that goes lets the score rise."""
    assume(one.knockouts)
    gone = data.draw(st.sampled_from(one.knockouts))
    left = tuple(each for each in one.knockouts if each != gone)
    _no_worse(score(replace(one, knockouts=left)), score(one))


@given(snapshots(), st.data())
def test_raising_a_level_never_hurts(one: Snapshot, data: st.DataObject) -> None:
    """A claim that says more is worth no less."""
    assume(one.claims)
    at = data.draw(st.integers(0, len(one.claims) - 1))
    old = one.claims[at]
    higher = replace(
        old, level=data.draw(st.sampled_from([v for v in (0, 50, 100) if v >= old.level]))
    )
    raised = (*one.claims[:at], higher, *one.claims[at + 1 :])
    _no_worse(score(replace(one, claims=raised)), score(one))


@given(snapshots(), claims)
def test_a_further_claim_never_hurts(one: Snapshot, further: Claim) -> None:
    """Whoever says more, from whatever source, does not lose by it: honesty never costs.

    A blank that is answered may not lower the score, nor leave a higher risk.
    """
    before, after = score(one), score(replace(one, claims=(*one.claims, further)))
    assert after.assurance.final >= before.assurance.final
    assert after.assurance.low >= before.assurance.low
    assert _risk(after) <= _risk(before)


@given(snapshots(), st.integers(0, 4000))
def test_time_alone_raises_nothing(one: Snapshot, days: int) -> None:
    """The same evidence, looked at later, is worth no more."""
    later = replace(one, as_of=one.as_of + dt.timedelta(days=days))
    assert score(later).assurance.final <= score(one).assurance.final
    assert _risk(score(later)) >= _risk(score(one))


@given(snapshots(), controls)
def test_no_answer_is_worth_what_unmet_is(one: Snapshot, control: str) -> None:
    """Unanswered earns 0, the same as a plain no; only the upper end of the range differs."""
    blank = tuple(each for each in one.claims if each.control != control)
    unmet = Claim(control, 0, Source.SELF, TODAY)
    silent = score(replace(one, claims=blank)).assurance
    honest = score(replace(one, claims=(*blank, unmet))).assurance
    assert (silent.final, silent.low) == (honest.final, honest.low)
    assert honest.high <= silent.high


@given(snapshots(), controls)
def test_not_applicable_counts_only_when_it_was_accepted(one: Snapshot, control: str) -> None:
    """A vendor's own "does not apply" is no claim: nothing moves until an analyst accepts it."""
    blank = replace(
        one,
        claims=tuple(each for each in one.claims if each.control != control),
        not_applicable=tuple(each for each in one.not_applicable if each != control),
        out_of_scope=tuple(each for each in one.out_of_scope if each != control),
    )
    accepted = replace(blank, not_applicable=(*blank.not_applicable, control))
    assume(in_scope(accepted, load()))
    lines = {line.control for line in score(blank).assurance.lines}
    assert control in lines
    assert control not in {line.control for line in score(accepted).assurance.lines}


@given(snapshots(), st.randoms())
def test_order_is_of_no_account(one: Snapshot, dice: random.Random) -> None:
    """Claims, findings, controls and knock-outs in any order give the same bytes."""

    def mixed(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(dice.sample(items, len(items)))

    other = replace(
        one,
        observed=mixed(one.observed),
        claims=mixed(one.claims),
        findings=mixed(one.findings),
        knockouts=mixed(one.knockouts),
        out_of_scope=mixed(one.out_of_scope),
        not_applicable=mixed(one.not_applicable),
    )
    assert score(other) == score(one)


@given(snapshots(), claims)
def test_one_answer_moves_one_line(one: Snapshot, further: Claim) -> None:
    """All other lines stay, but for a rounding of one in 10000, and so does the scope."""
    before = {line.control: line.points for line in score(one).assurance.lines}
    after = score(replace(one, claims=(*one.claims, further))).assurance
    assert before.keys() == {line.control for line in after.lines}
    for line in after.lines:
        if line.control != further.control:
            assert abs(line.points - before[line.control]) <= 1


@given(snapshots())
def test_the_same_snapshot_gives_the_same_bytes(one: Snapshot) -> None:
    """Also after a way through JSON."""
    again = SNAPSHOT.validate_json(SNAPSHOT.dump_json(one))
    assert json.dumps(score(again).to_json()) == json.dumps(score(one).to_json())


@given(snapshots())
def test_a_check_that_could_not_run_costs_nothing(one: Snapshot) -> None:
    """Without `observed` only coverage is less, never the numbers."""
    blind, seen = score(replace(one, observed=())).assurance, score(one).assurance
    assert (blind.final, blind.low, blind.high) == (seen.final, seen.low, seen.high)
    assert blind.coverage <= seen.coverage


@given(snapshots(), snapshots())
def test_a_grade_follows_the_number(one: Snapshot, other: Snapshot) -> None:
    """The higher score never has the worse grade, and none is given below 60 % coverage."""
    first, second = score(one), score(other)
    for told in (first, second):
        assert (told.grade is None) == (told.assurance.coverage < 6000)
    if first.grade and second.grade and first.final >= second.final:
        assert _ORDER.index(first.grade) >= _ORDER.index(second.grade)


@given(snapshots())
def test_grade_and_band_never_contradict_the_worst_fact(one: Snapshot) -> None:
    """With a knock-out in force there is no A, no B, and no low band where much can happen."""
    told = score(one)
    if told.assurance.knockouts:
        assert told.grade not in (Grade.A, Grade.B)
        if told.inherent.value >= 45:
            assert told.band not in (Band.LOW, Band.MEDIUM)
        if told.inherent.value >= 25:
            assert told.band is not Band.LOW


@given(snapshots(), facts, facts)
def test_more_inherent_risk_never_leaves_less(one: Snapshot, some: Facts, others: Facts) -> None:
    """With the same evidence the engagement that can hurt more keeps the higher residual risk."""
    low, high = sorted((some, others), key=lambda each: inherent(each).value)
    assert _risk(score(replace(one, facts=low))) <= _risk(score(replace(one, facts=high)))


@given(facts)
def test_all_met_and_only_said_gives_65(told: Facts) -> None:
    """Whatever the facts bring into scope, an answer to all of it has full coverage and a C."""
    out = left_out(told)
    answers = tuple(
        Claim(control, 100, Source.SELF, TODAY) for control in CONTROLS if control not in out
    )
    result = score(Snapshot(TODAY, told, claims=answers, out_of_scope=out))
    assert (result.assurance.coverage, result.final, result.grade) == (10000, 6500, Grade.C)
    assert result.unverified


@given(snapshots(), controls, st.sampled_from([Severity.HIGH, Severity.MEDIUM, Severity.LOW]))
def test_ten_warnings_weigh_as_the_worst_of_them(
    one: Snapshot, control: str, severity: Severity
) -> None:
    """Several findings on one control do not add up."""
    single = replace(one, findings=(*one.findings, Finding("x", control, severity)))
    many = replace(
        single,
        findings=(
            *single.findings,
            *(Finding(f"y{n}", control, Severity.LOW) for n in range(9)),
        ),
    )
    assert score(many).final == score(single).final
