"""Questionnaires go out once, links open for their people alone, and no answer is lost."""

import datetime as dt

import pytest
from sqlmodel import select

from tests.factories import NOON, make_user
from tests.rated import make
from vendor_risk.store.models.responses import (
    PublishedQuestionnaire,
    ResponseAnswer,
    ResponseLink,
    ResponseState,
)
from vendor_risk.workflow import contacts, questionnaires
from vendor_risk.workflow.responses import answers, links, sending, threads
from vendor_risk.workflow.vendors import Stale, VendorRefused

SIGNS_IN = {"data_sensitivity": 0, "data_volume": 0, "access": 3, "criticality": 1, "payment": 0}
TODAY = NOON.date()


@pytest.fixture
def session(database):
    """One transaction of the test."""
    with database.transaction() as session:
        yield session


@pytest.fixture
def vendor(session):
    """A contractor that signs in to our portal, with one contact for security."""
    vendor, _ = made = make(session, "Polar Heating", NOON, levels=SIGNS_IN)
    contacts.add_contact(
        session,
        vendor,
        name="Pat Smith",
        email="pat@polar.example",
        roles=["security"],
        now=NOON,
        actor="test",
    )
    return made


@pytest.fixture
def ann(session):
    """An analyst."""
    return make_user(session, "analyst", email="ann@example.com")


@pytest.fixture
def sent(session, vendor, ann):
    """Twelve questions on their way."""
    return sending.send(session, *vendor, now=NOON, actor=ann.id)


def entered(session, sent, now=NOON):
    """Pat pressed the button."""
    at = links.found(session, sent.token, now=now)
    links.enter(session, at, now=now)
    return at


def answer_all(session, at, now=NOON):
    """Every question that scores is answered "met"."""
    for _ in range(60):
        sheet = answers.sheet(session, at.response, today=TODAY)
        if not sheet.open:
            return
        for id in sheet.open:
            answers.save(session, at, id, "met", revision=0, now=now)


def test_facts_choose_what_is_asked(session, vendor):
    """Who only signs in gets the twelve plain questions, and the minutes are told."""
    plan = sending.plan(session, *vendor, now=NOON)

    assert [one.form.id for one in plan.templates] == ["contractor-access"]
    assert (plan.refusals, len(plan.questions) <= 12, 0 < plan.minutes <= 20) == ((), True, True)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda s, v, e: contacts_gone(s, v), "no contact with an e-mail address"),
        (lambda s, v, e: setattr(v, "archived_at", NOON), "archived"),
        (lambda s, v, e: setattr(e, "ended_at", NOON), "has ended"),
        (lambda s, v, e: setattr(e, "access", None), "facts of the engagement are not complete"),
    ],
)
def test_what_breaks_sending_is_told_before(session, vendor, ann, spoil, words):
    """And sending says the same."""
    spoil(session, *vendor)
    session.flush()

    assert words in " ".join(
        each.message for each in sending.plan(session, *vendor, now=NOON).refusals
    )
    with pytest.raises(VendorRefused, match=words):
        sending.send(session, *vendor, now=NOON, actor=ann.id)


def contacts_gone(session, vendor):
    for one in contacts.contacts_of(session, vendor.id):
        session.delete(one)
    session.flush()


def test_the_same_is_not_asked_twice_at_once(session, vendor, sent, ann):
    """The number of the one on its way is told."""
    with pytest.raises(VendorRefused, match=rf"on its way already \({sent.response.number}"):
        sending.send(session, *vendor, now=NOON, actor=ann.id)


def test_a_version_that_was_sent_never_changes(session, sent, tmp_path, monkeypatch):
    """The kept copy is what is asked; another text under the same version is refused."""
    source = questionnaires.shipped()
    path = next(path for path in source if path.stem == "contractor-access")
    changed = tmp_path / path.name
    changed.write_text(path.read_text().replace("estimate_minutes: ", "estimate_minutes: 1"))
    monkeypatch.setattr(questionnaires, "shipped", lambda: (changed,))

    with pytest.raises(VendorRefused, match="give the changed file a new version"):
        sending.publish(session, "contractor-access")

    changed.unlink()
    assert answers.sheet(session, sent.response, today=TODAY).questions
    assert len(session.exec(select(PublishedQuestionnaire)).all()) == 1


def test_looking_does_not_open(session, sent):
    """A scanner of mail follows links and presses nothing."""
    links.found(session, sent.token, now=NOON)
    assert sent.response.state == ResponseState.SENT

    entered(session, sent)
    assert sent.response.state == ResponseState.OPENED


