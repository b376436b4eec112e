"""The life of a finding: every step, every refusal, and what the vendor may say over a link."""

import datetime as dt

import pytest
from sqlmodel import select

from tests import rated
from tests.factories import NOON, make_user
from vendor_risk.evidence import Severity
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.findings import FindingEvent, FindingState, StoredFinding
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import ContactRole, Engagement
from vendor_risk.workflow import (
    contacts,
    engagements,
    finding_files,
    finding_requests,
    findings,
    scores,
    vendors,
)
from vendor_risk.workflow.engagements import Terms
from vendor_risk.workflow.finding_moves import CLOSED, MOVES, Teller
from vendor_risk.workflow.vendors import Stale, VendorRefused

BY = {"now": NOON, "actor": "test"}
TODAY = NOON.date()
LEVELS = {"data_sensitivity": 2, "data_volume": 2, "access": 2, "criticality": 2, "payment": 3}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def session(database):
    with database.writing() as opened:
        yield opened


@pytest.fixture
def vendor(session):
    """A vendor with one engagement, whose every fact is known."""
    made = vendors.create_vendor(session, name="Acme", **BY)
    engagements.add_engagement(session, made, Terms(name="Check-out", levels=LEVELS), **BY)
    return made


@pytest.fixture
def analyst(session):
    return Teller(make_user(session, "analyst", email="ann@example.com").id)


@pytest.fixture
def approver(session):
    return Teller(make_user(session, "approver", email="bob@example.com").id)


@pytest.fixture
def contact(session, vendor):
    """A contact for security, with an address."""
    return contacts.add_contact(
        session, vendor, name="Sue", email="sue@acme.example", roles=[ContactRole.SECURITY], **BY
    )


def found(session, vendor, by, **said):
    """A finding that a person raised."""
    return findings.raise_finding(
        session,
        vendor,
        **{"control": "DP-01", "severity": Severity.HIGH, "title": "Keys are old"} | said,
        now=NOON,
        by=by,
    )


def into(session, row, state):
    """The finding is in that state, however it came there."""
    row.state = state
    row.closed_at = NOON if state in CLOSED else None
    row.accepted_until = TODAY if state == FindingState.ACCEPTED else None
    session.flush()
    return row


def go(session, row, name, by, **said):
    """One step at noon, on the newest revision, with a reason."""
    given = {"note": "because", "revision": row.revision, "now": NOON} | said
    if name == "verify":
        given.setdefault("link", "https://tickets.example/4711")
    if name == "accept":
        given.setdefault("until", TODAY + dt.timedelta(days=30))
    return findings.step(session, row, name, by=by, **given)


def last_event(session, row):
    rows = select(FindingEvent).where(FindingEvent.finding_id == row.id)
    return session.exec(rows.order_by(FindingEvent.at, FindingEvent.created_at)).all()[-1]


POSSIBLE = [(name, source) for name, move in MOVES.items() for source in move.sources]
IMPOSSIBLE = [
    (name, state)
    for name, move in MOVES.items()
    for state in FindingState
    if state not in move.sources
]


@pytest.mark.parametrize(("name", "source"), POSSIBLE)
def test_each_step_leads_where_it_says(session, vendor, analyst, approver, name, source):
    """The state follows, the event tells from where, and the revision moves."""
    row = into(session, found(session, vendor, analyst), source)
    before = row.revision

    go(session, row, name, approver)

    assert row.state == MOVES[name].target
    assert (row.closed_at is not None) == (row.state in CLOSED)
    assert row.revision == before + 1
    acts = select(FindingEvent).where(FindingEvent.finding_id == row.id, FindingEvent.act == name)
    event = session.exec(acts).one()
    assert (event.state_before, event.state_after) == (source, row.state)
    assert event.by_id == approver.actor


@pytest.mark.parametrize(("name", "state"), IMPOSSIBLE)
def test_an_impossible_step_is_refused_with_what_is_possible(
    session, vendor, approver, name, state
):
    """Nothing is written, and the sentence names the state and the ways out of it."""
    row = into(session, found(session, vendor, approver), state)

    with pytest.raises(VendorRefused, match=f"“{state}”.*possible now: ."):
        go(session, row, name, approver)

    assert row.state == state


