"""What the checks of policies say; each case spoils one fact of a healthy host."""

import pytest

from tests.checks.conftest import conformance_cases
from tests.checks.healthy import gone, headers, http, leads, observations, page
from vendor_risk.checks.again import STRANGER
from vendor_risk.checks.observations import Http, Unreachable
from vendor_risk.checks.sources import bypass, schemes
from vendor_risk.checks.web_csp import rest, script, syntax
from vendor_risk.evidence import Outcome, Severity, Status

PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
MEDIUM, LOW, INFO = Severity.MEDIUM, Severity.LOW, Severity.INFORMATIONAL
PLAIN, SAFE = "http://shop.example/", "https://shop.example/"
WWW = "https://www.shop.example/"
CHECKS = [script, rest, syntax]
NAME = "Content-Security-Policy"
META = '<head><meta http-equiv="Content-Security-Policy" content="{}"></head>'
BAD = "script-src 'unsafe-inline' self"


def said(outcome):
    """What the tables below compare."""
    return outcome.status, outcome.severity


def look(*policies, **changes):
    """A look at a page with these policies in its headers."""
    sent = tuple((NAME, policy) for policy in policies)
    facts = {"headers": (*headers(csp=None), *sent)} | changes
    return observations(http=http(page(**facts)))


@pytest.mark.parametrize("check", CHECKS, ids=lambda each: each.id)
@pytest.mark.parametrize(
    "part",
    [
        Unreachable("timed out"),
        Http(()),
        http(page(PLAIN)),
        http(gone(SAFE, "timed out")),
        *(http(page(status=status)) for status in (401, 403, 406, 429, 500, 503)),
        http(page(headers=(("cf-mitigated", "challenge"),))),
        http(leads(SAFE, WWW), gone(WWW, "timed out")),
        http(page(headers=headers(csp=None), truncated=True)),
    ],
)
def test_a_policy_that_was_never_seen_is_unknown(check, part):
    """No answer, a wall, an error of the server, or a page that was cut before its head ended."""
    outcome = check(observations(http=part))

    assert (outcome.status, bool(outcome.evidence and outcome.reason)) == (UNKNOWN, True)


@pytest.mark.parametrize("check", CHECKS, ids=lambda each: each.id)
@pytest.mark.parametrize(
    ("spoilt", "status"),
    [
        ({}, NOTHING),
        ({"body": META.format(BAD)}, FAILED),
        ({"body": META.format(BAD), "truncated": True}, FAILED),
        ({"headers": (*headers(csp=None), (f"{NAME}-Report-Only", BAD))}, NOTHING),
        ({"headers": headers(csp=BAD)}, FAILED),
        ({"headers": headers(csp=BAD), "truncated": True, "body": ""}, FAILED),
        ({"headers": headers(csp=BAD, type="application/json")}, NOTHING),
        ({"headers": (), "body": ""}, NOTHING),
    ],
)
def test_the_policies_that_are_in_force(check, spoilt, status):
    """Those that are only reported or belong to no page are none."""
    assert check(look(**spoilt)).status is status


@pytest.mark.parametrize(
    ("policy", "status", "severity", "words"),
    [
        ("script-src 'self'", PASSED, None, ""),
        ("default-src 'self'", PASSED, None, ""),
        ("default-src *; script-src 'self'", PASSED, None, ""),
        ("script-src", PASSED, None, ""),
        ("script-src 'none'", PASSED, None, ""),
        ("script-src https://cdn.shop.example", PASSED, None, ""),
        ("script-src *.shop.example:*", PASSED, None, ""),
        ("img-src *", FAILED, MEDIUM, "no script-src"),
        ("default-src 'self' 'unsafe-inline'", FAILED, MEDIUM, "'unsafe-inline'"),
        ("script-src 'UNSAFE-INLINE'", FAILED, MEDIUM, "'unsafe-inline'"),
        ("script-src 'unsafe-inline' 'nonce-abcdefgh'", PASSED, None, ""),
        ("script-src 'unsafe-inline' 'nonce-'", FAILED, MEDIUM, "'unsafe-inline'"),
        ("script-src 'unsafe-inline' 'sha256-abcd='", PASSED, None, ""),
        ("script-src 'unsafe-inline' 'md5-abcd='", FAILED, MEDIUM, "'unsafe-inline'"),
        ("script-src 'unsafe-inline' 'strict-dynamic'", PASSED, None, ""),
        ("script-src *", FAILED, MEDIUM, "* takes"),
        ("script-src https:", FAILED, MEDIUM, "https: takes"),
        ("script-src http:", FAILED, MEDIUM, "http: takes"),
        ("script-src https://*", FAILED, MEDIUM, "https://* takes"),
        ("script-src https://*.co.uk", FAILED, MEDIUM, "https://*.co.uk takes"),
        ("script-src *:443", FAILED, MEDIUM, "anybody's hosts"),
        ("script-src data:", FAILED, MEDIUM, "data:"),
        ("script-src blob:", FAILED, MEDIUM, "blob:"),
        ("script-src 'strict-dynamic' 'nonce-abcdefgh' https: data: *", PASSED, None, ""),
        ("script-src 'self' 'unsafe-eval'", FAILED, LOW, "'unsafe-eval'"),
        ("script-src 'self' 'wasm-unsafe-eval'", PASSED, None, ""),
        ("script-src 'self' 'unsafe-hashes'", FAILED, LOW, "'unsafe-hashes'"),
        ("script-src 'unsafe-eval' https:", FAILED, MEDIUM, "anybody's hosts"),
        ("script-src 'nonce-abcdefg'", FAILED, LOW, "guessed"),
        ("script-src 'nonce-abcdefgh'", PASSED, None, ""),
        ("script-src 'strict-dynamic' 'nonce-abcdefg'", FAILED, LOW, "guessed"),
        ("script-src https://ajax.googleapis.com", FAILED, LOW, "get around"),
        ("script-src 'strict-dynamic' https://ajax.googleapis.com", PASSED, None, ""),
        ("script-src-elem 'self'; script-src 'unsafe-inline'", FAILED, MEDIUM, "'unsafe-inline'"),
        ("script-src-attr 'none'; script-src-elem 'self'; script-src *", PASSED, None, ""),
        ("script-src 'self'; script-src-elem *", FAILED, MEDIUM, "anybody's hosts"),
        ("script-src-elem 'self'", FAILED, MEDIUM, "missing script-src"),
        ("script-src-attr 'none'", FAILED, MEDIUM, "missing script-src"),
        ("default-src *; sandbox", PASSED, None, ""),
        ("default-src *; sandbox allow-scripts", FAILED, MEDIUM, "anybody's hosts"),
        ("script-src 'self'; script-src *", PASSED, None, ""),
    ],
)
def test_web_csp_script(policy, status, severity, words):
    """What lets a script of a stranger run is a fault, what may let it run a milder one."""
    outcome = script(look(policy))

    assert said(outcome) == (status, severity)
    assert words in outcome.reason


