"""What moved, in a real browser."""

import datetime as dt

import pytest
from sqlmodel import select

from tests.browser.harness import audit
from tests.workflow import results_test
from tests.workflow.results_test import HSTS, outcomes, scan
from vendor_risk.checks.observations import Exploited
from vendor_risk.evidence import Severity, failed
from vendor_risk.store.models.people import User
from vendor_risk.workflow import advisories

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]
vendor = results_test.vendor
ENDED = failed(results_test.SHOWN, "it ended yesterday", severity=Severity.CRITICAL)


def test_the_pages_of_what_moved_are_sound(context, enter, address, database, vendor):
    """Of a vendor with something seen once, of all, and the table as an admin changes it."""
    at = dt.datetime.now(dt.UTC)
    scan(database, vendor, outcomes(), at=at - dt.timedelta(days=2), marked={"script": []})
    marked = {"script": ["A Maker Of Very Long Names " * 3]}
    before = at - dt.timedelta(days=1)
    scan(database, vendor, outcomes(web__hsts=HSTS), at=before, marked=marked)
    scan(database, vendor, outcomes(tls__cert__expiry=ENDED), at=at, marked=marked)
    enter("admin")

    assert audit(context, f"{address}/vendors/{vendor}/moves") == []
    assert audit(context, f"{address}/moves?answer=all") == []
    assert audit(context, f"{address}/settings/moves") == []


def test_new_entries_of_lists_are_sound(context, enter, address, database, vendor):
    """One that waits and one that was handled, with long names."""
    enter("analyst")
    scan(database, vendor, outcomes(), marked={"software": ["apache/2.4.49", "php/"]})
    at = dt.datetime.now(dt.UTC)
    with database.transaction() as session:
        for cve in ("CVE-2021-0001", "CVE-2026-0002", "CVE-2026-0003"):
            entry = Exploited(cve, "Apache", "HTTP Server", "A flaw " * 20, ransomware=True)
            advisories.match(session, "kev", [entry], now=at)
        first, second = advisories.waiting(session)
        advisories.handle(session, second, now=at, actor=session.exec(select(User)).one().id)
        page = f"{address}/moves/lists/{first.id}"

    assert audit(context, f"{address}/moves/lists") == []
    assert audit(context, page) == []
