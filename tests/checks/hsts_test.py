"""How Strict-Transport-Security headers are read."""

import json

import pytest

from tests.checks.conftest import conformance_cases
from vendor_risk.checks.hsts import parse


@pytest.mark.parametrize(
    ("header", "max_age", "below"),
    [
        ("max-age=31536000", 31_536_000, False),
        ("max-age=31536000; includeSubDomains", 31_536_000, True),
        ("MAX-AGE=1;includesubdomains", 1, True),
        ('max-age="31536000"', 31_536_000, False),
        ("max-age = 31536000", 31_536_000, False),
        ("max-age=0", 0, False),
        ('max-age=1; unknown="a;b"; includeSubDomains', 1, True),
        (";max-age=1;;", 1, False),
        ("max-age=" + "9" * 5000, 10**18, False),
        ("max-age=" + "0" * 5000 + "7", 7, False),
    ],
)
def test_a_header_that_browsers_take(header, max_age, below):
    """Names in any case, values quoted or not, unknown directives ignored."""
    read = parse(header)

    assert (read.fault, read.max_age, read.include_subdomains) == ("", max_age, below)


@pytest.mark.parametrize(
    "header",
    [
        "",
        ";",
        "includeSubDomains",
        "max-age",
        "max-age=",
        "max-age=abc",
        "max-age=-1",
        "max-age=+1",
        "max-age=1.5",
        "max-age=1 000",
        'max-age="',
        "max-age=\N{ARABIC-INDIC DIGIT ONE}",
        "max-age=1; max-age=2",
        "max-age=1; includeSubDomains; includeSubDomains",
        "max-age=1; includeSubDomains=true",
        "max-age=1, max-age=1",
        "max-age=1 includeSubDomains",
        "max-age=1; foo=a b",
        "max-age=1; {}",
    ],
)
def test_a_header_that_browsers_ignore(header):
    """RFC 6797 section 6.1: what does not conform is ignored as a whole."""
    assert parse(header).fault


def test_values_agree_with_the_preload_list():
    """Every header of its parser's tests, the ones with errors too."""
    cases = json.loads(conformance_cases("hsts-preload.json"))["cases"]
    wrong = []
    for case in cases:
        expected = case["expected"]
        if not case["suite"].startswith("parse"):
            continue
        read = parse(case["header"])
        values = (read.max_age, read.include_subdomains, read.preload)
        wanted = tuple(expected.get(key) for key in ("max_age", "includeSubDomains", "preload"))
        agrees = bool(read.fault) if expected["errors"] else values == wanted
        if not agrees:
            wrong.append(case)

    assert wrong == []


def test_faults_agree_with_the_preload_list():
    """A header without max-age, and no other of those it reads without error, counts as none."""
    cases = json.loads(conformance_cases("hsts-preload.json"))["cases"]
    read = [case for case in cases if case["suite"] == "parseHeaderStringTests"]

    wrong = [
        case
        for case in read
        if bool(parse(case["header"]).fault) != (case["expected"]["max_age"] is None)
    ]

    assert wrong == []
