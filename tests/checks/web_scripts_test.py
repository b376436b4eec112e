"""What the checks of third parties say; each case spoils one fact of a healthy host."""

from dataclasses import replace

import pytest

from tests.checks.authority import chain
from tests.checks.healthy import dns, gone, headers, http, leads, observations, page, tls
from vendor_risk.checks.observations import DnsStatus, Http, Unreachable
from vendor_risk.checks.questions import questions
from vendor_risk.checks.web_scripts import integrity, mixed, third
from vendor_risk.evidence import Severity, Status

PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
HIGH, MEDIUM, LOW, INFO = (
    *(Severity.HIGH, Severity.MEDIUM),
    *(Severity.LOW, Severity.INFORMATIONAL),
)
PLAIN, SAFE = "http://shop.example/", "https://shop.example/"
TILL = "https://shop.example/till"
CHECKS = [third, integrity, mixed]
CDN = "<script src=https://cdn.other.example.net/a.js></script>"
HELD = CDN.replace(" src", " crossorigin integrity=sha384-oqVuAfXRKap7fdgcCY5uykM6 src")
CARD = "<form><input autocomplete=cc-number></form>"
HERE = {("cdn.other.example.net", "A"): ("192.0.2.99",)}


def look(*bodies, records=None, **changes):
    """A host with these pages; the names of its scripts exist."""
    urls = (SAFE, TILL)
    pages = [page(url, body=body, **changes) for url, body in zip(urls, bodies, strict=False)]
    return observations(http=http(*pages), dns=dns(HERE | (records or {})))


@pytest.mark.parametrize("check", CHECKS, ids=lambda each: each.id)
@pytest.mark.parametrize(
    "part",
    [
        Unreachable("timed out"),
        Http(()),
        http(gone(SAFE, "timed out")),
        http(gone(SAFE, "connection refused")),
        *(http(page(status=status, body=CDN)) for status in (401, 403, 406, 429, 500, 503)),
        http(page(headers=(("cf-mitigated", "challenge"),), body=CDN)),
        http(page(body="<p>Shop", truncated=True)),
        http(leads(SAFE, TILL), gone(TILL, "timed out")),
    ],
)
def test_a_page_that_was_not_seen_as_a_whole_is_unknown(check, part):
    """A wall or a cut page is neither a pass nor a fault."""
    outcome = check(observations(http=part))

    assert (outcome.status, bool(outcome.evidence and outcome.reason)) == (UNKNOWN, True)


@pytest.mark.parametrize("check", CHECKS, ids=lambda each: each.id)
@pytest.mark.parametrize(
    "answer",
    [
        page(headers=(("Content-Type", "application/json"),), body="{}"),
        page(status=204, headers=(), body=""),
    ],
)
def test_what_is_no_page_loads_nothing(check, answer):
    """An interface for machines has no scripts."""
    assert check(observations(http=http(answer))).status is NOTHING


@pytest.mark.parametrize("check", [integrity, mixed], ids=lambda each: each.id)
def test_a_fault_in_what_was_read_of_a_cut_page_is_one(check):
    """What was seen was seen."""
    body = "<script src=http://cdn.other.example.net/a.js></script>"

    assert check(look(body, truncated=True)).status is FAILED


MANY = "".join(f"<script src=https://a.third{n}.example/a.js></script>" for n in range(11))
ALL = {(f"a.third{n}.example", "A"): ("192.0.2.99",) for n in range(11)}


