"""A response as it comes back in a workbook: what would change, and what is refused, and why.

The workbook is written by web/questionnaire/workbook.py. Its sheets name their columns in a hidden
first row, so that it is read in whatever language it was made.
"""

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from vendor_risk.evidence import N_
from vendor_risk.questionnaires import table
from vendor_risk.questionnaires.conditions import comparisons, holds
from vendor_risk.questionnaires.evaluate import Answer, problem
from vendor_risk.questionnaires.form import Option, Value
from vendor_risk.questionnaires.merged import Asked
from vendor_risk.store.models.responses import QuestionnaireResponse, ResponseAnswer
from vendor_risk.workflow import workbook
from vendor_risk.workflow.responses import answers
from vendor_risk.workflow.responses.answers import NOTE, Sheet, plain
from vendor_risk.workflow.vendors import VendorRefused

ID, REV, REVISION, FILE, ANSWER, TEXT_NOTE = (
    "vr:id",
    "vr:rev",
    "vr:revision",
    "vr:file",
    "vr:answer",
    "vr:note",
)
TABLE = "vr:table"  # with id, rev, revision and hash behind it, parted by bars; then the columns
PREVIEW = "preview"  # in the place of a hash: a workbook that was made for no response
HEAD_ROWS = 2  # the hidden one, and the words above the columns
MOST_TABLE_ROWS = 200
NEW, CHANGED, EMPTIED, CONFLICT = "new", "changed", "emptied", "conflict"
_GUARDED = ("'=", "'+", "'-", "'@", "'\t")
_EDITED = N_("The hidden columns of this row were changed: take a fresh workbook for it.")


