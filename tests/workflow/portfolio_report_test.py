"""What the report of the portfolio takes from the inventory, on both databases."""

import datetime as dt

import pytest

from tests import rated
from tests.factories import NOON, make_user
from vendor_risk.languages import catalogue
from vendor_risk.reports.portfolio import Portfolio
from vendor_risk.store.models.findings import FindingState
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.scans import Scan, ScanHost, ScanState
from vendor_risk.workflow import portfolio_report, reports, scores, vendors
from vendor_risk.workflow.portfolio_report import Ordered

ORDER = Ordered("VR-2026-0007", "Contoso Shop", "en", "Jana Ortiz")
BEFORE = NOON - dt.timedelta(days=40)


@pytest.fixture
def session(database):
    """A writing session."""
    with database.writing() as opened:
        yield opened


def told(session, now=NOON) -> Portfolio:
    session.flush()
    return portfolio_report.portfolio_report(session, ORDER, now=now, words=catalogue("en"))


def test_an_empty_inventory_is_a_report_too(session):
    """No figure is made up where there is nothing."""
    report = told(session)

    assert (report.totals.vendors, report.lines, report.overdue) == (0, (), 0)
    assert "the inventory is empty" in report.decision.question


def test_who_is_knocked_out_stands_first_and_is_named(session):
    """With the worst engagement, the knock-out, and who answers for it."""
    ann = make_user(session, "analyst", email="ann@example.com")
    vendor, _ = rated.rated(session, "Polar Heating", NOON)
    vendor.owner_id = ann.id
    vendors.create_vendor(session, name="Nobody knows", in_use=True, now=NOON, actor="test")

    report = told(session)

    line = report.over[0]
    assert (line.name, line.knockout, line.owner, line.grade) == (
        "Polar Heating",
        vendor.knockout,
        "Ann",
        vendor.grade,
    )
    assert "Polar Heating" in report.decision.question
    assert (report.totals.vendors, report.totals.above, report.blind.untriaged) == (2, 1, 1)


def test_the_figures_are_those_of_the_portfolio_page(session):
    """Two countings of one thing would differ one day."""
    from vendor_risk.store import portfolio

    rated.rated(session, "Polar Heating", NOON)
    rated.make(session, "Bolt", NOON, levels=dict.fromkeys(rated.LEVELS, 4))
    session.flush()

    report, figures = told(session), portfolio.figures(session, NOON.date())

    totals = report.totals
    assert (totals.vendors, totals.triaged, totals.rated, totals.above, totals.severe) == (
        figures.vendors,
        figures.judged,
        figures.rated,
        figures.above,
        figures.severe,
    )
    assert sum(cell.count for cell in report.cells) == totals.vendors


def test_a_vendor_that_left_or_is_ours_stands_nowhere(session):
    """Archived ones, joined ones and our own company."""
    gone, _ = rated.rated(session, "Gone", NOON)
    gone.archived_at = NOON
    mine, _ = rated.rated(session, "Ours", NOON)
    mine.ours = True

    report = told(session)

    assert (report.lines, report.totals.above, report.spend) == ((), 0, ())


def test_what_is_past_its_day_is_counted_and_named(session):
    """Severe findings that are late; not what was accepted or is mild."""
    vendor, _ = rated.make(session, "Bolt", NOON)
    ann = make_user(session, "analyst", email="ann@example.com")
    late = {"due_on": NOON.date() - dt.timedelta(days=3), "owner_id": ann.id}
    rated.finding(session, vendor, "AC-01", NOON, title="No second factor", **late)
    rated.finding(
        session,
        vendor,
        "HV-01",
        NOON,
        accepted_until=NOON.date() + dt.timedelta(days=30),
        state=FindingState.ACCEPTED,
        **late,
    )
    rated.finding(session, vendor, "WB-03", NOON, severity=rated.Severity.LOW, **late)
    vendor.next_review_on = NOON.date() - dt.timedelta(days=1)

    found = {one.kind: one for one in told(session).late}

    assert {kind: one.count for kind, one in found.items()} == {
        "findings": 1, "reviews": 1, "conditions": 0, "answers": 0, "access": 0,
    }  # fmt: skip
    assert [(one.vendor, one.what, one.who) for one in found["findings"].longest] == [
        ("Bolt", "No second factor", "Ann")
    ]


