"""What a scan leaves behind: findings with a life, claims that fade, scores that follow."""

import datetime as dt
import json

import pytest
from sqlmodel import col, select

from tests.workflow.scans_test import make_vendor, seen
from vendor_risk.checks.catalogue import Judged, catalogue
from vendor_risk.evidence import (
    Evidence,
    HostClass,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)
from vendor_risk.scoring.model import load
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import FindingEvent, FindingState, StoredFinding
from vendor_risk.store.models.scans import ScanState
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Domain, Engagement
from vendor_risk.workflow import engagements, results, scans, scores
from vendor_risk.workflow.engagements import Terms

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
SHOWN = Evidence("value", "command")
LEVELS = {"data_sensitivity": 2, "data_volume": 2, "access": 2, "criticality": 2, "payment": 3}


@pytest.fixture
def vendor(database):
    """A vendor with a log-in host, one engagement with all facts, and no scan yet."""
    with database.transaction() as session:
        made = make_vendor(session, "a.example", tier=2)
        terms = Terms(name="Check-out", levels=LEVELS)
        engagements.add_engagement(session, made, terms, now=NOON, actor="test")
        return made.id


def outcomes(host="a.example", **spoilt):
    """Every check passed on a host, but for those named with _ for each dot."""
    said = {name.replace("__", "."): outcome for name, outcome in spoilt.items()}
    return [
        Judged(check.id, check.control, host, said.get(check.id, passed(SHOWN)))
        for check in catalogue()
    ]


def scan(database, vendor_id, judged, *, at=NOON, hosts=("a.example",), marked=None):
    """A scan of the vendor that saw these outcomes, finished at that moment."""
    from vendor_risk.store.models.vendors import Vendor

    with database.transaction() as session:
        vendor = session.get_one(Vendor, vendor_id)
        ordered = scans.request_scan(
            session, vendor, now=at, by=None, enqueue=lambda *_args, **_more: None
        )
        scans.begin(session, ordered.id, now=at)
        for host in hosts:
            mine = [one for one in judged if one.host == host]
            look = seen(host) if mine else "no answer"
            scans.record(session, ordered.id, host, look, now=at, judged=mine, marked=marked)
        results.finish(session, ordered.id, now=at)
        assert session.get(type(ordered), ordered.id).state == ScanState.DONE


def findings(database):
    with database.reading() as session:
        return {
            (row.reference, row.asset): row for row in session.exec(select(StoredFinding)).all()
        }


def acts(database):
    with database.reading() as session:
        rows = session.exec(select(FindingEvent).order_by(col(FindingEvent.at))).all()
        return [(row.act, row.state_before, row.state_after) for row in rows]


def standing(database):
    with database.reading() as session:
        return session.exec(select(Engagement)).one()


HSTS = failed(SHOWN, "no header", severity=Severity.MEDIUM)
LATER = NOON + dt.timedelta(days=7)


def test_all_passed_is_claimed_and_counts(database, vendor):
    """Four controls are proven by what was observed; the rest stays unknown, and unrated."""
    scan(database, vendor, outcomes())
    with database.reading() as session:
        claims = {row.control: row for row in session.exec(select(StoredClaim)).all()}
    assert {control: row.level for control, row in claims.items()} == {
        "DN-01": 100,
        "DP-01": 100,
        "WB-01": 50,
        "WB-03": 100,
    }
    assert claims["DP-01"].valid_until == NOON.date() + dt.timedelta(days=30)
    row = standing(database)
    assert row.low == row.final > 0
    assert (row.grade, row.residual) == (None, None)
    assert row.coverage < load().coverage_needed


def test_a_fault_is_a_finding_with_owner_and_due_date(database, vendor):
    """It caps its control, and its claim is gone with it."""
    scan(database, vendor, outcomes(web__hsts=HSTS))
    row = findings(database)["web.hsts", "a.example"]
    assert (row.state, row.severity, row.control) == (FindingState.OPEN, 2, "WB-03")
    assert row.due_on == NOON.date() + dt.timedelta(days=90)
    assert row.evidence_command == "command"
    with database.reading() as session:
        assert "WB-03" not in set(session.exec(select(StoredClaim.control)))


