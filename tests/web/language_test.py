"""In which language pages and letters speak."""

# ruff: noqa: F811  (the fixtures of a sent questionnaire)

import io
import re

import pytest
from sqlmodel import select

from tests.factories import NOON  # noqa: F401  (where the clock stands)
from tests.web.questionnaire_test import (  # noqa: F401
    analyst,
    link,
    newest_link,
    send,
    stock,
    stranger,
)
from vendor_risk.store.models.outbox import OutboxMail

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def language(answer) -> str:
    return re.search(r'<html lang="([^"]+)"', answer.text)[1]


@pytest.mark.parametrize(
    ("asks", "gets"),
    [("de-AT,de;q=0.9,en;q=0.5", "de"), ("fr,en;q=0.3", "en"), ("fr", "en"), ("", "en")],
)
def test_a_vendors_page_speaks_as_its_browser_asks(stranger, link, asks, gets):
    """Where nobody chose a language when the questions were sent."""
    browser = stranger()
    headers = {"Accept-Language": asks}
    assert language(browser.get(link, headers=headers)) == gets
    browser.press(link)
    page = browser.get(f"{link}/s/access", headers=headers)
    assert language(page) == gets
    assert ("Anmeldung an unseren Systemen" in page.text) == (gets == "de")
    assert ("Teilweise" in page.text) == (gets == "de")


def test_the_switch_is_kept(stranger, link):
    """For the visit, against what the browser asks for; what is not a language changes nothing."""
    browser = stranger()
    german = {"Accept-Language": "de"}
    assert 'value="en"' in browser.get(link, headers=german).text
    answer = browser.press("/preferences", language="en", next=link)
    assert answer.location == link
    assert language(browser.get(link, headers=german)) == "en"
    browser.press("/preferences", language="../de", next=link)
    assert language(browser.get(link, headers=german)) == "en"


def test_a_language_chosen_at_sending_wins_over_the_browser(
    analyst,
    stock,
    stranger,
    database,
):
    """In the letter, with its date, and on the page behind its link."""
    send(analyst, stock, language="de")
    with database.reading() as session:
        mail = session.exec(select(OutboxMail)).one()
    assert mail.subject.startswith("Sicherheitsfragen von ")
    assert "Guten Tag Pat Smith," in mail.text
    assert re.search(r"Bitte antworten Sie bis \d+\. \w+", mail.text)
    assert '<html lang="de"' in mail.html
    page = stranger().get(newest_link(database), headers={"Accept-Language": "en-GB"})
    assert language(page) == "de"


def test_what_refuses_a_vendor_says_why_in_its_language(stranger, link):
    """Errors of forms and of the product alike."""
    browser = stranger()
    browser.press("/preferences", language="de", next=link)
    browser.press(link)
    answer = browser.press(f"{link}/check", name="Pat", role="", declared="")
    assert answer.status_code == 422
    assert "Geben Sie Ihre Funktion an" in answer.text
    full = browser.press(f"{link}/check", name="Pat", role="Owner", declared="y")
    assert re.search(r"\d+ Fragen sind noch nicht beantwortet: ", full.text)
    assert language(browser.get("/q/no-such-link")) == "de"


def test_a_person_chooses_the_language_of_the_account(analyst):
    """It stands against the browser's, and can be left to it again."""
    german = {"Accept-Language": "de"}
    assert language(analyst.get("/own", headers=german)) == "de"
    said = {"name": "Ann", "timezone": ""}
    assert analyst.press("/own", language="en", **said).status_code == 302
    assert language(analyst.get("/own", headers=german)) == "en"
    analyst.press("/own", language="", **said)
    assert language(analyst.get("/own", headers=german)) == "de"


def test_what_refuses_our_own_people_is_in_their_language(analyst, stock):
    """With what they typed in it: a host name, and in front the kind of a dry run's column."""
    analyst.press("/own", language="de", name="Ann", timezone="")
    page = analyst.press(f"/vendors/{stock[0]}/domains", domain="10.0.0.1", host_class="main").text
    assert "10.0.0.1 ist eine IP-Adresse: Geben Sie den Hostnamen des Lieferanten an" in page
    lines = io.BytesIO(b"vendor,kind,account\nPolar Heating,magic,ext-1\n")
    page = analyst.press("/access/import", file=(lines, "access.csv")).text
    assert "kind: „magic“ ist keine Art. Möglich sind: account, " in page
