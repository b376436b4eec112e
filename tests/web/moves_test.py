"""What moved, as people see it: of one vendor, of all, and the table that answers it."""

import datetime as dt
import re

import pytest
from sqlmodel import select

from tests.workflow import results_test
from tests.workflow.results_test import LATER, outcomes, scan
from vendor_risk.checks.observations import Exploited
from vendor_risk.evidence import Severity, failed
from vendor_risk.reports.moves import TABLE, Answer, Kind
from vendor_risk.store.models.work import Setting
from vendor_risk.workflow import advisories, moves

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
NOON = LATER + dt.timedelta(days=1)
vendor = results_test.vendor
HSTS = results_test.HSTS
ENDED = failed(results_test.SHOWN, "it ended yesterday", severity=Severity.CRITICAL)


@pytest.fixture
def moved(database, vendor):
    """A vendor at which a header got lost and somebody new issues certificates."""
    scan(database, vendor, outcomes(), marked={"issuer": ["Kestrel CA"]})
    marked = {"issuer": ["Kestrel CA", "Merlin CA"]}
    scan(database, vendor, outcomes(web__hsts=HSTS), at=LATER, marked=marked)
    return vendor


def chosen(**other):
    """The form of the table as delivered, but for these answers."""
    fields = {
        f"{kind}-{tier}": str(row.answers[tier]) for kind, row in TABLE.items() for tier in range(4)
    }
    return fields | {"revision": "0"} | other


def test_a_vendor_without_a_look_says_so(client, sign_in, vendor):
    """Nothing can have moved, and nothing is approved."""
    sign_in(client, "analyst")
    page = client.get(f"/vendors/{vendor}/moves").text
    assert "There was no look yet" in page
    assert "Nothing of this vendor is approved" in page


def test_the_page_of_a_vendor_tells_what_the_last_look_moved(client, sign_in, moved):
    """The requirement that no longer holds, and who is new."""
    sign_in(client, "auditor")
    page = client.get(f"/vendors/{moved}/moves").text
    assert "Not so any more:" in page
    assert "Merlin CA issues their certificates" in page


def test_what_was_seen_once_is_said_to_wait(client, sign_in, database, moved):
    """Nobody wonders why there is no alert yet."""
    at = LATER + dt.timedelta(hours=1)
    scan(database, moved, outcomes(web__hsts=HSTS, tls__cert__expiry=ENDED), at=at)
    sign_in(client, "analyst")
    assert "Seen once, and looked at again" in client.get(f"/vendors/{moved}/moves").text


def test_the_list_leaves_out_what_is_answered_with_silence(client, sign_in, moved):
    """Unless somebody asks for it."""
    sign_in(client, "analyst")
    assert "Merlin CA" not in client.get("/moves").text
    assert "Merlin CA" in client.get("/moves?answer=all").text


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("", True),
        ("?tier=2", True),
        ("?tier=1", False),
        ("?kind=fault.other", True),
        ("?kind=grade.down", False),
        ("?answer=loud", False),
        ("?days=all", True),
    ],
)
def test_the_list_is_narrowed_by_its_address(client, sign_in, moved, query, there):
    """So that a view of it can be kept and sent."""
    sign_in(client, "analyst")
    assert ("Not so any more:" in client.get(f"/moves{query}").text) is there


def test_what_an_address_says_in_vain_is_told(client, sign_in, moved):
    """It narrows nothing in silence."""
    sign_in(client, "analyst")
    assert "tier = “9”" in client.get("/moves?tier=9").text


def test_the_list_is_a_file_too(client, sign_in, moved):
    """With the same filters."""
    sign_in(client, "analyst")
    lines = client.get("/moves/export.csv?answer=all").text.splitlines()
    assert len(lines) == 3
    assert "Merlin CA issues their certificates" in "".join(lines)


def test_an_approver_reads_what_an_alert_leads_to(client, sign_in, moved):
    """Whoever is told may open it."""
    sign_in(client, "approver")
    assert client.get(f"/vendors/{moved}/moves").status_code == 200


def test_a_requester_sees_nothing_of_it(client, sign_in, moved):
    """What is wrong at a vendor is for those who judge."""
    sign_in(client, "requester")
    assert client.get("/moves").status_code == 403
    assert client.get(f"/vendors/{moved}/moves").status_code == 403


