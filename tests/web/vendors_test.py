"""The pages of vendors as people without JavaScript use them, each by who may and who may not."""

import csv
import datetime as dt
import html
import io
import re
import uuid
from urllib.parse import urlsplit

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from tests.factories import NOON, make_user
from vendor_risk.checks.facts import Fact
from vendor_risk.checks.observations import Observations
from vendor_risk.evidence import HostClass
from vendor_risk.store.models.scans import Scan
from vendor_risk.store.models.vendors import (
    Contact,
    Domain,
    Engagement,
    FactsSource,
    Vendor,
    VendorImport,
    VendorState,
    VendorTag,
)
from vendor_risk.workflow import (
    contacts,
    domains,
    engagements,
    imports,
    results,
    scans,
    vendors,
)
from vendor_risk.workflow.engagements import Terms

# The steps have met both databases; vendors_postgresql_test.py opens pages on the other one.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

BY = {"now": NOON, "actor": "test"}
PAYROLL = {"data_sensitivity": 3, "data_volume": 1, "access": 2, "criticality": 2, "payment": 1}
HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
NAMED = re.compile(r'name="([^"]+)"')
VALUED = re.compile(r'value="([^"]*)"')
HOSTILE = (
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "x" * 200,
    "شركة النيل للدفع",
    "🏦 Bänk & Söhne",
    "\u202egnp.exe\u202c",
)


@pytest.fixture(autouse=True)
def queued(app: Flask, queue):
    """The queue of the tests, also while it is empty."""
    app.extensions["enqueue"] = queue
    return queue


class Browser:
    """A signed-in person who opens pages and sends their forms."""

    def __init__(self, client: FlaskClient, csrf) -> None:
        self.client, self.csrf = client, csrf

    def see(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text[-1500:]
        return html.unescape(answer.text)

    def send(self, path: str, status: int = 302, **typed: object):
        # buffered: a page that is made while it is read is read to its end
        data = {"csrf_token": self.csrf(self.client), **typed}
        answer = self.client.post(path, data=data, buffered=True)
        assert answer.status_code == status, answer.text[-1500:]
        return answer

    def edit(self, path: str, status: int = 302, **typed: object):
        """Open a form and send it back with its hidden fields and what was typed."""
        page = self.client.get(path).text
        hidden = {}
        for field in HIDDEN.findall(page.partition("<main")[2]):
            name, value = NAMED.search(field), VALUED.search(field)
            if name and value and name[1] != "csrf_token":
                hidden[name[1]] = html.unescape(value[1])
        return self.send(path, status, **{**hidden, **typed})


@pytest.fixture
def analyst(client, sign_in, csrf):
    """Somebody who may change vendors."""
    browser = Browser(client, csrf)
    browser.user = sign_in(client, "analyst")
    return browser


@pytest.fixture
def vendor(database):
    """A vendor with one of everything; its id."""
    with database.transaction() as session:
        row = vendors.create_vendor(
            session, name="Northwind Payroll GmbH", supplier_number="4711", tags=["hr"], **BY
        )
        domains.add_domain(session, row, "northwind.example", **BY)
        contacts.add_contact(session, row, name="Jana Ortiz", email="jana@n.example", **BY)
        engagements.add_engagement(
            session,
            row,
            Terms("Payroll", levels=PAYROLL, spend_minor=42_000_050, currency="EUR"),
            **BY,
        )
        return row.id


@pytest.fixture
def other(database):
    """A vendor that has nothing; its id."""
    with database.transaction() as session:
        return vendors.create_vendor(session, name="Northwind Payrol", **BY).id


def one(database, model, vendor_id):
    with database.reading() as session:
        return session.exec(select(model).where(model.vendor_id == vendor_id)).one()


def get(database, vendor_id) -> Vendor:
    with database.reading() as session:
        return session.get(Vendor, vendor_id)


# who may


READ = (
    "/vendors",
    "/search?q=north",
    "/vendors/{v}",
    "/vendors/{v}/engagements",
    "/vendors/{v}/checks",
    "/vendors/{v}/domains",
    "/vendors/{v}/contacts",
    "/vendors/{v}/history",
    "/vendors/export.csv",
)
WORK = ("/vendors/duplicates", "/vendors/import", "/vendors/import/example.csv")
FORMS = (
    "/vendors/new",
    "/vendors/{v}/edit",
    "/vendors/{v}/parent",
    "/vendors/{v}/join",
    "/vendors/{v}/contacts/new",
    "/vendors/{v}/engagements/new",
)
POSTS = (
    "/vendors/new",
    "/vendors/bulk",
    "/vendors/bulk/restore",
    "/vendors/import",
    "/vendors/{v}/edit",
    "/vendors/{v}/archive",
    "/vendors/{v}/restore",
    "/vendors/{v}/tags",
    "/vendors/{v}/tags/remove",
    "/vendors/{v}/parent",
    "/vendors/{v}/domains",
    "/vendors/{v}/domains/return",
    "/vendors/{v}/contacts/new",
    "/vendors/{v}/engagements/new",
    "/vendors/{v}/join/{v}",
)


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("role", ["requester", "analyst", "approver", "auditor", "admin"])
def test_everybody_with_an_account_reads(client, sign_in, vendor, role, path):
    """The inventory is for all who work here."""
    sign_in(client, role)

    assert client.get(path.format(v=vendor)).status_code == 200


@pytest.mark.parametrize("path", [*READ, *WORK, *FORMS])
def test_a_stranger_is_sent_to_sign_in(client, vendor, path):
    """Nothing of the inventory is public."""
    answer = client.get(path.format(v=vendor))

    assert (answer.status_code, urlsplit(answer.location).path) == (302, "/login")


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    ("role", "status"),
    [("analyst", 200), ("admin", 200), ("requester", 403), ("approver", 403), ("auditor", 403)],
)
def test_forms_are_for_those_who_change(client, sign_in, vendor, role, status, path):
    """Analysts and administrators edit; requesters have their requests."""
    sign_in(client, role)

    assert client.get(path.format(v=vendor)).status_code == status


@pytest.mark.parametrize("path", WORK)
@pytest.mark.parametrize(
    ("role", "status"), [("analyst", 200), ("auditor", 200), ("requester", 403), ("approver", 403)]
)
def test_an_auditor_sees_what_analysts_work_with(client, sign_in, role, status, path):
    """Imports and duplicates can be looked at by whoever checks the work."""
    sign_in(client, role)

    assert client.get(path).status_code == status


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("role", ["requester", "approver", "auditor"])
def test_others_change_nothing(client, sign_in, csrf, vendor, role, path):
    """Sending a form without seeing it does not help."""
    sign_in(client, role)

    answer = client.post(path.format(v=vendor), data={"csrf_token": csrf(client)})

    assert answer.status_code == 403


@pytest.mark.parametrize("path", POSTS)
def test_a_form_without_its_token_is_refused(client, sign_in, vendor, path):
    """Another site cannot send one of our forms."""
    sign_in(client, "analyst")

    assert client.post(path.format(v=vendor)).status_code == 400


