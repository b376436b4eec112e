"""The pages of the access register, as people without JavaScript use them."""

import html
import io
import re

import pytest
from sqlmodel import select

from tests.factories import NOON
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import access, vendors
from vendor_risk.workflow.access import Terms

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

BY = {"now": NOON, "actor": "test"}
MARKUP = "<script>alert(1)</script>"
NEW = {"kind": "vpn", "name": "ext-cooling", "remote": "y", "second_factor": "no"}


@pytest.fixture
def fazio(database):
    """The id of a vendor that holds nothing yet."""
    with database.transaction() as session:
        return vendors.create_vendor(session, name="Fazio", in_use=True, **BY).id


@pytest.fixture
def two(database, fazio):
    """The ids of two entries: a bad one, and one of another vendor of which little is known."""
    with database.transaction() as session:
        other = vendors.create_vendor(session, name="Pay Inc.", **BY)
        bad = Terms(
            kind="vpn",
            name="ext-cooling",
            second_factor=False,
            reaches_card_data=True,
            cut_by="Network on call",
            cut_phone="+49 30 901820",
            last_used_on=NOON.date().replace(month=2),
        )
        good = Terms(kind="api key", name="pay-key", second_factor=True, reaches_production=False)
        rows = (
            access.add(session, session.get_one(Vendor, fazio), bad, **BY),
            access.add(session, other, good, **BY),
        )
        access.review(session, rows[1:], **BY)
        return [row.id for row in rows]


@pytest.fixture
def analyst(client, sign_in, csrf):
    """An analyst's browser; `press(address, **fields)` sends a form of its."""
    client.person = sign_in(client, "analyst")

    def press(address, **fields):
        return client.post(address, data={"csrf_token": csrf(client)} | fields)

    client.press = press
    return client


@pytest.fixture
def clock(clock):
    """The day on which the entries were made."""
    clock.time = NOON
    return clock


