"""The questions of a response as a workbook that can be filled and sent back."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter
from flask import Response
from flask_babel import gettext as _

from vendor_risk.questionnaires import table
from vendor_risk.questionnaires.merged import Asked
from vendor_risk.questionnaires.translations import said
from vendor_risk.store.models.responses import QuestionnaireResponse, ResponseAnswer
from vendor_risk.web import language
from vendor_risk.web.questionnaire import words
from vendor_risk.web.questionnaire.lines import parts_of
from vendor_risk.web.vendors.exports import XLSX_TYPE
from vendor_risk.workflow.csv_file import guarded
from vendor_risk.workflow.responses import round_trip
from vendor_risk.workflow.responses.answers import Sheet, value_of
from vendor_risk.workflow.responses.preview import Preview

_HIDDEN = {"hidden": True}
_UNWRITABLE = {0xFFFE: None, 0xFFFF: None}  # no XML carries them


def answer(sheet: Sheet, asked: Sequence[Asked]) -> Response:
    """The workbook as a download."""
    return _sent(written(sheet, asked), f"{sheet.response.number}-questions.xlsx")


def preview(told: Preview, name: str) -> Response:
    """What would be asked, as a workbook to be read: no response takes it back."""
    source = _Source(round_trip.PREVIEW, told.tier)
    return _sent(_written(source, told.asked), f"{name}-preview.xlsx")


def written(sheet: Sheet, asked: Sequence[Asked]) -> bytes:
    """What to do, the questions with the answers so far, and a sheet for each table."""
    response = sheet.response
    mark = round_trip.fingerprint(response)
    return _written(_Source(mark, response.tier, response, sheet.rows), asked)


@dataclass(frozen=True, slots=True)
class _Source:
    """What the workbook is of; without a response it is a preview, to be read alone."""

    mark: str
    tier: int
    response: QuestionnaireResponse | None = None
    rows: Mapping[str, ResponseAnswer] = field(default_factory=dict)


def _sent(content: bytes, name: str) -> Response:
    sent = Response(content, mimetype=XLSX_TYPE)
    sent.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return sent


def _written(source: _Source, asked: Sequence[Asked]) -> bytes:
    with tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(
            file, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
        )
        _Writer(book, source, asked).write()
        book.close()
        file.seek(0)
        return file.read()


class _Writer:
    def __init__(self, book: Any, source: _Source, asked: Sequence[Asked]) -> None:
        self.book, self.asked = book, asked
        self.response, self.rows = source.response, source.rows
        self.tier, self.mark = source.tier, source.mark
        self.language = language.current()
        wrapped = {"text_wrap": True, "valign": "top", "font_size": 11}
        make = book.add_format
        self.head = make(wrapped | {"bold": True, "bg_color": "#E7ECF3", "bottom": 1})
        self.plain = make(wrapped)
        self.quiet = make(wrapped | {"font_color": "#56606E"})
        self.open = make(
            wrapped
            | {"locked": False, "bg_color": "#FFFBE6", "border": 1, "num_format": "@"}
            | {"border_color": "#D5C98A"}
        )
        if self.response is None:
            self.open = self.plain
        self.title = make({"bold": True, "font_size": 16})

    def write(self) -> None:
        guide = self.book.add_worksheet(_("Read me"))
        questions = self.book.add_worksheet(_("Questions"))
        tables: dict[str, str] = {}
        for each in self.asked:
            if each.question.type == "table":
                tables[each.question.id] = self._table(each, len(tables) + 1)
        lists = self.book.add_worksheet("Lists")
        lists.hide()
        self._guide(guide)
        self._questions(questions, lists, tables)
        questions.activate()
        questions.set_first_sheet()

    def _guide(self, page: Any) -> None:
        page.hide_gridlines(2)
        page.set_column(0, 0, 90)
        if self.response is None:
            page.write_string(0, 0, _("What we would ask"), self.title)
            lines = self._preview_guide()
        else:
            page.write_string(0, 0, _("How to fill this workbook"), self.title)
            lines = self._filling_guide(self.response)
        for n, line in enumerate(lines, start=2):
            page.write_string(n, 0, line, self.plain)
        page.protect()

    @staticmethod
    def _preview_guide() -> tuple[str, ...]:
        return (
            _("This is a preview: nothing was sent yet, and answers in this file are not taken."),
            _("Answers are given later, over the link in our mail. There is a workbook to fill as"
              " well."),
            _("What is asked then can differ: the questions are fixed on the day they are sent."),
        )  # fmt: skip

    @staticmethod
    def _filling_guide(response: QuestionnaireResponse) -> tuple[str, ...]:
        return (
            _("Response %(number)s, due on %(day)s.", number=response.number,
              day=response.due_on.isoformat()),
            _("Answer in the yellow cells of the sheet “Questions”. Where there is a list, choose"
              " from it; where several answers may hold, write each on its own line."),
            _("Say more under “Note”. An answer that needs a note counts once it has one."),
            _("A question that asks for a table has a sheet of its own."),
            _("Leave the other cells, the hidden columns and the order of columns as they are."
              " Formulas, macros and links to other files are refused."),
            _("Then upload the file where you downloaded it. You see every change before anything"
              " is saved, and nothing that a colleague typed meanwhile is lost."),
            _("Files of evidence are added on the page, beside the question that they show."),
        )  # fmt: skip

    def _questions(self, page: Any, lists: Any, tables: dict[str, str]) -> None:
        keys = ["", "", "", "", "", "", round_trip.ANSWER, round_trip.TEXT_NOTE]
        keys += [round_trip.ID, round_trip.REV, round_trip.REVISION, round_trip.FILE]
        heads = [_("Number"), _("Section"), _("Question"), _("Why we ask"), _("Answers")]
        heads += [_("Evidence"), _("Answer"), _("Note")]
        heads += ["id", "rev", "revision", "file"]
        for column, (key, head) in enumerate(zip(keys, heads, strict=True)):
            page.write_string(0, column, key)
            page.write_string(1, column, head, self.head)
        page.set_row(0, None, None, _HIDDEN)
        for column, width in enumerate((8, 22, 56, 40, 26, 26, 34, 44)):
            page.set_column(column, column, width)
        page.set_column(8, 11, 12, None, _HIDDEN)
        page.freeze_panes(2, 3)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(1)
        number = round_trip.HEAD_ROWS
        for part in parts_of(self.asked):
            for n, each in enumerate(part.questions, start=1):
                self._line(page, lists, number, f"{part.number}.{n}", each, tables)
                number += 1
        page.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})

    def _line(  # noqa: PLR0917  (one row of one sheet)
        self, page: Any, lists: Any, number: int, name: str, each: Asked, tables: dict[str, str]
    ) -> None:
        question, row = each.question, self.rows.get(each.question.id)
        evidence = question.evidence
        wanted = evidence is not None and words.wanted(evidence, self.tier)
        labels = [words.option(one, self.language) for one in each.options]
        texts = (
            name,
            said(each.section.title, self.language),
            said(question.text, self.language),
            said(question.why, self.language) if question.why else "",
            "\n".join(labels),
            ", ".join(map(words.kind, evidence.kinds)) if evidence and wanted else "",
        )
        for column, text in enumerate(texts):
            self._text(page, number, column, text, self.plain if column == 2 else self.quiet)
        if question.type == "info":
            return
        if question.id in tables:
            there = _("see the sheet “%(name)s”", name=tables[question.id])
            self._text(page, number, 6, there, self.quiet)
            page.write_string(number, 8, round_trip.TABLE)
            return
        self._text(page, number, 6, self._shown(each, row), self.open)
        self._text(page, number, 7, row.note if row else "", self.open)
        hidden = (question.id, str(question.rev), str(row.revision if row else 0), self.mark)
        for column, text in enumerate(hidden, start=8):
            page.write_string(number, column, text)
        if question.type == "choice":
            for column, text in enumerate(labels):
                lists.write_string(number, column, guarded(text))
            last = xlsxwriter.utility.xl_col_to_name(len(labels) - 1)
            page.data_validation(
                number,
                6,
                number,
                6,
                {
                    "validate": "list",
                    "source": f"=Lists!$A${number + 1}:${last}${number + 1}",
                    "error_title": _("Choose from the list"),
                    "error_message": _("Choose one of the answers of the list."),
                },
            )

    def _table(self, each: Asked, n: int) -> str:
        question, row = each.question, self.rows.get(each.question.id)
        name: str = _("Table %(n)s", n=n)[:31]
        page = self.book.add_worksheet(name)
        known = (question.id, str(question.rev), str(row.revision if row else 0), self.mark)
        page.write_string(0, 0, "|".join((round_trip.TABLE, *known)))
        page.set_row(0, None, None, _HIDDEN)
        for column, one in enumerate(question.columns):
            if column:
                page.write_string(0, column, f"vr:cell:{one.id}")
            self._text(page, 1, column, said(one.text, self.language), self.head)
        page.set_column(0, max(len(question.columns) - 1, 0), 30)
        there = table.rows(str(value_of(row)) if row and row.value else "", len(question.columns))
        for line in range(round_trip.MOST_TABLE_ROWS):
            for column in range(len(question.columns)):
                text = there[line][column] if line < len(there) else ""
                self._text(page, line + round_trip.HEAD_ROWS, column, text, self.open)
        page.freeze_panes(2, 0)
        page.protect("", {"format_columns": True, "format_rows": True})
        return name

    def _shown(self, each: Asked, row: ResponseAnswer | None) -> str:
        if row is None or not row.value:
            return ""
        value = value_of(row)
        labels = {one.id: words.option(one, self.language) for one in each.options}
        chosen = value if isinstance(value, tuple) else (value,)
        return "\n".join(labels.get(str(one), str(one)) for one in chosen)

    @staticmethod
    def _text(page: Any, row: int, column: int, text: str, look: Any) -> None:
        text = guarded(text.translate(_UNWRITABLE))
        if text:
            page.write_string(row, column, text, look)
        else:
            page.write_blank(row, column, None, look)
