"""The inventory of scripts on our own pages, as people without JavaScript use it."""

import csv
import datetime as dt
import html
import io
import re

import pytest
from sqlmodel import select

from tests.factories import NOON
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.scripts import PageScript
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import domains, vendors
from vendor_risk.workflow.engagements import Terms, add_engagement, observe

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

BY = {"now": NOON, "actor": "test"}
MARKUP = "<script>alert(1)</script>"
FRONT, TILL = "https://shop.example/", "https://shop.example/till"


def script(session, ours, name, vendor=None, **said):
    """A row of the inventory; `name` is the host of the script."""
    row = PageScript(
        **{
            "ours_id": ours.id,
            "vendor_id": vendor.id if vendor else None,
            "key": name,
            "host": "shop.example",
            "page": TILL,
            "script": f"https://{name}/a.js",
            "script_host": name,
            "domain": name,
            "card_page": True,
            "first_seen": NOON,
            "last_seen": NOON,
        }
        | said
    )
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def ours(database):
    """The id of our own company."""
    with database.transaction() as session:
        vendor = vendors.create_vendor(session, name="Contoso", **BY)
        vendor.ours = True
        domains.add_domain(session, vendor, "shop.example", **BY)
        return vendor.id


@pytest.fixture
def two(database, ours):
    """The ids of two scripts: of a shadow vendor on the till, of nobody yet on the front page."""
    with database.transaction() as session:
        us = session.get_one(Vendor, ours)
        pay = vendors.create_vendor(session, name="Pay Inc.", in_use=True, tags=["shadow"], **BY)
        rows = (
            script(session, us, "js.pay.example", pay, owner="Pay Inc."),
            script(session, us, "chat.example", page=FRONT, card_page=False, held=True),
        )
        observe(session, pay, **BY)
        return [row.id for row in rows]


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


def row_of(database, script_id):
    with database.reading() as session:
        return session.get_one(PageScript, script_id)


def shown(answer, names=("js.pay.example", "chat.example")):
    """Which of the scripts the list shows."""
    return [name for name in names if f"<bdi>{name}</bdi></a>" in answer.text]


def test_without_own_pages_the_list_says_how_to_name_them(analyst, database):
    """One sentence, and where to go."""
    text = plain(analyst.get("/scripts"))

    assert "Nobody has said which pages are ours." in text
    assert "These are our own pages" in text


def test_own_pages_that_nobody_looked_at(analyst, ours):
    """Not yet is not the same as none."""
    assert "Nobody has looked at the pages of Contoso" in plain(analyst.get("/scripts"))


def test_own_pages_without_scripts_of_others(analyst, database, ours):
    """The look saw none."""
    with database.transaction() as session:
        session.get_one(Vendor, ours).last_scan_at = NOON

    assert "No script of another company was seen" in plain(analyst.get("/scripts"))


def test_the_list_says_what_an_auditor_asks(analyst, two):
    """Script, vendor, page, integrity, purpose, authorisation, and what it covers."""
    text = plain(analyst.get("/scripts"))

    for words in (
        "https://js.pay.example/a.js",
        "Pay Inc. Not triaged",
        "shop.example/till takes cards",
        "No hash",
        "Nobody has said",
        "Not authorised",
        "1 on a page that takes cards is not authorised.",
        "11.6.1, in part",
        "Only the static HTML is read",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["js.pay.example", "chat.example"]),
        ("authorised=no", ["js.pay.example", "chat.example"]),
        ("authorised=yes", []),
        ("integrity=no", ["js.pay.example"]),
        ("integrity=yes", ["chat.example"]),
        ("cards=yes", ["js.pay.example"]),
        ("cards=no", ["chat.example"]),
        ("gone=yes", []),
        ("gone=all", ["js.pay.example", "chat.example"]),
        ("q=PAY", ["js.pay.example"]),
        ("q=%25", []),
        ("cards=maybe", ["js.pay.example", "chat.example"]),
        ("page=99&per=25", ["js.pay.example", "chat.example"]),
    ],
)
def test_filters_are_in_the_address(analyst, two, query, names):
    """What the list does not know is ignored."""
    assert shown(analyst.get(f"/scripts?{query}")) == names


def test_an_unknown_filter_is_told(analyst, two):
    """Nobody takes the list for filtered."""
    assert "Ignored in the address: cards = “maybe”" in plain(analyst.get("/scripts?cards=maybe"))


