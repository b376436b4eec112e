"""Findings as people see and change them, and as a vendor answers over its link."""

import datetime as dt
import html
import io
import re
from urllib.parse import urlsplit

import pytest
from sqlmodel import select

from tests.factories import NOON, make_user
from vendor_risk.evidence import Severity
from vendor_risk.store.models.findings import FindingEvent, FindingRequest, StoredFinding
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import contacts, engagements, findings, vendors
from vendor_risk.workflow.engagements import Terms
from vendor_risk.workflow.finding_moves import Teller

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

BY = {"now": NOON, "actor": "test"}
MARKUP = "<script>alert(1)</script>"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
LEVELS = {"data_sensitivity": 2, "data_volume": 2, "access": 2, "criticality": 2, "payment": 3}


@pytest.fixture
def stock(database):
    """Ids: a vendor with a contact and an engagement, and two findings of it."""
    with database.transaction() as session:
        vendor = vendors.create_vendor(session, name="Acme", **BY)
        engagements.add_engagement(session, vendor, Terms(name="Check-out", levels=LEVELS), **BY)
        contacts.add_contact(
            session, vendor, name="Sue", email="sue@acme.example", roles=["security"], **BY
        )
        by = Teller(make_user(session, "analyst", email="raiser@example.com").id)
        made = [
            findings.raise_finding(
                session,
                vendor,
                control="DP-01",
                severity=severity,
                title=title,
                fix="Turn it on.",
                now=NOON,
                by=by,
            )
            for title, severity in (
                (f"Old keys {MARKUP}", Severity.CRITICAL),
                ("No log", Severity.LOW),
            )
        ]
        return {"vendor": vendor.id, "one": made[0].id, "two": made[1].id}


@pytest.fixture
def person(client, sign_in, csrf):
    """`person("analyst")`: their browser; `press(address, **fields)` sends a form of it."""

    def enter(*roles):
        client.person = sign_in(client, *roles)
        client.press = lambda address, **said: client.post(
            address, data={"csrf_token": csrf(client)} | said
        )
        return client

    return enter


def plain(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def row_of(database, finding_id):
    with database.reading() as session:
        return session.get_one(StoredFinding, finding_id)


@pytest.fixture
def letter(person, database, stock):
    """An analyst has asked for the first finding; the path of the vendor's link."""
    analyst = person("analyst")
    answer = analyst.press(
        f"/findings/ask/{stock['vendor']}", chosen=str(stock["one"]), message="Please hurry."
    )
    assert answer.status_code == 302, plain(answer)
    with database.reading() as session:
        mail = session.exec(select(OutboxMail)).one()
    return urlsplit(re.search(r"http\S+/f/\S+", mail.text)[0]).path


@pytest.fixture
def vendor(app, csrf):
    """A browser without an account."""
    browser = app.test_client()
    browser.press = lambda address, **said: browser.post(
        address, data={"csrf_token": csrf(browser)} | said, content_type="multipart/form-data"
    )
    return browser


def answer_of(stock, **said):
    """The fields of an answer, named as the page names them."""
    prefix = f"f{stock['one'].hex[:12]}-"
    return {f"{prefix}{name}": value for name, value in said.items()}


# our people


@pytest.mark.parametrize(
    ("role", "code"),
    [("analyst", 200), ("approver", 200), ("admin", 200), ("auditor", 200), ("requester", 403)],
)
def test_who_reads_findings(person, stock, role, code):
    """Requesters do not; auditors read and see no form."""
    browser = person(role)

    for path in ("/findings", f"/findings/{stock['one']}", "/findings/export.csv"):
        assert browser.get(path).status_code == code, path
    if role == "auditor":
        assert "Next step" not in browser.get(f"/findings/{stock['one']}").text


def test_a_stranger_is_sent_to_sign_in(client, stock):
    """And nothing of it is told."""
    assert client.get(f"/findings/{stock['one']}").status_code == 302


@pytest.mark.parametrize("role", ["auditor", "requester"])
def test_who_writes_nothing(person, stock, role):
    """Neither a step nor a letter nor an act upon many."""
    browser = person(role)

    for path in (
        f"/findings/{stock['one']}/step",
        f"/findings/{stock['one']}/comment",
        f"/findings/ask/{stock['vendor']}",
        "/findings/bulk",
    ):
        assert browser.press(path).status_code == 403


def test_the_list_says_what_one_needs(person, stock):
    """The worst first, and markup is words."""
    answer = person("analyst").get("/findings")

    text = plain(answer)
    assert "2 open findings." in text
    assert text.index("Old keys") < text.index("No log")
    assert MARKUP not in answer.text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("q=acm", 2),
        ("q=other", 0),
        ("severity=low", 1),
        ("state=closed", 0),
        ("state=all", 2),
        ("state=asked", 0),
        ("owner=nobody", 2),
        ("owner=me", 0),
        ("overdue=yes", 0),
        ("control=DP-01", 2),
        ("control=AC-01", 0),
        ("source=person", 2),
        ("state=answered", 0),
        ("archived=only", 0),
        ("sort=due&per=50&page=9", 2),
    ],
)
def test_each_filter_of_the_address(person, stock, query, shown):
    """Export and list agree."""
    analyst = person("analyst")

    answer = analyst.get(f"/findings?{query}")

    assert answer.text.count('name="chosen"') == shown
    lines = analyst.get(f"/findings/export.csv?{query}").text.strip().splitlines()
    assert len(lines) == shown + 1
    assert analyst.get(f"/findings/export.xlsx?{query}").data.startswith(b"PK")


