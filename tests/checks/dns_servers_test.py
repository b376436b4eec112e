"""What the checks of name servers say; each case spoils one fact of a healthy host."""

import pytest

from tests.checks.healthy import dns, observations
from vendor_risk.checks.dns_servers import SERVER_LIMIT, count, questions, resolve, servers
from vendor_risk.checks.observations import DnsStatus
from vendor_risk.evidence import Severity, Status

NS = ("shop.example", "NS")
ONE, TWO = ("ns1.shop.example", "A"), ("ns2.example.net", "A")
ONE_SIX, TWO_SIX = ("ns1.shop.example", "AAAA"), ("ns2.example.net", "AAAA")
NX, FAIL, LATE = DnsStatus.NXDOMAIN, DnsStatus.SERVFAIL, DnsStatus.TIMEOUT
PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
CRITICAL, HIGH, MEDIUM, LOW = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
GONE = dict.fromkeys([("shop.example", type) for type in ("A", "AAAA", "MX", "TXT", "CAA")], NX)
CLOSE = {ONE: ("192.0.2.53",), TWO: ("192.0.2.54",)}


def look(changes, domain="shop.example"):
    """A healthy look with other DNS answers."""
    return observations(domain=domain, dns=dns(changes))


def said(outcome):
    """What the tables below compare."""
    return outcome.status, outcome.severity


@pytest.mark.parametrize(
    ("changes", "status", "severity"),
    [
        ({}, PASSED, None),
        ({NS: ("ns1.shop.example",)}, FAILED, MEDIUM),
        ({NS: ("ns1.shop.example.", "NS1.shop.example")}, FAILED, MEDIUM),
        ({NS: ()}, FAILED, MEDIUM),
        (CLOSE | {ONE_SIX: (), TWO_SIX: ()}, FAILED, LOW),
        (CLOSE | {ONE_SIX: ("2001:db8::1",), TWO_SIX: ("2001:db8:0:1::1",)}, FAILED, LOW),
        (CLOSE | {ONE_SIX: ("2001:db8::1",), TWO_SIX: ("2001:db8:1::1",)}, PASSED, None),
        (CLOSE, UNKNOWN, None),
        (CLOSE | {ONE_SIX: (), TWO_SIX: LATE}, UNKNOWN, None),
        ({ONE: (), TWO: (), ONE_SIX: ("2001:db8::1",), TWO_SIX: ("2001:db8:9::",)}, PASSED, None),
        ({ONE: (), TWO: (), ONE_SIX: ("2001:db8::1",), TWO_SIX: ("2001:db8::2",)}, FAILED, LOW),
        ({ONE: ("192.0.2.53", "198.51.100.1"), TWO: LATE}, PASSED, None),
        ({ONE: LATE, ONE_SIX: (), TWO_SIX: ()}, UNKNOWN, None),
        (dict.fromkeys([ONE, TWO, ONE_SIX, TWO_SIX], NX), UNKNOWN, None),
        ({NS: LATE}, UNKNOWN, None),
        ({NS: FAIL}, UNKNOWN, None),
        ({NS: None}, UNKNOWN, None),
        (GONE | {NS: NX}, NOTHING, None),
    ],
)
def test_dns_ns_count(changes, status, severity):
    """Two names, and not all of their addresses in one /24 and one /48."""
    assert said(count(look(changes))) == (status, severity)


@pytest.mark.parametrize("check", [count, resolve])
def test_a_name_that_a_provider_hands_out_has_no_name_servers(check):
    """Its records lie in the zone of the provider."""
    changes = {("shop.github.io", "NS"): (), ("shop.github.io", "A"): ("192.0.2.1",)}

    assert check(look(changes, "shop.github.io")).status is NOTHING


@pytest.mark.parametrize(
    ("changes", "status", "severity"),
    [
        ({}, PASSED, None),
        ({TWO: (), TWO_SIX: ("2001:db8::2",)}, PASSED, None),
        ({TWO: LATE, TWO_SIX: ("2001:db8::2",)}, PASSED, None),
        ({TWO: (), TWO_SIX: ()}, FAILED, HIGH),
        ({TWO: NX, ("example.net", "SOA"): ("ns.example.net h.example.net 1 2 3 4 5",)},
         FAILED, HIGH),
        ({TWO: NX, ("example.net", "SOA"): NX}, FAILED, CRITICAL),
        ({TWO: NX, ("example.net", "NS"): NX}, FAILED, CRITICAL),
        ({TWO: NX, ("example.net", "SOA"): LATE}, FAILED, HIGH),
        ({TWO: NX, ("example.net", "SOA"): NX, ("www.example.net", "A"): ()}, FAILED, HIGH),
        ({TWO: NX}, FAILED, HIGH),
        ({ONE: NX}, FAILED, HIGH),
        ({TWO: LATE}, UNKNOWN, None),
        ({TWO: FAIL, TWO_SIX: ()}, UNKNOWN, None),
        ({TWO: ()}, UNKNOWN, None),
        ({TWO: None}, UNKNOWN, None),
        ({NS: ("ns1.shop.example", "ns.corp"), ("ns.corp", "A"): NX, ("ns.corp", "SOA"): NX},
         FAILED, HIGH),
        ({NS: ()}, NOTHING, None),
        ({NS: LATE}, UNKNOWN, None),
        ({NS: None}, UNKNOWN, None),
        (GONE | {NS: NX}, NOTHING, None),
    ],
)  # fmt: skip
def test_dns_ns_resolve(changes, status, severity):
    """A name server without an address is bad; one whose domain anybody can buy is a disaster."""
    assert said(resolve(look(changes))) == (status, severity)


def test_the_domain_for_sale_is_named():
    """A reader sees what to register before somebody else does."""
    outcome = resolve(look({TWO: NX, ("example.net", "SOA"): NX}))

    assert "lies in example.net, which does not exist" in outcome.reason
    assert outcome.evidence.command.endswith("example.net SOA")


def test_a_server_that_leads_nowhere_is_no_proof_of_a_free_domain():
    """Nobody said whether its domain is taken."""
    reason = resolve(look({TWO: NX, ("example.net", "SOA"): LATE})).reason

    assert "Whether example.net is free to register could not be told." in reason


def asked(changes):
    """The questions after some answers that were not answered yet."""
    seen = look(changes)
    wanted = questions(seen.dns, seen)
    return {each for each in wanted if seen.dns.answer(*each).status is DnsStatus.NOT_ASKED}


def test_ipv6_is_asked_for_where_it_decides():
    """Two networks of IPv4 are enough; in one, or without IPv4, the others count."""
    assert asked({}) == set()
    assert asked(CLOSE) == {ONE_SIX, TWO_SIX}
    assert asked({TWO: NX}) == {ONE_SIX, TWO_SIX, ("example.net", "SOA")}


def test_a_zone_of_a_hundred_name_servers_is_bounded():
    """More than the root has are not looked at."""
    seen = dns({NS: tuple(f"ns{n}.example.net" for n in range(100))})

    assert len(servers(seen, "shop.example")) == SERVER_LIMIT
