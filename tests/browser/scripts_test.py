"""Scripts on our own pages in a real browser: sound at every width and in both themes."""

import pytest
from playwright.sync_api import expect
from sqlmodel import select

from tests.browser.harness import audit
from tests.factories import NOON
from vendor_risk.store.models.scripts import PageScript
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import domains, vendors
from vendor_risk.workflow.engagements import observe

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]

BY = {"now": NOON, "actor": "test"}
LONG = f"https://{'a-long-label-' * 4}.example/{'and/a/long/path/' * 12}file.js"
ARABIC = "شركة النيل للدفع والتسوية الإلكترونية"


@pytest.fixture
def ours(database):
    """The id of our own company."""
    with database.transaction() as session:
        vendor = vendors.create_vendor(session, name="Contoso", **BY)
        vendor.ours = True
        domains.add_domain(session, vendor, "shop.example", **BY)
        return vendor.id


def script(session, ours, number, vendor, **said):
    """A row of the inventory."""
    host = said.pop("script_host", f"cdn{number}.example")
    row = PageScript(
        **{
            "ours_id": ours.id,
            "vendor_id": vendor.id if vendor else None,
            "key": str(number),
            "host": "shop.example",
            "page": "https://shop.example/checkout",
            "script": f"https://{host}/tag.js",
            "script_host": host,
            "domain": host,
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
def full(database, ours):
    """Scripts of every kind, more than one page of them; the id of a vendor that has one."""
    with database.transaction() as session:
        us = session.get_one(Vendor, ours)
        pay = vendors.create_vendor(session, name="Pay Inc.", in_use=True, tags=["shadow"], **BY)
        odd = vendors.create_vendor(session, name=ARABIC, in_use=True, **BY)
        vendors.archive(session, odd, **BY)
        said = {"purpose": "Takes the card, so that we never see its number.", "held": True}
        script(session, us, 1, pay, script_host="js.pay.example", owner="Pay Inc.")
        script(session, us, 2, odd, script=LONG, page=LONG, encrypted=False, owner=ARABIC)
        script(session, us, 3, us, authorised_at=NOON, **said)
        script(
            session, us, 4, None, card_page=False, integrity_note="The policy names its host. " * 9
        )
        script(session, us, 5, pay, gone_at=NOON, **said)
        for number in range(6, 40):
            script(session, us, number, pay, page=f"https://shop.example/{number}", card_page=False)
        observe(session, pay, **BY)
        return pay.id


@pytest.mark.parametrize("role", ["analyst", "auditor"])
def test_nobody_said_which_pages_are_ours(enter, context, address, role):
    """The first thing that anybody sees."""
    enter(role)

    assert audit(context, f"{address}/scripts") == []


def test_own_pages_without_scripts_are_sound(enter, context, address, ours):
    """Not looked at yet."""
    enter("analyst")

    assert audit(context, f"{address}/scripts") == []


@pytest.mark.parametrize("role", ["analyst", "approver"])
def test_the_full_list_is_sound(enter, context, address, full, role):
    """For those who write and those who read."""
    enter(role)

    assert audit(context, f"{address}/scripts") == []
    assert audit(context, f"{address}/scripts?gone=all&integrity=yes&q=cdn", themes=["light"]) == []
    assert audit(context, f"{address}/scripts?q=nothing", themes=["light"]) == []


def test_every_script_is_sound(enter, context, address, database, full):
    """Long ones, those that are gone and those that are authorised."""
    enter("analyst")
    with database.reading() as session:
        rows = session.exec(select(PageScript).where(PageScript.key.in_(["2", "3", "5"]))).all()

    for row in rows:
        assert audit(context, f"{address}/scripts/{row.id}", themes=["light"]) == []


def test_what_is_seen_is_told_where_the_vendor_is(enter, context, address, full, ours):
    """Vendor, engagement, triage and our own company."""
    enter("analyst")

    for path in (
        f"/vendors/{full}",
        f"/vendors/{full}/engagements",
        f"/vendors/{ours}",
        f"/vendors/{ours}/edit",
        f"/triage/{full}",
        "/triage",
        "/vendors",
    ):
        assert audit(context, f"{address}{path}", themes=["light"]) == [], path


def test_scripts_are_authorised_by_ticks(enter, context, address, full):
    """Tick all, say why, authorise, and take it back."""
    enter("analyst")
    page = context.new_page()
    page.goto(f"{address}/scripts?cards=yes")
    page.get_by_label("Choose the scripts on this page").check()
    page.get_by_role("button", name="Say purpose").first.click()
    page.get_by_label("Why they are needed").fill("Check-out")
    page.locator("#bulk-purpose").get_by_role("button", name="Say purpose").click()
    expect(page.get_by_text("3 scripts were changed.")).to_be_visible()

    page.get_by_label("Choose the scripts on this page").check()
    page.get_by_role("button", name="Authorise", exact=True).click()
    expect(page.get_by_text("2 scripts are authorised. 1 was left alone")).to_be_visible()

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 scripts are authorised no longer.")).to_be_visible()
