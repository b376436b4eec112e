"""For every combination of facts the chosen questionnaires ask what counts, and nothing twice."""

import itertools
from collections.abc import Iterator

import pytest

from tests.questionnaires.samples import TODAY, say
from vendor_risk.questionnaires.chosen import (
    CONTRACTOR_ACCESS,
    ECOM_CORE,
    INCIDENT,
    INTAKE,
    MVSP,
    PAYMENT_PAGE,
    PROCESSOR,
    chosen,
)
from vendor_risk.questionnaires.evaluate import Evaluation, evaluate
from vendor_risk.questionnaires.merged import merge
from vendor_risk.scoring.asking import levels
from vendor_risk.scoring.controls import out_of_scope
from vendor_risk.scoring.inherent import Facts
from vendor_risk.scoring.model import Grade, load
from vendor_risk.scoring.scales import FLOORS, TOP
from vendor_risk.scoring.score import score
from vendor_risk.scoring.snapshot import Snapshot
from vendor_risk.workflow.questionnaires import called, shipped

SHIPPED = {path.stem: called(path.stem) for path in shipped()}
STEPS = range(TOP + 1)
# The levels of data volume and criticality bring nothing into scope and choose nothing; they move
# the tier, which stands here by itself, because a person may override it.
EVERY = [
    (Facts(data, 0, access, 0, payment, frozenset(floors)), tier)
    for data, access, payment in itertools.product(STEPS, STEPS, STEPS)
    for count in range(len(FLOORS) + 1)
    for floors in itertools.combinations(FLOORS, count)
    for tier in (1, 2, 3, 4)
]


def unlike() -> Iterator[tuple[tuple[str, ...], tuple[str, ...], Facts]]:
    """Of all combinations one of each kind: the same files, scope and conditions are asked once."""
    seen = set()
    for facts, tier in EVERY:
        told = levels(facts)
        ids = chosen(told, tier)
        out = tuple(each.control for each in out_of_scope(facts))
        special = told["special-category"] or facts.data_sensitivity == TOP  # asked for one more
        kind = (ids, out, bool(special))
        if kind not in seen:
            seen.add(kind)
            yield ids, out, facts


KINDS = list(unlike())


def asked(ids: tuple[str, ...], out: tuple[str, ...], facts: Facts, answers=None) -> Evaluation:
    return evaluate(
        [SHIPPED[id] for id in ids],
        levels(facts),
        answers or {},
        as_of=TODAY,
        out_of_scope=out,
    )


def all_met(told: Evaluation) -> dict:
    """Every question answered as well as can be, without any proof."""
    best = {"choice": "met", "text": "said", "table": "said", "file": "said", "number": 1}
    return {
        each.question.id: say(
            best.get(each.question.type) if each.question.type != "multi" else (each.options[0].id,)
        )
        for each in told.visible
    }


def test_every_control_in_scope_is_asked_for_and_no_other() -> None:
    """Whatever the facts are, and whatever tier somebody chose."""
    every = load().controls.keys()
    for ids, out, facts in KINDS:
        assert asked(ids, out, facts).controls == every - set(out), (ids, facts)


def test_no_question_is_asked_twice() -> None:
    """Neither by its id nor by its words."""
    for ids, out, facts in KINDS:
        visible = asked(ids, out, facts).visible
        names = [each.question.id for each in visible]
        words = [each.question.text["en"] for each in visible]
        meanings = [(each.control, each.question.same_as or each.question.id) for each in visible]
        for each in (names, words, meanings):
            assert len(set(each)) == len(each), (ids, facts)


def test_yes_to_everything_without_proof_is_an_unverified_c() -> None:
    """All is known, 65 of 100, and nobody can talk themselves above it."""
    for ids, out, facts in KINDS:
        first = all_met(asked(ids, out, facts))
        told = asked(ids, out, facts, all_met(asked(ids, out, facts, first)))
        assert told.blanks == (), (ids, told.blanks)
        assert told.faults == ()
        result = score(Snapshot(TODAY, facts, claims=told.claims, out_of_scope=out))
        figures = (result.assurance.coverage, result.final, result.grade, result.unverified)
        assert figures == (10000, 6500, Grade.C, True), (ids, facts)


def test_any_of_the_files_can_be_asked_together() -> None:
    """In any order of two, as a person may choose them by hand."""
    vendors = [SHIPPED[id] for id in SHIPPED if id != INTAKE]
    for pair in itertools.permutations(vendors, 2):
        assert merge(pair)
    assert merge(vendors)


def test_the_sum_stays_bearable() -> None:
    """A payment provider that holds our customers' data, the most that anybody is asked."""
    most = max(len(asked(*kind).visible) for kind in KINDS)
    provider = Facts(4, 4, 4, 4, 4, frozenset(FLOORS))
    ids = chosen(levels(provider), 1)
    assert ids == (ECOM_CORE, PAYMENT_PAGE, PROCESSOR)
    assert len(asked(ids, (), provider).visible) == most
    assert most <= 75


@pytest.mark.parametrize(
    ("facts", "tier", "ids"),
    [
        (Facts(0, 0, 3, 2, 1), 2, (CONTRACTOR_ACCESS,)),  # heating, with a log-in
        (Facts(0, 0, 0, 0, 1), 4, (CONTRACTOR_ACCESS,)),  # a caterer
        (Facts(1, 1, 2, 1, 0), 4, (MVSP, CONTRACTOR_ACCESS)),  # a planning tool
        (Facts(2, 2, 1, 1, 0), 3, (MVSP, CONTRACTOR_ACCESS, PROCESSOR)),  # a newsletter
        (Facts(2, 3, 3, 3, 2), 2, (ECOM_CORE, PROCESSOR)),  # a help desk
        (Facts(0, 0, 4, 4, 4, frozenset({"payment-page-script"})), 1, (ECOM_CORE, PAYMENT_PAGE)),
    ],
)
def test_who_gets_what(facts: Facts, tier: int, ids: tuple[str, ...]) -> None:
    """Vendors as one meets them."""
    assert chosen(levels(facts), tier) == ids


def test_intake_and_the_rapid_questions_are_never_chosen_by_facts() -> None:
    """One is for our own people, the other for the day of an event."""
    assert not {INTAKE, INCIDENT} & {id for ids, _out, _facts in KINDS for id in ids}
