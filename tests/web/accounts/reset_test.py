"""New passwords: over a mailed link or by their owner, and none that is weak."""

import re
import time

import pytest

from tests.factories import PASSWORD
from tests.web.accounts.conftest import NEW_PASSWORD, both, link, signed_in


@both
def test_mailed_link_sets_a_new_password(client, person, post, enter, database):
    """Who forgot the password sets a new one over a mailed link."""
    person("requester")
    post(client, "/reset", email="ann@example.com")
    post(client, link(database), password=NEW_PASSWORD, password_confirm=NEW_PASSWORD)
    enter(client, password=NEW_PASSWORD)

    assert signed_in(client)


def test_mailed_link_works_once(client, person, post, enter, database):
    """A link that was used sets no second password."""
    person("requester")
    post(client, "/reset", email="ann@example.com")
    address = link(database)
    post(client, address, password=NEW_PASSWORD, password_confirm=NEW_PASSWORD)
    post(client, address, password=NEW_PASSWORD + "!", password_confirm=NEW_PASSWORD + "!")
    enter(client, password=NEW_PASSWORD + "!")

    assert not signed_in(client)


def test_mailed_link_ends(client, person, post, database, monkeypatch):
    """A link found in a mailbox months later sets nothing."""
    person("requester")
    post(client, "/reset", email="ann@example.com")
    later = time.time() + 2 * 3600 + 60
    monkeypatch.setattr(time, "time", lambda: later)

    assert client.get(link(database)).location == "/reset"


def test_new_password_signs_everybody_else_out(app, client, person, enter, post, database):
    """Whoever was in with the old password is out."""
    person("requester")
    intruder = app.test_client()
    enter(intruder)
    post(client, "/reset", email="ann@example.com")
    post(client, link(database), password=NEW_PASSWORD, password_confirm=NEW_PASSWORD)

    assert not signed_in(intruder)


def test_new_password_still_asks_for_the_second_factor(client, person, post, database):
    """Whoever reads the mails of an analyst does not get in by that alone."""
    person("analyst")
    post(client, "/reset", email="ann@example.com")
    post(client, link(database), password=NEW_PASSWORD, password_confirm=NEW_PASSWORD)
    answer = post(client, "/login", email="ann@example.com", password=NEW_PASSWORD)

    assert answer.location.startswith("/tf-validate")


def test_link_is_that_of_the_settings_whatever_the_request_says(app, person, post, database):
    """A forged host name does not get into a mailed link."""
    person("requester")
    client = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/reset").text)[1]
    client.post(
        "/reset",
        data={"csrf_token": token, "email": "ann@example.com"},
        base_url="http://127.0.0.1",
    )
    post(client, "/reset", email="ann@example.com")

    assert link(database)


@pytest.mark.parametrize("bad", ["short horse", "aaaaaaaaaaaaaaaa", "ababababababab"])
def test_weak_password_is_refused(client, sign_in, post, database, bad):
    """Too short, or of too few characters: not taken."""
    sign_in(client, "requester")
    page = post(client, "/change", password=PASSWORD, new_password=bad, new_password_confirm=bad)

    assert (page.status_code, "error-text" in page.text) == (200, True)


def test_password_with_the_own_address_in_it_is_refused(client, person, enter, post):
    """The first guess of everybody who knows the address is not taken."""
    person("requester", email="annabel@example.com")
    enter(client, email="annabel@example.com")
    page = post(
        client,
        "/change",
        password=PASSWORD,
        new_password="annabel has a dog",
        new_password_confirm="annabel has a dog",
    )

    assert "does not contain your address" in page.text


def test_changed_password_signs_in(app, client, person, enter, post):
    """After the change the new password is the right one."""
    person("requester")
    enter(client)
    post(
        client,
        "/change",
        password=PASSWORD,
        new_password=NEW_PASSWORD,
        new_password_confirm=NEW_PASSWORD,
    )
    fresh = app.test_client()
    enter(fresh, password=NEW_PASSWORD)

    assert (signed_in(client), signed_in(fresh)) == (True, True)


def test_change_needs_the_present_password(client, person, enter, post):
    """Who finds an open browser cannot take over the account."""
    person("requester")
    enter(client)
    page = post(
        client,
        "/change",
        password="wrong horse battery",
        new_password=NEW_PASSWORD,
        new_password_confirm=NEW_PASSWORD,
    )

    assert (page.status_code, "error-text" in page.text) == (200, True)
