"""What the checks of cookies say; each case spoils one fact of a healthy host."""

from datetime import timedelta

import pytest

from tests.checks.authority import NOON, chain
from tests.checks.healthy import gone, headers, http, observations, page, tls
from vendor_risk.checks.observations import Http, Response, Unreachable
from vendor_risk.checks.web_cookies import http_only, prefix, same_site, secure
from vendor_risk.evidence import Severity, Status

PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
PLAIN, SAFE = "http://shop.example/", "https://shop.example/"
WWW = "https://www.shop.example/"
CHECKS = [secure, http_only, same_site, prefix]
GOOD = "__Host-session=c2Vzc2lvbg; Path=/; Secure; HttpOnly; SameSite=Lax"
BAD = "__Secure-session=c2Vzc2lvbg; SameSite=None"
# Mozilla has a root with the serial number 0.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")


def said(outcome):
    """What the tables below compare."""
    return outcome.status, outcome.severity


def sets(*values, hsts=None):
    """A page that sets these cookies and nothing else that matters."""
    sent = tuple(("Set-Cookie", value) for value in values)
    return page(headers=(*headers(cookie=None, hsts=hsts), *sent))


def hop(url, target, *values):
    """A redirect that sets cookies."""
    sent = tuple(("Set-Cookie", value) for value in values)
    return Response(url, 302, (("Location", target), *sent))


def look(*responses, **changes):
    """A look that was given these answers."""
    return observations(http=http(*responses), **changes)


@pytest.mark.parametrize("check", CHECKS, ids=lambda each: each.id)
@pytest.mark.parametrize(
    "part",
    [
        Unreachable("timed out"),
        Http(()),
        http(gone(SAFE, "timed out")),
        http(gone(SAFE, "connection refused")),
        *(http(page(status=status)) for status in (401, 403, 406, 429, 500, 503)),
        http(page(headers=(("cf-mitigated", "challenge"), ("Set-Cookie", BAD)))),
        http(hop(SAFE, WWW, GOOD), page(WWW, status=403)),
        http(hop(SAFE, WWW, GOOD), gone(WWW, "timed out")),
        http(hop(SAFE, WWW, GOOD)),
    ],
)
def test_cookies_behind_a_wall_are_unknown(check, part):
    """Those of a wall are not those of the host, and those before it are not all."""
    outcome = check(observations(http=part))

    assert (outcome.status, bool(outcome.evidence and outcome.reason)) == (UNKNOWN, True)


