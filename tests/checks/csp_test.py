"""How Content Security Policies are read and where they are found."""

import json

import pytest

from tests.checks.conftest import conformance_cases
from tests.checks.healthy import headers, page
from vendor_risk.checks.csp import parse, policies, presence


def test_directives_and_values():
    """Names in lower case, values as they stand; of two equal directives the first counts."""
    read = parse("Default-Src 'self'  https://a.example;;\tscript-src;default-src *")

    assert read == {"default-src": ("'self'", "https://a.example"), "script-src": ()}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("default-src 'self'",), 1),
        (("default-src 'self', script-src 'none'",), 2),
        (("default-src 'self'", "script-src 'none'"), 2),
        (("",), 0),
        ((" ; ;",), 0),
        (("frame-anchestors 'none'",), 0),
        ((), 0),
    ],
)
def test_policies_that_say_something(values, expected):
    """A policy without a directive that browsers know is none."""
    assert len(policies(values)) == expected


META = '<meta http-equiv="Content-Security-Policy" content="{}">'


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (f"<head>{META.format(chr(100) + 'efault-src *')}</head>", 1),
        ("<head><META HTTP-EQUIV='content-security-policy' CONTENT='img-src *'></head>", 1),
        (f"<head></head><body>{META.format('img-src *')}</body>", 0),
        (f"<head><!-- {META.format('img-src *')} --></head>", 0),
        (f"<head>{META.format('frame-ancestors *')}</head>", 0),
        ('<head><meta http-equiv="Content-Security-Policy"></head>', 0),
        ('<head><meta http-equiv="refresh" content="0"></head>', 0),
        ('<head><meta http-equiv="Content-Security-Policy-Report-Only" content="img-src *">', 0),
        ("", 0),
        ("<" * 1000 + "http-equiv", 0),
    ],
)
def test_policies_in_the_page(body, found):
    """Only in its head, and only what a meta element may say."""
    assert len(presence(page(headers=headers(csp=None), body=body)).meta) == found


def test_the_page_is_not_read_when_the_header_has_a_policy():
    """Reading a page costs far more than reading a header."""
    body = f"<head>{META.format('img-src *')}</head>"

    assert presence(page(body=body)).meta == ()


# Of a directive that stands twice the suite's engine keeps the last, CSP level 3 section 2.2.1 the
# first; it leaves out sources that another one covers, which is a judgement and not reading.
OTHER_RULES = {"csp_parse-104", "csp_parse-105", "csp_parse-023", "csp_parse-024"}


def comparable(directives):
    """Values without order, repetition and case; none at all means 'none'."""
    return {
        name: {value.lower() for value in values} or {"'none'"}
        for name, values in directives.items()
    }


def test_single_policies_agree_with_mdn():
    """Every policy of its parser's tests that stands alone."""
    wrong = []
    for case in json.loads(conformance_cases("csp-parse.json"))["cases"]:
        given = case["input"]["policies"]
        if len(given) != 1 or case["id"] in OTHER_RULES:
            continue
        if comparable(parse(given[0])) != comparable(case["expected"]):
            wrong.append(case["id"])

    assert wrong == []


def test_policies_of_real_sites_are_read():
    """None of them makes the reader fail, and each says something."""
    lines = conformance_cases("csp-real-world.txt").splitlines()

    silent = [line for line in lines if line and not policies((line.partition(":")[2],))]

    assert silent == []