@pytest.mark.parametrize("role", ["requester", "approver", "auditor"])
def test_who_may_not_edit_sees_no_button_for_it(client, sign_in, vendor, role):
    """A button that would be refused is not shown."""
    sign_in(client, role)

    pages = client.get(f"/vendors/{vendor}").text + client.get("/vendors").text
    pages += client.get(f"/vendors/{vendor}/domains").text
    assert not re.search(r"/edit\"|/archive\"|/tags\"|vendors/bulk|/remove\"", pages)


@pytest.mark.parametrize("page", ["", "/edit", "/engagements", "/history", "/join"])
def test_a_vendor_that_is_not_there_is_404(analyst, page):
    """An id that means nothing says so."""
    analyst.see(f"/vendors/{uuid.uuid4()}{page}", 404)


def test_a_contact_of_another_vendor_is_404(analyst, database, vendor, other):
    """An address cannot reach into another vendor."""
    contact = one(database, Contact, vendor)

    analyst.see(f"/vendors/{other}/contacts/{contact.id}", 404)


# the list


def test_without_vendors_the_list_says_how_to_begin(analyst):
    """One sentence and the ways in."""
    page = analyst.see("/vendors")

    assert "No vendors yet." in page
    assert "Import a CSV" in page


def test_a_filter_that_matches_nothing_is_told_from_an_empty_list(analyst, vendor):
    """The inventory is not empty, only the filter too narrow."""
    page = analyst.see("/vendors?q=zzz")

    assert "No vendor matches these filters. 1 are in the inventory." in page


def test_filters_show_as_chips_that_can_be_taken_away(analyst, vendor, other):
    """Each chip's link leaves the others in place."""
    page = analyst.see("/vendors?tier=1,2&state=prospect")

    assert "1 of 2 vendors match." in page
    chips = re.findall(r'href="(/vendors[^"]*)" aria-label="Remove filter: ([^"]+)"', page)
    assert chips == [
        ("/vendors?state=prospect", "Tier 1 and 2"),
        ("/vendors?tier=1%2C2", "Prospect"),
    ]


@pytest.mark.parametrize(
    "query",
    ["tier=9", "tier=1,x", "grade=Z", "state=gone", "owner=me", "use=maybe", "seen=2", "fault=bad",
     "posture=9", "posture=80-20", "sort=colour", "per=3", "page=x", "page=0"],
)  # fmt: skip
def test_a_filter_that_is_none_is_ignored_and_said(analyst, vendor, query):
    """A mistyped address shows the list and names what it left out."""
    page = analyst.see(f"/vendors?{query}")

    assert "Ignored in the address:" in page
    assert f"{query.partition('=')[0]} = “{query.partition('=')[2]}”" in page
    assert "Northwind Payroll GmbH" in page


@pytest.mark.parametrize(("score", "words"), [(100, "None"), (None, "None seen")])
def test_where_nothing_could_be_judged_no_fault_was_seen(analyst, database, vendor, score, words):
    """No failed check says little of a vendor that has no posture."""
    with database.transaction() as session:
        row = session.get(Vendor, vendor)
        row.failed_checks, row.posture_score = 0, score
        row.posture_grade = None if score is None else "A"

    assert f'<td data-l="Failed checks">{words}</td>' in analyst.see("/vendors")


def test_pages_beyond_the_last_show_the_last(analyst, vendor):
    """A bookmark of page 9 still works when there is one page."""
    assert "Northwind Payroll GmbH" in analyst.see("/vendors?page=9")


def test_the_list_comes_in_pages(analyst, database):
    """26 vendors are two pages of 25, and the address says which."""
    with database.transaction() as session:
        for number in range(26):
            vendors.create_vendor(session, name=f"Vendor {number:02}", **BY)

    page = analyst.see("/vendors?page=2")

    assert "26 to 26 of 26 vendors" in page
    assert "Vendor 25" in page
    assert "Vendor 24" not in page


def test_a_joined_vendor_leads_to_the_one_it_is_part_of(analyst, database, vendor, other):
    """An old link still works, with the same tab."""
    analyst.send(f"/vendors/{vendor}/join/{other}")

    answer = analyst.client.get(f"/vendors/{other}/contacts")

    assert (answer.status_code, answer.location) == (302, f"/vendors/{vendor}/contacts")


def test_the_page_that_joined_two_leads_to_the_one(analyst, vendor, other):
    """Whoever reloads it, or turns it around, comes to the vendor that both are now."""
    analyst.send(f"/vendors/{vendor}/join/{other}")

    for path in (f"/vendors/{vendor}/join/{other}", f"/vendors/{other}/join/{vendor}"):
        assert analyst.client.get(path).location == f"/vendors/{vendor}"


def test_the_history_tells_of_the_joined_vendor(analyst, vendor, other):
    """Each of its acts with its name."""
    analyst.send(f"/vendors/{vendor}/join/{other}")

    told = "Of a vendor that was joined to this one: <bdi>Northwind Payrol</bdi>"
    assert told in analyst.see(f"/vendors/{vendor}/history")


def test_what_the_address_asks_goes_along_to_the_joined_one(analyst, vendor, other):
    """As it came: it says nothing of how the address is made."""
    analyst.send(f"/vendors/{vendor}/join/{other}")
    asked = "page=2&page=3&_method=PUT&_external=1&_scheme=gopher&vendor_id=x"
    answer = analyst.client.get(f"/vendors/{other}/history?{asked}")

    assert answer.location == f"/vendors/{vendor}/history?{asked}"


# exports


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_as_text_and_exported_without_harm(analyst, database, name):
    """No page runs it, no spreadsheet computes it, and it comes out as it went in."""
    with database.transaction() as session:
        vendor_id = vendors.create_vendor(session, name=name, **BY).id

    for path in ("/vendors", f"/vendors/{vendor_id}", f"/vendors/{vendor_id}/history"):
        raw = analyst.client.get(path).text
        assert html.escape(vendors.clean(name), quote=False) in raw.replace("&#39;", "'")
        assert "<script>alert" not in raw
    (row,) = csv_rows(analyst, "/vendors/export.csv")
    assert row["Name"].removeprefix("'") == vendors.clean(name)
    assert not row["Name"].startswith(("=", "+", "-", "@"))


def csv_rows(browser: Browser, path: str) -> list[dict[str, str]]:
    answer = browser.client.get(path)
    assert answer.status_code == 200
    text = answer.data.decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_export_has_the_filtered_set(analyst, vendor, other):
    """What the list shows is what the file has, in its order."""
    both = csv_rows(analyst, "/vendors/export.csv?sort=-name")
    (first,) = csv_rows(analyst, "/vendors/export.csv?tier=2")

    assert [row["Name"] for row in both] == ["Northwind Payroll GmbH", "Northwind Payrol"]
    assert first["Main domain"] == "northwind.example"
    assert (first["Tier"], first["Inherent risk"], first["External posture"]) == ("2", "66", "")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", first["Changed"])


