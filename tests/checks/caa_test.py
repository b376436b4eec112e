"""How CAA records are read and found."""

import json

import pytest

from tests.checks.conftest import conformance_cases
from tests.checks.healthy import dns
from vendor_risk.checks.caa import Property, fault, parse, permitted, relevant
from vendor_risk.checks.observations import DnsStatus


@pytest.mark.parametrize(
    ("rdata", "expected"),
    [
        ('0 issue "letsencrypt.org"', Property(0, "issue", "letsencrypt.org")),
        ('128 ISSUE ";"', Property(128, "ISSUE", ";")),
        ("0 issue letsencrypt.org", Property(0, "issue", "letsencrypt.org")),
        (r'0 iodef "mailto:a\"b@example.com"', Property(0, "iodef", 'mailto:a"b@example.com')),
        (r"\# 12 0005 6973737565 63612e6d65", Property(0, "issue", "ca.me")),
        (r"\# 3 00ff69", None),
        (r"\# 1 00", None),
        ('256 issue "a.example"', None),
        ("letsencrypt.org", None),
        ("", None),
    ],
)
def test_the_zone_file_form_is_read(rdata, expected):
    """With quotes or without, and as old resolvers print unknown types."""
    assert parse(rdata) == expected


@pytest.mark.parametrize(
    ("table", "at"),
    [
        ({"a.b.shop.example": ['0 issue "x.example"'], "shop.example": ['0 issue "y.example"']}, 0),
        ({"a.b.shop.example": [], "b.shop.example": ['0 issue "x.example"']}, 1),
        ({"a.b.shop.example": DnsStatus.NXDOMAIN, "b.shop.example": []}, 2),
        ({"a.b.shop.example": [], "b.shop.example": [], "shop.example": []}, None),
    ],
)
def test_the_look_climbs_to_the_first_set(table, at):
    """An empty answer sends it to the parent, a missing name too."""
    found = relevant(
        dns({(name, "CAA"): given for name, given in table.items()}), "a.b.shop.example"
    )

    names = ("a.b.shop.example", "b.shop.example", "shop.example")
    assert found.at == ("" if at is None else names[at])


def test_a_cname_is_followed_and_its_parents_are_not():
    """RFC 8659 section 3: climbing goes on at the name that was asked."""
    table = {
        ("www.shop.example", "CAA"): (),
        ("www.shop.example", "CNAME"): ("cdn.example.net",),
        ("cdn.example.net", "CAA"): (),
        ("example.net", "CAA"): ('0 issue "other.example"',),
    }

    assert relevant(dns(table), "www.shop.example").at == "shop.example"


def test_the_set_at_the_end_of_a_cname_counts():
    """The provider's record holds for the host that points to it."""
    table = {
        ("www.shop.example", "CAA"): (),
        ("www.shop.example", "CNAME"): ("cdn.example.net",),
        ("cdn.example.net", "CAA"): ('0 issue "pki.goog"',),
    }

    assert relevant(dns(table), "www.shop.example").properties[0].issuer == "pki.goog"


@pytest.mark.parametrize("status", [DnsStatus.SERVFAIL, DnsStatus.TIMEOUT, None])
def test_a_missing_answer_leaves_the_set_open(status):
    """The set could stand there."""
    assert relevant(dns({("www.shop.example", "CAA"): status}), "www.shop.example").silence


def test_a_registry_that_was_asked_counts():
    """Some publish a set for all that is below."""
    table = {("shop.example", "CAA"): (), ("example", "CAA"): ('0 issue "x.example"',)}

    assert relevant(dns(table), "shop.example").at == "example"


ISSUE = Property(0, "issue", "a.example; validationmethods=dns-01")
WILD = Property(0, "issuewild", "b.example")
NOBODY = Property(0, "issue", ";")
BROKEN = Property(0, "issue", "%")


@pytest.mark.parametrize(
    ("records", "wildcard", "expected"),
    [
        ((ISSUE, WILD), False, {"a.example"}),
        ((ISSUE, WILD), True, {"b.example"}),
        ((ISSUE,), True, {"a.example"}),
        ((WILD,), False, None),
        ((NOBODY,), False, set()),
        ((NOBODY, ISSUE), False, {"a.example"}),
        ((BROKEN,), False, set()),
        ((Property(0, "iodef", "mailto:a@example.com"),), False, None),
        ((), False, None),
    ],
)
def test_who_may_issue(records, wildcard, expected):
    """issuewild goes before issue for wildcards; a record that cannot be read names nobody."""
    assert permitted(records, wildcard=wildcard) == expected


def test_validity_agrees_with_internet_nl():
    """Every case of its parser's tests."""
    cases = json.loads(conformance_cases("caa.json"))["cases"]

    wrong = [
        case
        for case in cases
        if (fault(Property(case["flags"], case["tag"], case["value"])) == "") != case["valid"]
    ]

    assert wrong == []


def test_values_survive_the_zone_file_form():
    """The same cases, written as a resolver prints them."""
    cases = json.loads(conformance_cases("caa.json"))["cases"]

    read = [parse(f'{case["flags"]} {case["tag"]} "{case["value"]}"') for case in cases]

    assert read == [Property(case["flags"], case["tag"], case["value"]) for case in cases]