def test_the_token_is_kept_nowhere(session, sent):
    """Who reads the database cannot answer for a vendor."""
    kept = [str(link.model_dump()) for link in session.exec(select(ResponseLink))]
    assert len(kept) == 1
    assert sent.token not in kept[0]


@pytest.mark.parametrize("token", ["", "x" * 43, "a" * 5000])
def test_an_unknown_link_leads_nowhere(session, sent, token):
    """And tells nothing."""
    assert links.found(session, token, now=NOON) is None


def test_a_link_ends_fourteen_days_after_the_due_day_and_is_renewed_to_its_own_address(
    session, sent
):
    """The new one works, the old one no more."""
    late = dt.datetime.combine(sent.response.due_on, dt.time(12), dt.UTC) + dt.timedelta(days=15)
    assert links.found(session, sent.token, now=late) is None

    link, token = links.renew(session, sent.token, now=late)

    assert link.email == "pat@polar.example"
    assert links.found(session, token, now=late) is not None
    assert links.renew(session, sent.token, now=late) is None


def test_a_code_of_the_letter_opens_and_is_not_guessed(session, sent):
    """After five tries the right one does not help either."""
    at = entered(session, sent)
    code = links.new_code(session, at, now=NOON)
    wrong = "000000" if code != "000000" else "111111"

    for _ in range(links.CODE_TRIES):
        assert not links.check_code(session, at, wrong, now=NOON)
    assert not links.check_code(session, at, code, now=NOON)

    code = links.new_code(session, at, now=NOON)
    assert links.check_code(session, at, f" {code[:3]} {code[3:]}", now=NOON)
    assert not links.check_code(session, at, code, now=NOON), "a code opens once"


def test_an_answer_is_kept_with_what_stood_there(session, sent):
    """Who changes an answer loses nothing."""
    at = entered(session, sent)
    question = answers.sheet(session, at.response, today=TODAY).open[0]

    answers.save(session, at, question, "unmet", note="not yet", revision=0, now=NOON)
    row = answers.save(session, at, question, "met", revision=1, now=NOON)

    assert (at.response.state, answers.value_of(row)) == (ResponseState.IN_PROGRESS, "met")
    (before,) = answers.changes_of(session, at.response, question)
    assert (before.value, before.note) == ('"unmet"', "not yet")


def test_two_at_once_do_not_overwrite_each_other(session, sent):
    """The second is told, and the first answer stands."""
    at = entered(session, sent)
    question = answers.sheet(session, at.response, today=TODAY).open[0]
    answers.save(session, at, question, "met", revision=0, now=NOON)

    with pytest.raises(Stale):
        answers.save(session, at, question, "unmet", revision=0, now=NOON)

    row = session.get(ResponseAnswer, (at.response.id, question))
    assert answers.value_of(row) == "met"


def test_an_answer_that_is_none_is_refused(session, sent):
    """With what to do."""
    at = entered(session, sent)
    question = answers.sheet(session, at.response, today=TODAY).open[0]

    with pytest.raises(VendorRefused, match="Choose one of the answers"):
        answers.save(session, at, question, "maybe", revision=0, now=NOON)
    with pytest.raises(VendorRefused, match="no such question"):
        answers.save(session, at, "AC-99", "met", revision=0, now=NOON)


def test_a_contributor_answers_only_its_sections_and_does_not_submit(session, sent):
    """Each has a link of their own."""
    at = entered(session, sent)
    sheet = answers.sheet(session, at.response, today=TODAY)
    sections = list(dict.fromkeys(each.section.id for each in sheet.questions))
    token = links.invite(
        session,
        at,
        name="Sam",
        email="sam@polar.example",
        sections=sections[:1],
        known=sections,
        now=NOON,
    )
    sam = links.found(session, token, now=NOON)
    for each in sheet.evaluation.visible:
        if each.section.id in sections[:1]:
            answers.save(session, sam, each.question.id, "met", revision=0, now=NOON)
            break
    other = next(e for e in sheet.evaluation.visible if e.section.id != sections[0])

    with pytest.raises(VendorRefused, match="somebody else at your company"):
        answers.save(session, sam, other.question.id, "met", revision=0, now=NOON)
    with pytest.raises(VendorRefused, match="Only who owns"):
        answers.submit(session, sam, name="Sam", role="IT", declared=True, now=NOON)


