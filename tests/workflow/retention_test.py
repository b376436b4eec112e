"""Retention: details of old looks thin out, and what something refers to stays."""

import datetime as dt
import uuid
from dataclasses import asdict

import pytest
from sqlmodel import select

from tests.factories import NOON, make_user
from tests.workflow.outbox_test import only_mail, send, write
from tests.workflow.rescans_test import vendors
from vendor_risk.jobs import tidy
from vendor_risk.jobs.queue import Queue, prepare
from vendor_risk.store.models.alerts import Alert, Webhook, WebhookDelivery
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.decisions import Decision, DecisionKind, DecisionState
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import FindingEvent, FindingKind, StoredFinding
from vendor_risk.store.models.moves import StoredMove
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.scans import Scan, ScanHost, ScanOutcome, ScanState
from vendor_risk.store.models.vendors import Engagement
from vendor_risk.workflow import retention
from vendor_risk.workflow.retention import Rules
from vendor_risk.workflow.vendors import VendorRefused

DAY = dt.timedelta(days=1)
RULES = Rules()


def daily(days):
    """Looks of so many days, the last one at noon."""
    return [(number, NOON - DAY * (days - 1 - number)) for number in range(days)]


def ages(looks, going):
    """How many days old what stays is."""
    return [(NOON - at).days for id, at in looks if id not in going]


def test_looks_thin_out_with_age():
    """All of a month, one a week of a year, one a month of five, none before that."""
    looks = daily(365 * 6)

    left = ages(looks, set(retention.surplus(looks, RULES, NOON)))

    assert [age for age in left if age <= 30] == list(range(30, -1, -1))
    assert 47 <= sum(30 < age <= 365 for age in left) <= 49
    assert 47 <= sum(365 < age <= 1826 for age in left) <= 50
    assert max(left) <= 1826


def test_what_stayed_one_night_stays_the_next():
    """Thinned each day, a year of looks ends as when it is thinned at once."""
    looks = daily(800)
    at_once = set(retention.surplus(looks, RULES, NOON))
    left = looks
    for night in range(400, 801):
        now = NOON - DAY * (800 - night)
        gone = set(retention.surplus([one for one in left if one[1] <= now], RULES, now))
        left = [one for one in left if one[0] not in gone]

    bymonth = {(at.year, at.month) for _, at in looks}
    assert bymonth <= {(at.year, at.month) for _, at in left}
    assert abs(len(left) - (len(looks) - len(at_once))) <= 14  # a month ends within a week


def test_the_last_two_looks_stay_whatever_their_age():
    """A vendor that nobody could reach for years still shows what was seen."""
    looks = [(number, NOON - DAY * (4000 - number)) for number in range(5)]

    assert retention.surplus(looks, RULES, NOON) == [0, 1, 2]


@pytest.fixture
def looked(database):
    """A vendor with a look of each of the last sixty days; the ids, the oldest first."""
    with database.transaction() as session:
        (row,) = vendors(session, 1, due=NOON + DAY)
        made = []
        for _, at in daily(60):
            scan = Scan(
                vendor_id=row.id,
                state=ScanState.DONE,
                created_at=at,
                finished_at=at,
                posture={"score": 80},
            )
            session.add(scan)
            session.flush()
            session.add(
                ScanHost(
                    scan_id=scan.id,
                    host="v0.example",
                    host_class="main",
                    state="done",
                    observed_at=at,
                    observations="{}",
                    facts=[],
                )
            )
            session.add(
                ScanOutcome(
                    scan_id=scan.id, host="v0.example", check="x", control="y", status="passed"
                )
            )
            made.append(scan.id)
        return row.id, made


def keep(database, now=NOON):
    """A night."""
    prepare(database)
    return tidy.keep(database, Queue(database), now)


def with_details(database):
    """The looks that can still be read in detail."""
    with database.reading() as session:
        return set(
            session.exec(
                select(ScanHost.scan_id)
                .join(ScanOutcome, ScanOutcome.scan_id == ScanHost.scan_id)
                .where(ScanHost.observations.is_not(None))
            )
        )


def test_a_night_empties_old_looks_and_keeps_their_figures(database, looked):
    """And says so in the log, which it never touches; a second night finds nothing."""
    gone = keep(database)
    again = keep(database)

    assert 20 <= gone.looks <= 25
    assert (len(with_details(database)), again.looks) == (60 - gone.looks, 0)
    with database.reading() as session:
        scans = session.exec(select(Scan)).all()
        entry = session.exec(select(AuditEntry)).one()
    assert len(scans) == 60
    assert all(scan.posture == {"score": 80} for scan in scans)
    assert sum(scan.thinned_at is not None for scan in scans) == gone.looks
    assert entry.act == "retention.kept"


