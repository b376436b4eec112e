"""Intake and triage in a real browser: sound at every width, by keyboard, without JavaScript."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.harness import audit
from tests.factories import NOON
from tests.web.intake_test import LONG_WAY, VENDOR, Requester
from vendor_risk.evidence import HostClass
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import vendors
from vendor_risk.workflow.domains import add_domain

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]

LONG_NAME = "Grenzüberschreitende Paketzustellungsgesellschaft " * 3
# Everything at the highest level, so that every follow-up page is there.
EVERY_PAGE = [
    ("vendor", {"name": LONG_NAME, "domain": "parcel.example"}),
    ("purchase", {"name": "Parcels", "purpose": "Ships what customers order\nand says when"}),
    ("quick", {"confirmed": ["payment"]}),
    ("sensitivity", {"level": "4"}),
    ("kinds", {"kinds": ["card-data", "special-category"]}),
    ("volume", {"level": "3"}),
    ("access", {"level": "4"}),
    ("script", {"script": "unsure"}),
    ("criticality", {"level": "4"}),
    ("payment", {"level": "4"}),
    ("part", {"part": ["card-data"]}),
    ("ownership", {"spend": "12,000", "currency": "EUR"}),
    ("people", {"contacts-0-name": "Jo", "contacts-0-email": "jo@parcel.example",
                "contacts-0-roles": ["security"], "domains-0-domain": "pay.parcel.example",
                "domains-0-host_class": "payment"}),
]  # fmt: skip
WRONG = {
    "vendor": {"name": "x" * 201, "domain": "https://parcel.example/"},
    "purchase": {},
    "quick": {"confirmed": ["data_sensitivity", "access", "criticality", "payment"]},
    "access": {},
    "kinds": {},
    "ownership": {"spend": "a lot"},
    "people": {"contacts-0-email": "jo", "domains-0-domain": "192.0.2.1"},
}


def give_cookie(client, context, address):
    cookie = client.get_cookie("session")
    context.add_cookies([{"name": "session", "value": cookie.value, "url": address}])


@pytest.fixture
def ann(client, enter) -> Requester:
    """A requester with a request not yet begun."""
    return Requester(client, enter("requester"))


@pytest.mark.parametrize("page", [page for page, _ in EVERY_PAGE])
def test_each_page_is_sound(ann, context, address, page):
    """As it is when one comes back to it."""
    upto = [one for one, _ in EVERY_PAGE].index(page) + 1
    ann.has(EVERY_PAGE[:upto])

    assert audit(context, f"{address}{ann.at}/{page}") == []


@pytest.mark.parametrize("page", WRONG)
def test_each_page_is_sound_with_errors(ann, context, address, page):
    """The summary has the focus, and everything fits."""
    upto = [one for one, _ in EVERY_PAGE].index(page)
    ann.has([*EVERY_PAGE[:upto], (page, WRONG[page])])
    shown = context.new_page()
    shown.goto(f"{address}{ann.at}/{page}")
    shown.get_by_role("button", name="Continue").click()

    expect(shown.locator(".error-summary")).to_be_focused()
    assert audit(shown, "") == []


def test_the_question_about_a_vendor_that_we_have_is_sound(ann, database, context, address):
    """With its reason, and a long name."""
    with database.transaction() as session:
        vendor = vendors.create_vendor(session, name=LONG_NAME, now=NOON, actor="test")
        add_domain(session, vendor, "parcel.example", HostClass.MAIN, now=NOON, actor="test")
    ann.walk([("vendor", VENDOR)])

    assert audit(context, f"{address}{ann.at}/match") == []


def test_check_and_result_are_sound(ann, context, address):
    """Open, answered, sent, and read again."""
    ann.has(EVERY_PAGE[:-1])
    assert audit(context, f"{address}{ann.at}") == []
    ann.type(*EVERY_PAGE[-1])
    assert audit(context, f"{address}{ann.at}") == []
    ann.send()
    assert audit(context, f"{address}{ann.at}/result") == []
    assert audit(context, f"{address}{ann.at}?answers=1") == []


def test_two_versions_side_by_side_are_sound(ann, context, address):
    """The 409 page, reached as people reach it: by two tabs."""
    ann.has(EVERY_PAGE[:1])
    early, late = context.new_page(), context.new_page()
    for tab, name in ((late, "Pallets"), (early, "Parcels")):
        tab.goto(f"{address}{ann.at}/purchase")
        tab.get_by_label("In a few words").fill(name)
    expect(late.locator("#kept")).to_contain_text("Saved")
    early.get_by_role("button", name="Continue").click()

    expect(early.get_by_role("heading", level=1)).to_have_text("Two versions of one page")
    assert audit(early, "") == []
    early.get_by_role("button", name="Use what I typed here").click()
    expect(early.get_by_label("In a few words")).to_have_value("Parcels")


def test_lists_are_sound(ann, context, address):
    """Empty, with a draft, with a filter that nothing meets, with an undo."""
    assert audit(context, f"{address}/intake") == []
    ann.has(EVERY_PAGE[:2])
    assert audit(context, f"{address}/intake") == []
    assert audit(context, f"{address}/intake?state=withdrawn") == []
    page = context.new_page()
    page.goto(f"{address}/intake")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert audit(page, "") == []


def test_typing_is_kept_without_a_button(ann, context, address):
    """The line beside the buttons says so, and after a reload it is there."""
    page = context.new_page()
    page.goto(f"{address}{ann.first}")
    page.get_by_label("Name of the vendor").press_sequentially("Parcel Ex")
    expect(page.locator("#kept")).to_contain_text("Saved")
    page.get_by_label("Name of the vendor").press_sequentially("press")
    page.wait_for_timeout(1500)  # longer than the pause after which the page saves
    page.reload()

    expect(page.get_by_label("Name of the vendor")).to_have_value("Parcel Express")
    page.get_by_label("It has no domain, or I do not know it").check()
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(re.compile("/purchase$"))


def test_enter_continues_and_adds_no_row(ann, context, address):
    """The first button of a form is what the key presses."""
    ann.has(LONG_WAY[:-1])
    page = context.new_page()
    page.goto(f"{address}{ann.at}/people")
    page.get_by_label("Phone").press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers, then send")


def test_the_short_way_without_javascript(browser: Browser, client, sign_in, address):
    """From the first page to the tier, with radio buttons and submit alone."""
    user = sign_in(client, "requester")
    plain = browser.new_context(java_script_enabled=False)
    give_cookie(client, plain, address)
    page = plain.new_page()
    page.goto(f"{address}/intake/new")
    page.get_by_label("Name of the vendor").fill("Office Plants")
    page.get_by_label("Main domain").fill("plants.example")
    onward(page)
    page.get_by_label("In a few words").fill("Plants")
    page.get_by_label("What will it do for us?").fill("Waters the plants")
    onward(page)
    for box in page.get_by_role("checkbox").all():
        box.check(force=True)
    page.get_by_label("Under 1,000 people").check(force=True)
    onward(page)
    expect(page.get_by_label("Business owner")).to_have_value(str(user.id))
    onward(page)
    onward(page)
    page.get_by_role("button", name="Send request").click()

    expect(page.locator("main")).to_contain_text("Tier 4")
    expect(page.locator("main")).to_contain_text("1 host is looked at from outside.")
    plain.close()


def onward(page: Page) -> None:
    page.get_by_role("button", name="Continue").first.click()


@pytest.fixture
def analyst(enter, database):
    """An analyst, with three vendors that wait; their ids by name."""
    with database.transaction() as session:
        made = {
            name: vendors.create_vendor(session, name=name, in_use=True, now=NOON, actor="test")
            for name in ("Alpha", "Beta", LONG_NAME)
        }
        add_domain(session, made["Alpha"], "alpha.example", now=NOON, actor="test")
    enter("analyst")
    return {name: vendor.id for name, vendor in made.items()}


def test_triage_pages_are_sound(analyst, context, address):
    """The queue, its filter, and one vendor with the table of what the answers set."""
    assert audit(context, f"{address}/triage") == []
    assert audit(context, f"{address}/triage?q=zzz") == []
    page = context.new_page()
    page.goto(f"{address}/triage/{analyst['Alpha']}")
    page.get_by_text("What the answers set").first.click()
    assert audit(page, "") == []


def test_triage_errors_are_sound(analyst, context, address):
    """Nothing chosen: on the page of one, and in the queue."""
    page = context.new_page()
    page.goto(f"{address}/triage/{analyst['Alpha']}")
    page.get_by_role("button", name="Save and next").click()
    expect(page.locator(".error-summary")).to_be_focused()
    assert audit(page, "", expect=422) == []
    page.goto(f"{address}/triage")
    page.get_by_role("button", name="Give these answers").click()
    expect(page.locator(".error-summary")).to_be_focused()
    assert audit(page, "", expect=422) == []


def test_triage_by_keys_goes_on_after_an_error(analyst, context, address):
    """The summary of the errors has the focus, and the keys work from there too."""
    page = context.new_page()
    page.goto(f"{address}/triage/next")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    for key in "147":
        page.keyboard.press(key)
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_contain_text("Alpha: tier 4.")


def test_triage_by_keys_alone(analyst, context, address, database):
    """Three keys and Enter a vendor; the next one comes at once, the last act can be undone."""
    page = context.new_page()
    page.goto(f"{address}/triage/next")
    for key in "147":
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Beta")
    expect(page.locator("main")).to_contain_text("Alpha: tier 4.")
    for key in "369":
        page.keyboard.press(key)
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_contain_text("the full intake is needed")
    assert audit(page, "") == []
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Beta")
    with database.reading() as session:
        tiers = [session.get(Vendor, analyst[name]).tier for name in ("Alpha", "Beta")]
    assert tiers == [4, None]


def test_many_at_once_with_one_tick(analyst, context, address):
    """The box in the head ticks all, and the count says so."""
    page = context.new_page()
    page.goto(f"{address}/triage")
    page.get_by_label("All on this page").check()
    expect(page.locator("[data-check-count]")).to_have_text("3 ticked")
    for name in ("None", "Nothing", "After weeks"):
        page.get_by_label(name, exact=True).check(force=True)
    page.get_by_role("button", name="Give these answers").click()

    expect(page.locator("main")).to_contain_text("3 vendors are triaged.")
    expect(page.locator("main")).to_contain_text("Every vendor in use has a tier.")
    assert audit(page, "") == []
