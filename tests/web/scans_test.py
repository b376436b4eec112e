"""The pages of scans, for each kind of person."""

import datetime as dt
import re
import uuid

import pytest
from markupsafe import escape
from sqlalchemy import event
from sqlmodel import select

from tests.factories import NOON
from vendor_risk import languages
from vendor_risk.checks.catalogue import Judged, catalogue
from vendor_risk.checks.observations import Observations
from vendor_risk.evidence import Evidence, Severity, failed, unknown
from vendor_risk.reports.blocks import blocks
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import scans
from vendor_risk.workflow.domains import add_domain
from vendor_risk.workflow.vendors import create_vendor


@pytest.fixture
def vendor(database):
    """A vendor with one host."""
    with database.transaction() as session:
        row = create_vendor(session, name="Osprey <b>& Co</b>", now=NOON, actor="test")
        add_domain(session, row, "osprey.example", now=NOON, actor="test")
        return row.id


def post(client, csrf, url):
    """Press a button."""
    return client.post(url, data={"csrf_token": csrf(client)})


def only_scan(database):
    """The one scan there is."""
    with database.reading() as session:
        return session.exec(select(Scan)).one()


@pytest.mark.parametrize("role", ["requester", "analyst", "admin"])
def test_a_scan_is_ordered_with_one_button(database, client, sign_in, csrf, queue, vendor, role):
    """The button queues one job and leads to the scan's page."""
    sign_in(client, role)

    answer = post(client, csrf, f"/scans/start/{vendor}")

    scan = only_scan(database)
    assert answer.location == f"/scans/{scan.id}"
    assert queue == [("scan", [str(scan.id)])]


@pytest.mark.parametrize("role", ["approver", "auditor"])
def test_who_only_reads_orders_no_scan(database, client, sign_in, csrf, vendor, role):
    """Approvers and auditors read."""
    sign_in(client, role)

    assert post(client, csrf, f"/scans/start/{vendor}").status_code == 403
    with database.reading() as session:
        assert session.exec(select(Scan)).all() == []


def test_what_stayed_open_is_told_once_for_each_reason(database, client, sign_in, csrf, vendor):
    """Ten checks that need what nobody agreed to are one line to read."""
    sign_in(client, "analyst")
    post(client, csrf, f"/scans/start/{vendor}")
    scan_id = only_scan(database).id
    seen = Observations("osprey.example", NOON)
    told = unknown("no extra handshakes were made")
    with database.transaction() as session:
        scans.begin(session, scan_id, now=NOON)
        scans.record(
            session,
            scan_id,
            "osprey.example",
            seen,
            now=NOON,
            judged=tuple(
                Judged(check, "DP-01", "osprey.example", told) for check in ("tls.dh", "tls.ems")
            ),
        )
        scans.finish(session, scan_id, now=NOON)

    for address in (f"/scans/{scan_id}", f"/vendors/{vendor}", f"/vendors/{vendor}/checks"):
        page = client.get(address).text
        assert page.count("no extra handshakes were made") == 2, address  # in words, and for ears
        assert "Leaves 2 checks open" in page
        assert "Groups of Diffie and Hellman have 2048 bits or more" in page


def test_pressing_twice_is_one_scan(database, client, sign_in, csrf, queue, vendor):
    """The second press shows the scan that is under way."""
    sign_in(client, "analyst")
    for _ in range(2):
        post(client, csrf, f"/scans/start/{vendor}")

    assert only_scan(database).state == ScanState.QUEUED
    assert len(queue) == 1


def test_a_vendor_without_a_domain_is_told_what_is_missing(database, client, sign_in, csrf):
    """No scan, and the profile says why."""
    with database.transaction() as session:
        bare = create_vendor(session, name="Bare", now=NOON, actor="test").id
    sign_in(client, "analyst")

    answer = client.post(
        f"/scans/start/{bare}", data={"csrf_token": csrf(client)}, follow_redirects=True
    )

    assert "add a domain to Bare first" in answer.text


