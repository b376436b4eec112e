"""The second factor: asked of whom it must be, once per code, changed only afresh."""

import re
import time

import pyotp
import pytest

from tests.factories import PASSWORD, TOTP_KEY, make_user
from tests.web.accounts.conftest import both, set_up, signed_in
from vendor_risk.app import create_app
from vendor_risk.store.models.people import User


@pytest.mark.parametrize("role", ["analyst", "approver", "admin"])
def test_who_decides_must_set_up_a_second_factor_first(client, person, enter, role):
    """The right password alone leads to the set-up, and to nothing else."""
    person(role, second_factor=False)
    answer = enter(client)

    assert (answer.location, client.get("/own").status_code) == ("/tf-setup", 302)


@pytest.mark.parametrize("role", ["requester", "auditor"])
def test_who_does_not_decide_may_do_without(client, person, enter, role):
    """A requester or an auditor signs in with a password."""
    person(role)
    enter(client)

    assert signed_in(client)


@both
def test_set_up_signs_in(client, person, enter, post):
    """With the first right code the set-up is done and the person is in."""
    person("analyst", second_factor=False)
    set_up(client, post, enter)

    assert client.get("/own", follow_redirects=True).status_code == 200


def test_set_up_shows_a_square_that_the_policy_allows(client, person, enter, post):
    """The square code is an image in the page, with the key as text beside it."""
    person("analyst", second_factor=False)
    enter(client)

    assert 'src="data:image/svg+xml' in post(client, "/tf-setup", setup="authenticator").text


def test_recovery_codes_are_offered_after_set_up(client, person, enter, post):
    """Who has just set up an authenticator comes to the recovery codes next."""
    person("analyst", second_factor=False)
    set_up(client, post, enter)

    assert client.get("/own").location == "/mf-recovery-codes"


def test_offer_of_recovery_codes_is_made_once(client, person, enter, post):
    """Who does not want them now is not asked on every page."""
    person("analyst", second_factor=False)
    set_up(client, post, enter)
    client.get("/own")

    assert signed_in(client)


def test_code_is_asked_for(client, person, post):
    """With an authenticator set up, the right password leads to the code."""
    person("analyst")
    answer = post(client, "/login", email="ann@example.com", password=PASSWORD)

    assert (answer.location.partition("?")[0], signed_in(client)) == ("/tf-validate", False)


@both
def test_right_code_signs_in(client, person, enter):
    """Password and code open the product."""
    person("analyst")
    enter(client)

    assert signed_in(client)


def test_wrong_code_does_not_sign_in(client, person, enter):
    """A wrong code opens nothing."""
    person("analyst")
    enter(client, code="000000")

    assert not signed_in(client)


def test_code_works_once(app, client, person, enter):
    """A code that somebody looked over a shoulder at is spent when it was used."""
    person("analyst")
    code = pyotp.TOTP(TOTP_KEY).now()
    enter(client, code=code)
    thief = app.test_client()
    enter(thief, code=code)

    assert (signed_in(client), signed_in(thief)) == (True, False)


@pytest.mark.parametrize(("steps", "fits"), [(-1, True), (1, True), (-3, False), (3, False)])
def test_code_of_a_clock_that_differs_a_little_fits(client, person, enter, steps, fits):
    """Half a minute is forgiven, more is not."""
    person("analyst")
    enter(client, code=pyotp.TOTP(TOTP_KEY).at(time.time() + 30 * steps))

    assert signed_in(client) is fits


def test_role_that_asks_for_a_second_factor_shuts_everything_until_it_is_set_up(
    client, sign_in, database
):
    """Who is made an analyst while signed in sets up an authenticator before the next page."""
    user = sign_in(client, "requester")
    with database.transaction() as session:
        analyst = make_user(session, "analyst", email="x@example.com", second_factor=False)
        session.get_one(User, user.id).roles = list(analyst.roles)

    assert client.get("/own").location == "/tf-setup"


def test_demo_asks_for_no_second_factor(settings, database, post, person):
    """In the demo an analyst looks around with a password."""
    person("analyst", second_factor=False)
    demo = create_app(settings.model_copy(update={"demo": True}), database=database).test_client()
    post(demo, "/login", email="ann@example.com", password=PASSWORD)

    assert signed_in(demo)


def test_who_must_have_a_second_factor_cannot_remove_it(client, sign_in, post, database):
    """An analyst can change the authenticator but not do without."""
    user = sign_in(client, "analyst")
    post(client, "/tf-setup", setup="disable")

    with database.reading() as session:
        assert session.get_one(User, user.id).tf_primary_method == "authenticator"


def test_change_of_the_authenticator_asks_for_the_password_again(client, sign_in, post, clock):
    """Who finds an open browser cannot put in an authenticator of their own."""
    sign_in(client, "analyst")
    with client.session_transaction() as cookie:
        cookie["fs_paa"] = time.time() - 3600
    answer = post(client, "/tf-setup", setup="authenticator")

    assert answer.location.startswith("/verify")


def test_changed_authenticator_replaces_the_old(client, sign_in, post, database, enter, app):
    """After the change only the new authenticator's codes count."""
    user = sign_in(client, "analyst")
    page = post(client, "/tf-setup", setup="authenticator").text
    key = re.search(r'data-copy="([A-Z2-7-]+)"', page)[1].replace("-", "")
    action = re.search(r'action="(/tf-setup/[^"]+)"', page)[1]
    post(client, action, code=pyotp.TOTP(key).at(time.time() - 30))
    fresh = app.test_client()
    enter(fresh, email=user.email, code=pyotp.TOTP(key).now())

    assert signed_in(fresh)


def test_secret_at_rest_is_sealed_and_plain_beneath(client, person, enter, post, database):
    """The secret does not hang on the session secret, which may be renewed."""
    user = person("analyst", second_factor=False)
    key, _ = set_up(client, post, enter)

    with database.reading() as session:
        assert key in session.get_one(User, user.id).tf_totp_secret
