"""A reviewer decides on answers; accepted, they move the score, and nothing of them changes."""

import datetime as dt
import hashlib
import json

import pytest
from sqlmodel import select

from tests.factories import NOON, make_user
from tests.rated import finding, make
from vendor_risk.evidence import HostClass, Severity, Source
from vendor_risk.store.models.evidence import NotApplicable, StoredClaim
from vendor_risk.store.models.findings import FindingEvent, FindingKind, FindingState, StoredFinding
from vendor_risk.store.models.responses import (
    FileState,
    FileUse,
    ResponseAnswer,
    ResponseFile,
    ResponseState,
)
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.workflow import contacts, scores, settings
from vendor_risk.workflow.responses import (
    accepting,
    answers,
    four_eyes,
    links,
    proofs,
    reading,
    review,
    sending,
    silence,
    threads,
)
from vendor_risk.workflow.vendors import Stale, VendorRefused

# What Fazio Mechanical was to Target, as in the back-test of the risk model.
FAZIO = {"data_sensitivity": 0, "data_volume": 0, "access": 3, "criticality": 2, "payment": 1}
YEAR = dt.timedelta(days=360)


@pytest.fixture
def session(database):
    """One transaction of the test."""
    with database.transaction() as session:
        yield session


@pytest.fixture
def vendor(session):
    """A contractor that signs in to our portal."""
    vendor, _ = made = make(session, "Fazio Mechanical", NOON, levels=FAZIO)
    contacts.add_contact(
        session, vendor, name="Pat", email="pat@fazio.example", roles=[], now=NOON, actor="test"
    )
    return made


@pytest.fixture
def ann(session):
    """An analyst."""
    return make_user(session, "analyst", email="ann@example.com").id


def submitted(session, vendor, ann, *, now=NOON, **said):
    """A round that the vendor answered "met", but for what is `said` by question."""
    told = {name.replace("_", "-"): value for name, value in said.items()}
    sent = sending.send(session, *vendor, now=now, actor=ann)
    at = links.found(session, sent.token, now=now)
    links.enter(session, at, now=now)
    for _ in range(60):
        open = answers.sheet(session, at.response, today=now.date()).open
        if not open:
            break
        for id in open:
            row = session.get(ResponseAnswer, (at.response.id, id))
            answers.save(
                session,
                at,
                id,
                told.get(id, "met"),
                note="Because.",
                revision=row.revision if row else 0,
                now=now,
            )
    answers.submit(session, at, name="Pat", role="Owner", declared=True, now=now)
    return at


def accept_all(session, response, ann, *, now=NOON):
    """Whatever was answered is accepted, and the response with it."""
    for line in reading.read(session, response, today=now.date()).lines:
        if line.open:
            told = {"revision": line.row.revision, "now": now, "actor": ann}
            review.judge(session, response, line.id, "accepted", **told)
    return accepting.accept(session, response, now=now, actor=ann)


def judge(session, response, ann, question, verdict, **more):
    """One decision on what the page shows now."""
    row = session.get(ResponseAnswer, (response.id, question))
    return review.judge(
        session,
        response,
        question,
        verdict,
        **{"revision": row.revision, "now": NOON, "actor": ann, "note": "Seen."} | more,
    )


def of_question(session, question):
    """The finding that answers to a question made."""
    return session.exec(
        select(StoredFinding).where(
            StoredFinding.kind == FindingKind.QUESTION, StoredFinding.reference == question
        )
    ).one()


@pytest.mark.parametrize(
    ("said", "final", "grade", "band", "residual"),
    [
        ({}, 6500, "C", "medium", 43),
        ({"HV_03": "partly"}, 6253, "C", "medium", None),
        ({"AC_01": "unmet"}, 4900, "D", "high", 47),
    ],
)
def test_fazio_answered_through_the_questionnaire_is_what_the_back_test_says(
    session, vendor, ann, said, final, grade, band, residual
):
    """By words alone, with a scanner on demand, and without a second factor."""
    at = submitted(session, vendor, ann, **said)
    engagement = vendor[1]
    assert engagement.grade is None, "nothing counts before it is accepted"

    told = accepting.preview(session, at.response, now=NOON).after
    accept_all(session, at.response, ann)

    session.refresh(engagement)
    assert (engagement.final, engagement.grade, engagement.band) == (final, grade, band)
    assert told.score.assurance.final == final, "what the page promised came true"
    assert residual is None or (engagement.residual + 50) // 100 == residual
    kept = session.get_one(StoredScore, engagement.score_id)
    assert (kept.cause, kept.by_id) == (scores.ANSWERS, ann)


