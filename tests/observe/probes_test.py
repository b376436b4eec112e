"""What further hellos show of real servers, and of ones that no library can play any more."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from vendor_risk.checks import tls_features, tls_staple, tls_suites, tls_versions
from vendor_risk.checks.mail_starttls import starttls
from vendor_risk.checks.observations import Handshakes, Tls
from vendor_risk.checks.tls_addresses import alike
from vendor_risk.checks.tls_dane import fits
from vendor_risk.evidence import Severity, Status
from vendor_risk.observe.look import look
from vendor_risk.observe.target import parse

pytestmark = pytest.mark.lab

PASSED, FAILED, UNKNOWN, NOTHING = (
    Status.PASSED,
    Status.FAILED,
    Status.UNKNOWN,
    Status.NOT_APPLICABLE,
)
CHECKS = {
    "legacy": tls_versions.legacy,
    "ssl": tls_versions.ssl,
    "tls13": tls_versions.tls13,
    "weak": tls_suites.weak,
    "dh": tls_suites.group,
    "reneg": tls_features.renegotiation,
    "ems": tls_features.extended_master_secret,
    "scsv": tls_features.fallback,
    "compression": tls_features.compression,
    "0rtt": tls_features.early_data,
    "staple": tls_staple.staple,
    "ips": alike,
    "dane": fits,
    "starttls": starttls,
}


@pytest.fixture(scope="module")
def see(lab):
    """A look at a host of the lab, by default with extra handshakes; each is taken once."""
    network = replace(lab.network(), connect_seconds=3.0, deadline_seconds=30.0)
    taken = {}

    def one(name, *, handshakes=True):
        if (name, handshakes) not in taken:
            taken[name, handshakes] = look(
                parse(name), network, observed_at=datetime.now(UTC), handshakes=handshakes
            )
        return taken[name, handshakes]

    return one


GOOD = {
    "legacy": PASSED,
    "ssl": PASSED,
    "tls13": PASSED,
    "weak": PASSED,
    "dh": NOTHING,
    "reneg": PASSED,
    "ems": PASSED,
    "scsv": PASSED,
    "compression": PASSED,
    "0rtt": PASSED,
    "staple": PASSED,
    "ips": NOTHING,
    "dane": PASSED,
    "starttls": PASSED,
}
OLD = {
    "legacy": FAILED,
    "ssl": PASSED,
    "tls13": FAILED,
    "weak": FAILED,
    "dh": FAILED,
    "reneg": PASSED,
    "scsv": PASSED,
    "0rtt": NOTHING,
}
MODERN = {
    "legacy": PASSED,
    "ssl": PASSED,
    "tls13": PASSED,
    "weak": PASSED,
    "dh": NOTHING,
    "reneg": NOTHING,
    "ems": NOTHING,
    "compression": NOTHING,
    "0rtt": FAILED,
}


@pytest.mark.parametrize(
    ("host", "check", "status"),
    [
        (host, check, status)
        for host, expected in (
            ("good.test", GOOD),
            ("oldtls.shop.test", OLD),
            ("onlytls13.shop.test", MODERN),
            ("tls10.shop.test", {"legacy": FAILED, "tls13": FAILED, "scsv": NOTHING}),
            ("twofaced.shop.test", {"ips": FAILED, "legacy": PASSED}),
            ("stapled.shop.test", {"staple": PASSED}),
            ("unstapled.shop.test", {"staple": FAILED}),
            ("revoked.shop.test", {"staple": FAILED}),
            ("nostarttls.test", {"starttls": FAILED}),
            ("drop.shop.test", {"legacy": UNKNOWN, "ssl": UNKNOWN, "ips": UNKNOWN}),
        )
        for check, status in expected.items()
    ],
)
def test_each_host_is_judged_by_what_it_accepts(see, host, check, status):
    """nginx, aiosmtpd and bind9 as a vendor would run them."""
    outcome = CHECKS[check](see(host))

    assert outcome.status is status, outcome


def test_a_host_of_old_has_its_faults_named(see):
    """The suites without encryption, and the prime."""
    found = see("oldtls.shop.test").tls.handshakes

    assert (found.weak["null"], found.weak["anon"], found.weak["rc4"]) == (True, True, False)
    assert found.chosen["null"].endswith("_NULL_SHA")
    assert (found.dh_bits, found.server_order) == (1024, True)


@pytest.mark.parametrize(
    ("host", "severity"),
    [
        ("unstapled.shop.test", Severity.HIGH),
        ("revoked.shop.test", Severity.CRITICAL),
    ],
)
def test_a_staple_weighs_by_what_it_says(see, host, severity):
    """Revoked is worse than forgotten, and no opt-in is needed to see either."""
    assert tls_staple.staple(see(host, handshakes=False)).severity is severity


def test_nothing_is_probed_where_it_was_not_ordered(see):
    """An ordinary look makes no extra handshake and visits no mail host."""
    seen = see("good.test", handshakes=False)

    assert (seen.tls.handshakes, seen.tls.accepts, seen.tls.staple_b64) == (None, {}, "")
    assert starttls(seen).status is UNKNOWN
    assert "only where the vendor was told" in tls_versions.legacy(seen).reason


@pytest.mark.parametrize(
    ("host", "most"), [("good.test", 14), ("oldtls.shop.test", 18), ("onlytls13.shop.test", 4)]
)
def test_few_connections_are_made(see, host, most):
    """One hello offers many suites, and a refusal settles what lies below it."""
    assert see(host).tls.handshakes.connections <= most


def test_the_key_exchange_of_the_one_handshake_is_known(see):
    """The library keeps it to itself, but shows the message."""
    assert see("good.test", handshakes=False).tls.group == "x25519"


def test_the_second_address_is_looked_at(see):
    """With a handshake and a hello of its own."""
    (other,) = see("twofaced.shop.test").tls.handshakes.elsewhere

    assert (other.protocol, other.accepts) == ("TLSv1", {"TLSv1.1": False, "TLSv1": True})


def test_a_host_that_cannot_be_reached_is_not_probed(see):
    """There is nothing to ask."""
    assert not isinstance(see("drop.shop.test").tls, Tls)


def test_handshakes_are_optional_in_stored_looks():
    """A look of yesterday has none, and one that found nothing says nothing."""
    assert Handshakes().weak == {}
