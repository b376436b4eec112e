"""Questionnaires to many vendors, on their pages: from the list of vendors to the last letter."""

import csv
import html
import io
import re

import pytest
from sqlmodel import select

from tests.rated import make
from vendor_risk.jobs import rounds as job
from vendor_risk.jobs.letters import Letterhead
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.rounds import SendRound
from vendor_risk.workflow import contacts

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

SIGNS_IN = {"data_sensitivity": 0, "data_volume": 0, "access": 3, "criticality": 1, "payment": 0}
HEAD = Letterhead("https://risk.example", "Contoso")


@pytest.fixture
def analyst(app, client, sign_in, csrf):
    """An analyst's browser, where mail leaves; `press(address, **fields)` sends a form of its."""
    app.config["MAIL_LEAVES"] = True
    client.person = sign_in(client, "analyst")
    client.press = lambda address, **fields: client.post(
        address, data={"csrf_token": csrf(client)} | fields
    )
    return client


@pytest.fixture
def stock(database, clock):
    """Two vendors with contacts, and one without; the ids by name."""
    told, by = {}, {"now": clock(), "actor": "test"}
    with database.transaction() as session:
        for name in ("Acme", "<b>Bolt</b>", "=Cold"):
            vendor, _bought = make(session, name, clock(), levels=SIGNS_IN)
            told[name] = str(vendor.id)
            if name != "=Cold":
                contacts.add_contact(
                    session, vendor, name="Pat", email="p@v.example", roles=[], **by
                )
    return told


def work(database):
    """A worker did all that waits."""
    with database.reading() as session:
        ids = session.exec(select(SendRound.id)).all()
    for id in ids:
        job.run(database, id, HEAD)


def plain(answer):
    """The text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_from_the_list_to_the_last_letter(analyst, stock, database, queue):
    """All that match: looked at, refused ones as CSV, sent on purpose, told in figures."""
    answer = analyst.press("/vendors/bulk", act="send", all_matching="1", back="/vendors")
    address = answer.location
    page = analyst.get(address)
    assert "3 engagements" in plain(page)
    assert "<b>Bolt</b>" not in page.text

    assert analyst.press(f"{address}/look", by="facts", message="Hello").status_code == 302
    assert queue[-1][0] == "round"
    assert analyst.get(f"{address}/progress").status_code == 200
    work(database)
    assert analyst.get(f"{address}/progress").status_code == 286
    assert "2 would get questions, 1 would not" in plain(analyst.get(address))
    lines = list(csv.reader(io.StringIO(analyst.get(f"{address}.csv?outcome=refused").text)))
    assert [line[0] for line in lines[1:]] == ["'=Cold"]
    assert "no contact with an e-mail address" in lines[1][3]

    assert "Type 2 to send" in plain(analyst.press(f"{address}/begin", typed="3"))
    assert analyst.press(f"{address}/begin", typed="2").status_code == 302
    work(database)
    assert "2 sent, 0 left, 1 refused, 0 failed mails" in plain(analyst.get(address))
    with database.transaction() as session:
        mail = session.exec(select(OutboxMail)).first()
        mail.state = "failed"
    assert "2 sent, 0 left, 1 refused, 1 failed mails" in plain(analyst.get(address))
    assert "Done" in plain(analyst.get("/responses/rounds"))


def test_chosen_rows_stopped_and_gone_on_with(analyst, stock, database):
    """One of two is chosen; stopping before anything was looked at leaves it so."""
    answer = analyst.press("/vendors/bulk", act="send", chosen=stock["Acme"], back="/vendors")
    address = answer.location
    analyst.press(f"{address}/look", by="facts")
    assert "Stopped." in plain(analyst.get(analyst.press(f"{address}/stop").location))
    work(database)
    assert "0 would get questions" in plain(analyst.get(address))
    analyst.press(f"{address}/go-on")
    work(database)
    assert "1 would get questions, 0 would not" in plain(analyst.get(address))


def test_without_a_mail_server_nothing_can_be_sent_to_many(app, analyst, stock, database):
    """The page says so before and after the look, and a forged press changes nothing."""
    app.config["MAIL_LEAVES"] = False
    answer = analyst.press("/vendors/bulk", act="send", chosen=stock["Acme"], back="/vendors")
    analyst.press(f"{answer.location}/look", by="facts")
    work(database)
    assert "No mail leaves this installation" in plain(analyst.get(answer.location))
    refused = analyst.press(f"{answer.location}/begin", typed="1")
    assert (refused.status_code, "No mail leaves" in plain(refused)) == (422, True)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"by": "named"}, "Choose at least one questionnaire"),
        ({"by": "facts", "due_on": "2001-01-01"}, "That day is past"),
        ({"by": "facts", "due_on": "nonsense"}, "There is a problem"),
    ],
)
def test_a_wrong_form_says_what_is_wrong_and_keeps_what_was_typed(analyst, stock, fields, words):
    """Nothing is looked at."""
    answer = analyst.press("/vendors/bulk", act="send", chosen=stock["Acme"], back="/vendors")
    refused = analyst.press(f"{answer.location}/look", message="My own words", **fields)
    assert (refused.status_code, words in plain(refused)) == (422, True)
    assert "My own words" in refused.text