def test_an_answer_that_is_a_fault_opens_a_finding_of_what_was_bought(session, vendor, ann):
    """With severity, day, way to mend and knock-out of the questionnaire."""
    at = submitted(session, vendor, ann, AC_01="unmet")
    accept_all(session, at.response, ann)

    row = of_question(session, "AC-01")
    assert (row.engagement_id, row.severity, row.knockout, row.due_on) == (
        vendor[1].id,
        Severity.CRITICAL.rank,
        "KO-02",
        NOON.date() + dt.timedelta(days=30),
    )
    assert "second step" in row.title
    assert row.fix


def test_a_finding_closes_in_the_next_round_and_returns_in_the_one_after(session, vendor, ann):
    """One finding with one history, however often it is told."""
    for year, said in enumerate(["unmet", "unmet", "met", "unmet"]):
        now = NOON + year * YEAR
        accept_all(
            session, submitted(session, vendor, ann, now=now, AC_01=said).response, ann, now=now
        )

    row = of_question(session, "AC-01")
    events = session.exec(
        select(FindingEvent.act).where(FindingEvent.finding_id == row.id).order_by(FindingEvent.at)
    ).all()
    assert (row.state, row.times_opened) == (FindingState.OPEN, 2)
    assert events == ["answer seen", "answer gone", "answer back"]


def test_a_later_round_replaces_the_claims_of_the_one_before(session, vendor, ann):
    """And those of nobody else; the same answers again leave the score as it is."""
    first = submitted(session, vendor, ann)
    accept_all(session, first.response, ann)
    before = vendor[1].score_id
    assert not accepting.accept(session, first.response, now=NOON, actor=ann)

    accept_all(session, submitted(session, vendor, ann).response, ann)

    claims = session.exec(select(StoredClaim).where(StoredClaim.origin == "answer")).all()
    assert {one.ended_at for one in claims} == {None}, "what says the same stays as it was"
    assert len({one.control for one in claims}) == len(claims)
    assert vendor[1].score_id == before


def test_an_accepted_response_is_frozen_with_its_hash(session, vendor, ann):
    """Answers, decisions and questionnaires stand in it, and nothing can be decided any more."""
    response = submitted(session, vendor, ann).response
    accept_all(session, response, ann)

    told = json.loads(response.snapshot)
    assert hashlib.sha256(response.snapshot.encode()).hexdigest() == response.snapshot_sha256
    assert told["questionnaires"] == response.asked
    assert {one["verdict"] for one in told["answers"]} == {"accepted"}
    with pytest.raises(VendorRefused, match="nothing of it changes"):
        judge(session, response, ann, "AC-01", "overridden", level=0)


def test_what_is_not_decided_is_not_accepted(session, vendor, ann):
    """And nothing is half written."""
    response = submitted(session, vendor, ann).response

    with pytest.raises(VendorRefused, match="Decide on"):
        accepting.accept(session, response, now=NOON, actor=ann)

    assert response.state == ResponseState.SUBMITTED
    assert not session.exec(select(StoredClaim)).all()


def test_a_failure_half_way_leaves_nothing(session, vendor, ann, monkeypatch):
    """Claims, findings, the copy and the score are one."""
    response = submitted(session, vendor, ann, AC_01="unmet").response
    review.take(session, response, now=NOON, actor=ann)

    def broken(*_told, **_more):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(accepting, "frozen", broken)
        with pytest.raises(RuntimeError):
            accept_all(session, response, ann)

    assert response.state == ResponseState.IN_REVIEW
    assert not session.exec(select(StoredFinding)).all()
    assert not session.exec(select(StoredClaim)).all()
    assert accept_all(session, response, ann)


