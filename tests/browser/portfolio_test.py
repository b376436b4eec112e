"""Portfolio, scans and reports in a real browser: sound at every width and in both themes."""

import pytest
from sqlmodel import col, select

from tests.browser.harness import audit
from tests.factories import NOON
from vendor_risk.samples.load import load
from vendor_risk.store.models.scans import Scan
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import reports, scans
from vendor_risk.workflow.domains import add_domain
from vendor_risk.workflow.vendors import create_vendor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]

LONG_NAME = "Grenzüberschreitende Paketzustellungsgesellschaft " * 4


@pytest.fixture
def filled(database, settings):
    """The sample vendors with their history."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    load(database, settings, now=NOON)


def vendor_id(database, start):
    """The id of the sample whose name starts so."""
    with database.reading() as session:
        return session.exec(select(Vendor.id).where(col(Vendor.name).startswith(start))).one()


def test_an_empty_portfolio_is_sound(enter, context, address):
    """The first page that anybody sees."""
    enter("analyst")

    assert audit(context, f"{address}/") == []


@pytest.mark.parametrize("path", ["/", "/scans", "/reports"])
def test_the_lists_are_sound(enter, context, address, filled, path):
    """With the samples in them."""
    enter("analyst")

    assert audit(context, address + path) == []


@pytest.mark.parametrize("start", ["Polar", "Brightline"])
def test_a_scan_with_its_result_is_sound(database, enter, context, address, filled, start):
    """Findings with evidence and fix, and a host that gave no answer."""
    enter("auditor")
    with database.reading() as session:
        scan = session.exec(
            select(Scan.id).where(Scan.vendor_id == vendor_id(database, start))
        ).first()

    assert audit(context, f"{address}/scans/{scan}") == []


@pytest.mark.parametrize("width", [1280, 1440])
def test_no_table_scrolls_sideways_on_a_small_desktop(
    database, enter, context, address, filled, width
):
    """Domains and the hosts of a scan show all their columns."""
    enter("analyst")
    polar = vendor_id(database, "Polar")
    with database.reading() as session:
        scan = session.exec(select(Scan.id).where(Scan.vendor_id == polar)).first()
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    for path in (f"/vendors/{polar}/domains", f"/scans/{scan}"):
        page.goto(address + path)
        wide = page.evaluate(
            """() => [...document.querySelectorAll('.scroll-x')]
              .map((one) => [one.ariaLabel, one.scrollWidth, one.clientWidth])
              .filter(([, table, panel]) => table > panel)"""
        )
        assert wide == [], path


@pytest.mark.parametrize("end", ["queued", "failed", "stopped"])
def test_a_scan_in_each_state_is_sound(database, enter, context, address, queue, end):
    """Long names and hosts do not break the page."""
    enter("analyst")
    with database.transaction() as session:
        vendor = create_vendor(session, name=LONG_NAME[:200], now=NOON, actor="test")
        add_domain(session, vendor, f"{'a' * 60}.{'b' * 60}.example", now=NOON, actor="test")
        scan = scans.request_scan(session, vendor, now=NOON, by=None, enqueue=queue)
        if end == "failed":
            scans.fail(session, scan.id, "Our own DNS resolver gives no answers.", now=NOON)
        if end == "stopped":
            scans.ask_to_stop(session, scan, now=NOON)
        scan_id = scan.id

    assert audit(context, f"{address}/scans/{scan_id}") == []


@pytest.mark.parametrize("path", ["", "/read"])
def test_a_report_is_sound_on_screen(database, enter, context, address, filled, queue, path):
    """Its own page, and the report as it is printed."""
    enter("approver")
    with database.transaction() as session:
        issued = reports.request_report(
            session,
            session.get(Vendor, vendor_id(database, "Polar")),
            now=NOON,
            actor="test",
            prepared_by="Jana Ortiz",
            organisation="Our shop",
            enqueue=queue,
        )
        report_id = issued.id

    assert audit(context, f"{address}/reports/{report_id}{path}") == []
