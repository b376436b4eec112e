"""What the checks say of an agreed protocol and cipher suite; each case spoils one fact."""

import pytest

from tests.checks.healthy import observations, tls
from vendor_risk.checks.observations import Unreachable
from vendor_risk.checks.tls_session import cipher, protocol
from vendor_risk.evidence import Severity, Status

PASSED, FAILED, UNKNOWN = Status.PASSED, Status.FAILED, Status.UNKNOWN
HIGH, MEDIUM, INFORMATIONAL = Severity.HIGH, Severity.MEDIUM, Severity.INFORMATIONAL


@pytest.mark.parametrize(
    ("agreed", "status", "severity"),
    [
        ("TLSv1.3", PASSED, None),
        ("TLS 1.3", PASSED, None),
        ("TLSv1.2", PASSED, INFORMATIONAL),
        ("tls1.2", PASSED, INFORMATIONAL),
        ("TLSv1.1", FAILED, HIGH),
        ("TLSv1", FAILED, HIGH),
        ("TLSv1.0", FAILED, HIGH),
        ("SSLv3", FAILED, HIGH),
        ("SSLv2", FAILED, HIGH),
        ("QUIC", UNKNOWN, None),
        ("TLSv1.2 and more", UNKNOWN, None),
        ("", UNKNOWN, None),
        (None, UNKNOWN, None),
    ],
)
def test_tls_proto_negotiated(agreed, status, severity):
    """TLS 1.3 is best, 1.2 will do, and whatever is older was given up."""
    outcome = protocol(observations(tls=tls(protocol=agreed)))

    assert (outcome.status, outcome.severity) == (status, severity)


@pytest.mark.parametrize(
    ("agreed", "status", "severity"),
    [
        ("TLS_AES_128_GCM_SHA256", PASSED, None),
        ("ECDHE-RSA-AES128-GCM-SHA256", PASSED, None),
        ("DHE-RSA-CHACHA20-POLY1305", PASSED, None),
        ("ECDHE-RSA-AES128-SHA256", FAILED, MEDIUM),
        ("AES128-GCM-SHA256", FAILED, MEDIUM),
        ("AES128-SHA", FAILED, MEDIUM),
        ("NULL-SHA", FAILED, HIGH),
        ("ADH-AES128-GCM-SHA256", FAILED, HIGH),
        ("ECDHE-RSA-RC4-SHA", FAILED, HIGH),
        ("ECDHE-RSA-DES-CBC3-SHA", FAILED, HIGH),
        ("EXP-RC2-CBC-MD5", FAILED, HIGH),
        ("SOMETHING-NEW", UNKNOWN, None),
        ("", UNKNOWN, None),
        (None, UNKNOWN, None),
    ],
)
def test_tls_cipher_negotiated(agreed, status, severity):
    """CBC and static keys weigh one step less than what is broken."""
    outcome = cipher(observations(tls=tls(protocol="TLSv1.2", cipher=agreed)))

    assert (outcome.status, outcome.severity) == (status, severity)


@pytest.mark.parametrize("judge", [protocol, cipher])
def test_no_handshake_is_unknown(judge):
    """tls.reach says what that means."""
    outcome = judge(observations(tls=Unreachable("timed out after 10 s")))

    assert (outcome.status, outcome.reason) == (
        UNKNOWN,
        "The host could not be seen: timed out after 10 s.",
    )


def test_the_command_offers_the_old_versions_as_we_did():
    """Without the options openssl would not agree on them, and would show another fault."""
    outcome = protocol(observations(tls=tls(protocol="TLSv1", cipher="AES128-SHA")))

    assert (outcome.evidence.value, outcome.evidence.command) == (
        "TLSv1 AES128-SHA",
        "openssl s_client -connect shop.example:443 -servername shop.example"
        " -min_protocol TLSv1 -cipher DEFAULT:@SECLEVEL=0 </dev/null",
    )


def test_a_hostile_name_of_a_suite_stays_short_and_plain():
    """An outside observation may hold anything."""
    outcome = cipher(observations(tls=tls(cipher="\x1b[31m" * 500)))

    assert outcome.status is UNKNOWN
    assert len(outcome.reason) < 200
    assert outcome.reason.isprintable()
