"""What is said of security.txt; each case spoils one fact of a healthy host."""

from datetime import UTC, datetime

import pytest

from tests.checks.healthy import SECURITY_TEXT, gone, http, leads, observations, page
from vendor_risk.checks.observations import Cut, Http, Unreachable
from vendor_risk.checks.questions import requests
from vendor_risk.checks.securitytxt import date, parse
from vendor_risk.checks.web_securitytxt import securitytxt
from vendor_risk.evidence import Severity, Status

PASSED, FAILED, UNKNOWN = Status.PASSED, Status.FAILED, Status.UNKNOWN
LOW, INFO = Severity.LOW, Severity.INFORMATIONAL
AT = "https://shop.example/.well-known/security.txt"
TEXT = (("Content-Type", "text/plain; charset=utf-8"),)
SIGNED = (
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{}\n"
    "-----BEGIN PGP SIGNATURE-----\n\niQIzBAEBCgAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"
)


def look(body=SECURITY_TEXT, **changes):
    """A host with this file."""
    facts = {"headers": TEXT, "body": body} | changes
    return observations(http=http(page(), page(AT, **facts)))


def with_field(name, value):
    """The good file with another value of a field; None leaves it out."""
    lines = [line for line in SECURITY_TEXT.splitlines() if not line.startswith(name)]
    return "\n".join(lines + ([f"{name}: {value}"] if value is not None else []))


@pytest.mark.parametrize(
    ("body", "status", "severity"),
    [
        (SECURITY_TEXT, PASSED, None),
        (SECURITY_TEXT.replace("\n", "\r\n"), PASSED, None),
        (
            SECURITY_TEXT.upper().replace("HTTPS://SHOP.EXAMPLE/.WELL-KNOWN/SECURITY.TXT", AT),
            PASSED,
            None,
        ),
        ("\ufeff# our file\n\n" + SECURITY_TEXT, PASSED, None),
        (SIGNED.format(SECURITY_TEXT), PASSED, None),
        (with_field("Canonical", None), PASSED, None),
        (with_field("Canonical", AT + "\nCanonical: https://other.example/a"), PASSED, None),
        (with_field("Contact", "https://shop.example/report"), PASSED, None),
        (with_field("Contact", None), FAILED, LOW),
        (with_field("Expires", None), FAILED, LOW),
        (with_field("Expires", "2026-11-22T11:59:59Z"), FAILED, LOW),
        (with_field("Expires", "2026-11-22T13:30:00+02:00"), FAILED, LOW),
        (with_field("Expires", "2026-11-22T10:30:00-02:00"), PASSED, None),
        (with_field("Expires", "Thu, 31 Dec 2026 18:37:07 -0800"), FAILED, LOW),
        (with_field("Expires", "2027-02-30T00:00:00Z"), FAILED, LOW),
        (SECURITY_TEXT + "\nexpires: 2027-03-01T00:00:00Z", FAILED, LOW),
        (with_field("Expires", "2028-01-01T00:00:00Z"), FAILED, INFO),
        (with_field("Canonical", "https://other.example/security.txt"), FAILED, INFO),
        (with_field("Contact", "security@shop.example"), FAILED, INFO),
        (with_field("Contact", "http://shop.example/report"), FAILED, INFO),
        (SECURITY_TEXT + "\nPreferred-Languages: en\nPreferred-Languages: de", FAILED, INFO),
        (SIGNED.format("Hello"), FAILED, LOW),
        (SECURITY_TEXT + SIGNED.format("Hello"), FAILED, LOW),
        ("", FAILED, INFO),
        ("Not found", FAILED, INFO),
        ('{"error": "not found", "status": 404}', FAILED, INFO),
        ("# nobody has filled this in", FAILED, INFO),
        ("Contact: mailto:security@shop.example", FAILED, LOW),
        ("<!DOCTYPE html><title>Shop</title>", FAILED, INFO),
    ],
)
def test_web_securitytxt(body, status, severity):
    """What RFC 9116 demands is graver than what it recommends."""
    outcome = securitytxt(look(body))

    assert (outcome.status, outcome.severity) == (status, severity)