@pytest.mark.parametrize("name", [name for name, move in MOVES.items() if move.reason])
def test_a_step_that_needs_a_reason_is_refused_without(session, vendor, approver, name):
    """Blanks are no reason."""
    row = into(session, found(session, vendor, approver), MOVES[name].sources[0])

    with pytest.raises(VendorRefused) as refused:
        go(session, row, name, approver, note=" \n ")

    assert refused.value.field == "note"


def test_a_step_on_an_old_revision_is_stale(session, vendor, analyst):
    """Somebody was quicker."""
    row = found(session, vendor, analyst)

    with pytest.raises(Stale):
        go(session, row, "verify", analyst, revision=row.revision + 1)


def test_only_an_approver_accepts(session, vendor, analyst):
    """An analyst is told whom to ask."""
    with pytest.raises(VendorRefused, match="Only an approver"):
        go(session, found(session, vendor, analyst), "accept", analyst)


@pytest.mark.parametrize("days", [None, -1, 731])
def test_an_acceptance_ends_within_two_years(session, vendor, approver, days):
    """Without an end, in the past, or nearly for ever."""
    row = found(session, vendor, approver)
    until = None if days is None else TODAY + dt.timedelta(days=days)

    with pytest.raises(VendorRefused) as refused:
        go(session, row, "accept", approver, until=until)

    assert refused.value.field == "until"


@pytest.mark.parametrize("days", [0, 730])
def test_an_acceptance_may_last_from_today_to_two_years(session, vendor, approver, days):
    """It says until when, and who took the risk."""
    row = found(session, vendor, approver)
    until = TODAY + dt.timedelta(days=days)

    go(session, row, "accept", approver, until=until)

    assert (row.accepted_until, row.accepted_by_id) == (until, approver.actor)


def test_an_acceptance_that_ended_opens_again_and_says_so(session, vendor, approver):
    """On its last day it holds; the day after it is over."""
    row = found(session, vendor, approver)
    go(session, row, "accept", approver, until=TODAY)
    assert findings.expire_acceptances(session, NOON) == 0

    assert findings.expire_acceptances(session, NOON + dt.timedelta(days=1)) == 1

    assert (row.state, row.accepted_until) == (FindingState.OPEN, None)
    event = last_event(session, row)
    assert (event.act, event.by_kind) == ("expired", "clock")
    assert "2026-11-22" in event.note


def test_a_verified_finding_that_opens_again_keeps_its_history(session, vendor, analyst):
    """It is due anew, and counts how often it opened."""
    row = found(session, vendor, analyst)
    go(session, row, "verify", analyst)

    go(session, row, "reopen", analyst, now=NOON + dt.timedelta(days=100))

    assert (row.times_opened, row.closed_at) == (2, None)
    assert row.due_on > TODAY + dt.timedelta(days=100)
    assert row.first_seen_at == NOON


def test_each_step_is_in_the_audit_log(session, vendor, analyst):
    """Raised and verified, by whom."""
    row = found(session, vendor, analyst)
    go(session, row, "verify", analyst)
    session.commit()

    entries = session.exec(select(AuditEntry).where(AuditEntry.subject_id == str(row.id))).all()

    assert [one.act for one in entries] == ["finding.raised", "finding.verify"]
    assert {one.actor_id for one in entries} == {analyst.actor}


def test_the_score_follows_in_the_same_transaction(session, vendor, analyst):
    """A finding is counted at the vendor, kept in a score, and gone when it is verified."""
    engagement = session.exec(select(Engagement)).one()
    row = found(session, vendor, analyst, severity=Severity.CRITICAL, knockout="KO-02")
    assert (vendor.open_findings, vendor.severe_findings) == (1, 1)
    judged = scores.judge(session, engagement, now=NOON)
    assert [one.id for one in judged.snapshot.findings] == [str(row.id)]
    assert "KO-02" in judged.snapshot.knockouts

    go(session, row, "verify", analyst)

    assert (vendor.open_findings, vendor.severe_findings) == (0, 0)
    causes = session.exec(select(StoredScore.cause)).all()
    assert scores.FINDING in causes


