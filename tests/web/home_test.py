"""The portfolio: every figure is the number of vendors that its link shows."""

import datetime as dt

import pytest

from tests.factories import NOON
from vendor_risk.evidence import Severity
from vendor_risk.store import portfolio
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow.vendors import create_vendor


def enter(session, name, **columns):
    """A vendor with these columns."""
    vendor = create_vendor(session, name=name, now=NOON, actor="test")
    for column, value in columns.items():
        setattr(vendor, column, value)
    session.flush()
    return vendor


@pytest.fixture
def inventory(database):
    """Five vendors, one of each kind, and one that is archived."""
    with database.transaction() as session:
        enter(session, "Watched", tier=1, posture_grade="F", posture_score=12, last_scan_at=NOON,
              worst_severity=Severity.CRITICAL.rank, failed_checks=3, triaged_at=NOON)  # fmt: skip
        enter(session, "Kept", tier=2, posture_grade="A", posture_score=96, last_scan_at=NOON,
              worst_severity=Severity.LOW.rank, failed_checks=1, triaged_at=NOON)  # fmt: skip
        enter(session, "Small", tier=4, triaged_at=NOON)
        enter(session, "Imported", in_use=True)
        enter(session, "Wishful")
        enter(session, "Gone", tier=1, archived_at=NOON, state="archived")


def test_an_address_may_end_in_a_slash(client, sign_in):
    """People type it both ways."""
    sign_in(client, "analyst")

    assert client.get("/vendors/").status_code == client.get("/vendors").status_code == 200


def test_the_figures_count_what_is_there(database, inventory):
    """Archived vendors do not count, and what was never seen is counted apart."""
    with database.reading() as session:
        figures = portfolio.figures(session, NOON.date())

    assert (figures.vendors, figures.waiting, figures.judged) == (5, 1, 3)
    assert figures.seen_last == NOON


def test_tiers_against_grades_keep_the_unknown_apart(database, inventory):
    """No tier and no grade are cells of their own."""
    with database.reading() as session:
        counts = portfolio.by_tier_and_grade(session)

    assert counts == {(1, "F"): 1, (2, "A"): 1, (4, None): 1, (None, None): 2}


def test_an_empty_inventory_offers_the_first_step(client, sign_in):
    """One sentence and the actions that fill it."""
    sign_in(client, "analyst")

    page = client.get("/").text

    assert "No vendors yet" in page
    assert "/intake/new" in page


@pytest.mark.parametrize("role", ["requester", "analyst", "approver", "auditor", "admin"])
def test_everybody_sees_the_portfolio(client, sign_in, inventory, role):
    """The page has a figure and the worst vendor for each kind of person."""
    sign_in(client, role)

    page = client.get("/")

    assert page.status_code == 200
    assert "Watched" in page.text


def test_the_worst_comes_first_in_the_queue(client, sign_in, inventory):
    """Tier and severity order what needs attention; a low fault does not."""
    sign_in(client, "analyst")

    page = client.get("/").text
    queue = page[page.index('class="queue"') :].split("</ul>")[0]

    assert "Watched" in queue
    assert "Kept" not in queue
    assert "Triage: 1 vendor" in queue


def test_each_figure_links_to_as_many_vendors_as_it_says(client, sign_in, database, inventory):
    """A person who follows the link finds the number again."""
    sign_in(client, "analyst")

    for query, names in {
        "tier=1,2": {"Watched", "Kept"},
        "fault=high": {"Watched"},
        "seen=never": {"Small", "Imported", "Wishful"},
    }.items():
        page = client.get(f"/vendors?{query}").text
        shown = {name for name in ("Watched", "Kept", "Small", "Imported", "Wishful", "Gone")
                 if f">{name}<" in page}  # fmt: skip
        assert shown == names, query


def test_a_stranger_is_sent_to_sign_in(client):
    """Nothing of the portfolio is public."""
    answer = client.get("/")

    assert answer.status_code == 302
    assert "/login" in answer.location


def test_a_failed_scan_waits_in_the_queue(database, client, sign_in, queue):
    """Our own trouble is said, with its reason."""
    from vendor_risk.workflow import scans
    from vendor_risk.workflow.domains import add_domain

    with database.transaction() as session:
        vendor = session.get(Vendor, enter(session, "Silent").id)
        add_domain(session, vendor, "silent.example", now=NOON, actor="test")
        scan = scans.request_scan(session, vendor, now=NOON, by=None, enqueue=queue)
        scans.fail(session, scan.id, "the resolver is down", now=NOON)
    sign_in(client, "analyst")

    assert "the resolver is down" in client.get("/").text


def test_a_letter_about_findings_that_came_back_waits_in_the_queue(database, client, sign_in):
    """With whom it did not reach, and the way to ask again."""
    from tests import rated
    from vendor_risk.store.models.findings import FindingRequest, FindingState
    from vendor_risk.store.models.outbox import OutboxMail
    from vendor_risk.workflow import finding_requests

    with database.transaction() as session:
        vendor, _ = rated.make(session, "Polar", NOON)
        later = dt.datetime.now(dt.UTC) + dt.timedelta(days=9)
        request = FindingRequest(vendor_id=vendor.id, token_sha256="a" * 64, expires_at=later)
        session.add(request)
        session.flush()
        rated.finding(
            session, vendor, "AC-01", NOON, state=FindingState.ASKED, request_id=request.id
        )
        session.add(
            OutboxMail(
                dedup_key=f"{finding_requests.LETTER}{request.id}",
                recipient="pat@polar.example",
                subject="x",
                text="y",
                state="failed",
                due_at=NOON,
            )
        )
        address = f"/findings/ask/{vendor.id}"
    sign_in(client, "analyst")

    page = client.get("/").text

    assert "did not reach pat@polar.example" in page
    assert address in page
