"""Recovery codes: shown once, work once, kept as fingerprints."""

from tests.factories import PASSWORD
from tests.web.accounts.conftest import both, recovery_codes, signed_in
from vendor_risk.store.models.people import User


def test_recovery_code_signs_in_without_the_authenticator(app, client, sign_in, post):
    """On the day the authenticator is lost a recovery code opens the door."""
    user = sign_in(client, "analyst")
    codes = recovery_codes(client, post)
    fresh = app.test_client()
    post(fresh, "/login", email=user.email, password=PASSWORD)
    post(fresh, "/mf-recovery", code=codes[3])

    assert (len(codes), signed_in(fresh)) == (10, True)


def test_recovery_code_is_taken_as_people_type(app, client, sign_in, post):
    """Capitals, blanks and missing dashes do not matter."""
    user = sign_in(client, "analyst")
    typed = recovery_codes(client, post)[0].replace("-", " ").upper()
    fresh = app.test_client()
    post(fresh, "/login", email=user.email, password=PASSWORD)
    post(fresh, "/mf-recovery", code=typed)

    assert signed_in(fresh)


@both
def test_recovery_code_works_once(app, client, sign_in, post):
    """A used recovery code opens nothing."""
    user = sign_in(client, "analyst")
    code = recovery_codes(client, post)[0]
    for _ in range(2):
        fresh = app.test_client()
        post(fresh, "/login", email=user.email, password=PASSWORD)
        post(fresh, "/mf-recovery", code=code)

    assert not signed_in(fresh)


def test_recovery_codes_are_shown_once(client, sign_in, post):
    """The page does not show them again, however it is asked."""
    sign_in(client, "analyst")
    codes = recovery_codes(client, post)

    assert codes[0] not in client.get("/mf-recovery-codes?show_codes=1").text


def test_recovery_codes_are_kept_as_fingerprints(client, sign_in, post, database):
    """Not even whoever holds the keys can read a code back."""
    user = sign_in(client, "analyst")
    codes = recovery_codes(client, post)

    with database.reading() as session:
        kept = session.get_one(User, user.id).mf_recovery_codes
    assert codes[0].replace("-", "") not in "".join(kept)


def test_recovery_code_without_the_password_is_worthless(app, client, sign_in, post):
    """The page for recovery codes sends back who has not given a password."""
    sign_in(client, "analyst")
    code = recovery_codes(client, post)[0]
    fresh = app.test_client()
    post(fresh, "/mf-recovery", code=code)

    assert not signed_in(fresh)