def test_saying_why_and_authorising_is_one_press(analyst, database, two):
    """Purpose, who and when; the log has both acts."""
    answer = analyst.press(
        f"/scripts/{two[0]}", revision="1", purpose=" Takes  the card ", go="authorise"
    )

    row = row_of(database, two[0])
    assert answer.status_code == 302
    assert (row.purpose, row.authorised_by_id) == ("Takes the card", analyst.person.id)
    with database.reading() as session:
        acts = session.exec(select(AuditEntry).order_by(AuditEntry.sequence)).all()
    assert [(one.act, one.actor_id) for one in acts[-2:]] == [
        ("script.described", analyst.person.id),
        ("script.authorised", analyst.person.id),
    ]


def test_the_press_can_be_taken_back(analyst, database, two):
    """Undo withdraws what that press authorised."""
    analyst.press(f"/scripts/{two[0]}", revision="1", purpose="Cards", go="authorise")
    undo = re.search(r'action="(/scripts/undo\?[^"]+)"', analyst.get(f"/scripts/{two[0]}").text)[1]

    analyst.press(html.unescape(undo))

    assert row_of(database, two[0]).authorised_at is None


def test_authorising_without_a_reason_is_refused_at_the_field(analyst, database, two):
    """What was typed stays."""
    answer = analyst.press(
        f"/scripts/{two[0]}", revision="1", purpose="", integrity_note="CSP", go="authorise"
    )

    assert answer.status_code == 422
    assert "Say what it is needed for" in plain(answer)
    assert 'value="CSP"' in answer.text
    assert row_of(database, two[0]).integrity_note == ""


@pytest.mark.parametrize(
    ("field", "length", "status"),
    [("purpose", 300, 302), ("purpose", 1001, 422), ("integrity_note", 501, 422)],
)
def test_long_texts(analyst, database, two, field, length, status):
    """300 characters fit; what does not is told, and stays in the form."""
    answer = analyst.press(f"/scripts/{two[0]}", revision="1", go="save", **{field: "é" * length})

    assert answer.status_code == status
    if status == 422:
        assert "é" * length in answer.text


def test_two_people_see_both_texts(analyst, database, two):
    """409, nothing is lost, and saving again keeps what stands in the form."""
    analyst.press(f"/scripts/{two[0]}", revision="1", purpose="Hers", go="save")
    answer = analyst.press(f"/scripts/{two[0]}", revision="1", purpose="His", go="authorise")

    assert answer.status_code == 409
    assert "Hers" in plain(answer)
    assert "His" in plain(answer)
    assert row_of(database, two[0]).purpose == "Hers"


@pytest.mark.parametrize("revision", ["", "x", "-1", "\u0661", "9" * 5000])
def test_a_revision_that_is_none_is_a_conflict(analyst, two, revision):
    """And no error of the server."""
    answer = analyst.press(f"/scripts/{two[0]}", revision=revision, purpose="x", go="save")

    assert answer.status_code == 409


def test_what_a_scan_withdrew_says_why(analyst, database, two):
    """In the list and on the page of the script."""
    with database.transaction() as session:
        session.get_one(PageScript, two[0]).withdrawn_why = "It is loaded over http now."

    for address in ("/scripts", f"/scripts/{two[0]}"):
        assert "Withdrawn by the scan. It is loaded over http now." in plain(analyst.get(address))


def test_withdrawing(analyst, database, two):
    """The button is on the page of the script."""
    analyst.press(f"/scripts/{two[0]}", revision="1", purpose="Cards", go="authorise")
    assert "Withdraw authorisation" in plain(analyst.get(f"/scripts/{two[0]}"))

    analyst.press(f"/scripts/{two[0]}/withdraw")

    assert row_of(database, two[0]).authorised_at is None


def test_an_analyst_marks_a_script_as_gone(analyst, database, two):
    """Its vendor is lifted no longer, and the log says who did it."""
    assert "Mark as gone" in plain(analyst.get(f"/scripts/{two[0]}"))

    analyst.press(f"/scripts/{two[0]}/gone")

    row = row_of(database, two[0])
    assert row.gone_at
    with database.reading() as session:
        (act,) = session.exec(select(AuditEntry).where(AuditEntry.act == "script.gone")).all()
        (bought,) = session.exec(select(Engagement)).all()
    assert (act.actor_id, bought.observed) == (analyst.person.id, {})
    assert "Mark as gone" not in plain(analyst.get(f"/scripts/{two[0]}"))


def test_a_page_that_the_last_look_did_not_see_is_told(analyst, database, ours, two):
    """The script is not said to have been seen by it."""
    assert "ot seen since" not in plain(analyst.get("/scripts"))
    with database.transaction() as session:
        later = NOON + dt.timedelta(days=1)
        session.add(Scan(vendor_id=ours, state=ScanState.DONE, started_at=later, finished_at=later))

    assert "page not seen since" in plain(analyst.get("/scripts"))
    assert "Its page was not seen since." in plain(analyst.get(f"/scripts/{two[0]}"))


