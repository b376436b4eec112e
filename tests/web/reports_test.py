"""The pages of reports, for each kind of person."""

import io
import uuid

import pytest
from sqlmodel import select

from tests.factories import NOON
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import reports
from vendor_risk.workflow.domains import add_domain
from vendor_risk.workflow.vendors import create_vendor


@pytest.fixture
def vendor(database):
    """A vendor that nobody has looked at yet."""
    with database.transaction() as session:
        row = create_vendor(session, name="Osprey", now=NOON, actor="test")
        add_domain(session, row, "osprey.example", now=NOON, actor="test")
        return row.id


@pytest.fixture
def order(client, csrf, vendor):
    """Press "Report" on the vendor."""

    def order():
        return client.post(f"/reports/create/{vendor}", data={"csrf_token": csrf(client)})

    return order


def only_report(database):
    """The one report there is."""
    with database.reading() as session:
        return session.exec(select(IssuedReport)).one()


@pytest.mark.parametrize("role", ["analyst", "approver", "admin"])
def test_a_report_is_frozen_at_once_and_its_pdf_is_ordered(
    database, client, sign_in, order, queue, role
):
    """The content is of this moment; a worker makes the paper."""
    sign_in(client, role)

    answer = order()

    issued = only_report(database)
    assert answer.location == f"/reports/{issued.id}"
    assert queue == [("report", [str(issued.id)])]
    assert reports.frozen(issued).subject.vendor == "Osprey"


@pytest.mark.parametrize("role", ["requester", "auditor"])
def test_who_only_reads_orders_no_report(client, sign_in, order, role):
    """Requesters and auditors read."""
    sign_in(client, role)

    assert order().status_code == 403


def test_reports_are_numbered_within_the_year(database, client, sign_in, order):
    """The next number follows the last."""
    sign_in(client, "analyst")
    for _ in range(3):
        order()

    with database.reading() as session:
        numbers = sorted(session.exec(select(IssuedReport.number)))

    assert [number[-4:] for number in numbers] == ["0001", "0002", "0003"]


def test_what_was_frozen_does_not_follow_the_vendor(database, client, sign_in, order, vendor):
    """A change of name after the report leaves the report as it was."""
    sign_in(client, "analyst")
    order()
    with database.transaction() as session:
        session.get(Vendor, vendor).name = "Renamed"

    assert reports.frozen(only_report(database)).subject.vendor == "Osprey"


def test_the_report_is_read_on_screen(database, client, sign_in, order):
    """One template for screen and paper; the page says that nobody looked yet."""
    sign_in(client, "analyst")
    order()

    page = client.get(f"/reports/{only_report(database).id}/read")

    assert page.status_code == 200
    assert "Osprey" in page.text
    assert "Not rated yet" in page.text


def test_from_the_screen_a_way_leads_back(database, client, sign_in, order):
    """The page of paper has no frame of its own."""
    sign_in(client, "analyst")
    order()
    report = f"/reports/{only_report(database).id}"

    assert f'<nav class="back"><a href="{report}">' in client.get(f"{report}/read").text


def test_findings_come_as_csv(database, client, sign_in, order):
    """With a byte order mark, so that Excel reads it."""
    sign_in(client, "analyst")
    order()

    answer = client.get(f"/reports/{only_report(database).id}/findings.csv")

    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_pdf_is_given_out_once_it_is_made(app, database, client, sign_in, order):
    """Before that the address is not there."""
    sign_in(client, "analyst")
    order()
    issued = only_report(database)
    early = client.get(f"/reports/{issued.id}/pdf").status_code
    stored = app.extensions["files"].write(issued.id, io.BytesIO(b"%PDF-1.7 paper"))
    with database.transaction() as session:
        reports.keep_pdf(session, issued.id, sha256=stored.sha256, size=stored.size, now=NOON)

    late = client.get(f"/reports/{issued.id}/pdf")

    assert early == 404
    assert late.data == b"%PDF-1.7 paper"
    assert late.headers["X-Content-Type-Options"] == "nosniff"


def test_a_failed_pdf_says_why_and_is_tried_again(database, client, sign_in, csrf, order, queue):
    """The same frozen content, a new job."""
    sign_in(client, "analyst")
    order()
    issued = only_report(database)
    with database.transaction() as session:
        reports.fail(session, issued.id, "pango is missing", now=NOON)
    page = client.get(f"/reports/{issued.id}").text

    client.post(f"/reports/{issued.id}/retry", data={"csrf_token": csrf(client)})

    again = only_report(database)
    assert "pango is missing" in page
    assert (again.state, again.attempt) == ("queued", 2)
    assert again.snapshot_sha256 == issued.snapshot_sha256
    assert len(queue) == 2


def test_an_unknown_report_is_404(client, sign_in):
    """A wrong id is a clear page, not an error."""
    sign_in(client, "auditor")

    assert client.get(f"/reports/{uuid.uuid4()}").status_code == 404


def test_an_empty_list_says_how_to_make_one(client, sign_in):
    """One sentence and the one action."""
    sign_in(client, "auditor")

    assert "No report yet" in client.get("/reports").text
