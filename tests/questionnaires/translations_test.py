"""Texts in other languages."""

import pytest

from tests.questionnaires.samples import template
from vendor_risk.questionnaires.translations import languages, said, untranslated


@pytest.mark.parametrize(
    ("language", "expected"), [("de", "Muster"), ("de-AT", "Muster"), ("fr", "Sample")]
)
def test_a_missing_language_falls_back(language: str, expected: str) -> None:
    """To the language without its country, and then to English."""
    assert said(template().form.title, language) == expected


def test_texts_that_nobody_translated_are_listed() -> None:
    """For each language that is used anywhere, and those that are asked for."""
    form = template().form
    assert languages(form) == {"en", "de"}
    missing = untranslated(form, ["fr"])
    assert "sections[1].title" in missing["de"]
    assert "title" not in missing["de"]
    assert "title" in missing["fr"]
