"""What a host is for: offered by what was seen, and what was seen is weighed by it at once."""

import datetime as dt

import pytest
from sqlmodel import select

from tests.factories import make_user
from tests.workflow.results_test import LEVELS, SHOWN, acts, findings, outcomes, scan, standing
from tests.workflow.scans_test import make_vendor
from vendor_risk.checks.facts import Fact
from vendor_risk.evidence import Evidence, HostClass, Severity, failed
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import FindingState, StoredFinding
from vendor_risk.store.models.scans import Scan, ScanHost
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.scripts import PageScript
from vendor_risk.store.models.vendors import Domain, Vendor
from vendor_risk.workflow import engagements, host_classes, scans
from vendor_risk.workflow.domains import domains_of
from vendor_risk.workflow.engagements import Terms

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
LATER = NOON + dt.timedelta(hours=1)
HOST = "a.example"
HSTS = failed(SHOWN, "no header", severity=Severity.MEDIUM)
BANNER = failed(SHOWN, "versions", severity=Severity.LOW)
OPENLY = failed(
    Evidence("form action http://a.example/pay", "curl"), "openly", severity=Severity.CRITICAL
)


@pytest.fixture
def vendor(database):
    """A vendor whose one host nobody classed, with an engagement that has all facts."""
    with database.transaction() as session:
        made = make_vendor(session, HOST, tier=2)
        session.exec(select(Domain)).one().host_class = "other"
        engagements.add_engagement(
            session, made, Terms(name="Shop", levels=LEVELS), now=NOON, actor="test"
        )
        return made.id


def classed(database, host_class, *, at=LATER, by="test"):
    """Somebody says what the host is for."""
    with database.transaction() as session:
        domain = session.exec(select(Domain)).one()
        vendor = session.get_one(Vendor, domain.vendor_id)
        return host_classes.set_domain_class(session, vendor, domain, host_class, now=at, actor=by)


def test_a_class_weighs_what_was_seen_at_once(database, vendor):
    """A form in the clear on a payment host caps the score; no scan is needed for that."""
    scan(database, vendor, outcomes(web__hsts=HSTS, web__form__target=OPENLY))
    before = standing(database)
    with database.transaction() as session:
        by = make_user(session, "analyst").id

    assert classed(database, HostClass.PAYMENT, by=by)

    rows = findings(database)
    form = rows["web.form.target", HOST]
    assert (form.severity, form.host_class, form.plain_form) == (4, "payment", True)
    assert form.due_on < NOON.date() + dt.timedelta(days=30)
    assert form.last_seen_at == NOON
    assert rows["web.hsts", HOST].severity == 2
    after = standing(database)
    assert (before.knockout, after.knockout) == (None, "KO-01")
    with database.reading() as session:
        row = session.get_one(Vendor, vendor)
        assert row.worst_severity == Severity.CRITICAL.rank
        assert row.posture_score == session.exec(select(Scan)).one().posture["score"]
        kept = session.exec(
            select(StoredScore).where(StoredScore.cause == "what a host is for")
        ).one()
        assert kept.by_id == by
        (entry,) = session.exec(select(AuditEntry).where(AuditEntry.act == "vendor.domain_class"))
        assert entry.actor_id == by


def test_a_class_taken_back_leaves_everything_as_it_was(database, vendor):
    """Severities, findings, posture and score are those of before, and the same class is no act."""
    scan(database, vendor, outcomes(web__hsts=HSTS, web__banner=BANNER, web__form__target=OPENLY))

    def known():
        with database.reading() as session:
            row = session.get_one(Vendor, vendor)
            figures = row.posture_score, row.failed_checks, row.worst_severity
            claims = sorted(session.exec(select(StoredClaim.control)))
        still = {
            (each.reference, each.severity, each.plain_form)
            for each in findings(database).values()
            if each.closed_at is None
        }
        now = standing(database)
        return figures, claims, still, now.final, now.low, now.knockout

    before = known()

    assert classed(database, HostClass.PAYMENT)
    assert known() != before
    assert classed(database, HostClass.OTHER, at=LATER + dt.timedelta(hours=1))
    assert known() == before
    assert not classed(database, HostClass.OTHER)


