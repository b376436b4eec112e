"""Dates that come near or pass are told once before and once after."""

import datetime as dt

import pytest
from sqlmodel import select

from tests import rated
from tests.factories import NOON
from vendor_risk.reports.moves import Kind
from vendor_risk.store.models.decisions import Condition, Decision, DecisionKind, DecisionState
from vendor_risk.store.models.documents import Contract, Document
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import FindingState, StoredFinding
from vendor_risk.store.models.moves import StoredMove
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.workflow import expiries

TODAY = NOON.date()


@pytest.fixture
def session(database):
    """A writing session."""
    with database.writing() as opened:
        yield opened


@pytest.fixture
def rated_vendor(session):
    """A vendor with one engagement."""
    return rated.make(session, "Osprey", NOON)


def document(vendor, _bought, day):
    return [
        Document(
            vendor_id=vendor.id,
            kind="soc2",
            title="SOC 2",
            document_date=TODAY,
            valid_until=day,
            reviewed_at=NOON,
        )
    ]


def notice_date(vendor, _bought, day):
    return [Contract(vendor_id=vendor.id, title="Master", notice_on=day)]


def end_of_contract(vendor, _bought, day):
    return [Contract(vendor_id=vendor.id, title="Master", ends_on=day)]


def acceptance(vendor, _bought, day):
    return [
        StoredFinding(
            vendor_id=vendor.id,
            kind="check",
            reference="web.hsts",
            control="WB-03",
            severity=2,
            title="HSTS",
            state=FindingState.ACCEPTED,
            accepted_until=day,
            first_seen_at=NOON,
            last_seen_at=NOON,
            opened_at=NOON,
        )
    ]


def condition(vendor, bought, day):
    decision = Decision(
        vendor_id=vendor.id,
        engagement_id=bought.id,
        kind=DecisionKind.CONDITIONAL,
        state=DecisionState.IN_FORCE,
        rationale="It is good.",
    )
    return [
        decision,
        Condition(decision_id=decision.id, vendor_id=vendor.id, text="A second factor", due_on=day),
    ]


EACH = [
    (document, Kind.EVIDENCE_ENDS, 30),
    (notice_date, Kind.CONTRACT_ENDS, 30),
    (end_of_contract, Kind.CONTRACT_ENDS, 30),
    (acceptance, Kind.ACCEPTANCE_ENDS, 7),
    (condition, Kind.CONDITION_DUE, 7),
]


def told(session):
    session.flush()
    return [(row.kind, row.now, row.before) for row in session.exec(select(StoredMove))]


def add(session, rows):
    for row in rows:
        session.add(row)
        session.flush()


@pytest.mark.parametrize(("make", "kind", "ahead"), EACH)
def test_a_date_is_told_when_it_comes_near(session, rated_vendor, make, kind, ahead):
    """Not a day before its window, and once, however often the day is kept."""
    day = TODAY + dt.timedelta(days=ahead + 1)
    add(session, make(*rated_vendor, day))
    assert expiries.tell(session, NOON) == 0
    tomorrow = NOON + dt.timedelta(days=1)
    assert expiries.tell(session, tomorrow) == 1
    assert expiries.tell(session, tomorrow) == 0
    assert told(session) == [(kind, day.isoformat(), "")]


@pytest.mark.parametrize(("make", "kind", "ahead"), EACH)
def test_a_date_is_told_once_more_when_it_has_passed(session, rated_vendor, make, kind, ahead):
    """As late; what passed long ago is no news."""
    add(session, make(*rated_vendor, TODAY - dt.timedelta(days=1)))
    assert expiries.tell(session, NOON) == 1
    assert [before for _kind, _now, before in told(session)] == ["late"]
    assert expiries.tell(session, NOON + dt.timedelta(days=60)) == 0


def test_answers_are_told_by_the_first_that_runs_out(session, rated_vendor):
    """A response of forty answers is one date."""
    vendor, bought = rated_vendor
    asked = QuestionnaireResponse(
        vendor_id=vendor.id,
        engagement_id=bought.id,
        number="Q-2026-0001",
        asked=[],
        facts={},
        tier=2,
        out_of_scope=[],
        due_on=TODAY,
    )
    add(session, [asked])
    session.add_all(
        StoredClaim(
            vendor_id=vendor.id,
            control=control,
            level=100,
            source="self",
            date=TODAY,
            valid_until=TODAY + dt.timedelta(days=days),
            origin="answer",
            origin_id=asked.id,
            engagement_id=bought.id,
        )
        for control, days in (("AC-01", 20), ("AC-02", 10))
    )
    assert expiries.tell(session, NOON) == 1
    assert told(session) == [(Kind.ANSWERS_END, (TODAY + dt.timedelta(days=10)).isoformat(), "")]