@pytest.mark.parametrize("check", CHECKS, ids=lambda each: each.id)
@pytest.mark.parametrize(
    ("responses", "status"),
    [
        ((sets(GOOD),), PASSED),
        ((sets(BAD),), FAILED),
        ((sets(GOOD, BAD),), FAILED),
        ((hop(SAFE, WWW, BAD), page(WWW)), FAILED),
        ((hop(SAFE, WWW, BAD), page(WWW, status=403)), FAILED),
        ((hop(SAFE, WWW, BAD), gone(WWW, "timed out")), FAILED),
        ((hop(PLAIN, SAFE, BAD), page()), FAILED),
        ((sets(),), NOTHING),
        ((sets("language=en"),), NOTHING),
        ((sets("", ";", "\x00=a"),), NOTHING),
        ((sets(f"{BAD}; Max-Age=0"),), NOTHING),
        ((sets(f"{BAD}; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),), NOTHING),
        ((sets(f"{BAD}; Expires=Sun, 22 Nov 2026 12:00:01 GMT"),), FAILED),
        ((page(headers=(("Set-Cookie", GOOD),), truncated=True, body=""),), PASSED),
        (
            (
                hop(SAFE, "https://id.example.net/"),
                hop("https://id.example.net/", WWW, BAD),
                page(WWW),
            ),
            PASSED,
        ),
        ((hop(SAFE, "https://id.example.net/", BAD), page("https://id.example.net/")), FAILED),
        (
            (hop(SAFE, "https://id.example.net/"), page("https://id.example.net/")),
            NOTHING,
        ),
    ],
)
def test_every_hop_of_the_organisation_is_judged(check, responses, status):
    """Deleted cookies, unreadable ones and those of strangers are none."""
    assert check(look(*responses)).status is status


YEAR = "max-age=31536000"
ALL = "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(
    ("cookie", "hsts", "status", "severity"),
    [
        ("session=c2Vzc2lvbg; Secure", None, PASSED, None),
        ("session=c2Vzc2lvbg", None, FAILED, HIGH),
        ("session=c2Vzc2lvbg", YEAR, FAILED, MEDIUM),
        ("session=c2Vzc2lvbg", "max-age=0", FAILED, HIGH),
        ("session=c2Vzc2lvbg", "max-age=abc", FAILED, HIGH),
        ("session=c2Vzc2lvbg; Domain=shop.example", YEAR, FAILED, HIGH),
        ("session=c2Vzc2lvbg; Domain=shop.example", ALL, FAILED, MEDIUM),
        ("session=c2Vzc2lvbg; Domain=other.example", None, NOTHING, None),
        ("language=en", None, NOTHING, None),
        ("csrf_session=c2Vzc2lvbg", None, NOTHING, None),
        ("session=", None, NOTHING, None),
    ],
)
def test_web_cookie_secure(cookie, hsts, status, severity):
    """HSTS of the host, and of all below where the cookie is for all below, is half a cure."""
    assert said(secure(look(sets(cookie, hsts=hsts)))) == (status, severity)


def test_hsts_on_a_bad_certificate_is_no_cure():
    """Browsers do not remember it."""
    spoilt = tls(chain_pem=chain(begin=NOON - timedelta(days=100)))

    assert said(secure(look(sets("session=c2Vzc2lvbg", hsts=ALL), tls=spoilt))) == (FAILED, HIGH)


def test_a_cookie_that_was_set_over_http_was_read_already():
    """HSTS of the page behind it comes too late."""
    way = (hop(PLAIN, SAFE, "session=c2Vzc2lvbg"), sets(hsts=ALL))

    assert said(secure(look(*way))) == (FAILED, HIGH)


def test_a_secure_cookie_over_http_is_dropped_by_browsers():
    """So there is nothing to steal."""
    assert secure(look(hop(PLAIN, SAFE, "session=c2Vzc2lvbg; Secure"), sets())).status is NOTHING


@pytest.mark.parametrize(
    ("cookie", "status", "severity"),
    [
        ("session=c2Vzc2lvbg; HttpOnly", PASSED, None),
        ("session=c2Vzc2lvbg", FAILED, HIGH),
        ("session=c2Vzc2lvbg; Secure; SameSite=Lax", FAILED, HIGH),
        ("session=c2Vzc2lvbg; Http-Only", FAILED, HIGH),
        ("csrftoken=c2Vzc2lvbg", NOTHING, None),
        ("language=en", NOTHING, None),
    ],
)
def test_web_cookie_httponly(cookie, status, severity):
    """Only of a session."""
    assert said(http_only(look(sets(cookie)))) == (status, severity)


@pytest.mark.parametrize(
    ("cookie", "status", "words"),
    [
        ("session=c2Vzc2lvbg; SameSite=Lax", PASSED, ""),
        ("session=c2Vzc2lvbg; SameSite=STRICT", PASSED, ""),
        ("session=c2Vzc2lvbg; SameSite=None; Secure", PASSED, ""),
        ("language=en; SameSite=Lax", PASSED, ""),
        ("session=c2Vzc2lvbg", FAILED, "leave it to the browser"),
        ("session=c2Vzc2lvbg; SameSite", FAILED, "do not know"),
        ("session=c2Vzc2lvbg; SameSite=sometimes", FAILED, "do not know"),
        ("session=c2Vzc2lvbg; SameSite=Lax; SameSite=x", FAILED, "do not know"),
        ("session=c2Vzc2lvbg; SameSite=x; SameSite=Lax", PASSED, ""),
        ("session=c2Vzc2lvbg; SameSite=None", FAILED, "drop"),
        ("language=en; SameSite=None", FAILED, "drop"),
        ("language=en; SameSite=sometimes", FAILED, "do not know"),
        ("language=en", NOTHING, "SameSite"),
    ],
)
def test_web_cookie_samesite(cookie, status, words):
    """Every fault is one step milder than a session that is open."""
    outcome = same_site(look(sets(cookie)))

    assert said(outcome) == (status, LOW if status is FAILED else None)
    assert words in outcome.reason


@pytest.mark.parametrize(
    ("cookie", "status", "words"),
    [
        ("__Host-a=b; Secure; Path=/", PASSED, ""),
        ("__Secure-a=b; Secure; Domain=shop.example", PASSED, ""),
        ("__Secure-a=b", FAILED, "Secure"),
        ("__Host-a=b; Secure", FAILED, "Path=/"),
        ("__host-a=b; Secure; Path=/; Domain=shop.example", FAILED, "Domain"),
        ("session=c2Vzc2lvbg", NOTHING, "__Host-"),
    ],
)
def test_web_cookie_prefix(cookie, status, words):
    """Any cookie, a session or not."""
    outcome = prefix(look(sets(cookie)))

    assert said(outcome) == (status, MEDIUM if status is FAILED else None)
    assert words in outcome.reason


def test_the_value_of_a_cookie_is_not_shown():
    """It is the scanner's session, and reports are handed on."""
    evidence = secure(look(sets("session=c2Vzc2lvbg; Path=/"))).evidence

    assert evidence.value == "Set-Cookie: session=…; Path=/"
    assert evidence.command.endswith(" https://shop.example/")


def test_many_cookies_are_named_shortly():
    """Five of them and how many more."""
    outcome = secure(look(sets(*(f"session{i}=c2Vzc2lvbg" for i in range(7)))))

    assert "session4 and 2 more" in outcome.reason
