"""The questions of a response as a page shows them, and what its form says of each."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, select
from werkzeug.datastructures import MultiDict

from vendor_risk.questionnaires import table
from vendor_risk.questionnaires.evaluate import Answer, Fault, problem
from vendor_risk.questionnaires.form import Value
from vendor_risk.questionnaires.merged import Asked
from vendor_risk.store.models.responses import (
    WITH_VENDOR,
    QuestionnaireResponse,
    ResponseAnswer,
    ResponseMessage,
    ResponseState,
)
from vendor_risk.web.session import session
from vendor_risk.workflow.responses import files, links, proven, reuse
from vendor_risk.workflow.responses.answers import Sheet, plain, value_of
from vendor_risk.workflow.responses.files import Kept
from vendor_risk.workflow.responses.links import Entry
from vendor_risk.workflow.responses.reuse import Earlier
from vendor_risk.workflow.responses.sending import minutes_of

SPARE_ROWS = 3
MOST_TABLE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form says of a question: the value as it is saved, or why it is none."""

    value: Value | None
    note: str
    revision: int
    wrong: str = ""
    raw: str = ""  # what was typed where it is no value


@dataclass(slots=True)
class Line:
    """One question with what was said to it; `error`, `conflict` are of what was just sent."""

    asked: Asked
    number: str
    row: ResponseAnswer | None
    value: Value | None
    note: str
    revision: int
    editable: bool
    blank: bool
    today: dt.date
    files: Sequence[Kept] = ()
    messages: Sequence[ResponseMessage] = ()
    fault: Fault | None = None
    wants_evidence: Sequence[str] = ()  # the kinds
    proof: Mapping[str, Any] | None = None  # the document that answers it in the vendor's place
    earlier: Earlier | None = None  # what was said last, where the question has changed since
    error: str = ""
    file_error: str = ""
    message_error: str = ""
    message: str = ""  # what was typed to us and not taken
    raw: str = ""
    conflict: ResponseAnswer | None = None
    others: Sequence[Kept] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Its id in the questionnaire."""
        return self.asked.question.id

    @property
    def wrong(self) -> bool:
        """Whether anything that was just sent of it was not taken."""
        return bool(self.error or self.conflict or self.file_error or self.message_error)

    @property
    def key(self) -> str:
        """Its id as the page names things by it."""
        return self.id.replace(".", "_")

    @property
    def confirm(self) -> bool:
        """Whether it was taken over from an earlier response, and nobody said that it holds."""
        return self.row is not None and self.row.confirm

    @property
    def flagged(self) -> bool:
        """Whether it came back from review."""
        return self.row is not None and self.row.flagged

    @property
    def chosen(self) -> frozenset[str]:
        """The options that stand."""
        value = self.value if isinstance(self.value, tuple) else (self.value,)
        return frozenset(str(one) for one in value if one is not None)

    @staticmethod
    def of(row: ResponseAnswer) -> tuple[str, ...]:
        """What another row says, as options or as one text."""
        value = value_of(row)
        return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)

    @property
    def text(self) -> str:
        """What stands in a field of text."""
        return self.raw or ("" if self.value is None else str(self.value))

    @property
    def cells(self) -> list[list[str]]:
        """The rows of a table, and some empty ones."""
        width = len(self.asked.question.columns)
        rows = table.rows(self.text, width)
        return (rows + [[""] * width for _ in range(SPARE_ROWS)])[:MOST_TABLE_ROWS]

    @property
    def lacks(self) -> str:
        """Why what is saved is no whole answer yet."""
        if self.value is None:
            return ""
        told = Answer(self.value, self.today, self.today, self.note)
        return problem(self.asked, told) or ""

    @property
    def names(self) -> str:
        """The fields of this question alone, for htmx."""
        width = len(self.asked.question.columns)
        cells = [
            f"a:{self.id}:{row}:{column}"
            for row in range(len(self.cells) if width else 0)
            for column in range(width)
        ]
        own = [f"{kind}:{self.id}" for kind in "anruU"]
        return ",".join(("csrf_token", "only", *own, *cells))


@dataclass(frozen=True, slots=True)
class Part:
    """Questions under one heading."""

    id: str
    title: Mapping[str, str]
    questions: tuple[Asked, ...]
    number: int

    def done(self, sheet: Sheet) -> int:
        """How many are answered."""
        return sum(each.question.id not in sheet.evaluation.blanks for each in self.asked)

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Those that want an answer."""
        return tuple(each for each in self.questions if each.question.type != "info")


def of_link(at: Entry, sheet: Sheet) -> tuple[Asked, ...]:
    """The questions that are asked now of whoever holds this link."""
    mine = at.link.sections
    return tuple(
        each for each in sheet.evaluation.visible if mine is None or each.section.id in mine
    )


