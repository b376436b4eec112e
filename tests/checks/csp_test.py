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
        (("report-uri /csp; report-to csp",), 0),
        (("navigate-to 'self'; plugin-types a/b; referrer no-referrer",), 0),
        (("report-uri /csp; img-src 'self'",), 1),
        (("upgrade-insecure-requests",), 1),
        ((), 0),
    ],
)
def test_policies_that_say_something(values, expected):
    """A policy without a directive that browsers enforce is none."""
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
        (f"\ufeff<!doctype html><html lang=de>{META.format('img-src *')}", 1),
        (f"<?xml version='1.0'?><title><body></title>{META.format('img-src *')}", 1),
        (f"<head><script>a = '<body>'</script>\n<link a='>'>{META.format('img-src *')}", 1),
        (f"<head><template><div><template></template></template>{META.format('a; img-src *')}", 1),
        (f"<head><noscript>{META.format('img-src *')}</noscript>", 0),
        (f"<head><template>{META.format('img-src *')}</template>", 0),
        (f"<head><title>{META.format('img-src *')}</title>", 0),
        (f"<head></p></head>{META.format('img-src *')}", 1),
        (f"<head><p>{META.format('img-src *')}</p></head>", 0),
        (f"<head>Shop {META.format('img-src *')}</head>", 0),
        (f"<head></body>{META.format('img-src *')}", 0),
        (f"<head><!--><!-- > --!>{META.format('img-src *')}", 1),
        (f"<head><meta data='{META.format('img-src *')}'></head>", 0),
        (f'<head>{META.format("img-src *")[:-1]} data-a="{"a" * 20_000}"></head>', 0),
    ],
)
def test_policies_in_the_page(body, found):
    """Only in its head, and only what a meta element may say."""
    assert len(presence(page(headers=headers(csp=None), body=body)).meta) == found


DEEP = {
    "elements": "<div>" * 95_000,
    "templates": "<template>" * 50_000,
    "closed templates": "<template>" * 20_000 + "</template>" * 20_000,
    "elements in a template": "<template>" + "<div>" * 95_000,
    "comments": "<!--" * 120_000,
    "scripts": "<script>" * 60_000,
    "attributes": "<meta http-equiv " + " ".join(map("a{}".format, range(70_000))) + ">",
    "metas": "<meta http-equiv=refresh>" * 20_000,
    "quotes": "<meta http-equiv " + "='" * 240_000,
}


@pytest.mark.parametrize("start", DEEP.values(), ids=DEEP)
def test_a_deep_page_is_read_at_once(start):
    """Parsing 500 KB of nested elements takes a parser most of a minute."""
    for body in (start, META.format("img-src *") + start, start + META.format("img-src *")):
        assert len(presence(page(headers=headers(csp=None), body=body)).meta) <= 1


def test_endless_headers_are_read_to_the_limit():
    """What lies behind 64 KiB of policies is not looked at."""
    assert policies(("x" * 70_000, "img-src *")) == ()
    assert len(policies((";" * 65_000,) * 256)) == 0


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


GONE = {"referrer", "reflected-xss"}  # all that these sites say, and no browser enforces it


def test_policies_of_real_sites_are_read():
    """None of them makes the reader fail, and each says something but for words that are gone."""
    lines = [line for line in conformance_cases("csp-real-world.txt").splitlines() if line]
    values = [line.partition(":")[2] for line in lines]

    silent = [value for value in values if not policies((value,))]

    assert len(silent) == 8
    assert [value for value in silent if not parse(value).keys() <= GONE] == []
