"""The inventory in a real browser: sound at every width and in both themes, full and empty."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import insert
from sqlmodel import select

from tests.browser.harness import audit, follow
from tests.factories import NOON
from vendor_risk.store.models.vendors import Vendor, VendorImport
from vendor_risk.workflow import contacts, domains, engagements, vendors
from vendor_risk.workflow.engagements import Terms
from vendor_risk.workflow.names import name_key

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]

BY = {"now": NOON, "actor": "test"}
WORST = {"data_sensitivity": 4, "data_volume": 4, "access": 4, "criticality": 4, "payment": 4}
LONGEST = "Grenzüberschreitende Paketzustellungsgesellschaft " * 4
ARABIC = "شركة النيل للدفع والتسوية الإلكترونية"
PARTS = ("", "/engagements", "/checks", "/domains", "/contacts", "/history")
FORMS = ("/edit", "/parent", "/join", "/contacts/new", "/engagements/new")
ONE_BUTTON = """() => document.querySelectorAll('.page-actions .btn-line').forEach(
  (button) => (button.closest('form') ?? button).remove())"""
LIST = """Vendor;Number;Website
Acme;S-1;acme.example
Acme;S-2;acme.example
;S-3;
Bolt;S-4;192.0.2.1
"""


def full_vendor(session, name: str, start: str) -> Vendor:
    """A vendor with several of everything, each as long as may be."""
    row = vendors.create_vendor(
        session, name=name[:200], supplier_number=f"{start}-4711", tags=["hr", "x" * 40], **BY
    )
    for place in range(3):
        pages = f"/checkout\n/{'long-' * 60}\nhttps://pay.{start}.example/?basket={'x' * 200}"
        host = f"{'long-label-' * 5}{place}.{start}.example"
        domains.add_domain(session, row, host, pages=pages if place else "", **BY)
        contacts.add_contact(
            session, row, name=f"{name[:90]} {place}", email=f"a{place}@{start}.example", **BY
        )
    engagements.add_engagement(
        session,
        row,
        Terms(
            f"Payment {name}"[:200],
            purpose="Takes cards on the check-out page.\n" * 5,
            legal_entity="Contoso Shop GmbH",
            spend_minor=42_000_050,
            currency="EUR",
            levels=WORST,
            floors=frozenset({"card-data", "payment-page-script"}),
        ),
        **BY,
    )
    engagements.add_engagement(session, row, Terms("Posters"), **BY)
    vendors.archive(session, row, **BY)
    vendors.restore(session, row, **BY)
    return row


@pytest.fixture
def vendor(database):
    """The id of a vendor that fills its pages."""
    with database.transaction() as session:
        return full_vendor(session, LONGEST, "grenz").id


def test_an_empty_inventory_is_sound(enter, context, address):
    """List and search before the first vendor."""
    enter("analyst")

    assert audit(context, f"{address}/vendors") == []
    assert audit(context, f"{address}/search?q=acme") == []


def test_a_long_list_is_sound(database, enter, context, address, vendor):
    """1,000 vendors beside a long and an Arabic one, the largest page, filtered, acting on many."""
    with database.transaction() as session:
        full_vendor(session, ARABIC, "nile")
        blank = Vendor(name="", name_key="").model_dump(exclude={"id"})
        names = [f"Vendor {number:04}" for number in range(1000)]
        session.execute(
            insert(Vendor), [blank | {"name": n, "name_key": name_key(n)} for n in names]
        )
    enter("analyst")

    assert audit(context, f"{address}/vendors?per=100") == []
    assert audit(context, f"{address}/vendors?tier=1,none&q=e&state=prospect&grade=none") == []
    assert audit(context, f"{address}/search?q=payment") == []


@pytest.mark.parametrize("part", [*PARTS, *FORMS])
def test_the_pages_of_a_full_vendor_are_sound(enter, context, address, vendor, part):
    """Names of 200 characters, hosts of 60, four engagements."""
    enter("analyst")

    assert audit(context, f"{address}/vendors/{vendor}{part}") == []


@pytest.mark.parametrize("part", PARTS)
def test_the_pages_of_an_empty_vendor_are_sound(database, enter, context, address, part):
    """A name from right to left, and nothing else; for somebody who may only read."""
    with database.transaction() as session:
        bare = vendors.create_vendor(session, name=ARABIC, **BY).id
    enter("auditor")

    assert audit(context, f"{address}/vendors/{bare}{part}") == []


def test_a_form_with_errors_is_sound_and_leads_to_them(enter, context, address, vendor):
    """The summary above takes the focus, and its links lead to the fields."""
    enter("analyst")
    page = context.new_page()
    page.goto(f"{address}/vendors/new")
    page.get_by_role("textbox", name="Name", exact=True).fill("")
    page.get_by_role("button", name="Add vendor").click()

    expect(page).to_have_title(re.compile(r"^Error"))
    assert audit(page, "", themes=("light",)) == []


def test_the_check_out_pages_of_a_domain_are_changed_by_hand(enter, context, address, vendor):
    """A wrong line comes back with its error and what was typed; the right one is on the row."""
    enter("analyst")
    page = context.new_page()
    page.goto(f"{address}/vendors/{vendor}/domains")
    follow(page, page.get_by_role("link", name="check-out and log-in pages of").first)
    assert audit(page, page.url) == []
    field = page.get_by_role("textbox", name="Check-out and log-in pages")

    field.fill("/till\nhttp://grenz.example/till")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_title(re.compile(r"^Error"))
    expect(field).to_have_value("/till\nhttp://grenz.example/till")
    assert audit(page, "", themes=("light",)) == []

    field.fill("/till")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/domains")
    expect(page.get_by_role("table")).to_contain_text("/till")


def test_a_file_goes_through_every_step(database, enter, context, address, tmp_path):
    """Upload, columns, dry run and result, each sound."""
    (tmp_path / "list.csv").write_text(LIST)
    enter("analyst")
    page = context.new_page()
    page.goto(f"{address}/vendors/import")
    assert audit(page, "", themes=("light",)) == []

    page.locator("input[type=file]").set_input_files(tmp_path / "list.csv")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/columns")
    assert audit(page, page.url) == []

    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/import/[0-9a-f-]+$"))
    assert audit(page, page.url) == []
    assert audit(page, f"{page.url}?show=skip", themes=("light",)) == []

    with database.reading() as session:
        row = session.exec(select(VendorImport)).one()
    page.goto(f"{address}/vendors/import/{row.id}")
    page.locator(f"form[action$='/import/{row.id}'] button[type=submit]").last.click()
    expect(page.get_by_role("main")).to_contain_text(re.compile("import", re.IGNORECASE))
    assert audit(page, f"{address}/vendors/import/{row.id}") == []
    with database.reading() as session:
        assert [one.name for one in session.exec(select(Vendor))] == ["Acme"]


def test_two_alike_are_joined_on_sound_pages(database, enter, context, address, vendor):
    """The list of likenesses, what moves, and the profile with its way back."""
    with database.transaction() as session:
        twin = vendors.create_vendor(session, name=LONGEST[:199], **BY).id
        domains.add_domain(session, session.get_one(Vendor, twin), "www.grenz.example", **BY)
    enter("analyst")

    assert audit(context, f"{address}/vendors/duplicates") == []
    assert audit(context, f"{address}/vendors/{vendor}/join") == []
    assert audit(context, f"{address}/vendors/{vendor}/join/{twin}") == []
    page = context.new_page()
    page.goto(f"{address}/vendors/{vendor}/join/{twin}")
    page.locator(f"form[action$='/join/{twin}'] button[type=submit]").click()
    page.wait_for_url(f"**/vendors/{vendor}*")
    assert audit(page, "", themes=("light",)) == []


def test_vendors_are_found_from_the_keyboard(database, enter, context, address, vendor):
    """Control and K goes to the search from every page; Enter leads to what was found."""
    enter("requester")
    page = context.new_page()
    page.goto(f"{address}/vendors")
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("grenz-4711")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=grenz-4711")

    expect(page.get_by_role("main")).to_contain_text("Paketzustellungsgesellschaft")


def test_the_menu_of_a_phone_stands_beside_the_one_button(enter, context, address, vendor):
    """Where nothing else shares their line; alone on one it looks forgotten."""
    enter("analyst")
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{address}/vendors/{vendor}")
    page.evaluate(ONE_BUTTON)  # as after a decision
    only = page.locator(".page-actions .btn-primary").bounding_box()
    menu = page.get_by_role("button", name="More actions").bounding_box()
    assert menu["y"] == only["y"]
    assert menu["x"] > only["x"] + only["width"]