def test_a_finding_keeps_its_identity_and_returns_with_its_history(database, vendor):
    """Mended it is verified by the look that no longer sees it; back again it is the same one."""
    scan(database, vendor, outcomes(web__hsts=HSTS))
    scan(database, vendor, outcomes(web__hsts=HSTS), at=NOON + dt.timedelta(days=1))
    scan(database, vendor, outcomes(), at=LATER)
    closed = findings(database)["web.hsts", "a.example"]
    assert (closed.state, closed.closed_at) == (FindingState.VERIFIED, LATER)
    back = LATER + dt.timedelta(days=1)
    scan(database, vendor, outcomes(web__hsts=HSTS), at=back)
    row = findings(database)["web.hsts", "a.example"]
    assert (row.id, row.state, row.times_opened, row.opened_at, row.first_seen_at) == (
        closed.id,
        FindingState.OPEN,
        2,
        back,
        NOON,
    )
    assert acts(database) == [
        ("seen", "", "open"),
        ("gone", "open", "verified"),
        ("back", "verified", "open"),
    ]


@pytest.mark.parametrize("kind", ["unknown", "unreached"])
def test_what_could_not_be_seen_changes_nothing(database, vendor, kind):
    """The finding stays as it was, and the last proof stays, to fade."""
    scan(database, vendor, outcomes(web__hsts=HSTS))
    before = standing(database).final
    blind = outcomes(web__hsts=unknown("timed out"), tls__reach=unknown("timed out"))
    judged = blind if kind == "unknown" else outcomes("b.example")
    hosts = ("a.example",) if kind == "unknown" else ("a.example", "b.example")
    if kind == "unreached":
        with database.transaction() as session:
            session.add(
                Domain(
                    vendor_id=vendor,
                    host="b.example",
                    display="b.example",
                    registrable="b.example",
                )
            )
    scan(database, vendor, judged, at=LATER, hosts=hosts)
    assert findings(database)["web.hsts", "a.example"].state == FindingState.OPEN
    with database.reading() as session:
        claims = {row.control: row for row in session.exec(select(StoredClaim)).all()}
    assert (claims["DP-01"].date, claims["DP-01"].ended_at) == (NOON.date(), None)
    assert standing(database).final == before


def test_a_proof_that_a_check_speaks_against_is_withdrawn(database, vendor):
    """And comes back, dated anew, with the next look that proves it."""
    scan(database, vendor, outcomes())
    bad = failed(SHOWN, "expired", severity=Severity.CRITICAL)
    scan(database, vendor, outcomes(tls__cert__expiry=bad), at=LATER)
    with database.reading() as session:
        rows = session.exec(select(StoredClaim).where(StoredClaim.control == "DP-01")).all()
    assert [row.ended_at for row in rows] == [LATER]
    again = LATER + dt.timedelta(days=1)
    scan(database, vendor, outcomes(), at=again)
    with database.reading() as session:
        dates = session.exec(
            select(StoredClaim.date).where(
                StoredClaim.control == "DP-01", col(StoredClaim.ended_at).is_(None)
            )
        ).all()
    assert dates == [again.date()]


def test_said_to_be_fixed_and_still_there_is_open_again(database, vendor):
    """The look is the proof."""
    scan(database, vendor, outcomes(web__hsts=HSTS))
    with database.transaction() as session:
        session.exec(select(StoredFinding)).one().state = FindingState.SAID_FIXED
    scan(database, vendor, outcomes(web__hsts=HSTS), at=LATER)
    assert findings(database)["web.hsts", "a.example"].state == FindingState.OPEN
    assert acts(database)[-1] == ("still there", "vendor says fixed", "open")


@pytest.mark.parametrize("state", [FindingState.NOT_THEIRS, FindingState.FALSE])
def test_what_a_reviewer_decided_stays_decided(database, vendor, state):
    """A look sees the same fault, and it is still not the vendor's."""
    scan(database, vendor, outcomes(web__hsts=HSTS))
    with database.transaction() as session:
        row = session.exec(select(StoredFinding)).one()
        row.state, row.closed_at = state, NOON
    scan(database, vendor, outcomes(web__hsts=HSTS), at=LATER)
    assert findings(database)["web.hsts", "a.example"].state == state


