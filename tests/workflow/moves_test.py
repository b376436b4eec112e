"""What moved at a vendor: kept with the look or the score, confirmed before anybody is alerted."""

import datetime as dt
import uuid

import pytest
from sqlmodel import col, select

from tests.factories import make_user
from tests.workflow import results_test
from tests.workflow.results_test import HSTS, LATER, NOON, SHOWN, outcomes, scan
from vendor_risk.evidence import Severity, failed, unknown
from vendor_risk.reports.moves import TABLE, Answer, Kind
from vendor_risk.store.models.decisions import Decision, DecisionKind, DecisionState, Review
from vendor_risk.store.models.moves import MoveState, StoredMove
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import moves
from vendor_risk.workflow.vendors import VendorRefused

vendor = results_test.vendor  # tier 2, one engagement, no look yet
ENDED = failed(SHOWN, "it ended yesterday", severity=Severity.CRITICAL)
MARKS = {"issuer": ["Kestrel CA"]}
MINUTES = dt.timedelta(minutes=10)


def told(database, *, state=MoveState.STANDS):
    """Each move of that state: kind, what, answer."""
    with database.reading() as session:
        rows = session.exec(
            select(StoredMove)
            .where(StoredMove.state == state)
            .order_by(col(StoredMove.created_at), col(StoredMove.kind), col(StoredMove.what))
        ).all()
        return [(row.kind, row.what, row.answer) for row in rows]


def kinds(database, **more):
    return [kind for kind, _what, _answer in told(database, **more)]


def next_scan(database, vendor_id):
    with database.reading() as session:
        return session.get_one(Vendor, vendor_id).next_scan_at


def test_the_first_look_moves_nothing(database, vendor):
    """Its faults are what the assessment begins with."""
    scan(database, vendor, outcomes(web__hsts=HSTS))
    assert told(database) == []


def test_a_fault_that_was_not_there_moved(database, vendor):
    """It is answered as the table says for its kind and the vendor's tier."""
    scan(database, vendor, outcomes())
    scan(database, vendor, outcomes(web__hsts=HSTS), at=LATER)
    assert (Kind.FAULT_OTHER, "web.hsts", Answer.DIGEST) in told(database)


def test_a_mended_fault_moved(database, vendor):
    """Whoever asked for it hears of it."""
    scan(database, vendor, outcomes(web__hsts=HSTS))
    scan(database, vendor, outcomes(), at=LATER)
    assert (Kind.FAULT_FIXED, "web.hsts", Answer.DIGEST) in told(database)


def test_what_could_not_be_seen_did_not_move(database, vendor):
    """Unknown is neither mended nor new."""
    scan(database, vendor, outcomes(web__hsts=HSTS))
    scan(database, vendor, outcomes(web__hsts=unknown("no answer", SHOWN)), at=LATER)
    assert told(database) == []


def test_a_graver_fault_moved(database, vendor):
    """From and to stand beside it."""
    scan(database, vendor, outcomes(web__hsts=HSTS))
    graver = failed(SHOWN, "no header at all", severity=Severity.HIGH)
    scan(database, vendor, outcomes(web__hsts=graver), at=LATER)
    with database.reading() as session:
        row = session.exec(select(StoredMove).where(StoredMove.kind == Kind.FAULT_WORSE)).one()
    assert (row.before, row.now) == ("medium", "high")


def test_a_new_mark_moved(database, vendor):
    """Somebody else issues their certificates."""
    scan(database, vendor, outcomes(), marked=MARKS)
    scan(database, vendor, outcomes(), at=LATER, marked={"issuer": ["Kestrel CA", "Merlin CA"]})
    assert told(database) == [(Kind.ISSUER_NEW, "Merlin CA", Answer.SILENCE)]


def test_a_grave_fault_is_looked_at_twice_before_it_alerts(database, vendor):
    """The second look comes minutes later, and nobody was told until then."""
    scan(database, vendor, outcomes())
    scan(database, vendor, outcomes(tls__cert__expiry=ENDED), at=LATER)
    assert Kind.FAULT_SEVERE not in kinds(database)
    assert next_scan(database, vendor) == LATER + MINUTES
    scan(database, vendor, outcomes(tls__cert__expiry=ENDED), at=LATER + MINUTES)
    assert (Kind.FAULT_SEVERE, "tls.cert.expiry", Answer.ALERT) in told(database)


def test_a_fault_that_the_second_look_does_not_see_alerts_nobody(database, vendor):
    """Neither it, nor the scores that fell for it, nor that it is mended, is news."""
    scan(database, vendor, outcomes())
    scan(database, vendor, outcomes(tls__cert__expiry=ENDED), at=LATER)
    assert told(database) == []
    scan(database, vendor, outcomes(), at=LATER + MINUTES)
    assert told(database) == []
    assert told(database, state=MoveState.WAITING) == []


