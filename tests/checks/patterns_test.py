"""Which patterns of a list of others are tried on what a host serves, and what that costs."""

import time

import pytest

from tests.checks.healthy import http, observations, page
from vendor_risk.checks.libraries import recognised
from vendor_risk.checks.observations import Intel, JsAdvisory, JsLibrary
from vendor_risk.checks.patterns import fault
from vendor_risk.checks.web_libraries import outdated

PLACE = "(§§version§§)"
HOSTILE = (
    f"(a+)+${PLACE}",
    f"((a+))+{PLACE}",
    f"(?:a+b?)+{PLACE}",
    f"(a|a)*{PLACE}",
    f"(a|aa)+{PLACE}",
    f"(a{{1,9}}){{2,}}{PLACE}",
    f"{PLACE}+x",
    "§§version§§+x",
    f".*.*.*{PLACE}x",
    f"a+a+{PLACE}x",
    f"[a-z]*[a-z]*{PLACE}",
    "a?" * 30 + "a" * 30 + PLACE,
    "(a|a)" * 20 + PLACE,
    f"(a)\\1{PLACE}",
    f"(?=a){PLACE}",
    f"(?P<x>a){PLACE}",
)
HONEST = (
    f"/{PLACE}/jquery(\\.min)?\\.js",
    f"jquery.validat(?:ion|e)-{PLACE}(.min)?\\.js",
    f"/ember\\.?js/{PLACE}/ember((\\.|-)[a-z\\-.]+)?\\.js",
    f"/markdown-it[/@]{PLACE}/?.*\\.js",
    f"[)+*]{PLACE}[]+*?]",
    f"a\\+\\?\\({PLACE}",
)
# the costliest that are let through, and an address that makes them try the most
WORST = (
    f".*{PLACE}X",
    f".*{PLACE}(?:a|b)?c?d?X",
    f"a?a?a?a?a?a?a?a?{PLACE}X",
    f"1?1?1?1?.*{PLACE}X",
)


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_pattern_that_may_take_for_ever_is_not_used(pattern):
    """A repeated group, repetitions beside each other, too many choices, or more than that."""
    assert fault(pattern)


@pytest.mark.parametrize("pattern", HONEST)
def test_an_honest_pattern_is_used(pattern):
    """As in the list of retire.js; signs in brackets and behind a stroke mean nothing."""
    assert fault(pattern) == ""


@pytest.mark.parametrize("pattern", (*HOSTILE, *WORST))
@pytest.mark.parametrize("letters", ["a", "1", "1.", "a1"])
def test_no_pattern_hangs_at_a_long_address(pattern, letters):
    """A script whose address has 100 KiB; measured were 1.5 s at most, as address and as file."""
    library = JsLibrary("x", uris=(pattern,), filenames=(pattern,))
    url = "https://shop.example/1.2" + letters * (100 * 1024 // len(letters))
    begun = time.process_time()

    list(recognised(url, library))

    assert time.process_time() - begun < 3


def test_no_pattern_hangs_a_check():
    """A page of 100 KiB whose script has an address of its length."""
    library = JsLibrary("x", uris=HOSTILE, filenames=HOSTILE, advisories=(JsAdvisory("9", "high"),))
    body = f"<script src='/{'a' * 100 * 1024}-1.2.3!'></script>"
    seen = observations(http=http(page(body=body)), intel=Intel(js_advisories=(library,)))
    begun = time.process_time()

    outdated(seen)

    assert time.process_time() - begun < 1
