"""A Monday morning as people without JavaScript have it."""

import datetime as dt
import html
import re

import pytest

from tests import rated
from tests.factories import NOON, make_user
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.decisions import Condition, Decision
from vendor_risk.store.models.documents import Contract
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.web.work import ics
from vendor_risk.workflow import duties, vendors
from vendor_risk.workflow.engagements import Terms, add_engagement

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

BY = {"now": NOON, "actor": "test"}
MARKUP = "<script>alert(1)</script>"


@pytest.fixture
def enter(client, sign_in, csrf, clock):
    """`enter("analyst")`: a browser of that person at noon, whose `press` sends a form."""
    clock.time = NOON

    def person(*roles, user=None):
        client.person = sign_in(client, *roles, user=user)
        client.press = lambda address, **fields: client.post(
            address, data={"csrf_token": csrf(client)} | fields
        )
        return client

    return person


@pytest.fixture
def other(database):
    """A colleague who owns a vendor whose review is late; (person, vendor id)."""
    with database.transaction() as session:
        user = make_user(session, "approver", email="olga@example.com")
        vendor = vendors.create_vendor(session, name="Northwind", owner_id=user.id, **BY)
        vendor.next_review_on = dt.date(2026, 11, 1)
        return user, vendor.id


def plain(answer):
    """The text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_an_empty_morning(enter):
    """One sentence."""
    assert "Nothing waits." in plain(enter("analyst").get("/work"))


def test_my_work(enter, other):
    """Late things first, with how late."""
    text = plain(enter(user=other[0]).get("/work"))

    assert "Now 1 Review Northwind 21 days late Open" in text


def test_the_team_by_person(enter, other):
    """Who has how much, and the way to it."""
    analyst = enter("analyst")

    assert "Olga 1 0 1" in plain(analyst.get("/work/team"))
    text = plain(analyst.get(f"/work?person={other[0].id}"))
    assert "Work of Olga" in text
    assert "Review Northwind" in text


def test_a_requester_sees_nobody_elses_work(enter, other):
    """The name in the address changes nothing."""
    requester = enter("requester")

    assert "Northwind" not in plain(requester.get(f"/work?person={other[0].id}"))
    assert requester.get("/work/team").status_code == 403


def test_a_deputy_sees_the_work(enter, other):
    """On the days that were named."""
    deputy = enter("analyst").person
    enter(user=other[0]).press(
        "/work/deputies", deputy_id=str(deputy.id), from_on="2026-11-20", until_on="2026-11-30"
    )

    text = plain(enter(user=deputy).get("/work"))

    assert "You stand in for Olga." in text
    assert "Review Northwind" in text


def test_a_deputy_without_an_end_is_refused(enter, other):
    """What was typed stays."""
    analyst = enter("analyst")
    answer = analyst.press(
        "/work/deputies", deputy_id=str(other[0].id), from_on="2026-11-20", until_on=""
    )

    assert answer.status_code == 422
    assert "a deputy does not stay for ever" in plain(answer)
    assert 'value="2026-11-20"' in answer.text


def test_a_deputy_is_ended(enter, other):
    """By the one they stood in for, and by nobody else."""
    analyst = enter("analyst")
    analyst.press(
        "/work/deputies",
        deputy_id=str(other[0].id),
        from_on="2026-11-20",
        until_on="2026-11-30",
    )
    address = re.search(r'action="(/work/deputies/[^"]+/end)"', analyst.get("/work").text)[1]
    me = analyst.person

    assert enter("admin").press(address).status_code == 404
    assert enter(user=me).press(address).status_code == 302
    assert "/end" not in enter(user=me).get("/work").text


def test_the_calendar_of_a_secret_address(enter, other, app):
    """Anybody who has it reads what is due; revoked, nobody."""
    owner = enter(user=other[0])
    page = owner.press("/work/calendar")
    path = re.search(r"(/calendar/[\w-]+\.ics)", page.text)[1]
    stranger = app.test_client()

    answer = stranger.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert "SUMMARY:Review: Northwind\r\n" in answer.text
    assert "DTSTART;VALUE=DATE:20261101\r\n" in answer.text
    assert path not in owner.get("/work").text
    owner.press("/work/calendar/revoke")
    assert stranger.get(path).status_code == 404
    assert stranger.get("/calendar/x.ics").status_code == 404


def test_a_calendar_file_is_escaped_and_folded(database):
    """RFC 5545: 75 octets a line, no comma or semicolon bare."""
    words = "Käse; Wein, " + "ü" * 80 + "\r\nBEGIN:VEVENT"
    text = ics.calendar_of("Ann", [("1", NOON.date(), words, "https://x.example/")], NOON)

    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "SUMMARY:Käse\\; Wein\\, " in text
    assert text.count("\r\nBEGIN:VEVENT") == 1


def test_work_is_handed_over_and_back(enter, database, other):
    """The count first, and Undo."""
    analyst = enter("analyst")
    person, vendor = other
    page = plain(analyst.get(f"/work/hand-over/{person.id}"))
    assert "Vendors 1 Engagements 0" in page
    analyst.press(f"/work/hand-over/{person.id}", to=str(analyst.person.id))
    with database.reading() as session:
        assert session.get_one(Vendor, vendor).owner_id == analyst.person.id

    text = analyst.get(f"/work/hand-over/{person.id}").text
    assert "1 thing was handed over." in text
    analyst.press(html.unescape(re.search(r'action="(/work/[^"]+undo\?[^"]+)"', text)[1]))

    with database.reading() as session:
        assert session.get_one(Vendor, vendor).owner_id == person.id


def test_handing_over_to_nobody_is_refused(enter, other):
    """At the field."""
    answer = enter("analyst").press(f"/work/hand-over/{other[0].id}", to="")

    assert answer.status_code == 422
    assert "Choose somebody with an active account." in plain(answer)


def test_closing_an_account_says_what_is_still_theirs(enter, other):
    """And leads to the hand-over."""
    page = enter("admin").get(f"/people/{other[0].id}")

    assert "Work is still theirs. Vendors: 1, engagements: 0" in plain(page)
    assert f'href="/work/hand-over/{other[0].id}"' in page.text


def test_a_note_calls_and_is_read(enter, other):
    """Written by one, in the work of the other until read."""
    person, vendor = other
    enter("analyst").press(f"/vendors/{vendor}/notes", text=f"@olga look {MARKUP}")
    olga = enter(user=person)
    assert "Called by a note Northwind @olga look" in plain(olga.get("/work"))
    page = olga.get(f"/vendors/{vendor}/notes").text
    assert MARKUP not in page
    olga.press(re.search(r'action="(/vendors/[^"]+/seen)"', page)[1])

    assert "Called by a note" not in plain(olga.get("/work"))


def test_a_note_is_withdrawn_by_its_writer(enter, other):
    """Others see no button, and their press changes nothing."""
    _person, vendor = other
    writer = enter("analyst")
    writer.press(f"/vendors/{vendor}/notes", text="Mine")
    address = re.search(
        r'action="(/vendors/[^"]+/withdraw)"', writer.get(f"/vendors/{vendor}/notes").text
    )[1]
    me = writer.person
    enter("admin").press(address)
    assert "Mine" in plain(enter(user=me).get(f"/vendors/{vendor}/notes"))

    enter(user=me).press(address)

    assert "Nobody has written" in plain(enter(user=me).get(f"/vendors/{vendor}/notes"))


def test_an_empty_note_is_refused(enter, other):
    """At the field."""
    assert enter("analyst").press(f"/vendors/{other[1]}/notes", text=" ").status_code == 422


@pytest.mark.parametrize(
    ("role", "team", "hands", "own", "notes"),
    [
        ("requester", 403, 403, 302, 403),
        ("analyst", 200, 200, 302, 200),
        ("approver", 200, 403, 302, 200),
        ("auditor", 200, 403, 403, 200),
        ("admin", 200, 200, 302, 200),
    ],
)
def test_who_may(enter, other, role, team, hands, own, notes):
    """Everybody has work; the team's is for those who judge; auditors change nothing."""
    person = enter(role)

    assert person.get("/work").status_code == 200
    assert person.get("/work/team").status_code == team
    assert person.get(f"/work/hand-over/{other[0].id}").status_code == hands
    assert person.press("/work/calendar/revoke").status_code == own
    assert person.get(f"/vendors/{other[1]}/notes").status_code == notes
    writes = own if notes == 200 else 403
    assert person.press(f"/vendors/{other[1]}/notes", text="x").status_code == writes


