"""Score, profile and portfolio in a real browser, with a vendor that is rated."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from tests import rated
from tests.browser.harness import audit, follow
from vendor_risk.workflow import credibility

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]


@pytest.fixture
def acme(database):
    """The addresses of a rated vendor and of its score."""
    now = dt.datetime.now(dt.UTC)
    with database.transaction() as session:
        vendor, engagement = rated.rated(session, "Grenzüberschreitende Lohnabrechnung " * 3, now)
        credibility.mark(
            session,
            vendor,
            control="DP-01",
            said="TLS 1.2 or newer only",
            seen="TLS 1.0 on vpn.example",
            revision=vendor.revision,
            now=now,
            actor="test",
        )
        profile = f"/vendors/{vendor.id}"
        return profile, f"{profile}/engagements/{engagement.id}/score"


def test_the_score_is_sound(enter, context, address, acme):
    """All its lines, with things that are supposed to have been done."""
    enter("analyst")

    assert audit(context, f"{address}{acme[1]}?prove=DL-01&lift=KO-02") == []


WIDTHS = (1440, 1200)


def test_no_column_of_the_lines_is_cut_off(enter, context, address, acme):
    """The last one tells of how many points; on the profile and on the page of the score."""
    enter("analyst")
    page = context.new_page()
    for path in acme:
        page.goto(address + path)
        table = page.get_by_role("region", name="What assurance is made of")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert table.evaluate("one => one.scrollWidth - one.clientWidth") <= 0, (path, width)


def test_the_profile_is_sound(enter, context, address, acme):
    """With assurance, residual risk and their course."""
    enter("analyst")

    assert audit(context, address + acme[0]) == []


@pytest.mark.parametrize("path", ["/", "/vendors?sort=-residual&risk=high"])
def test_portfolio_and_list_are_sound(enter, context, address, acme, path):
    """With figures, movers and a queue."""
    enter("auditor")

    assert audit(context, address + path) == []


def test_an_old_score_is_sound_and_reached_by_its_day(enter, context, address, acme):
    """From the history to the frozen copy."""
    enter("auditor")
    page = context.new_page()
    page.goto(address + acme[1])
    follow(page, page.get_by_role("region", name="Kept scores").get_by_role("link").last)
    expect(page.get_by_text("it comes to the same, to the last digit")).to_be_visible()

    assert audit(page, "", themes=["light"]) == []


def test_what_if_is_answered_by_ticks(enter, context, address, acme):
    """Tick, ask, and read the grade then."""
    enter("analyst")
    page = context.new_page()
    page.goto(address + acme[1])
    page.get_by_label("KO-02").check()
    follow(page, page.get_by_role("button", name="Show the score then"))
    expect(page.get_by_text("becomes")).to_be_visible()