def test_all_answers_that_nothing_speaks_against_are_accepted_at_once(session, vendor, ann):
    """What has a flag waits for a person; the act can be undone."""
    response = submitted(session, vendor, ann, HV_03="unmet").response
    lines = reading.read(session, response, today=NOON.date()).lines
    flagged = {line.id: line.flags for line in lines if line.flags}
    assert flagged["HV-03"] == (reading.FAULT,)
    assert flagged["AC-01"] == (reading.NO_PROOF,), "tier 2 is asked for evidence of this"

    done = review.accept_plain(session, response, now=NOON, actor=ann)

    assert done == len(lines) - len(flagged)
    assert not reading.read(session, response, today=NOON.date()).line("HV-03").decided
    assert review.undo_plain(session, response, NOON, now=NOON, actor=ann) == done
    assert not any(
        line.decided for line in reading.read(session, response, today=NOON.date()).lines
    )


@pytest.mark.parametrize(
    ("verdict", "more", "level"),
    [("accepted", {}, 100), ("partly", {}, 50), ("overridden", {"level": 0}, 0)],
)
def test_a_decision_sets_the_level_and_leaves_the_answer(
    session, vendor, ann, verdict, more, level
):
    """And can be taken back while nobody accepted the whole."""
    response = submitted(session, vendor, ann).response
    row = judge(session, response, ann, "DL-01", verdict, **more)

    assert reading.read(session, response, today=NOON.date()).line("DL-01").level == level
    assert answers.value_of(row) == "met"
    told = {"revision": row.revision, "now": NOON, "actor": ann}
    assert review.take_back(session, response, "DL-01", **told)
    assert reading.read(session, response, today=NOON.date()).line("DL-01").level == 100


@pytest.mark.parametrize(
    ("verdict", "more", "words"),
    [
        ("partly", {"note": ""}, "Say why"),
        ("overridden", {"level": 70}, "Choose a level"),
        ("na", {}, "did not say that it does not apply"),
        ("maybe", {}, "Choose what you decide"),
    ],
)
def test_a_decision_that_is_none_is_refused(session, vendor, ann, verdict, more, words):
    """With what to do."""
    response = submitted(session, vendor, ann).response
    with pytest.raises(VendorRefused, match=words):
        judge(session, response, ann, "DL-01", verdict, **more)


def test_two_reviewers_do_not_decide_over_each_other(session, vendor, ann):
    """The second is told."""
    response = submitted(session, vendor, ann).response
    judge(session, response, ann, "DL-01", "accepted", revision=1)
    with pytest.raises(Stale):
        judge(session, response, ann, "DL-01", "overridden", level=0, revision=1)


def test_what_does_not_apply_leaves_the_sum_once_a_reviewer_says_so(session, vendor, ann):
    """And comes back when the next round says that it applies."""
    response = submitted(session, vendor, ann, HV_03="na").response
    with pytest.raises(VendorRefused, match="Decide whether it applies"):
        judge(session, response, ann, "HV-03", "accepted")
    judge(session, response, ann, "HV-03", "na", note="They use our machines.")
    accept_all(session, response, ann)

    row = session.exec(select(NotApplicable)).one()
    assert (row.control, row.ended_at, "our machines" in row.reason) == ("HV-03", None, True)

    later = NOON + YEAR
    accept_all(session, submitted(session, vendor, ann, now=later).response, ann, now=later)
    assert row.ended_at == later


def test_facts_that_changed_since_do_not_stand_in_the_way(session, vendor, ann):
    """What is out of scope by now needs nobody to take it out."""
    response = submitted(session, vendor, ann, AC_02="na").response
    judge(session, response, ann, "AC-02", "na", note="No accounts.")
    vendor[1].access = 1
    session.flush()

    assert accept_all(session, response, ann)
    assert not session.exec(select(NotApplicable)).all()


def test_what_fails_does_apply(session, vendor, ann):
    """While a finding is open on the control, "does not apply" is not accepted."""
    finding(session, vendor[0], "HV-03", NOON)
    response = submitted(session, vendor, ann, HV_03="na").response
    with pytest.raises(VendorRefused, match="a control that fails does apply"):
        judge(session, response, ann, "HV-03", "na")


