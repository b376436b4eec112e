"""A contradicted answer lowers a vendor's bare word until somebody clears it, with a reason."""

import pytest
from sqlmodel import col, select

from tests import rated
from tests.factories import NOON
from vendor_risk.evidence import Source
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.findings import FindingEvent, FindingState, StoredFinding
from vendor_risk.workflow import credibility, scores
from vendor_risk.workflow.vendors import Stale, VendorRefused

BY = {"now": NOON, "actor": "test"}
EXHIBITS = {"control": "DP-01", "said": "TLS 1.2 or newer only", "seen": "TLS 1.0 on a.example"}


@pytest.fixture
def session(database):
    with database.writing() as opened:
        yield opened


@pytest.fixture
def told(session):
    """A vendor whose word and whose document stand side by side."""
    vendor, engagement = rated.make(session, "Acme", NOON)
    rated.claim(session, vendor, "DL-01", NOON)
    rated.claim(session, vendor, "AC-01", NOON, source=Source.REVIEWED)
    scores.rescore(session, [vendor.id], now=NOON, cause=scores.FACTS)
    return vendor, engagement


def shares(session, engagement):
    judged = scores.judge(session, engagement, now=NOON)
    return {line.control: line.best.share for line in judged.score.assurance.lines if line.best}


def mark(session, vendor, **spoilt):
    return credibility.mark(
        session, vendor, **(EXHIBITS | {"revision": vendor.revision} | BY | spoilt)
    )


def clear(session, vendor, why="The answer was corrected.", **spoilt):
    return credibility.clear_contradiction(
        session, vendor, why=why, **({"revision": vendor.revision} | BY | spoilt)
    )


def test_what_is_merely_said_counts_less_and_what_was_read_as_before(session, told):
    """Only self-attested claims are lowered."""
    vendor, engagement = told
    mark(session, vendor)
    assert shares(session, engagement) == {"DL-01": 4000, "AC-01": 9200}


def test_a_finding_keeps_both_exhibits(session, told):
    """It is open, with what was said and what was seen."""
    vendor, _ = told
    finding = mark(session, vendor)
    assert (finding.state, finding.control) == (FindingState.OPEN, "DP-01")
    assert (finding.reason, finding.evidence_value) == (EXHIBITS["said"], EXHIBITS["seen"])
    assert vendor.open_findings == 1


def test_clearing_brings_the_word_back_and_leaves_the_finding(session, told):
    """The finding has a life of its own."""
    vendor, engagement = told
    mark(session, vendor)
    assert clear(session, vendor)
    assert shares(session, engagement)["DL-01"] == 6500
    assert session.exec(select(StoredFinding.state)).one() == FindingState.OPEN
    assert (vendor.contradicted_at, vendor.contradicted_why) == (None, "")


def test_both_acts_stand_in_the_log_and_in_the_history_of_scores(session, told):
    """With the note of who cleared it."""
    vendor, engagement = told
    mark(session, vendor)
    clear(session, vendor)
    session.commit()
    acts = session.exec(select(AuditEntry.act).order_by(col(AuditEntry.sequence))).all()
    assert acts[-2:] == ["vendor.contradicted", "vendor.contradiction_cleared"]
    causes = [row.cause for row in scores.history(session, engagement.id)]
    assert causes.count(scores.CREDIBILITY) == 2


def test_a_second_time_opens_the_same_finding_again(session, told):
    """The identity of a finding survives."""
    vendor, _ = told
    first = mark(session, vendor)
    clear(session, vendor)
    first.state, first.closed_at = FindingState.VERIFIED, NOON
    again = mark(session, vendor, seen="TLS 1.1 on a.example")
    assert (again.id, again.times_opened, again.closed_at) == (first.id, 2, None)
    assert len(session.exec(select(FindingEvent)).all()) == 2


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        ({"control": "XX-99"}, "control"),
        ({"said": " "}, "said"),
        ({"seen": ""}, "seen"),
        ({"said": "x" * 221}, "said"),
    ],
)
def test_without_both_exhibits_nothing_is_marked(session, told, spoilt, field):
    """An accusation rests on something."""
    vendor, _ = told
    with pytest.raises(VendorRefused) as refused:
        mark(session, vendor, **spoilt)
    assert refused.value.field == field
    assert vendor.contradicted_at is None


def test_a_contradicted_vendor_is_not_marked_twice(session, told):
    """The first exhibits are not lost."""
    vendor, _ = told
    mark(session, vendor)
    with pytest.raises(VendorRefused):
        mark(session, vendor)


def test_clearing_needs_a_note(session, told):
    """Somebody says what was checked."""
    vendor, _ = told
    mark(session, vendor)
    with pytest.raises(VendorRefused) as refused:
        clear(session, vendor, why=" ")
    assert refused.value.field == "why"


def test_what_is_credible_is_not_cleared(session, told):
    """Nothing happens."""
    assert not clear(session, told[0])


@pytest.mark.parametrize("act", [mark, clear])
def test_a_vendor_that_moved_on_is_not_judged(session, told, act):
    """Somebody else may have seen to it."""
    vendor, _ = told
    with pytest.raises(Stale):
        act(session, vendor, revision=vendor.revision + 1)
