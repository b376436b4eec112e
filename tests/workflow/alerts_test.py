"""Who is told of what moved, how fast, how often, and once each."""

import datetime as dt

import pytest
from sqlmodel import select

from tests.factories import make_user
from vendor_risk.reports.moves import Answer, Kind
from vendor_risk.store.models.alerts import Alert
from vendor_risk.store.models.moves import StoredMove
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.store.models.work import Deputy
from vendor_risk.workflow import alerts
from vendor_risk.workflow.alerts import Choice, Digest, Scope
from vendor_risk.workflow.vendors import Stale, VendorRefused

NOON = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)  # a Wednesday
MONDAY = dt.datetime(2026, 11, 30, 8, tzinfo=dt.UTC)
ALWAYS = Choice(Scope.OWN, at_once=True, digest=Digest.DAILY)


@pytest.fixture
def people(database):
    """An analyst who answers for a vendor, another one, an approver and a requester: ids."""
    with database.transaction() as session:
        made = {
            name: make_user(session, role, email=f"{name}@example.com").id
            for name, role in (
                ("ann", "analyst"),
                ("bob", "analyst"),
                ("paul", "approver"),
                ("rita", "requester"),
            )
        }
        session.add(Vendor(name="Osprey", name_key="osprey", owner_id=made["ann"], tier=1))
        return made


def move(database, answer=Answer.ALERT, *, severity=3, kind=Kind.FAULT_SEVERE, **more):
    """Something moved at the vendor."""
    with database.transaction() as session:
        vendor = session.exec(select(Vendor)).one()
        row = StoredMove(
            vendor_id=vendor.id,
            kind=kind,
            what="web.hsts",
            answer=answer,
            severity=severity,
            tier=1,
            created_at=NOON,
            **more,
        )
        session.add(row)
        session.flush()
        return row.id


def tell(database, at=NOON):
    with database.transaction() as session:
        return alerts.tell(session, at)


def told(database):
    """Who was told, by the first letters of their address."""
    with database.reading() as session:
        rows = session.exec(select(Alert, User).where(Alert.person_id == User.id)).all()
        return sorted(user.email.partition("@")[0] for _alert, user in rows)


def letters(database, at=NOON, zone="UTC"):
    """The letters that are due: to whom, at once, about how many moves."""
    with database.transaction() as session:
        return sorted(
            (one.person.email.partition("@")[0], one.at_once, len(one.moves) + one.more)
            for one in alerts.letters(session, at, zone)
        )


def choose(database, id, **said):
    with database.transaction() as session:
        person = session.get_one(User, id)
        wanted = Choice(**{"scope": Scope.OWN, "at_once": True, "digest": Digest.DAILY} | said)
        revision = alerts.revision_of(session, person)
        return alerts.choose(session, person, wanted, revision=revision, now=NOON)


def test_the_owner_and_who_wants_all_are_told_once(database, people):
    """However often the worker comes to it."""
    move(database)
    assert (tell(database), tell(database)) == (1, 0)
    assert told(database) == ["ann", "paul"]


def test_of_a_vendor_without_owner_the_analysts_are_told(database, people):
    """Nothing falls between two chairs."""
    with database.transaction() as session:
        session.exec(select(Vendor)).one().owner_id = None
    move(database)
    tell(database)
    assert told(database) == ["ann", "bob", "paul"]


def test_an_owner_who_left_is_no_owner(database, people):
    """The analysts who are there are told."""
    with database.transaction() as session:
        session.get_one(User, people["ann"]).active = False
    move(database)
    tell(database)
    assert told(database) == ["bob", "paul"]


def test_who_stands_in_is_told_too(database, people):
    """On the days of it."""
    with database.transaction() as session:
        session.add(
            Deputy(
                person_id=people["ann"],
                deputy_id=people["bob"],
                from_on=NOON.date(),
                until_on=NOON.date(),
            )
        )
    move(database)
    tell(database)
    assert told(database) == ["ann", "bob", "paul"]


def test_nobody_is_told_of_their_own_act(database, people):
    """They know."""
    move(database, by_id=people["ann"])
    tell(database)
    assert told(database) == ["paul"]


def test_what_is_answered_with_silence_is_told_to_nobody(database, people):
    """It was marked as told when it was kept."""
    move(database, Answer.SILENCE, told_at=NOON)
    assert tell(database) == 0


