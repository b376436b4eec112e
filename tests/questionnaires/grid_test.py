"""Sheets of questions as people keep them: where the header is, and what each row says."""

import pytest

from tests.questionnaires.layouts import CAIQ, HECVAT, SIG
from vendor_risk.questionnaires import grid


@pytest.mark.parametrize(
    ("rows", "header", "columns"),
    [
        (CAIQ, 2, {"id": 0, "text": 1, "answer": 2, "note": 4, "section": 9}),
        (SIG, 1, {"id": 0, "text": 1, "answer": 2, "note": 3, "section": 4}),
        (HECVAT, 3, {"id": 0, "text": 1, "answer": 2, "note": 3}),
    ],
    ids=["caiq", "sig", "hecvat"],
)
def test_the_header_and_the_columns_are_found(rows, header, columns):
    """Below titles and introductions, by the words of the header alone."""
    assert grid.header_row(rows) == header
    assert grid.guess(rows[header]) == columns


def test_merged_domains_hold_for_the_rows_below():
    """A merged cell says its text once."""
    found = grid.items(CAIQ, 2, grid.guess(CAIQ[2]))

    assert [(one.id, one.section) for one in found] == [
        ("A&A-01.1", "Audit"),
        ("A&A-01.2", "Audit"),
        ("IAM-01.1", "Identity"),
    ]
    assert (found[0].answer, found[0].note) == ("Yes", "Every spring")


def test_headings_between_the_questions_are_sections():
    """Rows with a single cell; a header that stands there again is none, and no question."""
    found = grid.items(HECVAT, 3, grid.guess(HECVAT[3]))

    assert [(one.id, one.section) for one in found] == [
        ("COMP-01", "Company"),
        ("COMP-02", "Company"),
        ("AUTH-01", "Signing in"),
    ]


def test_a_column_with_our_controls_is_seen():
    """By what stands in it, not by its name."""
    rows = [("No", "Question", "Ours"), ("1", "Is there a lock?", "AC-01"), ("2", "Or two?", "")]

    assert grid.proposal(rows, 0, {"AC-01", "AC-02"})["control"] == 2
    assert "control" not in grid.proposal(rows, 0, {"DP-01"})


@pytest.mark.parametrize("rows", [[], [("",)], [("a", "b"), ("c", "d")], [("Question",)]])
def test_without_a_header_there_is_none(rows):
    """Rather than a wrong one."""
    assert grid.header_row(rows) is None


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("Yes", "met"),
        ("yes.", "met"),
        ("Yes, since 2019", "met"),
        ("No", "unmet"),
        ("Not implemented", "unmet"),
        ("N/A", "na"),
        ("NA", "na"),
        ("n.a.", "na"),
        ("Not applicable", "na"),
        ("Partially", "partly"),
        ("In progress", "partly"),
        ("planned", "partly"),
        ("", None),
        ("Nobody", None),
        ("Yes and no", None),
        ("see policy", None),
    ],
)
def test_words_are_levels(said, level):
    """Those that say so, and no others."""
    assert grid.level(said) == level


def test_a_mapping_is_remembered_by_the_names():
    """Not by case, marks or empty columns behind; other names are another header."""
    assert grid.header_hash(("ID", "Question:", "")) == grid.header_hash(("id", "question"))
    assert grid.header_hash(("ID", "Answer")) != grid.header_hash(("ID", "Question"))