def test_filters_that_are_none_are_told(person, stock):
    """Nothing fails by them."""
    text = plain(person("analyst").get("/findings?state=x&owner=%27&severity=9&page=x"))

    assert "Ignored in the address: state = “x”" in text


def test_without_findings_the_page_says_so(person, database):
    """None at all, and none open, are told apart."""
    analyst = person("analyst")
    assert "No findings yet." in plain(analyst.get("/findings"))


def test_when_all_are_closed_the_page_says_how_many(person, stock, database, clock):
    """The empty state that one works for."""
    analyst = person("analyst")
    for name in ("one", "two"):
        analyst.press(
            f"/findings/{stock[name]}/step",
            step="verify",
            note="seen",
            link="https://t.example/1",
            revision=1,
        )

    assert "No open findings. 2 closed in 90 days." in plain(analyst.get("/findings"))


def test_a_finding_tells_its_cost_and_history(person, stock):
    """Points, who raised it, and how to mend it."""
    text = plain(person("analyst").get(f"/findings/{stock['one']}"))

    for words in ("What it costs", "Check-out", "Raised by a reviewer", "Turn it on."):
        assert words in text


def test_a_step_is_taken_and_told(person, stock, database):
    """The state is the new one."""
    answer = person("analyst").press(
        f"/findings/{stock['one']}/step",
        step="verify",
        note="I looked",
        link="https://t.example/1",
        revision=1,
    )

    assert answer.status_code == 302
    assert row_of(database, stock["one"]).state == "verified"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Choose what is to be done."),
        ({"step": "nonsense"}, "Not a valid choice"),
        ({"step": "verify", "note": ""}, "Say what you looked at"),
        ({"step": "verify", "note": "kept words"}, "add a file or a link"),
        ({"step": "confirm", "note": "kept words"}, "is not possible"),
        ({"step": "accept", "note": "kept words", "until": "2027-01-01"}, "Only an approver"),
        ({"step": "verify", "note": "x" * 4001}, "Shorten this"),
        ({"step": "accept", "note": "kept words", "until": "never"}, "Give a day"),
    ],
)
def test_a_step_that_cannot_be_is_refused_and_words_are_kept(person, stock, database, said, words):
    """422, and nothing is written."""
    answer = person("analyst").press(f"/findings/{stock['one']}/step", revision=1, **said)

    assert answer.status_code == 422
    assert words in plain(answer)
    assert said.get("note", "")[:20] in answer.text
    assert row_of(database, stock["one"]).state == "open"


