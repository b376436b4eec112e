"""The page that says how long details are kept: counted first, saved then."""

import html
import re

import pytest
from sqlmodel import select

from tests.factories import NOON
from tests.workflow.retention_test import keep, looked  # noqa: F401  (a fixture)
from vendor_risk.store.models.scans import Scan
from vendor_risk.workflow import retention
from vendor_risk.workflow.retention import Rules

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
__all__ = ["NOON"]

DAYS = {
    "all_days": "10",
    "weekly_days": "365",
    "monthly_days": "1826",
    "letter_days": "365",
    "alert_days": "365",
    "job_days": "7",
}


@pytest.fixture
def press(client, csrf):
    """`press(address, **fields)` sends a form of that browser."""
    return lambda address, **fields: client.post(
        address, data={"csrf_token": csrf(client)} | fields
    )


COUNTED = "-".join(DAYS.values())


def plain(answer):
    """The text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def held(database):
    with database.reading() as session:
        return retention.rules(session)


def test_what_would_go_is_counted_before_it_is_saved(client, sign_in, press, database, looked):  # noqa: F811
    """The first press changes nothing; other numbers are counted again."""
    sign_in(client, "admin")

    counted = press("/settings/retention", revision="0", **DAYS)
    before = held(database)
    changed = press(
        "/settings/retention",
        revision="0",
        counted=COUNTED,
        **DAYS | {"job_days": "8"},
    )
    saved = press("/settings/retention", revision="0", counted=COUNTED, **DAYS)

    assert re.search(r"Details of \d\d looks\. The words of 0 letters\.", plain(counted))
    assert "Save once more" in plain(counted)
    assert (before, changed.status_code, saved.status_code) == (Rules(), 200, 302)
    assert held(database) == Rules(all_days=10)


def test_a_number_that_cannot_be_is_told_and_kept(client, sign_in, press, database):
    """With what was typed."""
    sign_in(client, "admin")

    page = press("/settings/retention", revision="0", **DAYS | {"weekly_days": "3"})

    assert page.status_code == 422
    assert 'value="3"' in page.text
    assert "cannot be fewer days" in plain(page)


def test_others_may_only_read_it(client, sign_in, press):
    """Approvers see the numbers, and no button."""
    sign_in(client, "approver")

    assert "Count what would go" not in plain(client.get("/settings/retention"))
    assert press("/settings/retention", revision="0", **DAYS).status_code == 403


def test_a_look_without_its_details_says_so(client, sign_in, database, looked):  # noqa: F811
    """Its posture stands; nothing claims that all was well."""
    keep(database)
    with database.reading() as session:
        thinned = session.exec(select(Scan.id).where(Scan.thinned_at.is_not(None))).first()
    sign_in(client, "analyst")

    page = plain(client.get(f"/scans/{thinned}"))

    assert "no longer kept" in page
    assert "Nothing wrong was seen" not in page
