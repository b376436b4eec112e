"""The workbook of a response, filled and sent back by the vendor and by one of us."""

import html
import io
import json
import re
import subprocess

import openpyxl
import pikepdf
import pytest
from sqlmodel import select

from tests.factories import NOON
from tests.web.questionnaire_test import (  # noqa: F401  (fixtures)
    analyst,
    answers,
    link,
    newest_link,
    one,
    pat,
    said,
    send,
    stock,
    stranger,
)
from vendor_risk.store.models.responses import AnswerChange, QuestionnaireResponse, ResponseAnswer
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import engagements
from vendor_risk.workflow.engagements import Terms

BY = {"now": NOON, "actor": "test"}

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def download(browser, address):
    answer = browser.get(address)
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.data))


def row_of(book, id):
    sheet = book["Questions"]
    return next(row for row in sheet.iter_rows(min_row=3) if row[8].value == id)


def fill(book, id, answer, note=None):
    row = row_of(book, id)
    row[6].value = answer
    if note is not None:
        row[7].value = note


def upload(browser, address, book, **more):
    out = io.BytesIO()
    book.save(out)
    file = (io.BytesIO(out.getvalue()), "answers.xlsx")
    return browser.press(address, file=file, **more)


def ticks(page):
    """The fields that the page would send as it is."""
    fields = {
        name: html.unescape(value)
        for name, value in re.findall(r'name="(w:[^"]+)" value="([^"]*)"', page)
    }
    taken = re.findall(r'name="take" value="([^"]+)" checked', page)
    return fields, taken


def test_the_vendor_fills_looks_and_saves(pat, link, database):  # noqa: F811
    """Drop-downs, hidden ids, a diff, and only then the answers."""
    pat.press(f"{link}/s/access/AC-01", **said("AC-01", "partly", "=HYPERLINK(1)"))
    book = download(pat, f"{link}/questions.xlsx")

    sheet = book["Questions"]
    assert [sheet.column_dimensions["I"].hidden, sheet.row_dimensions[1].hidden] == [True, True]
    assert (row_of(book, "AC-01")[6].value, row_of(book, "AC-01")[7].value) == (
        "Partly",
        "'=HYPERLINK(1)",
    )
    assert len(sheet.data_validations.dataValidation) >= 10
    fill(book, "AC-01", "Yes")
    fill(book, "AC-02", "no", "so \u202efar<script>")
    fill(book, "AC-03", "perhaps")
    page = upload(pat, f"{link}/workbook", book)

    assert page.status_code == 200
    assert list(answers(database)) == ["AC-01"]
    assert "none of the answers" in page.text
    assert re.search(r"Questions</bdi>, G\d+", page.text)
    assert "so far&lt;script&gt;" in page.text
    fields, taken = ticks(page.text)
    assert taken == ["AC-01", "AC-02"]
    done = pat.press(f"{link}/workbook/save", take=taken, **fields)
    assert done.status_code == 302, done.text
    kept = answers(database)
    assert kept["AC-01"] == ('"met"', "=HYPERLINK(1)", 2)
    assert kept["AC-02"] == ('"unmet"', "so far<script>", 1)

    again = upload(pat, f"{link}/workbook", download(pat, f"{link}/questions.xlsx"))
    assert "says nothing else" in again.text


def test_two_at_once_lose_nothing(pat, link, database):  # noqa: F811
    """Before the upload and between looking and saving: both texts, until somebody ticks."""
    book = download(pat, f"{link}/questions.xlsx")
    pat.press(f"{link}/s/access/AC-01", **said("AC-01", "met", "typed on the page"))
    pat.press(f"{link}/s/access/AC-02", **said("AC-02", "met"))
    fill(book, "AC-01", "No", "from the workbook")
    fill(book, "AC-03", "Yes")
    page = upload(pat, f"{link}/workbook", book)

    assert "typed on the page" in page.text
    fields, taken = ticks(page.text)
    assert taken == ["AC-03"]
    assert list(fields) == ["w:AC-01", "w:AC-03"]
    pat.press(f"{link}/s/access/AC-03", **said("AC-03", "unmet", "meanwhile"))
    clash = pat.press(f"{link}/workbook/save", take=["AC-01", "AC-03"], **fields)
    assert clash.status_code == 409
    assert "meanwhile" in clash.text
    assert "1 answer of the workbook is saved" in clash.text
    kept = answers(database)
    assert (kept["AC-01"][1], kept["AC-03"][1]) == ("from the workbook", "meanwhile")
    with database.reading() as session:
        assert "typed on the page" in [row.note for row in session.exec(select(AnswerChange))]
    fields, taken = ticks(clash.text)
    assert (taken, list(fields)) == ([], ["w:AC-03"])
    assert pat.press(f"{link}/workbook/save", take=["AC-03"], **fields).status_code == 302
    assert answers(database)["AC-03"] == ('"met"', "", 2)


