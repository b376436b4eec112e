"""A vendor's own filled questionnaire beside what we asked: rows are paired with open questions."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from vendor_risk.evidence import N_
from vendor_risk.questionnaires import grid
from vendor_risk.questionnaires.form import Value
from vendor_risk.questionnaires.grid import Item
from vendor_risk.questionnaires.merged import Asked
from vendor_risk.store.models.responses import Author
from vendor_risk.workflow.responses import answers
from vendor_risk.workflow.responses.answers import NOTE, Sheet

TYPES = ("choice", "text")  # what a row with one answer and a comment can say


@dataclass(frozen=True, slots=True)
class Pair:
    """An open question, the row of the file that answers it, and what that says here."""

    asked: Asked
    revision: int
    item: Item | None = None
    value: Value | None = None
    why: str = ""

    @property
    def id(self) -> str:
        """The question's."""
        return self.asked.question.id

    @property
    def note(self) -> str:
        """The comment of the row; else its answer, where that says more than a word."""
        if self.item is None:
            return ""
        return (self.item.note or self.item.answer)[:NOTE]


def open_questions(sheet: Sheet) -> tuple[Asked, ...]:
    """What is asked now and not answered; what was read out of a file before can be read anew."""
    found = []
    for each in sheet.evaluation.visible:
        row = sheet.rows.get(each.question.id)
        again = row is not None and row.confirm and row.by_kind == Author.PERSON
        if each.question.type in TYPES and (row is None or not row.value or again):
            found.append(each)
    return tuple(found)


def matched(asked: Sequence[Asked], items: Sequence[Item]) -> dict[str, Item]:
    """For each question the one row that has its id, a clause that it maps to, or its words."""
    by_key: dict[tuple[str, ...], list[Item]] = {}
    for item in items:
        for key in {grid.words(item.id), grid.words(item.text)} - {()}:
            by_key.setdefault(key, []).append(item)
    found: dict[str, Item] = {}
    for each in asked:
        for way in (each, *each.also):
            clauses = [clause for some in way.question.maps.values() for clause in some]
            texts = [way.question.id, way.question.text["en"], *clauses]
            keys = (grid.words(text) for text in texts)
            one = next((by_key[key][0] for key in keys if len(by_key.get(key, ())) == 1), None)
            if one is not None:
                found.setdefault(each.question.id, one)
    return found


def pair(
    sheet: Sheet,
    items: Sequence[Item],
    rows: Mapping[str, str] | None = None,
    said: Mapping[str, str] | None = None,
) -> tuple[Pair, ...]:
    """Every open question with its row: the one that matches, or the one that was named.

    `rows` are what was typed for each question: the number of a row as a spreadsheet shows it, or
    the id that stands in it; `said` is the answer that was chosen instead of what the row says.
    """
    asked = open_questions(sheet)
    by_key = {str(item.row + 1): item for item in items}
    ids = {item.id.casefold(): item for item in reversed(items) if item.id}
    by_match = matched(asked, items) if rows is None else {}
    told = []
    for each in asked:
        id = each.question.id
        own = sheet.rows.get(id)
        revision = own.revision if own else 0
        typed = (rows or {}).get(id, "").strip()
        item = by_match.get(id) or by_key.get(typed) or ids.get(typed.casefold())
        if item is None:
            why = N_("There is no such row in the file.") if typed else ""
            told.append(Pair(each, revision, why=why))
            continue
        value = _chosen(each, (said or {}).get(id, "")) or _read(each, item)
        why = "" if value is not None else N_("What the row says is none of our answers: choose.")
        told.append(Pair(each, revision, item, value, why))
    return tuple(told)


def save(
    session: Session,
    sheet: Sheet,
    pairs: Sequence[Pair],
    *,
    filename: str,
    seen_on: dt.date,
    nda: str = "",
    revisions: Mapping[str, int],
    now: dt.datetime,
    actor: uuid.UUID,
) -> int:
    """The pairs are answers to be confirmed, each with its file and row; how many."""
    done = 0
    for one in pairs:
        if one.item is None or one.value is None:
            continue
        answers.save_for_them(
            session,
            sheet.response,
            one.id,
            one.value,
            note=one.note,
            seen_where=f"{filename[-450:]}, {one.item.row + 1}",
            seen_on=seen_on,
            nda=nda,
            to_confirm=True,
            revision=revisions.get(one.id, one.revision),
            now=now,
            actor=actor,
        )
        done += 1
    return done


def _chosen(each: Asked, said: str) -> str | None:
    return said if said in {option.id for option in each.options} else None


def _read(each: Asked, item: Item) -> Value | None:
    if each.question.type == "text":
        return item.answer or item.note or None
    said = grid.level(item.answer)
    return said if said in {option.id for option in each.options} else None
