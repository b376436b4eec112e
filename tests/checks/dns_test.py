"""What the checks of the name say; each case spoils one fact of a healthy host."""

from datetime import timedelta

import pytest

from tests.checks.authority import chain, leaf, root, signer
from tests.checks.healthy import dns, observations, tls
from vendor_risk.checks.dns import authorities, dnssec, resolves
from vendor_risk.checks.observations import Dnssec, DnsStatus, Unreachable
from vendor_risk.evidence import Severity, Status

A, AAAA = ("shop.example", "A"), ("shop.example", "AAAA")
MX, CAA = ("shop.example", "MX"), ("shop.example", "CAA")
NX, FAIL, LATE = DnsStatus.NXDOMAIN, DnsStatus.SERVFAIL, DnsStatus.TIMEOUT
PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PASSED),
        ({AAAA: ()}, PASSED),
        ({A: ()}, PASSED),
        ({A: LATE}, PASSED),
        ({AAAA: NX}, PASSED),
        ({A: NX, AAAA: NX}, FAILED),
        ({A: NX, AAAA: FAIL}, FAILED),
        ({A: LATE, AAAA: NX}, UNKNOWN),
        ({A: FAIL, AAAA: NX}, UNKNOWN),
        ({A: None, AAAA: NX}, UNKNOWN),
        ({A: (), AAAA: NX, MX: ()}, FAILED),
        ({A: FAIL, AAAA: FAIL}, UNKNOWN),
        ({A: LATE, AAAA: LATE}, UNKNOWN),
        ({A: (), AAAA: LATE}, UNKNOWN),
        ({A: None, AAAA: None}, UNKNOWN),
        ({A: (), AAAA: ()}, NOTHING),
        ({A: (), AAAA: (), MX: ()}, FAILED),
        ({A: (), AAAA: (), MX: ("0 .",)}, FAILED),
        ({A: ("no address",), AAAA: (), MX: ()}, FAILED),
    ],
)
def test_dns_resolve(changes, status):
    """Only the zone itself can say that there is no address."""
    assert resolves(observations(dns=dns(changes))).status is status


def test_a_missing_name_is_critical():
    """The whole service is gone."""
    assert resolves(observations(dns=dns({A: NX, AAAA: NX}))).severity is Severity.CRITICAL


def test_an_alias_of_nothing_is_named():
    """The host's own record is there; what it points to is gone."""
    gone = {A: NX, AAAA: NX, ("shop.example", "CNAME"): ("old-shop.example.net",)}

    outcome = resolves(observations(dns=dns(gone)))

    assert "points to old-shop.example.net" in outcome.reason


def test_an_unasked_resolver_leaves_every_dns_check_unknown():
    """The reason is the one of the look."""
    outcome = resolves(observations(dns=Unreachable("no resolver answered")))

    assert (outcome.status, outcome.reason) == (
        UNKNOWN,
        "The answer of the DNS could not be seen: no resolver answered.",
    )


KEY, DS = ("shop.example", "DNSKEY"), ("shop.example", "DS")


@pytest.mark.parametrize(
    ("state", "status", "severity"),
    [
        (Dnssec.SECURE, PASSED, None),
        (Dnssec.INSECURE, FAILED, Severity.LOW),
        (Dnssec.BOGUS, FAILED, Severity.HIGH),
        (Dnssec.UNKNOWN, UNKNOWN, None),
    ],
)
def test_dns_dnssec_state(state, status, severity):
    """Unsigned is a small fault, broken signatures are an outage."""
    outcome = dnssec(observations(dns=dns(dnssec=state)))

    assert (outcome.status, outcome.severity) == (status, severity)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({KEY: ("257 3 13 key",), DS: ()}, "registrar"),
        ({KEY: ("257 3 13 key",), DS: LATE}, "not signed"),
        ({KEY: (), DS: ()}, "not signed"),
        ({KEY: None, DS: None}, "not signed"),
    ],
)
def test_a_zone_signed_in_vain_is_told_apart(changes, word):
    """The keys are there, the registrar does not know."""
    outcome = dnssec(observations(dns=dns(changes, dnssec=Dnssec.INSECURE)))

    assert word in outcome.reason


ALIAS, SECOND = ("shop.example", "CNAME"), ("a.example.net", "CNAME")
SIGNED = {DS: ("1 13 2 ab",)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (SIGNED | {ALIAS: ("a.example.net",)}, "leads by CNAME to a.example.net, which is not"),
        (
            SIGNED | {ALIAS: ("a.example.net",), SECOND: ("b.example.org",)},
            "leads by CNAME to b.example.org, and not all",
        ),
        (SIGNED | {ALIAS: ("www.shop.example",)}, "lies in a part of it"),
        (SIGNED, "lies in a part of it"),
        ({DS: (), KEY: (), ALIAS: ("a.example.net",)}, "shop.example is not signed"),
    ],
)
def test_the_fault_is_with_the_name_that_is_not_signed(changes, words):
    """A signed organisation is not told that it should sign."""
    outcome = dnssec(observations(dns=dns(changes, dnssec=Dnssec.INSECURE)))

    assert (words in outcome.reason, outcome.severity) == (True, Severity.LOW)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "signatures of shop.example do"),
        ({ALIAS: FAIL}, "signatures of shop.example do"),
        ({ALIAS: ("a.example.net",)}, "the target of its CNAME, a.example.net, do"),
    ],
)
def test_bad_signatures_are_told_of_their_own_zone(changes, words):
    """Where the alias itself verifies, its target does not."""
    outcome = dnssec(observations(dns=dns(changes, dnssec=Dnssec.BOGUS)))

    assert (words in outcome.reason, outcome.severity) == (True, Severity.HIGH)