def test_the_fragment_asks_again_until_the_scan_is_over(database, client, sign_in, csrf, vendor):
    """200 while it waits, 286 when it is over, which htmx takes as the end."""
    sign_in(client, "analyst")
    post(client, csrf, f"/scans/start/{vendor}")
    scan = only_scan(database)
    before = client.get(f"/scans/{scan.id}/progress").status_code

    with database.transaction() as session:
        scans.fail(session, scan.id, "the resolver is down", now=NOON)
    after = client.get(f"/scans/{scan.id}/progress")

    assert (before, after.status_code) == (200, 286)
    assert after.headers["HX-Refresh"] == "true"


def test_a_scan_shows_what_else_was_seen(database, client, sign_in, csrf, vendor):
    """Facts stand beside the outcomes, as text."""
    sign_in(client, "analyst")
    post(client, csrf, f"/scans/start/{vendor}")
    scan = only_scan(database)
    with database.transaction() as session:
        (host,) = scans.hosts_of(session, scan.id)
        host.facts = [{"id": "tls.alpn", "title": "Protocols", "values": ["<b>h2</b>"]}]

    page = client.get(f"/scans/{scan.id}").text

    assert "Also seen" in page
    assert "<bdi>&lt;b&gt;h2&lt;/b&gt;</bdi>" in page


def test_a_failed_scan_says_why_and_what_was_kept(database, client, sign_in, csrf, vendor):
    """What failed, what was kept, and the button to try again."""
    sign_in(client, "analyst")
    post(client, csrf, f"/scans/start/{vendor}")
    scan = only_scan(database)
    with database.transaction() as session:
        scans.fail(session, scan.id, "the resolver is down", now=NOON)

    page = client.get(f"/scans/{scan.id}").text

    assert "the resolver is down" in page
    assert "No score moved by it" in page
    assert "Scan again" in page


def test_a_queued_scan_is_stopped_with_one_button(database, client, sign_in, csrf, vendor):
    """Stopping is an act and stands in the log."""
    sign_in(client, "analyst")
    post(client, csrf, f"/scans/start/{vendor}")

    post(client, csrf, f"/scans/{only_scan(database).id}/stop")

    assert only_scan(database).state == ScanState.STOPPED


def test_names_are_shown_as_text(client, sign_in, csrf, vendor):
    """Markup in a vendor's name is words."""
    sign_in(client, "analyst")
    post(client, csrf, f"/scans/start/{vendor}")

    page = client.get("/scans").text

    assert "Osprey &lt;b&gt;&amp; Co&lt;/b&gt;" in page
    assert "<b>& Co" not in page


@pytest.mark.parametrize("url", ["/scans/{id}", "/scans/{id}/progress"])
def test_an_unknown_scan_is_404(client, sign_in, url):
    """A wrong id is a clear page, not an error."""
    sign_in(client, "analyst")

    assert client.get(url.format(id=uuid.uuid4())).status_code == 404


def test_an_empty_list_says_what_makes_a_scan(client, sign_in):
    """One sentence and the one action."""
    sign_in(client, "auditor")

    assert "No scan yet" in client.get("/scans").text


def test_an_archived_vendor_is_not_scanned(database, client, sign_in, csrf, vendor):
    """Whoever left is left alone."""
    with database.transaction() as session:
        session.get(Vendor, vendor).archived_at = NOON
    sign_in(client, "analyst")

    post(client, csrf, f"/scans/start/{vendor}")

    assert "is archived: restore it first." in client.get("/scans").text
    with database.reading() as session:
        assert session.exec(select(Scan)).all() == []


@pytest.mark.parametrize(
    ("role", "own", "status"),
    [
        ("requester", True, 302),
        ("requester", False, 403),
        ("analyst", False, 302),
        ("admin", False, 302),
    ],
)
def test_who_stops_a_scan(database, client, sign_in, csrf, vendor, role, own, status):
    """Whoever asked for it, and those who run the inventory; the button shows for them alone."""
    sign_in(client, role if own else "analyst")
    post(client, csrf, f"/scans/start/{vendor}")
    scan = only_scan(database)
    if not own:
        sign_in(client, role)

    assert ("Stop scan" in client.get(f"/scans/{scan.id}").text) == (status == 302)
    assert post(client, csrf, f"/scans/{scan.id}/stop").status_code == status


