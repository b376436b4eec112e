"""What the checks of the pages say; each case spoils one fact of a healthy host."""

from datetime import timedelta

import pytest

from tests.checks.authority import NOON, chain
from tests.checks.healthy import gone, headers, http, leads, observations, page, tls
from vendor_risk.checks.observations import Cut, Failure, Http, Unreachable
from vendor_risk.checks.web import content_policy, strict_transport
from vendor_risk.checks.web_https import https, redirect
from vendor_risk.evidence import Severity, Status

PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
CRITICAL, HIGH = Severity.CRITICAL, Severity.HIGH
MEDIUM, LOW = Severity.MEDIUM, Severity.LOW
PLAIN, SAFE = "http://shop.example/", "https://shop.example/"
WWW = "https://www.shop.example/"
WALLS = [401, 403, 406, 429, 503]
CHALLENGE = (("cf-mitigated", "challenge"),)
# Mozilla has a root with the serial number 0.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")


def said(outcome):
    """What the tables below compare."""
    return outcome.status, outcome.severity


@pytest.mark.parametrize(
    ("responses", "status"),
    [
        ((leads(PLAIN, SAFE), page()), PASSED),
        ((page(),), PASSED),
        ((page(status=404),), PASSED),
        ((page(status=500),), PASSED),
        ((page("https://SHOP.example:443"),), PASSED),
        ((page(PLAIN), gone(SAFE, "connection refused")), FAILED),
        ((page(PLAIN), gone(SAFE, "TLS alert “unrecognized name”")), FAILED),
        ((page(PLAIN, status=404), gone(SAFE, "connection refused")), FAILED),
        ((leads(PLAIN, SAFE), gone(SAFE, "connection refused")), UNKNOWN),
        ((leads(PLAIN, WWW), page(WWW), gone(SAFE, "connection refused")), UNKNOWN),
        ((leads(PLAIN, "/a"), page(PLAIN + "a"), gone(SAFE, "connection refused")), FAILED),
        ((page(PLAIN, status=403), gone(SAFE, "no", Failure.REFUSED)), FAILED),
        ((page(PLAIN), leads(SAFE, PLAIN)), FAILED),
        ((page(PLAIN), gone(SAFE, "timed out after 10 s")), UNKNOWN),
        ((page(PLAIN), gone(SAFE, "connection reset")), UNKNOWN),
        ((page(PLAIN), gone(SAFE, "some trouble", Failure.OTHER)), UNKNOWN),
        ((gone(PLAIN, "connection refused"), gone(SAFE, "connection refused")), UNKNOWN),
        ((gone(PLAIN, "timed out"), gone(SAFE, "connection refused")), UNKNOWN),
        ((page(PLAIN),), UNKNOWN),
    ],
)
def test_web_https(responses, status):
    """A fault needs a host that refuses https and answers http."""
    unreached = Unreachable("not observed")
    assert https(observations(http=http(*responses), tls=unreached)).status is status


ALERT = "the host ended the handshake with the TLS alert “{}”"


@pytest.mark.parametrize(
    ("handshake", "alert", "status", "words"),
    [
        (tls(), "certificate required", UNKNOWN, "asks visitors for a certificate"),
        (tls(), "bad certificate", UNKNOWN, "asks visitors for a certificate"),
        (tls(), "access denied", UNKNOWN, "The handshake was done"),
        (tls(), "handshake failure", UNKNOWN, "The handshake was done"),
        (None, "bad certificate", UNKNOWN, "asks visitors for a certificate"),
        (None, "handshake failure", UNKNOWN, "It may ask visitors"),
        (None, "unrecognized name", FAILED, "not over https"),
        (None, "protocol version", FAILED, "not over https"),
    ],
)
def test_a_host_that_asks_visitors_for_a_certificate_is_unknown(handshake, alert, status, words):
    """It does offer https, to others than us."""
    failure = gone(SAFE, ALERT.format(alert), Failure.ALERT)
    seen = handshake or Unreachable(ALERT.format(alert), Failure.ALERT)

    outcome = https(observations(http=http(page(PLAIN), failure), tls=seen))

    assert (outcome.status, words in outcome.reason) == (status, True)


@pytest.mark.parametrize("reason", ["timed out", "connection refused", "DNS: no such name"])
def test_a_host_without_any_answer_is_no_fault_of_its_pages(reason):
    """There may be no site at all."""
    assert https(observations(http=Unreachable(reason))).status is UNKNOWN