def test_a_large_export_has_every_line(analyst, database):
    """More than one piece of an answer and one slice of rows join without a gap."""
    with database.transaction() as session:
        for number in range(620):
            vendors.create_vendor(session, name=f"Vendor {number:03}", **BY)

    names = [row["Name"] for row in csv_rows(analyst, "/vendors/export.csv")]

    assert names == [f"Vendor {number:03}" for number in range(620)]


def test_the_workbook_has_text_and_no_formula(analyst, database):
    """Numbers are numbers, names are text."""
    with database.transaction() as session:
        vendors.create_vendor(session, name="=1+1", **BY)

    answer = analyst.client.get("/vendors/export.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active

    assert [cell.value for cell in sheet[1]][:3] == ["Name", "Supplier number", "Main domain"]
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("'=1+1", "s")


def test_an_unknown_kind_of_file_is_404(analyst):
    """There is no other export."""
    analyst.see("/vendors/export.pdf", 404)


# acts upon many


def test_a_scan_of_many_says_who_was_left_alone(analyst, database, queue, vendor, other):
    """A vendor without a domain cannot be looked at."""
    analyst.send("/vendors/bulk", act="scan", chosen=[str(vendor), str(other)], back="/vendors")

    page = analyst.see("/vendors")
    assert "A scan of 1 vendor is under way. 1 was left alone" in page
    with database.reading() as session:
        scan = session.exec(select(Scan)).one()
    assert queue == [("scan", [str(scan.id)])]


def test_a_scan_of_many_leaves_samples_alone(analyst, database, queue, vendor):
    """Samples are invented: the notice says so."""
    with database.transaction() as session:
        session.get(Vendor, vendor).sample = True

    analyst.send("/vendors/bulk", act="scan", chosen=[str(vendor)], back="/vendors")

    page = analyst.see("/vendors")
    assert "Samples are invented: there is nothing to look at." in page
    assert "left alone" not in page
    assert queue == []


def test_all_that_match_means_all_pages(analyst, database):
    """The filter of the page is the filter of the act."""
    with database.transaction() as session:
        for number in range(30):
            vendors.create_vendor(session, name=f"Print {number}", **BY)
        vendors.create_vendor(session, name="Payroll", **BY)

    analyst.send("/vendors/bulk", act="tag", tag="x", all_matching="1", back="/vendors?q=print")

    with database.reading() as session:
        assert len(session.exec(select(VendorTag)).all()) == 30


def test_archiving_many_can_be_undone(analyst, database, vendor, other):
    """One click brings back exactly those."""
    analyst.send("/vendors/bulk", act="archive", chosen=[str(vendor), str(other)], back="/vendors")
    page = analyst.see("/vendors")
    undo = re.search(r'action="(/vendors/bulk/restore[^"]*)"', page)[1]
    assert "2 vendors are archived." in page

    analyst.send(undo)

    assert get(database, vendor).archived_at is None
    assert get(database, other).archived_at is None


def test_owner_and_tag_for_many(analyst, database, vendor, other):
    """Both are set in one act each, and the notice counts."""
    ids = [str(vendor), str(other)]
    analyst.send(
        "/vendors/bulk", act="owner", owner=str(analyst.user.id), chosen=ids, back="/vendors"
    )
    analyst.send("/vendors/bulk", act="tag", tag="HR", chosen=ids, back="/vendors")

    page = analyst.see("/vendors?tag=hr&owner=" + str(analyst.user.id))
    assert "2 of 2 vendors match." in page
    assert "1 vendor was changed. 1 had that tag already." in page


def test_chosen_rows_can_be_exported(analyst, vendor, other):
    """Only what was ticked is in the file."""
    answer = analyst.send("/vendors/bulk", 200, act="export", chosen=[str(other)], back="/vendors")

    assert "Northwind Payrol" in answer.text
    assert "GmbH" not in answer.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"act": "scan"}, "Choose vendors first."),
        ({"act": "scan", "chosen": "nonsense"}, "Choose vendors first."),
        ({"act": "tag", "tag": " ", "all_matching": "1"}, "Give the tag a word."),
        ({"act": "owner", "owner": str(uuid.UUID(int=9)), "all_matching": "1"}, "Choose who owns"),
    ],
)
def test_an_act_that_cannot_be_says_why(analyst, vendor, typed, words):
    """Nothing happens, and the list tells what was missing."""
    analyst.send("/vendors/bulk", **typed, back="/vendors")

    assert words in analyst.see("/vendors")


def test_an_act_never_leads_off_the_site(analyst, vendor):
    """Where to go back to is a path of ours or the list."""
    answer = analyst.send("/vendors/bulk", act="scan", back="https://evil.example/")

    assert answer.location == "/vendors"


# adding and editing


def test_a_new_vendor_is_looked_at_at_once(analyst, database, queue):
    """Name, domain, owner and tags are kept, and its scan waits."""
    answer = analyst.send(
        "/vendors/new",
        name="Kestrel Print",
        domain="Kestrel.example",
        owner_id=str(analyst.user.id),
        state="assessing",
        in_use="y",
        tags="print, eu",
    )

    vendor_id = uuid.UUID(answer.location.rpartition("/")[2])
    row = get(database, vendor_id)
    assert (row.name, row.state, row.in_use, row.owner_id) == (
        "Kestrel Print",
        VendorState.ASSESSING,
        True,
        analyst.user.id,
    )
    assert one(database, Domain, vendor_id).host == "kestrel.example"
    assert len(queue) == 1
    assert "Kestrel Print is in the inventory." in analyst.see(answer.location)


def test_an_alike_vendor_is_offered_before_it_is_added_twice(analyst, database, vendor):
    """The reason stands beside it, and a person decides."""
    typed = {"name": "Northwind Payrol", "state": "prospect", "domain": "x.northwind.example"}
    page = html.unescape(analyst.send("/vendors/new", 422, **typed).text)

    assert "Is it one of these?" in page
    assert f'href="/vendors/{vendor}"' in page
    assert "same domain" in page
    confirmed = re.search(r'name="confirmed"[^>]*value="([^"]*)"', page)[1]
    analyst.send("/vendors/new", **typed, confirmed=confirmed)
    with database.reading() as session:
        assert len(session.exec(select(Vendor)).all()) == 2


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": " "}, "Give the vendor's name."),
        ({"name": "x" * 201}, "Shorten this to 200 characters or fewer."),
        ({"name": "A", "domain": "10.0.0.1"}, "is an IP address"),
        ({"name": "A", "supplier_number": "4711"}, "is that of Northwind Payroll GmbH"),
        ({"name": "A", "tags": "x" * 41}, "at most 40 characters"),
    ],
)
def test_what_cannot_be_added_is_told_at_its_field(analyst, database, vendor, typed, words):
    """What was typed stays in the form, and nothing is written."""
    page = html.unescape(analyst.send("/vendors/new", 422, state="prospect", **typed).text)

    assert words in page
    with database.reading() as session:
        assert len(session.exec(select(Vendor)).all()) == 1