def test_what_moved_counts_from_the_report_before(session):
    """Who came above since, and what the numbers were then."""
    first = kept(session, told(session, BEFORE))
    vendor, _ = rated.make(session, "Bolt", NOON - dt.timedelta(days=10))
    rated.finding(session, vendor, "AC-01", NOON, severity=rated.Severity.CRITICAL)
    scores.rescore(session, [vendor.id], now=NOON, cause=scores.FINDING)
    session.flush()
    vendor.knockout, vendor.tier = "KO-08", 2

    report = told(session)

    assert report.since == first.as_of
    assert (report.before.number, report.before.above, report.before.came) == (
        "VR-2026-0007",
        0,
        ("Bolt",),
    )


def kept(session, report) -> Portfolio:
    """The report was issued and printed."""
    session.add(
        IssuedReport(
            number=report.number,
            kind="portfolio",
            state="done",
            as_of=report.as_of,
            snapshot=reports.to_json(report),
            snapshot_sha256=reports.sha256_of(report),
        )
    )
    session.flush()
    return report


def test_on_whom_several_vendors_rest_is_read_from_their_last_look(session):
    """Two of tier 1 behind one company; an older look and a single vendor do not count."""
    for number, name in enumerate(("Ada", "Bolt", "Cord")):
        vendor, bought = rated.make(session, name, NOON, levels=dict.fromkeys(rated.LEVELS, 4))
        session.flush()
        assert bought.tier == 1
        looked(session, vendor, NOON - dt.timedelta(days=9), "Elsewhere")
        looked(session, vendor, NOON, "Cloudflare" if number < 2 else "Akamai")

    report = told(session)

    assert [(one.role, one.name, one.vendors, one.first) for one in report.shared] == [
        ("web", "Cloudflare", 2, ("Ada", "Bolt"))
    ]
    assert report.shared_of == 3


def looked(session, vendor, at, provider):
    """A finished look that saw who serves the pages."""
    scan = Scan(vendor_id=vendor.id, state=ScanState.DONE, finished_at=at, started_at=at)
    session.add(scan)
    session.flush()
    fact = {"id": "web.provider", "title": "x", "values": [f"{provider} (CNAME a.example)"]}
    session.add(
        ScanHost(scan_id=scan.id, host="a.example", host_class="main", state="done", facts=[fact])
    )
    vendor.last_scan_at = at


def test_spend_is_told_in_each_currency(session):
    """No sum over currencies, and what has no amount is said."""
    for name, amount, currency in (("Ada", 5_000_00, "EUR"), ("Bolt", 7_000_00, "EUR"), ("Cord", 9_00, "USD"), ("Dune", None, None)):  # noqa: E501  # fmt: skip
        _, bought = rated.make(session, name, NOON)
        bought.spend_minor, bought.currency = amount, currency

    report = told(session)

    assert [(one.total.minor, one.total.currency, one.vendors) for one in report.spend] == [
        (12_000_00, "EUR", 2),
        (9_00, "USD", 1),
    ]
    assert report.spend[0].largest[0][0] == "Bolt"
    assert report.unspent == 1


def test_the_list_is_cut_and_says_by_how_many(session, monkeypatch):
    """What is above the appetite goes first into it."""
    monkeypatch.setattr(portfolio_report, "LISTED", 2)
    for name in ("Ada", "Bolt", "Cord"):
        rated.make(session, name, NOON, levels=dict.fromkeys(rated.LEVELS, 4))
    rated.rated(session, "Polar", NOON)

    report = told(session)

    assert [line.name for line in report.lines] == ["Polar", "Ada"]
    assert report.left_out == 2


def test_a_killed_job_freezes_once(session):
    """The second run of the job finds the content settled, whatever changed meanwhile."""
    issued = reports.request_portfolio(
        session,
        now=NOON,
        actor="test",
        prepared_by="",
        organisation="Contoso",
        enqueue=lambda *_args, **_words: None,
    )
    reports.freeze(session, issued, now=NOON)
    hashed = issued.snapshot_sha256
    rated.make(session, "Bolt", NOON)
    reports.freeze(session, issued, now=NOON + dt.timedelta(hours=1))

    assert (issued.snapshot_sha256, issued.as_of) == (hashed, NOON)