@pytest.mark.parametrize("check", [https, strict_transport, content_policy, redirect])
@pytest.mark.parametrize(
    "spoilt",
    [*({"status": status} for status in WALLS), {"headers": CHALLENGE}],
    ids=[*map(str, WALLS), "challenge"],
)
def test_a_bot_wall_is_unknown_for_every_check(check, spoilt):
    """The page behind it was not seen, whatever the wall's own headers say."""
    blocked = http(leads(PLAIN, SAFE), page(**spoilt))

    outcome = check(observations(http=blocked))

    assert (outcome.status, "blocked" in outcome.reason) == (UNKNOWN, True)


@pytest.mark.parametrize(
    "check", [strict_transport, content_policy, redirect], ids=["hsts", "csp", "redirect"]
)
def test_a_failing_server_is_unknown(check):
    """The headers of an error page are not those of the pages."""
    failing = http(leads(PLAIN, SAFE), page(status=502))

    assert check(observations(http=failing)).status is UNKNOWN


@pytest.mark.parametrize(
    ("responses", "status", "severity"),
    [
        ((leads(PLAIN, SAFE), page()), PASSED, None),
        ((leads(PLAIN, "//shop.example/"), leads(PLAIN, SAFE)), FAILED, MEDIUM),
        ((leads(PLAIN, "https://shop.example/start"), page(SAFE + "start")), PASSED, None),
        ((leads(PLAIN, "https://shop.example:443/"), page()), PASSED, None),
        ((leads(PLAIN, SAFE, 308), leads(SAFE, WWW), page(WWW)), PASSED, None),
        ((leads(PLAIN, SAFE),), PASSED, None),
        ((gone(PLAIN, "connection refused"), page()), PASSED, None),
        ((leads(PLAIN, WWW), page(WWW)), FAILED, MEDIUM),
        ((leads(PLAIN, WWW),), FAILED, MEDIUM),
        ((leads(PLAIN, "/start"), leads(PLAIN + "start", SAFE), page()), FAILED, MEDIUM),
        ((page(PLAIN), page()), FAILED, HIGH),
        ((page(PLAIN, status=404), page()), UNKNOWN, None),
        ((page(PLAIN, status=410, body=""), page()), UNKNOWN, None),
        ((page(PLAIN, status=204, body=""), page()), UNKNOWN, None),
        ((page(PLAIN, body=" "), page()), UNKNOWN, None),
        ((page(PLAIN, body="", truncated=True), page()), FAILED, HIGH),
        ((page(PLAIN, status=426), page()), PASSED, None),
        ((leads(PLAIN, "/start"), page(PLAIN + "start", status=404)), FAILED, MEDIUM),
        ((page(PLAIN, headers=(("Location", SAFE),)), page()), FAILED, HIGH),
        ((leads(PLAIN, "/start"), page(PLAIN + "start")), FAILED, HIGH),
        ((leads(PLAIN, SAFE), leads(SAFE, PLAIN + "x"), page(PLAIN + "x")), FAILED, HIGH),
        (
            (
                leads(PLAIN, SAFE),
                leads(SAFE, "http://a.example/"),
                leads("http://a.example/", WWW),
                page(WWW),
            ),
            FAILED,
            HIGH,
        ),
        ((leads(PLAIN, PLAIN),), FAILED, HIGH),
        ((leads(PLAIN, SAFE), leads(SAFE, PLAIN)), FAILED, HIGH),
        ((leads(PLAIN, SAFE), leads(SAFE, SAFE)), FAILED, HIGH),
        ((leads(PLAIN, SAFE), gone(SAFE, "timed out")), UNKNOWN, None),
        ((leads(PLAIN, "http://10.0.0.1/"), gone("http://10.0.0.1/", "private")), FAILED, MEDIUM),
        ((leads(PLAIN, WWW), gone(WWW, "timed out")), FAILED, MEDIUM),
        ((leads(PLAIN, "intent://app"),), FAILED, HIGH),
        ((leads(PLAIN, "http://[broken"),), FAILED, HIGH),
        ((gone(PLAIN, "timed out"), page()), UNKNOWN, None),
        ((gone(PLAIN, "connection reset"), page()), UNKNOWN, None),
        ((gone(PLAIN, "connection refused"), gone(SAFE, "connection refused")), UNKNOWN, None),
        ((page(),), UNKNOWN, None),
    ],
)
def test_web_redirect(responses, status, severity):
    """https on the same host first; every other way is a fault, and silence is none."""
    assert said(redirect(observations(http=http(*responses)))) == (status, severity)


