"""A new day: claims fade and scores follow, once, by whichever worker comes first."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import col, select

from tests.scoring.snapshots import CONTROLS
from vendor_risk.evidence import Source
from vendor_risk.jobs import daily
from vendor_risk.store.models.decisions import Condition, Decision, DecisionKind, DecisionState
from vendor_risk.store.models.documents import Contract
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import FindingState, StoredFinding
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.models.work import Setting
from vendor_risk.workflow import engagements, scores, vendors
from vendor_risk.workflow.engagements import Terms

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
LEVELS = {"data_sensitivity": 2, "data_volume": 2, "access": 2, "criticality": 2, "payment": 3}


@pytest.fixture
def rated(database):
    """Three vendors with answers to everything that run out tomorrow."""
    with database.transaction() as session:
        for number in range(3):
            vendor = vendors.create_vendor(session, name=f"Vendor {number}", now=NOON, actor="test")
            session.add_all(
                StoredClaim(
                    vendor_id=vendor.id,
                    control=control,
                    level=100,
                    source=Source.REVIEWED,
                    date=NOON.date(),
                    valid_until=NOON.date() + dt.timedelta(days=1),
                    origin="answer",
                )
                for control in CONTROLS
            )
            terms = Terms(name="Check-out", levels=LEVELS)
            engagements.add_engagement(session, vendor, terms, now=NOON, actor="test")


def finals(database):
    with database.reading() as session:
        return set(session.exec(select(Engagement.final)))


def test_claims_fade_with_the_days(database, rated, monkeypatch):
    """Long after their end they count less, in every engagement, and a copy says why."""
    monkeypatch.setattr(daily, "SLICE", 2)
    assert finals(database) == {9200}
    later = NOON + dt.timedelta(days=400)
    assert daily.keep(database, later)
    (final,) = finals(database)
    assert final < 6000
    with database.reading() as session:
        causes = session.exec(
            select(StoredScore.cause).where(col(StoredScore.created_at) == later)
        ).all()
    assert causes == [scores.TIME] * 3


def test_a_day_is_kept_once(database, rated):
    """The second worker of the day, and the second look of the first, have nothing to do."""
    assert daily.keep(database, NOON)
    assert not daily.keep(database, NOON + dt.timedelta(hours=3))
    assert daily.keep(database, NOON + dt.timedelta(days=1))


def test_two_workers_agree(database, rated):
    """Whoever is first keeps it."""
    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(lambda _: daily.keep(database, NOON), range(4)))
    assert kept.count(True) == 1


def test_a_day_that_broke_off_is_begun_again(database, rated):
    """After a while, by any worker; within it nobody interferes."""
    with database.transaction() as session:
        told = {"day": "2026-11-22", "begun_at": NOON.isoformat(), "done": False}
        session.add(Setting(key=daily.KEY, value=told))
    assert not daily.keep(database, NOON + dt.timedelta(minutes=30))
    assert daily.keep(database, NOON + dt.timedelta(hours=3))


def test_dates_that_pass_are_told(database, rated):
    """An acceptance that ran out is open again, a condition breached, a review opened, once."""
    day = NOON.date()
    with database.transaction() as session:
        vendor, engagement = session.exec(
            select(Vendor, Engagement).where(Engagement.vendor_id == Vendor.id)
        ).first()
        finding = StoredFinding(
            vendor_id=vendor.id,
            kind="person",
            reference="x",
            control="AC-01",
            severity=3,
            title="Accepted",
            state=FindingState.ACCEPTED,
            accepted_until=day,
            first_seen_at=NOON,
            last_seen_at=NOON,
            opened_at=NOON,
        )
        decision = Decision(
            vendor_id=vendor.id,
            engagement_id=engagement.id,
            kind=DecisionKind.CONDITIONAL,
            state=DecisionState.IN_FORCE,
            rationale="until then",
        )
        contract = Contract(
            vendor_id=vendor.id, title="Frame", notice_on=day + dt.timedelta(days=50)
        )
        session.add_all([finding, decision, contract])
        session.flush()
        session.add(
            Condition(
                decision_id=decision.id, vendor_id=vendor.id, text="Second factor", due_on=day
            )
        )
    tomorrow = NOON + dt.timedelta(days=1)
    assert daily.keep(database, NOON)
    assert daily.keep(database, tomorrow)
    with database.reading() as session:
        assert session.exec(select(StoredFinding.state)).one() == FindingState.OPEN
        assert session.exec(select(Condition.breached_at)).one() == tomorrow
        assert session.exec(select(Contract.review_opened_at)).one() == NOON
        assert session.get(Vendor, vendor.id).next_review_on == day


def test_nothing_to_score_ends_at_once(database):
    """A fresh installation has its day as well."""
    assert daily.keep(database, NOON)
