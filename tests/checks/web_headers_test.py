"""What the checks of single headers say; each case spoils one fact of a healthy host."""

import pytest

from tests.checks.healthy import gone, headers, http, leads, observations, page
from vendor_risk.checks.observations import Http, Unreachable
from vendor_risk.checks.web_headers import framing, nosniff, preload, referrer
from vendor_risk.evidence import Severity, Status

PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
MEDIUM, LOW, INFO = Severity.MEDIUM, Severity.LOW, Severity.INFORMATIONAL
PLAIN, SAFE = "http://shop.example/", "https://shop.example/"
WWW = "https://www.shop.example/"
CHECKS = [framing, nosniff, referrer, preload]
JSON = (("Content-Type", "application/json"),)


def said(outcome):
    """What the tables below compare."""
    return outcome.status, outcome.severity


def look(**changes):
    """A look at a host whose page has one fact spoilt."""
    return observations(http=http(page(**changes)))


@pytest.mark.parametrize("check", CHECKS, ids=lambda each: each.id)
@pytest.mark.parametrize(
    "part",
    [
        Unreachable("timed out"),
        Http(()),
        http(page(PLAIN)),
        http(gone(SAFE, "timed out")),
        http(gone(SAFE, "connection refused")),
        *(http(page(status=status, headers=())) for status in (401, 403, 406, 429, 500, 502, 503)),
        http(page(headers=(("cf-mitigated", "challenge"),))),
    ],
)
def test_a_header_that_was_never_seen_is_not_missing(check, part):
    """No answer, a wall or an error of the server: no judgement, but evidence."""
    outcome = check(observations(http=part))

    assert (outcome.status, bool(outcome.evidence and outcome.reason)) == (UNKNOWN, True)


@pytest.mark.parametrize("check", [framing, nosniff, referrer], ids=lambda each: each.id)
@pytest.mark.parametrize(
    ("responses", "status"),
    [
        ((leads(SAFE, WWW), page(WWW)), PASSED),
        ((leads(SAFE, "https://other.example.net/"), page("https://other.example.net/")), NOTHING),
        ((leads(SAFE, WWW), gone(WWW, "timed out")), UNKNOWN),
        ((leads(SAFE, WWW),), UNKNOWN),
        ((leads(SAFE, WWW), page(WWW, status=403, headers=())), UNKNOWN),
    ],
)
def test_the_page_at_the_end_is_judged(check, responses, status):
    """As long as it is a page of the same organisation."""
    assert check(observations(http=http(*responses))).status is status


@pytest.mark.parametrize("check", [framing, nosniff], ids=lambda each: each.id)
def test_a_missing_header_of_a_page_that_was_cut_is_missing(check):
    """Headers come before the text, and neither of these can stand in it."""
    spoilt = look(headers=(("Content-Type", "text/html"),), truncated=True, body="")

    assert check(spoilt).status is FAILED


@pytest.mark.parametrize(
    ("policy", "options", "status", "severity"),
    [
        ("frame-ancestors 'self'", None, PASSED, None),
        ("frame-ancestors 'none'", None, PASSED, None),
        ("frame-ancestors", None, PASSED, None),
        ("frame-ancestors https://partner.example", None, PASSED, None),
        ("frame-ancestors https://partner.example:* *.a.example", None, PASSED, None),
        ("frame-ancestors *", None, FAILED, MEDIUM),
        ("frame-ancestors 'self' https:", None, FAILED, MEDIUM),
        ("frame-ancestors http:", None, FAILED, MEDIUM),
        ("frame-ancestors https://*", None, FAILED, MEDIUM),
        ("frame-ancestors https://*.com", None, FAILED, MEDIUM),
        ("frame-ancestors https://*.shop.com *.internal", None, PASSED, None),
        ("frame-ancestors *", "DENY", FAILED, MEDIUM),
        ("frame-ancestors *, frame-ancestors 'self'", None, PASSED, None),
        ("frame-ancestors data:", None, PASSED, None),
        ("frame-ancestors 'self'", "ALLOW-FROM https://partner.example", PASSED, INFO),
        ("default-src 'self'", None, FAILED, MEDIUM),
        (None, None, FAILED, MEDIUM),
        (None, "DENY", PASSED, None),
        (None, "SameOrigin", PASSED, None),
        (None, " deny ", PASSED, None),
        (None, "SAMEORIGIN, SAMEORIGIN", PASSED, None),
        (None, "SAMEORIGIN, DENY", PASSED, None),
        (None, "DENY, something", PASSED, None),
        (None, "one, two", FAILED, MEDIUM),
        (None, "ALLOWALL", FAILED, MEDIUM),
        (None, "ALLOW-FROM https://partner.example", FAILED, MEDIUM),
        (None, "SAMEORIGIN;", FAILED, MEDIUM),
        (None, "", FAILED, MEDIUM),
    ],
)
def test_web_frame(policy, options, status, severity):
    """The policy or the header; where both stand, browsers read the policy alone."""
    assert said(framing(look(headers=headers(csp=policy, frame=options)))) == (status, severity)


def test_a_policy_that_is_only_reported_forbids_no_frame():
    """Nor does one in the page: a <meta> element cannot carry frame-ancestors."""
    meta = "<meta http-equiv=Content-Security-Policy content=\"frame-ancestors 'none'\">"
    report = ("Content-Security-Policy-Report-Only", "frame-ancestors 'none'")

    outcome = framing(look(headers=(*headers(csp=None), report), body=meta))

    assert outcome.status is FAILED