def test_an_edit_is_kept(analyst, database, vendor):
    """The form comes filled and goes back changed."""
    analyst.edit(
        f"/vendors/{vendor}/edit", name="Northwind", state="assessing", supplier_number="9"
    )

    row = get(database, vendor)
    assert (row.name, row.state, row.supplier_number) == ("Northwind", "assessing", "9")


def test_the_day_of_the_agreement_is_kept(analyst, database, vendor):
    """From then on scans make extra handshakes; the form shows the day again."""
    typed = {"name": "Northwind", "state": "assessing", "handshakes_agreed": "2026-01-31"}
    analyst.edit(f"/vendors/{vendor}/edit", **typed)

    assert get(database, vendor).handshakes_agreed == dt.date(2026, 1, 31)
    assert 'value="2026-01-31"' in analyst.client.get(f"/vendors/{vendor}/edit").text


def test_nobody_agrees_in_the_future(analyst, database, vendor):
    """The day is of an agreement that was made."""
    typed = {"name": "Northwind", "state": "assessing", "handshakes_agreed": "2999-01-01"}
    page = analyst.edit(f"/vendors/{vendor}/edit", 422, **typed).text

    assert "yet to come" in page
    assert get(database, vendor).handshakes_agreed is None


def test_two_who_edit_at_once_see_both_texts(analyst, database, vendor):
    """The second is shown what the first stored, and can save over it knowingly."""
    typed = {"name": "Mine", "state": "prospect", "supplier_number": "4711"}
    analyst.send(f"/vendors/{vendor}/edit", **{**typed, "name": "Theirs"}, revision="1")

    page = html.unescape(analyst.send(f"/vendors/{vendor}/edit", 409, **typed, revision="1").text)

    assert "A colleague changed this while you were typing." in page
    assert "Theirs" in page
    assert 'value="Mine"' in page
    assert get(database, vendor).name == "Theirs"
    analyst.send(f"/vendors/{vendor}/edit", **typed, revision="2")
    assert get(database, vendor).name == "Mine"


def test_archiving_our_own_company_is_refused_in_words(analyst, database, vendor):
    """The page of the vendor says what to do first."""
    with database.transaction() as session:
        session.get_one(Vendor, vendor).ours = True

    analyst.send(f"/vendors/{vendor}/archive")

    assert "take that mark off it first" in analyst.see(f"/vendors/{vendor}")


def test_archiving_offers_the_way_back(analyst, database, vendor):
    """Undo instead of a question."""
    analyst.send(f"/vendors/{vendor}/archive")
    assert f'action="/vendors/{vendor}/restore"' in analyst.see("/vendors")
    assert "This vendor is archived." in analyst.see(f"/vendors/{vendor}")

    analyst.send(f"/vendors/{vendor}/restore")

    assert get(database, vendor).state == VendorState.PROSPECT


def test_tags_come_and_go_on_the_profile(analyst, database, vendor):
    """Several at once with commas; one at a time away."""
    analyst.send(f"/vendors/{vendor}/tags", tag="eu, SaaS")
    analyst.send(f"/vendors/{vendor}/tags/remove", tag="hr")

    with database.reading() as session:
        assert vendors.tags_of(session, vendor) == ["eu", "saas"]


def test_a_parent_is_found_and_set(analyst, database, vendor, other):
    """The search offers companies, and the profile of each shows the other."""
    page = analyst.see(f"/vendors/{other}/parent?q=northwind")
    assert f'value="{vendor}"' in page
    assert f'value="{other}"' not in page

    analyst.send(f"/vendors/{other}/parent", parent=str(vendor), kinship="brand")

    assert "Brand of Northwind Payroll GmbH" in analyst.see(f"/vendors/{other}")
    assert "Northwind Payrol</bdi>" in analyst.see(f"/vendors/{vendor}")


@pytest.mark.parametrize("parent", ["self", str(uuid.UUID(int=9))])
def test_a_parent_that_cannot_be_is_refused(analyst, database, vendor, parent):
    """Neither itself nor a company that is gone."""
    parent = str(vendor) if parent == "self" else parent

    analyst.send(f"/vendors/{vendor}/parent", 422, parent=parent, kinship="brand")

    assert get(database, vendor).parent_id is None


# domains, contacts, engagements


def test_a_domain_is_added_classed_removed_and_returned(analyst, database, queue, other):
    """The first one is scanned at once; the removal can be taken back with its class."""
    analyst.send(f"/vendors/{other}/domains", domain="Pay.Other.example", host_class="main")
    domain = one(database, Domain, other)
    assert len(queue) == 1

    analyst.send(f"/vendors/{other}/domains/{domain.id}", host_class="payment")
    analyst.send(f"/vendors/{other}/domains/{domain.id}/remove")
    page = analyst.see(f"/vendors/{other}/domains")
    undo = re.search(r'action="(/vendors/[^"]+/domains/return[^"]*)"', page)[1]
    analyst.send(undo)

    back = one(database, Domain, other)
    assert (back.host, back.host_class) == ("pay.other.example", HostClass.PAYMENT)


def test_a_host_that_takes_cards_is_offered_as_payment(
    analyst, database, vendor, client, sign_in, queue
):
    """One button does it, the form takes it back, and who only reads is offered nothing."""
    page = f"/vendors/{vendor}/domains"
    till = "https://northwind.example/till?<b>"
    with database.transaction() as session:
        row = session.get_one(Vendor, vendor)
        scan = scans.request_scan(session, row, now=NOON, by=None, enqueue=queue)
        scans.begin(session, scan.id, now=NOON)
        look = Observations("northwind.example", NOON)
        told = [Fact("web.pages", "Pages", (f"{till}: asks for a card",))]
        scans.record(session, scan.id, look.domain, look, now=NOON, judged=(), noted=told)
        results.finish(session, scan.id, now=NOON)

    assert f"Its page {till} takes cards; class it as payment?" in analyst.see(page)
    assert f"Its page {till} takes cards; class it as payment?" in analyst.see(f"/scans/{scan.id}")
    assert "<b> takes cards" not in client.get(page).text
    offered = html.unescape(client.get(page).text).partition("takes cards")[2]
    target = re.search(r'action="([^"]+)"', offered)[1]
    analyst.send(target, host_class=re.search(r'name="host_class" value="(\w+)"', offered)[1])

    assert one(database, Domain, vendor).host_class == HostClass.PAYMENT
    assert "takes cards; class it" not in analyst.see(page)
    analyst.send(target, host_class="main")
    assert one(database, Domain, vendor).host_class == HostClass.MAIN
    sign_in(client, "auditor")
    assert "takes cards" not in client.get(page).text
    assert "takes cards" not in client.get(f"/scans/{scan.id}").text