def test_an_answer_counts_as_reviewed_with_evidence_that_somebody_read(session, vendor, ann):
    """A file that nobody opened changes nothing; one that was read holds until its last day."""
    response = submitted(session, vendor, ann).response
    file = ResponseFile(
        response_id=response.id,
        name="mfa.png",
        sha256="0" * 64,
        bytes=9,
        valid_until=NOON.date() + dt.timedelta(days=90),
    )
    session.add(file)
    session.flush()
    session.add(FileUse(file_id=file.id, question="AC-01"))
    judge(session, response, ann, "AC-01", "accepted")

    def claim():
        told = reading.read(session, response, today=NOON.date()).evaluation.claims
        return next(one for one in told if one.control == "AC-01")

    assert claim().source is Source.SELF
    proofs.settle(
        session, file, FileState.REVIEWED, scope="the portal of ours", now=NOON, actor=ann
    )
    assert (claim().source, claim().valid_until) == (Source.REVIEWED, file.valid_until)
    accept_all(session, response, ann)
    row = session.exec(select(StoredClaim).where(StoredClaim.control == "AC-01")).one()
    assert row.source == Source.REVIEWED
    told = {one["question"]: one for one in json.loads(response.snapshot)["answers"]}["AC-01"]
    assert (told["source"], told["valid_until"]) == ("reviewed", file.valid_until.isoformat())


def test_an_answer_that_a_scan_contradicts_is_flagged_with_the_finding(session, vendor, ann):
    """So that both stand side by side."""
    seen = finding(
        session,
        vendor[0],
        "DP-01",
        NOON,
        kind=FindingKind.CHECK,
        reference="tls.old-version",
        asset="fazio.example",
        host_class=HostClass.LOGIN,
    )
    session.flush()
    response = submitted(session, vendor, ann).response
    line = reading.read(session, response, today=NOON.date()).line("DP-01")
    assert line.contradicted is not None
    assert line.contradicted.id == seen.id


def test_only_what_is_marked_goes_back_to_the_vendor(session, vendor, ann):
    """By its old link or that of the letter; what is answered anew is to be decided on."""
    at = submitted(session, vendor, ann)
    response = at.response
    row = session.get(ResponseAnswer, (response.id, "HV-02"))
    with pytest.raises(VendorRefused, match="Mark at least one"):
        review.send_back(session, response, "", now=NOON, actor=ann)
    review.ask_again(
        session, response, "HV-02", "Which days?", revision=row.revision, now=NOON, actor=ann
    )
    with pytest.raises(VendorRefused, match="marked for the vendor"):
        accepting.accept(session, response, now=NOON, actor=ann)
    late = NOON + dt.timedelta(days=60)

    told = review.send_back(session, response, "Two words, please.", now=late, actor=ann)

    assert (response.state, told.questions) == (ResponseState.RETURNED, ("HV-02",))
    again = links.found(session, told.token, now=late)
    assert again.owner
    assert links.found(session, told.token, now=late + dt.timedelta(days=25)) is not None
    assert [one.text for one in threads.of(session, response, internal=False)["HV-02"]] == [
        "Which days?"
    ]
    with pytest.raises(VendorRefused, match="only marked ones"):
        answers.save(session, again, "HV-01", "met", revision=2, now=late)
    row = session.get(ResponseAnswer, (response.id, "HV-02"))
    answers.save(session, again, "HV-02", "unmet", revision=row.revision, now=late)
    answers.submit(session, again, name="Pat", role="Owner", declared=True, now=late)
    assert reading.read(session, response, today=late.date()).line("HV-02").open


def test_an_internal_message_is_never_the_vendors(session, vendor, ann):
    """Neither to read nor to write."""
    at = submitted(session, vendor, ann)
    threads.say(session, at.response, text="I doubt it.", internal=True, by=ann, now=NOON)
    assert not threads.of(session, at.response, internal=False)
    assert threads.of(session, at.response, internal=True)[""]
    with pytest.raises(VendorRefused):
        threads.say(session, at.response, text="x", internal=True, by=at.link, now=NOON)


def test_answers_of_the_last_round_are_shown_and_not_counted(session, vendor, ann):
    """Each counts once it is confirmed, and as of that day."""
    accept_all(session, submitted(session, vendor, ann, HV_03="partly").response, ann)
    later = NOON + YEAR

    sent = sending.send(session, *vendor, now=later, actor=ann)

    row = session.get(ResponseAnswer, (sent.response.id, "HV-03"))
    assert (row.confirm, answers.value_of(row), row.note) == (True, "partly", "Because.")
    sheet = answers.sheet(session, sent.response, today=later.date())
    assert "HV-03" in sheet.open
    at = links.found(session, sent.token, now=later)
    assert answers.confirm(session, at, sheet.open, now=later) == len(sheet.open)
    assert not answers.sheet(session, sent.response, today=later.date()).open
    assert row.answered_on == later.date()