def test_the_file_that_shows_it_is_kept(person, stock, database):
    """And is there for the next one, in the history of the finding."""
    analyst = person("analyst")
    shown = analyst.get(f"/findings/{stock['one']}").text
    assert 'value="verify"' in shown and 'value="accept"' not in shown
    proof = (io.BytesIO(PNG), "retest.png")
    said = {"step": "verify", "note": "new keys", "file": proof, "revision": 1}

    assert analyst.press(f"/findings/{stock['one']}/step", **said).status_code == 302

    with database.reading() as session:
        event = session.exec(select(FindingEvent).where(FindingEvent.act == "verify")).one()
    assert analyst.get(f"/findings/files/{event.id}").data == PNG


def test_two_people_at_once_conflict(person, stock, database, clock):
    """The second is told, and keeps the words."""
    clock.time = NOON
    analyst = person("analyst")
    analyst.press(f"/findings/{stock['one']}/work", revision=1, due_on="2026-12-01")

    answer = analyst.press(
        f"/findings/{stock['one']}/step",
        step="verify",
        note="my words",
        link="https://t.example/1",
        revision=1,
    )

    assert answer.status_code == 409
    assert "my words" in answer.text
    assert row_of(database, stock["one"]).state == "open"


def test_an_approver_accepts_until_a_day(person, stock, database, clock):
    """And the page says until when."""
    until = clock().date() + dt.timedelta(days=30)
    browser = person("approver")

    browser.press(
        f"/findings/{stock['one']}/step", step="accept", note="known", until=until, revision=1
    )

    assert row_of(database, stock["one"]).accepted_until == until
    assert "Accepted until" in plain(browser.get(f"/findings/{stock['one']}"))


def test_owner_and_comment(person, stock, database, clock):
    """Both are in the history; an empty comment is refused."""
    clock.time = NOON
    analyst = person("analyst")
    path = f"/findings/{stock['one']}"
    analyst.press(f"{path}/work", revision=1, owner_id=str(analyst.person.id), due_on="2026-12-01")
    analyst.press(f"{path}/comment", note="Called them.")

    assert row_of(database, stock["one"]).owner_id == analyst.person.id
    assert "Called them." in plain(analyst.get(path))
    assert analyst.press(f"{path}/comment", note=" ").status_code == 422


def test_many_are_marked_false_and_it_is_undone(person, stock, database):
    """Told how many, and one click takes it back."""
    analyst = person("approver")
    page = analyst.press(
        "/findings/bulk", act="false", all_matching="1", back="/findings?q=acme", false_note="no"
    )
    shown = analyst.get(page.location)
    assert "2 findings were changed." in plain(shown)

    undo = html.unescape(re.search(r'action="(/findings/undo[^"]+)"', shown.text)[1])
    analyst.press(undo)

    assert {row_of(database, stock[name]).state for name in ("one", "two")} == {"open"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"act": "accept", "accept_note": "x", "until": "2027-01-01"}, "Only an approver"),
        ({"act": "due", "due_on": "x"}, "Give the day"),
        ({"act": "false"}, "Say how you know"),
    ],
)
def test_an_act_upon_many_that_cannot_be_changes_nothing(person, stock, database, said, words):
    """The notice says why."""
    analyst = person("analyst")
    page = analyst.press("/findings/bulk", chosen=str(stock["one"]), back="/findings", **said)

    assert words in plain(analyst.get(page.location))
    assert row_of(database, stock["one"]).state == "open"


def test_raising_by_hand(person, stock, database):
    """The finding is there; a form without words keeps the rest."""
    analyst = person("analyst")
    path = f"/findings/raise/{stock['vendor']}"
    said = {"severity": "high", "control": "AC-01", "engagement_id": "", "knockout": "KO-02"}

    bad = analyst.press(path, title="", effect="kept words", **said)
    good = analyst.press(path, title="No second factor", **said)

    assert (bad.status_code, good.status_code) == (422, 302)
    assert "kept words" in bad.text
    assert "No second factor" in plain(analyst.get(good.location))


