"""Folds a company's name to what stays the same however somebody writes it, and compares two."""

# ruff: noqa: RUF001  (letters of other scripts that look like Latin ones are meant)

import re
import unicodedata

from rapidfuzz import fuzz

from vendor_risk.store.models.vendors import NAME

ALIKE = 0.9  # the share from which two names are offered as one vendor

# What a name bears by law and what says nothing about who it is, as folded below: without dots,
# so that "S.p.A." is spa, and with single letters joined, so that "B. V." is bv.
_BEHIND = frozenset(
    """
    ab|ag|ag and co kg|ag and co kgaa|aktiebolag|aktiengesellschaft|aps|as|asa|asbl|bhd|bv|bvba|cc
    co|co inc|co kg|co llc|co ltd|company|company inc|company limited|corp|corporation|cv|cvba|doo
    ek|eood|eu|eurl|ev|ggmbh|gbr|gesellschaft mbh|gesmbh|gie|gmbh|gmbh and co kg|gmbh and co kgaa
    gmbh and co ohg|gmbh co kg|hf|inc|incorporated|jsc|kabushiki kaisha|kda|kft|kg|kgaa|kk|ks
    limited|limited company|limited liability company|limitada|llc|llp|lp|ltd|ltd and co kg|ltda|lda
    mbb|mbh|nv|nyrt|od|oe|og|ohf|ohg|oo|ou|oy|oy ab|oyj|oyj abp|pao|pc|pjsc|plc|pllc|private limited
    pt tbk|pte|pte ltd|pty|pty limited|pty ltd|public limited company|pvt|pvt limited|pvt ltd|rt|sa
    sa de cv|sab de cv|sae|sagl|sal|sapi de cv|sarl|sarls|sas|sasu|scop|scrl|se|se and co kg|sdn bhd
    sl|sll|slu|snc|sociedad anonima|sociedad limitada|societe anonyme|spa|spj|spk|spol s ro|sp zoo
    sp z oo|sprl|srl|srls|srlu|sro|stg and co kg|stiftung and co kg|tbk|ug|ug haftungsbeschrankt
    ug haftungsbeschrankt and co kg|ug and co kg|ulc|vof|zrt
    株式会社|有限会社|合同会社|有限公司|股份有限公司|주식회사|유한회사|ооо|оао|зао|пао|ао|тов
    """.replace("\n", "|").split("|")
)
_LEGAL_FORMS = frozenset(form.strip() for form in _BEHIND if form.strip())
# Some countries write the form first: "OOO Vektor", "PT Samudra", "株式会社日立".
_BEFORE = ("ooo ", "oao ", "zao ", "pao ", "tov ", "pt ", "ооо ", "оао ", "зао ", "пао ", "ао ")
_BEFORE_JOINED = ("株式会社", "有限会社", "合同会社", "주식회사", "유한회사")
_LONGEST_FORM = max(form.count(" ") for form in _LEGAL_FORMS) + 1

_WITHIN_A_WORD = re.compile(r"[.'’`´]")  # S.A. and O'Neill are one word each
_SLASHED_LETTERS = re.compile(r"(?<!\w)(\w)/(\w)(?!\w)")  # A/S
_SPACED_LETTERS = re.compile(r"(?<![^ ])[a-z](?: [a-z])+(?![^ ])")  # B V
_NOT_ASCII_WORD = re.compile(r"[^a-z0-9]+")
_UNDIVIDED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"}
)
_NUMBER = re.compile(r"\d+")


def name_key(name: str) -> str:
    """The name without case, Latin accents, punctuation and legal form, at most 200 characters.

    A name of nothing but signs, or of a legal form alone, keeps what it has.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    text = text.replace("&", " and ").replace("+", " and ")
    text = _WITHIN_A_WORD.sub("", _SLASHED_LETTERS.sub(r"\1\2", text))
    text = _NOT_ASCII_WORD.sub(" ", text) if text.isascii() else _plain(text)
    words = " ".join("and" if word == "und" else word for word in text.split())
    words = _SPACED_LETTERS.sub(lambda letters: letters[0].replace(" ", ""), words)
    return (_without_legal_form(words) or " ".join(name.casefold().split()))[:NAME].rstrip()


def alike(key: str, other: str) -> float:
    """How alike two keys are, 0 to 1: twice their longest common order of letters over all letters.

    This ratio (rapidfuzz's `ratio`) is symmetrical and forgives a letter too many, too few or
    wrong anywhere. Those that favour the beginning (Jaro-Winkler) call "Northwind Payroll" and
    "Northwind Travel" alike, and those that sort or drop words take a part for the whole.
    """
    if numbered_apart(key, other):
        return 0.0
    return fuzz.ratio(key, other, score_cutoff=100 * ALIKE) / 100


def numbered_apart(key: str, other: str) -> bool:
    """Whether two keys differ by their numbers alone, as "shop 1" and "shop 2" do."""
    return key != other and _NUMBER.sub("#", key) == _NUMBER.sub("#", other)


def _plain(text: str) -> str:
    """Letters, digits and marks with spaces between; Latin letters without their accents.

    In other scripts a mark may be another letter (й, が), so it stays.
    """
    plain: list[str] = []
    latin = False
    for character in unicodedata.normalize("NFD", text.translate(_UNDIVIDED)):
        if unicodedata.category(character).startswith("M"):
            if not latin:
                plain.append(character)
            continue
        latin = character.isascii() or unicodedata.name(character, "").startswith("LATIN")
        plain.append(character if character.isalnum() else " ")
    return unicodedata.normalize("NFC", "".join(plain))


def _without_legal_form(key: str) -> str:
    words = key.split()
    while words:
        longest = min(_LONGEST_FORM, len(words) - 1)
        count = next((n for n in range(longest, 0, -1) if " ".join(words[-n:]) in _LEGAL_FORMS), 0)
        if not count:
            break
        del words[-count:]
    key = " ".join(words)
    for form in _BEFORE:
        key = key.removeprefix(form) or key
    for form in _BEFORE_JOINED:
        key = key.removeprefix(form).lstrip() or key
    return key