def test_the_table_is_changed_by_an_admin(client, sign_in, csrf, database):
    """One cell, and the page says what was delivered."""
    sign_in(client, "admin")
    fields = chosen(**{f"{Kind.ISSUER_NEW}-3": "alert", "csrf_token": csrf(client)})
    assert client.post("/settings/moves", data=fields).status_code == 302
    with database.reading() as session:
        assert moves.table(session)[Kind.ISSUER_NEW][3] == Answer.ALERT
    assert "delivered: Silence" in client.get("/settings/moves").text


def test_who_was_slower_loses_nothing(client, sign_in, csrf, database):
    """The page shows again what was chosen, and says that somebody was faster."""
    sign_in(client, "admin")
    fields = chosen(**{f"{Kind.ISSUER_NEW}-3": "alert", "csrf_token": csrf(client)})
    client.post("/settings/moves", data=fields)
    again = client.post("/settings/moves", data=fields)
    assert again.status_code == 409
    assert "Somebody changed this meanwhile" in again.text


def test_the_default_comes_back(client, sign_in, csrf, database):
    """The setting is gone."""
    sign_in(client, "admin")
    fields = chosen(**{f"{Kind.ISSUER_NEW}-3": "alert", "csrf_token": csrf(client)})
    client.post("/settings/moves", data=fields)
    client.post("/settings/moves/default", data={"csrf_token": csrf(client)})
    with database.reading() as session:
        assert session.exec(select(Setting)).all() == []


def test_an_answer_that_is_none_is_refused(client, sign_in, csrf):
    """No form of ours sends it."""
    sign_in(client, "admin")
    fields = chosen(**{f"{Kind.ISSUER_NEW}-3": "shout", "csrf_token": csrf(client)})
    assert client.post("/settings/moves", data=fields).status_code == 400


@pytest.fixture
def listed(database, vendor):
    """A new entry about a product that the vendor runs."""
    scan(database, vendor, outcomes(), marked={"software": ["apache/2.4.49"]})
    for cve in ("CVE-2021-0001", "CVE-2026-0002"):
        with database.transaction() as session:
            entry = Exploited(cve, "Apache", "HTTP Server", "A flaw", ransomware=True)
            advisories.match(session, "kev", [entry], now=LATER)
    with database.reading() as session:
        return f"/moves/lists/{advisories.waiting(session)[0].id}"


def test_a_new_entry_of_a_list_is_told_with_its_vendors(client, sign_in, listed):
    """On the home page, in the list, and on its own page with host and version."""
    sign_in(client, "analyst")
    assert "New in a public list: A flaw" in client.get("/").text
    assert "1 vendor runs this product" in client.get("/moves/lists").text
    page = client.get(listed).text
    assert ("Osprey" in page, "2.4.49" in page) == (True, True)
    assert "2.4.49" in client.get(f"{listed}.csv").text


def test_asking_them_draws_up_a_round(client, sign_in, csrf, listed):
    """Its page shows the rapid questions chosen; nobody is written to yet."""
    sign_in(client, "analyst")
    answer = client.post(f"{listed}/ask", data={"csrf_token": csrf(client)})
    assert "/responses/rounds/" in answer.location
    page = client.get(answer.location).text
    assert re.search(
        r'value="incident-rapid"[^>]* checked|checked[^>]*value="incident-rapid"', page
    )


def test_a_handled_entry_is_gone_and_can_be_taken_back(client, sign_in, csrf, listed):
    """The notice has the button."""
    sign_in(client, "analyst")
    client.post(f"{listed}/handle", data={"csrf_token": csrf(client)})
    page = client.get("/moves/lists").text
    assert "Nothing new in the lists touches" in page
    assert f'action="{listed}/reopen"' in page


def test_an_auditor_reads_it_and_asks_nobody(client, sign_in, csrf, listed):
    """The page has no such button."""
    sign_in(client, "auditor")
    assert "Ask them" not in client.get(listed).text
    assert client.post(f"{listed}/ask", data={"csrf_token": csrf(client)}).status_code == 403