@pytest.mark.parametrize(
    ("changes", "status", "severity"),
    [
        ({"headers": (("Content-Type", "text/plain"),)}, PASSED, None),
        ({"headers": (("Content-Type", "Text/Plain;charset=UTF-8"),)}, PASSED, None),
        ({"headers": (("Content-Type", "text/plain; charset=utf8"),)}, PASSED, None),
        ({"headers": (("Content-Type", "text/plain; charset=iso-8859-1"),)}, FAILED, LOW),
        ({"headers": (("Content-Type", "application/octet-stream"),)}, FAILED, LOW),
        ({"headers": (("Content-Type", "text/html"),)}, FAILED, LOW),
        ({"headers": ()}, FAILED, LOW),
        ({"status": 404, "body": "no"}, FAILED, INFO),
        ({"status": 410}, FAILED, INFO),
        ({"headers": (("Content-Type", "text/html"),), "body": "Welcome"}, FAILED, INFO),
    ],
)
def test_how_the_file_is_served(changes, status, severity):
    """As plain text; the front page under its address is no such file."""
    outcome = securitytxt(look(**changes))

    assert (outcome.status, outcome.severity) == (status, severity)


@pytest.mark.parametrize(
    "part",
    [
        Unreachable("timed out"),
        Http(()),
        http(page()),
        http(page(), gone(AT, "timed out")),
        *(http(page(), page(AT, status=status)) for status in (401, 403, 406, 429, 500, 503)),
        http(page(), page(AT, headers=(("cf-mitigated", "challenge"),))),
        http(page(), leads(AT, "https://www.shop.example/security.txt")),
        http(page(), page(AT, headers=TEXT, body="", truncated=True, cut=Cut.PACKED)),
        http(page(), page(AT, body="", truncated=True, cut=Cut.PACKED)),
        http(page(), page(AT, headers=TEXT, body="Contact: tel:+1", truncated=True)),
    ],
)
def test_a_file_that_was_never_seen_is_not_missing(part):
    """Nobody asked, no answer, or a wall."""
    outcome = securitytxt(observations(http=part))

    assert (outcome.status, bool(outcome.evidence and outcome.reason)) == (UNKNOWN, True)


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("https://www.shop.example/.well-known/security.txt", PASSED),
        ("http://shop.example/security.txt", FAILED),
    ],
)
def test_redirects_are_followed(target, status):
    """But not to where anybody can change the file."""
    seen = http(page(), leads(AT, target), page(target, headers=TEXT, body=SECURITY_TEXT))

    assert securitytxt(observations(http=seen)).status is status


def test_a_signature_is_unwrapped_but_not_verified():
    """And that is said."""
    text = parse(SIGNED.format("Contact: tel:+1\n- -----\n- Policy: https://a.example/"))

    assert text.signed
    assert text.fields == (("contact", "tel:+1"), ("policy", "https://a.example/"))
    assert "not verified" in securitytxt(look(SIGNED.format(SECURITY_TEXT))).reason


def test_the_file_is_asked_for():
    """At the place that the standard names, once the host answered."""
    assert AT in [each.url for each in requests(observations(http=http(page())))]


@pytest.mark.parametrize(
    "answer", [gone("https://shop.example/", "timed out"), page(status=403), page(status=429)]
)
def test_a_host_that_does_not_let_us_in_is_not_asked_for_more(answer):
    """The reason is that of the front page."""
    seen = observations(http=http(answer))

    assert requests(seen) == ()
    assert "did not ask" not in securitytxt(seen).reason


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2027-01-01T00:00:00Z", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2027-01-01t02:00:00.25+02:00", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-12-31T23:59:60Z", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00+23:59", None),
        ("9999-12-31T23:59:59-23:59", None),
        ("2027-01-01T00:00:00+99:99", None),
        ("2027-01-01 00:00:00Z", None),
        ("2027-01-01", None),
        ("2027-13-01T00:00:00Z", None),
        ("", None),
    ],
)
def test_times_of_rfc_3339(value, expected):
    """Nothing else is one."""
    assert date(value) == expected