def referring(kind, vendor_id, scan_id, at):
    """Rows of which one refers to the look."""
    if kind == "decision":
        bought = Engagement(vendor_id=vendor_id, name="Check-out")
        bought.id = uuid.uuid4()
        decided = Decision(
            vendor_id=vendor_id,
            engagement_id=bought.id,
            kind=DecisionKind.APPROVE,
            state=DecisionState.IN_FORCE,
            rationale="well known",
            created_at=at + dt.timedelta(hours=1),
        )
        return [bought, decided]
    if kind == "claim":
        return [
            StoredClaim(
                vendor_id=vendor_id,
                control="WB-03",
                level=100,
                source="observed",
                date=at.date(),
                origin="scan",
                origin_id=scan_id,
            )
        ]
    if kind == "report":
        return [
            IssuedReport(
                number="R-1",
                vendor_id=vendor_id,
                scan_id=scan_id,
                as_of=at,
                snapshot={},
                snapshot_sha256="",
            )
        ]
    finding = StoredFinding(
        id=uuid.uuid4(),
        vendor_id=vendor_id,
        kind=FindingKind.CHECK,
        reference="x",
        asset="v0.example",
        control="WB-03",
        severity=2,
        title="",
        first_seen_at=at,
        last_seen_at=at,
        opened_at=at,
        scan_id=scan_id if kind == "finding" else None,
    )
    if kind == "finding":
        return [finding]
    event = FindingEvent(
        finding_id=finding.id, at=at, act="seen", state_after="open", scan_id=scan_id
    )
    return [finding, event]


@pytest.mark.parametrize("kind", ["decision", "claim", "report", "finding", "history"])
def test_a_look_that_something_goes_by_stays(database, looked, kind):
    """Whatever its age."""
    vendor_id, made = looked
    with database.reading() as session:
        going = retention.looks_to_thin(session, [vendor_id], RULES, NOON)
    chosen = going[len(going) // 2]
    at = NOON - DAY * (59 - made.index(chosen))
    with database.transaction() as session:
        for row in referring(kind, vendor_id, chosen, at):
            session.add(row)
            session.flush()

    gone = keep(database)

    assert gone.looks == len(going) - 1
    assert chosen in with_details(database)


def test_what_moved_keeps_no_look(database, looked):
    """Its row says what, where, before and now."""
    vendor_id, made = looked
    with database.transaction() as session:
        for scan_id in made:
            move = StoredMove(vendor_id=vendor_id, kind="host-new", answer="silence")
            move.scan_id = scan_id
            session.add(move)

    assert keep(database).looks == 24


def test_letters_lose_their_words_a_year_after_they_left(database):
    """Who got one, about what and when stays; one that failed waits for somebody."""
    write(database)
    send(database, lambda letter: None)

    early = keep(database, NOON + DAY * 364)
    late = keep(database, NOON + DAY * 366)

    mail = only_mail(database)
    assert (early.letters, late.letters) == (0, 1)
    assert (mail.text, mail.html, mail.subject) == ("", None, "Hello")
    assert mail.emptied_at == NOON + DAY * 366


def test_alerts_go_and_what_moved_stays(database, looked):
    """A year after they came; a call of a webhook that waits is made first."""
    vendor_id, _ = looked
    with database.transaction() as session:
        person = make_user(session, "analyst")
        hook = Webhook(name="SIEM", url="https://siem.example/", secret="s")
        session.add(hook)
        for number in range(3):
            old = NOON - DAY * 200 * number
            move = StoredMove(vendor_id=vendor_id, kind="host-new", answer="alert", created_at=old)
            session.add(move)
            session.flush()
            session.add(Alert(person_id=person.id, move_id=move.id, created_at=old))
            for_move = {"webhook_id": hook.id, "move_id": move.id, "created_at": old}
            state = "waiting" if number == 2 else "sent"
            session.add(WebhookDelivery(due_at=old, state=state, **for_move))

    gone = keep(database)

    with database.reading() as session:
        assert len(session.exec(select(StoredMove)).all()) == 3
        assert len(session.exec(select(WebhookDelivery)).all()) == 3
        assert [NOON - one.created_at for one in session.exec(select(Alert))] == [
            DAY * 0,
            DAY * 200,
        ]
    assert gone.alerts == 1
    assert keep(database, NOON + DAY * 200).alerts == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"all_days": 0}, "all_days"),
        ({"weekly_days": 3}, "weekly_days"),
        ({"job_days": None}, "job_days"),
    ],
)
def test_rules_that_cannot_be_are_refused(wrong, field):
    """At the line that is wrong."""

    with pytest.raises(VendorRefused) as refused:
        retention.checked(asdict(RULES) | wrong)

    assert refused.value.field == field
