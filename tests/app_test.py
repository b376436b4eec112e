"""The application as a whole: its start, its headers, its cookie, its errors."""

import io

import pytest
from flask import abort, request
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from tests.conftest import opened
from tests.factories import make_user
from vendor_risk import doors
from vendor_risk.app import create_app
from vendor_risk.config import SettingsError
from vendor_risk.store.models.people import User
from vendor_risk.web.headers import CSP
from vendor_risk.web.session import session


@pytest.fixture
def database(request, tmp_path):
    """SQLite, unless a test asks for both."""
    with opened(getattr(request, "param", "sqlite"), request, tmp_path) as made:
        yield made


both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def made(settings, database, queue, clock):
    """An application with one setting changed."""

    def make(**changes):
        changed = settings.model_copy(update=changes)
        return create_app(changed, database=database, enqueue=queue, clock=clock)

    return make


def with_view(app, view, **options):
    """The application with one more page, open to all."""
    app._got_first_request = False
    app.add_url_rule("/try", "try", doors.door(doors.public)(view), **options)
    return app.test_client()


def test_stranger_is_sent_to_sign_in(client):
    """A page for people with an account sends a stranger to sign in, and back afterwards."""
    answer = client.get("/own?x=1")

    assert (answer.status_code, answer.location) == (302, "/login?next=/own?x%3D1")


def test_person_gets_the_page(client, sign_in):
    """A person who is signed in sees a page for signed-in people."""
    sign_in(client, "requester")

    assert client.get("/own").status_code == 200


# Headers


@pytest.mark.parametrize("url", ["/login", "/own", "/nothing", "/static/css/app.css"])
@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Content-Security-Policy", CSP),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
    ],
)
def test_every_answer_is_strict(client, url, header, value):
    """Pages, redirects, errors and files all carry the headers."""
    assert client.get(url).headers[header] == value


def test_policy_allows_nothing_inline():
    """The policy names only this site, and pictures that are part of a page."""
    allowed = {word for part in CSP.split("; ") for word in part.split()[1:]}

    assert allowed == {"'none'", "'self'", "data:"}


def test_each_answer_has_its_own_number(client):
    """Two requests are told apart in the log."""
    first, second = client.get("/login"), client.get("/login")

    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


def test_page_of_a_person_is_not_kept(client, sign_in):
    """Who uses the browser next does not page back into the product."""
    sign_in(client, "requester")

    assert client.get("/own").headers["Cache-Control"] == "no-store"


def test_file_carries_no_cookie(client, sign_in):
    """A file that machines between keep never holds somebody's sign-in."""
    sign_in(client, "requester")

    assert "Set-Cookie" not in client.get("/static/css/app.css").headers


def test_https_is_demanded_where_it_is_spoken(made):
    """Browsers that came once over https never come over http again."""
    client = made(base_url="https://risk.example").test_client()
    answer = client.get("/login", base_url="https://risk.example")

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")


def test_https_is_not_demanded_on_this_machine(client):
    """A trial on localhost does not lock the browser out of http there."""
    assert "Strict-Transport-Security" not in client.get("/login").headers


# The cookie


def cookie_of(answer):
    return answer.headers["Set-Cookie"]


@pytest.mark.parametrize("part", ["HttpOnly", "SameSite=Lax", "Path=/"])
def test_cookie_is_kept_from_scripts_and_other_sites(client, part):
    """The sign-in cookie is for this site's own requests only."""
    assert part in cookie_of(client.get("/login")).split("; ")


def test_cookie_over_https_is_bound_to_the_host(made):
    """No sister site can plant a cookie of ours."""
    client = made(base_url="https://risk.example").test_client()
    cookie = cookie_of(client.get("/login", base_url="https://risk.example"))

    assert (cookie.startswith("__Host-session="), "Secure" in cookie, "Domain" in cookie) == (
        True,
        True,
        False,
    )


def test_cookie_works_on_this_machine_without_https(client):
    """Browsers that refuse secure cookies on http://localhost can sign in there too."""
    cookie = cookie_of(client.get("/login"))

    assert (cookie.startswith("session="), "Secure" in cookie) == (True, False)


# The start


@pytest.mark.parametrize(
    "address", ["http://risk.example", "http://192.0.2.1:8000", "risk.example"]
)
def test_plain_http_beyond_this_machine_is_refused(made, address):
    """Passwords do not cross a network in clear: the start says so and how to mend it."""
    with pytest.raises(SettingsError, match="must begin with https://"):
        made(base_url=address)


@pytest.mark.parametrize(
    "address", ["http://localhost:8000", "http://127.0.0.1:8000", "https://a.b"]
)
def test_addresses_that_will_do(made, address):
    """https anywhere, http on this machine."""
    assert made(base_url=address)


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("risk.example", 200),
        ("localhost", 200),
        ("127.0.0.1:8000", 200),
        ("evil.example", 400),
        ("risk.example.evil.example", 400),
    ],
)
def test_only_our_own_host_names_are_answered(made, host, code):
    """A forged host name gets no page, and into no link."""
    client = made(base_url="https://risk.example").test_client()

    assert client.get("/login", base_url=f"https://{host}").status_code == code


def test_forwarded_address_counts_only_behind_a_proxy(made):
    """A stranger cannot name another address to get round a limit."""
    app = made()
    client = with_view(app, lambda: request.remote_addr)

    assert client.get("/try", headers={"X-Forwarded-For": "192.0.2.9"}).text == "127.0.0.1"


