"""How the pages are found on which visitors pay or log in."""

import pytest

from tests.checks.healthy import http, leads, observations, page
from vendor_risk.checks.checkout import PAGES_MOST, checkout_pages
from vendor_risk.checks.observations import Http

SAFE = "https://shop.example/"


def found(body, **changes):
    """The addresses that a front page leads to."""
    seen = observations(http=http(page(body=body, **changes)))
    return [each.url for each in checkout_pages(seen.http, seen)]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("<a href=/checkout>x</a>", "checkout"),
        ("<a href=/de/warenkorb/>x</a>", "de/warenkorb/"),
        ("<a href='/index.php?route=checkout/cart'>x</a>", "index.php?route=checkout/cart"),
        ("<a href=/a1>Zur Kasse</a>", "a1"),
        ("<a href=/a1>Mon compte</a>", "a1"),
        ("<a href=/a1>Se connecter / Connexion</a>", "a1"),
        ("<a href=/a1>Iniciar sesión</a>", "a1"),
        ("<a href=/a1>Košík</a>", "a1"),
        ("<a href=/a1>Pokladňa</a>", "a1"),
        ("<a href=/a1>Καλάθι</a>", "a1"),
        ("<a href=/ko%C5%A1%C3%ADk>x</a>", "ko%C5%A1%C3%ADk"),
        ("<a href=/a1 aria-label=Basket><svg></svg></a>", "a1"),
        ("<a href=/checkout.css>x</a>", None),
        ("<a href=/cart/add-to-cart/7>x</a>", None),
        ("<a href=/account/logout>Konto</a>", None),
        ("<a href=/blog/login-tips>x</a>", None),
        ("<a href=/cartography>x</a>", None),
        ("<a href=/about>About</a>", None),
        ("<a href=https://stranger.example/checkout>x</a>", None),
        ("<a href=http://shop.example/checkout>x</a>", None),
        ("<!-- <a href=/checkout>x</a> -->", None),
    ],
)
def test_words_of_the_way_to_pay(link, expected):
    """As whole words of the address or of the link, in the languages of Europe."""
    assert found(link) == ([] if expected is None else [SAFE + expected])


def test_the_nearest_to_the_card_come_first():
    """One page to pay, one basket, one to log in; three of a kind tell nothing more."""
    body = (
        "<a href=/login>a</a><a href=/login?next=/>b</a><a href=/cart>c</a>"
        "<a href=/checkout>d</a><a href=/payment>e</a>"
    )

    assert found(body) == [SAFE + each for each in ("checkout", "cart", "login")]
    assert len(found(body)) == PAGES_MOST


def test_other_hosts_of_the_vendor_are_asked():
    """Shops often take money on a host of its own."""
    link = "<a href=https://checkout.shop.example/start>Pay</a>"

    assert found(link) == ["https://checkout.shop.example/start"]


@pytest.mark.parametrize(
    "part",
    [
        Http(()),
        http(page(status=403, body="<a href=/checkout>x</a>")),
        http(page(headers=(("cf-mitigated", "challenge"),), body="<a href=/checkout>x</a>")),
        http(leads(SAFE, "https://www.shop.example/")),
    ],
)
def test_where_no_page_was_seen_none_is_asked_for(part):
    """A wall has no links."""
    assert list(checkout_pages(part, observations())) == []