def parts_of(questions: Sequence[Asked]) -> tuple[Part, ...]:
    """The questions by section; sections of one id in several questionnaires stand as one."""
    sections: dict[str, list[Asked]] = {}
    for each in questions:
        sections.setdefault(each.section.id, []).append(each)
    return tuple(
        Part(id, asked[0].section.title, tuple(asked), number)
        for number, (id, asked) in enumerate(sections.items(), start=1)
    )


def counted(questions: Sequence[Asked]) -> dict[str, int]:
    """How many questions, and how long they take."""
    return {
        "questions": sum(each.question.type != "info" for each in questions),
        "minutes": minutes_of(questions),
    }


def lines_of(at: Entry, sheet: Sheet, part: Part, today: dt.date) -> list[Line]:
    """The questions of a part with all that stands at them."""
    kept = files.files_for(session, at)
    said = _messages(at.response)
    faults = {fault.question: fault for fault in sheet.evaluation.faults}
    tier = at.response.tier
    before = reuse.earlier(session, at.response)
    made = []
    for n, each in enumerate(part.questions, start=1):
        row = sheet.rows.get(each.question.id)
        evidence = each.question.evidence
        wanted = evidence is not None and (not evidence.when.tier or tier in evidence.when.tier)
        line = Line(
            asked=each,
            number=f"{part.number}.{n}",
            row=row,
            value=value_of(row) if row and row.value else None,
            note=row.note if row else "",
            revision=row.revision if row else 0,
            editable=can_change(at.response, row),
            blank=each.question.id in sheet.evaluation.blanks,
            today=today,
            files=[one for one in kept if each.question.id in one.questions],
            messages=said.get(each.question.id, ()),
            fault=faults.get(each.question.id),
            wants_evidence=evidence.kinds if evidence and wanted else (),
            proof=proven.for_question(at.response, each.control),
            earlier=before.get(each.question.id),
        )
        line.others = [one for one in kept if one not in line.files]
        made.append(line)
    return made


def can_change(response: QuestionnaireResponse, row: ResponseAnswer | None) -> bool:
    """Whether the vendor may change this answer now."""
    if response.state not in WITH_VENDOR:
        return False
    if response.state != ResponseState.RETURNED:
        return True
    return row is None or not row.value or row.flagged


def typed(line: Line, form: "MultiDict[str, str]") -> Typed | None:
    """What the form says of the question; None where it does not show it."""
    seen = form.get(f"r:{line.id}", "")
    if not (seen.isascii() and seen.isdigit() and len(seen) < 9):
        return None
    note = plain(form.get(f"n:{line.id}", "")).strip()
    value, wrong = _value(line, form)
    return Typed(value, note, int(seen), wrong, form.get(f"a:{line.id}", "") if wrong else "")


def as_kept(value: Value | None) -> str:
    """The value as an answer keeps it."""
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _value(line: Line, form: "MultiDict[str, str]") -> tuple[Value | None, str]:
    name, kind = f"a:{line.id}", line.asked.question.type
    if kind == "multi":
        chosen = set(form.getlist(name))
        known = tuple(one.id for one in line.asked.options if one.id in chosen)
        return (known or None), ""
    if kind == "table":
        width = len(line.asked.question.columns)
        rows = [
            [plain(form.get(f"{name}:{row}:{column}", "")) for column in range(width)]
            for row in range(MOST_TABLE_ROWS)
            if f"{name}:{row}:0" in form
        ]
        return table.written(rows) or None, ""
    text = plain(form.get(name, "")).strip()
    if not text:
        return None, ""
    if kind == "number":
        digits = text.replace(" ", "").removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
            return None, "Write a whole number."
        return int(text.replace(" ", "")), ""
    return text, ""


def _messages(response: QuestionnaireResponse) -> Mapping[str, list[ResponseMessage]]:
    """What was said about each question that the vendor may read, the oldest first."""
    rows = (
        select(ResponseMessage)
        .where(ResponseMessage.response_id == response.id, col(ResponseMessage.internal).is_(False))
        .order_by(col(ResponseMessage.created_at), col(ResponseMessage.id))
    )
    told: dict[str, list[ResponseMessage]] = {}
    for row in session.exec(rows):
        told.setdefault(row.question, []).append(row)
    return told


def said_of_all(at: Entry) -> Sequence[ResponseMessage]:
    """What was said about the whole; a contributor reads what it wrote, and what we answered it."""
    said = _messages(at.response).get("", [])
    if at.owner:
        return said
    mine = links.of_same(session, at.link)
    return [row for row in said if row.link_id in mine]