def test_forwarded_address_of_the_proxy_counts(made):
    """Behind one proxy, what that proxy adds is the address."""
    client = with_view(made(trusted_proxies=1), lambda: request.remote_addr)
    forwarded = {"X-Forwarded-For": "203.0.113.1, 192.0.2.9"}

    assert client.get("/try", headers=forwarded).text == "192.0.2.9"


def test_keys_of_another_installation_do_not_open_the_cookie(made, sign_in):
    """A cookie signed elsewhere is nobody's here."""
    theirs = made(secret_key=SecretStr("another"))
    client = theirs.test_client()
    sign_in(client, "requester")
    ours = made().test_client()
    ours.set_cookie("session", client.get_cookie("session").value)

    assert (client.get("/own").status_code, ours.get("/own").status_code) == (200, 302)


# The session of a page


@both
def test_get_cannot_write(app, database):
    """The database itself refuses a write in a GET, whatever a view tries."""

    def view():
        session.add(User(email="x@example.com"))
        session.commit()
        return "written"

    client = with_view(app, view)
    app.config["PROPAGATE_EXCEPTIONS"] = False

    assert client.get("/try").status_code == 500
    with database.reading() as fresh:
        assert len(fresh.exec(select(User)).all()) == 0


@both
def test_refusal_comes_from_the_database(database):
    """It is no agreement among programmers but the database that refuses."""
    with database.reading() as reading, pytest.raises(DBAPIError, match=r"read.?only"):
        make_user(reading, "requester")


@both
def test_post_that_commits_writes(app, database, csrf):
    """A view that commits has written."""

    def view():
        make_user(session, "requester")
        session.commit()
        return "written"

    client = with_view(app, view, methods=["POST"])
    client.post("/try", data={"csrf_token": csrf(client)})

    with database.reading() as fresh:
        assert len(fresh.exec(select(User)).all()) == 1


@both
@pytest.mark.parametrize("code", [None, 422])
def test_post_that_does_not_commit_writes_nothing(app, database, csrf, code):
    """What a view did not commit is gone, also when it stopped with an error."""

    def view():
        make_user(session, "requester")
        if code:
            abort(code)
        return "not committed"

    client = with_view(app, view, methods=["POST"])
    client.post("/try", data={"csrf_token": csrf(client)})

    with database.reading() as fresh:
        assert len(fresh.exec(select(User)).all()) == 0


# Errors


@pytest.mark.parametrize("code", [400, 403, 404, 405, 413, 422, 429, 500])
def test_every_error_is_a_page_that_says_what_to_do(app, code):
    """An error has its code, a heading, and a sentence on how to go on."""
    answer = with_view(app, lambda: abort(code)).get("/try")

    assert (answer.status_code, answer.text.count("<h1>"), f"Error {code}" in answer.text) == (
        code,
        1,
        True,
    )


def test_failure_tells_its_number_and_nothing_of_the_inside(app):
    """A person can name the failure to us; a stranger learns nothing of the code."""

    def view():
        raise RuntimeError("password of the database")

    answer = with_view(app, view).get("/try")

    assert (
        answer.headers["X-Request-ID"] in answer.text,
        "password of the database" in answer.text,
        "Traceback" in answer.text,
    ) == (True, False, False)


@both
def test_failure_of_the_database_is_a_page_with_its_frame(app, database, client, sign_in):
    """A statement that broke off must not break the page that says so."""

    def view():
        session.execute(text("SELECT * FROM nothing_of_the_kind"))

    with_view(app, view)
    sign_in(client, "analyst")

    answer = client.get("/try")

    assert (answer.status_code, "Error 500" in answer.text) == (500, True)
    assert "Sign out" in answer.text


def test_failure_of_the_frame_too_is_told_in_plain_words(app):
    """Such as a database that went away: no page can be put together, and people still know."""

    def view():
        app.jinja_env.loader = None
        raise RuntimeError

    answer = with_view(app, view).get("/try")

    assert (answer.status_code, answer.mimetype) == (500, "text/plain")
    assert "Something failed on our side" in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_wrong_method_names_the_right_ones(client):
    """A program that used the wrong method is told the right one."""
    answer = client.get("/logout")

    assert (answer.status_code, "POST" in answer.headers["Allow"]) == (405, True)


def test_form_without_a_token_says_so(client):
    """Who left a form open over a sign-out is told to load it again."""
    answer = client.post("/login", data={"email": "a@b.c", "password": "x"})

    assert (answer.status_code, "no longer valid" in answer.text) == (400, True)


def test_too_large_an_upload_is_refused(client, csrf):
    """A file beyond the limit is turned away with a page."""
    large = io.BytesIO(bytes(33 * 1024 * 1024))
    answer = client.post("/login", data={"csrf_token": csrf(client), "file": (large, "x.bin")})

    assert answer.status_code == 413


def test_times_are_shown_in_the_zone_of_the_person(app, client, sign_in, database):
    """Who works in Tokyo sees Tokyo's time."""
    user = sign_in(client, "admin")
    with database.transaction() as writing:
        writing.get_one(User, user.id).timezone = "Asia/Tokyo"

    assert "21:00" in client.get(f"/people/{user.id}").text


def test_navigation_shows_what_one_may_enter(client, sign_in):
    """The list of people is in the navigation of an administrator, not of an analyst."""
    sign_in(client, "analyst")
    analyst = client.get("/own").text
    sign_in(client, "admin")

    assert ('href="/people"' in analyst, 'href="/people"' in client.get("/own").text) == (
        False,
        True,
    )