def test_an_alert_leaves_at_once_and_once(database, people):
    """To whom it concerns; the approver reads it on Monday."""
    move(database)
    tell(database)
    assert letters(database) == [("ann", True, 1)]
    assert letters(database) == []


def test_many_alerts_are_one_letter(database, people):
    """A provider that fails moves a hundred vendors, and nobody wants a hundred letters."""
    for _nth in range(60):
        move(database)
    tell(database)
    assert letters(database) == [("ann", True, 60)]


def test_what_is_for_the_digest_comes_in_the_morning(database, people):
    """Of the day after, where the person is, and once that day."""
    move(database, Answer.DIGEST)
    tell(database)
    assert letters(database) == []  # it is noon
    early = dt.datetime(2026, 11, 26, 6, 30, tzinfo=dt.UTC)
    assert letters(database, early) == []
    assert letters(database, early, "Europe/Berlin") == [("ann", False, 1)]
    move(database, Answer.DIGEST)
    tell(database, early)
    assert letters(database, early + dt.timedelta(hours=1), "Europe/Berlin") == []
    assert letters(database, early + dt.timedelta(days=1), "Europe/Berlin") == [("ann", False, 1)]


def test_who_wants_it_weekly_reads_it_on_monday(database, people):
    """Alerts too, when they want none at once."""
    move(database)
    tell(database)
    letters(database)
    assert letters(database, MONDAY - dt.timedelta(days=1)) == []
    assert letters(database, MONDAY) == [("paul", False, 1)]
    move(database)
    tell(database, MONDAY)
    assert ("paul", False, 1) not in letters(database, MONDAY + dt.timedelta(days=1))
    assert ("paul", False, 1) in letters(database, MONDAY + dt.timedelta(days=7))


def test_quiet_hours_hold_a_letter_back(database, people):
    """Over midnight as well; after them it leaves."""
    choose(database, people["ann"], quiet_from=11, quiet_until=7)
    move(database)
    tell(database)
    assert letters(database) == []
    assert letters(database, NOON.replace(hour=8) + dt.timedelta(days=1)) == [("ann", True, 1)]


def test_a_choice_is_of_the_person_and_not_of_the_role(database, people):
    """Who wants nothing is told nothing."""
    choose(database, people["paul"], scope=Scope.NONE)
    move(database)
    tell(database)
    assert told(database) == ["ann"]


def test_the_letter_ends_with_a_secret_that_ends_the_letters(database, people):
    """The inbox goes on."""
    move(database)
    tell(database)
    with database.transaction() as session:
        (one,) = alerts.letters(session, NOON, "UTC")
        person = alerts.person_of(session, one.token)
        alerts.unsubscribe(session, person, now=NOON)
        assert alerts.person_of(session, one.token + "x") is None
    move(database)
    tell(database)
    assert letters(database) == []
    with database.reading() as session:
        assert alerts.unseen(session, people["ann"]) == 2


def test_what_is_seen_can_be_taken_back(database, people):
    """All at once, and all of it."""
    move(database)
    move(database)
    tell(database)
    with database.transaction() as session:
        assert alerts.see(session, people["ann"], None, now=NOON) == 2
        assert alerts.unseen(session, people["ann"]) == 0
        assert alerts.see_not(session, people["ann"], NOON) == 2
        assert alerts.unseen(session, people["ann"]) == 2


@pytest.mark.parametrize("said", [{"quiet_from": 22}, {"quiet_from": 24, "quiet_until": 3}])
def test_hours_that_are_none_are_refused(database, people, said):
    """Half a span, or an hour that no day has."""
    with pytest.raises(VendorRefused):
        choose(database, people["ann"], **said)


def test_two_windows_do_not_undo_each_other(database, people):
    """Who saved later is told that it changed."""
    choose(database, people["ann"], scope=Scope.ALL)
    with database.transaction() as session, pytest.raises(Stale):
        person = session.get_one(User, people["ann"])
        alerts.choose(session, person, ALWAYS, revision=0, now=NOON)


def test_roles_of_one_person_want_the_most_together(database):
    """An analyst who approves hears of all, at once, every morning."""
    with database.transaction() as session:
        both = make_user(session, "analyst", "approver")
        assert alerts.choice_of(session, both) == Choice(
            Scope.ALL, at_once=True, digest=Digest.DAILY
        )