def test_a_compensated_finding_caps_one_level_lower(session, vendor, analyst):
    """Another control makes up for part of it."""
    row = into(session, found(session, vendor, analyst), FindingState.DISPUTED)

    go(session, row, "compensate", analyst)

    assert scores.counts(row) == Severity.MEDIUM


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"control": "XX-99"}, "control"),
        ({"knockout": "KO-99"}, "knockout"),
        ({"title": "  "}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"effect": "x" * 2001}, "effect"),
        ({"asset": "x" * 254}, "asset"),
    ],
)
def test_a_finding_that_cannot_be_counted_is_refused(session, vendor, analyst, said, field):
    """At the field that is wrong; nothing is written."""
    with pytest.raises(VendorRefused) as refused:
        found(session, vendor, analyst, **said)

    assert refused.value.field == field
    assert session.exec(select(StoredFinding)).all() == []


def test_a_finding_of_an_engagement_of_another_vendor_is_refused(session, vendor, analyst):
    """Evidence does not wander."""
    other = vendors.create_vendor(session, name="Other", **BY)
    engagement = session.exec(select(Engagement)).one()

    with pytest.raises(VendorRefused, match="engagement of this vendor"):
        found(session, other, analyst, engagement_id=engagement.id)


def test_many_take_a_step_and_the_others_are_left_alone(session, vendor, approver):
    """What is closed cannot be accepted."""
    rows = [found(session, vendor, approver, title=f"Fault {n}") for n in range(3)]
    into(session, rows[0], FindingState.VERIFIED)
    until = TODAY + dt.timedelta(days=9)

    done = findings.take_all(
        session, rows, "accept", note="known", until=until, now=NOON, by=approver
    )

    assert done == rows[1:]


@pytest.mark.parametrize("name", ["accept", "false"])
def test_an_act_upon_many_is_undone(session, vendor, approver, name):
    """What was touched since stays."""
    rows = [found(session, vendor, approver, title=f"Fault {n}") for n in range(2)]
    later = NOON + dt.timedelta(minutes=1)
    until = TODAY + dt.timedelta(days=9) if name == "accept" else None
    findings.take_all(session, rows, name, note="no", until=until, now=later, by=approver)
    go(session, rows[0], "reopen", approver, now=later + dt.timedelta(minutes=1))
    go(session, rows[0], name, approver, now=later + dt.timedelta(minutes=2))

    done = findings.undo(session, later, now=later + dt.timedelta(minutes=3), by=approver)

    assert done == [rows[1]]
    assert (rows[1].state, rows[1].closed_at, rows[1].accepted_until) == ("open", None, None)


def test_an_owner_is_set_where_it_is_another(session, vendor, analyst):
    """Who has it already keeps its revision."""
    row = found(session, vendor, analyst)

    assert findings.set_owner(session, [row], analyst.actor, now=NOON, by=analyst) == [row]
    assert findings.set_owner(session, [row], analyst.actor, now=NOON, by=analyst) == []


def test_an_owner_without_an_account_is_refused(session, vendor, analyst):
    """Work would lie with nobody."""
    row = found(session, vendor, analyst)

    with pytest.raises(VendorRefused, match="has an account"):
        findings.set_owner(session, [row], row.id, now=NOON, by=analyst)


@pytest.mark.parametrize("days", [None, -1, 4000])
def test_a_day_that_cannot_be_due_is_refused(session, vendor, analyst, days):
    """None, past, or a wrong year."""
    due = None if days is None else TODAY + dt.timedelta(days=days)

    with pytest.raises(VendorRefused) as refused:
        findings.set_due(session, [found(session, vendor, analyst)], due, now=NOON, by=analyst)

    assert refused.value.field == "due_on"


def test_a_due_date_is_set_on_what_stands(session, vendor, analyst):
    """What is closed is due no more."""
    rows = [found(session, vendor, analyst, title=f"Fault {n}") for n in range(2)]
    into(session, rows[0], FindingState.FALSE)
    day = TODAY + dt.timedelta(days=3)

    assert findings.set_due(session, rows, day, now=NOON, by=analyst) == [rows[1]]
    assert rows[1].due_on == day


