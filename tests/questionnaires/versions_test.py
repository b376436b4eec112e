"""A sheet that comes again: which row is which question, what differs, and the number after."""

import pytest

from tests.questionnaires.samples import TEXT, spoilt, template
from vendor_risk.questionnaires import versions
from vendor_risk.questionnaires.grid import Item
from vendor_risk.questionnaires.template import Template

LOCK, ALARM, GUARD = "Is there a lock?", "Does an alarm ring at night?", "Who guards the house?"


def house(*rows: tuple[str, str]) -> Template:
    """A questionnaire of the sheet's numbers and questions; ids are q1, q2, ..."""
    questions = "\n".join(
        f'      - {{id: q{n}, rev: 1, type: text, text: {{en: "{text}"}}'
        + (f', maps: {{sample: ["{number}"]}}}}' if number else "}")
        for n, (number, text) in enumerate(rows, start=1)
    )
    head = TEXT[: TEXT.index("sections:")]
    return template(
        f'{head}sections:\n  - id: s\n    title: {{en: "S"}}\n    questions:\n{questions}\n'
    )


def said(old: Template, *rows: tuple[str, str], chosen: dict[int, str] | None = None) -> list[str]:
    """The question of each row; a question mark behind what is only proposed."""
    items = [Item(n, id, text) for n, (id, text) in enumerate(rows)]
    return [
        (one.before.id if one.before else "new") + ("" if one.sure else "?")
        for one in versions.matched(old, items, chosen)
    ]


NUMBERED = house(("1", LOCK), ("2", ALARM))
BARE = house(("", LOCK), ("", ALARM))


@pytest.mark.parametrize(
    ("old", "rows", "expected"),
    [
        (NUMBERED, [("1", LOCK), ("2", "Does an alarm ring?"), ("3", GUARD)], ["q1", "q2", "new"]),
        (NUMBERED, [("1", GUARD), ("2", ALARM)], ["q1?", "q2"]),
        (NUMBERED, [("1", GUARD), ("2", LOCK), ("3", ALARM)], ["new", "q1?", "q2?"]),
        (NUMBERED, [("1", GUARD), ("2", "Is there a good lock?"), ("3", ALARM)],
         ["new", "q1?", "q2?"]),
        (NUMBERED, [("7", "Is there a good lock?")], ["q1?"]),
        (NUMBERED, [("", LOCK), ("", ALARM)], ["q1", "q2"]),
        (BARE, [("", GUARD), ("", LOCK), ("", ALARM)], ["new", "q1", "q2"]),
        (BARE, [("", "Is there a good lock?"), ("", ALARM)], ["q1?", "q2"]),
        (house(("", LOCK), ("", LOCK)), [("", LOCK), ("", LOCK)], ["q1", "q2"]),
    ],
    ids=["number", "other words", "numbered anew", "and reworded", "alike", "no more numbers",
         "row put in", "reworded", "twins"],
)  # fmt: skip
def test_a_row_finds_its_question(old, rows, expected):
    """By number and words; what is not plain is only proposed."""
    assert said(old, *rows) == expected


def test_what_somebody_chose_goes_before():
    """Another question, or a new one under the old number."""
    assert said(NUMBERED, ("1", LOCK), ("2", ALARM), chosen={0: "q2", 1: ""}) == ["q2", "new"]


OLD = template()


@pytest.mark.parametrize(
    ("of", "to", "told"),
    [
        ('"Second factor?"', '"A second factor?"', ("changed", ("words",), True)),
        ('"Second factor?", de: "Zweiter Faktor?"', '"Second  factor?"', ("same", (), True)),
        ("rev: 2", "rev: 3", ("changed", (), False)),
        ("control: DL-01", "control: DP-01", ("changed", ("control",), False)),
        (", {id: na, note: required, accept: reviewer}", "", ("changed", ("answers",), False)),
    ],
    ids=["words", "spaces", "rev", "control", "answers"],
)  # fmt: skip
def test_what_changed_is_named(of, to, told):
    """The words, the control or the answers; an old answer stays only with the same rev."""
    new = template(spoilt(of, to, spoilt('"1.1.0"', '"1.2.0"', TEXT)))
    found = versions.differences(OLD, new)
    first = next((one for one in found if one.kind != "same"), found[0])
    assert (first.kind, first.what, first.carries) == told


@pytest.mark.parametrize(
    ("new", "number"),
    [
        (house(("1", LOCK), ("2", ALARM), ("3", GUARD)), "1.2.0"),
        (house(("1", LOCK)), "2.0.0"),
    ],
    ids=["more", "fewer"],
)
def test_a_number_is_suggested(new, number):
    """The first part rises when a question went."""
    assert versions.suggested("1.1.0", versions.differences(NUMBERED, new)) == number


def test_versions_are_ordered_by_number():
    """Not by letter."""
    assert max("1.9.0", "1.10.0", key=versions.key) == "1.10.0"
