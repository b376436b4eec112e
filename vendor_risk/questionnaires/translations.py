"""Texts in the language of whoever reads them, and those that nobody has translated yet."""

from collections.abc import Collection, Iterator
from typing import Any

from vendor_risk.questionnaires.form import FORM, Form, Text
from vendor_risk.questionnaires.source import Path, written

FALLBACK = "en"


def said(text: Text, language: str) -> str:
    """The text in that language, or in English where nobody translated it."""
    return text.get(language) or text.get(language.split("-", maxsplit=1)[0]) or text[FALLBACK]


def languages(form: Form) -> frozenset[str]:
    """The languages that any text of the questionnaire has."""
    return frozenset(language for _path, text in _texts(form) for language in text)


def untranslated(form: Form, wanted: Collection[str] = ()) -> dict[str, tuple[str, ...]]:
    """The places without a text, by language: of those wanted and those used anywhere in it."""
    every = {*wanted, *languages(form)} - {FALLBACK}
    missing = {
        language: tuple(written(path) for path, text in _texts(form) if language not in text)
        for language in sorted(every)
    }
    return {language: places for language, places in missing.items() if places}


def _texts(form: Form) -> Iterator[tuple[Path, Text]]:
    yield from _inside(FORM.dump_python(form, by_alias=True), ())


def _inside(told: Any, path: Path) -> Iterator[tuple[Path, Text]]:
    if isinstance(told, dict):
        if FALLBACK in told and all(isinstance(each, str) for each in told.values()):
            yield path, told
            return
        for key, value in told.items():
            yield from _inside(value, (*path, key))
    elif isinstance(told, list | tuple):
        for n, value in enumerate(told):
            yield from _inside(value, (*path, n))