@pytest.mark.parametrize(
    ("severity", "days", "allowed"),
    [
        (Severity.CRITICAL, 15, True),  # what tier 2 has
        (Severity.CRITICAL, 16, False),
        (Severity.HIGH, 61, False),
        (Severity.MEDIUM, 400, True),
    ],
)
def test_what_is_severe_is_not_put_off(session, vendor, analyst, severity, days, allowed):
    """Nearer, and back to its day, but no further; to wait longer is an acceptance."""
    row = found(session, vendor, analyst, severity=severity)
    findings.set_due(session, [row], TODAY, now=NOON, by=analyst)
    day = TODAY + dt.timedelta(days=days)

    if allowed:
        findings.set_due(session, [row], day, now=NOON, by=analyst)
    else:
        with pytest.raises(VendorRefused, match="an approver does that") as refused:
            findings.set_due(session, [row], day, now=NOON, by=analyst)
        assert refused.value.field == "due_on"
    assert row.due_on == (day if allowed else TODAY)


@pytest.mark.parametrize("state", [FindingState.OPEN, FindingState.SAID_FIXED])
def test_a_word_alone_verifies_nothing_grave(session, vendor, analyst, approver, state):
    """Critical, high and knock-outs take a file or a link, whoever it is; a medium one the word."""
    row = into(session, found(session, vendor, analyst), state)
    row.answered_at = NOON if state == FindingState.SAID_FIXED else None

    for by in (analyst, approver):
        with pytest.raises(VendorRefused, match="a file or a link") as refused:
            go(session, row, "verify", by, link="")
        assert refused.value.field == "file"
    for wrong in ("ticket 4711", "https://[x"):
        with pytest.raises(VendorRefused, match="whole address"):
            go(session, row, "verify", analyst, link=wrong)
    lifting = found(session, vendor, analyst, severity=Severity.MEDIUM)
    lifting.knockout = "KO-02"
    session.flush()
    with pytest.raises(VendorRefused, match="a file or a link"):
        go(session, lifting, "verify", analyst, link="")
    event = go(session, row, "verify", analyst, link="https://tickets.example/1")
    light = found(session, vendor, analyst, severity=Severity.MEDIUM)
    go(session, light, "verify", analyst, link="")

    assert (row.state, light.state) == (FindingState.VERIFIED, FindingState.VERIFIED)
    assert event.note == "because\nhttps://tickets.example/1"


def test_the_vendor_s_file_is_what_a_reviewer_reads(session, vendor, analyst, contact):
    """Sent with its last answer it needs no second one; an older one proves nothing."""
    row = found(session, vendor, analyst)
    request, _to, _token = ask(session, vendor, [row], analyst)
    said = {"session": session, "request": request, "row": row, "name": "say-fixed", "note": "ok"}
    proof = finding_files.checked_file("shot.png", PNG)
    finding_requests.answer(**said, revision=row.revision, evidence=proof, now=NOON)
    assert not findings.needs_proof(session, row)
    later = NOON + dt.timedelta(days=1)
    row.state = FindingState.ASKED
    session.flush()
    finding_requests.answer(**said, revision=row.revision, evidence=None, now=later)

    assert findings.needs_proof(session, row)


def test_only_what_a_person_may_do_is_offered(session, vendor, analyst, approver):
    """Nobody but an approver accepts, or takes a grave one out of the score."""
    row = found(session, vendor, analyst, severity=Severity.CRITICAL)

    mine = [move.name for move in findings.open_to(session, row, analyst.actor)]
    theirs = [move.name for move in findings.open_to(session, row, approver.actor)]

    assert mine == ["say-fixed", "dispute", "verify"]
    assert theirs == ["say-fixed", "dispute", "verify", "accept", "false"]


@pytest.mark.parametrize(("way", "days"), [("verify", 10), ("false", 0)])
def test_the_last_day_begins_anew_only_after_mending(session, vendor, analyst, approver, way, days):
    """Whoever calls a finding false and opens it again has won no time."""
    row = found(session, vendor, analyst, severity=Severity.CRITICAL)
    later = NOON + dt.timedelta(days=10)
    go(session, row, way, approver)
    go(session, row, "reopen", analyst, now=later)
    last = TODAY + dt.timedelta(days=15 + days)
    findings.set_due(session, [row], last, now=later, by=analyst)

    with pytest.raises(VendorRefused):
        findings.set_due(session, [row], last + dt.timedelta(days=1), now=later, by=analyst)
    assert row.due_on == last