def test_many_at_once(analyst, database, two):
    """One purpose for all that are ticked, then authorised together."""
    both = [str(one) for one in two]
    analyst.press("/scripts/bulk", act="purpose", purpose="Needed", chosen=both)
    analyst.press("/scripts/bulk", act="authorise", chosen=both)

    assert all(row_of(database, one).authorised_at for one in two)
    analyst.press("/scripts/bulk", act="withdraw", chosen=both)
    assert not any(row_of(database, one).authorised_at for one in two)


def test_all_that_match(analyst, database, two):
    """The filter of the list is that of the act."""
    analyst.press(
        "/scripts/bulk",
        act="purpose",
        purpose="Needed",
        all_matching="1",
        back="/scripts?cards=yes",
    )

    assert [row_of(database, one).purpose for one in two] == ["Needed", ""]


def test_those_left_alone_are_counted(analyst, two):
    """A script without a purpose is not authorised by many ticks either."""
    analyst.press("/scripts/bulk", act="authorise", chosen=[str(one) for one in two])

    assert "2 were left alone" in plain(analyst.get("/scripts"))


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"act": "erase"}, 400),
        ({"act": "authorise"}, 302),
        ({"act": "authorise", "chosen": ["x"]}, 302),
        ({"act": "authorise", "back": "https://elsewhere.example/"}, 302),
    ],
)
def test_odd_acts_change_nothing(analyst, database, two, fields, status):
    """And lead nowhere else."""
    answer = analyst.press("/scripts/bulk", **fields)

    assert answer.status_code == status
    assert status == 400 or answer.location.startswith("/scripts")
    assert not any(row_of(database, one).authorised_at for one in two)


@pytest.mark.parametrize("at", ["", "yesterday", "2026-11-22T12:00:00"])
def test_an_undo_of_no_moment_is_not_found(analyst, two, at):
    """A time without a zone is none."""
    assert analyst.press(f"/scripts/undo?at={at}").status_code == 404


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [
        ("analyst", 200, 302),
        ("admin", 200, 302),
        ("approver", 200, 403),
        ("auditor", 200, 403),
        ("requester", 403, 403),
    ],
)
def test_who_may(client, sign_in, csrf, two, role, reads, writes):
    """Analysts and administrators write, approvers and auditors read."""
    sign_in(client, role)

    assert client.get("/scripts").status_code == reads
    assert client.get("/scripts/export.csv").status_code == reads
    assert client.get(f"/scripts/{two[0]}").status_code == reads
    token = {"csrf_token": csrf(client)}
    for address in (
        f"/scripts/{two[0]}/withdraw",
        f"/scripts/{two[0]}/gone",
        "/scripts/undo?at=2026-11-22T12:00:00%2B00:00",
    ):
        assert client.post(address, data=token).status_code == writes
    assert ("Say purpose" in client.get("/scripts").text) is (writes == 302)


def test_a_stranger_signs_in_first(client, two):
    """Nobody else reads what runs on our check-out."""
    assert "/login" in client.get("/scripts").location


def test_a_post_without_a_token_is_refused(analyst, database, two):
    """No other site authorises scripts."""
    answer = analyst.post("/scripts/bulk", data={"act": "authorise", "chosen": str(two[0])})

    assert answer.status_code == 400


def test_markup_stays_text(analyst, database, ours):
    """A host is hostile, be it our own."""
    with database.transaction() as session:
        us = session.get_one(Vendor, ours)
        row = script(
            session, us, "a.example", script=MARKUP, page=MARKUP, owner=MARKUP, purpose=MARKUP
        )
        script_id = row.id

    for address in ("/scripts", f"/scripts/{script_id}", f"/scripts?q={MARKUP}"):
        assert MARKUP not in analyst.get(address).text