@pytest.mark.parametrize(
    "text", ["", "https://a.example/x", "127.0.0.1", "a@b.example", "x" * 300, "northwind.example"]
)
def test_a_host_that_cannot_be_is_told_at_its_field(analyst, vendor, text):
    """The sentence says how to mend it."""
    page = analyst.send(f"/vendors/{vendor}/domains", 422, domain=text, host_class="main").text

    assert 'id="domain-error"' in page


@pytest.mark.parametrize("host", ["northwind.example", "shop.northwind.example"])
def test_a_domain_that_another_vendor_has_is_told(analyst, vendor, other, host):
    """The same host or another one of the same name; it stays allowed."""
    analyst.send(f"/vendors/{other}/domains", domain=host, host_class="main")

    page = analyst.see(f"/vendors/{other}/domains")
    assert "has this domain too: one of them may be wrong" in page
    assert f'<a href="/vendors/{vendor}"><bdi>' in page


def test_a_domain_of_its_own_is_no_matter(analyst, vendor):
    """Two hosts of one vendor share their domain."""
    analyst.send(f"/vendors/{vendor}/domains", domain="shop.northwind.example", host_class="main")

    assert "has this domain too" not in analyst.see(f"/vendors/{vendor}/domains")


PAGES = ["https://northwind.example/checkout", "https://pay.northwind.example/in"]
TYPED = "/checkout\n\n  https://pay.northwind.example/in \n/checkout"


def test_check_out_pages_are_declared_shown_and_told(analyst, database, vendor):
    """On the row of the host, in its form and in the history."""
    domain = one(database, Domain, vendor)
    path = f"/vendors/{vendor}/domains/{domain.id}/pages"

    analyst.send(path, checkout_pages=TYPED)

    assert one(database, Domain, vendor).checkout_pages == PAGES
    listed = analyst.see(f"/vendors/{vendor}/domains")
    assert ">/checkout</bdi>" in listed
    assert ">https://pay.northwind.example/in</bdi>" in listed
    assert "/checkout\nhttps://pay.northwind.example/in</textarea>" in analyst.see(path)
    history = analyst.see(f"/vendors/{vendor}/history")
    assert "Check-out and log-in pages changed: <bdi>northwind.example</bdi>" in history
    assert ", ".join(PAGES) in history


def test_the_same_pages_once_more_are_no_act(analyst, vendor, database):
    """Nothing changed, so nothing is told."""
    path = f"/vendors/{vendor}/domains/{one(database, Domain, vendor).id}/pages"
    analyst.send(path, checkout_pages=TYPED)
    analyst.send(path, checkout_pages="/checkout\n/in\nhttps://pay.northwind.example/in")

    analyst.send(path, checkout_pages="/checkout\r\n/in\r\nhttps://pay.northwind.example/in")

    history = analyst.see(f"/vendors/{vendor}/history")
    assert history.count("Check-out and log-in pages changed") == 2


def test_no_page_is_declared_any_more(analyst, vendor, database):
    """An empty field takes them away."""
    path = f"/vendors/{vendor}/domains/{one(database, Domain, vendor).id}/pages"
    analyst.send(path, checkout_pages=TYPED)

    analyst.send(path, checkout_pages=" \n")

    assert one(database, Domain, vendor).checkout_pages == []
    page = analyst.see(f"/vendors/{vendor}/domains")
    assert "Saved. Scans go by the links of the front page." in page


def test_the_form_of_the_pages_says_what_it_takes(analyst, vendor, database):
    """Whose pages, and how many."""
    page = analyst.see(f"/vendors/{vendor}/domains/{one(database, Domain, vendor).id}/pages")

    assert "Where customers pay or log in on northwind.example." in page
    assert "At most five pages, and at most four of them on one host." in page


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("http://northwind.example/checkout", "is not encrypted"),
        ("javascript:alert(1)", "is no page"),
        ("javascript://northwind.example/%0aalert(1)", "is no address of a page"),
        ("https://other.example/checkout", "lies outside of northwind.example"),
        ("https://northwind.example@other.example/", "stands before @"),
        ("https://nörthwind.example/", "lies outside of northwind.example"),
        ("/" + "x" * 3000, "at most 2000"),
        ("/" + "x\n/" * 9000, "12000 characters or fewer"),
        ("/a\0b", "a sign that no address has"),
        ("/<script>alert(1)</script>", "a sign that no address has"),
        ("/1\n/2\n/3\n/4\n/5\n/6", "These are 7 pages"),
        ("/1\n/2\n/3\n/4", "at most 4 pages beside its front page"),
    ],
)
def test_a_page_that_cannot_be_declared_is_told_at_its_field(
    analyst, database, vendor, line, words
):
    """What was typed stays in the form, harmless, and nothing is kept."""
    domain = one(database, Domain, vendor)
    typed = f"/checkout\n{line}"

    for path in (
        f"/vendors/{vendor}/domains/{domain.id}/pages",
        f"/vendors/{vendor}/domains",
    ):
        page = analyst.send(
            path, 422, checkout_pages=typed, domain="more.northwind.example", host_class="main"
        ).text
        assert 'id="checkout_pages-error"' in page
        assert words in page
        assert typed.replace("\0", "\ufffd") in html.unescape(page.replace("\0", "\ufffd"))
        assert "<script>alert" not in page

    assert one(database, Domain, vendor).checkout_pages == []


def test_a_domain_is_added_with_its_pages_and_returned_with_them(analyst, database, other):
    """In the name's own letters; what was removed comes back as it was."""
    analyst.send(
        f"/vendors/{other}/domains",
        domain="bücher.example",
        host_class="main",
        checkout_pages="/kasse\nhttps://zahlen.bücher.example/größe",
    )
    domain = one(database, Domain, other)
    pages = [
        "https://xn--bcher-kva.example/kasse",
        "https://zahlen.xn--bcher-kva.example/gr%C3%B6%C3%9Fe",
    ]
    assert domain.checkout_pages == pages

    analyst.send(f"/vendors/{other}/domains/{domain.id}/remove")
    page = analyst.see(f"/vendors/{other}/domains")
    analyst.send(
        html.unescape(re.search(r'action="(/vendors/[^"]+/domains/return[^"]*)"', page)[1])
    )

    assert one(database, Domain, other).checkout_pages == pages


@pytest.mark.parametrize("act", ["0", "-1", "x", str(2**70), "1"])
def test_a_return_that_no_log_knows_brings_no_pages(analyst, database, other, act):
    """The host comes back alone."""
    path = f"/vendors/{other}/domains/return?domain=back.example&host_class=main&act={act}"

    analyst.send(path)

    assert one(database, Domain, other).checkout_pages == []


def test_pages_of_a_domain_of_another_vendor_are_404(analyst, database, vendor, other):
    """One vendor's form does not reach into another."""
    domain = one(database, Domain, vendor)

    analyst.see(f"/vendors/{other}/domains/{domain.id}/pages", 404)
    analyst.send(f"/vendors/{other}/domains/{domain.id}/pages", 404, checkout_pages="/x")