@pytest.mark.parametrize(
    ("body", "records", "status", "severity"),
    [
        ("Shop", {}, PASSED, None),
        (CDN, {}, PASSED, None),
        (
            "<script src=/a.js></script><script src=//static.shop.example/a></script>",
            {},
            PASSED,
            None,
        ),
        (CDN.replace("https", "http"), {}, FAILED, MEDIUM),
        (CDN.replace("https://cdn", "http://192.0.2.1/"), {}, FAILED, MEDIUM),
        ("<script src=http://www.shop.example/a.js></script>", {}, PASSED, None),
        (CDN, {("cdn.other.example.net", "A"): DnsStatus.NXDOMAIN}, FAILED, MEDIUM),
        (CDN, {("cdn.other.example.net", "A"): DnsStatus.SERVFAIL}, UNKNOWN, None),
        (CDN, {("cdn.other.example.net", "A"): DnsStatus.TIMEOUT}, UNKNOWN, None),
        (CDN, {("cdn.other.example.net", "A"): None}, UNKNOWN, None),
        (CDN, {("cdn.other.example.net", "A"): ()}, UNKNOWN, None),
        (
            CDN,
            {("cdn.other.example.net", "A"): (), ("cdn.other.example.net", "AAAA"): ()},
            FAILED,
            MEDIUM,
        ),
        (
            CDN,
            {
                ("cdn.other.example.net", "A"): (),
                ("cdn.other.example.net", "AAAA"): ("2001:db8::1",),
            },
            PASSED,
            None,
        ),
        (MANY, ALL, FAILED, LOW),
        (
            MANY.replace("a.third10", "b.third9"),
            {**ALL, ("b.third9.example", "A"): ("192.0.2.1",)},
            PASSED,
            None,
        ),
        (MANY, {}, FAILED, LOW),
        (f"<noscript>{CDN}</noscript>", {("cdn.other.example.net", "A"): None}, PASSED, None),
    ],
)
def test_web_script_third(body, records, status, severity):
    """Over http, on names that do not exist, or too many; the host itself is no matter."""
    outcome = third(look(body, records=records))

    assert (outcome.status, outcome.severity) == (status, severity)


def test_a_policy_lifts_scripts_to_https():
    """Browsers then never ask over http."""
    policy = headers(csp="upgrade-insecure-requests")

    assert third(look(CDN.replace("https", "http"), headers=policy)).status is PASSED


def test_the_reason_says_what_a_plain_fetch_sees():
    """Nobody takes the list for complete."""
    assert "static HTML" in third(look(CDN)).reason


def test_the_names_of_scripts_are_asked_for():
    """IPv6 only where there is no IPv4, and nothing for the host's own names."""
    first = questions(look(CDN, records={("cdn.other.example.net", "A"): None}))
    second = questions(look(CDN, records={("cdn.other.example.net", "A"): ()}))

    assert ("cdn.other.example.net", "A") in first
    assert ("cdn.other.example.net", "AAAA") not in first
    assert ("cdn.other.example.net", "AAAA") in second


@pytest.mark.parametrize(
    ("bodies", "status", "severity"),
    [
        (("Shop",), PASSED, None),
        ((HELD,), PASSED, None),
        ((HELD + CARD,), PASSED, None),
        ((CDN,), FAILED, MEDIUM),
        ((CDN + CARD,), FAILED, HIGH),
        ((CDN, CARD), FAILED, MEDIUM),
        ((HELD, CDN + CARD), FAILED, HIGH),
        ((HELD.replace("sha384-oqVuAfXRKap7fdgcCY5uykM6", "md5-abcd"),), FAILED, MEDIUM),
        (
            (HELD.replace("sha384-oqVuAfXRKap7fdgcCY5uykM6", '"md5-abcd sha256-abcd?ct=a"'),),
            PASSED,
            None,
        ),
        (("<link rel=stylesheet href=//cdn.other.example.net/a.css>",), FAILED, MEDIUM),
        (
            ("<script src=/a.js></script><link rel=icon href=//cdn.other.example.net/a>",),
            PASSED,
            None,
        ),
    ],
)
def test_web_script_sri(bodies, status, severity):
    """Graver where a page takes cards; a hash that browsers do not know is none."""
    outcome = integrity(look(*bodies))

    assert (outcome.status, outcome.severity) == (status, severity)


