"""A sign-in: fixed to one browser, ended for good, never too long."""

import time

from tests.factories import PASSWORD
from tests.web.accounts.conftest import both, signed_in


@both
def test_sign_out_makes_a_copied_cookie_worthless(app, client, person, enter, post):
    """A cookie that was copied before sign-out opens nothing after it."""
    person("requester")
    enter(client)
    thief = app.test_client()
    thief.set_cookie("session", client.get_cookie("session").value)
    before = signed_in(thief)
    post(client, "/logout")

    assert (before, signed_in(thief)) == (True, False)


def test_sign_out_by_link_does_nothing(client, person, enter):
    """An image on a foreign page cannot sign anybody out."""
    person("requester")
    enter(client)
    answer = client.get("/logout")

    assert (answer.status_code, signed_in(client)) == (405, True)


def test_cookie_from_before_sign_in_does_not_become_a_signed_in_one(app, client, person, enter):
    """A cookie planted before sign-in is not signed in by it (session fixation)."""
    person("requester")
    client.get("/login")
    planted = client.get_cookie("session").value
    enter(client)
    attacker = app.test_client()
    attacker.set_cookie("session", planted)

    assert not signed_in(attacker)


def test_token_from_before_sign_in_is_void_after_it(client, person, enter, csrf):
    """A form token that was known before sign-in sends no form after it."""
    person("requester")
    before = csrf(client)
    client.post(
        "/login", data={"csrf_token": before, "email": "ann@example.com", "password": PASSWORD}
    )

    assert (
        client.post("/preferences", data={"csrf_token": before, "theme": "dark"}).status_code == 400
    )


def test_idle_sign_in_ends(client, person, enter, monkeypatch):
    """After a working day without a click one signs in again."""
    person("requester")
    enter(client)
    later = time.time() + 8 * 3600 + 60
    monkeypatch.setattr(time, "time", lambda: later)

    assert not signed_in(client)


def test_sign_in_lasts_while_it_is_used(client, person, enter, monkeypatch):
    """Each page begins the idle time anew."""
    person("requester")
    enter(client)
    start = time.time()
    monkeypatch.setattr(time, "time", lambda: start + 7 * 3600)
    client.get("/own")
    monkeypatch.setattr(time, "time", lambda: start + 14 * 3600)

    assert signed_in(client)


def test_sign_in_ends_after_a_day_whatever_one_clicks(client, person, enter, clock):
    """No use of it makes a sign-in last for more than a day."""
    person("requester")
    enter(client)
    clock.move(hours=24)

    assert not signed_in(client)


def test_sign_in_of_another_person_does_not_fit(client, person, enter, database, app):
    """The id of one person's sign-in is of no use with another person's name."""
    person("requester")
    bob = person("requester", email="bob@example.com")
    enter(client)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = bob.fs_uniquifier

    assert not signed_in(client)


def test_token_in_the_address_does_not_sign_in(app, client, person):
    """Nobody gets in by a token in the address, where logs and histories keep it."""
    user = person("requester")
    with app.test_request_context():
        token = user.get_auth_token()

    assert client.get(f"/own?auth_token={token}").status_code == 302
