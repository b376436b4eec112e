"""The pages of documents and contracts, as people without JavaScript use them."""

import html
import io
import re

import pytest
from sqlmodel import select

from tests.factories import NOON
from vendor_risk.store.models.documents import Contract, Document
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.workflow import vendors

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

BY = {"now": NOON, "actor": "test"}
PDF = b"%PDF-1.7 and so on"
SOC2 = {
    "kind": "soc 2 type ii",
    "title": "SOC 2 <b>2026</b>",
    "document_date": "2026-10-01",
    "period_end": "2026-09-01",
    "service_in_scope": "yes",
    "exceptions": "none",
    "carve_outs": "none",
    "duties": "Review the accounts",
}


@pytest.fixture
def clock(clock):
    clock.time = NOON
    return clock


@pytest.fixture
def fazio(database):
    """The id of a vendor."""
    with database.transaction() as session:
        return vendors.create_vendor(session, name="Fazio", **BY).id


@pytest.fixture
def analyst(client, sign_in, csrf):
    """An analyst's browser; `press(address, **fields)` sends a form of its."""
    client.person = sign_in(client, "analyst")

    def press(address, **fields):
        return client.post(address, data={"csrf_token": csrf(client)} | fields)

    client.press = press
    return client


def plain(answer):
    """The text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


@pytest.fixture
def kept(analyst, fazio, database):
    """The address of a document with its file."""
    answer = analyst.press(
        f"/vendors/{fazio}/documents/new", **SOC2, file=(io.BytesIO(PDF), "soc2.pdf")
    )
    assert answer.status_code == 302
    return answer.location


def claims(database):
    with database.reading() as session:
        return [
            (one.control, one.level, one.source)
            for one in session.exec(select(StoredClaim).where(StoredClaim.ended_at.is_(None)))
        ]


def test_a_document_is_kept_and_given_back(analyst, kept, fazio):
    """As a file to save, never as a page."""
    answer = analyst.get(f"{kept}/file")
    text = plain(analyst.get(f"/vendors/{fazio}/documents"))

    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "SOC 2 <b>2026</b>" in text
    assert "Not read yet" in text


def test_reading_it(analyst, kept, database):
    """Per control; then withdrawn and taken back."""
    fields = {"read-AC-01": "100 audited", "note-AC-01": "p. 12", "read-DL-01": "50 reviewed"}
    assert analyst.press(kept, revision="1", **fields).status_code == 302
    said = [("AC-01", 100, "audited"), ("DL-01", 50, "reviewed")]

    assert sorted(claims(database)) == said
    analyst.press(f"{kept}/withdraw")
    assert claims(database) == []
    analyst.press(f"{kept}/return")
    assert sorted(claims(database)) == said


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 422),
        ({"read-AC-01": "70 reviewed"}, 422),
        ({"read-AC-01": "100 observed"}, 422),
        ({"read-AC-01": "x"}, 422),
        ({"read-AC-01": "100 reviewed", "revision": "9"}, 409),
        ({"read-AC-01": "100 reviewed", "revision": "x"}, 409),
    ],
)
def test_what_cannot_be_read(analyst, kept, database, fields, status):
    """Nothing is claimed, and the note stays."""
    answer = analyst.press(kept, **({"revision": "1", "note-AC-01": "p. 12"} | fields))

    assert answer.status_code == status
    assert claims(database) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"document_date": ""}, "evidence without one counts not"),
        ({"document_date": "2026-11-23"}, "is yet to come"),
        ({"kind": "iso 27001"}, "last day on which it is valid"),
        ({"file": (io.BytesIO(b"MZ"), "a.pdf")}, "none of PDF"),
        ({}, "Add the file, or say that you read it"),
        ({"title": ""}, "Give the document a title."),
    ],
)
def test_bad_input_stays_in_the_form(analyst, fazio, database, fields, words):
    """Nothing is kept."""
    given = SOC2 | {"title": "T", "issuer": "Auditor"} | fields
    answer = analyst.press(f"/vendors/{fazio}/documents/new", **given)

    assert answer.status_code == 422
    assert words in plain(answer)
    assert 'value="Auditor"' in answer.text
    with database.reading() as session:
        assert session.exec(select(Document)).all() == []


def test_changing_it_and_the_conflict(analyst, kept):
    """The second is told."""
    assert analyst.press(f"{kept}/edit", **SOC2, revision="1", scope="A").status_code == 302
    answer = analyst.press(f"{kept}/edit", **SOC2, revision="1", scope="B")

    assert answer.status_code == 409
    assert "A colleague changed this while you were typing." in plain(answer)


def test_contracts(analyst, fazio, database):
    """Added, marked, ended, and taken back."""
    fields = {"title": "Master", "ends_on": "2026-12-31", "notice_on": "2026-12-01"}
    new = f"/vendors/{fazio}/contracts/new"
    assert analyst.press(new, **fields | {"notice_on": "2027-01-01"}).status_code == 422
    assert analyst.press(new, **fields).status_code == 302
    text = plain(analyst.get(f"/vendors/{fazio}/documents"))
    with database.reading() as session:
        (row,) = session.exec(select(Contract)).all()
    here = f"/vendors/{fazio}/contracts/{row.id}"

    assert "Review now" in text
    assert "Expires soon" in text
    assert analyst.press(here, **fields, revision="7").status_code == 409
    analyst.press(f"{here}/end")
    assert "Ended" in plain(analyst.get(f"/vendors/{fazio}/documents"))
    assert analyst.press(f"{here}/resume").status_code == 302


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [("admin", 200, 302), ("approver", 200, 403), ("auditor", 200, 403), ("requester", 403, 403)],
)
def test_who_may(analyst, sign_in, csrf, kept, fazio, role, reads, writes):
    """Analysts and administrators write, approvers and auditors read."""
    sign_in(analyst, role)

    for address in (f"/vendors/{fazio}/documents", kept, f"{kept}/file"):
        assert analyst.get(address).status_code == reads
    token = {"csrf_token": csrf(analyst)}
    assert analyst.post(f"{kept}/withdraw", data=token).status_code == writes