def lines(answer):
    """The lines of a CSV by their columns."""
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_the_inventory_as_a_file(analyst, two):
    """It is named after the requirement, and the filter holds."""
    analyst.press(f"/scripts/{two[0]}", revision="1", purpose="Cards", go="authorise")
    answer = analyst.get("/scripts/export.csv?cards=yes")

    (line,) = lines(answer)
    assert "pci-dss-6.4.3-script-inventory-" in answer.headers["Content-Disposition"]
    assert line["Script"] == "https://js.pay.example/a.js"
    assert (line["Vendor"], line["Why it is needed"]) == ("Pay Inc.", "Cards")
    assert line["Authorised by"] == analyst.person.name
    assert dt.datetime.fromisoformat(line["Authorised on"]).tzinfo
    assert (line["Held by a hash"], line["Gone since"]) == ("no", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(analyst, database, ours, start):
    """A spreadsheet must run nothing that a page or a person wrote."""
    evil = f"{start}HYPERLINK(1)"
    with database.transaction() as session:
        us = session.get_one(Vendor, ours)
        named = vendors.create_vendor(session, name="x", **BY)
        named.name = evil
        said = dict.fromkeys(("script", "page", "owner", "purpose", "integrity_note"), evil)
        script(session, us, "a.example", named, authorised_at=None, **said)

    (line,) = lines(analyst.get("/scripts/export.csv"))

    assert [key for key, cell in line.items() if cell.startswith(start)] == []
    assert line["Script"] == f"'{evil}"


def test_the_vendor_says_what_was_seen_and_why_it_holds(analyst, database, two):
    """On its page, its engagements, and the form that cannot lower it."""
    with database.transaction() as session:
        pay = session.exec(select(Vendor).where(Vendor.name == "Pay Inc.")).one()
        levels = dict.fromkeys(
            ("data_sensitivity", "data_volume", "access", "criticality", "payment"), 0
        )
        add_engagement(session, pay, Terms("Fraud scores", levels=levels), **BY)
        pay_id, tier = pay.id, pay.tier

    assert tier == 1
    for part in ("", "/engagements", "/engagements/new"):
        text = plain(analyst.get(f"/vendors/{pay_id}{part}"))
        assert "A script of theirs runs on our page that takes cards." in text


def test_the_history_says_that_a_scan_saw_it(analyst, database, ours):
    """Who, what, and which tier came of it."""
    levels = dict.fromkeys(
        ("data_sensitivity", "data_volume", "access", "criticality", "payment"), 0
    )
    with database.transaction() as session:
        pay = vendors.create_vendor(session, name="Pay Inc.", **BY)
        add_engagement(session, pay, Terms("Fraud scores", levels=levels), **BY)
        script(session, session.get_one(Vendor, ours), "js.pay.example", pay)
        observe(session, pay, now=NOON, actor="scan")
        pay_id = pay.id

    text = plain(analyst.get(f"/vendors/{pay_id}/history"))

    assert "Lifted by our pages or the register: Fraud scores" in text
    assert "Access, A fact that lifts the tier, Payment role" in text
    assert "a scan of our own pages" in text


def test_a_vendor_without_scripts_says_nothing(analyst, database, two):
    """Our own page neither."""
    with database.transaction() as session:
        other = vendors.create_vendor(session, name="Other", **BY).id

    assert "A script of theirs" not in plain(analyst.get(f"/vendors/{other}"))


def test_triage_says_where_a_shadow_was_seen(analyst, database, two):
    """In the queue and at the three questions."""
    with database.reading() as session:
        pay = session.exec(select(Vendor).where(Vendor.name == "Pay Inc.")).one().id

    assert f"seen on our page {TILL} , which takes cards" in plain(analyst.get("/triage"))
    text = plain(analyst.get(f"/triage/{pay}"))
    assert "Nobody entered this vendor by hand." in text
    assert f"was seen on our page {TILL}" in text


def edit(analyst, database, vendor_id, **said):
    with database.reading() as session:
        vendor = session.get_one(Vendor, vendor_id)
    return analyst.press(
        f"/vendors/{vendor_id}/edit",
        revision=str(vendor.revision),
        name=vendor.name,
        state=vendor.state,
        owner_id="",
        **said,
    )


def test_an_analyst_marks_our_company(analyst, database, two, ours):
    """Taken off, the scripts are out of the list and lift nobody; put on again, they are back."""
    edit(analyst, database, ours)
    assert "Nobody has said which pages are ours." in plain(analyst.get("/scripts"))

    edit(analyst, database, ours, ours="y")
    assert shown(analyst.get("/scripts")) == ["js.pay.example", "chat.example"]


def test_a_second_company_is_refused_at_the_field(analyst, database, ours):
    """The sentence names the first."""
    with database.transaction() as session:
        other = vendors.create_vendor(session, name="Other", **BY).id

    answer = edit(analyst, database, other, ours="y")

    assert answer.status_code == 422
    assert "Contoso stands for our own pages already" in plain(answer)


def test_our_company_stands_on_the_list_without_a_tier(analyst, database, ours):
    """With a badge, and without the next steps of a vendor."""
    listed = plain(analyst.get("/vendors"))
    own = plain(analyst.get(f"/vendors/{ours}"))

    assert "Contoso us" in listed
    assert "Our own pages" in listed
    assert "These are our own pages." in own
    assert "Say what is bought" not in own


def test_the_navigation_counts_what_waits(analyst, two):
    """One script on a page that takes cards is not authorised."""
    assert re.search(r"Our pages 1 waiting", plain(analyst.get("/vendors")))