def test_what_only_informed_is_a_finding_while_the_host_counts(database, vendor):
    """It opens with the class, closes without it, and is the same one when the class returns."""
    scan(database, vendor, outcomes(web__banner=BANNER))
    assert findings(database) == {}

    classed(database, HostClass.PAYMENT)
    first = findings(database)["web.banner", HOST]
    classed(database, HostClass.OTHER, at=LATER + dt.timedelta(hours=1))
    closed = findings(database)["web.banner", HOST]
    classed(database, HostClass.LOGIN, at=LATER + dt.timedelta(hours=2))
    again = findings(database)["web.banner", HOST]

    assert (first.state, first.severity, first.last_seen_at) == (FindingState.OPEN, 1, NOON)
    assert (closed.state, closed.id) == (FindingState.VERIFIED, first.id)
    assert (again.state, again.id, again.closed_at) == (FindingState.OPEN, first.id, None)
    assert [act for act, *_ in acts(database)] == ["seen", "placed", "placed", "placed"]


def test_an_acceptance_does_not_hold_for_a_graver_place(database, vendor):
    """What was accepted is milder than what it is now; what was found false stays false."""
    scan(database, vendor, outcomes(web__hsts=HSTS, web__form__target=OPENLY))
    with database.transaction() as session:
        for row in session.exec(select(StoredFinding)):
            is_form = row.reference == "web.form.target"
            row.state = FindingState.FALSE if is_form else FindingState.ACCEPTED
            row.closed_at = NOON if is_form else None
            row.accepted_until = None if is_form else NOON.date() + dt.timedelta(days=90)

    classed(database, HostClass.PAYMENT)

    rows = findings(database)
    accepted, false = rows["web.hsts", HOST], rows["web.form.target", HOST]
    assert (accepted.state, accepted.accepted_until) == (FindingState.OPEN, None)
    assert false.state == FindingState.FALSE


def test_what_was_mended_since_stays_closed(database, vendor):
    """A class opens nothing that the last look no longer saw."""
    scan(database, vendor, outcomes(web__hsts=HSTS))
    scan(database, vendor, outcomes(), at=NOON + dt.timedelta(minutes=1))

    classed(database, HostClass.PAYMENT)

    assert findings(database)["web.hsts", HOST].state == FindingState.VERIFIED


def test_a_scan_under_way_ends_with_the_new_class(database, vendor, queue):
    """Nothing has been seen yet; what will be is weighed by what the host is for now."""
    with database.transaction() as session:
        scans.request_scan(
            session, session.get_one(Vendor, vendor), now=NOON, by=None, enqueue=queue
        )

    classed(database, HostClass.PAYMENT)

    with database.reading() as session:
        assert session.exec(select(ScanHost)).one().host_class == "payment"


def told(*values):
    """The facts of a host whose pages these are."""
    return [Fact("web.pages", "Which pages were read", values).to_json()]


def offered(database, vendor):
    with database.reading() as session:
        found = host_classes.offers(session, vendor, domains_of(session, vendor))
        return [(each.domain.host, each.page) for each in found]


@pytest.mark.parametrize(
    ("value", "page"),
    [
        ("https://a.example/till: asks for a card", "https://a.example/till"),
        ("https://www.a.example/till: declared, asks for a card", "https://www.a.example/till"),
        ("https://a.example/till: asks for a password", None),
        ("https://a.example/till: not seen, asks for a card", None),
    ],
)
def test_a_host_with_a_card_page_is_offered_as_payment(database, vendor, value, page):
    """By the last scan; once the host is for payment, nothing is left to ask."""
    scan(database, vendor, outcomes())
    assert offered(database, vendor) == []
    with database.transaction() as session:
        session.exec(select(ScanHost)).one().facts = told("https://a.example/", value)

    assert offered(database, vendor) == ([(HOST, page)] if page else [])
    classed(database, HostClass.PAYMENT)
    assert offered(database, vendor) == []


def test_scripts_on_our_own_payment_host_are_on_pages_that_take_cards(database, vendor):
    """Nothing authorises them there any more; without the class it is as the pages say."""
    page = "https://a.example/"
    scan(database, vendor, outcomes())
    with database.transaction() as session:
        session.get_one(Vendor, vendor).ours = True
        session.exec(select(ScanHost)).one().facts = told(f"{page}till?a=1: asks for a card")
        seen = {"ours_id": vendor, "host": HOST, "script_host": "x.example", "domain": "x.example"}
        for at in (page, f"{page}till"):
            session.add(
                PageScript(
                    **seen,
                    key=at,
                    page=at,
                    script="https://x.example/a.js",
                    card_page=at != page,
                    authorised_at=NOON,
                    first_seen=NOON,
                    last_seen=NOON,
                )
            )

    def known():
        with database.reading() as session:
            rows = session.exec(select(PageScript).order_by(PageScript.page)).all()
            return [(row.card_page, row.authorised_at is not None) for row in rows]

    classed(database, HostClass.PAYMENT)
    assert known() == [(True, False), (True, True)]
    classed(database, HostClass.MAIN)
    assert known() == [(False, False), (True, True)]
