"""A questionnaire that somebody keeps as a sheet: its header, its columns, its rows of questions.

Pure: rows of text in, items out. The layouts that are met most (title rows above the header, merged
domains, headings between the questions) are told by their shape and by the words of the header.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from vendor_risk.evidence import N_

Row = Sequence[str]

ID, TEXT, ANSWER, NOTE, SECTION, CONTROL = "id", "text", "answer", "note", "section", "control"
FIELDS: Mapping[str, str] = {
    ID: N_("Number of the question"),
    TEXT: N_("Question"),
    ANSWER: N_("Answer"),
    NOTE: N_("Comment"),
    SECTION: N_("Section"),
    CONTROL: N_("Our control"),
}
MOST_ABOVE = 40  # rows that a header is looked for in
_LONGEST_HEAD = 120  # a longer cell is an introduction, no name of a column

# What headers are called, the surest first; a cell fits where all the words stand in it in order.
_HEADS: Mapping[str, tuple[str, ...]] = {
    ID: (
        "question id", "question number", "question no", "question num", "ques num", "ques id",
        "q id", "id", "ref", "reference", "number", "no", "nr", "item", "item id", "safeguard",
    ),
    TEXT: (
        "question", "questions", "question request", "question text", "consensus assessment",
        "requirement", "requirements", "frage", "control question", "assessment question", "title",
        "description",
    ),
    ANSWER: (
        "answer", "answers", "vendor answer", "vendor answers", "response", "responses",
        "vendor response", "caiq answer", "csp answer", "antwort", "status", "implemented",
    ),
    NOTE: (
        "comment", "comments", "additional information", "implementation description", "note",
        "notes", "remarks", "explanation", "details", "justification", "kommentar", "bemerkung",
    ),
    SECTION: (
        "section", "domain title", "domain", "domain name", "category", "topic", "area", "group",
        "chapter", "bereich", "kapitel",
    ),
}  # fmt: skip
# A column about something else, whatever else its header says.
_NEVER = frozenset(
    {"guidance", "ownership", "responsibilities", "specification", "score", "weight", "reason"}
)
# Words that follow a name without changing it, such as "(Optional)" and "(Yes/No)".
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a sheet; `row` is counted from 0, `id` may be empty."""

    row: int
    id: str
    text: str
    answer: str = ""
    note: str = ""
    section: str = ""
    control: str = ""


def words(text: str) -> tuple[str, ...]:
    """The words of a cell, without case, accents and marks."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return tuple(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


def header_row(rows: Sequence[Row]) -> int | None:
    """The row that names the columns, counted from 0; None where none names a question."""
    best: tuple[int, int] | None = None
    for number, row in enumerate(rows[:MOST_ABOVE]):
        found = guess(row)
        filled = sum(bool(cell.strip()) for cell in row)
        if TEXT not in found or filled < 2:
            continue
        rank = (len(found), -number)
        if best is None or rank > best:
            best = rank
    return None if best is None else -best[1]


def guess(header: Row) -> dict[str, int]:
    """For each field the column whose header names it best; each column once at most."""
    ranked: list[tuple[int, int, int, str]] = []
    for column, cell in enumerate(header):
        said = words(cell)
        if not said or len(cell) > _LONGEST_HEAD or _NEVER & {*said}:
            continue
        for field, names in _HEADS.items():
            for name in names:
                wanted = tuple(name.split())
                if _within(wanted, said):
                    # how many words of the cell the name leaves over, and then the longer name
                    ranked.append((len(said) - len(wanted), -len(wanted), column, field))
    found: dict[str, int] = {}
    for _over, _length, column, field in sorted(ranked):
        if field not in found and column not in found.values():
            found[field] = column
    return found


def proposal(rows: Sequence[Row], header: int, controls: Collection[str]) -> dict[str, int]:
    """The guess of the header, with the column that names our own controls where there is one."""
    found = guess(rows[header]) if header < len(rows) else {}
    width = max((len(row) for row in rows), default=0)
    for column in range(width):
        cells = [cell for row in rows[header + 1 :] if (cell := _cell(row, column))]
        if column not in found.values() and cells and all(cell in controls for cell in cells):
            found[CONTROL] = column
            break
    return found


def header_hash(header: Row) -> str:
    """What a mapping is remembered by: the names of the columns, however they are spelt."""
    names = [" ".join(words(cell)) for cell in header]
    while names and not names[-1]:
        names.pop()
    return hashlib.sha256("\x1f".join(names).encode()).hexdigest()


def items(rows: Sequence[Row], header: int, columns: Mapping[str, int]) -> tuple[Item, ...]:
    """The questions below the header, each under the heading or the domain that it stands in."""
    found: list[Item] = []
    head = [words(cell) for cell in rows[header]] if header < len(rows) else []
    section = heading = ""
    for number, row in enumerate(rows[header + 1 :], start=header + 1):
        of = {field: _cell(row, column) for field, column in columns.items()}
        filled = [cell for cell in row if cell.strip()]
        if not filled or [words(cell) for cell in row] == head:
            continue
        section = of.get(SECTION) or section  # merged cells say it once
        asks = of.get(TEXT, "").endswith("?") or ID not in columns
        if len(filled) == 1 and not (of.get(TEXT) and asks):
            heading = filled[0].strip()
            continue
        if not of.get(TEXT):
            continue
        found.append(
            Item(
                number,
                of.get(ID, ""),
                of[TEXT],
                of.get(ANSWER, ""),
                of.get(NOTE, ""),
                (section if SECTION in columns else "") or heading,
                of.get(CONTROL, ""),
            )
        )
    return tuple(found)


_LEVELS: Mapping[str, tuple[str, ...]] = {
    "met": ("yes", "y", "ja", "true", "met", "implemented", "fully implemented", "in place",
            "compliant", "fully"),
    "unmet": ("no", "n", "nein", "false", "unmet", "not implemented", "not met", "not in place",
              "non compliant", "noncompliant"),
    "na": ("na", "n a", "not applicable", "does not apply", "nicht anwendbar", "entfallt"),
    "partly": ("partial", "partially", "partly", "planned", "in progress", "teilweise",
               "partially implemented", "in part", "geplant"),
}  # fmt: skip
_BY_WORDS = {name: level for level, names in _LEVELS.items() for name in names}


def level(answer: str) -> str | None:
    """met, unmet, partly or na, where the words of an answer say so; None where they do not.

    What follows the word after a comma, a dash or a full stop is a comment on it.
    """
    whole = " ".join(words(answer))
    if whole in _BY_WORDS:
        return _BY_WORDS[whole]
    first = " ".join(words(re.split(r"[,;:.(\n]|\s[-–—]\s", answer, maxsplit=1)[0]))  # noqa: RUF001
    return _BY_WORDS.get(first)


def twice(found: Sequence[Item]) -> tuple[str, ...]:
    """The ids that stand at more than one question, in their order."""
    times = Counter(item.id for item in found if item.id)
    return tuple(id for id, n in times.items() if n > 1)


def _within(wanted: Sequence[str], said: Sequence[str]) -> bool:
    """Whether the words stand there one after the other."""
    size = len(wanted)
    return any(tuple(said[at : at + size]) == tuple(wanted) for at in range(len(said) - size + 1))


def _cell(row: Row, column: int) -> str:
    return row[column].strip() if 0 <= column < len(row) else ""