@pytest.mark.parametrize("role", ["requester", "approver", "auditor"])
def test_pages_are_declared_by_those_who_change(client, sign_in, csrf, database, vendor, role):
    """Others see them and no way to change them."""
    domain = one(database, Domain, vendor)
    path = f"/vendors/{vendor}/domains/{domain.id}/pages"
    sign_in(client, role)

    statuses = (
        client.get(path).status_code,
        client.post(path, data={"csrf_token": csrf(client)}).status_code,
    )

    assert statuses == (403, 403)
    assert path not in client.get(f"/vendors/{vendor}/domains").text


def test_a_contact_is_changed_removed_and_returned(analyst, database, vendor):
    """What the sealed log remembers comes back whole."""
    contact = one(database, Contact, vendor)
    analyst.edit(
        f"/vendors/{vendor}/contacts/{contact.id}",
        name="Jana Weiss",
        email="weiss@n.example",
        phone="+49 30 1234",
        roles=["privacy"],
    )
    analyst.send(f"/vendors/{vendor}/contacts/{contact.id}/remove")
    page = analyst.see(f"/vendors/{vendor}/contacts")
    assert "Jana Weiss is removed." in page
    analyst.send(re.search(r'action="(/vendors/[^"]+/contacts/return/\d+)"', page)[1])

    back = one(database, Contact, vendor)
    assert (back.name, back.email, back.phone, back.roles) == (
        "Jana Weiss",
        "weiss@n.example",
        "+49 30 1234",
        ["privacy"],
    )


def test_a_removal_of_another_vendor_cannot_be_returned_here(analyst, database, vendor, other):
    """The log of one vendor does not leak into another."""
    contact = one(database, Contact, vendor)
    analyst.send(f"/vendors/{vendor}/contacts/{contact.id}/remove")
    page = analyst.see(f"/vendors/{vendor}/contacts")
    act = re.search(r"/contacts/return/(\d+)", page)[1]

    analyst.send(f"/vendors/{other}/contacts/return/{act}", 404)


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"name": ""}, "name"), ({"email": "jana"}, "email"), ({"phone": "ring me"}, "phone")],
)
def test_a_contact_that_cannot_be_is_told_at_its_field(analyst, vendor, typed, field):
    """Each sentence stands where the mistake is."""
    answer = analyst.send(f"/vendors/{vendor}/contacts/new", 422, **{"name": "Jo", **typed})

    assert f'id="{field}-error"' in answer.text


def test_an_engagement_form_sent_back_untouched_changes_nothing(analyst, database, vendor):
    """What the form shows is what is stored, the amount to the cent."""
    before = one(database, Engagement, vendor)
    page = analyst.client.get(f"/vendors/{vendor}/engagements/{before.id}").text
    typed = {"revision": "1", "name": "Payroll", "owner_id": ""}
    typed["spend"] = re.search(r'id="spend"[^>]*value="([^"]*)"', page)[1]
    typed["currency"] = re.search(r'<option selected value="(EUR)"', page)[1]
    for key in PAYROLL:
        typed[key] = re.search(rf'checked[^>]*name="{key}"[^>]*value="(\d)"', page)[1]

    analyst.send(f"/vendors/{vendor}/engagements/{before.id}", **typed)

    after = one(database, Engagement, vendor)
    assert after.model_dump() == before.model_dump()


def test_an_engagement_gives_its_tier(analyst, database, other):
    """Five answers, and the notice says what came of them."""
    analyst.send(
        f"/vendors/{other}/engagements/new",
        name="Payroll",
        owner_id="",
        spend="420,000.50",
        currency="EUR",
        floors=["card-data"],
        **{key: str(level) for key, level in PAYROLL.items()},
    )

    assert "Saved: inherent risk 66 of 100, tier 1." in analyst.see(f"/vendors/{other}/engagements")
    row = one(database, Engagement, other)
    assert (row.spend_minor, row.currency, row.floors) == (42_000_050, "EUR", ["card-data"])
    assert get(database, other).tier == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"spend": "much", "currency": "EUR"}, "spend"),
        ({"spend": "5"}, "spend"),
    ],
)
def test_an_engagement_that_cannot_be_is_told_at_its_field(analyst, other, typed, field):
    """Nothing is guessed."""
    answer = analyst.send(
        f"/vendors/{other}/engagements/new", 422, **{"name": "A", "owner_id": "", **typed}
    )

    assert f'id="{field}-error"' in answer.text


def test_two_who_edit_an_engagement_see_both_texts(analyst, database, vendor):
    """409, and the words of both."""
    row = one(database, Engagement, vendor)
    path = f"/vendors/{vendor}/engagements/{row.id}"
    analyst.send(path, name="Theirs", owner_id="", revision="1")

    page = html.unescape(analyst.send(path, 409, name="Mine", owner_id="", revision="1").text)

    assert "Theirs" in page
    assert 'value="Mine"' in page
    assert one(database, Engagement, vendor).name == "Theirs"


def test_another_tier_needs_a_reason_and_shows_it(analyst, database, vendor):
    """The reason stands beside the tier wherever the tier is shown."""
    row = one(database, Engagement, vendor)
    path = f"/vendors/{vendor}/engagements/{row.id}/tier"
    analyst.edit(path, 422, tier="1", reason=" ")

    analyst.edit(path, tier="1", reason="They hold our keys")

    page = analyst.see(f"/vendors/{vendor}/engagements")
    assert "Tier 1 is set by hand." in page
    assert "They hold our keys" in page
    assert "set by hand" in analyst.see(f"/vendors/{vendor}")


def test_an_ended_engagement_can_be_taken_up_again(analyst, database, vendor):
    """The tier goes and comes back."""
    row = one(database, Engagement, vendor)
    analyst.send(f"/vendors/{vendor}/engagements/{row.id}/end")
    assert get(database, vendor).tier is None

    analyst.send(f"/vendors/{vendor}/engagements/{row.id}/resume")

    assert get(database, vendor).tier == 2


# the profile


def test_a_vendor_without_anything_is_not_rated_and_says_what_to_do(analyst, other):
    """Never 0 or F; the next steps stand there as buttons."""
    page = analyst.see(f"/vendors/{other}")

    assert page.count("Not rated yet") >= 2
    assert "Grade" not in page
    for words in ("Add a domain", "Say what is bought", "Name an owner"):
        assert words in page


def test_the_profile_shows_why_the_inherent_risk_is_what_it_is(analyst, vendor):
    """The engagement and the factors that stand out."""
    page = analyst.see(f"/vendors/{vendor}")

    assert "66 / 100" in page
    assert "credentials, bank data or detailed profiles" in page


def test_facts_of_a_quick_triage_ask_for_better_ones(analyst, database, other):
    """Three answers taken at their worst are a beginning."""
    with database.transaction() as session:
        terms = Terms("Print", levels=dict.fromkeys(PAYROLL, 1))
        vendor = session.get_one(Vendor, other)
        engagements.add_engagement(session, vendor, terms, source=FactsSource.TRIAGE, **BY)

    assert "Go beyond the quick triage: Print" in analyst.see(f"/vendors/{other}")


