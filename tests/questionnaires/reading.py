"""How hard a text is to read: the school grade that the formula of Flesch and Kincaid gives it.

Kincaid, Fishburne, Rogers and Chissom, "Derivation of New Readability Formulas for Navy Enlisted
Personnel", Research Branch Report 8-75 (1975):
0.39 x words per sentence + 11.8 x syllables per word - 15.59.
"""

import re

_VOWELS = re.compile(r"[aeiouy]+")
# A last e is silent (those, made), and so is that of -es and -ed, except where it has to be said:
# table, changes, needed.
_SILENT = re.compile(r"(?:[^aeiouyl]|[aeiouy]l)e\Z|[^aeiouytd]ed\Z|[^aeiouyscgxz]es\Z")
_SPELT = re.compile(r"[A-Z]{2,}\Z")


def words(text: str) -> list[str]:
    """The words of a text, numbers among them; a hyphen parts two words that can be read alone."""
    return re.findall(r"[A-Za-z]+(?:'[a-z]+)?|\d+", text)


def syllables(word: str) -> int:
    """About how many syllables a word has; an abbreviation that is spelt has one a letter."""
    if _SPELT.search(word):
        return len(word) + 2 * word.count("W")
    if word.isdigit():
        return len(word)
    lower = word.lower().split("'")[0]
    if not _VOWELS.search(lower):  # https
        return len(lower)
    return max(1, len(_VOWELS.findall(lower)) - (_SILENT.search(lower) is not None))


def grade(text: str) -> float:
    """The years of school that are needed to read it with ease."""
    told = words(text)
    sentences = max(1, len(re.findall(r"[.!?:](?=\s|\Z)", text)))
    return 0.39 * len(told) / sentences + 11.8 * sum(map(syllables, told)) / len(told) - 15.59
