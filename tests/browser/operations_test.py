"""The page of operations in a real browser: with a run that goes on, and what was not reached."""

import datetime as dt

import pytest

from tests.browser.harness import audit
from tests.workflow.rescans_test import vendors
from vendor_risk.store.models.scans import RunScope, Scan, ScanState
from vendor_risk.store.models.workers import WorkerBeat
from vendor_risk.workflow import rescans

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]


def test_the_page_of_operations_is_sound(context, enter, address, database):
    """A worker, a run half-way, the clock held, and a vendor with a long name that is not there."""
    enter("admin")
    at = dt.datetime.now(dt.UTC)
    with database.transaction() as session:
        rows = vendors(session, 60, due=at - dt.timedelta(hours=3))
        rows[0].name, rows[0].scan_failures = "Halvorsen " * 9, 5
        session.add(
            Scan(vendor_id=rows[0].id, state=ScanState.FAILED, reason="no address", finished_at=at)
        )
        session.add(WorkerBeat(name="box-1", version="0.1.0", started_at=at, seen_at=at))
        rescans.start(session, RunScope.ALL, now=at, by=None)
        rescans.feed(session, now=at, enqueue=lambda *_told, **_more: None)
        rescans.pause(session, wanted=True, now=at, by="test")

    assert audit(context, f"{address}/operations") == []