@dataclass(frozen=True, slots=True)
class Change:
    """What the workbook says otherwise than what stands; `revision` is of what stands."""

    asked: Asked
    value: Value | None
    note: str
    row: ResponseAnswer | None
    kind: str

    @property
    def id(self) -> str:
        """The question's."""
        return self.asked.question.id

    @property
    def revision(self) -> int:
        """Of the answer that it is compared with."""
        return self.row.revision if self.row else 0

    @property
    def carried(self) -> str:
        """All that is saved, for the form between looking and saving."""
        return json.dumps(
            {"value": self.value, "note": self.note, "revision": self.revision}, ensure_ascii=False
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """One cell that is not taken."""

    sheet: str
    cell: str
    question: str
    why: VendorRefused


@dataclass(frozen=True, slots=True)
class Compared:
    """A workbook beside the answers that stand."""

    changes: tuple[Change, ...]
    refusals: tuple[Refusal, ...]
    same: int


@dataclass(frozen=True, slots=True)
class _Found:
    """One question of the workbook; the value still as text."""

    sheet: str
    cell: str
    id: str
    rev: str
    revision: str
    answer: str
    note: str


def fingerprint(response: QuestionnaireResponse) -> str:
    """Of what was asked in this very response: a workbook of another never fits."""
    named = [response.id.hex, *(one["sha256"] for one in response.asked)]
    return hashlib.sha256("\n".join(named).encode()).hexdigest()


def askable(sheet: Sheet) -> tuple[Asked, ...]:
    """What is asked now, and what an answer may still open, in their order."""
    response = sheet.response
    visible = {each.question.id for each in sheet.evaluation.visible}
    return askable_of(sheet.questions, visible, response.out_of_scope, response.facts)


def askable_of(
    questions: Sequence[Asked],
    visible: Collection[str],
    out_of_scope: Collection[str],
    facts: Mapping[str, int],
) -> tuple[Asked, ...]:
    """The visible ones of the questions, and those that an answer may open."""
    return tuple(
        each
        for each in questions
        if each.question.id in visible
        or (
            each.control not in out_of_scope
            and any(_may_open(way, facts) for way in (each, *each.also))
        )
    )


def compare(  # noqa: PLR0917  (one step with all that it looks at)
    session: Session,
    sheet: Sheet,
    mine: Sequence[Asked],
    raw: bytes,
    label: Callable[[Option], str],
    may_change: Callable[[ResponseAnswer | None], bool],
    today: dt.date,
) -> Compared:
    """What saving the workbook would do; VendorRefused where it is none of this response."""
    found, refusals = _read(sheet.response, workbook.read(raw))
    asked = {each.question.id: each for each in mine if each.question.type != "info"}
    times = Counter(one.id for one in found)
    changes, same = [], 0
    for one in found:
        row = sheet.rows.get(one.id)
        misfit = _misfit(one, asked.get(one.id), row, times)
        why = VendorRefused(misfit) if misfit else None
        if why is None:
            try:
                change = _change(session, sheet, asked[one.id], one, row, label, today)
            except VendorRefused as error:
                why = error
            else:
                if change is None:
                    same += 1
                elif not may_change(row):
                    why = VendorRefused(
                        "This answer cannot be changed now: only those that came back can."
                    )
                else:
                    changes.append(change)
        if why is not None:
            refusals.append(Refusal(one.sheet, one.cell, one.id, why))
    return Compared(tuple(changes), tuple(refusals), same)


def carried(text: str) -> tuple[Value | None, str, int]:
    """The value, note and revision of a form's field; VendorRefused for what was tampered with."""
    try:
        told = json.loads(text)
        value, note, revision = told["value"], told["note"], told["revision"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise VendorRefused("This line of the form was changed on its way.") from None
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = tuple(value)
    sound = value is None or isinstance(value, (str, int, tuple))
    if not sound or not isinstance(note, str) or not isinstance(revision, int):
        raise VendorRefused("This line of the form was changed on its way.")
    return value, note, revision


def _may_open(way: Asked, facts: Mapping[str, int]) -> bool:
    when = way.question.when
    return holds(way.section.when, {}, facts) and any(one.q for one in comparisons(when))


def _read(
    response: QuestionnaireResponse, sheets: Sequence[workbook.Sheet]
) -> tuple[list[_Found], list[Refusal]]:
    found: list[_Found] = []
    refusals: list[Refusal] = []
    ours = False
    for sheet in sheets:
        keys = sheet.rows[0] if sheet.rows else ()
        if ID in keys:
            ours = True
            if any(keys.count(key) != 1 for key in (ID, REV, REVISION, FILE, ANSWER, TEXT_NOTE)):
                raise VendorRefused(
                    "Columns of the sheet “%(sheet)s” are missing.", "file", sheet=sheet.name
                )
            _questions(response, sheet, keys, found, refusals)
        elif keys and keys[0].startswith(TABLE):
            ours = True
            found.append(_table(response, sheet, keys))
    if not ours:
        raise VendorRefused(
            "This is not the workbook of these questions: download it here and fill that.", "file"
        )
    return found, refusals


def _questions(
    response: QuestionnaireResponse,
    sheet: workbook.Sheet,
    keys: Sequence[str],
    found: list[_Found],
    refusals: list[Refusal],
) -> None:
    at = {key: keys.index(key) for key in (ID, REV, REVISION, FILE, ANSWER, TEXT_NOTE)}
    for number, cells in enumerate(sheet.rows[HEAD_ROWS:], start=HEAD_ROWS):
        of = {key: cells[n].strip() if n < len(cells) else "" for key, n in at.items()}
        cell = workbook.place(number, at[ANSWER])
        if of[ID] == TABLE:  # only says which sheet holds the table
            continue
        if not of[ID]:
            if of[ANSWER] or of[TEXT_NOTE]:
                refusals.append(Refusal(sheet.name, cell, "", VendorRefused(_EDITED)))
            continue
        _refuse_other(response, of[FILE], sheet.name, workbook.place(number, at[FILE]))
        found.append(
            _Found(
                sheet.name,
                cell,
                of[ID],
                of[REV],
                of[REVISION],
                _bare(of[ANSWER]),
                _bare(of[TEXT_NOTE]),
            )
        )


def _table(response: QuestionnaireResponse, sheet: workbook.Sheet, keys: Sequence[str]) -> _Found:
    told = (keys[0].split("|") + [""] * 5)[1:5]
    _refuse_other(response, told[3], sheet.name, "A1")
    filled = sheet.rows[HEAD_ROWS:]
    width = max(map(len, filled), default=0)
    if width > len([key for key in keys[1:] if key]) + 1 or len(filled) > MOST_TABLE_ROWS:
        raise VendorRefused(
            "The sheet “%(sheet)s” has more rows or columns than its table.",
            "file",
            sheet=sheet.name,
        )
    rows = [[plain(_bare(one)) for one in cells] for cells in filled]
    cell = workbook.place(HEAD_ROWS, 0)
    return _Found(sheet.name, cell, told[0], told[1], told[2], table.written(rows), "")


def _refuse_other(response: QuestionnaireResponse, told: str, sheet: str, cell: str) -> None:
    if told == PREVIEW:
        raise VendorRefused(
            "This workbook is a preview, made before the questions were sent, and takes no answers:"
            " download the workbook here, and fill that one.",
            "file",
        )
    if told != fingerprint(response):
        raise VendorRefused(
            "%(cell)s of the sheet “%(sheet)s” belongs to other questions than these:"
            " download the workbook here once more.",
            "file",
            cell=cell,
            sheet=sheet,
        )


def _bare(text: str) -> str:
    """The text without the guard that keeps a spreadsheet from taking it for a formula."""
    return text[1:] if text.startswith(_GUARDED) else text


def _misfit(
    one: _Found, asked: Asked | None, row: ResponseAnswer | None, times: Mapping[str, int]
) -> str:
    if asked is None:
        return N_("There is no such question here, or it is for somebody else.")
    if times[one.id] > 1:
        return N_("This question stands in the workbook more than once: which one holds?")
    if one.rev != str(asked.question.rev):
        return N_("The question has changed since: read it anew and answer it here.")
    if not (one.revision.isascii() and one.revision.isdigit() and len(one.revision) < 9):
        return _EDITED
    if int(one.revision) > (row.revision if row else 0):
        return _EDITED
    return ""


def _change(  # noqa: PLR0917
    session: Session,
    sheet: Sheet,
    asked: Asked,
    one: _Found,
    row: ResponseAnswer | None,
    label: Callable[[Option], str],
    today: dt.date,
) -> Change | None:
    """VendorRefused where the cell is no answer; None where the workbook says nothing new."""
    value, note = _value(asked, one.answer, label), plain(one.note).strip()
    if asked.question.type == "table":
        note = row.note if row else ""
    here = ("" if value is None else json.dumps(value, ensure_ascii=False), note)
    now = (row.value, row.note) if row else ("", "")
    if here == now:
        return None
    seen = int(one.revision)
    stale = row is not None and row.revision != seen
    if stale and here == answers.shown_as(session, sheet.response, one.id, seen):
        return None  # others changed it since; the workbook did not
    if len(note) > NOTE:
        raise VendorRefused("A note has at most %(most)s characters.", most=NOTE)
    wrong = value is not None and problem(asked, Answer(value, today, today, note or "-"))
    if wrong:
        raise VendorRefused(wrong)
    if stale:
        kind = CONFLICT
    elif value is None and now[0]:
        kind = EMPTIED
    else:
        kind = CHANGED if now[0] else NEW
    return Change(asked, value, note, row, kind)


def _value(asked: Asked, text: str, label: Callable[[Option], str]) -> Value | None:
    text = plain(text).strip()
    if not text:
        return None
    kind = asked.question.type
    if kind in ("choice", "multi"):
        known = {name.casefold(): one.id for one in asked.options for name in (one.id, label(one))}
        chosen = [known.get(said.casefold()) for said in _said(text, kind)]
        if None in chosen:
            raise VendorRefused(
                "“%(text)s” is none of the answers that can be chosen.", text=text[:80]
            )
        ids = tuple(one.id for one in asked.options if one.id in chosen)
        return ids if kind == "multi" else ids[0]
    if kind == "number":
        digits = text.replace(" ", "").removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
            raise VendorRefused("Write a whole number.")
        return int(text.replace(" ", ""))
    return text


def _said(text: str, kind: str) -> Iterator[str]:
    if kind == "choice":
        yield text
        return
    for part in text.replace(";", "\n").split("\n"):
        if part.strip():
            yield part.strip()
