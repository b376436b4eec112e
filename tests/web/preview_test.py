"""What would be asked, shown and handed out before anything is sent."""

import io
import re
import subprocess

import openpyxl
import pytest
from sqlmodel import select

from tests.factories import NOON
from tests.web.questionnaire_test import (  # noqa: F401  (fixtures)
    analyst,
    link,
    pat,
    send,
    stock,
    stranger,
)
from tests.web.workbook_test import download, upload
from tests.workflow.packs_test import bring, packed
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.workflow import packs

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def previews(page):
    """The addresses behind the two buttons, PDF first."""
    return [one.replace("&amp;", "&") for one in re.findall(r'href="([^"]*/preview\.[^"]*)"', page)]


def text_of(pdf):
    run = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return re.sub(r"\s+", " ", run.stdout.decode())


def asked_in(book):
    return [row[8].value for row in book["Questions"].iter_rows(min_row=3) if row[8].value]


def test_the_preview_asks_what_is_sent(analyst, stock, database):  # noqa: F811
    """The same questions in the same order, and looking sends nothing."""
    page = analyst.get(f"/vendors/{stock[0]}/engagements/{stock[1]}/questionnaires").text
    book = download(analyst, previews(page)[1])
    with database.reading() as session:
        assert session.exec(select(QuestionnaireResponse)).first() is None
    send(analyst, stock)
    with database.reading() as session:
        row = session.exec(select(QuestionnaireResponse)).one()
    assert asked_in(book) == asked_in(download(analyst, f"/responses/{row.id}/questions.xlsx"))
    assert all(cell.protection.locked for row in book["Questions"].iter_rows() for cell in row)


def test_the_preview_on_paper_says_that_nothing_was_sent(analyst, stock):  # noqa: F811
    """In the language of the letter, with who is asked, and without a day to answer by."""
    address = f"/vendors/{stock[0]}/engagements/{stock[1]}/questionnaires/preview.pdf"
    pdf = analyst.get(f"{address}?chosen=contractor-access&language=de").data
    words = text_of(pdf)
    assert "Sicherheitsfragen an Polar Heating" in words
    assert "Eine Vorschau: Noch wurde nichts versendet." in words
    assert "contractor-access@1.0.0" in words
    assert "Bitte antworten Sie bis" not in words


def test_a_preview_takes_no_answers(analyst, pat, link):  # noqa: F811
    """Uploaded for a response it is refused, with what to do."""
    book = download(analyst, "/questionnaires/contractor-access.xlsx")
    answer = upload(pat, f"{link}/workbook", book)
    assert answer.status_code == 422
    assert "This workbook is a preview" in answer.text
    assert "download the workbook here" in answer.text


def test_every_questionnaire_is_listed_with_its_versions(client, sign_in, database):
    """For everybody who works here, a requester too; without our own intake."""
    with database.transaction() as session:
        bring(session, packed([("ID", "Question"), ("A", "Is there a lock?")]))
    sign_in(client, "requester")
    page = client.get("/questionnaires").text
    assert "contractor-access@1.0.0" in page
    assert "Is there a lock?" in page
    assert "intake@" not in page
    assert asked_in(download(client, "/questionnaires/own.xlsx?version=1.0.0")) == ["own.A"]
    assert client.get("/questionnaires/own.xlsx?version=9.0.0").status_code == 404


def test_one_that_is_retired_is_listed_no_more(client, sign_in, database):
    """Its versions stay readable for who knows them."""
    with database.transaction() as session:
        bring(session, packed([("ID", "Question"), ("A", "Is there a lock?")]))
        packs.retire(session, "own", now=NOON, actor="test")
    sign_in(client, "requester")
    assert "own@" not in client.get("/questionnaires").text
    assert client.get("/questionnaires/own.pdf").status_code == 404


def test_nothing_to_ask_is_no_empty_file(analyst, stock):  # noqa: F811
    """The page says so instead."""
    address = f"/vendors/{stock[0]}/engagements/{stock[1]}/questionnaires"
    answer = analyst.get(f"{address}/preview.xlsx", follow_redirects=True)
    assert "Nothing would be asked" in answer.text


def test_the_guide_says_what_the_file_is(analyst):  # noqa: F811
    """Before the first question."""
    book = openpyxl.load_workbook(
        io.BytesIO(analyst.get("/questionnaires/processor-gdpr.xlsx").data)
    )
    assert book["Read me"]["A1"].value == "What we would ask"


def test_the_catalogue_is_found_under_responses(client, sign_in):
    """Where questionnaires are read, and not under vendors."""
    sign_in(client, "analyst")

    page = client.get("/questionnaires").text

    lit = re.findall(r'<a class="side-item" href="([^"]+)" aria-current="page"', page)
    assert lit == ["/responses"]
