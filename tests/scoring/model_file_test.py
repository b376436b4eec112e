"""A model file that breaks a rule is refused, with the rule."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from importlib.resources import files
from typing import Any

import pytest
import yaml

from vendor_risk.checks.catalogue import catalogue
from vendor_risk.scoring.controls import NAMES, out_of_scope
from vendor_risk.scoring.inherent import Facts
from vendor_risk.scoring.model import Model, ModelRefused, load, read


def changed(path: str, value: Any) -> Model:
    """The released model with one entry changed, read from its text."""
    text = (files("vendor_risk.scoring") / "models" / "1.0.0.yaml").read_text()
    told = place = yaml.safe_load(text)
    *way, last = path.split("/")
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[int(last) if last.isdigit() else last] = value
    return read(yaml.safe_dump(told).encode())


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("controls/AC-01/weight", 999, "sum to 9999"),
        ("controls/AC-01/weight", 0, "controls.AC-01.weight"),
        ("controls/WB-01/when", {"floors": ["moon"]}, "moon is no fact"),
        ("controls/WB-01/when", {"mood": 3}, "mood"),
        ("credit/self", 9300, "credit must not fall"),
        ("credit/observed", 100, "credit must not fall"),
        ("credit/self", 7000, "nobody talks themselves above C"),
        ("decay/table", [100, 200], "must fall"),
        ("decay/floor", 9000, "more than 10000"),
        ("caps/critical", 3000, "caps must rise"),
        ("grades/A", 60, "grades must begin at 0 and rise"),
        ("grades/F", 10, "grades must begin at 0 and rise"),
        ("bands/medium", 8000, "bands must begin at 0 and rise"),
        ("knockouts/KO-10", 85, "below grade B"),
        ("knockout_residual", 100, "knock-out"),
        ("control_share", 20000, "control_share"),
        ("inherent/max_weight", 10, "must sum to 250"),
        ("inherent/weights", {"access": 100}, "must name"),
        ("proofs/DP-01/level", 70, "proofs.DP-01.level"),
        ("proofs/XX-01", {"level": 50, "checks": ["web.hsts"]}, "XX-01 is no control"),
        ("surprise", 1, "surprise"),
        # a worse fact lowers no risk, and no risk lies above 100 or below 0
        ("inherent/weights/data_volume", -15, "inherent.weights.data_volume"),
        ("tiers/1/from", 101, "tiers.1.from"),
        ("tier_floors/access/at_level", 9, "tier_floors.access.at_level"),
        # whatever is bought has a score, and a control that is named can count
        ("controls/AC-02/when", {"access": 9}, "controls.AC-02.when.access"),
        ("controls/AC-02/when", {}, "names no fact"),
        # a fault never lifts a score
        ("caps/informational", 10, "caps names critical"),
        ("posture/points/critical", -40, "posture.points.critical"),
        ("posture/families_needed", 0, "posture.families_needed"),
        # a day that no calendar has ends no score half way
        ("validity/stated", 10**9, "validity.stated"),
        ("grades/A", 101, "grades.A"),
        ("bands/critical", 10**6, "bands.critical"),
        ("knockout_residual", 10**6, "knockout_residual"),
    ],
)
def test_a_broken_rule_is_named(path: str, value: Any, words: str) -> None:
    """Nothing is scored by a model that could break a property of every score."""
    with pytest.raises(ModelRefused, match=words.replace("knock-out", "knockout_residual")):
        changed(path, value)


def test_a_model_by_which_nothing_may_be_in_scope_is_refused() -> None:
    """By every set of facts one control at least counts; without any there is no score."""
    every = {
        name: {"weight": one.weight, "when": {"payment": 4}}
        for name, one in load().controls.items()
    }
    with pytest.raises(ModelRefused, match="one at least counts"):
        changed("controls", every)


@pytest.mark.parametrize("content", [b"", b"[1]", b"a: [", b"\xff\xfe\x00"])
def test_what_is_no_model_at_all(content: bytes) -> None:
    """A sentence, not a trace."""
    with pytest.raises(ModelRefused):
        read(content)


def test_an_allowed_change_is_another_model() -> None:
    """It has a hash of its own, so no score can be taken for one of the released model."""
    assert changed("credit/self", 6000).sha256 != load().sha256


def test_the_table_of_decay_is_that_of_the_formula() -> None:
    """7000 x 2^(-n/8), rounded half up, for n below 128."""
    with localcontext() as exact:
        exact.prec = 60
        table = [
            int((7000 * Decimal(2) ** (Decimal(-n) / 8)).quantize(0, ROUND_HALF_UP))
            for n in range(128)
        ]
    assert list(load().decay.table) == table


def test_every_control_has_a_name() -> None:
    """In the words of people, none left over."""
    assert NAMES.keys() == load().controls.keys()


def test_proofs_name_checks_of_their_control() -> None:
    """A check that is renamed must not make a control unprovable in silence."""
    controls = {check.id: check.control for check in catalogue()}
    for control, proof in load().proofs.items():
        assert {controls.get(check) for check in proof.checks} == {control}


def test_every_check_speaks_of_a_control_of_the_model() -> None:
    """A fault on a control that nobody weighs would cap nothing."""
    assert {check.control for check in catalogue()} <= load().controls.keys()


NOTHING = {"data_sensitivity": 0, "data_volume": 0, "access": 0, "criticality": 0, "payment": 0}


@pytest.mark.parametrize(
    ("facts", "gone", "back"),
    [
        ({}, {"AC-02", "AC-03", "DP-02", "DP-03", "DP-04", "BC-01", "SC-01", "WB-01"}, set()),
        ({"access": 3}, {"WB-01", "DP-02"}, {"AC-02", "AC-03"}),
        ({"data_sensitivity": 1}, {"AC-02"}, {"DP-02", "DP-03", "DP-04", "BC-01", "SC-01"}),
        ({"payment": 3}, {"DP-02"}, {"WB-01", "WB-02", "WB-03", "GV-02"}),
        ({"floors": frozenset({"payment-page-script"})}, {"DP-02"}, {"WB-01"}),
    ],
)
def test_facts_decide_what_counts(facts: dict[str, Any], gone: set[str], back: set[str]) -> None:
    """No payment role, no data, no access: what would not apply is not asked, with the reason."""
    left = {each.control: each.reasons for each in out_of_scope(Facts(**NOTHING | facts))}
    assert gone <= left.keys()
    assert not back & left.keys()
    assert all(left.values())