LE = '0 issue "letsencrypt.org"'
INFORMATIONAL, LOW = Severity.INFORMATIONAL, Severity.LOW


@pytest.mark.parametrize(
    ("records", "status", "severity", "word"),
    [
        ((LE,), PASSED, None, ""),
        ((LE, '0 issuewild ";"', '0 iodef "mailto:a@example.com"'), PASSED, None, ""),
        (('0 issue "letsencrypt.org; validationmethods=dns-01"',), PASSED, None, ""),
        ((LE, '0 futuretag "x"'), PASSED, None, ""),
        ((), FAILED, INFORMATIONAL, "No CAA record"),
        (('0 iodef "mailto:a@example.com"',), FAILED, INFORMATIONAL, "name no authority"),
        ((LE, '128 futuretag "x"'), FAILED, LOW, "futuretag"),
        ((LE, '0 issue "%"'), FAILED, LOW, "malformed"),
        ((LE, '1 issue "letsencrypt.org"'), FAILED, LOW, "flags"),
        ((LE, "nonsense"), FAILED, LOW, "cannot be read"),
        (('0 issue "digicert.com"',), FAILED, LOW, "Let's Encrypt"),
        (('0 issue ";"',), FAILED, LOW, "nobody"),
        (FAIL, UNKNOWN, None, "SERVFAIL"),
        (LATE, UNKNOWN, None, "in time"),
        (None, UNKNOWN, None, "did not ask"),
    ],
)
def test_dns_caa(records, status, severity, word):
    """A set that names the authority of the served certificate, without a mistake."""
    outcome = authorities(observations(dns=dns({CAA: records})))

    assert (outcome.status, outcome.severity) == (status, severity)
    assert word in outcome.reason


def test_caa_is_inherited_from_the_parent():
    """An empty answer at the host continues above it."""
    seen = dns({("www.shop.example", "CAA"): ()})

    outcome = authorities(observations(domain="www.shop.example", dns=seen))

    assert (outcome.status, outcome.evidence.value.split(":")[0]) == (PASSED, "shop.example")


def by(organisation, names=("shop.example",)):
    """A chain of an intermediate with this organisation."""
    above = signer("E1", root(), organisation=organisation)
    return tls(chain_pem=(leaf(above, names), above.pem))


@pytest.mark.parametrize(
    ("organisation", "status"),
    [
        ("Let's Encrypt", PASSED),
        ("LETS ENCRYPT", PASSED),
        ("DigiCert Inc", FAILED),
        ("GlobalSign nv-sa", FAILED),
        ("Sectigo Limited", FAILED),
        ("Some Private Authority", PASSED),
        (None, PASSED),
    ],
)
def test_an_authority_that_nobody_can_map_is_no_fault(organisation, status):
    """Only a known one that is not listed contradicts the records."""
    assert authorities(observations(tls=by(organisation))).status is status


@pytest.mark.parametrize(
    ("records", "names", "status"),
    [
        ((LE, '0 issuewild ";"'), ("*.shop.example",), FAILED),
        ((LE,), ("*.shop.example",), PASSED),
        ((LE, '0 issuewild ";"'), ("*.shop.example", "www.shop.example"), PASSED),
    ],
)
def test_a_wildcard_needs_leave_for_wildcards(records, names, status):
    """issuewild decides where it stands, and not for a certificate that names the host."""
    seen = dns({CAA: records, ("www.shop.example", "CAA"): ()})
    look = observations(domain="www.shop.example", dns=seen, tls=tls(chain_pem=chain(names)))

    assert authorities(look).status is status


def test_a_wildcard_is_not_compared_with_the_set_of_the_host():
    """The authority asked at the name below the star."""
    seen = dns({("www.shop.example", "CAA"): ('0 issue "digicert.com"',)})
    served = tls(chain_pem=chain(("*.shop.example",)))
    look = observations(domain="www.shop.example", dns=seen, tls=served)

    assert authorities(look).status is PASSED


def test_a_certificate_for_another_name_says_nothing_about_caa():
    """It was never issued for this host."""
    served = tls(chain_pem=chain(("other.example",)))
    look = observations(dns=dns({CAA: ('0 issue "digicert.com"',)}), tls=served)

    assert authorities(look).status is PASSED


def test_caa_is_judged_without_a_handshake():
    """The records can be read all the same."""
    assert authorities(observations(tls=Unreachable("timed out"))).status is PASSED


def test_a_domain_that_does_not_exist_needs_no_caa():
    """dns.resolve says what there is to say."""
    seen = dns(dict.fromkeys([A, AAAA, MX, CAA, ("shop.example", "TXT")], NX))

    assert authorities(observations(dns=seen)).status is NOTHING


def test_an_old_look_is_judged_the_same():
    """No check asks a clock."""
    look = observations()
    later = observations(observed_at=look.observed_at + timedelta(days=3650))

    assert authorities(later) == authorities(look)
