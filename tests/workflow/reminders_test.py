"""Reminders go out once each, in the morning of whoever gets them, and stop with the answer."""

import datetime as dt

import pytest
from sqlmodel import select

from tests.factories import NOON, make_user
from tests.rated import make
from vendor_risk.jobs.letters import Letterhead, remind
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.responses import ResponseState
from vendor_risk.workflow import contacts, outbox
from vendor_risk.workflow.responses import answers, links, reminders, review, sending

HEAD = Letterhead("https://risk.example", "Contoso", "Europe/Berlin")
MIDNIGHT = NOON.replace(hour=0)
DUE = NOON.date() + dt.timedelta(days=21)


@pytest.fixture
def session(database):
    """One transaction of the test."""
    with database.transaction() as session:
        yield session


@pytest.fixture
def ann(session):
    """Who owns the vendor, on the other side of the world."""
    ann = make_user(session, "analyst", email="ann@example.com")
    ann.timezone = "Pacific/Auckland"
    return ann


@pytest.fixture
def sent(session, ann):
    """Questions on their way, due in three weeks."""
    vendor, engagement = make(session, "Polar Heating", NOON)
    vendor.owner_id = ann.id
    contacts.add_contact(
        session, vendor, name="Pat", email="pat@polar.example", roles=[], now=NOON, actor="test"
    )
    return sending.send(session, vendor, engagement, now=NOON, actor=ann.id)


def letters(session, days):
    """What each of these days, from the sending on, wrote: days to the due date, and to whom."""
    told = []
    for day in days:
        now = MIDNIGHT + dt.timedelta(days=day)
        remind(session, now, HEAD)
        known = {one for one, _ in told}
        for mail in session.exec(select(OutboxMail).order_by(OutboxMail.created_at)):
            if mail.id not in known:
                told.append((mail.id, (day - 21, mail.recipient)))
    return [words for _, words in told]


def test_each_goes_out_once_and_our_owner_is_told_at_the_end(session, sent):
    """Seven, three and one day before; one and seven after. In Auckland the tenth begins early."""
    pat, ann = "pat@polar.example", "ann@example.com"
    every = [day for day in range(40) for _ in range(2)]
    assert letters(session, every) == [
        (-7, pat), (-3, pat), (-1, pat), (1, pat), (7, pat), (9, ann)
    ]  # fmt: skip


def test_a_letter_waits_for_the_morning_and_its_link_opens(session, sent):
    """Eight o'clock in Berlin; the link of the first letter works on."""
    letters(session, [14])
    mail = session.exec(select(OutboxMail)).one()
    assert mail.due_at == MIDNIGHT + dt.timedelta(days=14, hours=7)
    token = mail.text.partition("https://risk.example/q/")[2].split()[0]
    later = MIDNIGHT + dt.timedelta(days=15)
    assert links.found(session, token, now=later) is not None
    assert links.found(session, sent.token, now=later) is not None
    assert token in mail.html


@pytest.mark.parametrize(
    "state", [ResponseState.SUBMITTED, ResponseState.WITHDRAWN, ResponseState.DECLINED]
)
def test_nobody_is_reminded_of_what_is_over(session, sent, state):
    """Submitted, withdrawn or declined."""
    sent.response.state = state
    session.flush()
    assert letters(session, range(40)) == []


@pytest.mark.parametrize("end", ["submitted", "handed in", "declined", "withdrawn"])
def test_a_letter_that_waits_for_the_morning_is_called_off_by_the_answer(
    session, sent, ann, end, monkeypatch
):
    """What was sent stays, and what is on its way is left to whoever sends it."""
    now = MIDNIGHT + dt.timedelta(days=14)
    assert remind(session, now, HEAD) == 1
    assert remind(session, now + dt.timedelta(days=4), HEAD) == 1
    first, second = session.exec(select(OutboxMail).order_by(OutboxMail.due_at)).all()
    first.state, kept = "sent", first.id
    assert second.state == "waiting"
    outbox.put(session, dedup_key="other", recipient="a@b.example", subject="s", text="t", now=now)
    session.flush()
    at = links.found(session, sent.token, now=now)
    monkeypatch.setattr(answers.Sheet, "open", ())
    if end == "submitted":
        answers.submit(session, at, name="Pat", role="Boss", declared=True, now=now)
    elif end == "handed in":
        answers.hand_in(session, sent.response, name="Ann", now=now, actor=ann.id)
    elif end == "declined":
        answers.decline(session, at, "No.", now=now)
    else:
        sending.withdraw(session, sent.response, "Not needed.", now=now, actor=ann.id)

    left = session.exec(select(OutboxMail)).all()
    assert {one.dedup_key for one in left if one.id != kept} == {"other"}
    assert kept in {one.id for one in left}


def test_a_letter_on_its_way_is_not_called_off(session, sent):
    """Its row is noted as sent when it has arrived."""
    now = MIDNIGHT + dt.timedelta(days=14)
    remind(session, now, HEAD)
    mail = session.exec(select(OutboxMail)).one()
    mail.attempts, mail.due_at = 1, now + dt.timedelta(minutes=10)
    session.flush()

    outbox.call_off(session, "reminder/", now=now)
    assert session.exec(select(OutboxMail)).one() is mail


def test_what_was_returned_is_reminded_of_anew(session, sent, ann):
    """By its new day."""
    letters(session, range(15))
    sent.response.state = ResponseState.IN_REVIEW
    session.flush()
    now = NOON + dt.timedelta(days=15)
    sheet = answers.sheet(session, sent.response, today=now.date())
    question = sheet.evaluation.required[0]
    review.ask_again(session, sent.response, question, "More.", revision=0, now=now, actor=ann.id)
    review.send_back(
        session, sent.response, "", due=now.date() + dt.timedelta(days=10), now=now, actor=ann.id
    )
    assert [day for day, _ in letters(session, range(16, 26))][-3:] == [-3, 1, 3]


def test_who_wants_no_reminders_gets_none_and_our_owner_is_told(session, sent):
    """From the day it is said on; and again once it is taken back."""
    at = links.found(session, sent.token, now=NOON)
    assert letters(session, [14]) == [(-7, "pat@polar.example")]
    assert reminders.set_quiet(session, at, quiet=True, now=NOON)
    assert not reminders.set_quiet(session, at, quiet=True, now=NOON)
    assert letters(session, [18, 20]) == [], "the one that waited is not sent either"
    assert reminders.set_quiet(session, at, quiet=False, now=NOON)
    assert letters(session, [22]) == [(1, "pat@polar.example")]
    assert reminders.set_quiet(session, at, quiet=True, now=NOON)
    assert [who for _day, who in letters(session, [30, 31])][-1] == "ann@example.com"
