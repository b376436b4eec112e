"""Whole looks at zones of the lab, and what the checks and facts of the name say of them."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest

from vendor_risk.checks.base import CATALOGUE
from vendor_risk.checks.facts import FACTS
from vendor_risk.evidence import Severity, Status
from vendor_risk.observe.look import look
from vendor_risk.observe.target import parse

pytestmark = pytest.mark.lab

IDS = tuple(id for id in CATALOGUE if id.startswith("dns."))
CRITICAL, HIGH, MEDIUM, LOW = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
NOTE = Severity.INFORMATIONAL
UNSIGNED = {"dns.dnssec.state": LOW}


@pytest.fixture(scope="module")
def see(lab):
    """One look at each host, now: signatures have their time."""

    network = replace(lab.network(), deadline_seconds=10.0)

    @cache
    def one(name):
        return look(parse(name), network, observed_at=datetime.now(UTC))

    return one


def faults(seen):
    """The checks of the name that failed, with their severity."""
    outcomes = {id: CATALOGUE[id](seen) for id in IDS}
    return {id: each.severity for id, each in outcomes.items() if each.status is Status.FAILED}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("good.test", {}),
        ("sub.good.test", {}),
        ("nsec3.test", {}),
        ("insecure.test", UNSIGNED),
        ("liveapp.test", UNSIGNED),
        ("wildcard.test", UNSIGNED),
        ("onens.test", UNSIGNED | {"dns.ns.count": MEDIUM}),
        ("samenet.test", UNSIGNED | {"dns.ns.count": LOW}),
        ("lamens.test", UNSIGNED | {"dns.ns.resolve": HIGH}),
        (
            "lapsedns.test",
            UNSIGNED | {"dns.ns.resolve": CRITICAL, "dns.include.dangling": CRITICAL},
        ),
        ("sha1key.test", {"dns.dnssec.alg": MEDIUM}),
        ("sha1ds.test", {"dns.dnssec.alg": MEDIUM}),
        ("bothds.test", {"dns.dnssec.alg": LOW}),
        ("shortkey.test", {"dns.dnssec.params": NOTE}),
        ("shortlife.test", {"dns.dnssec.params": NOTE}),
        ("nsec3five.test", {"dns.dnssec.params": NOTE}),
        ("nsec3many.test", {"dns.dnssec.params": LOW}),
        ("dangling.test", UNSIGNED | {"dns.cname.dangling": HIGH}),
        ("stale.test", UNSIGNED | {"dns.cname.dangling": MEDIUM}),
        ("wildalias.test", UNSIGNED | {"dns.cname.dangling": HIGH}),
        ("lapsedmx.test", UNSIGNED | {"dns.include.dangling": CRITICAL}),
        ("lapsedspf.test", UNSIGNED | {"dns.include.dangling": CRITICAL}),
        (
            "lapsedalias.test",
            UNSIGNED | {"dns.cname.dangling": MEDIUM, "dns.include.dangling": CRITICAL},
        ),
    ],
)
def test_each_zone_has_its_fault_and_no_other(see, name, expected):
    """Asked of a resolver that validates, from the lab's root down."""
    assert faults(see(name)) == expected


@pytest.mark.parametrize("id", IDS)
def test_nothing_is_open_at_a_good_host(see, id):
    """Every question that a check needs was asked and answered."""
    assert CATALOGUE[id](see("good.test")).status is Status.PASSED


@pytest.mark.parametrize("id", IDS)
def test_name_servers_that_fail_prove_nothing(see, id):
    """No outcome is a pass or a fault."""
    assert CATALOGUE[id](see("servfail.test")).status in (Status.UNKNOWN, Status.NOT_APPLICABLE)


def test_a_name_that_does_not_exist_has_one_fault(see):
    """The others have no object."""
    assert faults(see("nothing.test")) == {"dns.resolve": CRITICAL}


@pytest.mark.parametrize(
    ("name", "id", "words"),
    [
        ("good.test", "dns.https_rr", '1 . alpn="http/1.1"'),
        ("good.test", "dns.soa", "serial 1"),
        ("good.test", "dns.wildcard", "no record *.good.test"),
        ("good.test", "dns.ipv6", "mail mail.good.test: none"),
        ("wildalias.test", "dns.wildcard", "is an alias of gone-app.azurewebsites.net"),
        ("lamens.test", "dns.provider", "good.test (NS gone.good.test)"),
        ("lapsedspf.test", "mail.provider", "lapsed-hoster.test (SPF _spf.lapsed-hoster.test)"),
    ],
)
def test_facts_are_told(see, name, id, words):
    """As a reader sees them."""
    assert words in " ".join(FACTS[id](see(name)).values)


def test_the_soa_of_a_wildcard_is_asked_for(see):
    """Where every name has an address, no "no" brings it."""
    assert see("wildcard.test").dns.answer("wildcard.test", "SOA").rdata


def test_a_good_host_costs_few_questions(see):
    """The SOA and the signatures come by themselves, and so do aliases."""
    came = ("SOA", "RRSIG", "CNAME")
    asked = [each for each in see("good.test").dns.records if each.type not in came]

    assert len(asked) <= 36