def test_what_is_raised_at_a_sample_is_a_sample(session, analyst):
    """Invented and real rows never mix."""
    invented = vendors.create_vendor(session, name="Invented", sample=True, now=NOON, actor="test")

    assert found(session, invented, analyst).sample


def test_a_comment_keeps_its_lines_and_moves_nothing(session, vendor, analyst):
    """An empty one is refused."""
    row = found(session, vendor, analyst)

    event = findings.comment(session, row, "one\r\n\r\ntwo\x00", now=NOON, by=analyst)

    assert event.note == "one\n\ntwo"
    with pytest.raises(VendorRefused):
        findings.comment(session, row, "", now=NOON, by=analyst)


# asking the vendor


def ask(session, vendor, rows, by, **said):
    return finding_requests.ask(
        session, vendor, rows, **{"contact_id": None} | said, now=NOON, actor=by.actor
    )


def test_asking_makes_a_link_that_only_its_hash_is_kept_of(session, vendor, analyst, contact):
    """The findings are asked, and the link works until two weeks after the day."""
    row = found(session, vendor, analyst)
    due = TODAY + dt.timedelta(days=10)

    request, to, token = ask(session, vendor, [row], analyst, due=due)

    assert (row.state, row.request_id, to.id) == (FindingState.ASKED, request.id, contact.id)
    assert token not in str(request.model_dump())
    last = NOON + dt.timedelta(days=24)
    assert finding_requests.opened(session, token, now=last) == request
    assert finding_requests.opened(session, token, now=last + dt.timedelta(days=1)) is None
    assert finding_requests.opened(session, token[:-1] + "?", now=NOON) is None


def test_the_contact_for_security_is_asked_first(session, vendor, analyst):
    """Whatever the alphabet says; who has no address is not asked at all."""
    by = {"now": NOON, "actor": "test"}
    contacts.add_contact(session, vendor, name="Abe", email="abe@acme.example", **by)
    contacts.add_contact(session, vendor, name="Al", roles=[ContactRole.SECURITY], **by)
    zoe = contacts.add_contact(
        session, vendor, name="Zoe", email="zoe@acme.example", roles=["security"], **by
    )

    assert finding_requests.recipients(session, vendor.id)[0].id == zoe.id
    assert len(finding_requests.recipients(session, vendor.id)) == 2


def test_without_an_address_nobody_is_asked(session, vendor, analyst):
    """And it is said where to add one."""
    row = found(session, vendor, analyst)

    with pytest.raises(VendorRefused, match="no contact with an e-mail address"):
        ask(session, vendor, [row], analyst)

    assert row.state == FindingState.OPEN


@pytest.mark.parametrize("days", [-1, 366])
def test_a_day_that_a_letter_cannot_name_is_refused(session, vendor, analyst, contact, days):
    """Past, or more than a year ahead."""
    row = found(session, vendor, analyst)

    with pytest.raises(VendorRefused) as refused:
        ask(session, vendor, [row], analyst, due=TODAY + dt.timedelta(days=days))

    assert refused.value.field == "due_on"


def test_findings_of_two_vendors_fit_no_letter(session, vendor, analyst, contact):
    """Neither does none."""
    other = vendors.create_vendor(session, name="Other", **BY)
    for rows in ([found(session, other, analyst)], []):
        with pytest.raises(VendorRefused) as refused:
            ask(session, vendor, rows, analyst)
        assert refused.value.field == "chosen"


def test_a_closed_finding_is_not_asked_for(session, vendor, analyst, contact):
    """The letter does not leave with the others either."""
    rows = [found(session, vendor, analyst, title=f"Fault {n}") for n in range(2)]
    into(session, rows[1], FindingState.FALSE)

    with pytest.raises(VendorRefused, match="“false”"):
        ask(session, vendor, rows, analyst)

    assert rows[0].state == FindingState.OPEN