def test_scores_that_fell_for_a_fault_stand_with_it(database, vendor):
    """The knock-out of a bad certificate waits for the second look, and holds after it."""
    scan(database, vendor, outcomes())
    scan(database, vendor, outcomes(tls__cert__expiry=ENDED), at=LATER)
    assert Kind.KNOCKOUT_NEW in kinds(database, state=MoveState.WAITING)
    scan(database, vendor, outcomes(tls__cert__expiry=ENDED), at=LATER + MINUTES)
    assert Kind.KNOCKOUT_NEW in kinds(database)


def test_looks_that_cannot_say_end_in_the_digest(database, vendor):
    """After three of them it is told as seen once, and wakes nobody."""
    scan(database, vendor, outcomes())
    scan(database, vendor, outcomes(tls__cert__expiry=ENDED), at=LATER)
    blind = outcomes(tls__cert__expiry=unknown("timed out", SHOWN))
    for nth in range(1, 4):
        assert Kind.FAULT_SEVERE not in kinds(database)
        scan(database, vendor, blind, at=LATER + nth * MINUTES)
    assert (Kind.FAULT_SEVERE, "tls.cert.expiry", Answer.DIGEST) in told(database)


def test_what_comes_and_goes_alerts_once(database, vendor):
    """Within a month the same fault is for the digest only."""
    scan(database, vendor, outcomes())
    for week in (1, 2):
        at = NOON + dt.timedelta(weeks=week)
        for minutes in (0, 10):
            late = at + dt.timedelta(minutes=minutes)
            scan(database, vendor, outcomes(tls__cert__expiry=ENDED), at=late)
        scan(database, vendor, outcomes(), at=at + dt.timedelta(days=1))
    answers = [answer for kind, _what, answer in told(database) if kind == Kind.FAULT_SEVERE]
    assert answers == [Answer.ALERT, Answer.DIGEST]


def test_the_table_can_be_changed(database, vendor):
    """From then on moves are answered so."""
    wanted = {kind: row.answers for kind, row in TABLE.items()}
    wanted[Kind.ISSUER_NEW] = (Answer.ALERT,) * 4
    with database.transaction() as session:
        admin = make_user(session, "admin")
        moves.set_table(session, wanted, now=NOON, actor=admin.id)
    scan(database, vendor, outcomes(), marked=MARKS)
    scan(database, vendor, outcomes(), at=LATER, marked={"issuer": ["Kestrel CA", "Merlin CA"]})
    assert told(database) == [(Kind.ISSUER_NEW, "Merlin CA", Answer.ALERT)]


def test_a_table_without_a_row_is_refused(database):
    """An answer is chosen for each kind."""
    with database.transaction() as session, pytest.raises(VendorRefused):
        moves.set_table(session, {}, now=NOON, actor=uuid.uuid4())


def test_checks_that_are_asked_since_are_no_news(database, vendor, monkeypatch):
    """An update that looks at more finds faults that were there before."""
    before = [one for one in outcomes() if one.check != "web.hsts"]
    scan(database, vendor, before)
    monkeypatch.setattr(moves, "VERSION", "later")
    scan(database, vendor, outcomes(web__hsts=HSTS), at=LATER)
    assert Kind.FAULT_OTHER not in kinds(database)


def test_looks_that_reach_nothing_are_told_once_at_the_fourth(database, vendor, queue):
    """A name that fails once is looked at again, and nobody is told."""
    from vendor_risk.workflow import results, scans

    for nth in range(5):
        with database.transaction() as session:
            row = session.get_one(Vendor, vendor)
            at = NOON + dt.timedelta(days=nth)
            ordered = scans.request_scan(session, row, now=at, by=None, enqueue=queue)
            scans.begin(session, ordered.id, now=at)
            scans.record(session, ordered.id, "a.example", "no answer", now=at)
            results.finish(session, ordered.id, now=at)
            results.finish(session, ordered.id, now=at)
    assert told(database) == [(Kind.NOT_REACHED, "", Answer.DIGEST)]


@pytest.mark.parametrize(("approved", "opened"), [(True, 1), (False, 0)])
def test_an_answer_of_review_opens_one_on_what_is_approved(database, vendor, approved, opened):
    """A knock-out at tier 2; what nobody approved has nothing to look at again."""
    if approved:
        with database.transaction() as session:
            bought = session.exec(select(Engagement)).one()
            session.add(
                Decision(
                    vendor_id=vendor,
                    engagement_id=bought.id,
                    kind=DecisionKind.APPROVE,
                    state=DecisionState.IN_FORCE,
                    rationale="It was good.",
                )
            )
    scan(database, vendor, outcomes())
    for minutes in (0, 10):
        at = LATER + dt.timedelta(minutes=minutes)
        scan(database, vendor, outcomes(tls__cert__expiry=ENDED), at=at)
    assert (Kind.KNOCKOUT_NEW, "KO-01", Answer.REVIEW) in told(database)
    with database.reading() as session:
        rows = session.exec(select(Review)).all()
        assert len(rows) == opened
        assert all(row.due_on == at.date() + dt.timedelta(days=14) for row in rows)
