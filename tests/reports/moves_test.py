"""What moves between looks: marks that come and go, and a table that answers each kind."""

from pathlib import Path

import pytest

from vendor_risk.reports.moves import (
    MISSES,
    TABLE,
    Answer,
    Kind,
    MarkMove,
    answered,
    remember,
    twice,
)

HOST = ["a.example"]
SEEN = {
    "issuer": ["Kestrel CA"],
    "mail": ["Heron Mail"],
    "provider": [],
    "script": ["merlin.example"],
}


def after(*looks, hosts=HOST, start=None):
    """What the last of these looks at one host moved."""
    known, moved = start, ()
    for look in looks:
        known, moved = remember(known, hosts, [look] if look is not None else [])
    return moved


def test_the_first_look_moves_nothing():
    """There is nothing that it could differ from."""
    assert after(SEEN) == ()


def test_the_same_look_again_moves_nothing():
    """Whatever is there stays there."""
    assert after(SEEN, SEEN) == ()


@pytest.mark.parametrize(
    ("mark", "kind"),
    [
        ("issuer", Kind.ISSUER_NEW),
        ("mail", Kind.MAIL_NEW),
        ("provider", Kind.PROVIDER_NEW),
        ("script", Kind.SCRIPT_NEW),
    ],
)
def test_a_new_value_is_a_move(mark, kind):
    """By the kind of its mark."""
    more = SEEN | {mark: [*SEEN[mark], "Somebody"]}
    assert after(SEEN, more) == (MarkMove(kind, "Somebody"),)


def test_a_value_is_gone_after_three_looks_without_it():
    """Not before: two issuers in turn would else come and go with each look."""
    without = SEEN | {"issuer": []}
    assert after(SEEN, *[without] * (MISSES - 1)) == ()
    assert after(SEEN, *[without] * MISSES) == (MarkMove(Kind.ISSUER_GONE, "Kestrel CA"),)


def test_what_was_missed_and_comes_back_is_no_news():
    """It was never gone."""
    without = SEEN | {"issuer": []}
    assert after(SEEN, without, without, SEEN) == ()


def test_a_look_that_could_not_see_a_kind_says_nothing_of_it():
    """Neither new nor gone, however often."""
    blind = {kind: values for kind, values in SEEN.items() if kind != "mail"}
    assert after(SEEN, *[blind] * 5) == ()
    assert after(SEEN, *[blind] * 5, SEEN) == ()


def test_the_first_look_that_sees_a_kind_moves_nothing():
    """The mail was out of reach before; that somebody handles it is not new."""
    blind = {kind: values for kind, values in SEEN.items() if kind != "mail"}
    assert after(blind, SEEN) == ()


def test_what_one_host_has_left_is_not_gone_while_another_was_not_reached():
    """The other one may still have it."""
    both = ["a.example", "b.example"]
    known, _moved = remember(None, both, [SEEN, SEEN])
    for _look in range(5):
        known, moved = remember(known, both, [SEEN | {"issuer": []}])
        assert moved == ()


def test_a_host_is_new_or_gone_at_once():
    """Which hosts are looked at is known for certain."""
    known, _moved = remember(None, HOST, [SEEN])
    known, moved = remember(known, [*HOST, "b.example"], [SEEN, SEEN])
    assert moved == (MarkMove(Kind.HOST_NEW, "b.example"),)
    assert remember(known, HOST, [SEEN])[1] == (MarkMove(Kind.HOST_GONE, "b.example"),)


def test_a_host_that_is_not_reached_is_not_gone():
    """It is still looked at."""
    known, _moved = remember(None, HOST, [SEEN])
    assert remember(known, HOST, [])[1] == ()


def test_each_kind_has_a_row_in_the_table():
    """With an answer for each tier."""
    assert list(TABLE) == list(Kind)
    assert all(len(row.answers) == 4 for row in TABLE.values())


def test_no_tier_hears_less_than_a_milder_one():
    """What may hurt more is answered at least as loudly."""
    loud = list(Answer)
    for kind, row in TABLE.items():
        levels = [loud.index(each) for each in row.answers]
        assert levels == sorted(levels, reverse=True), kind


def test_a_vendor_nobody_triaged_counts_as_tier_3():
    """As it does for the days to mend a finding."""
    table = {kind: row.answers for kind, row in TABLE.items()}
    assert answered(table, Kind.FAULT_SEVERE, None) == TABLE[Kind.FAULT_SEVERE].answers[2]


@pytest.mark.parametrize(
    ("kind", "check", "second"),
    [
        (Kind.FAULT_SEVERE, "tls.cert.trust", True),
        (Kind.FAULT_SEVERE, "web.script.changed", False),
        (Kind.FAULT_SEVERE, "intel.breach", False),
        (Kind.GRADE_DOWN, "", False),
    ],
)
def test_a_fault_that_one_answer_may_show_needs_a_second_look(kind, check, second):
    """Unless it compares looks, or stands in a list of others."""
    assert twice(kind, check) is second


def test_the_manual_prints_the_table_as_delivered():
    """Each kind in its words, with its four answers."""
    text = (Path(__file__).parents[2] / "docs" / "moves.md").read_text()
    for row in TABLE.values():
        assert f"| {row.words} | {' | '.join(row.answers)} |" in text