def test_nobody_is_written_to_again_and_again(session, sent):
    """Three letters an hour to one address over one response."""
    at = entered(session, sent)
    sections = [
        each.section.id for each in answers.sheet(session, at.response, today=TODAY).questions
    ]
    told = {"name": "Sam", "sections": sections[:1], "known": sections}
    for _ in range(links.MOST_AN_HOUR):
        links.invite(session, at, email="sam@polar.example", now=NOON, **told)

    with pytest.raises(VendorRefused, match="left within the last hour"):
        links.invite(session, at, email="SAM@polar.example", now=NOON, **told)
    with pytest.raises(VendorRefused, match="left within the last hour"):
        links.hand_over(session, at, name="Sam", email="sam@polar.example", now=NOON)
    assert links.invite(session, at, email="lou@polar.example", now=NOON, **told)
    later = NOON + dt.timedelta(hours=2)
    assert links.invite(session, at, email="sam@polar.example", now=later, **told)


def test_handing_over_ends_the_old_link_and_keeps_the_answers(session, sent):
    """ "I'm not the right person"."""
    at = entered(session, sent)
    question = answers.sheet(session, at.response, today=TODAY).open[0]
    answers.save(session, at, question, "met", revision=0, now=NOON)

    token = links.hand_over(session, at, name="Kim", email="kim@polar.example", now=NOON)

    assert links.found(session, sent.token, now=NOON) is None
    kim = links.found(session, token, now=NOON)
    assert kim.owner
    assert question not in answers.sheet(session, kim.response, today=TODAY).open


def test_handing_over_ends_the_links_of_letters_too(session, sent):
    """A reminder brought one more link, and one of them is over: it is not renewed either."""
    at = entered(session, sent)
    _, reminded = links.again(session, sent.response, now=NOON)
    at.link.expires_at = NOON - dt.timedelta(days=1)

    token = links.hand_over(
        session,
        links.found(session, reminded, now=NOON),
        name="Kim",
        email="kim@polar.example",
        now=NOON,
    )

    assert links.found(session, reminded, now=NOON) is None
    assert links.renew(session, sent.token, now=NOON) is None
    assert links.found(session, token, now=NOON).owner


def test_a_contributor_with_links_of_letters_is_one_person_and_loses_them_all(session, sent):
    """The owner sees and removes a person, not a letter."""
    at = entered(session, sent)
    sheet = answers.sheet(session, at.response, today=TODAY)
    sections = list(dict.fromkeys(each.section.id for each in sheet.questions))
    told = {"sections": sections[:1], "known": sections, "now": NOON}
    first = links.invite(session, at, name="Sam", email="sam@polar.example", **told)
    other = links.invite(session, at, name="Lou", email="lou@polar.example", **told)
    sam = links.found(session, first, now=NOON)
    _, second = links.beside(session, sent.response, sam.link, now=NOON)

    helping = links.contributors(session, sent.response, now=NOON)
    assert sorted(link.name for link in helping) == ["Lou", "Sam"]

    links.take_back(session, at, sam.link.id, now=NOON)
    assert links.found(session, first, now=NOON) is None
    assert links.found(session, second, now=NOON) is None
    assert links.found(session, other, now=NOON) is not None
    assert links.found(session, sent.token, now=NOON) is not None


def test_our_own_letters_use_up_nobody_s_links(session, sent):
    """Reminders to the owner and messages to a contributor leave room for the fortieth person."""
    at = entered(session, sent)
    sheet = answers.sheet(session, at.response, today=TODAY)
    sections = list(dict.fromkeys(each.section.id for each in sheet.questions))
    told = {"sections": sections[:1], "known": sections, "now": NOON}
    first = links.invite(session, at, name="P", email="p0@polar.example", **told)
    for _ in range(links.MOST_LINKS):
        links.again(session, sent.response, now=NOON)
        links.beside(session, sent.response, links.found(session, first, now=NOON).link, now=NOON)
    for n in range(1, links.MOST_LINKS):
        links.invite(session, at, name="P", email=f"p{n}@polar.example", **told)

    with pytest.raises(VendorRefused, match="links are made"):
        links.invite(session, at, name="P", email="more@polar.example", **told)


def test_what_is_not_said_of_the_nda_stays(session, sent, ann):
    """A workbook brings a new answer, and says nothing of NDA or of what we keep."""
    question = answers.sheet(session, sent.response, today=TODAY).open[0]
    told = {"seen_where": "Portal", "seen_on": TODAY, "now": NOON, "actor": ann.id}
    first = {"nda": "signed", "not_stored": True, "revision": 0}
    answers.save_for_them(session, sent.response, question, "partly", note="x", **first, **told)

    row = answers.save_for_them(session, sent.response, question, "met", revision=1, **told)

    assert (row.value, row.nda, row.not_stored) == ('"met"', "signed", True)