@pytest.mark.parametrize(
    ("name", "state"), [("say-fixed", "vendor says fixed"), ("dispute", "disputed")]
)
def test_the_vendor_answers(session, vendor, analyst, contact, name, state):
    """The event names the contact and keeps the file's hash."""
    row = found(session, vendor, analyst)
    request, _to, _token = ask(session, vendor, [row], analyst)
    proof = finding_files.checked_file("shot.png", PNG)

    event = finding_requests.answer(
        session,
        request,
        row,
        name,
        note="see the picture",
        revision=row.revision,
        evidence=proof,
        now=NOON,
    )

    assert row.state == state
    assert (event.by_kind, event.by_id, event.contact_id) == ("vendor", None, contact.id)
    assert (event.file_name, len(event.file_sha256)) == ("shot.png", 64)


@pytest.mark.parametrize("name", ["verify", "accept", "false", "reopen"])
def test_the_vendor_takes_no_other_step(session, vendor, analyst, contact, name):
    """Closing is ours."""
    row = found(session, vendor, analyst)
    request, _to, _token = ask(session, vendor, [row], analyst)

    with pytest.raises(VendorRefused):
        finding_requests.answer(
            session, request, row, name, note="x", revision=row.revision, evidence=None, now=NOON
        )


def test_a_link_answers_for_its_own_findings_alone(session, vendor, analyst, contact):
    """Another finding of the same vendor is out of reach."""
    row, other = found(session, vendor, analyst), found(session, vendor, analyst, title="Other")
    request, _to, _token = ask(session, vendor, [row], analyst)

    with pytest.raises(VendorRefused, match="no longer asked"):
        finding_requests.answer(
            session,
            request,
            other,
            "say-fixed",
            note="",
            revision=other.revision,
            evidence=None,
            now=NOON,
        )


def test_a_revoked_link_opens_nothing(session, vendor, analyst, contact):
    """Revoking twice says so."""
    request, _to, token = ask(session, vendor, [found(session, vendor, analyst)], analyst)

    assert finding_requests.revoke(session, request, now=NOON, actor=analyst.actor)
    assert not finding_requests.revoke(session, request, now=NOON, actor=analyst.actor)
    assert finding_requests.opened(session, token, now=NOON) is None


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("a.pdf", b"%PDF-1.7 x", "a.pdf"),
        ("a.png", PNG, "a.png"),
        ("a.jpeg", b"\xff\xd8\xff\xe0", "a.jpeg"),
        ("a.txt", "fixé".encode(), "a.txt"),
        ("a.csv", b"a,b\n1,2\n", "a.csv"),
        ("C:\\x\\..\\a.html", b"plain words", "a.html.txt"),
        ("a.pdf", PNG, "a.pdf.png"),
        ("", b"words", "evidence.txt"),
        ("..", b"words", "evidence.txt"),
    ],
)
def test_a_file_is_kept_as_what_it_is(name, content, kept):
    """The ending follows the content, and no path comes along."""
    assert finding_files.checked_file(name, content).name == kept


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"MZ\x90\0",
        b"\n <!DOCTYPE html><script>",
        b"<svg onload=alert(1)>",
        b"#!/bin/sh",
        b"\xff\xfe\0x",
        b"a\0b",
        b"x" * (10 * 1024 * 1024 + 1),
    ],
)
def test_other_files_are_refused(content):
    """By what they hold, whatever they are called."""
    with pytest.raises(VendorRefused) as refused:
        finding_files.checked_file("evidence.pdf", content)

    assert refused.value.field == "file"


def test_undoing_brings_no_acceptance_back_without_its_end(session, vendor, analyst, approver):
    """Marked as false and taken back it is open: an acceptance without an end is for ever."""
    row = found(session, vendor, analyst, severity=Severity.MEDIUM)
    go(session, row, "accept", approver, until=TODAY + dt.timedelta(days=30))
    later = NOON + dt.timedelta(hours=1)
    go(session, row, "false", analyst, now=later)

    findings.undo(session, later, now=later + dt.timedelta(minutes=1), by=analyst)

    assert (row.state, row.accepted_until) == (FindingState.OPEN, None)


def test_an_acceptance_that_ends_puts_off_no_day(session, vendor, analyst, approver):
    """The day by which the fault had to be mended stays: time alone raises no score."""
    row = found(session, vendor, analyst)
    due = row.due_on
    go(session, row, "accept", approver, until=TODAY + dt.timedelta(days=90))

    findings.expire_acceptances(session, NOON + dt.timedelta(days=91))

    assert (row.state, row.due_on) == (FindingState.OPEN, due)


