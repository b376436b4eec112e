"""What happens at sign-in is in the log, whole and without a flood."""

import pytest

from tests.web.accounts.conftest import NEW_PASSWORD, acts, both, link, recovery_codes, set_up
from vendor_risk.store.audit import verify


def test_sign_in_and_out_are_in_the_log(client, person, enter, post, database):
    """The log tells who came and went."""
    person("requester")
    enter(client)
    post(client, "/logout")

    assert acts(database) == ["person.created", "person.signed_in", "person.signed_out"]


@pytest.mark.parametrize("email", ["ann@example.com", "nobody@example.com"])
def test_failed_sign_in_is_in_the_log(client, person, enter, database, email):
    """A failure is noted for known and unknown accounts alike."""
    person("requester")
    enter(client, email=email, password="wrong horse battery")

    assert acts(database)[1:] == ["person.sign_in_failed"]


def test_wrong_code_is_in_the_log(client, person, enter, database):
    """A wrong code after a right password is worth knowing."""
    person("analyst")
    enter(client, code="000000")

    assert acts(database)[1:] == ["person.sign_in_failed"]


@both
def test_lock_is_in_the_log_once(client, person, enter, database):
    """A flood of knocks at a shut door does not fill the log."""
    person("requester")
    for _ in range(15):
        enter(client, password="wrong horse battery")

    assert acts(database).count("person.locked") == 1


@both
def test_log_is_whole_after_a_day_of_sign_ins(client, person, enter, post, database):
    """All that the pages of sign-in write keeps the chain unbroken."""
    person("analyst", second_factor=False)
    set_up(client, post, enter)
    recovery_codes(client, post)
    post(client, "/logout")
    enter(client, password="wrong horse battery")
    post(client, "/reset", email="ann@example.com")
    post(client, link(database), password=NEW_PASSWORD, password_confirm=NEW_PASSWORD)

    with database.reading() as session:
        assert (verify(session).whole, verify(session).entries) == (True, 8)
