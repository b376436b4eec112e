"""Cases in which an honest vendor was accused, or a fault passed; each happened once."""

import pytest

from tests.checks.healthy import DOMAIN, dns, headers, http, leads, observations, page
from vendor_risk.checks.catalogue import judge
from vendor_risk.checks.observations import DnsStatus
from vendor_risk.evidence import Severity, Status

SHOP, PLAIN = "https://shop.example/", "http://shop.example/"
NOWHERE = {(DOMAIN, "A"): (), (DOMAIN, "AAAA"): ()}
CAA = '0 issue "letsencrypt.org; account-id=1"'
DMARC = '"v=DMARC1; p=reject; rua=mailto:dmarc@shop.example; x-note=1; foo1=bar"'
WALL = "<meta http-equiv=refresh content='0;/.well-known/sgcaptcha/?r=%2F'>"


def says(id, **parts):
    """What one check says of a look that is healthy but for some parts."""
    (outcome,) = (one.outcome for one in judge(observations(**parts)) if one.check == id)
    return outcome


@pytest.mark.parametrize(
    ("id", "parts", "status", "severity"),
    [
        # a time-out is no fault
        (
            "dns.resolve",
            {"dns": dns({**NOWHERE, (DOMAIN, "MX"): DnsStatus.TIMEOUT})},
            Status.UNKNOWN,
            None,
        ),
        # a name that serves only www exists
        (
            "dns.resolve",
            {"dns": dns({**NOWHERE, (DOMAIN, "MX"): ()})},
            Status.FAILED,
            Severity.LOW,
        ),
        # a mail server that is denied when asked for IPv4 and has IPv6
        (
            "mail.mx",
            {
                "dns": dns(
                    {
                        ("mail.shop.example", "A"): DnsStatus.NXDOMAIN,
                        ("mail.shop.example", "AAAA"): ("2001:db8::25",),
                    }
                )
            },
            Status.PASSED,
            None,
        ),
        # https and http that only send a visitor to each other
        (
            "web.https",
            {"http": http(leads(SHOP, PLAIN, 302), leads(PLAIN, SHOP, 302))},
            Status.FAILED,
            Severity.CRITICAL,
        ),
        # a tag with a hyphen, RFC 8659 section 4.2
        ("dns.caa", {"dns": dns({(DOMAIN, "CAA"): (CAA,)})}, Status.PASSED, None),
        # tags that receivers do not know
        (
            "mail.dmarc.syntax",
            {"dns": dns({("_dmarc.shop.example", "TXT"): (DMARC,)})},
            Status.PASSED,
            None,
        ),
        # a JSON interface that reports earns no finding for its care
        (
            "web.csp.present",
            {
                "http": http(
                    leads(PLAIN, SHOP),
                    page(
                        body="{}",
                        headers=(
                            ("Content-Type", "application/json"),
                            ("Content-Security-Policy-Report-Only", "default-src 'self'"),
                        ),
                    ),
                )
            },
            Status.NOT_APPLICABLE,
            None,
        ),
        # a challenge that comes with a status of success
        (
            "web.hsts",
            {"http": http(leads(PLAIN, SHOP), page(status=202, body=WALL, headers=()))},
            Status.UNKNOWN,
            None,
        ),
    ],
)
def test_what_was_seen_is_judged_for_what_it_is(id, parts, status, severity):
    """Each case by the row of the catalogue."""
    outcome = says(id, **parts)

    assert (outcome.status, outcome.severity) == (status, severity)


@pytest.mark.parametrize(
    "cookie",
    [
        *("session_depth=12", "session_start=1700000000", "sessionReferrer=google"),
        *("Session_lang=en", "session-timeout=1800", "login_redirect=%2Faccount"),
        *("identity_provider=google", "token_type=x"),
    ],
)
def test_a_cookie_that_holds_no_secret_is_no_session(cookie):
    """Whoever steals a number of pages or a language is not logged in."""
    good = page(headers=headers(cookie=cookie))

    outcome = says("web.cookie.httponly", http=http(leads(PLAIN, SHOP), good))

    assert outcome.status is not Status.FAILED


@pytest.mark.parametrize(
    "cookie",
    [
        *("shop_session=c2Vzc2lvbg", "shop_session=k3v9x2f8a1", f"my_sid={'0123456789' * 3}"),
        *("sessionid=abc", "PHPSESSID=x1", "JSESSIONID=a1"),
    ],
)
def test_a_cookie_that_may_hold_a_secret_is_a_session(cookie):
    """By a value that nobody guesses, or by a name that says nothing else."""
    good = page(headers=headers(cookie=f"{cookie}; Secure; SameSite=Lax"))

    outcome = says("web.cookie.httponly", http=http(leads(PLAIN, SHOP), good))

    assert outcome.status is Status.FAILED
