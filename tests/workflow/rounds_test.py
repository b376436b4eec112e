"""Questionnaires to many vendors: looked at first, sent once to each, stopped and gone on with."""

import datetime as dt

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import col, func, select

from tests.conftest import Queue
from tests.factories import make_user
from tests.rated import make
from vendor_risk.jobs import letters
from vendor_risk.jobs import rounds as job
from vendor_risk.jobs.letters import Letterhead
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.people import User
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.store.models.rounds import LineOutcome, RoundState, SendLine, SendRound
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import contacts, vendors
from vendor_risk.workflow.responses import rounds, sending
from vendor_risk.workflow.vendors import VendorRefused

SIGNS_IN = {"data_sensitivity": 0, "data_volume": 0, "access": 3, "criticality": 1, "payment": 0}
HEAD = Letterhead("https://risk.example", "Contoso", "Europe/Berlin")
NOW = dt.datetime.now(dt.UTC)  # the job goes by the true time
READY = 24  # more than two slices


class Killed(BaseException):
    """The worker died in the middle of a slice."""


@pytest.fixture
def ann(database):
    """Who sends."""
    with database.transaction() as session:
        return make_user(session, "analyst").id


@pytest.fixture
def row(database, ann):
    """A draft about 24 vendors that can be asked, and five of which each lacks something."""
    with database.transaction() as session:
        by = {"now": NOW, "actor": "test"}
        for number in range(READY):
            reachable(session, f"Vendor {number:02}")
        make(session, "Z no contact", NOW, levels=SIGNS_IN)
        asked, bought = reachable(session, "Z asked already")
        sending.send(session, asked, bought, now=NOW, actor=ann)
        vendors.create_vendor(session, name="Z nothing bought", **by)
        reachable(session, "Z sample")[0].sample = True
        gone, _bought = reachable(session, "Z archived")
        gone.archived_at = NOW
        session.flush()
        ids = session.exec(select(Vendor.id).order_by(col(Vendor.name_key))).all()
        return rounds.draw_up(session, ids, now=NOW, actor=ann).id


def reachable(session, name):
    """A vendor with a contact, and what is bought of it."""
    vendor, bought = make(session, name, NOW, levels=SIGNS_IN)
    contacts.add_contact(
        session, vendor, name="Pat", email="pat@v.example", roles=[], now=NOW, actor="test"
    )
    return vendor, bought


def act(database, row, do, **fields):
    """One act of a person upon the round."""
    with database.transaction() as session:
        return do(session, session.get_one(SendRound, row), now=NOW, **fields)


def look(database, row, ann, **fields):
    """Somebody looked, and the worker did what that takes."""
    told = {"chosen": None, "due_on": None, "message": "Hello"} | fields
    act(database, row, rounds.look, actor=ann, enqueue=Queue(), **told)
    job.run(database, row, HEAD)


def begin(database, row, ann, typed=str(READY), **fields):
    """Somebody said that it may leave."""
    told = {"typed": typed, "mail_leaves": True} | fields
    act(database, row, rounds.begin, actor=ann, enqueue=Queue(), **told)


def told(database, row):
    """The state of the round, and its figures."""
    with database.reading() as session:
        kept = session.get_one(SendRound, row)
        return kept.state, rounds.count(session, kept)


def letters_of(database):
    """How many responses, letters, and different links in them there are."""
    with database.reading() as session:
        mails = session.exec(select(OutboxMail)).all()
        return (
            session.exec(select(func.count()).select_from(QuestionnaireResponse)).one(),
            len(mails),
            len({mail.text.partition("/q/")[2].split()[0] for mail in mails}),
        )


def test_a_look_sends_nothing_and_says_why_others_are_refused(database, row, ann):
    """Each reason names its vendor; the one response is that which was on its way before."""
    look(database, row, ann)

    state, count = told(database, row)
    assert (state, count.ready, count.refused, count.sent) == (RoundState.READY, READY, 5, 0)
    assert letters_of(database) == (1, 0, 0)
    with database.reading() as session:
        kept = session.get_one(SendRound, row)
        reasons = {v.name: line.reason for line, v, _b in rounds.every(session, kept, "refused")}
    assert {name: reason[:24] for name, reason in reasons.items()} == {
        "Z no contact": "Z no contact has no cont",
        "Z asked already": reasons["Z asked already"][:24],
        "Z nothing bought": rounds.NOTHING_BOUGHT[:24],
        "Z sample": rounds.SAMPLE[:24],
        "Z archived": "The vendor is archived: ",
    }
    assert "on its way already" in reasons["Z asked already"]


def test_named_questionnaires_go_out_in_place_of_those_by_facts(database, row, ann):
    """The same for all; the intake never, and nothing is no choice."""
    for chosen in ([], ["intake"]):
        with pytest.raises(VendorRefused):
            look(database, row, ann, chosen=chosen)
    look(database, row, ann, chosen=["mvsp-3"])
    with database.reading() as session:
        lines = rounds.page(session, session.get_one(SendRound, row), "ready", first=0, most=99)
    assert {line.asked for line, _vendor, _bought in lines} == {"mvsp-3"}