@pytest.mark.parametrize(
    ("said", "tier", "alone"),
    [
        ({"severity": Severity.CRITICAL}, 4, False),
        ({"severity": Severity.HIGH}, 2, False),
        ({"severity": Severity.HIGH}, 3, True),
        ({"severity": Severity.MEDIUM, "knockout": "KO-02"}, 4, False),
        ({"severity": Severity.MEDIUM}, 1, True),
    ],
)
@pytest.mark.parametrize("name", ["false", "not-theirs"])
def test_no_analyst_alone_takes_what_is_grave_out_of_the_score(
    session, vendor, analyst, approver, name, said, tier, alone
):
    """As little as accepting it; the refusal names who may."""
    row = found(session, vendor, analyst, **said)
    vendor.tier = tier
    if name == "not-theirs":
        into(session, row, FindingState.DISPUTED)
    if not alone:
        with pytest.raises(VendorRefused, match="ask Bob"):
            go(session, row, name, analyst)

    go(session, row, name, analyst if alone else approver)

    assert row.state == MOVES[name].target


def test_of_many_an_analyst_marks_false_what_is_not_grave(session, vendor, analyst, approver):
    """The grave one is left alone; where there is nothing else, it is refused."""
    grave = found(session, vendor, analyst, severity=Severity.CRITICAL)
    light = found(session, vendor, analyst, severity=Severity.LOW)
    said = {"note": "because", "now": NOON, "by": analyst}

    assert findings.take_all(session, [grave, light], "false", **said) == [light]
    with pytest.raises(VendorRefused, match="takes an approver"):
        findings.take_all(session, [grave], "false", **said)


@pytest.mark.parametrize(
    ("name", "waits"), [("say-fixed", True), ("dispute", True), ("ask", False)]
)
def test_what_the_vendor_answers_waits_for_us(session, vendor, analyst, approver, name, waits):
    """Until somebody takes a step; undoing that step makes it wait as long as before."""
    row = found(session, vendor, analyst, severity=Severity.LOW)
    go(session, row, name, analyst)
    assert row.answered_at == (NOON if waits else None)

    later = NOON + dt.timedelta(days=1)
    go(session, row, "false", analyst, now=later)
    assert row.answered_at is None
    findings.undo(session, later, now=later, by=analyst)

    assert row.answered_at == (NOON if waits else None)


def test_a_refused_step_offers_analysts_no_acceptance(session, vendor, analyst, approver):
    """Only what they may do themselves."""
    row = found(session, vendor, analyst)

    with pytest.raises(VendorRefused) as refused:
        go(session, row, "confirm", analyst)
    assert "Accept" not in refused.value.message
    with pytest.raises(VendorRefused, match="Accept"):
        go(session, row, "confirm", approver)


def test_a_letter_that_came_back_is_told_until_the_findings_are_asked_about_again(database):
    """Or its link is opened: then somebody has it."""
    from vendor_risk.store.models.outbox import OutboxMail
    from vendor_risk.workflow import contacts, finding_requests, outbox

    with database.transaction() as session:
        vendor, _ = rated.make(session, "Polar", NOON)
        by = {"now": NOON, "actor": "test"}
        contacts.add_contact(session, vendor, name="Pat", email="pat@polar.example", roles=[], **by)
        ann = make_user(session, "analyst", email="ann@example.com")
        row = rated.finding(session, vendor, "AC-01", NOON)
        session.flush()
        asked = []
        for number in range(2):
            request, _contact, _token = finding_requests.ask(
                session, vendor, [row], contact_id=None, now=NOON, actor=ann.id
            )
            key = f"{finding_requests.LETTER}{request.id}"
            told = {"recipient": "pat@polar.example", "subject": "x", "text": "y", "now": NOON}
            outbox.put(session, dedup_key=key, **told)
            session.flush()
            mail = session.exec(select(OutboxMail).where(OutboxMail.dedup_key == key)).one()
            mail.state = "failed"
            session.flush()
            asked.append((number, request))
            lost = finding_requests.lost(session, now=NOON)
            assert [one.request.id for one in lost] == [request.id]
        asked[-1][1].opened_at = NOON
        session.flush()

        assert finding_requests.lost(session, now=NOON) == []
