"""Signing in and out, the second factor, one's own settings, the list of people, the outbox."""

import re
import time
from urllib.parse import urljoin, urlsplit

import pyotp
import pytest
from sqlmodel import col, select

from tests.conftest import opened
from tests.factories import PASSWORD, TOTP_KEY, make_user
from vendor_risk.app import create_app
from vendor_risk.store.audit import verify
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.people import User

NEW_PASSWORD = "staple gun on the roof"


@pytest.fixture
def database(request, tmp_path):
    """SQLite, unless a test asks for both."""
    with opened(getattr(request, "param", "sqlite"), request, tmp_path) as made:
        yield made


both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def person(database):
    """`person("analyst")`: somebody with these roles, PASSWORD, and a second factor if needed."""

    def make(*roles, **details):
        with database.transaction() as session:
            return make_user(session, *roles, **details)

    return make


@pytest.fixture
def post(csrf):
    """Post a form with the token that the browser's forms carry."""

    def send(client, url, **fields):
        return client.post(url, data={"csrf_token": csrf(client), **fields})

    return send


@pytest.fixture
def enter(post):
    """Sign in over the pages: the password, and the code where one is asked for."""

    def sign_in(client, email="ann@example.com", password=PASSWORD, code=None):
        answer = post(client, "/login", email=email, password=password)
        if "/tf-validate" in (answer.location or ""):
            answer = post(client, "/tf-validate", code=code or pyotp.TOTP(TOTP_KEY).now())
        return answer

    return sign_in


def acts(database):
    with database.reading() as session:
        return list(session.exec(select(AuditEntry.act).order_by(col(AuditEntry.sequence))).all())


def signed_in(client):
    return client.get("/own").status_code == 200


# The password


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


# The session


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


# The second factor


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


def set_up(client, post, enter):
    enter(client)
    page = post(client, "/tf-setup", setup="authenticator").text
    key = re.search(r'data-copy="([A-Z2-7-]+)"', page)[1].replace("-", "")
    return key, post(client, "/tf-validate", code=pyotp.TOTP(key).now())


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


# Recovery codes


def recovery_codes(client, post):
    page = post(client, "/mf-recovery-codes", generate_new_codes="1").text
    return re.findall(r"<li><code>([0-9a-f-]+)</code></li>", page)


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


# Passwords


def link(database):
    with database.reading() as session:
        mail = session.exec(select(OutboxMail).order_by(col(OutboxMail.created_at).desc())).first()
    return re.search(r"http://localhost:8000(/reset/\S+)", mail.text)[1]


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


# Limits


def test_guessing_one_account_is_stopped(client, person, enter):
    """After ten failures the account's door stays shut for a while, from everywhere."""
    person("requester")
    for _ in range(10):
        enter(client, password="wrong horse battery")

    assert enter(client).status_code == 429


def test_guess_from_elsewhere_is_stopped_too(app, client, person, enter):
    """The count belongs to the account, not to the address of the guesser."""
    person("requester")
    for number in range(10):
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        enter(client, password="wrong horse battery")
    client.environ_base["REMOTE_ADDR"] = "198.51.100.1"

    assert enter(client).status_code == 429


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
    """One account gets five links an hour, however often somebody asks."""
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


# The log


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


# Own settings


@both
def test_name_and_zone_are_kept(client, sign_in, post, database):
    """What one sets about oneself is there on the next visit."""
    user = sign_in(client, "requester")
    post(client, "/own", name="Ann Lee", timezone="Europe/Berlin")

    with database.reading() as session:
        kept = session.get_one(User, user.id)
    assert (kept.name, kept.timezone) == ("Ann Lee", "Europe/Berlin")


def test_wrong_zone_is_refused(client, sign_in, post):
    """A zone that does not exist is a form error."""
    sign_in(client, "requester")

    assert post(client, "/own", name="Ann", timezone="Mars/Base").status_code == 422


def test_theme_is_remembered_with_the_account(app, client, sign_in, post):
    """Another browser of the same person looks the same."""
    user = sign_in(client, "requester")
    post(client, "/preferences", theme="dark", next="/own")
    other = app.test_client()
    sign_in(other, user=user)

    assert 'data-theme="dark"' in other.get("/own").text


def test_stranger_chooses_a_theme_too(client, post):
    """The sign-in page can be dark."""
    post(client, "/preferences", theme="dark")

    assert 'data-theme="dark"' in client.get("/login").text


def test_auditor_changes_own_settings(client, sign_in, post):
    """An auditor changes nothing of the product but may change their own name."""
    sign_in(client, "auditor")

    assert post(client, "/own", name="Max", timezone="").status_code == 302


# People


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


# The outbox


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
