"""The list of people and the outbox: what an administrator does."""

import re

import pytest
from sqlmodel import select

from tests.web.accounts.conftest import NEW_PASSWORD, both, link, signed_in
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.people import User


@pytest.fixture
def admin(client, sign_in):
    """An administrator, signed in."""
    return sign_in(client, "admin")


def found(database, email="bob@example.com"):
    with database.reading() as session:
        return session.exec(select(User).where(User.email == email)).first()


@both
def test_invited_person_sets_a_password_and_signs_in(app, client, admin, post, enter, database):
    """The way from an invitation to the first page."""
    post(client, "/people", email="Bob@example.com", name="Bob", roles="requester")
    bob = app.test_client()
    post(bob, link(database), password=NEW_PASSWORD, password_confirm=NEW_PASSWORD)
    enter(bob, email="bob@example.com", password=NEW_PASSWORD)

    assert signed_in(bob)


def test_invitation_of_an_existing_account_is_refused(client, admin, post, database):
    """One address, one account; the page says so and mails nobody."""
    post(client, "/people", email="bob@example.com", name="Bob", roles="requester")
    answer = post(client, "/people", email="BOB@example.com", name="Bob", roles="analyst")

    assert (answer.status_code, "has an account already" in answer.text) == (422, True)


@pytest.mark.parametrize(
    "wrong", [{"email": "nonsense"}, {"name": ""}, {"roles": "king"}, {"roles": ""}]
)
def test_wrong_invitation_is_refused(client, admin, post, database, wrong):
    """An invitation with a wrong part makes no account."""
    fields = {"email": "bob@example.com", "name": "Bob", "roles": "requester"} | wrong
    answer = post(client, "/people", **fields)

    assert (answer.status_code, found(database)) == (422, None)


def test_auditor_has_no_other_role(client, admin, post):
    """Who reads everything must not also change it."""
    answer = post(
        client, "/people", email="bob@example.com", name="Bob", roles=["auditor", "analyst"]
    )

    assert "an auditor changes nothing" in answer.text


def test_roles_are_changed(client, admin, post, person, database):
    """From the next page on the person has the new roles."""
    user = person("requester", email="bob@example.com")
    post(client, f"/people/{user.id}/roles", roles=["requester", "analyst"])

    with database.reading() as session:
        names = {role.name for role in session.get_one(User, user.id).roles}
    assert names == {"requester", "analyst"}


@both
def test_last_administrator_stays(client, admin, post):
    """Nobody can lock the company out of its own tool."""
    answer = post(client, f"/people/{admin.id}/roles", roles="requester")

    assert (answer.status_code, "last administrator" in answer.text) == (422, True)


@both
def test_deactivated_person_is_out_at_once(app, client, admin, sign_in, post):
    """A person who is deactivated does not finish what they were doing."""
    other = app.test_client()
    user = sign_in(other, "requester")
    post(client, f"/people/{user.id}/deactivate")

    assert not signed_in(other)


def test_activated_person_signs_in_again(app, client, admin, person, enter, post):
    """Deactivating is no farewell for ever."""
    user = person("requester")
    post(client, f"/people/{user.id}/deactivate")
    post(client, f"/people/{user.id}/activate")
    other = app.test_client()
    enter(other)

    assert signed_in(other)


def test_reset_second_factor_is_set_up_anew(app, client, admin, person, enter, post):
    """Who lost everything sets up a new authenticator at the next sign-in."""
    user = person("analyst")
    post(client, f"/people/{user.id}/second-factor")

    assert enter(app.test_client()).location == "/tf-setup"


@pytest.mark.parametrize("path", ["roles", "deactivate", "activate", "second-factor", "link"])
def test_unknown_person_is_not_found(client, admin, post, path):
    """An id that nobody has is a page that says so."""
    answer = post(client, f"/people/00000000-0000-4000-8000-000000000000/{path}", roles="analyst")

    assert answer.status_code == 404


def test_auditor_sees_the_list_of_people(client, sign_in):
    """Who may do what is for auditors to read."""
    sign_in(client, "auditor")

    assert client.get("/people").status_code == 200


def test_auditor_sees_no_button_that_does_not_work(client, sign_in):
    """The invitation form is not shown to whom it would refuse."""
    sign_in(client, "auditor")

    assert "Invite" not in client.get("/people").text


@both
def test_mail_can_be_read_where_there_is_no_mail_server(client, admin, post):
    """Without a mail server an invitation is read in the browser and handed over."""
    post(client, "/people", email="bob@example.com", name="Bob", roles="requester")
    address = re.search(r'href="(/mail/[^"]+)"', client.get("/mail").text)[1]

    assert "http://localhost:8000/reset/" in client.get(address).text


def test_auditor_does_not_read_mails(client, sign_in):
    """A mail holds a link that sets a password: reading it would be acting."""
    sign_in(client, "auditor")

    assert client.get("/mail").status_code == 403


def test_failed_mail_is_tried_again(client, admin, post, database):
    """After the mail server is mended, a failed mail goes back to the queue."""
    post(client, "/people", email="bob@example.com", name="Bob", roles="requester")
    with database.transaction() as session:
        mail = session.exec(select(OutboxMail)).one()
        mail.state, mail.attempts = "failed", 8
    post(client, f"/mail/{mail.id}/again")

    with database.reading() as session:
        assert session.get_one(OutboxMail, mail.id).state == "waiting"
