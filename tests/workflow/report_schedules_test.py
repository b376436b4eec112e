"""Reports that are made again and again, on both databases."""

import datetime as dt

import pytest
from sqlmodel import select

from tests import rated
from tests.factories import NOON, make_user
from vendor_risk.jobs.letters import Letterhead, report_there
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.workflow import report_schedules, reports
from vendor_risk.workflow.report_schedules import Terms, after
from vendor_risk.workflow.vendors import VendorRefused

TODAY = NOON.date()
DAY = dt.timedelta(days=1)


@pytest.fixture
def session(database):
    """A writing session."""
    with database.writing() as opened:
        yield opened


@pytest.fixture
def ann(session):
    """An analyst who reads reports."""
    return make_user(session, "analyst", email="ann@example.com")


def begin(session, ann, **changes):
    terms = {
        "vendor": None, "every": "monthly", "language": "en", "first_on": TODAY,
        "people": [ann.id],
    }  # fmt: skip
    return report_schedules.begin(session, Terms(**terms | changes), now=NOON, actor=ann.id)


def due(session, at, orders=None):
    return report_schedules.order_due(
        session,
        at,
        organisation="Contoso",
        enqueue=lambda _session, step, ids, **_: orders is None or orders.append((step, ids)),
    )


@pytest.mark.parametrize(
    ("first", "every", "day", "then"),
    [
        ("2026-01-05", "weekly", "2026-01-05", "2026-01-12"),
        ("2026-01-05", "weekly", "2026-01-30", "2026-02-02"),
        ("2026-01-31", "monthly", "2026-01-31", "2026-02-28"),
        ("2026-01-31", "monthly", "2026-02-28", "2026-03-31"),
        ("2026-11-30", "quarterly", "2026-12-01", "2027-02-28"),
        ("2026-12-15", "monthly", "2026-12-15", "2027-01-15"),
        ("2026-12-15", "monthly", "2026-11-01", "2026-12-15"),
    ],
)
def test_days_follow_from_the_first(first, every, day, then):
    """No day drifts through a short month."""
    found = after(dt.date.fromisoformat(first), every, dt.date.fromisoformat(day))

    assert found == dt.date.fromisoformat(then)


def test_a_due_report_is_ordered_once_and_the_next_day_stands(session, ann):
    """The second run of the chore on the same day makes none."""
    row, orders = begin(session, ann), []

    made = due(session, NOON, orders)
    again = due(session, NOON + dt.timedelta(hours=3), orders)

    assert ([one.kind for one in made], again) == (["portfolio"], [])
    assert orders == [("report", [str(made[0].id)])]
    assert row.next_on == dt.date(2026, 12, 22)


def test_days_that_nobody_was_there_for_make_one_report(session, ann):
    """The worker stood still for half a year."""
    row = begin(session, ann, every="weekly")

    made = due(session, NOON + dt.timedelta(days=180))

    assert len(made) == 1
    assert row.next_on > (NOON + dt.timedelta(days=180)).date()


def test_before_its_day_nothing_is_made(session, ann):
    """The first day is the one that was said."""
    begin(session, ann, first_on=TODAY + DAY)

    assert due(session, NOON) == []


def test_a_vendors_report_is_made_in_its_language(session, ann):
    """Frozen at once, as if somebody had pressed the button."""
    vendor, _ = rated.make(session, "Osprey", NOON)
    begin(session, ann, vendor=vendor, language="de")

    (made,) = due(session, NOON)

    assert (made.vendor_id, made.language) == (vendor.id, "de")
    assert reports.frozen(made).language == "de"


def test_the_schedule_of_an_archived_vendor_ends(session, ann):
    """Nobody asks for reports on what is gone."""
    vendor, _ = rated.make(session, "Osprey", NOON)
    row = begin(session, ann, vendor=vendor)
    vendor.archived_at = NOON

    assert (due(session, NOON), row.ended_at) == ([], NOON)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"every": "hourly"}, "how often"),
        ({"language": "xx"}, "one of the languages"),
        ({"first_on": TODAY - DAY}, "from today on"),
        ({"first_on": TODAY + 400 * DAY}, "within a year"),
        ({"people": []}, "who is told"),
    ],
)
def test_what_cannot_be_is_refused(session, ann, changes, words):
    """Each with what to do."""
    with pytest.raises(VendorRefused, match=words):
        begin(session, ann, **changes)


@pytest.mark.parametrize("who", ["requester", "inactive"])
def test_nobody_is_told_who_could_not_read_it(session, ann, who):
    """A person without the role, or without the account."""
    other = make_user(session, "requester" if who == "requester" else "auditor", email="b@e.com")
    other.active = who != "inactive"
    session.flush()

    with pytest.raises(VendorRefused, match="active account"):
        begin(session, ann, people=[ann.id, other.id])


def test_its_people_get_a_letter_without_figures_once(session, ann):
    """In their language; who left since gets none."""
    bob = make_user(session, "auditor", email="bob@example.com")
    ann.language = "de"
    begin(session, ann, people=[ann.id, bob.id])
    (made,) = due(session, NOON)
    bob.active = False
    session.flush()
    head = Letterhead("https://risk.example", "Contoso")

    for _ in range(2):
        assert report_there(session, made, head, NOON) == 1
        session.flush()

    mail = session.exec(select(OutboxMail)).one()
    assert (mail.recipient, mail.subject) == (
        "ann@example.com",
        f"Der Bericht {made.number} ist da",
    )
    assert f"https://risk.example/reports/{made.id}" in mail.text


def test_a_report_that_somebody_ordered_is_no_letter(session, ann):
    """They look at the page already."""
    issued = IssuedReport(
        number="VR-2026-0001", as_of=NOON, snapshot={}, snapshot_sha256="", ordered={}
    )
    session.add(issued)
    session.flush()

    assert report_there(session, issued, Letterhead("https://risk.example", "C"), NOON) == 0