def plain(answer):
    """The text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def row_of(database, row_id):
    with database.reading() as session:
        return session.get_one(Access, row_id)


def test_an_empty_register_tells_why_it_is_there(analyst, fazio):
    """On the vendor and over all."""
    for address in (f"/vendors/{fazio}/access", "/access"):
        assert "In 2013 Target was entered through the portal account" in plain(
            analyst.get(address)
        )


def test_adding_an_entry(analyst, database, fazio):
    """It is there, and says what nobody knows."""
    answer = analyst.press(f"/vendors/{fazio}/access/new", **NEW)
    text = plain(analyst.get(f"/vendors/{fazio}/access"))

    assert answer.status_code == 302
    for words in ("ext-cooling", "VPN", "None", "Nobody knows", "Nobody named", "Never"):
        assert words in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "Give the account or connection a name."),
        ({"name": "x" * 201}, "Shorten this to 200 characters"),
        ({"kind": "magic"}, "Not a valid choice"),
        ({"second_factor": "maybe"}, "Not a valid choice"),
        ({"engagement_id": "x"}, "Not a valid choice"),
        ({"last_used_on": "2999-01-01"}, "is yet to come"),
        ({"last_used_on": "yesterday"}, "Not a valid date"),
        ({"cut_phone": "ring"}, "Write the number with digits"),
        ({"cut_how": "password: x"}, "looks like a password"),
    ],
)
def test_bad_input_is_refused_and_stays_in_the_form(analyst, database, fazio, fields, words):
    """Nothing is written, nothing typed is lost."""
    answer = analyst.press(f"/vendors/{fazio}/access/new", **(NEW | {"purpose": "Meters"} | fields))

    assert answer.status_code == 422
    assert words in plain(answer)
    assert 'value="Meters"' in answer.text
    with database.reading() as session:
        assert session.exec(select(Access)).all() == []


def test_changing_and_the_conflict(analyst, database, fazio, two):
    """409 with both texts; saving again keeps what stands in the form."""
    address = f"/vendors/{fazio}/access/{two[0]}"
    assert analyst.press(address, **NEW, revision="1", purpose="Hers").status_code == 302
    answer = analyst.press(address, **NEW, revision="1", purpose="His")

    assert answer.status_code == 409
    assert "Hers" in plain(answer)
    assert "His" in answer.text
    assert row_of(database, two[0]).purpose == "Hers"
    assert analyst.press(address, **NEW, revision="2", purpose="His").status_code == 302


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 5000])
def test_a_revision_that_is_none_is_a_conflict(analyst, fazio, two, revision):
    """And no error of the server."""
    answer = analyst.press(f"/vendors/{fazio}/access/{two[0]}", **NEW, revision=revision)

    assert answer.status_code == 409


def test_cutting_and_taking_it_back(analyst, database, fazio, two):
    """Who cut it is shown, and the log knows."""
    address = f"/vendors/{fazio}/access/{two[0]}"
    analyst.press(f"{address}/end")
    text = plain(analyst.get(f"/vendors/{fazio}/access"))

    assert row_of(database, two[0]).ended_by_id == analyst.person.id
    assert analyst.person.name in text
    analyst.press(f"{address}/resume")
    assert row_of(database, two[0]).ended_at is None
    with database.reading() as session:
        acts = [one.act for one in session.exec(select(AuditEntry))]
    assert {"access.ended", "access.resumed"} <= set(acts)
    assert "Access cut off: ext-cooling" in plain(analyst.get(f"/vendors/{fazio}/history"))


def test_an_entry_of_another_vendor_is_not_found(analyst, fazio, two):
    """Not even to look at."""
    assert analyst.get(f"/vendors/{fazio}/access/{two[1]}").status_code == 404
    assert analyst.press(f"/vendors/{fazio}/access/{two[1]}/end").status_code == 404


def test_many_at_once_and_undo(analyst, database, two):
    """Reviewed, cut, and open again."""
    both = [str(one) for one in two]
    analyst.press("/access/bulk", act="review", chosen=both)
    assert row_of(database, two[0]).last_reviewed_on == NOON.date()
    analyst.press("/access/bulk", act="end", chosen=both)
    assert all(row_of(database, one).ended_at for one in two)
    undo = re.search(r'action="(/access/undo\?[^"]+)"', analyst.get("/access?ended=yes").text)[1]
    analyst.press(html.unescape(undo))
    assert not any(row_of(database, one).ended_at for one in two)


def test_all_that_match(analyst, database, two):
    """The filter of the list is that of the act."""
    analyst.press("/access/bulk", act="end", all_matching="1", back="/access?factor=no")

    assert [bool(row_of(database, one).ended_at) for one in two] == [True, False]


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"act": "erase"}, 400), ({"act": "end"}, 302), ({"act": "end", "chosen": "x"}, 302)],
)
def test_odd_acts_change_nothing(analyst, database, two, fields, status):
    """And lead nowhere else."""
    assert analyst.press("/access/bulk", **fields).status_code == status
    assert not any(row_of(database, one).ended_at for one in two)


@pytest.mark.parametrize("at", ["", "yesterday", "2026-11-22T12:00:00"])
def test_an_undo_of_no_moment_is_not_found(analyst, two, at):
    """A time without a zone is none."""
    assert analyst.press(f"/access/undo?at={at}").status_code == 404


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["ext-cooling", "pay-key"]),
        ("kind=vpn", ["ext-cooling"]),
        ("factor=no", ["ext-cooling"]),
        ("factor=yes", ["pay-key"]),
        ("factor=unknown", []),
        ("cards=yes", ["ext-cooling"]),
        ("cards=unknown", ["pay-key"]),
        ("production=no", ["pay-key"]),
        ("production=unknown", ["ext-cooling"]),
        ("review=overdue", ["ext-cooling"]),
        ("use=unused", ["ext-cooling"]),
        ("ended=yes", []),
        ("ended=all&sort=-reviewed", ["ext-cooling", "pay-key"]),
        ("q=PAY%20inc", ["pay-key"]),
        ("q=%25", []),
        ("kind=maybe&sort=x&vendor=x", ["ext-cooling", "pay-key"]),
        ("page=99", ["ext-cooling", "pay-key"]),
    ],
)
def test_filters_are_in_the_address(analyst, two, query, names):
    """What the list does not know is told and ignored."""
    answer = analyst.get(f"/access?{query}")

    assert [n for n in ("ext-cooling", "pay-key") if f"<bdi>{n}</bdi></a>" in answer.text] == names
    assert ("Ignored in the address" in answer.text) is ("maybe" in query)


def test_one_vendor_of_the_list(analyst, fazio, two):
    """The chip names it."""
    answer = analyst.get(f"/access?vendor={fazio}")

    assert "pay-key" not in answer.text
    assert "Remove filter: Fazio" in html.unescape(answer.text)


def test_exports(analyst, two):
    """The filter holds; the workbook opens."""
    answer = analyst.get("/access/export.csv?factor=no")
    book = analyst.get("/access/export.xlsx")

    assert answer.text.count("\r\n") == 2
    assert "ext-cooling" in answer.text
    assert book.data.startswith(b"PK")
    assert analyst.get("/access/export.pdf").status_code == 404


def upload(analyst, csrf, text, query=""):
    return analyst.post(
        f"/access/import{query}",
        data={"csrf_token": csrf(analyst), "file": (io.BytesIO(text.encode()), "list.csv")},
    )


def test_importing_a_file(analyst, csrf, database, fazio):
    """First what would happen, then what did."""
    text = 'vendor,kind,account,cut how\nFazio,vpn,"=cmd","a\n""b"""\nFazio,magic,y,\n'
    answer = upload(analyst, csrf, text)
    with database.reading() as session:
        assert session.exec(select(Access)).all() == []
    assert "“magic” is no kind" in plain(answer)
    kept = html.unescape(re.search(r'name="text" value="([^"]*)"', answer.text)[1])
    analyst.press("/access/import/run", text=kept)

    with database.reading() as session:
        (row,) = session.exec(select(Access)).all()
    assert (row.name, row.cut_how) == ("=cmd", 'a\n"b"')
    assert ",'=cmd," in analyst.get("/access/export.csv").text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The file is empty."),
        ("vendor,kind,account,secret\na,b,c,d", "There is no column “secret”"),
        ("vendor,kind,account\n", "no line below it"),
        ("x" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_file_that_is_none(analyst, csrf, fazio, text, words):
    """It says why."""
    answer = upload(analyst, csrf, text)

    assert answer.status_code == 422
    assert words in plain(answer)


def test_the_file_of_one_vendor_needs_no_column_for_it(analyst, csrf, fazio):
    """Its template has none."""
    template = analyst.get(f"/access/import/template.csv?vendor={fazio}").text

    assert template.removeprefix("\ufeff").startswith("kind,account")
    assert "1 line" in plain(
        upload(analyst, csrf, template.removeprefix("\ufeff"), f"?vendor={fazio}")
    )


def test_the_engagement_page_says_what_lifts_it(analyst, csrf, database, fazio, two):
    """People see why the access level is higher than what they said."""
    from vendor_risk.workflow.engagements import Terms as Bought
    from vendor_risk.workflow.engagements import add_engagement

    levels = dict.fromkeys(
        ("data_sensitivity", "data_volume", "access", "criticality", "payment"), 0
    )
    with database.transaction() as session:
        add_engagement(
            session, session.get_one(Vendor, fazio), Bought(name="Cooling", levels=levels), **BY
        )

    text = plain(analyst.get(f"/vendors/{fazio}/engagements"))
    assert "It holds a way into our systems. ext-cooling" in text
    assert "counts as level 3" in text


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
def test_who_may(client, sign_in, csrf, fazio, two, role, reads, writes):
    """Analysts and administrators write, approvers and auditors read, others see nothing."""
    sign_in(client, role)

    for address in ("/access", "/access/export.csv", f"/vendors/{fazio}/access"):
        assert client.get(address).status_code == reads
    token = {"csrf_token": csrf(client)}
    here = f"/vendors/{fazio}/access/{two[0]}"
    for address in (f"{here}/review", f"{here}/end", f"{here}/resume"):
        assert client.post(address, data=token).status_code == writes
    assert (f'href="/vendors/{fazio}/access"' in client.get(f"/vendors/{fazio}").text) is (
        reads == 200
    )
    assert ("Add access" in client.get(f"/vendors/{fazio}/access").text) is (writes == 302)


def test_markup_stays_text(analyst, database, fazio):
    """Whoever wrote it."""
    terms = Terms(
        kind="vpn",
        **dict.fromkeys(
            ("name", "system", "holder", "purpose", "segment", "cut_by", "cut_how"), MARKUP
        ),
    )
    with database.transaction() as session:
        access.add(session, session.get_one(Vendor, fazio), terms, **BY)

    for address in ("/access", f"/vendors/{fazio}/access", f"/access?q={MARKUP}"):
        assert MARKUP not in analyst.get(address).text
