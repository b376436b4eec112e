"""The languages of the product, and the catalogue of each: templates and code are in English.

A catalogue is translations/LANGUAGE/messages.po, read as it is when the language is first asked
for: there is no compiled copy of it that could be old.
"""

import io
from collections.abc import Iterable, Mapping
from functools import cache

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from vendor_risk.resources import data_dir

ENGLISH = "en"  # what the texts are written in
OFFERED: Mapping[str, str] = {ENGLISH: "English", "de": "Deutsch"}
_DAYS: Mapping[str, str] = {"de": "d. MMM y"}


def offered(*wishes: str | None) -> str | None:
    """The first wish that is a language of the product, without its country; None without one."""
    for wish in wishes:
        language = (wish or "").replace("_", "-").partition("-")[0].lower()
        if language in OFFERED:
            return language
    return None


def day_pattern(language: str) -> str:
    """How a day is written: 21 Nov 2026, and in German 21. Nov. 2026."""
    return _DAYS.get(language.partition("-")[0].partition("_")[0], "d MMM y")


def first_of(accepted: Iterable[str]) -> str | None:
    """The first language of a browser's list that the product has."""
    return offered(*accepted)


@cache
def catalogue(language: str) -> NullTranslations:
    """The translations into the language; English itself for one that the product has not."""
    known = offered(language)
    if known in (None, ENGLISH):
        return NullTranslations()
    with (data_dir("translations") / str(known) / "messages.po").open("rb") as source:
        messages = read_po(source, locale=known)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled, domain="messages")