def test_the_reason_of_a_hop_that_failed_is_kept():
    """The reader sees why nobody could tell."""
    outcome = redirect(observations(http=http(leads(PLAIN, SAFE), gone(SAFE, "timed out"))))

    assert outcome.reason == "The page could not be seen: timed out."


def hops(count):
    """A way of so many redirects over https, with the page at its end."""
    urls = [PLAIN, *(f"https://shop.example/{i}" for i in range(count))]
    return [*(leads(urls[i], urls[i + 1]) for i in range(count)), page(urls[-1])]


@pytest.mark.parametrize(
    ("responses", "status"),
    [(hops(10), PASSED), (hops(11), FAILED), (hops(11)[:11], FAILED), (hops(11)[:10], FAILED)],
)
def test_more_than_ten_redirects_are_a_fault(responses, status):
    """Also where the scanner gave up before the end."""
    assert redirect(observations(http=http(*responses))).status is status


def test_a_cookie_that_turns_the_visitor_round_once_is_no_loop():
    """The second answer of the same address is the page."""
    responses = (leads(PLAIN, SAFE), leads(SAFE, SAFE), page())

    assert redirect(observations(http=http(*responses))).status is PASSED


@pytest.mark.parametrize(
    ("value", "status", "severity", "word"),
    [
        ("max-age=31536000; includeSubDomains", PASSED, None, ""),
        ("max-age=63072000; includeSubDomains; preload", PASSED, None, ""),
        ("max-age=31536000", FAILED, LOW, "includeSubDomains"),
        ("max-age=31535999; includeSubDomains", FAILED, LOW, "364 days"),
        ("max-age=15768000; includeSubDomains", FAILED, LOW, "182 days"),
        ("max-age=15767999; includeSubDomains", FAILED, MEDIUM, "182 days only"),
        ("max-age=300; includeSubDomains", FAILED, MEDIUM, "300 seconds only"),
        ("max-age=0; includeSubDomains", FAILED, MEDIUM, "forget"),
        ("max-age=abc", FAILED, MEDIUM, "ignore"),
        ("includeSubDomains", FAILED, MEDIUM, "max-age"),
        ("", FAILED, MEDIUM, "ignore"),
        (None, FAILED, MEDIUM, "does not send"),
    ],
)
def test_web_hsts(value, status, severity, word):
    """A year with all subdomains; half a year at least."""
    outcome = strict_transport(observations(http=http(page(headers=headers(hsts=value)))))

    assert said(outcome) == (status, severity)
    assert word in outcome.reason


def test_only_the_first_of_two_headers_counts():
    """RFC 6797 section 8.1."""
    twice = (("Strict-Transport-Security", "max-age=0"), *headers())

    assert strict_transport(observations(http=http(page(headers=twice)))).status is FAILED


def test_the_header_of_the_host_itself_counts():
    """What www sends protects www."""
    bare = leads(SAFE, WWW)

    assert strict_transport(observations(http=http(bare, page(WWW)))).status is FAILED


def test_the_header_on_http_is_ignored():
    """Anybody on the way could have put it there."""
    responses = (page(PLAIN), page(headers=headers(hsts=None)))

    assert strict_transport(observations(http=http(*responses))).status is FAILED


@pytest.mark.parametrize(
    "served",
    [
        tls(chain_pem=chain(("other.example",))),
        tls(chain_pem=chain(begin=NOON - timedelta(days=100))),
        tls(extra_roots_pem=()),
    ],
    ids=["wrong name", "expired", "untrusted"],
)
def test_the_header_on_a_bad_certificate_counts_as_none(served):
    """RFC 6797 section 8.1: browsers take it only from a connection without errors."""
    assert said(strict_transport(observations(tls=served))) == (FAILED, MEDIUM)


def test_a_header_that_is_sent_on_a_bad_certificate_is_not_called_missing():
    """The order is to mend the certificate, and the command shows both."""
    outcome = strict_transport(observations(tls=tls(extra_roots_pem=())))

    assert outcome.reason.startswith("The host sends the header, and browsers ignore it")
    assert outcome.reason.endswith("Mend the certificate; the header then counts as it is.")
    assert outcome.evidence.command.endswith("; curl -gsS -o /dev/null https://shop.example/")


