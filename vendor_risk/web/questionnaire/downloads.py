"""What a vendor can take along: the questions beforehand, and its own answers."""

import json
from collections.abc import Iterator
from io import BytesIO

from flask import Response, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.pdf import PdfUnavailable
from vendor_risk.press import PressBroken
from vendor_risk.questionnaires.merged import Asked
from vendor_risk.questionnaires.translations import said
from vendor_risk.store.models.responses import ResponseAnswer
from vendor_risk.web import language
from vendor_risk.web.frame import notice
from vendor_risk.web.questionnaire import area, paper, words, workbook_views
from vendor_risk.web.questionnaire import workbook as workbook_of
from vendor_risk.web.questionnaire.entry import Page, entered
from vendor_risk.web.questionnaire.lines import Part, of_link, parts_of
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors.exports import XLSX_TYPE, workbook
from vendor_risk.workflow.responses import answers, files
from vendor_risk.workflow.responses.answers import value_of
from vendor_risk.workflow.responses.links import Entry

Cells = list[str | int | None]


@area.get("/<token>/questions.xlsx")
@entered
def questions(token: str, at: Entry) -> Page | AnyResponse:
    """The questions with the answers so far, to be filled and sent back."""
    sheet = answers.sheet(session, at.response, today=now().date())
    return workbook_of.answer(sheet, workbook_views.of_vendor(at, sheet))


@area.get("/<token>/questions.pdf")
@entered
def questions_paper(token: str, at: Entry) -> Page | AnyResponse:
    """The questions on paper, to be read and asked around beforehand."""
    sheet = answers.sheet(session, at.response, today=now().date())
    try:
        return paper.answer(sheet, workbook_views.of_vendor(at, sheet))
    except (PdfUnavailable, PressBroken):
        notice(
            _("The PDF could not be made. The spreadsheet has the same questions."), kind="error"
        )
        return redirect(url_for(".overview", token=token))


@area.get("/<token>/answers.xlsx")
@entered
def answers_book(token: str, at: Entry) -> Page | AnyResponse:
    """The vendor's own answers as a workbook."""
    heads = [_("Number"), _("Id"), _("Section"), _("Question"), _("Why we ask"), _("Answers")]
    more = [_("Evidence"), _("Answer"), _("Note"), _("Files")]
    return _book(at, _("Answers"), [*heads, *more], _rows(at))


@area.get("/<token>/answers.json")
@entered
def answers_json(token: str, at: Entry) -> Page | AnyResponse:
    """The same for a program; ids and hashes say what exactly was asked."""
    response = at.response
    sheet = answers.sheet(session, response, today=now().date())
    kept = files.files_for(session, at)
    told = {
        "format": "vendor-risk-answers/1",
        "response": response.number,
        "questionnaires": response.asked,
        "state": response.state,
        "due_on": response.due_on.isoformat(),
        "submitted_at": response.submitted_at.isoformat() if response.submitted_at else None,
        "submitted_by": response.submitted_by,
        "submitted_role": response.submitted_role,
        "answers": [
            _told(each, sheet.rows.get(each.question.id), language.current())
            for each in of_link(at, sheet)
            if each.question.type != "info"
        ],
        "files": [
            {
                "name": one.row.name,
                "sha256": one.row.sha256,
                "bytes": one.row.bytes,
                "document_date": one.row.document_date.isoformat()
                if one.row.document_date
                else None,
                "questions": one.questions,
            }
            for one in kept
        ],
    }
    content = json.dumps(told, ensure_ascii=False, indent=2) + "\n"
    answer = Response(content, mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{response.number}.json"'
    return answer


def _told(each: Asked, row: ResponseAnswer | None, language: str) -> dict[str, object]:
    return {
        "id": each.question.id,
        "rev": each.question.rev,
        "questionnaire": f"{each.form.id}@{each.form.version}",
        "question": said(each.question.text, language),
        "value": value_of(row) if row and row.value else None,
        "note": row.note if row else "",
        "answered_on": row.answered_on.isoformat() if row and row.answered_on else None,
        "to_confirm": bool(row and row.confirm),
    }


def _book(at: Entry, name: str, heads: list[str], rows: Iterator[Cells]) -> AnyResponse:
    with workbook(name, heads, rows) as file:
        content = BytesIO(file.read())
    answer = Response(content.getvalue(), mimetype=XLSX_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="{at.response.number}.xlsx"'
    return answer


def _rows(at: Entry) -> Iterator[Cells]:
    response = at.response
    sheet = answers.sheet(session, response, today=now().date())
    kept = files.files_for(session, at)
    for part in parts_of(of_link(at, sheet)):
        for n, each in enumerate(part.questions, start=1):
            row = sheet.rows.get(each.question.id)
            line = _line(part, n, each, language.current(), response.tier)
            yield [
                *line,
                _answer(each, row, language.current()),
                row.note if row else "",
                ", ".join(one.row.name for one in kept if each.question.id in one.questions),
            ]


def _line(part: Part, n: int, each: Asked, language: str, tier: int) -> Cells:
    evidence = each.question.evidence
    wanted = evidence is not None and (not evidence.when.tier or tier in evidence.when.tier)
    return [
        f"{part.number}.{n}",
        each.question.id,
        said(dict(part.title), language),
        said(each.question.text, language),
        said(each.question.why, language) if each.question.why else "",
        " / ".join(words.option(one, language) for one in each.options),
        ", ".join(map(words.kind, evidence.kinds)) if evidence and wanted else "",
    ]


def _answer(each: Asked, row: ResponseAnswer | None, language: str) -> str:
    if row is None or not row.value:
        return ""
    value = value_of(row)
    labels = {one.id: words.option(one, language) for one in each.options}
    chosen = value if isinstance(value, tuple) else (value,)
    return ", ".join(labels.get(str(one), str(one)) for one in chosen)
