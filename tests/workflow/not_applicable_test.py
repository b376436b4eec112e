"""Controls that an analyst takes out of an engagement leave its sum, and come back."""

import pytest
from sqlmodel import col, select

from tests import rated
from tests.factories import NOON, make_user
from vendor_risk.scoring.model import load
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.evidence import NotApplicable
from vendor_risk.store.models.findings import FindingState
from vendor_risk.workflow import not_applicable, scores
from vendor_risk.workflow.vendors import VendorRefused

BY = {"now": NOON, "actor": "test"}


@pytest.fixture
def session(database):
    with database.writing() as opened:
        yield opened


@pytest.fixture
def told(session):
    """A vendor that answered one question."""
    vendor, engagement = rated.make(session, "Acme", NOON)
    rated.claim(session, vendor, "DL-01", NOON)
    scores.rescore(session, [vendor.id], now=NOON, cause=scores.FACTS)
    return vendor, engagement


def accept(session, engagement, control="WB-02", reason="It writes no software.", **spoilt):
    return not_applicable.accept(session, engagement, control, reason=reason, **(BY | spoilt))


def controls(session, engagement):
    judged = scores.judge(session, engagement, now=NOON)
    return {line.control for line in judged.score.assurance.lines}


def test_an_accepted_control_leaves_the_sum(session, told):
    """What is left weighs more, in the same transaction."""
    _, engagement = told
    before = engagement.final
    accept(session, engagement)
    assert "WB-02" not in controls(session, engagement)
    assert engagement.final > before


def test_who_accepted_it_and_why_is_kept(session, told):
    """On the row and in the log."""
    person = make_user(session, "analyst")
    row = accept(session, told[1], actor=person.id)
    assert (row.by_id, row.reason) == (person.id, "It writes no software.")
    session.commit()
    entry = session.exec(select(AuditEntry).order_by(col(AuditEntry.sequence).desc())).first()
    assert entry.act == "engagement.not_applicable"


def test_it_comes_back(session, told):
    """The score is what it was, and the old row stays."""
    _, engagement = told
    before = engagement.final
    row = accept(session, engagement)
    assert not_applicable.take_back(session, row, **BY)
    assert engagement.final == before
    assert not_applicable.standing(session, engagement.id) == []
    assert not not_applicable.take_back(session, row, **BY)
    assert accept(session, engagement).id != row.id


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 1001}, "reason"),
        ({"control": "XX-99"}, "control"),
        ({"control": "WB-01"}, "control"),  # out of scope by the facts
    ],
)
def test_what_is_refused(session, told, said, field):
    """A reason is needed, and a control that counts."""
    with pytest.raises(VendorRefused) as refused:
        accept(session, told[1], **said)
    assert refused.value.field == field
    assert session.exec(select(NotApplicable)).all() == []


def test_what_fails_does_apply(session, told):
    """Not while a finding on the control is open."""
    vendor, engagement = told
    finding = rated.finding(session, vendor, "WB-02", NOON)
    with pytest.raises(VendorRefused):
        accept(session, engagement)
    finding.state, finding.closed_at = FindingState.VERIFIED, NOON
    assert accept(session, engagement)


def test_a_finding_that_comes_later_makes_it_count_again(session, told):
    """An acceptance never hides a fault."""
    vendor, engagement = told
    accept(session, engagement)
    rated.finding(session, vendor, "WB-02", NOON)
    session.flush()
    assert "WB-02" in controls(session, engagement)


def test_a_fault_of_the_parent_counts_where_its_evidence_does(session, told):
    """An engagement that inherits shares the faults."""
    vendor, engagement = told
    parent, _ = rated.make(session, "Parent", NOON)
    vendor.parent_id, engagement.inherits = parent.id, True
    rated.finding(session, parent, "WB-02", NOON)
    session.flush()
    with pytest.raises(VendorRefused):
        accept(session, engagement)


def test_the_same_control_is_accepted_once(session, told):
    """A second one is told so."""
    accept(session, told[1])
    with pytest.raises(VendorRefused):
        accept(session, told[1])


def test_the_last_control_stays(session, told):
    """Without any there is nothing to score."""
    _, engagement = told
    left = sorted(controls(session, engagement))
    assert set(left) < set(load().controls)
    for control in left[:-1]:
        accept(session, engagement, control)
    with pytest.raises(VendorRefused):
        accept(session, engagement, left[-1])


def test_an_ended_engagement_is_left_alone(session, told):
    """It is not scored."""
    _, engagement = told
    engagement.ended_at = NOON
    session.flush()
    with pytest.raises(VendorRefused):
        accept(session, engagement)
