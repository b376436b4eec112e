"""Reviews that people ask for: opened for many, closed by a decision, taken back."""

import datetime as dt

import pytest
from sqlmodel import select

from tests.factories import NOON, make_user
from vendor_risk.store.models.decisions import Decision, DecisionKind, DecisionState, Review
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.store.queries import decisions as listed
from vendor_risk.workflow import baselines, decisions, engagements, reviews, vendors
from vendor_risk.workflow.decisions import Proposal
from vendor_risk.workflow.engagements import Terms
from vendor_risk.workflow.reviews import Opened
from vendor_risk.workflow.vendors import VendorRefused

BY = {"now": NOON, "actor": "test"}
FACTORS = ("data_sensitivity", "data_volume", "access", "criticality", "payment")
DUE = NOON.date() + dt.timedelta(days=14)


@pytest.fixture
def session(database):
    """A writing session."""
    with database.writing() as opened:
        yield opened


@pytest.fixture
def paul(session):
    """Who approves."""
    return make_user(session, "approver", email="paul@example.com")


@pytest.fixture
def two(session, paul):
    """A vendor of whom something is approved, and one of whom nothing is."""
    made = []
    for name in ("Northwind", "Contoso"):
        vendor = vendors.create_vendor(session, name=name, **BY)
        terms = Terms("Payroll", levels=dict.fromkeys(FACTORS, 1))
        made += [vendor, engagements.add_engagement(session, vendor, terms, **BY)]
    decide(session, made[1], paul)
    return made


def decide(session, bought, person, kind=DecisionKind.APPROVE, *, alone=True):
    return decisions.propose(
        session,
        bought,
        Proposal(kind, "Its evidence is good."),
        seen=decisions.mark(session, bought.id),
        shown=baselines.frozen(session, bought, now=NOON),
        person=person,
        now=NOON,
        alone=alone,
    )


def ask(session, *chosen, **said):
    terms = {"due_on": DUE, "reason": "Their breach", "now": NOON, "actor": "test"} | said
    return reviews.open_many(session, chosen, **terms)


def test_whatever_is_approved_is_looked_at_again_by_the_day(session, two):
    """The day shows at the vendor; a second act leaves what is open alone, and says so."""
    vendor, bought, other, _ = two
    assert ask(session, vendor, other) == Opened(1, 0, 1)
    assert (vendor.next_review_on, other.next_review_on) == (DUE, None)
    later = DUE + dt.timedelta(days=9)
    assert ask(session, vendor, due_on=later, reason="Another") == Opened(0, 1, 0)
    assert reviews.open_on(session, bought.id).reason == "Their breach"
    assert reviews.reasons(session, [vendor.id, other.id]) == {vendor.id: "Their breach"}


def test_a_decision_closes_it(session, two, paul):
    """Also one that comes to the same; the next review is that of the decision again."""
    vendor, bought, *_ = two
    usual = vendor.next_review_on
    ask(session, vendor)
    made = decide(session, bought, paul)
    row = session.exec(select(Review)).one()
    assert (row.closed_at, row.decision_id) == (NOON, made.id)
    assert vendor.next_review_on == usual or vendor.next_review_on > DUE


def test_it_is_taken_back_by_who_opened_it(session, two, paul):
    """What one moment opened is withdrawn, and the day is as before."""
    vendor, bought, *_ = two
    usual = vendor.next_review_on
    ask(session, vendor, actor=paul.id)
    assert reviews.undo(session, NOON, now=NOON, actor=make_user(session, "analyst").id) == 0
    assert reviews.undo(session, NOON, now=NOON, actor=paul.id) == 1
    assert reviews.open_on(session, bought.id) is None
    assert vendor.next_review_on == usual


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"due_on": None}, "due_on"),
        ({"due_on": NOON.date() - dt.timedelta(days=1)}, "due_on"),
        ({"due_on": NOON.date() + dt.timedelta(days=400)}, "due_on"),
    ],
)
def test_it_has_a_day_and_a_reason(session, two, said, field):
    """Else nobody knows what to look at, or when."""
    with pytest.raises(VendorRefused) as refused:
        ask(session, two[0], **said)
    assert refused.value.field == field


def test_what_has_ended_is_neither_reviewed_nor_decided(session, two, paul):
    """An ended engagement leaves nothing in anybody's inbox."""
    vendor, bought, *_ = two
    ask(session, vendor)
    waiting = decide(session, bought, paul, DecisionKind.REJECT, alone=False)
    engagements.end_engagement(session, vendor, bought, **BY)
    session.flush()
    assert waiting.state == DecisionState.WITHDRAWN
    assert reviews.open_on(session, bought.id) is None
    assert listed.waiting(session) == []


def test_what_hung_since_an_engagement_ended_can_be_refused(session, two, paul):
    """A proposal of before stands in the inbox until somebody refuses it."""
    vendor, bought, *_ = two
    waiting = decide(session, bought, paul, DecisionKind.REJECT, alone=False)
    bought.ended_at = NOON
    session.flush()
    assert [row.id for row, *_ in listed.waiting(session)] == [waiting.id]
    said = {"revision": waiting.revision, "person": paul, "now": NOON}
    decisions.refuse(session, waiting, "It has ended", **said)
    assert listed.waiting(session) == []
    assert session.get_one(Decision, waiting.id).state == DecisionState.REFUSED
    assert session.get_one(Vendor, vendor.id).archived_at is None
