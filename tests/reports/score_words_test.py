"""Numbers with two decimals, in the notation of their reader."""

import pytest

from vendor_risk import pdf
from vendor_risk.languages import catalogue
from vendor_risk.reports.score_words import exact, mark_of, signed


@pytest.mark.parametrize(
    ("hundredths", "mark", "words"),
    [
        (4512, ".", "45.12"),
        (4512, ",", "45,12"),
        (7, ".", "0.07"),
        (-450, ",", "\N{MINUS SIGN}4,50"),
        (0, ".", "0.00"),
    ],
)
def test_a_number_in_hundredths_shows_both_decimals(hundredths, mark, words):
    """So that lines sum to their total on the page."""
    assert exact(hundredths, mark) == words


def test_a_change_shows_its_sign():
    """Also where it rose."""
    assert signed(450, ",") == "+4,50"


@pytest.mark.parametrize(("language", "words"), [("en", "45.12"), ("de", "45,12")])
def test_a_report_writes_numbers_as_its_language_does(language, words):
    """On paper and on screen alike; the files beside it keep the point."""
    said = catalogue(language)
    assert exact(4512, mark_of(said.gettext)) == words
    assert pdf._environment(said).filters["exact"](4512) == words