def test_an_obsolete_word_is_named():
    """The reader learns why a header that looks right does nothing."""
    outcome = framing(look(headers=headers(csp=None, frame="ALLOW-FROM https://a.example")))

    assert "ALLOW-FROM" in outcome.reason


@pytest.mark.parametrize("check", [framing, referrer], ids=lambda each: each.id)
@pytest.mark.parametrize("spoilt", [{"headers": JSON}, {"headers": (), "body": ""}])
def test_what_is_no_page_is_neither_framed_nor_left(check, spoilt):
    """A JSON interface or an empty answer."""
    assert check(look(**spoilt)).status is NOTHING


@pytest.mark.parametrize(
    ("values", "status"),
    [
        (("nosniff",), PASSED),
        (("NoSniff",), PASSED),
        ((" nosniff\t",), PASSED),
        (("nosniff, something",), PASSED),
        (("nosniff", "something"), PASSED),
        (("something", "nosniff"), FAILED),
        (("something, nosniff",), FAILED),
        (("no-sniff",), FAILED),
        (("nosniff;",), FAILED),
        (("'nosniff'",), FAILED),
        (("",), FAILED),
        ((), FAILED),
    ],
)
def test_web_nosniff(values, status):
    """As the Fetch standard reads it: the first value, in any case."""
    sent = tuple(("X-Content-Type-Options", value) for value in values)

    outcome = nosniff(look(headers=(*headers(nosniff=None), *sent)))

    assert said(outcome) == (status, LOW if status is FAILED else None)


def test_nosniff_is_for_data_too():
    """What is no page can be taken for one."""
    assert nosniff(look(headers=JSON)).status is FAILED


@pytest.mark.parametrize(
    ("values", "status", "severity"),
    [
        (("no-referrer",), PASSED, None),
        (("same-origin",), PASSED, None),
        (("strict-origin",), PASSED, None),
        (("Strict-Origin-When-Cross-Origin",), PASSED, None),
        (("unsafe-url, no-referrer",), PASSED, None),
        (("unsafe-url", "no-referrer"), PASSED, None),
        (("no-referrer, something-new",), PASSED, None),
        (("no-referrer,",), PASSED, None),
        ((), PASSED, INFO),
        (("",), PASSED, INFO),
        (("never",), PASSED, INFO),
        (("no-referrer; unsafe-url",), PASSED, INFO),
        (("unsafe-url",), FAILED, INFO),
        (("origin",), FAILED, INFO),
        (("origin-when-cross-origin",), FAILED, INFO),
        (("no-referrer-when-downgrade",), FAILED, INFO),
        (("no-referrer, unsafe-url",), FAILED, INFO),
        (("no-referrer", "unsafe-url"), FAILED, INFO),
    ],
)
def test_web_referrer(values, status, severity):
    """The last word that browsers know; none at all leaves them their own rule."""
    sent = tuple(("Referrer-Policy", value) for value in values)

    assert said(referrer(look(headers=(*headers(referrer=None), *sent)))) == (status, severity)


@pytest.mark.parametrize(
    ("value", "domain", "words"),
    [
        ("max-age=31536000; includeSubDomains; preload", "shop.example", "meets its rules"),
        ("max-age=31535999; includeSubDomains; preload", "shop.example", "only a year"),
        ("max-age=31536000; preload", "shop.example", "includeSubDomains"),
        ("max-age=31536000; includeSubDomains", "shop.example", "does not ask"),
        ("max-age=abc; includeSubDomains; preload", "shop.example", "does not ask"),
        (None, "shop.example", "does not ask"),
        ("max-age=31536000; includeSubDomains; preload", "www.shop.example", "registered names"),
    ],
)
def test_web_hsts_preload(value, domain, words):
    """It only informs, whatever the header says."""
    given = http(page(f"https://{domain}/", headers=headers(hsts=value)))

    outcome = preload(observations(domain=domain, http=given))

    assert (said(outcome), words in outcome.reason) == ((PASSED, INFO), True)


@pytest.mark.parametrize(
    ("header", "written", "status"),
    [
        ("unsafe-url", "no-referrer", PASSED),
        ("no-referrer", "unsafe-url", FAILED),
        ("no-referrer", "always", FAILED),
        ("unsafe-url", "never", PASSED),
        ("no-referrer", "nonsense", PASSED),
        ("no-referrer", "", PASSED),
        (None, "Unsafe-URL", FAILED),
    ],
)
def test_the_page_says_it_after_the_header(header, written, status):
    """A <meta> element overrides the header, if it says anything that browsers know."""
    body = f"<meta name=Referrer content='{written}'>"

    assert referrer(look(headers=headers(referrer=header), body=body)).status is status


def test_the_last_meta_element_counts():
    """And a comment says nothing."""
    body = (
        "<meta name=referrer content=origin><meta name=referrer content=same-origin>"
        "<!-- <meta name=referrer content=unsafe-url> -->"
    )

    outcome = referrer(look(body=body))

    assert (outcome.status, outcome.evidence.value) == (PASSED, "<meta> referrer: same-origin")
