"""Inherent risk: the number, its lines, the tier and its floors."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from vendor_risk.scoring.inherent import ACCESS_FLOOR, HIGHEST, Facts, inherent
from vendor_risk.scoring.model import Tier, load
from vendor_risk.scoring.scales import FACTORS, FLOORS

LEVEL = st.integers(0, 4)
FLOOR_SETS = st.sets(st.sampled_from(sorted(FLOORS))).map(frozenset)
FACTS = st.builds(Facts, LEVEL, LEVEL, LEVEL, LEVEL, LEVEL, FLOOR_SETS)
KEYS = [factor.key for factor in FACTORS]


def facts(levels: tuple[int, int, int, int, int], *floors: str) -> Facts:
    return Facts(*levels, floors=frozenset(floors))


@pytest.mark.parametrize(
    ("name", "levels", "value", "tier"),
    [
        # the levels that the four known breaches had before they were breaches
        ("heating contractor with a portal log-in", (1, 0, 3, 0, 1), 58, Tier.T2),
        ("cargo handler with remote access", (2, 2, 3, 2, 0), 66, Tier.T2),
        ("marketplace with 145 million buyers", (3, 4, 3, 3, 0), 89, Tier.T1),
        ("mail provider with a billion accounts", (3, 4, 3, 1, 0), 86, Tier.T1),
        ("the shop's own payment page", (4, 4, 4, 4, 4), 100, Tier.T1),
        ("nothing at all", (0, 0, 0, 0, 0), 0, Tier.T4),
        ("a caterer", (1, 0, 0, 0, 0), 18, Tier.T4),
        ("13.5 for the highest and 3 for its own weight", (0, 1, 0, 0, 0), 17, Tier.T4),
    ],
)
def test_the_number_of_known_cases(
    name: str, levels: tuple[int, int, int, int, int], value: int, tier: Tier
) -> None:
    """I = (150 x highest + sum of weight x level + 5) // 10."""
    result = inherent(facts(levels))
    assert (result.value, result.tier) == (value, tier), name


def test_half_a_point_is_rounded_up() -> None:
    """150 + 15 is 16.5 points, and 17 is shown."""
    assert inherent(facts((0, 1, 0, 0, 0))).value == 17


@given(FACTS)
def test_the_lines_sum_to_the_number(some: Facts) -> None:
    """What the page shows adds up, whatever the rounding."""
    result = inherent(some)
    assert sum(line.points for line in result.lines) == result.value


@given(FACTS)
def test_the_number_is_the_formula_of_the_model(some: Facts) -> None:
    """An independent sum of five products gives the same digit."""
    levels = [getattr(some, key) for key in KEYS]
    products = sum(
        weight * level for weight, level in zip((30, 15, 30, 15, 10), levels, strict=True)
    )
    assert inherent(some).value == int(15 * max(levels) + products / 10 + 0.5)


@given(FACTS, st.sampled_from(KEYS))
def test_a_higher_level_never_lowers_number_or_tier(some: Facts, key: str) -> None:
    """More access, data or importance is never less risk."""
    levels = {name: getattr(some, name) for name in KEYS}
    more = Facts(**(levels | {key: min(4, levels[key] + 1)}), floors=some.floors)
    before, after = inherent(some), inherent(more)
    assert after.value >= before.value
    assert after.tier <= before.tier


@given(FACTS)
def test_no_line_is_off_by_a_whole_point(some: Facts) -> None:
    """Rounding moves a line by less than a point."""
    weights = {
        HIGHEST: 150,
        **dict(zip(KEYS, (30, 15, 30, 15, 10), strict=True)),
    }
    for line in inherent(some).lines:
        assert abs(line.points * 10 - weights[line.factor] * line.level) < 10


def test_the_lines_say_what_the_levels_mean() -> None:
    """Each line carries the words of its level, the first the name of the highest factor."""
    lines = inherent(facts((1, 0, 3, 0, 1))).lines
    assert [(line.factor, line.level, line.points, line.text) for line in lines] == [
        (HIGHEST, 3, 45, "Access"),
        ("data_sensitivity", 1, 3, "Business contacts"),
        ("data_volume", 0, 0, "Nobody"),
        ("access", 3, 9, "Any other log-in, remote access or administration"),
        ("criticality", 0, 0, "A month or more"),
        ("payment", 1, 1, "Invoices"),
    ]


@pytest.mark.parametrize("floor", sorted(FLOORS))
def test_a_floor_makes_tier_1(floor: str) -> None:
    """A payment-page script, card data or special categories weigh more than any sum."""
    result = inherent(facts((1, 0, 0, 0, 0), floor))
    assert (result.value, result.tier, result.by_value) == (18, Tier.T1, Tier.T4)
    assert [lift.floor for lift in result.lifts] == [floor]


def test_access_of_3_is_at_least_tier_2() -> None:
    """A log-in lifts a vendor whose sum says less, but no level of access below 3 does."""
    no_weight_left = inherent(facts((0, 0, 3, 0, 0)))  # 45 + 9
    assert no_weight_left.value == 54
    assert no_weight_left.tier is Tier.T2
    assert inherent(facts((0, 0, 2, 0, 0))).tier is Tier.T3


def test_the_access_floor_lifts_where_the_cuts_of_a_model_are_higher() -> None:
    """The floor stands by itself: with a stricter cut for tier 2 it is what decides."""
    model = load()
    high = model.tiers[Tier.T2].model_copy(update={"from_": 60})
    stricter = replace(model, tiers={**model.tiers, Tier.T2: high})
    result = inherent(facts((0, 0, 3, 0, 0)), stricter)
    assert (result.by_value, result.tier) == (Tier.T3, Tier.T2)
    assert [lift.floor for lift in result.lifts] == [ACCESS_FLOOR]


def test_a_floor_that_changes_nothing_is_no_lift() -> None:
    """A vendor that is tier 1 by its number is not said to be lifted."""
    assert inherent(facts((4, 4, 4, 4, 4), "card-data")).lifts == ()


@pytest.mark.parametrize("level", [-1, 5])
def test_a_level_off_the_scale_is_refused(level: int) -> None:
    """The scales run from 0 to 4."""
    with pytest.raises(ValueError, match="access is"):
        facts((0, 0, level, 0, 0))


def test_an_undeclared_floor_is_refused() -> None:
    """A misspelt floor would silently lift nothing."""
    with pytest.raises(ValueError, match="unknown floor 'cards'"):
        facts((0, 0, 0, 0, 0), "cards")


@given(FACTS)
def test_facts_go_to_json_and_back(some: Facts) -> None:
    """A stored snapshot gives the same facts again, its floors in a fixed order."""
    adapter = TypeAdapter(Facts)
    assert adapter.validate_json(adapter.dump_json(some)) == some
    assert adapter.dump_python(some, mode="json")["floors"] == sorted(some.floors)


def test_every_level_of_every_factor_has_words_of_its_own() -> None:
    """No two options of the form read alike."""
    levels = [level for factor in FACTORS for level in factor.levels]
    assert len({level.label for level in levels} | {level.example for level in levels}) == 50
