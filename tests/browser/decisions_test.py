"""Decisions in a real browser: sound at every width and in both themes, and decided by clicks."""

import datetime as dt

import pytest
from playwright.sync_api import expect
from sqlmodel import select

from tests.browser.harness import audit
from tests.factories import NOON, make_user
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.decisions import DecisionKind
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import baselines, decisions, engagements, notes, vendors
from vendor_risk.workflow.conditions import Wanted
from vendor_risk.workflow.decisions import Proposal
from vendor_risk.workflow.engagements import Terms

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]

BY = {"now": NOON, "actor": "test"}
FACTORS = ("data_sensitivity", "data_volume", "access", "criticality", "payment")


@pytest.fixture
def full(database):
    """Vendors in every state, by name their id."""
    with database.transaction() as session:
        ann = make_user(session, "analyst", email="ann@example.com")
        paul = make_user(session, "approver", email="paul@example.com")

        def buy(name, level):
            vendor = vendors.create_vendor(session, name=name, in_use=True, **BY)
            levels = dict.fromkeys(FACTORS, level)
            return engagements.add_engagement(
                session, vendor, Terms("Payroll", levels=levels), **BY
            )

        def propose(bought, kind, person, alone=False, wanted=()):
            return decisions.propose(
                session,
                bought,
                Proposal(kind, "The evidence was read.\nNothing speaks against it.", wanted),
                seen=decisions.mark(session, bought.id),
                shown=baselines.frozen(session, bought, now=NOON),
                person=person,
                now=NOON,
                alone=alone,
            )

        waits = buy("Northwind Payroll GmbH", 4)
        soon = Wanted("Second factor on the portal", ann.id, dt.date(2026, 12, 1))
        later = Wanted("A report of an auditor in scope", paul.id, dt.date(2027, 3, 1))
        propose(waits, DecisionKind.CONDITIONAL, ann, wanted=(soon, later))
        stands = buy("شركة النيل للدفع والتسوية الإلكترونية", 1)
        propose(stands, DecisionKind.CONDITIONAL, paul, True, (soon, later))
        session.add(
            StoredFinding(
                vendor_id=stands.vendor_id,
                kind="person",
                reference="x",
                control="AC-01",
                severity=4,
                title="No second factor on the portal",
                knockout="KO-02",
                first_seen_at=NOON,
                last_seen_at=NOON,
                opened_at=NOON,
            )
        )
        # It rose to tier 1 after one person approved it: the page asks for a second one.
        engagements.edit_engagement(
            session,
            session.get_one(Vendor, stands.vendor_id),
            stands,
            Terms("Payroll", levels=dict.fromkeys(FACTORS, 4)),
            revision=stands.revision,
            **BY,
        )
        leaves = buy("Kestrel Print", 1)
        session.add(Access(vendor_id=leaves.vendor_id, kind="vpn", name="kp-vpn"))
        propose(leaves, DecisionKind.OFFBOARD, paul, True)
        fresh = buy("Fresh Ltd.", 1)
        return {
            "waits": waits.vendor_id,
            "stands": stands.vendor_id,
            "leaves": leaves.vendor_id,
            "fresh": fresh.vendor_id,
        }


def test_the_inbox_is_sound(enter, context, address, full):
    """With everything in it."""
    enter("approver")

    assert audit(context, f"{address}/decisions") == []


@pytest.mark.parametrize("which", ["waits", "stands", "leaves", "fresh"])
def test_the_page_of_a_vendor_is_sound(enter, context, address, full, which):
    """For an approver, who sees every form."""
    enter("approver")

    assert audit(context, f"{address}/vendors/{full[which]}/decision") == []


def test_an_approver_decides_with_conditions(enter, context, address, full):
    """Without a line of script: a button adds a line, what is missing is told."""
    enter("approver")
    page = context.new_page()
    page.goto(f"{address}/vendors/{full['fresh']}/decision")
    page.get_by_label("Approve with conditions").check()
    page.get_by_label("Why").fill("Small, and wanted.")
    page.get_by_role("button", name="Another condition").click()
    expect(page.get_by_role("group", name="Condition 2")).to_be_visible()
    expect(page.get_by_label("Why")).to_have_value("Small, and wanted.")
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.get_by_text("Name at least one condition").first).to_be_visible()

    row = page.get_by_role("group", name="Condition 1")
    row.get_by_label("What has to be done").fill("Second factor")
    row.get_by_label("Owner").select_option(label="Ann")
    row.get_by_label("Until").fill(f"{NOON + dt.timedelta(days=90):%Y-%m-%d}")
    page.get_by_role("button", name="Decide", exact=True).click()

    expect(page.get_by_text("In force: Approve with conditions.")).to_be_visible()


@pytest.fixture
def busy(enter, database, full):
    """The signed-in analyst owns vendors, is called by a note and has work of several kinds."""
    person = enter("analyst")
    with database.transaction() as session:
        for number, vendor_id in enumerate(full.values()):
            vendor = session.get_one(Vendor, vendor_id)
            vendor.owner_id = person.id
            vendor.next_review_on = dt.date(2026, 11, 15) + dt.timedelta(days=9 * number)
        ann = session.exec(select(User).where(User.email == "ann@example.com")).one()
        text = f"@{person.email.partition('@')[0]} please read their answer about the portal."
        notes.write(session, vendor, text, person=ann, now=NOON)
    return person


def test_the_work_of_a_person_is_sound(context, address, busy, full):
    """Mine, the team's, handing over, and the notes of a vendor."""
    assert audit(context, f"{address}/work") == []
    for path in (
        "/work/team",
        f"/work/hand-over/{busy.id}",
        f"/vendors/{full['fresh']}/notes",
    ):
        assert audit(context, f"{address}{path}") == [], path


def test_the_settings_are_sound(enter, context, address):
    """For an administrator, who sees every field."""
    enter("admin")

    assert audit(context, f"{address}/settings") == []