def test_silence_counts_as_the_worst_answer_and_no_longer_once_withdrawn(session, vendor, ann):
    """A finding, a knock-out, and no more than that, however often the day is kept."""
    sent = sending.send(session, *vendor, now=NOON, actor=ann)
    late = NOON + dt.timedelta(days=22)
    assert silence.count(session, NOON) == 0

    assert (silence.count(session, late), silence.count(session, late)) == (1, 0)

    row = of_question(session, "AC-01")
    assert (row.state, row.knockout) == (FindingState.OPEN, "KO-02")
    assert "no answer" in row.evidence_value
    assert vendor[1].knockout == "KO-02"
    [standing] = [
        one for one in scores.judge(session, vendor[1], now=late).standing if one.id == "KO-02"
    ]
    assert standing.silent_since == sent.response.due_on, "silence is no admission"

    sending.withdraw(session, sent.response, "asked the wrong one", now=late, actor=ann)
    assert row.state == FindingState.VERIFIED
    assert vendor[1].knockout is None


def test_who_declines_is_not_better_off(session, vendor, ann):
    """What was said before counts for nothing, and the day comes all the same."""
    sent = sending.send(session, *vendor, now=NOON, actor=ann)
    at = links.found(session, sent.token, now=NOON)
    answers.save(session, at, "AC-01", "met", revision=0, now=NOON)
    sent.response.state = ResponseState.DECLINED
    session.flush()

    assert silence.count(session, NOON + dt.timedelta(days=22)) == 1
    assert of_question(session, "AC-01").state == FindingState.OPEN


def test_an_answer_that_came_late_ends_what_silence_said(session, vendor, ann):
    """The same finding closes."""
    sent = sending.send(session, *vendor, now=NOON, actor=ann)
    late = NOON + dt.timedelta(days=22)
    silence.count(session, late)
    at = links.found(session, sent.token, now=late)
    for id in answers.sheet(session, at.response, today=late.date()).open:
        answers.save(session, at, id, "met", revision=0, now=late)
    answers.submit(session, at, name="Pat", role="Owner", declared=True, now=late)
    accept_all(session, at.response, ann, now=late)

    assert of_question(session, "AC-01").state == FindingState.VERIFIED
    assert (vendor[1].final, vendor[1].knockout) == (6500, None)


def test_a_response_lapses_with_its_last_link(session, vendor, ann):
    """What its silence opened stays open."""
    sent = sending.send(session, *vendor, now=NOON, actor=ann)
    late = NOON + dt.timedelta(days=36)
    silence.count(session, late)
    assert silence.lapse(session, NOON + dt.timedelta(days=35)) == 0

    assert silence.lapse(session, late) == 1

    assert sent.response.state == ResponseState.LAPSED
    assert of_question(session, "AC-01").state == FindingState.OPEN


def test_answers_hold_until_the_next_review_as_it_was_set(session, vendor, ann):
    """As many months as lie between two reviews of that tier, also where somebody changed them."""
    settings.set_review_months(session, [24, 7, 24, 36], now=NOON, actor=ann)

    accept_all(session, submitted(session, vendor, ann).response, ann)

    until = select(StoredClaim.valid_until).where(StoredClaim.source == Source.SELF).distinct()
    assert session.exec(until).all() == [dt.date(NOON.year + 1, NOON.month - 5, NOON.day)]


def test_answers_that_ran_out_three_months_ago_cap_the_score(session, vendor, ann):
    """KO-08, in tiers 1 and 2."""
    accept_all(session, submitted(session, vendor, ann).response, ann)
    for days, knockout in ((365 + 90, None), (365 + 92, "KO-08")):
        now = NOON + dt.timedelta(days=days)
        scores.rescore(session, [vendor[0].id], now=now, cause=scores.TIME)
        assert vendor[1].knockout == knockout