@pytest.mark.parametrize(
    ("policies", "status", "severity"),
    [
        (("script-src 'unsafe-inline'", "script-src 'self'"), PASSED, None),
        (("script-src 'unsafe-inline', script-src 'self'",), PASSED, None),
        (("script-src 'unsafe-inline' 'self'", "img-src *"), FAILED, MEDIUM),
        (("script-src 'unsafe-inline'", "script-src 'unsafe-inline' *"), FAILED, MEDIUM),
        (("script-src *", "script-src https:"), FAILED, MEDIUM),
        (("script-src *", "script-src data:"), PASSED, None),
        (("script-src https:", "script-src https://ajax.googleapis.com"), FAILED, LOW),
        (("script-src 'unsafe-inline'", "script-src 'nonce-abc'"), FAILED, LOW),
        (("img-src *", "font-src *"), FAILED, MEDIUM),
        (("img-src *", "nonsense"), FAILED, MEDIUM),
    ],
)
def test_policies_narrow_each_other(policies, status, severity):
    """A weakness counts only where every policy that limits scripts has it."""
    assert said(script(look(*policies))) == (status, severity)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("ajax.googleapis.com", True),
        ("https://ajax.googleapis.com/", True),
        ("HTTPS://AJAX.googleapis.com:443/ajax/", True),
        ("*.googleapis.com", True),
        ("https://www.google.com", True),
        ("https://www.google.com/recaptcha/", False),
        ("https://www.google.com/recaptcha/api.js", False),
        ("https://ajax.googleapis.com/ajax/libs/jquery/", False),
        ("https://googleapis.com", False),
        ("wss://ajax.googleapis.com", False),
        ("https://shop.example", False),
        ("'self'", False),
        ("*", False),
    ],
)
def test_hosts_that_get_around_a_policy(source, found):
    """A path that leaves their known addresses out makes a host harmless."""
    assert bool(bypass(source)) is found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("*", {"http", "https"}),
        ("http:", {"http", "https"}),
        ("https:", {"https"}),
        ("HTTPS://*:443", {"https"}),
        ("http://*/", {"http", "https"}),
        ("*/folder/", set()),
        ("data:", {"data"}),
        ("blob:", {"blob"}),
        ("*.com", {"http", "https"}),
        ("https://*.CO.UK.:443/", {"https"}),
        ("http://*.co.uk", {"http", "https"}),
        ("*.co.uk/folder/", set()),
        ("*.shop.co.uk", set()),
        ("*.github.io", set()),
        ("*.internal", set()),
        ("co.uk", set()),
        ("*.example", set()),
        ("'self'", set()),
        ("a" * 60_000, set()),
    ],
)
def test_sources_that_let_anything_in(source, expected):
    """By the schemes whose addresses all match."""
    assert schemes(source) == expected


REST = ("base-uri 'none'", "form-action 'self'", "frame-ancestors 'self'", "object-src 'none'")


