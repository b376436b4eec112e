"""Sign-in and the pages of accounts in a real browser: accessible, strict, usable."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.harness import audit, follow, live
from tests.conftest import opened
from tests.factories import NOON, PASSWORD, TOTP_KEY, make_user
from vendor_risk.store.engine import Database
from vendor_risk.store.models.people import User
from vendor_risk.workflow import outbox

pytestmark = pytest.mark.browser


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """SQLite: a browser does not see the difference."""
    with opened("sqlite", request, tmp_path) as made:
        yield made


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application listens."""
    with live(app) as address:
        yield address


@pytest.fixture
def stranger(context: BrowserContext, address: str) -> Page:
    """The browser of a stranger, at the sign-in page."""
    page = context.new_page()
    page.goto(f"{address}/login")
    return page


@pytest.fixture
def admin(
    app: Flask, context: BrowserContext, address: str, sign_in: Callable[..., User]
) -> BrowserContext:
    """The browser of an administrator."""
    client = app.test_client()
    sign_in(client, "admin")
    cookie = client.get_cookie("session")
    assert cookie is not None
    context.add_cookies([{"name": "session", "value": cookie.value, "url": address}])
    return context


def enter(page: Page, email: str = "ann@example.com") -> None:
    """Type address and password and go on."""
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def person(database: Database, *roles: str, second_factor: bool = True) -> User:
    """Ann, with these roles."""
    with database.transaction() as session:
        return make_user(session, *roles, second_factor=second_factor)


@pytest.mark.parametrize("path", ["/login", "/reset"])
def test_pages_of_strangers_are_sound(context: BrowserContext, address: str, path: str) -> None:
    """Who is not in yet meets no barrier."""
    assert audit(context, address + path) == []


def test_sign_in_that_fails_is_sound(stranger: Page) -> None:
    """The page that says no is as good as the one that asks."""
    enter(stranger)

    expect(stranger.get_by_role("alert")).to_contain_text("There is a problem")
    assert audit(stranger, "") == []


def test_page_for_the_code_is_sound(stranger: Page, database: Database) -> None:
    """The second step of a sign-in."""
    person(database, "analyst")
    enter(stranger)

    expect(stranger.get_by_role("heading", level=1)).to_have_text("Enter your code")
    assert audit(stranger, "") == []


def test_analyst_signs_in_with_password_and_code(stranger: Page, database: Database) -> None:
    """The two steps lead into the product."""
    person(database, "analyst")
    enter(stranger)
    stranger.get_by_label("Code").fill(pyotp.TOTP(TOTP_KEY).now())
    stranger.get_by_role("button", name="Sign in").click()

    expect(stranger).not_to_have_url(re.compile("login|tf-"))


def test_first_sign_in_of_an_analyst(stranger: Page, database: Database) -> None:
    """Set up the authenticator, read the key, enter its code, keep the recovery codes."""
    person(database, "analyst", second_factor=False)
    enter(stranger)
    problems = audit(stranger, "")
    follow(stranger, stranger.get_by_role("button", name="Set up an authenticator"))
    problems += audit(stranger, "")
    key = stranger.locator("code").first.inner_text().replace("-", "")
    stranger.get_by_label("Code").fill(pyotp.TOTP(key).now())
    follow(stranger, stranger.get_by_role("button", name="Finish"))
    problems += audit(stranger, "")
    follow(stranger, stranger.get_by_role("button", name="Make new codes"))
    problems += audit(stranger, "")
    with stranger.expect_download() as begun:
        stranger.get_by_role("link", name="Download as text").click()
    codes = Path(begun.value.path()).read_text().split()

    assert (problems, len(codes)) == ([], 10)


@pytest.mark.parametrize("path", ["/own", "/change", "/tf-setup", "/people", "/mail"])
def test_pages_of_accounts_are_sound(admin: BrowserContext, address: str, path: str) -> None:
    """What an administrator opens."""
    assert audit(admin, address + path) == []


def test_page_of_a_person_is_sound(admin: BrowserContext, address: str, database: Database) -> None:
    """One account and what can be done with it."""
    user = person(database, "requester")

    assert audit(admin, f"{address}/people/{user.id}") == []


def test_mail_is_sound(admin: BrowserContext, address: str, database: Database) -> None:
    """A mail with a long address in it fits a phone."""
    with database.transaction() as session:
        mail = outbox.put(
            session,
            dedup_key="x",
            recipient="ann@example.com",
            subject="Set your password",
            text=f"Hello,\n\nhttp://localhost:8000/reset/{'x' * 200}\n",
            now=NOON,
        )

    assert audit(admin, f"{address}/mail/{mail.id}") == []


def test_administrator_invites_somebody(admin: BrowserContext, address: str) -> None:
    """From the form to the page of the new account."""
    page = admin.new_page()
    page.goto(f"{address}/people")
    page.get_by_label("E-mail address").fill("bob@example.com")
    page.get_by_label("Name", exact=True).fill("Bob")
    page.get_by_label("Analyst").check()
    page.get_by_role("button", name="Invite").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Bob")


def test_error_page_is_sound(context: BrowserContext, address: str) -> None:
    """A page that is not there meets the same standard as those that are."""
    assert audit(context, f"{address}/nothing", expect=404) == []
