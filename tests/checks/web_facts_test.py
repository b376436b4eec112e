"""What is told of pages that is neither good nor bad."""

from dataclasses import replace

import pytest

from tests.checks.healthy import headers, http, observations, page
from vendor_risk.checks.observations import Owner
from vendor_risk.checks.web_facts import (
    allowed,
    card_pages,
    isolation,
    pages_read,
    third_parties,
)

SAFE, TILL = "https://shop.example/", "https://shop.example/till"


def look(**changes):
    """A page with one fact changed."""
    return observations(http=http(page(**changes)))


def test_pages_that_were_read_and_those_that_were_not():
    """So that nobody takes a wall in front of the check-out for a clean one."""
    front = "<a href=/checkout>a</a><a href=/basket>b</a><a href=/login>c</a>"
    seen = http(
        page(body=front),
        page("https://shop.example/checkout", status=403),
        page("https://shop.example/basket", body="<input name=cvv>", truncated=True),
    )

    assert pages_read(observations(http=seen)).values == (
        SAFE,
        "https://shop.example/basket: asks for a card, not read as a whole",
        "https://shop.example/checkout: not seen, the server refused the visit (HTTP 403)",
        "https://shop.example/login: not seen, this look did not ask for it",
    )


def test_pages_that_take_cards_are_found_again_in_what_was_told():
    """A page that was not seen takes none, whatever the reason says; one read in part does."""
    seen = http(
        page(body="<a href=/till>checkout</a><a href=/basket>b</a>"),
        page("https://shop.example/basket?a=1,%20asks", body="<input name=cvv>", truncated=True),
        page(
            "https://shop.example/basket",
            status=302,
            headers=(("Location", "/basket?a=1,%20asks"),),
        ),
        page(TILL, body="<input name=cvv><input type=password>"),
    )
    told = pages_read(observations(http=seen)).values

    assert card_pages(told) == ("https://shop.example/basket?a=1,%20asks", TILL)
    assert card_pages([f"{TILL}: not seen, asks for a card", SAFE]) == ()


def test_scripts_by_their_owners():
    """Those on pages that take cards first, and what a plain fetch does not see."""
    front = (
        "<script src=//www.google-analytics.com/a.js></script><script src=/own.js></script>"
        "<script src=//cdn.nobody.example.net/a.js></script>"
    )
    till = "<input name=cvv><script src=//js.stripe.com/v3></script>"
    owners = (
        Owner("www.google-analytics.com", "Google Analytics", "analytics"),
        Owner("js.stripe.com", "Stripe", "utility"),
    )
    seen = observations(http=http(page(body=front), page(TILL, body=till)))

    assert third_parties(replace(seen, owners=owners)).values == (
        "utility: Stripe (stripe.com), on a page that takes cards",
        "analytics: Google Analytics (google-analytics.com)",
        "other: owner not listed (example.net)",
        "Only the static HTML was read: what scripts load later is not listed.",
    )


def test_without_third_parties_there_is_nothing_to_tell():
    """Nor behind a wall."""
    assert third_parties(look()) is None
    assert third_parties(look(status=403)) is None


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("script-src 'self' https://a.example", "'self' https://a.example"),
        ("default-src 'none'", "'none'"),
        ("script-src", "'none'"),
        ("img-src *", "from anywhere"),
        (None, "from anywhere, there is no policy"),
    ],
)
def test_what_the_policy_allows(policy, said):
    """Page by page."""
    assert allowed(look(headers=headers(csp=policy), body="Shop")).values == (f"{SAFE}: {said}",)


@pytest.mark.parametrize(
    ("name", "value", "ignored"),
    [
        ("Cross-Origin-Opener-Policy", "same-origin", False),
        ("Cross-Origin-Opener-Policy", 'same-origin; report-to="coop"', False),
        ("Cross-Origin-Opener-Policy", "Same-Origin", True),
        ("Cross-Origin-Opener-Policy", "same-origin, same-origin", True),
        ("Cross-Origin-Embedder-Policy", "require-corp", False),
        ("Cross-Origin-Embedder-Policy", "require", True),
        ("Cross-Origin-Resource-Policy", "same-site", False),
        ("Cross-Origin-Resource-Policy", "*", True),
    ],
)
def test_headers_that_keep_pages_apart(name, value, ignored):
    """A word that browsers do not know does nothing."""
    values = isolation(look(headers=((name, value),))).values

    assert values == (f"{name}: {value}{' (browsers ignore this)' if ignored else ''}",)


@pytest.mark.parametrize(
    ("value", "odd"),
    [
        ("camera=(), geolocation=(self)", False),
        ('payment=(self "https://pay.example"), fullscreen=*', False),
        ("interest-cohort=()", False),
        ("camera=(none)", False),
        ("camera 'none'; microphone 'none'", True),
        ("camera=('self')", True),
        ("camera", True),
    ],
)
def test_a_permissions_policy_is_read_whole_or_not_at_all(value, odd):
    """The form of its forerunner makes browsers ignore all of it."""
    values = isolation(look(headers=(("Permissions-Policy", value),))).values

    assert any("ignore the whole header" in each for each in values) is odd


def test_without_such_headers_there_is_nothing_to_tell():
    """They are no duty."""
    assert isolation(look()) is None