@pytest.mark.parametrize(
    ("policies", "words"),
    [
        (("; ".join(REST),), None),
        ((f"default-src 'self'; {'; '.join(REST[:3])}",), None),
        (REST, None),
        (("; ".join(REST[1:]),), "base-uri"),
        (("; ".join(REST[:1] + REST[2:]),), "form-action"),
        (("; ".join(REST[:2] + REST[3:]),), "frame-ancestors"),
        (("; ".join(REST[:3]),), "object-src"),
        (("default-src 'self'",), "base-uri, form-action, frame-ancestors."),
    ],
)
def test_web_csp_rest(policies, words):
    """Three of the four do not fall back to default-src; one policy that has them is enough."""
    outcome = rest(look(*policies))

    assert said(outcome) == ((FAILED, INFO) if words else (PASSED, None))
    assert (words or "") in outcome.reason


def test_a_policy_in_the_page_cannot_forbid_framing():
    """A <meta> element cannot carry frame-ancestors."""
    assert "frame-ancestors" in rest(look(body=META.format("; ".join(REST)))).reason


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("default-src 'self'; report-uri /csp; report-to csp; webrtc 'block'", None),
        ("script-src 'Self' 'nonce-a' 'SHA256-ab=' 'strict-dynamic' https: data: a.example", None),
        ("sandbox allow-scripts; trusted-types a 'allow-duplicates'; script-src;", None),
        ("require-trusted-types-for 'script'; upgrade-insecure-requests", None),
        ("frame-anchestors 'none'", "directive frame-anchestors"),
        ("script-src: 'self'", "directive script-src:"),
        ("plugin-types a/b", "directive plugin-types"),
        ("default-src 'self', a.example", "directive a.example"),
        ("script-src 'self'; script-src 'none'", "twice"),
        ("script-src 'self'; SCRIPT-SRC 'none'", "twice"),
        ("default-src 'self' script-src 'self'", "semicolon is missing before script-src"),
        ("report-uri /csp img-src *", "semicolon is missing before img-src"),
        ("script-src self", "self needs single quotes"),
        ("script-src unsafe-inline", "unsafe-inline needs single quotes"),
        ("script-src 'unsafe-inlin'", "word 'unsafe-inlin'"),
        ("script-src 'self", "word 'self"),
        ("script-src 'nonce-'", "word 'nonce-'"),
        ("script-src ''", "word ''"),
    ],
)
def test_web_csp_syntax(policy, words):
    """What browsers pass over, or read otherwise than it was meant."""
    outcome = syntax(look(policy))

    assert said(outcome) == ((FAILED, INFO) if words else (PASSED, None))
    assert (words or "") in outcome.reason


def test_two_policies_are_no_fault():
    """It is said how browsers read them."""
    outcome = syntax(look("default-src 'self'", "script-src 'self'"))

    assert said(outcome) == (PASSED, INFO)
    assert "2 policies" in outcome.reason


@pytest.mark.parametrize(
    ("check", "header", "written", "status"),
    [
        (script, "script-src 'unsafe-inline'", "script-src 'self'", PASSED),
        (script, "script-src 'self'", "script-src 'unsafe-inline'", PASSED),
        (script, "script-src 'unsafe-inline'", "script-src 'unsafe-inline' *", FAILED),
        (
            rest,
            "base-uri 'none'; frame-ancestors 'none'; default-src *",
            "form-action 'self'",
            PASSED,
        ),
        (rest, "base-uri 'none'; form-action 'self'; default-src *", "frame-ancestors *", FAILED),
        (syntax, "default-src 'self'", "img-src self", FAILED),
    ],
)
def test_header_and_page_narrow_each_other(check, header, written, status):
    """Both are in force at once; framing is said in the header only."""
    assert check(look(header, body=META.format(written))).status is status


NONCE = "script-src 'nonce-MTIzNDU2Nzg5MDEyMzQ1Ng=='"
OTHER_NONCE = NONCE.replace("MTIz", "OTk5")


@pytest.mark.parametrize(
    ("second", "status"),
    [
        ({"headers": headers(csp=NONCE)}, FAILED),
        ({"headers": headers(csp=None), "body": META.format(NONCE)}, FAILED),
        ({"headers": headers(csp=OTHER_NONCE)}, PASSED),
        ({"headers": headers(csp=NONCE), "status": 403}, PASSED),
        ({"headers": headers(csp=NONCE), "url": WWW}, PASSED),
    ],
)
def test_a_nonce_is_new_in_every_answer(second, status):
    """The second answer is that to a script of another site; walls and other pages do not count."""
    answers = http(page(headers=headers(csp=NONCE)), page(**{"origin": STRANGER} | second))

    outcome = script(observations(http=answers))

    assert (outcome.status, "same in two answers" in outcome.reason) == (
        status,
        status is FAILED,
    )


def test_many_faults_are_named_shortly():
    """Three of them and how many more."""
    assert syntax(look("a; b; c; d; e")).reason.endswith("directive c, and 2 more.")


def test_policies_of_real_sites_are_judged():
    """Every check answers on each of them."""
    lines = [line for line in conformance_cases("csp-real-world.txt").splitlines() if line]
    for line in lines:
        policy = line.partition(":")[2]
        assert all(isinstance(check(look(policy)), Outcome) for check in CHECKS)