def test_each_gets_one_letter_with_a_link_of_its_own(database, row, ann):
    """The message stands in it; beginning the job again sends nothing more."""
    look(database, row, ann)
    begin(database, row, ann)
    job.run(database, row, HEAD)
    job.run(database, row, HEAD)

    state, count = told(database, row)
    assert (state, count.sent, count.ready) == (RoundState.DONE, READY, 0)
    assert letters_of(database) == (READY + 1, READY, READY)
    with database.reading() as session:
        mail = session.exec(select(OutboxMail)).first()
    assert "Hello" in mail.text
    assert "They are" in mail.text


@pytest.mark.parametrize("letter", [1, 10, 11, READY])
def test_whatever_dies_each_is_asked_once(database, row, ann, monkeypatch, letter):
    """The worker dies at that letter: its slice never was, and the next worker sends it."""
    look(database, row, ann)
    begin(database, row, ann)
    written = []

    def dying(*args, **known):
        written.append(args)
        if len(written) == letter:
            raise Killed
        return letters_ask(*args, **known)

    letters_ask = letters.ask
    with monkeypatch.context() as patch:
        patch.setattr(letters, "ask", dying)
        with pytest.raises(Killed):
            job.run(database, row, HEAD)
    assert told(database, row)[1].sent == (letter - 1) // rounds.SLICE * rounds.SLICE
    job.run(database, row, HEAD)

    assert told(database, row)[0] == RoundState.DONE
    assert letters_of(database) == (READY + 1, READY, READY)


def test_a_hiccup_in_each_slice_gives_nothing_up(database, row, ann, monkeypatch):
    """More hiccups than a slice has attempts, and never that many in one slice."""
    look(database, row, ann)
    begin(database, row, ann)
    step, calls = rounds.step, []

    def stumbling(*args, **known):
        calls.append(args)
        if len(calls) % 3:
            raise OperationalError("step", {}, Exception("database is locked"))
        return step(*args, **known)

    monkeypatch.setattr(rounds, "step", stumbling)
    monkeypatch.setattr(rounds, "SLICE", 1)
    monkeypatch.setattr(job.time, "sleep", lambda _seconds: None)
    job.run_or_fail(database, row, HEAD)

    assert len(calls) - len(calls) // 3 > job._ATTEMPTS
    assert told(database, row)[0] == RoundState.DONE


def test_stopped_goes_no_further_and_goes_on_where_it_was(database, row, ann):
    """What was sent stays sent, and nobody is written to twice."""
    look(database, row, ann)
    begin(database, row, ann)
    with database.transaction() as session:
        rounds.step(session, row, lambda s, sent: letters.ask(s, sent, HEAD, NOW), now=NOW)
    assert act(database, row, rounds.stop, actor=ann)
    job.run(database, row, HEAD)
    assert (told(database, row)[0], letters_of(database)[1]) == (RoundState.STOPPED, rounds.SLICE)

    assert act(database, row, rounds.go_on, actor=ann, enqueue=Queue())
    job.run(database, row, HEAD)
    assert (told(database, row)[0], letters_of(database)[1]) == (RoundState.DONE, READY)


def test_what_changed_since_the_look_is_refused_when_it_is_sent(database, row, ann):
    """A colleague asked one of them meanwhile: that one gets no second letter."""
    look(database, row, ann)
    begin(database, row, ann)
    with database.transaction() as session:
        kept = session.get_one(SendRound, row)
        line, vendor, bought = rounds.page(session, kept, "ready", first=3, most=1)[0]
        sending.send(session, vendor, bought, now=NOW, actor=ann)
        changed = line.id
    job.run(database, row, HEAD)

    with database.reading() as session:
        line = session.get_one(SendLine, changed)
    assert (line.outcome, "on its way already" in line.reason) == (LineOutcome.REFUSED, True)
    assert told(database, row)[1].sent == READY - 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"typed": "23"}, "Type 24"),
        ({"typed": ""}, "Type 24"),
        ({"mail_leaves": False}, "No mail leaves"),
    ],
)
def test_it_does_not_leave_by_mistake(database, row, ann, fields, words):
    """The number must be typed, and there must be a mail server."""
    look(database, row, ann)
    with pytest.raises(VendorRefused, match=words):
        begin(database, row, ann, **fields)


def test_nothing_leaves_in_the_name_of_somebody_who_left(database, row, ann):
    """The round breaks off and says so; a colleague may go on."""
    look(database, row, ann)
    begin(database, row, ann)
    with database.transaction() as session:
        session.get_one(User, ann).active = False
        ben = make_user(session, "analyst", email="ben@example.com").id
    job.run(database, row, HEAD)
    assert (told(database, row)[0], letters_of(database)[1]) == (RoundState.FAILED, 0)

    act(database, row, rounds.go_on, actor=ben, enqueue=Queue())
    job.run(database, row, HEAD)
    assert letters_of(database)[1] == READY


def test_a_day_that_passed_meanwhile_is_asked_again(database, row, ann):
    """Nobody is asked until a day that is past."""
    look(database, row, ann, due_on=NOW.date() + dt.timedelta(days=1))  # midnight may be near
    with database.transaction() as session, pytest.raises(VendorRefused, match="day is past"):
        rounds.begin(
            session,
            session.get_one(SendRound, row),
            typed=str(READY),
            mail_leaves=True,
            now=NOW + dt.timedelta(days=2),
            actor=ann,
            enqueue=Queue(),
        )
