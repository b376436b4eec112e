"""What the checks say of TLSA records; each case spoils one fact."""

import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.checks.authority import chain, intermediate, root
from tests.checks.healthy import dns, observations, tls
from vendor_risk.checks.certificate import load
from vendor_risk.checks.observations import Dnssec, DnsStatus
from vendor_risk.checks.questions import questions
from vendor_risk.checks.tls_dane import fits
from vendor_risk.evidence import Severity, Status

# Mozilla has a root with the serial number 0.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

PASSED, FAILED, UNKNOWN, NOTHING = (
    Status.PASSED,
    Status.FAILED,
    Status.UNKNOWN,
    Status.NOT_APPLICABLE,
)
AT = ("_443._tcp.shop.example", "TLSA")
LEAF = load(chain()[0])
ABOVE = intermediate().certificate


def der(certificate, *, key=False):
    """The bytes that a record is about."""
    if key:
        public = certificate.public_key()
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return certificate.public_bytes(Encoding.DER)


def sha256(certificate, *, key=False):
    """Their hash."""
    return hashlib.sha256(der(certificate, key=key)).hexdigest()


@pytest.mark.parametrize(
    ("records", "status"),
    [
        ((f"3 1 1 {sha256(LEAF, key=True)}",), PASSED),
        ((f"3 0 1 {sha256(LEAF)}",), PASSED),
        ((f"3 0 1 {sha256(LEAF).upper()}",), PASSED),
        ((f"3 0 2 {hashlib.sha512(der(LEAF)).hexdigest()}",), PASSED),
        ((f"3 0 0 {der(LEAF).hex(' ', 32)}",), PASSED),
        ((f"1 1 1 {sha256(LEAF, key=True)}",), PASSED),
        ((f"2 0 1 {sha256(ABOVE)}",), PASSED),
        ((f"0 0 1 {sha256(ABOVE)}",), PASSED),
        ((f"2 1 1 {sha256(root().certificate, key=True)}",), PASSED),
        (("3 1 1 " + "00" * 32, f"3 1 1 {sha256(LEAF, key=True)}"), PASSED),
        (("1 1 1 " + "00" * 32, f"3 1 1 {sha256(LEAF, key=True)}"), PASSED),
        (("3 1 1 " + "00" * 32, f"1 1 1 {sha256(LEAF, key=True)}"), PASSED),
        (("3 1 1 " + "00" * 32,), FAILED),
        ((f"2 0 1 {sha256(LEAF)}",), FAILED),
        ((f"3 0 1 {sha256(ABOVE)}",), FAILED),
        ((f"3 1 2 {sha256(LEAF, key=True)}",), FAILED),
        (("4 1 1 " + "00" * 32,), FAILED),
        (("nonsense",), FAILED),
        ((), NOTHING),
        (DnsStatus.NXDOMAIN, NOTHING),
        (DnsStatus.SERVFAIL, UNKNOWN),
        (DnsStatus.TIMEOUT, UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_a_record_names_the_certificate_or_an_issuer(records, status):
    """Key or certificate, whole or hashed; DANE is optional."""
    assert fits(observations(dns=dns({AT: records}))).status is status


def vouched(authentic, state):
    """The healthy answers, the TLSA one with what the resolver says of it."""
    healthy = dns(dnssec=state)
    return replace(
        healthy,
        records=tuple(
            replace(each, authentic=authentic) if each.type == "TLSA" else each
            for each in healthy.records
        ),
    )


@pytest.mark.parametrize(
    ("authentic", "state", "status"),
    [
        (True, Dnssec.UNKNOWN, PASSED),
        (True, Dnssec.INSECURE, PASSED),
        (False, Dnssec.SECURE, FAILED),
        (None, Dnssec.SECURE, PASSED),
        (None, Dnssec.INSECURE, FAILED),
        (None, Dnssec.UNKNOWN, UNKNOWN),
    ],
)
def test_an_unsigned_record_protects_nobody(authentic, state, status):
    """The answer's own word comes first, then that of the zone."""
    assert fits(observations(dns=vouched(authentic, state))).status is status


def test_a_misfit_weighs_one_level_less_than_declared():
    """Browsers do not go by DANE."""
    assert fits(observations(dns=dns({AT: ("nonsense",)}))).severity is Severity.LOW


def test_no_certificate_is_no_misfit():
    """Nobody could tell."""
    assert fits(observations(tls=tls(chain_pem=()))).status is UNKNOWN


def test_one_question_is_asked():
    """At port 443 of the host."""
    assert AT in questions(observations(dns=dns({AT: None})))
