"""Guessing is stopped, and those who do not guess are not."""

import pyotp
import pytest
from sqlmodel import select

from tests.factories import PASSWORD, TOTP_KEY
from tests.web.accounts.conftest import signed_in
from vendor_risk.store.models.outbox import OutboxMail


def come_from(client, address):
    client.environ_base["REMOTE_ADDR"] = address


def test_guessing_one_account_is_stopped(client, person, enter):
    """After ten failures the account's door stays shut for that address."""
    person("requester")
    for _ in range(10):
        enter(client, password="wrong horse battery")

    assert enter(client).status_code == 429


def test_a_stranger_does_not_shut_an_account_for_its_owner(client, person, enter):
    """Ten failures from elsewhere leave the owner's own way in open."""
    person("requester")
    come_from(client, "192.0.2.1")
    for _ in range(11):
        enter(client, password="wrong horse battery")
    come_from(client, "198.51.100.1")
    enter(client)

    assert signed_in(client)


def test_a_stranger_does_not_use_up_the_reset_mails_of_an_account(
    client, person, post, database, clock
):
    """Five from elsewhere, and the owner still gets one."""
    person("requester")
    for number in range(6):
        come_from(client, "192.0.2.1" if number < 5 else "198.51.100.1")
        post(client, "/reset", email="ann@example.com")
        clock.move(seconds=1)

    with database.reading() as session:
        assert len(session.exec(select(OutboxMail)).all()) == 6


def test_guessing_one_account_from_everywhere_is_stopped(client, person, enter):
    """A hundred failures in an hour are too many, from however many addresses."""
    person("requester")
    for number in range(100):
        come_from(client, f"192.0.2.{number}")
        enter(client, password="wrong horse battery")
    come_from(client, "198.51.100.1")

    assert enter(client).status_code == 429


def test_nobody_is_flooded_with_reset_mails_from_everywhere(client, person, post, database, clock):
    """Twenty links an hour, from however many addresses somebody asks."""
    person("requester")
    for number in range(25):
        come_from(client, f"192.0.2.{number}")
        post(client, "/reset", email="ann@example.com")
        clock.move(seconds=1)

    with database.reading() as session:
        assert len(session.exec(select(OutboxMail)).all()) == 20


def test_guessing_many_accounts_from_one_address_is_stopped(client, enter):
    """After fifty failures an address has to wait, whatever accounts it tries."""
    for number in range(50):
        enter(client, email=f"p{number}@example.com", password="Spring-2026-spring")

    assert enter(client, email="other@example.com").status_code == 429


def test_others_sign_in_while_one_account_is_shut(client, person, enter):
    """Guessing one account does not shut out its colleagues."""
    person("requester")
    person("requester", email="bob@example.com")
    for _ in range(11):
        enter(client, password="wrong horse battery")
    enter(client, email="bob@example.com")

    assert signed_in(client)


def test_successes_are_not_counted(client, person, enter, post):
    """Who signs in and out all day is never shut out."""
    person("requester")
    for _ in range(12):
        enter(client)
        post(client, "/logout")
    enter(client)

    assert signed_in(client)


def test_guessing_codes_is_stopped(client, person, enter, post):
    """After ten wrong codes a right one does not help any more."""
    person("analyst")
    post(client, "/login", email="ann@example.com", password=PASSWORD)
    for _ in range(10):
        post(client, "/tf-validate", code="000000")

    assert post(client, "/tf-validate", code=pyotp.TOTP(TOTP_KEY).now()).status_code == 429


def test_new_half_sign_in_does_not_give_new_guesses(app, person, enter, post):
    """Starting over with the password does not reset the count of codes."""
    person("analyst")
    for _ in range(10):
        post(fresh := app.test_client(), "/login", email="ann@example.com", password=PASSWORD)
        post(fresh, "/tf-validate", code="000000")
    post(fresh := app.test_client(), "/login", email="ann@example.com", password=PASSWORD)

    assert post(fresh, "/tf-validate", code=pyotp.TOTP(TOTP_KEY).now()).status_code == 429


def test_nobody_is_flooded_with_reset_mails(client, person, post, database, clock):
    """One account gets five links an hour, however often one address asks."""
    person("requester")
    for _ in range(8):
        post(client, "/reset", email="ann@example.com")
        clock.move(seconds=1)

    with database.reading() as session:
        assert len(session.exec(select(OutboxMail)).all()) == 5


def test_half_a_sign_in_is_forgotten(client, person, post, clock):
    """Who leaves between password and code begins again."""
    person("analyst")
    post(client, "/login", email="ann@example.com", password=PASSWORD)
    client.get("/tf-validate")
    clock.move(minutes=16)
    post(client, "/tf-validate", code=pyotp.TOTP(TOTP_KEY).now())

    assert not signed_in(client)


def test_shut_door_says_how_long(client, person, enter):
    """The page of a shut door names the wait, for people and for programs."""
    person("requester")
    for _ in range(10):
        enter(client, password="wrong horse battery")
    answer = enter(client)

    assert (0 < int(answer.headers["Retry-After"]) <= 900, "minutes" in answer.text) == (True, True)


@pytest.mark.parametrize(
    "alias", ["ANN@EXAMPLE.COM", "ann@\uff25\uff38\uff21\uff2d\uff30\uff2c\uff25.com"]
)
def test_other_ways_to_write_an_address_give_no_new_guesses(client, person, enter, alias):
    """Capitals and wide letters name the same account, for the limit as well."""
    person("requester")
    for _ in range(10):
        enter(client, email=alias, password="wrong horse battery")

    assert enter(client).status_code == 429


def test_json_does_not_get_round_the_limits(client, person, csrf):
    """Sign-in takes forms only, so that what is counted is what is tried."""
    person("requester")
    answer = client.post(
        "/login",
        json={"email": "ann@example.com", "password": "wrong horse battery"},
        headers={"X-CSRFToken": csrf(client)},
    )

    assert answer.status_code == 415