def test_a_reply_about_the_whole_is_bound_to_who_asked(session, sent, ann):
    """The link of the letter about it is of the same person, and of no other."""
    at = entered(session, sent)
    sheet = answers.sheet(session, at.response, today=TODAY)
    sections = list(dict.fromkeys(each.section.id for each in sheet.questions))
    told = {"sections": sections[:1], "known": sections, "now": NOON}
    sam, lou = (
        links.found(session, links.invite(session, at, name=n, email=f"{n}@p.example", **told),
                    now=NOON)
        for n in ("sam", "lou")
    )  # fmt: skip
    threads.ask_us(session, sam, "Who reads this?", now=NOON)
    reply = threads.say(session, sent.response, text="We do.", by=ann.id, now=NOON)
    letter, _token = links.beside(session, sent.response, sam.link, now=NOON)

    assert reply.link_id in links.of_same(session, letter)
    assert reply.link_id not in links.of_same(session, lou.link)


def test_nothing_is_submitted_with_holes(session, sent):
    """The questions that are open are named."""
    at = entered(session, sent)
    with pytest.raises(VendorRefused, match="questions are not answered yet"):
        answers.submit(session, at, name="Pat", role="Boss", declared=True, now=NOON)

    answer_all(session, at)
    with pytest.raises(VendorRefused, match="are true as far as you know"):
        answers.submit(session, at, name="Pat", role="Boss", declared=False, now=NOON)

    answers.submit(session, at, name="Pat", role="Boss", declared=True, now=NOON)
    assert at.response.state == ResponseState.SUBMITTED


def test_what_was_submitted_stays_as_it_is(session, sent):
    """Until a reviewer returns it."""
    at = entered(session, sent)
    answer_all(session, at)
    answers.submit(session, at, name="Pat", role="Boss", declared=True, now=NOON)

    with pytest.raises(VendorRefused, match="can no longer be changed"):
        answers.save(session, at, "AC-01", "unmet", revision=1, now=NOON)


def test_an_answer_on_their_behalf_says_where_it_was_seen(session, sent, ann):
    """A trust page is a source, and has a date."""
    question = answers.sheet(session, sent.response, today=TODAY).open[0]
    told = {"revision": 0, "now": NOON, "actor": ann.id}
    with pytest.raises(VendorRefused, match="Say where you saw it"):
        answers.save_for_them(
            session, sent.response, question, "met", seen_where=" ", seen_on=TODAY, **told
        )

    row = answers.save_for_them(
        session,
        sent.response,
        question,
        "met",
        seen_where="trust.polar.example",
        seen_on=TODAY - dt.timedelta(days=30),
        **told,
    )

    assert (row.by_kind, row.answered_on) == ("person", TODAY - dt.timedelta(days=30))


def test_a_response_that_is_withdrawn_opens_no_more(session, sent, ann):
    """With the reason in the log."""
    sending.withdraw(session, sent.response, "asked the wrong one", now=NOON, actor=ann.id)

    assert links.found(session, sent.token, now=NOON) is None
    assert sent.response.ended_reason == "asked the wrong one"


def test_an_answer_saved_between_reading_and_writing_stands(database):
    """What was read before the response is held may be older than what stands there."""
    with database.transaction() as begun:
        polar = make(begun, "Polar Heating", NOON, levels=SIGNS_IN)
        contacts.add_contact(
            begun, polar[0], name="Pat", email="p@polar.example", roles=[], now=NOON, actor="test"
        )
        ann = make_user(begun, "analyst", email="ann@example.com")
        sent = sending.send(begun, *polar, now=NOON, actor=ann.id)
    with database.writing() as first:
        here = links.found(first, sent.token, now=NOON)
        question = answers.sheet(first, here.response, today=TODAY).open[0]
        first.commit()
        with database.transaction() as second:
            there = links.found(second, sent.token, now=NOON)
            answers.save(second, there, question, "unmet", note="n", revision=0, now=NOON)

        with pytest.raises(Stale):
            answers.save(first, here, question, "met", revision=0, now=NOON)

        row = first.get(ResponseAnswer, (here.response.id, question))
        assert answers.value_of(row) == "unmet"