def test_the_vendor_page_links_its_findings(person, stock):
    """And offers to ask."""
    text = person("analyst").get(f"/vendors/{stock['vendor']}").text

    assert f"/findings/{stock['one']}" in text
    assert f"/findings/ask/{stock['vendor']}" in text


# the letter


def test_the_letter_has_a_link_and_no_finding(person, stock, letter, database):
    """One button, no detail, and no token is stored."""
    token = letter.rpartition("/")[2]
    with database.reading() as session:
        mail = session.exec(select(OutboxMail)).one()
        asked = session.exec(select(FindingRequest)).one()
    assert mail.recipient == "sue@acme.example"
    for words in (mail.text, mail.html, mail.subject):
        assert "Old keys" not in words
    assert token in mail.html
    assert token not in str(asked.model_dump())
    assert row_of(database, stock["one"]).state == "asked"


def test_without_a_contact_the_page_says_where_to_add_one(person, database):
    """Nobody is asked in vain."""
    with database.transaction() as session:
        vendor = vendors.create_vendor(session, name="Mute", **BY)
        by = Teller(make_user(session, "analyst", email="x@example.com").id)
        findings.raise_finding(
            session, vendor, control="DP-01", severity=Severity.LOW, title="T", now=NOON, by=by
        )
        path = f"/findings/ask/{vendor.id}"

    assert "no contact with an e-mail address" in plain(person("analyst").get(path))


def test_the_vendor_sees_just_what_is_asked(vendor, letter, database):
    """No account, no other finding, and looking writes nothing."""
    answer = vendor.get(letter)

    text = plain(answer)
    assert "Old keys" in text and "Please hurry." in text
    assert "No log" not in text
    assert MARKUP not in answer.text
    with database.reading() as session:
        assert session.exec(select(FindingRequest)).one().opened_at is None


@pytest.mark.parametrize(
    ("go", "state"), [("say-fixed", "vendor says fixed"), ("dispute", "disputed")]
)
def test_the_vendor_answers_with_evidence(vendor, person, stock, letter, database, go, state):
    """The reviewer gets the file as an attachment that no browser guesses at."""
    said = answer_of(stock, revision=2, note="See.", file=(io.BytesIO(PNG), "shot.png"))

    answer = vendor.press(f"{letter}/{stock['one']}", go=go, **said)

    assert answer.status_code == 302, plain(answer)
    assert row_of(database, stock["one"]).state == state
    with database.reading() as session:
        event = session.exec(select(FindingEvent).where(FindingEvent.by_kind == "vendor")).one()
    file = person("analyst").get(f"/findings/files/{event.id}")
    assert file.data == PNG
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"note": ""}, "a dispute without a reason"),
        ({"note": "kept words", "file": (io.BytesIO(b"MZ\0"), "a.pdf")}, "Send a PDF"),
        ({"note": "kept words", "file": (io.BytesIO(b""), "a.pdf")}, "empty"),
        ({"note": "x" * 4001}, "Shorten this"),
    ],
)
def test_a_bad_answer_keeps_the_words(vendor, stock, letter, database, said, words):
    """422 on the same page, and nothing is written."""
    answer = vendor.press(
        f"{letter}/{stock['one']}", go="dispute", **answer_of(stock, revision=2, **said)
    )

    assert answer.status_code == 422
    assert words in plain(answer)
    assert said["note"][:20] in answer.text
    assert row_of(database, stock["one"]).state == "asked"


def test_an_answer_to_what_moved_on_conflicts(vendor, stock, letter):
    """Read it again."""
    answer = vendor.press(
        f"{letter}/{stock['one']}", go="say-fixed", **answer_of(stock, revision=1, note="done")
    )

    assert answer.status_code == 409