def test_a_waiting_scan_shows_its_progress(analyst, database, vendor):
    """The page asks again every two seconds, and has a link for those without JavaScript."""
    analyst.send("/vendors/bulk", act="scan", chosen=str(vendor), back="/vendors")
    with database.reading() as session:
        scan = session.exec(select(Scan)).one()

    page = analyst.see(f"/vendors/{vendor}")

    assert f'hx-get="/scans/{scan.id}/progress"' in page
    assert 'hx-trigger="every 2s"' in page
    assert "<noscript>" in page


def test_history_tells_what_was_and_what_is(analyst, database, vendor):
    """Who changed which fact, in words."""
    analyst.edit(f"/vendors/{vendor}/edit", name="Northwind", state="assessing")

    page = analyst.see(f"/vendors/{vendor}/history")

    assert "Details changed" in page
    assert analyst.user.name in page
    assert "<bdi>Prospect</bdi></del>" in page
    assert "Engagement added: <bdi>Payroll</bdi>" in page


# merges


def test_what_moves_is_shown_before_it_moves(analyst, database, vendor, other):
    """The preview counts, and the merge does just that."""
    page = analyst.see(f"/vendors/{other}/join/{vendor}")
    assert "Contacts: 1, domains: 1, engagements: 1, tags: 1." in page

    answer = analyst.send(f"/vendors/{other}/join/{vendor}")

    assert answer.location == f"/vendors/{other}"
    assert one(database, Contact, other).name == "Jana Ortiz"
    assert get(database, other).supplier_number == "4711"


def test_a_merge_is_undone_from_its_notice(analyst, database, vendor, other):
    """Two vendors again, each with its own."""
    answer = analyst.send(f"/vendors/{other}/join/{vendor}")
    undo = re.search(r'action="(/vendors/merges/[^"]+/undo)"', analyst.see(answer.location))[1]

    analyst.send(undo)

    assert one(database, Contact, vendor).name == "Jana Ortiz"
    assert get(database, vendor).supplier_number == "4711"
    assert get(database, other).supplier_number is None


def test_a_merge_that_cannot_be_says_why(analyst, vendor):
    """With itself, for one."""
    assert "That is the vendor itself" in analyst.see(f"/vendors/{vendor}/join/{vendor}", 409)


def test_duplicates_are_listed_with_the_reason(analyst, vendor, other):
    """And lead to what joining would move."""
    page = analyst.see("/vendors/duplicates")

    assert "name 96 % alike" in page
    assert re.search(rf"/vendors/({vendor}|{other})/join/({vendor}|{other})", page)


# imports


def upload(browser: Browser, text: str, name: str = "list.csv") -> str:
    answer = browser.send("/vendors/import", file=(io.BytesIO(text.encode()), name))
    return answer.location.removesuffix("/columns")


FILE = "Name;Number;Web\nAcme;1;acme.example\n;2;\nNorthwind Payroll;3;\nOld;4711;\n"
COLUMNS = {"column-0": "name", "column-1": "supplier_number", "column-2": "domains"}


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ("", "changes engagement <bdi>Payroll</bdi>, EUR\N{NO-BREAK SPACE}100</div>"),
        ("Print", "adds engagement <bdi>Print</bdi>, EUR\N{NO-BREAK SPACE}100</div>"),
    ],
)
def test_the_dry_run_names_the_engagement(analyst, vendor, service, words):
    """What an amount is added to, or what is made for it."""
    path = upload(
        analyst, f"Name;Number;Service;Spend;Currency\nNorthwind;4711;{service};100;EUR\n"
    )
    keys = ("name", "supplier_number", "engagement", "spend", "currency")
    analyst.send(f"{path}/columns", **{f"column-{at}": key for at, key in enumerate(keys)})

    assert words in analyst.see(f"{path}?show=update")


def test_a_file_goes_all_the_way(analyst, database, vendor):
    """Upload, columns, dry run, import: the good lines are in, in use and not triaged."""
    path = upload(analyst, FILE)
    columns = analyst.see(f"{path}/columns")
    assert '<option value="name" selected>' in columns
    assert analyst.send(f"{path}/columns", **COLUMNS).location == path
    trial = analyst.see(path)
    assert "1 new vendor, 1 update, 1 left out, 1 wrong." in trial
    assert "Name: Give the vendor's name." in trial

    run = analyst.send(path, 200, known="update", alike="skip").text

    assert "2 of 2 lines" in run
    assert "Done." in run
    with database.reading() as session:
        acme = session.exec(select(Vendor).where(Vendor.supplier_number == "1")).one()
    assert (acme.in_use, acme.triaged_at) == (True, None)
    assert get(database, vendor).name == "Old"
    assert "in use, waiting for triage" in analyst.see(path)


def test_the_choice_about_known_vendors_holds(analyst, database, vendor):
    """Left alone means left alone, and entered as new means entered."""
    path = upload(analyst, FILE)
    analyst.send(f"{path}/columns", **COLUMNS)
    assert "2 new vendors, 0 updates, 1 left out" in analyst.see(f"{path}?known=skip&alike=new")

    analyst.send(path, 200, known="skip", alike="new")

    assert get(database, vendor).name == "Northwind Payroll GmbH"
    with database.reading() as session:
        assert len(session.exec(select(Vendor)).all()) == 3


def test_a_second_click_imports_nothing_twice(analyst, database):
    """The page says what came of the first."""
    path = upload(analyst, "Name\nAcme\n")
    analyst.send(f"{path}/columns", **{"column-0": "name"})
    analyst.send(path, 200, known="update", alike="new")

    assert analyst.send(path, known="update", alike="new").location == path

    with database.reading() as session:
        assert len(session.exec(select(Vendor)).all()) == 1


def test_who_leaves_in_the_middle_imports_nothing(analyst, database):
    """All lines go in, or none: a page that is not read to its end commits nothing."""
    path = upload(analyst, "Name\n" + "".join(f"Vendor {n * 7919}\n" for n in range(1200)))
    analyst.send(f"{path}/columns", **{"column-0": "name"})
    token = analyst.csrf(analyst.client)
    typed = {"csrf_token": token, "known": "update", "alike": "new"}
    answer = analyst.client.post(path, data=typed)
    begun = next(piece for piece in answer.iter_encoded() if b"500 of 1,200" in piece)

    answer.close()

    assert begun
    with database.reading() as session:
        assert session.exec(select(Vendor)).first() is None
    assert "Nothing is written yet." in analyst.see(path)


def test_vendors_of_a_file_are_scanned_by_one_click(analyst, queue):
    """Those with a domain, and once."""
    path = upload(analyst, "Name;Web\nAcme;acme.example\nBeta;\nKestrel;kestrel.example\n")
    analyst.send(f"{path}/columns", **{"column-0": "name", "column-1": "domains"})
    analyst.send(path, 200, known="update", alike="new")
    assert "2 of the new vendors have a domain" in analyst.see(path)

    analyst.send(f"{path}/scan")

    page = analyst.see(path)
    assert "Scans of 2 vendors are under way." in page
    assert "of the new vendors" not in page
    assert sum(len(subjects) for _, subjects in queue) == 2


