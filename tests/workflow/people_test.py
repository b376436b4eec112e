"""Accounts: who may be made, changed and shut, and what the log keeps of it."""

import datetime as dt

import pytest
from sqlmodel import col, select

from tests.factories import NOON, make_user
from vendor_risk.store.audit import tell, verify
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.people import SignIn, User
from vendor_risk.workflow import people, sign_ins
from vendor_risk.workflow.people import PeopleError

BY = {"actor": "command", "now": NOON}


@pytest.fixture
def ann(database):
    """An analyst with a second factor."""
    with database.transaction() as session:
        return make_user(session, "analyst")


def last_act(database):
    with database.reading() as session:
        newest = select(AuditEntry).order_by(col(AuditEntry.sequence).desc())
        entry = session.exec(newest).first()
        return entry.act, tell(session, entry)


def change(database, user, step, **arguments):
    with database.transaction() as session:
        step(session, session.get_one(User, user.id), **BY, **arguments)


def test_person_is_made_with_roles(database):
    """A new account has its roles in their order."""
    with database.transaction() as session:
        user = people.create_user(
            session, email=" Bob@Example.com ", name="Bob", roles=["analyst", "requester"], **BY
        )

    assert (user.email, people.role_names(user)) == ("bob@example.com", ["requester", "analyst"])


def test_second_account_of_an_address_is_refused(database, ann):
    """One address, one account, however it is written."""
    with database.writing() as session, pytest.raises(PeopleError, match="has an account already"):
        people.create_user(session, email="ANN@example.com", name="x", roles=["admin"], **BY)


@pytest.mark.parametrize("roles", [[], ["king"], ["auditor", "analyst"]])
def test_roles_that_cannot_be_are_refused(database, roles):
    """No role, an unknown one, or an auditor who also acts."""
    with database.writing() as session, pytest.raises(PeopleError):
        people.create_user(session, email="b@example.com", name="x", roles=roles, **BY)


def test_roles_are_made_once(database):
    """Two analysts share one role."""
    with database.transaction() as session:
        first = make_user(session, "analyst", email="a@example.com")
        second = make_user(session, "analyst", email="b@example.com")

    assert first.roles[0].id == second.roles[0].id


def test_change_of_roles_is_in_the_log(database, ann):
    """The log has the roles before and after."""
    change(database, ann, people.set_roles, roles=["requester"])
    act, told = last_act(database)

    assert (act, told.before, told.after) == (
        "person.roles",
        {"roles": ["analyst"]},
        {"roles": ["requester"]},
    )


def test_same_roles_are_no_act(database, ann):
    """Saving without a change writes nothing."""
    change(database, ann, people.set_roles, roles=["analyst"])

    assert last_act(database)[0] == "person.created"


@pytest.mark.parametrize(
    ("step", "arguments"), [(people.deactivate, {}), (people.set_roles, {"roles": ["requester"]})]
)
def test_last_administrator_stays(database, step, arguments):
    """The tool always has somebody who can let others in."""
    with database.transaction() as session:
        admin = make_user(session, "admin")

    with pytest.raises(PeopleError, match="last administrator"):
        change(database, admin, step, **arguments)


def test_last_administrator_counts_only_active_ones(database):
    """A deactivated colleague cannot let anybody in."""
    with database.transaction() as session:
        admin = make_user(session, "admin")
        other = make_user(session, "admin", email="b@example.com")
    change(database, other, people.deactivate)

    with pytest.raises(PeopleError, match="last administrator"):
        change(database, admin, people.deactivate)


@pytest.mark.parametrize("step", [people.deactivate, people.reset_second_factor])
def test_every_sign_in_ends(database, ann, step):
    """Cookies of the person open nothing any more, on any browser."""
    with database.transaction() as session:
        begun = sign_ins.begin(session, session.get_one(User, ann.id), now=NOON)
    change(database, ann, step)

    with database.reading() as session:
        user = session.get_one(User, ann.id)
        holds = sign_ins.holds(session, begun.id, user, now=NOON)
    assert (holds, user.fs_uniquifier == ann.fs_uniquifier) == (False, False)


def test_reset_second_factor_leaves_nothing_of_it(database, ann):
    """No secret, no codes, no method remains."""
    change(database, ann, people.reset_second_factor)

    with database.reading() as session:
        user = session.get_one(User, ann.id)
    assert (user.tf_primary_method, user.tf_totp_secret, user.mf_recovery_codes) == (None,) * 3


def test_only_what_differs_is_noted_of_preferences(database, ann):
    """An unchanged name is not in the log."""
    change(database, ann, people.set_preferences, name=ann.name, timezone="Asia/Tokyo")

    assert last_act(database)[1].after == {"timezone": "Asia/Tokyo"}


def test_log_of_accounts_is_whole(database, ann):
    """What these steps write keeps the chain unbroken."""
    change(database, ann, people.set_roles, roles=["requester"])
    change(database, ann, people.deactivate)
    change(database, ann, people.activate)

    with database.reading() as session:
        assert (verify(session).whole, verify(session).entries) == (True, 4)


@pytest.mark.parametrize(
    ("role", "needed"),
    [
        ("requester", False),
        ("auditor", False),
        ("analyst", True),
        ("approver", True),
        ("admin", True),
    ],
)
def test_who_decides_or_administers_needs_a_second_factor(database, role, needed):
    """The rule by role."""
    with database.transaction() as session:
        assert people.needs_second_factor(make_user(session, role)) is needed


@pytest.mark.parametrize(("hours", "expected"), [(23.9, True), (24, False)])
def test_sign_in_holds_for_a_day(database, ann, hours, expected):
    """The longest a sign-in holds is a day."""
    with database.transaction() as session:
        begun = sign_ins.begin(session, ann, now=NOON)
    later = NOON + dt.timedelta(hours=hours)

    with database.reading() as session:
        assert sign_ins.holds(session, begun.id, ann, now=later) is expected


def test_sign_in_is_ended_once(database, ann):
    """Signing out twice is one act."""
    with database.transaction() as session:
        begun = sign_ins.begin(session, session.get_one(User, ann.id), now=NOON)
    for _ in range(2):
        with database.transaction() as session:
            sign_ins.end(session, begun.id, session.get_one(User, ann.id), now=NOON)

    with database.reading() as session:
        acts = session.exec(select(AuditEntry.act)).all()
    assert acts.count("person.signed_out") == 1


def test_nobody_ends_the_sign_in_of_another(database, ann):
    """An id of somebody else's sign-in does nothing."""
    with database.transaction() as session:
        bob = make_user(session, "requester", email="bob@example.com")
        begun = sign_ins.begin(session, bob, now=NOON)
        sign_ins.end(session, begun.id, session.get_one(User, ann.id), now=NOON)

    with database.reading() as session:
        assert session.get_one(SignIn, begun.id).ended_at is None


@pytest.mark.parametrize("email", ["nope", "@shop.example", "ann@", "ann lee@shop.example"])
def test_what_is_no_address_gets_no_account(database, email):
    """Nobody could sign in with it."""
    with database.transaction() as session, pytest.raises(people.PeopleError, match="write it"):
        people.create_user(session, email=email, name="", roles=["analyst"], actor="x", now=NOON)
