"""What the checks of DNSSEC keys say; each case spoils one fact of a signed zone."""

import base64

import pytest

from tests.checks.healthy import dns, observations
from vendor_risk.checks.dns_keys import algorithms, parameters, params
from vendor_risk.checks.observations import DnsStatus
from vendor_risk.evidence import Severity, Status

DS, KEY = ("shop.example", "DS"), ("shop.example", "DNSKEY")
SIGNED, CHAIN = ("shop.example", "RRSIG"), ("shop.example", "NSEC3PARAM")
NX, FAIL, LATE = DnsStatus.NXDOMAIN, DnsStatus.SERVFAIL, DnsStatus.TIMEOUT
PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
MEDIUM, LOW, NOTE = Severity.MEDIUM, Severity.LOW, Severity.INFORMATIONAL
SHA1, SHA256 = "ab" * 20, "ab" * 32


def rsa(bits, algorithm=8, flags=256, exponent=b"\x01\x00\x01"):
    """A DNSKEY record with an RSA key (RFC 3110)."""
    modulus = (1 << bits - 1 | 1).to_bytes(bits // 8, "big")
    wire = bytes([len(exponent)]) + exponent + modulus
    return f"{flags} 3 {algorithm} {base64.b64encode(wire).decode()}"


ECDSA = "257 3 13 " + "A" * 86 + "=="


def ends(when, begins="20261101000000"):
    """A signature that ends at a time; the looks are made at noon of 2026-11-22."""
    return f"DNSKEY 13 2 3600 {when} {begins} 12345 shop.example. AAAA"


def look(changes):
    """A healthy look with other DNS answers."""
    return observations(dns=dns(changes))


def said(outcome):
    """What the tables below compare."""
    return outcome.status, outcome.severity


@pytest.mark.parametrize(
    ("changes", "status", "severity"),
    [
        ({}, PASSED, None),
        *(
            ({DS: (f"1 {n} 2 {SHA256}",), KEY: (f"257 3 {n} AAAA",)}, PASSED, None)
            for n in (8, 10, 13, 14, 15, 16)
        ),
        *(
            ({DS: (f"1 {n} 2 {SHA256}",), KEY: (f"257 3 {n} AAAA",)}, FAILED, MEDIUM)
            for n in (1, 3, 5, 6, 7, 12)
        ),
        ({DS: (), KEY: ("257 3 5 AAAA",)}, FAILED, MEDIUM),
        ({DS: LATE, KEY: ("257 3 7 AAAA",)}, FAILED, MEDIUM),
        ({KEY: (ECDSA, "256 3 7 AAAA")}, FAILED, MEDIUM),
        ({KEY: (ECDSA, "0 3 7 AAAA")}, PASSED, None),
        ({DS: (f"1 13 1 {SHA1}",)}, FAILED, MEDIUM),
        ({DS: (f"1 13 3 {SHA256}",)}, FAILED, MEDIUM),
        ({DS: (f"1 13 1 {SHA1}", f"1 13 2 {SHA256}")}, FAILED, LOW),
        ({DS: (f"1 13 1 {SHA1}", f"1 13 4 {SHA256}")}, FAILED, LOW),
        ({DS: (f"1 5 1 {SHA1}", f"1 13 2 {SHA256}")}, FAILED, MEDIUM),
        ({DS: ("1 13 4 ABCD ABCD",)}, PASSED, None),
        ({DS: ("nonsense",)}, UNKNOWN, None),
        ({KEY: ("nonsense",)}, UNKNOWN, None),
        ({DS: (f"1 200 2 {SHA256}",)}, UNKNOWN, None),
        ({DS: LATE}, UNKNOWN, None),
        ({KEY: FAIL}, UNKNOWN, None),
        ({KEY: None}, UNKNOWN, None),
        ({DS: (), KEY: ()}, NOTHING, None),
        ({DS: NX, KEY: NX}, NOTHING, None),
        ({DS: (), KEY: LATE}, UNKNOWN, None),
        ({DS: None, KEY: None}, UNKNOWN, None),
    ],
)
def test_dns_dnssec_alg(changes, status, severity):
    """Nothing that RFC 9904 and 9905 forbid; SHA-1 beside SHA-256 is idle, and still there."""
    assert said(algorithms(look(changes))) == (status, severity)


def test_an_idle_digest_is_told_apart():
    """Resolvers do not read it, which is why it weighs less."""
    outcome = algorithms(look({DS: (f"1 13 1 {SHA1}", f"1 13 2 {SHA256}")}))

    assert "resolvers use the stronger one beside it" in outcome.reason


@pytest.mark.parametrize(
    ("changes", "status", "severity", "word"),
    [
        ({}, PASSED, None, ""),
        ({KEY: (rsa(2048),)}, PASSED, None, ""),
        ({KEY: (rsa(2048, exponent=b"\x03"),)}, PASSED, None, ""),
        ({KEY: (rsa(2048), rsa(1024))}, FAILED, NOTE, "1024 bits"),
        ({KEY: (rsa(1024, algorithm=10),)}, FAILED, NOTE, "1024 bits"),
        ({KEY: (rsa(1024, flags=0),)}, UNKNOWN, None, "can be read"),
        ({KEY: ("256 3 8 AwEAAQ==",)}, UNKNOWN, None, "can be read"),
        ({KEY: ("256 3 8 ====",)}, UNKNOWN, None, "can be read"),
        ({SIGNED: (ends("20261125120000"),)}, PASSED, None, ""),
        ({SIGNED: (ends("20261125115959"),)}, FAILED, NOTE, "less than 3 days"),
        ({SIGNED: (ends("20261220000000"), ends("20261123000000"))}, FAILED, NOTE, "2026-11-23"),
        ({SIGNED: (ends("20261122120000"),)}, FAILED, LOW, "ended on 2026-11-22"),
        ({SIGNED: (ends("1795608000"),)}, PASSED, None, ""),
        ({SIGNED: (ends("1795435200"),)}, FAILED, NOTE, "2026-11-23"),
        ({SIGNED: (ends("20269999999999"),)}, UNKNOWN, None, "no signatures"),
        ({SIGNED: ("nonsense",)}, UNKNOWN, None, "no signatures"),
        ({SIGNED: ()}, UNKNOWN, None, "no signatures"),
        ({SIGNED: None}, UNKNOWN, None, "no signatures"),
        ({CHAIN: ("1 0 0 -",)}, PASSED, None, ""),
        ({CHAIN: ("1 0 1 -",)}, FAILED, NOTE, "1 times"),
        ({CHAIN: ("1 0 100 AABBCCDD",)}, FAILED, NOTE, "100 times"),
        ({CHAIN: ("1 0 101 AABBCCDD",)}, FAILED, LOW, "refuse the answer"),
        ({CHAIN: ("1 0 150 -",), SIGNED: None, KEY: (rsa(1024),)}, FAILED, LOW, "150"),
        ({DS: None, KEY: None, SIGNED: None, CHAIN: ("1 0 150 -",)}, FAILED, LOW, "150"),
        ({DS: None, KEY: None, SIGNED: (ends("20261123000000"),)}, FAILED, NOTE, "2026-11-23"),
        ({DS: None, KEY: None}, UNKNOWN, None, "did not ask"),
        ({("www.shop.example", "RRSIG"): (ends("20261123000000"),)}, FAILED, NOTE, "2026-11-23"),
        ({("www.example.net", "RRSIG"): (ends("20261123000000"),)}, PASSED, None, ""),
        ({CHAIN: LATE}, UNKNOWN, None, "in time"),
        ({CHAIN: None}, UNKNOWN, None, "did not ask"),
        ({KEY: LATE}, UNKNOWN, None, "in time"),
        ({DS: (), KEY: ()}, NOTHING, None, "not signed"),
        ({DS: NX, KEY: NX}, NOTHING, None, ""),
        ({DS: FAIL, KEY: (), SIGNED: None}, UNKNOWN, None, "SERVFAIL"),
    ],
)
def test_dns_dnssec_params(changes, status, severity, word):
    """RSA of 2048 bits, signatures that last three days more, no extra hashing."""
    outcome = params(look(changes))

    assert said(outcome) == (status, severity)
    assert word in outcome.reason


def test_the_parameters_of_nsec3_are_asked_of_signed_zones_only():
    """An unsigned one has none."""
    signed, plain = look({}), look({KEY: ()})

    assert CHAIN in set(parameters(signed.dns, signed))
    assert CHAIN not in set(parameters(plain.dns, plain))