@pytest.mark.parametrize("address", ["/work", "/work/team"])
def test_a_stranger_signs_in_first(client, address):
    """Nobody else reads it."""
    assert "/login" in client.get(address).location


def test_a_requester_sees_their_work_and_every_way_leads_somewhere(enter, database):
    """What they own or are called to; a list or page that is closed to them is not offered."""
    requester = enter("requester")
    with database.transaction() as session:
        mine = {"owner_id": requester.person.id}
        vendor = vendors.create_vendor(session, name="Northwind", **mine, **BY)
        vendor.next_review_on = NOON.date()
        bought = add_engagement(session, vendor, Terms("Payroll", **mine), **BY)
        decision = Decision(
            vendor_id=vendor.id,
            engagement_id=bought.id,
            kind="approve with conditions",
            state="in force",
            rationale="x",
        )
        session.add(decision)
        session.flush()
        told = {"vendor_id": vendor.id, "text": "Mend it", "due_on": NOON.date()}
        session.add(Condition(decision_id=decision.id, **told, **mine))
        session.add(Access(vendor_id=vendor.id, kind="vpn", name="nw-vpn"))
        session.add(Contract(vendor_id=vendor.id, title="Frame", notice_on=NOON.date()))
        for _ in range(duties.MOST + 1):
            rated.finding(session, vendor, "AC-01", NOON).owner_id = requester.person.id
    page = requester.get("/work")
    main = page.text.partition("<main")[2].partition("</main>")[0]

    words = plain(page)
    assert f"{duties.MOST + 5} things wait" in words
    for kind in ("Condition", "Finding", "Review", "Access review", "Notice date"):
        assert f"{kind} Northwind" in words
    assert "and 1 more" in words
    ways = {html.unescape(way) for way in re.findall(r'href="(/[^"#]*)"', main)}
    assert {way: requester.get(way).status_code for way in ways} == dict.fromkeys(ways, 200)
