"""Findings in a real browser: sound at every width and in both themes."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from sqlmodel import select

from tests.browser.harness import audit
from tests.factories import NOON, make_user
from vendor_risk.checks.base import CATALOGUE
from vendor_risk.evidence import Severity
from vendor_risk.store.models.findings import FindingState, StoredFinding
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.workflow import contacts, engagements, findings, vendors
from vendor_risk.workflow.engagements import Terms
from vendor_risk.workflow.finding_moves import CLOSED, Teller

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]

BY = {"now": NOON, "actor": "test"}
ARABIC = "شركة النيل للدفع والتسوية الإلكترونية"
LEVELS = {"data_sensitivity": 3, "data_volume": 2, "access": 2, "criticality": 3, "payment": 3}
LONG = f"{'a-long-label-' * 9}.example"


@pytest.fixture
def stock(database):
    """Findings in every state at two vendors, more than one page; ids of the vendor and one."""
    with database.transaction() as session:
        pay = vendors.create_vendor(session, name="Parcel Pay", in_use=True, **BY)
        odd = vendors.create_vendor(session, name=ARABIC, **BY)
        engagements.add_engagement(session, pay, Terms(name="Check-out", levels=LEVELS), **BY)
        contacts.add_contact(
            session, pay, name="Sue Meyer", email="sue@pay.example", roles=["security"], **BY
        )
        ann = make_user(session, "analyst", email="ann@example.com")
        by = Teller(ann.id)
        checks = [CATALOGUE[id] for id in sorted(CATALOGUE)][:28]
        for number, check in enumerate(checks):
            state = list(FindingState)[number % 9]
            closed = NOON if state in CLOSED else None
            session.add(
                StoredFinding(
                    vendor_id=pay.id,
                    kind="check",
                    reference=check.id,
                    asset=LONG if number == 3 else "pay.example",
                    control="WB-03",
                    severity=number % 4 + 1,
                    title=check.requirement,
                    reason="The header is missing, so a page of others may frame it.",
                    evidence_value="max-age=0; includeSubDomains",
                    evidence_command="curl -sI https://pay.example/",
                    host_class="log-in",
                    state=state,
                    closed_at=closed,
                    owner_id=ann.id if number % 2 else None,
                    due_on=NOON.date().replace(month=10 + number % 3),
                    accepted_until=NOON.date() if state == FindingState.ACCEPTED else None,
                    first_seen_at=NOON,
                    last_seen_at=NOON,
                    opened_at=NOON,
                )
            )
        for title in ("No second factor on the admin portal", "x" * 300):
            row = findings.raise_finding(
                session,
                pay if title[0] == "N" else odd,
                control="AC-01",
                severity=Severity.HIGH,
                title=title,
                effect="Whoever has a password is in.",
                fix="Turn on TOTP for everybody:\n\n    admin > security > two steps",
                knockout="KO-02",
                now=NOON,
                by=by,
            )
            findings.comment(session, row, "Called them; they look.", now=NOON, by=by)
        one = session.exec(select(StoredFinding).where(StoredFinding.knockout == "KO-02")).first()
        return pay.id, one.id


def test_findings_are_sound(enter, context, address, stock):
    """The table, a finding, the forms, and the page of the vendor."""
    enter("analyst")
    vendor, one = stock

    assert audit(context, f"{address}/findings?state=all") == []
    assert audit(context, f"{address}/findings/{one}") == []
    for path in (
        f"/findings/ask/{vendor}",
        f"/findings/raise/{vendor}",
        f"/vendors/{vendor}",
        "/findings?q=nothing",
    ):
        assert audit(context, f"{address}{path}", themes=["light"]) == [], path


def test_a_vendor_is_asked_and_answers(enter, context, address, stock, database, browser):
    """From the vendor's page to its answer, without an account."""
    enter("analyst")
    vendor, _one = stock
    page = context.new_page()
    page.goto(f"{address}/vendors/{vendor}")
    page.get_by_role("link", name="Ask vendor to mend").click()
    page.get_by_label("Your words").fill("Please look at these first.")
    page.get_by_role("button", name="Send the letter").click()
    expect(page.get_by_text("Sue Meyer is asked.")).to_be_visible()
    with database.reading() as session:
        mail = session.exec(select(OutboxMail)).one()
    link = urlsplit(re.search(r"http\S+/f/\S+", mail.text)[0]).path
    stranger = browser.new_context(java_script_enabled=False)
    theirs = stranger.new_page()
    theirs.goto(f"{address}{link}")
    theirs.get_by_label("Your words").first.fill("Done on Monday.")
    theirs.get_by_role("button", name="We fixed it").first.click()
    expect(theirs.get_by_text("Your answer is with us.")).to_be_visible()
    stranger.close()

    fresh = browser.new_context()
    assert audit(fresh, f"{address}{link}") == []
    assert audit(fresh, f"{address}/f/{'x' * 43}", themes=["light"], expect=404) == []
    fresh.close()