def test_a_link_answers_for_no_other_finding(vendor, stock, letter, database):
    """Nor does it tell that there is one."""
    answer = vendor.press(f"{letter}/{stock['two']}", go="say-fixed")

    assert answer.status_code == 404
    assert row_of(database, stock["two"]).state == "open"


def test_unknown_ended_and_revoked_links_look_alike(vendor, person, stock, letter, clock, database):
    """The same page with the same code tells nothing."""
    unknown = vendor.get("/f/" + "x" * 43)
    assert unknown.status_code == 404
    with database.reading() as session:
        asked = session.exec(select(FindingRequest)).one()
    person("analyst").press(f"/findings/requests/{asked.id}/revoke", back="/findings")

    revoked = vendor.get(letter)

    assert (revoked.status_code, plain(revoked)) == (404, plain(unknown))
    assert vendor.press(f"{letter}/{stock['one']}", go="say-fixed").status_code == 404


def test_an_ended_link_opens_nothing(vendor, letter, clock):
    """Two weeks after the day that was asked for."""
    clock.move(days=30 + 15)

    assert vendor.get(letter).status_code == 404


def test_who_tries_links_is_shut_out_for_a_while(vendor, database):
    """By address, as at sign-in."""
    codes = [vendor.get(f"/f/{'x' * 40}{n}").status_code for n in range(51)]

    assert codes[0] == 404
    assert codes[-1] == 429


def test_many_vendors_are_asked_at_once(person, stock, database):
    """One letter for each vendor; whom none can reach is named; a slip of the finger sends none."""
    with database.transaction() as session:
        silent = vendors.create_vendor(session, name="Silent", **BY)
        by = Teller(make_user(session, "analyst", email="third@example.com").id)
        said = {"control": "DP-01", "severity": Severity.LOW, "title": "Old", "now": NOON}
        findings.raise_finding(session, silent, by=by, **said)
    analyst = person("analyst")
    act = {"act": "ask", "all_matching": "1", "back": "/findings", "ask_message": "Please."}

    analyst.press("/findings/bulk", ask_word="", **act)
    assert row_of(database, stock["one"]).state == "open"
    page = analyst.press("/findings/bulk", ask_word="send", **act)

    text = plain(analyst.get(page.location))
    assert "1 vendor is asked" in text
    assert "2 findings are in them" in text
    assert "Not asked: Silent (Silent has no contact with an e-mail address" in text
    with database.reading() as session:
        (mail,) = session.exec(select(OutboxMail)).all()
        assert mail.recipient == "sue@acme.example"
    assert {row_of(database, stock[name]).state for name in ("one", "two")} == {"asked"}


def test_what_the_vendor_answered_stands_in_every_queue(person, stock, letter, vendor, database):
    """The portfolio, one's own work by the vendor's owner, and the filter of the list."""
    analyst = person("analyst")
    with database.transaction() as session:
        session.get_one(Vendor, stock["vendor"]).owner_id = analyst.person.id
    vendor.press(
        f"{letter}/{stock['one']}", go="dispute", **answer_of(stock, revision=2, note="Not ours")
    )

    assert "Disputed: Old keys" in plain(analyst.get("/"))
    work = analyst.get("/work").text
    assert "The vendor answered" in work
    assert f"/findings/{stock['one']}" in work
    shown = analyst.get("/findings?state=answered").text
    assert f"/findings/{stock['one']}" in shown
    assert f"/findings/{stock['two']}" not in shown


def test_findings_of_an_archived_vendor_are_hidden_until_asked_for(person, stock, database):
    """Not in the list, and there with the filter."""
    with database.transaction() as session:
        vendors.archive(session, session.get_one(Vendor, stock["vendor"]), **BY)
    analyst = person("analyst")

    shown = {
        query: analyst.get(f"/findings{query}").text.count('name="chosen"')
        for query in ("", "?archived=with", "?archived=only", "?state=all")
    }

    assert shown == {"": 0, "?archived=with": 2, "?archived=only": 2, "?state=all": 2}
