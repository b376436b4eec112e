"""What a report takes from the scans of a vendor."""

import datetime as dt

import pytest
from sqlmodel import select

from tests.workflow.scans_test import NOON, make_vendor, seen
from vendor_risk.evidence import HostClass
from vendor_risk.reports.changes import Move
from vendor_risk.store.models.vendors import Domain, Vendor
from vendor_risk.workflow import reports, scans

REASON = "b.example leads to 10.0.0.1, a private address"


@pytest.fixture
def scan(database, queue):
    """Scan the vendor at a time, with what each host showed."""

    def run(vendor_id, now, shown):
        with database.transaction() as session:
            vendor = session.get(Vendor, vendor_id)
            scan = scans.request_scan(session, vendor, now=now, by=None, enqueue=queue)
            scans.begin(session, scan.id, now=now)
            for host, what in shown.items():
                scans.record(session, scan.id, host, what, now=now)
            scans.finish(session, scan.id, now=now)

    return run


def test_a_host_that_was_refused_is_among_what_could_not_be_seen(database, scan):
    """It has no look, a reason for every check, and its old findings are out of sight."""
    with database.transaction() as session:
        vendor_id = make_vendor(session, "a.example", "b.example").id
    later = NOON + dt.timedelta(days=1)
    scan(
        vendor_id, NOON, {"a.example": seen("a.example"), "b.example": seen("b.example", hsts="x")}
    )
    scan(vendor_id, later, {"a.example": seen("a.example"), "b.example": REASON})

    with database.reading() as session:
        vendor = session.get(Vendor, vendor_id)
        report = reports.vendor_report(session, vendor, now=later, organisation="Buyer")

    assert [look.host for look in report.looks] == ["a.example"]
    assert {one.reason for one in report.posture.unknown if one.host == "b.example"} == {REASON}
    lost = [change for change in report.since.changes if change.host == "b.example"]
    assert {change.move for change in lost} == {Move.LOST}
    assert "web.hsts" in {change.check for change in lost}


def test_the_title_names_the_main_domain(database):
    """Not the first by the alphabet, which may be that of a service."""
    with database.transaction() as session:
        vendor = make_vendor(session, "api.osprey.example", "osprey.example")
        main = session.exec(select(Domain).where(Domain.host == "osprey.example")).one()
        main.host_class = HostClass.MAIN
        session.flush()

        report = reports.vendor_report(session, vendor, now=NOON, organisation="Buyer")

    assert report.subject.domain == "osprey.example"
