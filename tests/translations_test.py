"""The catalogues have every text, translated, and no vendor meets one that is in none."""

import ast
import re
from pathlib import Path

import pytest
from jinja2 import Environment

from tests import translations
from vendor_risk.languages import OFFERED, catalogue, day_pattern
from vendor_risk.refusals import Refused, Word
from vendor_risk.resources import data_dir

TEMPLATES = data_dir("templates")
CODE = sorted((translations.ROOT / "vendor_risk").rglob("*.py"))
# What a vendor is shown, or mailed; and the frame around it.
VENDORS = sorted(
    path
    for pattern in (
        "questionnaire/*.html",
        "portal/*.html",
        "mail/*.*",
        "base_plain.html",
        "error.html",
        "_ui/language.html",
        "_ui/theme.html",
        "_ui/notices.html",
        "_ui/fields.html",
        "_ui/blocks.html",
    )
    for path in TEMPLATES.glob(pattern)
)
NAMES = ("Vendor Risk", "SHA-256")  # the same in every language
HOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{\w*\}")


def holders(text: str) -> set[str]:
    return set(HOLDER.findall(text))


def unmarked(source: str) -> list[str]:
    """Words of a template that pass no gettext: between tags, and in attributes that are read."""
    source = re.sub(r"\{%-? block (?:width|home) -?%\}.*?endblock -?%\}", "", source)
    bare = "".join(
        text if kind == "data" else "\0"
        for _line, kind, text in Environment(autoescape=True).lex(source)
        if kind not in ("comment", "comment_begin", "comment_end")
    )
    read = re.findall(r"\s(?:aria-label|placeholder|title|alt)=\"([^\"]*)\"", bare)
    bare = re.sub(r"<(style|script|title)\b.*?</\1>|<!doctype[^>]*>", " ", bare, flags=re.S | re.I)
    bare = re.sub(r"&\w+;", " ", re.sub(r"<[^>]*>", "\0", bare))
    for name in NAMES:
        bare = bare.replace(name, "")
    return [
        word
        for piece in [*bare.split("\0"), *read]
        if (word := piece.strip(" \n\0"))
        and re.search(r"[A-Za-z]{2}", word)
        and not re.fullmatch(r"[a-z]+-", word)
    ]  # part of an id


@pytest.mark.parametrize("path", VENDORS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_vendor_meets_no_text_that_is_in_no_catalogue(path) -> None:
    """Not between tags, and not where a screen reader or an empty field says it."""
    assert unmarked(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello there</p>", ["Hello there"]),
        ("<p>{{ _('Hello') }} there</p>", ["there"]),
        ('<a aria-label="Close menu">{{ x }}</a>', ["Close menu"]),
        ("{# note #}<p class=\"one\">{% if x %}{{ _('a b') }}{% endif %}: 3</p>", []),
    ],
)
def test_the_search_for_unmarked_words_finds_them(source: str, found: list[str]) -> None:
    """It would see a forgotten one."""
    assert unmarked(source) == found


@pytest.fixture(scope="module")
def today():
    return translations.texts()


@pytest.mark.parametrize("path", translations.files(), ids=lambda path: path.parent.name)
def test_a_catalogue_is_up_to_date(path, today) -> None:
    """It has the texts of code and templates and no others; ./run translations brings it there."""

    def keys(rows):
        return {(row.context, row.id) for row in rows if row.id}

    kept = translations.kept(path)
    assert keys(kept) ^ keys(today) == set()
    assert [row.id for row in kept if row.id and row.fuzzy] == []
    assert path.parent.name in OFFERED


@pytest.mark.parametrize("path", translations.files(), ids=lambda path: path.parent.name)
def test_translations_hold_what_the_texts_hold(path) -> None:
    """The same placeholders, and the blanks at both ends that join a text to the next."""
    wrong = []
    for row in translations.kept(path):
        texts, strings = (
            (part,) if isinstance(part, str) else tuple(part) for part in (row.id, row.string)
        )
        if not row.id or not all(strings):
            continue
        known = holders(texts[-1])
        fits = holders(strings[-1]) == known and all(holders(one) <= known for one in strings)
        ends = all(
            (one[0].isspace(), one[-1].isspace()) == (text[0].isspace(), text[-1].isspace())
            for one, text in zip(strings, texts, strict=True)
        )
        if not (fits and ends):
            wrong.append(row.id)
    assert wrong == []


@pytest.mark.parametrize("path", translations.files(), ids=lambda path: path.parent.name)
def test_every_text_is_translated(path) -> None:
    """Those that only our own people meet too."""
    missing = [
        row.id
        for row in translations.kept(path)
        if row.id and not all((row.string,) if isinstance(row.string, str) else row.string)
    ]
    assert missing == []


def test_a_language_that_is_not_there_is_english() -> None:
    """And a country is no language of its own."""
    assert catalogue("fr").gettext("Saved.") == "Saved."
    assert catalogue("de-AT").gettext("Saved.") == "Gespeichert."
    assert (day_pattern("de-AT"), day_pattern("en")) == ("d. MMM y", "d MMM y")


def built(path: Path) -> list[str]:
    """Where a refusal is made of pieces that no catalogue knows, or lacks what its places name."""
    found = []
    for call in translations.refusing(path.read_text("utf-8")):
        named = {each.arg for each in call.keywords}
        for words in translations.patterns(call):
            whole = isinstance(words, (ast.Name, ast.Attribute, ast.Subscript))
            if isinstance(words, ast.Constant):
                whole = set(re.findall(r"%\((\w+)\)s", words.value)) == named or None in named
            elif isinstance(words, ast.Call):
                whole = isinstance(words.func, ast.Name) or words.func.attr == "said"
                whole = whole and getattr(words.func, "id", "_") in ("_", "gettext", "N_")
            if not whole:
                found.append(f"{path}:{call.lineno}: {ast.unparse(words)[:60]}")
    return found


def test_a_refusal_is_one_text_with_named_places() -> None:
    """An f-string is in no catalogue: who reads German would be refused in English."""
    assert [each for path in CODE for each in built(path)] == []


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        ('"At most %(most)s.", most=9', True),
        ('"At most %(most)s."', False),
        ('f"At most {most}."', False),
        ('"At most %s." % most', False),
        ('"At most {}.".format(most)', False),
        ('"At " "most." if one else f"{two}"', False),
        ('_("At most.")', True),
    ],
)
def test_the_search_for_built_refusals_finds_them(tmp_path, words: str, whole: bool) -> None:
    """It names what no catalogue could have."""
    path = tmp_path / "steps.py"
    path.write_text(f"raise VendorRefused({words})", "utf-8")
    assert (built(path) == []) is whole


def test_a_refusal_says_what_stands_in_it_in_the_same_language() -> None:
    """Words of the product are translated, names are not, several have commas between."""
    german = {"%(why)s Ask %(who)s: %(words)s": "%(why)s Frag %(who)s: %(words)s", "Open": "Offen"}
    german["No."] = "Nein."
    refusal = Refused(
        "%(why)s Ask %(who)s: %(words)s",
        why=Refused("No."),
        who=("Open", "Ann"),
        words=(Word("Open"), Word("Verify")),
    )
    assert refusal.said(lambda text, **known: german.get(text, text) % known) == (
        "Nein. Frag Open, Ann: Offen, Verify"
    )
