"""What the facts of the name tell."""

import pytest

from tests.checks.healthy import dns, observations
from vendor_risk.checks.dns_facts import https_rr, ipv6, soa, wild
from vendor_risk.checks.facts import FACTS
from vendor_risk.checks.observations import DnsStatus
from vendor_risk.checks.questions import questions
from vendor_risk.checks.wildcard import probe

NX, FAIL, LATE = DnsStatus.NXDOMAIN, DnsStatus.SERVFAIL, DnsStatus.TIMEOUT
SOA, NS = ("shop.example", "SOA"), ("shop.example", "NS")
PROBE = (probe("shop.example"), "A")


def look(changes):
    """A healthy look with other DNS answers."""
    return observations(dns=dns(changes))


def told(declaration, changes):
    """The values of a fact, none where it is not there."""
    found = declaration(look(changes))
    return found.values if found else ()


def zone(serial=2026112201, refresh=7200, retry=900, expire=1209600, minimum=3600):
    """A SOA record."""
    times = f"{serial} {refresh} {retry} {expire} {minimum}"
    return {SOA: (f"ns1.shop.example hostmaster.shop.example {times}",)}


def test_the_zone_is_told():
    """Who keeps it, its serial and its timers."""
    assert told(soa, zone()) == (
        "primary ns1.shop.example",
        "serial 2026112201",
        "refresh 7200 s",
        "retry 900 s",
        "expire 1209600 s",
        "minimum 3600 s",
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (zone(refresh=1199), "refresh 1199 s (outside 1200 to 43200 s, RFC 1912)"),
        (zone(refresh=43201), "refresh 43201 s (outside 1200 to 43200 s, RFC 1912)"),
        (zone(retry=7200), "retry 7200 s (not below refresh, against RFC 1912)"),
        (zone(expire=604800), "expire 604800 s (outside 1209600 to 2419200 s, RFC 1912)"),
        (zone(minimum=86401), "minimum 86401 s (outside 0 to 86400 s, RFC 2308)"),
    ],
)
def test_a_timer_out_of_range_says_so(changes, words):
    """The range stands beside it."""
    assert words in told(soa, changes)


@pytest.mark.parametrize(
    "changes", [{}, {SOA: ()}, {SOA: LATE}, {SOA: ("a b 1 2 3",)}, {SOA: ("a b c d e f g",)}]
)
def test_what_is_no_zone_is_not_told(changes):
    """No answer, or one that cannot be read."""
    assert told(soa, changes) == ()


def test_the_zone_is_asked_for_only_when_it_did_not_tell_itself():
    """It comes with the "no" to the name that nobody gave."""
    assert SOA not in questions(look({PROBE: None}))
    assert SOA in questions(look({}))
    assert SOA not in questions(look(zone()))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ("no record *.shop.example",)),
        ({PROBE: ("192.0.2.1",)}, ("*.shop.example leads to 192.0.2.1",)),
        (
            {PROBE: ("192.0.2.1",), (PROBE[0], "CNAME"): ("edge.example.net",)},
            ("*.shop.example is an alias of edge.example.net",),
        ),
        ({PROBE: NX, (PROBE[0], "CNAME"): ("edge.example.net",)},
         ("*.shop.example is an alias of edge.example.net",)),
        ({PROBE: ()}, ("every name below shop.example is said to exist, without an address",)),
        ({PROBE: FAIL}, ()),
        ({PROBE: None}, ()),
    ],
)  # fmt: skip
def test_the_wildcard_is_told(changes, words):
    """A failed question says nothing."""
    assert told(wild, changes) == words


def test_ipv6_is_told_for_each_part():
    """The host, its name servers, its mail."""
    changes = {
        ("ns1.shop.example", "AAAA"): (),
        ("ns2.example.net", "AAAA"): ("2001:db8::53",),
        ("mail.shop.example", "AAAA"): (),
    }

    assert told(ipv6, changes) == (
        "web shop.example: 2001:db8::10",
        "name server ns1.shop.example: none",
        "name server ns2.example.net: 2001:db8::53",
        "mail mail.shop.example: none",
    )


def test_what_nobody_could_tell_of_ipv6_is_left_out():
    """Silence is not "none"."""
    changes = {("shop.example", "AAAA"): LATE, NS: FAIL, ("mail.shop.example", "AAAA"): LATE}

    assert told(ipv6, changes) == ()


def test_one_name_server_with_ipv6_is_enough():
    """The next is asked only when the one before has none."""
    first, second = ("ns1.shop.example", "AAAA"), ("ns2.example.net", "AAAA")

    assert {first, second} & set(questions(look({}))) == {first}
    assert {first, second} & set(questions(look({first: ()}))) == {second}
    assert {first, second} & set(questions(look({first: ("2001:db8::1",)}))) == set()


def test_https_records_are_told():
    """As they stand."""
    records = ('1 . alpn="h3,h2" ipv4hint="192.0.2.1"',)

    assert told(https_rr, {("shop.example", "HTTPS"): records}) == records
    assert told(https_rr, {}) == ()


def test_the_facts_of_the_catalogue_are_declared():
    """The rows that only inform."""
    wanted = {"dns.soa", "dns.wildcard", "dns.ipv6", "dns.https_rr"}

    assert wanted | {"mail.provider", "dns.provider", "web.provider"} <= FACTS.keys()
