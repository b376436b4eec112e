"""Words of strangers, made safe to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendor_risk.reports.plain import plain, plain_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Łódź Ελλάδα 北京 شركة 😀", "Łódź Ελλάδα 北京 شركة 😀"),
        ("  two   words \n on lines ", "two words on lines"),
        ("bell\x07 null\x00", "bell[U+0007] null[U+0000]"),
        ("gnp.exe\u202efdp", "gnp.exe[U+202E]fdp"),
        ("half \ud83d of a pair", "half \ufffd of a pair"),
        ("<script>", "<script>"),
        ("", ""),
    ],
)
def test_what_a_reader_sees(text: str, shown: str) -> None:
    """Any alphabet stays; what cannot be seen or turns the reading direction is spelt out."""
    assert plain(text) == shown


def test_a_long_name_is_cut() -> None:
    """A stranger's name of a million letters costs one line."""
    assert plain("x" * 1_000_000, 10) == "x" * 10 + "…"


def test_lines_stay_lines_in_evidence() -> None:
    """A header block is shown as it came, tabs as blanks."""
    assert plain_lines("a: 1\r\nb:\t2\n") == "a: 1\nb:    2\n"


@given(st.text(st.characters()))
def test_every_text_can_be_stored_and_printed(text: str) -> None:
    """Nothing that comes out breaks UTF-8 or carries a control character."""
    for shown in (plain(text), plain_lines(text).replace("\n", "")):
        assert shown.encode().decode() == shown
        assert not any(char in shown for char in "\x00\x07\x1b\u202e")