@pytest.mark.parametrize("part", [Unreachable("not observed"), tls(chain_pem=())])
def test_the_header_counts_where_the_certificate_was_not_seen(part):
    """Nothing speaks against it."""
    assert strict_transport(observations(tls=part)).status is PASSED


@pytest.mark.parametrize("check", [strict_transport, content_policy], ids=["hsts", "csp"])
@pytest.mark.parametrize(
    "part",
    [
        Unreachable("timed out"),
        Http(()),
        http(page(PLAIN)),
        http(gone(SAFE, "timed out")),
        http(gone(SAFE, "connection refused")),
    ],
)
def test_a_header_that_was_never_seen_is_not_missing(check, part):
    """No answer over https, no judgement."""
    assert check(observations(http=part)).status is UNKNOWN


def test_a_host_entered_through_another_page_is_judged_there():
    """Outside observations may begin with an address of their own."""
    outcome = strict_transport(observations(http=http(page("https://shop.example/start"))))

    assert outcome.status is PASSED


META = "<head><meta http-equiv='Content-Security-Policy' content=\"img-src 'self'\"></head>"
REPORT = ("Content-Security-Policy-Report-Only", "default-src 'self'")


@pytest.mark.parametrize(
    ("spoilt", "status", "severity"),
    [
        ({}, PASSED, None),
        ({"headers": (("content-security-policy", "default-src 'self'"),)}, PASSED, None),
        ({"status": 404}, PASSED, None),
        ({"headers": headers(csp=None)}, FAILED, MEDIUM),
        ({"headers": headers(csp="")}, FAILED, MEDIUM),
        ({"headers": headers(csp="frame-anchestors 'none'")}, FAILED, MEDIUM),
        ({"headers": (*headers(csp=None), REPORT)}, FAILED, LOW),
        ({"headers": headers(csp=None), "body": META}, FAILED, LOW),
        ({"headers": headers(csp=None), "body": META, "truncated": True}, FAILED, LOW),
        ({"headers": headers(csp=None), "truncated": True}, UNKNOWN, None),
        ({"headers": (("Content-Type", "application/json"),)}, NOTHING, None),
        ({"headers": ()}, FAILED, MEDIUM),
        ({"headers": (), "body": ""}, NOTHING, None),
        ({"headers": (), "body": "", "truncated": True}, UNKNOWN, None),
        ({"headers": headers(csp=None), "body": "", "status": 204}, NOTHING, None),
        ({"headers": headers(csp=None), "body": ""}, FAILED, MEDIUM),
        ({"headers": headers(csp="report-uri /csp")}, FAILED, MEDIUM),
    ],
)
def test_web_csp_present(spoilt, status, severity):
    """In the header and in force; less in other places, and unknown where the page was cut."""
    assert said(content_policy(observations(http=http(page(**spoilt))))) == (status, severity)


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        (Cut.SIZE, "first 512 KiB"),
        (Cut.TIME, "time for this host ran out"),
        (Cut.PACKED, "compressed"),
        (Cut.BROKEN, "broke off"),
        (None, "not read as a whole"),
    ],
)
def test_the_reason_says_why_a_page_was_cut(cut, words):
    """A reader learns what to do about it."""
    spoilt = page(headers=headers(csp=None), truncated=True, cut=cut)

    outcome = content_policy(observations(http=http(spoilt)))

    assert (outcome.status, words in outcome.reason) == (UNKNOWN, True)


@pytest.mark.parametrize(
    ("responses", "status"),
    [
        ((leads(SAFE, WWW), page(WWW)), PASSED),
        ((leads(SAFE, WWW), page(WWW, headers=headers(csp=None))), FAILED),
        ((leads(SAFE, "https://other.example.net/"), page("https://other.example.net/")), NOTHING),
        ((leads(SAFE, WWW), gone(WWW, "timed out")), UNKNOWN),
        ((leads(SAFE, WWW),), UNKNOWN),
        ((leads(SAFE, SAFE),), UNKNOWN),
    ],
)
def test_the_policy_of_the_page_at_the_end_counts(responses, status):
    """As long as it is a page of the same organisation."""
    assert content_policy(observations(http=http(*responses))).status is status