def test_the_list_has_open_scans_first_and_then_the_last_ended(database, client, sign_in):
    """On each of its pages."""
    with database.transaction() as session:
        for number in range(60):
            row = create_vendor(session, name=f"Vendor {number:02}", now=NOON, actor="test")
            at = NOON + dt.timedelta(minutes=number)
            ended = None if number < 3 else at
            state = ScanState.DONE if ended else ScanState.QUEUED
            session.add(Scan(vendor_id=row.id, state=state, created_at=at, finished_at=ended))
    sign_in(client, "auditor")

    seen = [
        int(name)
        for page in (1, 2)
        for name in re.findall(r"Vendor ([0-9]{2})", client.get(f"/scans?page={page}").text)
    ]

    assert list(dict.fromkeys(seen)) == [2, 1, 0, *range(59, 2, -1)]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_list_is_read_from_an_index(database, client, sign_in):
    """However many scans there are, no page of them sorts them all."""
    sign_in(client, "auditor")
    asked = []
    listen = lambda *given: asked.append(given[2:4])  # noqa: E731
    event.listen(database.engine, "before_cursor_execute", listen)
    client.get("/scans")
    event.remove(database.engine, "before_cursor_execute", listen)

    plans = []
    with database.engine.connect() as connection:
        for statement, values in asked:
            if "FROM scan" in statement:
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                plans.append([row[3] for row in rows])
    assert len(plans) == 3
    assert all("ix_scan_finished_at_created_at" in plan[0] for plan in plans)
    assert not any("USE TEMP B-TREE FOR ORDER BY" in line for plan in plans for line in plan)


def test_a_sample_is_not_scanned_and_says_why(database, client, sign_in, csrf, queue, vendor):
    """Its names are invented; neither its profile nor its scan has a button."""
    with database.transaction() as session:
        sample = session.get(Vendor, vendor)
        sample.sample = True
        scan = scans.request_scan(
            session, sample, now=NOON, by=None, enqueue=queue, cause=scans.SAMPLE
        )
        scans.begin(session, scan.id, now=NOON)
        scans.finish(session, scan.id, now=NOON)
        scan_id = scan.id
    queue.clear()
    sign_in(client, "analyst")

    post(client, csrf, f"/scans/start/{vendor}")

    profile = client.get(f"/vendors/{vendor}").text
    assert "Samples are invented: there is nothing to look at." in profile
    assert f"/scans/start/{vendor}" not in profile + client.get(f"/scans/{scan_id}").text
    assert queue == []
    only_scan(database)


def test_a_finding_is_told_under_headings_with_lines_to_paste(
    database, client, sign_in, csrf, vendor
):
    """What is to be pasted is set as code; the panel counts as the profile does."""
    check = next(one for one in catalogue() if any(b.exact for b in blocks(one.remediation)))
    sign_in(client, "analyst")
    post(client, csrf, f"/scans/start/{vendor}")
    scan_id = only_scan(database).id
    fault = failed(Evidence("seen value", "dig it"), "Something is missing", severity=Severity.HIGH)
    note = failed(Evidence("a", "b"), "A note", severity=Severity.INFORMATIONAL)
    judged = (
        Judged(check.id, check.control, "osprey.example", fault),
        Judged("mail.bimi", check.control, "osprey.example", note),
    )
    with database.transaction() as session:
        scans.begin(session, scan_id, now=NOON)
        seen = Observations("osprey.example", NOON)
        scans.record(session, scan_id, "osprey.example", seen, now=NOON, judged=judged)
        scans.finish(session, scan_id, now=NOON)

    page = client.get(f"/scans/{scan_id}").text

    headings = ("Seen", "See for yourself", "Why", "How to mend it", "References")
    assert [one for one in headings if f"<dt>{one}</dt>" not in page] == []
    exact = next(block.text for block in blocks(check.remediation) if block.exact)
    assert f"<pre>{escape(exact)}</pre>" in page
    assert "1 check failed, 1 note" in page
    assert "1 check failed, 1 note" in client.get(f"/vendors/{vendor}/checks").text

    page = client.get(f"/scans/{scan_id}", headers={"Accept-Language": "de"}).text
    assert str(escape(languages.catalogue("de").gettext(check.rationale))) in page
