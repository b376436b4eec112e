"""A Monday morning in a real browser: triage by keys alone, and the pages that share work."""

import datetime as dt

import pytest
from sqlmodel import select

from tests import rated
from tests.browser.harness import audit
from tests.factories import NOON, make_user
from vendor_risk.evidence import Source
from vendor_risk.store.models.decisions import DecisionKind
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import (
    baselines,
    decisions,
    engagements,
    families,
    notes,
    reviews,
    vendors,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]

BY = {"now": NOON, "actor": "test"}


def test_three_vendors_are_triaged_without_a_mouse(context, enter, address, database):
    """Four keys a vendor, and one to take it back, to skip it, or to say that it is not used."""
    with database.transaction() as session:
        for name in ("Acme", "Bolt", "Cord", "Dune"):
            vendors.create_vendor(session, name=name, in_use=True, **BY)
    enter("analyst")
    page = context.new_page()
    page.goto(f"{address}/triage/next")
    for name, behind in (("Acme", "Bolt"), ("Bolt", "Cord"), ("Cord", "Dune")):
        assert page.locator("h1").inner_text() == name
        for key in "147":
            page.keyboard.press(key)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.locator("h1").inner_text() == behind
        assert f"{name}: tier 4." in page.locator(".callout").first.inner_text()
    for key, there in (("u", "Cord"), ("s", "Dune"), ("x", "Cord")):
        with page.expect_navigation():
            page.keyboard.press(key)
        assert page.locator("h1").inner_text() == there
    page.close()
    with database.reading() as session:
        rows = session.exec(select(Vendor).order_by(Vendor.name)).all()
        assert [one.triaged_at is not None for one in rows] == [True, True, False, False]
        assert [one.archived_at is not None for one in rows] == [False, False, False, True]


def test_enter_in_the_form_of_a_review_opens_it(context, enter, address, database):
    """Not the first act of the bar, which scans; and its button can be seen."""
    with database.transaction() as session:
        vendors.create_vendor(session, name="Acme", **BY)
    enter("analyst")
    page = context.new_page()
    page.goto(f"{address}/vendors")
    page.get_by_label("Choose Acme").check()
    page.get_by_role("button", name="Re-assess").click()
    button = page.get_by_role("button", name="Open reviews")
    assert button.evaluate("one => getComputedStyle(one).backgroundColor") != "rgba(0, 0, 0, 0)"
    page.get_by_label("Why").fill("Their breach")
    with page.expect_navigation():
        page.get_by_label("Why").press("Enter")
    assert "Give a day within a year" in page.locator("main").inner_text()


def test_the_pages_that_share_work_are_sound(context, enter, address, database, clock):
    """With a parent's evidence, a review, a note on one thing we buy, and work of nobody."""
    clock.time = NOON
    person = enter("analyst")
    with database.transaction() as session:
        paul = make_user(session, "approver", email="paul@example.com")
        paul.active = False
        levels = dict.fromkeys(rated.LEVELS, 1)
        vendor, bought = rated.make(session, "Northwind " * 12, NOON, levels=levels)
        parent, _ = rated.make(session, "Parent & Sons " * 9, NOON)
        rated.claim(session, parent, "AC-01", NOON, source=Source.AUDITED)
        rated.finding(session, parent, "WB-02", NOON)
        session.flush()
        families.set_parent(session, vendor, parent, None, **BY)
        terms = engagements.terms_of(bought)
        said = {key: getattr(terms, key) for key in terms.__slots__} | {"inherits": True}
        engagements.edit_engagement(
            session, vendor, bought, engagements.Terms(**said), revision=bought.revision, **BY
        )
        decisions.propose(
            session,
            bought,
            decisions.Proposal(DecisionKind.REJECT, "x"),
            seen="",
            shown=baselines.frozen(session, bought, now=NOON),
            person=paul,
            now=NOON,
            alone=True,
        )
        decisions.propose(
            session,
            bought,
            decisions.Proposal(DecisionKind.APPROVE, "x"),
            seen=decisions.mark(session, bought.id),
            shown=baselines.frozen(session, bought, now=NOON),
            person=paul,
            now=NOON,
        )
        session.add(
            reviews.Review(
                vendor_id=vendor.id,
                engagement_id=bought.id,
                due_on=NOON.date() - dt.timedelta(days=2),
                reason="Their breach " * 12,
                opened_by_id=person.id,
            )
        )
        vendor.owner_id = paul.id
        notes.write(session, vendor, "Look", engagement_id=bought.id, person=paul, now=NOON)
        rated.finding(session, parent, "AC-01", NOON)
        page = f"{address}/vendors/{vendor.id}"
        form = f"{page}/engagements/{bought.id}"
    for there in (
        form,
        f"{form}/score",
        f"{page}/notes",
        f"{page}/decision",
        f"{address}/work/team",
    ):
        assert audit(context, there) == []
