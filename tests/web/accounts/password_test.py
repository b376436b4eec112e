"""Signing in with a password: who gets in, and what the answer gives away."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from flask_security import hash_password

from tests.factories import PASSWORD
from tests.web.accounts.conftest import both, signed_in
from vendor_risk.app import create_app
from vendor_risk.store.models.people import User


@both
def test_right_password_signs_in(client, person, enter):
    """A requester needs a password and nothing else."""
    person("requester")
    enter(client)

    assert signed_in(client)


def test_address_is_known_in_any_case(client, person, enter):
    """Nobody remembers how they wrote their address."""
    person("requester")
    enter(client, email="Ann@Example.COM")

    assert signed_in(client)


def test_wrong_password_does_not_sign_in(client, person, enter):
    """A wrong password opens nothing."""
    person("requester")
    enter(client, password="wrong horse battery")

    assert not signed_in(client)


def test_answer_does_not_tell_whether_an_account_exists(client, person, enter):
    """A wrong password and an unknown address read alike."""
    person("requester")
    wrong = enter(client, password="wrong horse battery").text
    unknown = enter(client, email="bob@example.com").text

    assert re.sub(r'value="[^"]*"', "", wrong) == re.sub(r'value="[^"]*"', "", unknown)


def test_reset_does_not_tell_whether_an_account_exists(client, person, post):
    """Asking for a link reads alike for a known and an unknown address."""
    person("requester")
    known = post(client, "/reset", email="ann@example.com").text.replace("ann@", "X@")
    unknown = post(client, "/reset", email="bob@example.com").text.replace("bob@", "X@")

    assert re.sub(r'value="[^"]*"', "", known) == re.sub(r'value="[^"]*"', "", unknown)


def test_deactivated_person_does_not_sign_in(client, person, enter, database):
    """The right password of a deactivated account opens nothing."""
    user = person("requester")
    with database.transaction() as session:
        session.get_one(User, user.id).active = False
    enter(client)

    assert not signed_in(client)


def test_nobody_can_register(client):
    """There is no page on which strangers make themselves an account."""
    assert client.get("/register").status_code == 404


def test_password_is_not_sent_back(client, person, enter):
    """The sign-in page that says no does not carry the password that was typed."""
    person("requester")

    assert "wrong horse" not in enter(client, password="wrong horse battery").text


def test_sign_in_leads_back_to_the_page_asked_for(client, person, post):
    """Whoever followed a link gets to it after sign-in."""
    person("requester")
    answer = post(client, "/login?next=/own", email="ann@example.com", password=PASSWORD)

    assert answer.location == "/own"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"]
)
def test_sign_in_leads_nowhere_else(client, person, post, elsewhere):
    """A link cannot use sign-in to send people to another site."""
    person("requester")
    answer = post(client, "/login", email="ann@example.com", password=PASSWORD, next=elsewhere)

    onward = urljoin("http://localhost/login", answer.location or "")
    assert (urlsplit(onward).netloc, "\\" in onward) == ("localhost", False)


def test_password_is_hashed_with_argon2id_at_full_strength(settings, database):
    """At rest a password costs a guesser 64 MiB and three passes a guess (RFC 9106)."""
    with create_app(settings, database=database).test_request_context():
        kept = hash_password(PASSWORD)

    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
