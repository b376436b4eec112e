"""What moved, in a real browser."""

import datetime as dt

import pytest

from tests.browser.harness import audit
from tests.workflow import results_test
from tests.workflow.results_test import HSTS, outcomes, scan
from vendor_risk.evidence import Severity, failed

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