def test_nobody_waits_while_an_import_is_found_out(analyst, database, monkeypatch):
    """Another person writes while the lines are compared with the inventory."""
    path = upload(analyst, "Name\nAcme\n")
    analyst.send(f"{path}/columns", **{"column-0": "name"})
    compare = imports.try_out

    def and_write(*given):
        with database.transaction() as session:
            vendors.create_vendor(session, name="Acme", **BY)
        monkeypatch.setattr(imports, "try_out", compare)
        return compare(*given)

    monkeypatch.setattr(imports, "try_out", and_write)

    assert "Done." in analyst.send(path, 200, known="update", alike="skip").text
    with database.reading() as session:
        assert len(session.exec(select(Vendor)).all()) == 1


def test_wrong_lines_come_back_with_the_reason(analyst):
    """As a file that can be mended and sent again."""
    path = upload(analyst, FILE)
    analyst.send(f"{path}/columns", **COLUMNS)

    text = analyst.client.get(f"{path}/failed.csv").data.decode("utf-8-sig")

    analyst.send(path, 200, known="update", alike="skip")
    assert analyst.client.get(f"{path}/failed.csv").data.decode("utf-8-sig") == text
    assert list(csv.reader(io.StringIO(text), delimiter=";"))[1] == [
        "",
        "2",
        "",
        "3",
        "Name: Give the vendor's name.",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04", "This is a workbook"),
        (b"Name\n", "no line below it"),
    ],
)
def test_a_file_that_is_none_is_told_at_its_field(analyst, database, content, words):
    """And is not kept."""
    answer = analyst.send("/vendors/import", 422, file=(io.BytesIO(content), "x.csv"))

    assert words in html.unescape(answer.text)
    with database.reading() as session:
        assert session.exec(select(VendorImport)).first() is None


def test_no_file_at_all_is_told(analyst):
    """The button alone is not enough."""
    assert "Choose a file." in analyst.send("/vendors/import", 422).text


def test_columns_without_a_name_are_refused(analyst):
    """The one thing that must be there."""
    path = upload(analyst, FILE)

    answer = analyst.send(f"{path}/columns", 422, **{"column-1": "supplier_number"})

    assert "Say which column has the vendor's name." in html.unescape(answer.text)


def test_windows_text_is_told(analyst):
    """Accents may be wrong, so the page says how it was read."""
    answer = analyst.send(
        "/vendors/import", file=(io.BytesIO("Name\nMüller\n".encode("cp1252")), "x.csv")
    )

    page = analyst.see(answer.location)
    assert "It was read as Windows text (cp1252)." in page
    assert "Müller" in page


def test_the_example_file_can_be_imported_as_it_is(analyst):
    """What is offered as an example works."""
    example = analyst.client.get("/vendors/import/example.csv").data
    answer = analyst.send("/vendors/import", file=(io.BytesIO(example), "example.csv"))
    path = answer.location.removesuffix("/columns")

    trial = analyst.see(path)

    assert "1 new vendor, 0 updates, 0 left out, 0 wrong." in trial


# search


@pytest.mark.parametrize(
    "text", ["payroll", "northwind.example", "Ortiz", "jana@n.example", "4711"]
)
def test_search_finds_from_every_side(analyst, vendor, text):
    """A name, a host, a person, an address and a number lead to the vendor."""
    assert f"/vendors/{vendor}" in analyst.see(f"/search?q={text}")


def test_a_search_that_finds_nothing_says_what_can_be_found(analyst, vendor):
    """And a search for nothing shows no vendor."""
    assert "Nothing is called so." in analyst.see("/search?q=zzz")
    assert str(vendor) not in analyst.see("/search?q=")


def test_a_search_for_markup_is_shown_as_text(analyst):
    """What was typed comes back harmless."""
    answer = analyst.client.get("/search?q=<script>alert(1)</script>")

    assert "<script>alert" not in answer.text


def test_an_owner_who_left_is_no_choice(analyst, database, vendor):
    """Somebody without an account cannot be made owner."""
    with database.transaction() as session:
        gone = make_user(session, "analyst", email="gone@example.com")
        gone.active = False
        gone_id = gone.id

    answer = analyst.send(
        f"/vendors/{vendor}/edit", 422, name="A", state="prospect", revision="1", owner_id=gone_id
    )

    assert 'id="owner_id-error"' in answer.text


# what only a program types


HUGE = "9" * 20


@pytest.mark.parametrize("path", ["/scans", "/reports", "/intake", "/triage", "/vendors"])
def test_a_page_number_that_no_list_has_is_the_first_page(analyst, vendor, path):
    """Neither the database nor the page stumbles over it."""
    analyst.see(f"{path}?page={HUGE}")


def test_a_page_number_that_no_history_has_is_the_first_page(analyst, vendor):
    """As in the lists."""
    assert "Undo" not in analyst.see(f"/vendors/{vendor}/history?page={HUGE}&x=²")


@pytest.mark.parametrize("wanted", [f"0-005{HUGE}", f"{HUGE}-100", "0-²", "70-40"])
def test_a_range_of_posture_that_cannot_be_is_told(analyst, vendor, wanted):
    """Every digit of it counts."""
    assert f"posture = “{wanted[:40]}”" in analyst.see(f"/vendors?posture={wanted}")


def test_undo_of_an_act_that_no_log_has_is_not_found(analyst, vendor):
    """A number that no database counts to."""
    analyst.send(f"/vendors/{vendor}/contacts/return/{HUGE}", 404)


def test_lines_that_failed_ask_for_the_columns_first(analyst):
    """As long as nobody said which column is the name."""
    path = upload(analyst, "Zork;Where\nNorth;x\n")
    analyst.send(f"{path}/columns", 422)

    assert analyst.client.get(f"{path}/failed.csv").location == f"{path}/columns"


def test_the_first_domain_of_an_archived_vendor_promises_no_scan(analyst, queue, database, other):
    """None is queued, so none is under way."""
    analyst.send(f"/vendors/{other}/archive")
    analyst.send(f"/vendors/{other}/domains", domain="other.example", host_class="main")

    page = analyst.see(f"/vendors/{other}/domains")
    assert "other.example is added." in page
    assert "A scan is under way." not in page


def test_two_clicks_on_undo_return_one_contact(analyst, database, vendor):
    """The second finds the contact back."""
    contact = one(database, Contact, vendor)
    analyst.send(f"/vendors/{vendor}/contacts/{contact.id}/remove")
    undo = re.search(r'action="(/vendors/[^"]+/contacts/return/[0-9]+)"', analyst.see("/vendors"))[
        1
    ]
    for _ in range(2):
        analyst.send(undo)

    assert one(database, Contact, vendor).id == contact.id
