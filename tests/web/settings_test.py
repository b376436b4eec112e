"""Settings of the programme: changed by administrators, with the default one press away."""

import html
import re

import pytest
from sqlmodel import select

from vendor_risk.evidence import Severity
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.workflow import intervals, settings

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

DAYS = {
    f"{severity}-{place}": str(value)
    for severity, row in settings.DEFAULT_DUE.items()
    for place, value in enumerate(row)
}
APPETITE = {f"appetite-{place}": "30" for place in range(4)}
SCANS = {f"scan-{place}": "5" for place in range(5)}
REVIEWS = {f"review-{place}": "6" for place in range(4)}


@pytest.fixture
def press(client, csrf):
    """`press(address, **fields)` sends a form of that browser."""
    return lambda address, **fields: client.post(
        address, data={"csrf_token": csrf(client)} | fields
    )


def plain(answer):
    """The text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_the_appetite_is_changed_and_goes_back(client, sign_in, press, database):
    """A number for each tier."""
    sign_in(client, "admin")

    assert press("/settings/appetite", revision="0", **APPETITE).status_code == 302
    with database.reading() as session:
        assert settings.appetite(session) == (30, 30, 30, 30)
    assert "Back to default" in plain(client.get("/settings"))
    press("/settings/appetite/default")

    with database.reading() as session:
        assert settings.appetite(session) == settings.DEFAULT_APPETITE


def test_days_are_changed(client, sign_in, press, database):
    """By severity and tier."""
    sign_in(client, "admin")

    press("/settings/due-days", revision="0", **DAYS | {"critical-0": "3"})

    with database.reading() as session:
        assert settings.due_days(session)[Severity.CRITICAL] == (3, 15, 30, 30)


def test_intervals_are_changed_and_go_back(client, sign_in, press, database):
    """The default is what the risk model says; an old page is told."""
    sign_in(client, "admin")
    assert press("/settings/scan-days", revision="0", **SCANS).status_code == 302
    assert press("/settings/review-months", revision="0", **REVIEWS).status_code == 302
    assert press("/settings/scan-days", revision="0", **SCANS).status_code == 409
    with database.reading() as session:
        assert intervals.scan_days(session) == (5, 5, 5, 5, 5)
        assert intervals.review_months(session) == (6, 6, 6, 6)

    press("/settings/scan_days/default")
    press("/settings/review_months/default")

    with database.reading() as session:
        assert intervals.scan_days(session) == (1, 7, 30, 91, 7)
        assert intervals.review_months(session) == (12, 12, 24, 36)


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/settings/appetite", APPETITE | {"appetite-2": "101"}),
        ("/settings/appetite", APPETITE | {"appetite-2": "-1"}),
        ("/settings/appetite", {}),
        ("/settings/due-days", DAYS | {"low-3": "0"}),
        ("/settings/due-days", DAYS | {"low-3": "1096"}),
        ("/settings/due-days", DAYS | {"low-3": "soon"}),
        ("/settings/scan-days", SCANS | {"scan-4": "0"}),
        ("/settings/scan-days", SCANS | {"scan-0": "367"}),
        ("/settings/review-months", REVIEWS | {"review-3": "61"}),
        ("/settings/review-months", {}),
    ],
)
def test_what_is_no_number_is_refused(client, sign_in, press, database, address, fields):
    """At its field, and nothing is written."""
    sign_in(client, "admin")

    answer = press(address, revision="0", **fields)

    assert answer.status_code == 422
    assert "Give a whole number" in plain(answer)
    with database.reading() as session:
        assert settings.revision(session, settings.APPETITE) == 0
        assert settings.revision(session, settings.DUE_DAYS) == 0
        assert settings.revision(session, intervals.SCAN_DAYS) == 0
        assert settings.revision(session, intervals.REVIEW_MONTHS) == 0


def test_two_people_at_a_setting(client, sign_in, press):
    """The second is told, and sees what they typed."""
    sign_in(client, "admin")
    press("/settings/appetite", revision="0", **APPETITE)

    answer = press("/settings/appetite", revision="0", **APPETITE | {"appetite-0": "77"})

    assert answer.status_code == 409
    assert 'value="77"' in answer.text


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [
        ("admin", 200, 302),
        ("approver", 200, 403),
        ("auditor", 200, 403),
        ("analyst", 403, 403),
        ("requester", 403, 403),
    ],
)
def test_who_may(client, sign_in, press, role, reads, writes):
    """Administrators change, approvers and auditors read."""
    sign_in(client, role)

    assert client.get("/settings").status_code == reads
    assert press("/settings/appetite", revision="0", **APPETITE).status_code == writes
    assert press("/settings/appetite/default").status_code == writes
    assert press("/settings/model/default").status_code == (404 if writes == 302 else 403)


def test_reports_go_as_attachments_only_once_somebody_allows_it(client, sign_in, press, database):
    """Off as delivered; the change stands in the log, and goes back."""
    sign_in(client, "admin")
    address = "/settings/reports-attached"
    with database.reading() as session:
        assert not settings.reports_attached(session)

    assert press(address, revision="0", **{"reports-attached": "yes"}).status_code == 302
    with database.reading() as session:
        assert settings.reports_attached(session)
        acts = session.exec(select(AuditEntry.act)).all()
    assert "setting.changed" in acts
    assert press(address, revision="0").status_code == 409
    press(address, revision="1")

    with database.reading() as session:
        assert not settings.reports_attached(session)