@pytest.mark.parametrize(
    ("severity", "state"),
    [(Severity.MEDIUM, FindingState.ACCEPTED), (Severity.HIGH, FindingState.OPEN)],
)
def test_an_acceptance_holds_for_what_was_accepted(database, vendor, severity, state):
    """And not for worse."""
    scan(database, vendor, outcomes(web__hsts=HSTS))
    with database.transaction() as session:
        row = session.exec(select(StoredFinding)).one()
        row.state, row.accepted_until = FindingState.ACCEPTED, dt.date(2027, 1, 1)
    again = failed(SHOWN, "no header", severity=severity)
    scan(database, vendor, outcomes(web__hsts=again), at=LATER)
    assert findings(database)["web.hsts", "a.example"].state == state


def test_a_host_that_left_takes_its_findings_along(database, vendor):
    """What is no longer the vendor's is no longer a fault of it, and is one when it is back."""
    with database.transaction() as session:
        session.add(
            Domain(
                vendor_id=vendor,
                host="b.example",
                display="b.example",
                registrable="b.example",
                host_class=HostClass.LOGIN,
            )
        )
    both = [*outcomes(), *outcomes("b.example", web__hsts=HSTS)]
    scan(database, vendor, both, hosts=("a.example", "b.example"))
    with database.transaction() as session:
        session.delete(session.exec(select(Domain).where(Domain.host == "b.example")).one())
    scan(database, vendor, outcomes(), at=LATER)
    assert findings(database)["web.hsts", "b.example"].state == FindingState.VERIFIED
    with database.transaction() as session:
        session.add(
            Domain(
                vendor_id=vendor,
                host="b.example",
                display="b.example",
                registrable="b.example",
                host_class=HostClass.LOGIN,
            )
        )
    again = LATER + dt.timedelta(days=1)
    scan(database, vendor, both, at=again, hosts=("a.example", "b.example"))
    assert findings(database)["web.hsts", "b.example"].state == FindingState.OPEN


def test_a_score_is_kept_when_it_moved_and_only_then(database, vendor):
    """The copy holds the snapshot, so that it can be computed again to the byte."""
    first = NOON + dt.timedelta(minutes=1)
    scan(database, vendor, outcomes(), at=first)
    scan(database, vendor, outcomes(), at=NOON + dt.timedelta(days=1))
    scan(database, vendor, outcomes(web__hsts=HSTS), at=LATER)
    with database.reading() as session:
        rows = session.exec(select(StoredScore).order_by(col(StoredScore.created_at))).all()
        assert [(row.created_at, row.cause) for row in rows] == [
            (NOON, scores.FACTS),
            (first, scores.SCAN),
            (LATER, scores.SCAN),
        ]
        from vendor_risk.scoring.score import score
        from vendor_risk.scoring.snapshot import parse

        for row in rows:
            told = score(parse(row.snapshot)).to_json()
            assert json.dumps(told, sort_keys=True) == row.result
        assert session.exec(select(Engagement.score_id)).one() == rows[-1].id


def test_a_bad_certificate_at_the_door_knocks_out(database, vendor):
    """KO-01 stands on the finding, so closing it lifts the cap."""
    bad = failed(SHOWN, "expired", severity=Severity.CRITICAL)
    scan(database, vendor, outcomes(tls__cert__expiry=bad))
    with database.reading() as session:
        row = session.exec(select(Engagement)).one()
        judged = scores.judge(session, row, now=NOON)
    assert judged.score.assurance.knockouts == ("KO-01", "KO-10")
    assert set(judged.rests_on) == {"KO-01"}


def test_what_does_not_apply_proves_with_the_rest(database, vendor):
    """A domain without mail has its controls proven by what does apply."""
    none = not_applicable("no mail")
    scan(database, vendor, outcomes(mail__spf__all=none))
    with database.reading() as session:
        assert "DN-01" in set(session.exec(select(StoredClaim.control)))