@pytest.mark.parametrize(
    ("body", "status", "severity"),
    [
        ("Shop", PASSED, None),
        ("<script src=http://shop.example/a.js></script>", FAILED, MEDIUM),
        ("<link rel=stylesheet href=http://a.example/a.css>", FAILED, MEDIUM),
        ("<iframe src=http://a.example/></iframe>", FAILED, MEDIUM),
        ("<object data=http://a.example/></object>", FAILED, MEDIUM),
        ("<img src=http://a.example/a.png>", FAILED, LOW),
        ("<video poster=http://a.example/a.png></video>", FAILED, LOW),
        ("<img srcset='http://a.example/a.png 2x'>", FAILED, MEDIUM),
        ("<img src=http://a.example/a.png srcset=/b.png>", FAILED, MEDIUM),
        ("<picture><img src=http://a.example/a.png></picture>", FAILED, MEDIUM),
        ("<picture><source srcset=http://a.example/a.png></picture>", FAILED, MEDIUM),
        ("<video><source src=http://a.example/a.mp4></video>", FAILED, LOW),
        ("<audio><source src=http://a.example/a.mp3></audio>", FAILED, LOW),
        ("<video><track src=http://a.example/a.vtt></video>", FAILED, MEDIUM),
        ("<link rel=preload as=image href=http://a.example/a.png>", FAILED, LOW),
        ("<link rel=preload as=video href=http://a.example/a.mp4>", FAILED, LOW),
        ("<link rel=preload as=script href=http://a.example/a.js>", FAILED, MEDIUM),
        ("<link rel=preload as=style href=http://a.example/a.css>", FAILED, MEDIUM),
        ("<link rel=preload as=font href=http://a.example/a.woff2>", FAILED, MEDIUM),
        ("<link rel=preload as=fetch href=http://a.example/a.json>", FAILED, MEDIUM),
        ("<link rel=preload href=http://a.example/a.js>", PASSED, None),
        ("<img src=http://192.0.2.1/a.png>", FAILED, MEDIUM),
        (
            "<img src=http://a.example/a.png><script src=http://a.example/a></script>",
            FAILED,
            MEDIUM,
        ),
        ("<base href=http://a.example/><script src=a.js></script>", FAILED, MEDIUM),
        ("<a href=http://a.example/>away</a>", PASSED, None),
        ("<img src=http://localhost:8000/a.png>", PASSED, None),
        ("<img src=http://127.0.0.1/a.png>", PASSED, None),
        ("<!-- <img src=http://a.example/a.png> -->", PASSED, None),
    ],
)
def test_web_mixed(body, status, severity):
    """What browsers block is graver than what they lift to https."""
    outcome = mixed(look(body))

    assert (outcome.status, outcome.severity) == (status, severity)


@pytest.mark.parametrize(
    "lift",
    [
        {"headers": headers(csp="upgrade-insecure-requests")},
        {"body": "<meta http-equiv=Content-Security-Policy content=upgrade-insecure-requests>{}"},
    ],
    ids=["header", "page"],
)
def test_a_policy_that_lifts_mends_mixed_content(lift):
    """In the header or in the page."""
    body = lift.pop("body", "{}").format("<script src=http://a.example/a.js></script>")

    outcome = mixed(observations(http=http(page(body=body, **lift))))

    assert (outcome.status, outcome.severity) == (PASSED, INFO)


def test_an_open_page_mixes_nothing():
    """There everything is open; other checks say so."""
    assert mixed(observations(http=http(leads(SAFE, PLAIN), page(PLAIN)))).status is NOTHING


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (("shop.example", "*.example.net"), PASSED),
        (("shop.example", "*.example.net", "shop.test", "www.shop.co.uk"), PASSED),
        (("shop.example", *(f"www.customer{n}.example" for n in range(6)), "example.net"), FAILED),
        (("other.example", "*.example.net"), FAILED),
    ],
    ids=["two names", "one company in many countries", "many companies", "somebody else"],
)
def test_a_script_from_a_name_of_the_certificate_is_the_vendors_own(names, status):
    """As for forms; the certificate of a network for delivery makes nobody the vendor."""
    seen = look(CDN + CARD)

    assert integrity(replace(seen, tls=tls(chain_pem=chain(names=names)))).status is status


def test_an_own_name_that_is_gone_is_a_strangers_soon():
    """What stands in the certificate may lapse like any other name."""
    seen = look(CDN, records={("cdn.other.example.net", "A"): DnsStatus.NXDOMAIN})
    both = tls(chain_pem=chain(names=("shop.example", "*.example.net")))

    assert third(replace(seen, tls=both)).status is FAILED
