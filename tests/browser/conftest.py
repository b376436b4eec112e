"""One Chromium for all browser tests of a run, a fresh context for each."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.harness import launch, live
from vendor_risk.store.models.people import User


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of somebody who was never here."""
    fresh = browser.new_context()
    yield fresh
    fresh.close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The product, served."""
    with live(app) as at:
        yield at


@pytest.fixture
def enter(
    client: FlaskClient, sign_in: Callable[..., User], context: BrowserContext, address: str
) -> Callable[[str], User]:
    """`enter("analyst")`: that person is signed in with the browser, and with the test client."""

    def person(role: str) -> User:
        user = sign_in(client, role)
        cookie = client.get_cookie("session")
        assert cookie is not None
        context.add_cookies([{"name": "session", "value": cookie.value, "url": address}])
        return user

    return person