@pytest.mark.parametrize(
    ("spoil", "words", "status"),
    [
        (lambda row: setattr(row[8], "value", "XX-99"), "no such question here", 200),
        (lambda row: setattr(row[8], "value", "AC-02"), "more than once", 200),
        (lambda row: setattr(row[8], "value", None), "hidden columns of this row", 200),
        (lambda row: setattr(row[9], "value", "7"), "has changed since", 200),
        (lambda row: setattr(row[10], "value", "5"), "hidden columns of this row", 200),
        (lambda row: setattr(row[10], "value", "-1"), "hidden columns of this row", 200),
        (lambda row: setattr(row[11], "value", "0" * 64), "belongs to other questions", 422),
        (lambda row: setattr(row[7], "value", "=1+1"), "formula in H", 422),
        (lambda row: setattr(row[7], "value", "n" * 4001), "at most 4000", 200),
    ],
)
def test_an_edited_workbook_changes_nothing(pat, link, database, spoil, words, status):  # noqa: F811
    """And the page says which cell, and why."""
    book = download(pat, f"{link}/questions.xlsx")
    fill(book, "AC-01", "Yes")
    spoil(row_of(book, "AC-01"))
    page = upload(pat, f"{link}/workbook", book)

    assert page.status_code == status
    assert words in page.text
    assert ticks(page.text)[1] == []
    assert answers(database) == {}


@pytest.mark.parametrize(
    ("size", "name", "words", "status"),
    [
        (6_000_000, "answers.xlsx", "at most 5 MB", 422),
        (33 * 1024 * 1024, "answers.xlsx", "too large", 413),
        (2000, "answers.xlsx", "workbook", 422),
        (2000, "../../etc/answers.xlsx", "workbook", 422),
    ],
)
def test_what_is_too_large_or_no_workbook_is_told_at_the_door(
    pat,  # noqa: F811
    link,  # noqa: F811
    database,
    size,
    name,
    words,
    status,
):
    """On the page, with what to do, and nothing is saved."""
    answer = pat.press(f"{link}/workbook", file=(io.BytesIO(b"PK" + bytes(size)), name))

    assert answer.status_code == status
    assert words in answer.text
    assert answers(database) == {}


@pytest.mark.parametrize(
    "told",
    [
        "{",
        "[]",
        json.dumps({"value": {"a": 1}, "note": "", "revision": 0}),
        json.dumps({"value": "nonsense", "note": "", "revision": 0}),
        json.dumps({"value": ["met"], "note": "", "revision": 0}),
    ],
)
def test_a_form_that_was_tampered_with_saves_nothing(pat, link, database, told):  # noqa: F811
    """The answers' own rules hold on this way as well."""
    answer = pat.press(f"{link}/workbook/save", **{"take": "AC-01", "w:AC-01": told})

    assert answer.status_code == 422
    assert answers(database) == {}


def test_one_of_us_answers_for_the_vendor(analyst, link, database):  # noqa: F811
    """With the source beside each answer; a requester cannot, and none without a source."""
    response = one(database, QuestionnaireResponse)
    base = f"/responses/{response.id}"
    book = download(analyst, f"{base}/questions.xlsx")
    fill(book, "AC-01", "Yes", "Trust centre, page 3")

    refused = upload(analyst, f"{base}/workbook", book, seen_where="", seen_on="2026-01-01")
    assert (refused.status_code, "Say where you saw it" in refused.text) == (422, True)
    day = NOON.date().isoformat()
    source = {"seen_where": "Trust centre", "seen_on": day}
    page = upload(analyst, f"{base}/workbook", book, **source)
    fields, taken = ticks(page.text)
    assert taken == ["AC-01"]
    done = analyst.press(f"{base}/workbook/save", take=taken, **fields, **source)
    assert done.status_code == 302, done.text
    row = one(database, ResponseAnswer)
    assert (row.value, row.seen_where, row.by_kind) == ('"met"', "Trust centre", "person")
    assert row.answered_on == NOON.date()


def test_the_questions_come_on_paper(pat, link, analyst, database):  # noqa: F811
    """Every question of the workbook stands in a tagged PDF, the same at each asking."""
    book = download(pat, f"{link}/questions.xlsx")
    wanted = [row[8].value for row in book["Questions"].iter_rows(min_row=3) if row[8].value]
    response = one(database, QuestionnaireResponse)

    answer = pat.get(f"{link}/questions.pdf")
    ours = analyst.get(f"/responses/{response.id}/questions.pdf")

    pdf = pikepdf.open(io.BytesIO(answer.data))
    assert str(pdf.Root.Lang) == "en"
    assert "/StructTreeRoot" in pdf.Root
    run = subprocess.run(
        ["pdftotext", "-", "-"], input=answer.data, capture_output=True, check=True
    )
    numbers = re.findall(r"^\f?(\d+\.\d+)\s", run.stdout.decode(), re.MULTILINE)
    assert len(numbers) == len(set(numbers)) == len(wanted)
    assert ours.data == answer.data


def test_a_table_has_a_sheet_of_its_own(analyst, stock, stranger, database):  # noqa: F811
    """Its rows come back, and the row that only names the sheet is no change."""
    levels = {"data_sensitivity": 3, "data_volume": 3, "access": 2, "criticality": 2, "payment": 0}
    with database.transaction() as session:
        vendor, bought = session.get_one(Vendor, stock[0]), session.get_one(Engagement, stock[1])
        terms = Terms("Mails", levels=levels)
        engagements.edit_engagement(session, vendor, bought, terms, revision=bought.revision, **BY)
    send(analyst, stock, chosen="processor-gdpr")
    theirs = newest_link(database)
    browser = stranger()
    browser.press(theirs)
    book = download(browser, f"{theirs}/questions.xlsx")
    sheet = next(one for one in book.worksheets if one.title.startswith("Table"))
    first = next(row for row in sheet.iter_rows() if not row[0].protection.locked)
    first[0].value, first[1].value = "Cirrus", "Hosting"

    page = upload(browser, f"{theirs}/workbook", book)

    assert "hidden columns" not in page.text
    assert ticks(page.text)[1] == ["SC-01-list"]