def test_whoever_read_an_answer_in_stays_its_author(session, ann):
    """A colleague who says of all that they are what the file says takes nothing of it over."""
    vendor = make(session, "Fazio", NOON, levels=FAZIO | {"access": 3, "criticality": 1})
    contacts.add_contact(
        session, vendor[0], name="Pat", email="pat@f.example", roles=[], now=NOON, actor="test"
    )
    bob = make_user(session, "approver", email="bob@example.com")
    response = submitted(session, vendor, ann).response
    question = reading.read(session, response, today=NOON.date()).lines[0].id
    row = session.get(ResponseAnswer, (response.id, question))
    answers.save_for_them(
        session, response, question, answers.value_of(row), note="Because.", to_confirm=True,
        seen_where="their file", seen_on=NOON.date(), revision=row.revision, now=NOON, actor=ann,
    )  # fmt: skip
    answers.confirm_for_them(session, response, now=NOON, actor=bob.id)

    assert [four_eyes.answers_of(session, response, one) for one in (ann, bob.id)] == [1, 1]
    with pytest.raises(VendorRefused, match="need four eyes"):
        accept_all(session, response, ann)


def test_another_answer_is_its_own_authors_alone(session, ann):
    """Whoever gave what no longer stands has no part in it."""
    vendor = make(session, "Fazio", NOON, levels=FAZIO | {"access": 3, "criticality": 1})
    contacts.add_contact(
        session, vendor[0], name="Pat", email="pat@f.example", roles=[], now=NOON, actor="test"
    )
    bob = make_user(session, "approver", email="bob@example.com")
    response = submitted(session, vendor, ann).response
    lines = reading.read(session, response, today=NOON.date()).lines
    asked = next(one for one in lines if len(one.asked.options) > 1)
    question, options = asked.id, [one.id for one in asked.asked.options]
    for who, value in ((ann, options[0]), (bob.id, options[1])):
        row = session.get(ResponseAnswer, (response.id, question))
        answers.save_for_them(
            session, response, question, value, note="Because.", seen_where="their file",
            seen_on=NOON.date(), revision=row.revision, now=NOON, actor=who,
        )  # fmt: skip

    assert [four_eyes.answers_of(session, response, one) for one in (ann, bob.id)] == [0, 1]


@pytest.mark.parametrize(("access", "alone"), [(3, False), (0, True)])
def test_who_answered_for_the_vendor_accepts_alone_in_low_tiers_only(
    session, ann, access, alone, monkeypatch
):
    """In tiers 1 and 2 another reviewer does, who is named; below, history and copy say it."""
    facts = FAZIO | {"access": access, "criticality": 1}
    vendor = make(session, "Fazio", NOON, levels=facts)
    contacts.add_contact(
        session, vendor[0], name="Pat", email="pat@f.example", roles=[], now=NOON, actor="test"
    )
    response = submitted(session, vendor, ann).response
    question = reading.read(session, response, today=NOON.date()).lines[0].id
    row = session.get(ResponseAnswer, (response.id, question))
    answers.save_for_them(
        session, response, question, answers.value_of(row), note="Because.",
        seen_where="trust.f.example", seen_on=NOON.date(), revision=row.revision, now=NOON,
        actor=ann,
    )  # fmt: skip
    if not alone:
        with pytest.raises(VendorRefused, match="gives a second person the role"):
            accept_all(session, response, ann)
        bob = make_user(session, "approver", email="bob@example.com")
        with pytest.raises(VendorRefused, match=r"Who may accept it: Bob"):
            accept_all(session, response, ann)
        vendor[1].tier = 4  # set by hand, it opens nothing
        with pytest.raises(VendorRefused, match=r"Who may accept it: Bob"):
            accept_all(session, response, ann)
    acts = []
    monkeypatch.setattr(accepting, "record", lambda _session, **told: acts.append(told["act"]))
    accepted = accept_all(session, response, ann if alone else bob.id)

    assert accepted
    assert ("response.accepted_own" in acts) is alone
    assert json.loads(response.snapshot)["accepted"]["own_answers"] == int(alone)


def test_an_answer_to_other_words_is_not_the_same_as_last_time(session, vendor, ann):
    """The question was reworded since: whoever reads the answer is told."""
    first = submitted(session, vendor, ann).response
    accept_all(session, first, ann)
    told = json.loads(first.snapshot)
    for one in told["answers"]:
        one["rev"] -= one["question"] == "AC-02"
    first.snapshot = json.dumps(told)
    later = NOON + YEAR
    second = submitted(session, vendor, ann, now=later).response

    read = reading.read(session, second, today=later.date())

    flagged = [line.id for line in read.lines if reading.REWORDED in line.flags]
    assert flagged == ["AC-02"]
    assert "AC-02" not in [line.id for line in read.plain]
