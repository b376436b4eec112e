"""How chains of redirects are put together and bot walls are told from pages."""

import pytest

from tests.checks.healthy import gone, headers, http, leads, page
from vendor_risk.checks.pages import End, address, blocked, follow, front, troubled

START = front("shop.example", "https")
SAFE = "https://shop.example/"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Shop.Example", "https://shop.example/"),
        ("HTTPS://shop.example:443/a?b=c#d", "https://shop.example/a?b=c"),
        ("http://shop.example.:8080/", "http://shop.example:8080/"),
        ("https://user@bücher.example/", "https://xn--bcher-kva.example/"),
        ("ftp://shop.example/", "None"),
        ("https://", "None"),
        ("https://[::1", "None"),
        ("https://shop.example:99999/", "None"),
        ("javascript:alert(1)", "None"),
        ("", "None"),
    ],
)
def test_addresses_are_compared_in_one_form(url, expected):
    """Case, default port and fragment make no difference; what is no http address is None."""
    assert str(address(url)) == expected


@pytest.mark.parametrize(
    ("responses", "end", "steps"),
    [
        ((page(),), End.PAGE, 1),
        ((page("https://SHOP.example:443/"),), End.PAGE, 1),
        ((leads(SAFE, "start"), page(SAFE + "start")), End.PAGE, 2),
        ((leads(SAFE, "../a/./b"), page(SAFE + "a/b")), End.PAGE, 2),
        ((leads(SAFE, SAFE + "a", 300),), End.PAGE, 1),
        ((leads(SAFE, ""),), End.PAGE, 1),
        ((leads(SAFE, SAFE + "a"),), End.UNSEEN, 1),
        ((leads(SAFE, "ftp://shop.example/"),), End.ASTRAY, 1),
        ((leads(SAFE, SAFE + "a"), gone(SAFE + "a", "timed out")), End.FAILED, 1),
        ((leads(SAFE, SAFE + "a"), leads(SAFE + "a", SAFE)), End.LOOP, 2),
        ((gone(SAFE, "timed out"),), End.FAILED, 0),
        ((page("http://shop.example/"),), End.UNSEEN, 0),
    ],
)
def test_how_a_chain_ends(responses, end, steps):
    """With a page, nothing, a circle, or where nobody looked."""
    chain = follow(http(*responses), START)

    assert (chain.end, len(chain.hops)) == (end, steps)


def test_the_answer_fetched_next_is_preferred():
    """Two chains may pass the same address with different answers."""
    responses = (leads(SAFE, SAFE + "b"), page(SAFE + "b", status=404), leads(SAFE, SAFE + "c"))

    assert [hop.status for hop in follow(http(*responses), START).hops] == [301, 404]


def test_a_chain_reads_as_its_steps():
    """A manager sees where the visitor was sent."""
    chain = follow(http(leads(SAFE, "/a"), gone(SAFE + "a", "timed out")), START)

    assert str(chain) == "https://shop.example/ 301 -> https://shop.example/a: timed out"


@pytest.mark.parametrize(
    ("spoilt", "word"),
    [
        ({}, None),
        ({"status": 404}, None),
        ({"status": 500}, None),
        ({"status": 403}, "403"),
        ({"status": 429}, "429"),
        ({"headers": (("CF-Mitigated", "challenge"),)}, "Cloudflare"),
        ({"headers": (("x-amzn-waf-action", "captcha"),), "status": 405}, "AWS WAF"),
        ({"body": "<script>window._cf_chl_opt={}</script>", "status": 403}, "Cloudflare"),
        ({"body": "<TITLE>Attention Required! | Cloudflare</TITLE>"}, "Cloudflare"),
        ({"body": '<div id="px-captcha">'}, "HUMAN"),
        ({"body": '<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js">'}, None),
        ({"body": '<script src="/_Incapsula_Resource?SWJIYLWA=1">'}, None),
        ({"body": "<script src='https://js.datadome.co/tags.js'>"}, None),
    ],
)
def test_bot_walls(spoilt, word):
    """By status, header or mark; scripts that providers put into every page are none."""
    found = blocked(page(**spoilt))

    assert found is None if word is None else word in found


def test_an_error_of_the_server_is_trouble():
    """It is no bot wall, but no page either."""
    assert troubled(page(status=500, headers=headers())) == "the server failed (HTTP 500)"
