"""What the checks say of extra handshakes; each case spoils one fact."""

from dataclasses import replace

import pytest

from tests.checks.authority import chain, leaf, signer
from tests.checks.healthy import ACCEPTS, CLASSES, elsewhere, handshakes, observations, tls
from vendor_risk.checks.base import CATALOGUE, Tier
from vendor_risk.checks.facts import FACTS
from vendor_risk.checks.observations import Failure, Handshakes
from vendor_risk.checks.tls_addresses import alike
from vendor_risk.checks.tls_features import (
    compression,
    early_data,
    extended_master_secret,
    fallback,
    renegotiation,
)
from vendor_risk.checks.tls_suites import group, weak
from vendor_risk.checks.tls_versions import legacy, ssl, tls13
from vendor_risk.evidence import Severity, Status

# Mozilla has a root with the serial number 0.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

PASSED, FAILED, UNKNOWN, NOTHING = (
    Status.PASSED,
    Status.FAILED,
    Status.UNKNOWN,
    Status.NOT_APPLICABLE,
)
CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL = Severity
ONLY_13 = {**ACCEPTS, "TLSv1.2": False}


def said(outcome):
    """Status and severity."""
    return outcome.status, outcome.severity


def look(**facts):
    """A look with the facts of the handshake changed."""
    return observations(tls=tls(**facts))


@pytest.mark.parametrize(
    ("accepts", "outcome"),
    [
        ({"TLSv1": True}, (FAILED, HIGH)),
        ({"TLSv1.1": True}, (FAILED, HIGH)),
        ({"TLSv1": True, "TLSv1.1": None}, (FAILED, HIGH)),
        ({"TLSv1.0": True}, (FAILED, HIGH)),
        ({"TLSv1": False, "TLSv1.1": False}, (PASSED, None)),
        ({"TLSv1": False, "TLSv1.1": None}, (UNKNOWN, None)),
        ({"TLSv1": None, "TLSv1.1": False}, (UNKNOWN, None)),
        ({"TLSv1": False}, (UNKNOWN, None)),
        ({}, (UNKNOWN, None)),
        ({"Nonsense": True}, (UNKNOWN, None)),
    ],
)
def test_tls_proto_legacy(accepts, outcome):
    """One that is accepted is enough; a pass needs both refused; null is nobody could tell."""
    assert said(legacy(look(accepts=accepts))) == outcome


def test_an_agreed_old_version_is_an_accepted_one():
    """Even where no extra handshake was made."""
    assert said(legacy(look(protocol="TLSv1", accepts={}))) == (FAILED, HIGH)


@pytest.mark.parametrize(
    ("accepts", "outcome"),
    [
        ({"SSLv3": True}, (FAILED, CRITICAL)),
        ({"SSLv2": True, "SSLv3": False}, (FAILED, CRITICAL)),
        ({"SSLv2": False, "SSLv3": False}, (PASSED, None)),
        ({"SSLv2": None, "SSLv3": False}, (UNKNOWN, None)),
        ({"SSLv3": False}, (UNKNOWN, None)),
        ({}, (UNKNOWN, None)),
    ],
)
def test_tls_proto_ssl(accepts, outcome):
    """The same for SSL."""
    assert said(ssl(look(accepts=accepts))) == outcome


@pytest.mark.parametrize(
    ("protocol", "accepts", "outcome"),
    [
        ("TLSv1.3", {}, (PASSED, None)),
        (None, {"TLSv1.3": True}, (PASSED, None)),
        ("TLSv1.2", {"TLSv1.3": True}, (PASSED, None)),
        ("TLSv1.2", {}, (FAILED, INFORMATIONAL)),
        (None, {"TLSv1.3": False}, (FAILED, INFORMATIONAL)),
        (None, {"TLSv1.3": None}, (UNKNOWN, None)),
        (None, {}, (UNKNOWN, None)),
    ],
)
def test_tls_proto_tls13(protocol, accepts, outcome):
    """A modern hello offers it, so what was agreed on tells as well."""
    assert said(tls13(look(protocol=protocol, accepts=accepts))) == outcome


@pytest.mark.parametrize(
    ("spoilt", "outcome"),
    [
        ({}, (PASSED, None)),
        ({"null": True}, (FAILED, HIGH)),
        ({"anon": True}, (FAILED, HIGH)),
        ({"export": True}, (FAILED, HIGH)),
        ({"rc4": True}, (FAILED, HIGH)),
        ({"3des": True}, (FAILED, HIGH)),
        ({"cbc": True}, (FAILED, MEDIUM)),
        ({"no_forward_secrecy": True}, (FAILED, MEDIUM)),
        ({"rc4": None, "cbc": True}, (FAILED, MEDIUM)),
        ({"rc4": None}, (UNKNOWN, None)),
    ],
)
def test_tls_cipher_weak(spoilt, outcome):
    """What is broken weighs more than what is outdated."""
    found = dict.fromkeys(CLASSES, False) | spoilt

    assert said(weak(look(handshakes=handshakes(weak=found)))) == outcome


def test_a_broken_suite_that_was_agreed_counts_too():
    """Without any extra handshake."""
    assert said(weak(look(cipher="RC4-SHA", handshakes=None))) == (FAILED, HIGH)


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"dh_bits": 512}, (FAILED, HIGH)),
        ({"dh_bits": 1023}, (FAILED, HIGH)),
        ({"dh_bits": 1024}, (FAILED, MEDIUM)),
        ({"dh_bits": 2047}, (FAILED, MEDIUM)),
        ({"dh_bits": 2048}, (PASSED, None)),
        ({"dh_bits": None, "ephemeral_dh": False}, (NOTHING, None)),
        ({"dh_bits": None, "ephemeral_dh": True}, (UNKNOWN, None)),
        ({"dh_bits": None, "ephemeral_dh": None}, (UNKNOWN, None)),
    ],
)
def test_tls_dh(facts, outcome):
    """By the size of the prime."""
    assert said(group(look(handshakes=handshakes(**facts)))) == outcome


@pytest.mark.parametrize(
    ("check", "facts", "outcome"),
    [
        (renegotiation, {"secure_renegotiation": True}, (PASSED, None)),
        (renegotiation, {"secure_renegotiation": False}, (FAILED, MEDIUM)),
        (renegotiation, {"secure_renegotiation": None}, (UNKNOWN, None)),
        (extended_master_secret, {"extended_master_secret": True}, (PASSED, None)),
        (extended_master_secret, {"extended_master_secret": False}, (FAILED, LOW)),
        (extended_master_secret, {"extended_master_secret": None}, (UNKNOWN, None)),
        (compression, {"compression": False}, (PASSED, None)),
        (compression, {"compression": True}, (FAILED, MEDIUM)),
        (compression, {"compression": None}, (UNKNOWN, None)),
        (fallback, {"fallback_scsv": True}, (PASSED, None)),
        (fallback, {"fallback_scsv": False}, (PASSED, INFORMATIONAL)),
        (fallback, {"fallback_scsv": None}, (UNKNOWN, None)),
    ],
)
def test_what_protects_a_session(check, facts, outcome):
    """Two fail, one is milder, one only informs where there is nothing to fall back to."""
    assert said(check(look(handshakes=handshakes(**facts)))) == outcome


def test_a_fallback_matters_where_there_is_something_old_to_fall_back_to():
    """TLS 1.0 accepted and no word about the fallback."""
    spoilt = look(accepts=ACCEPTS | {"TLSv1": True}, handshakes=handshakes(fallback_scsv=False))

    assert said(fallback(spoilt)) == (FAILED, LOW)


@pytest.mark.parametrize("check", [renegotiation, extended_master_secret, compression, group])
def test_tls13_alone_has_no_such_choice(check):
    """What TLS 1.3 did away with cannot be wrong."""
    assert check(look(accepts=ONLY_13, handshakes=Handshakes())).status is NOTHING


def test_who_speaks_one_version_has_no_fallback():
    """Nothing to be pushed down to."""
    assert fallback(look(accepts=ONLY_13, handshakes=Handshakes())).status is NOTHING


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"early_data": 0}, (PASSED, None)),
        ({"early_data": 16384}, (FAILED, LOW)),
        ({"early_data": None}, (UNKNOWN, None)),
        ({"early_data": None, "protocol": "TLSv1.2"}, (NOTHING, None)),
    ],
)
def test_tls_0rtt(facts, outcome):
    """As its tickets allow."""
    assert said(early_data(look(**facts))) == outcome


STRANGE = (leaf(signer("Stranger")),)
OTHER = chain(("other.example",))
ELDER = {"TLSv1": True, "TLSv1.1": False}


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({}, (PASSED, None)),
        ({"chain_pem": OTHER}, (FAILED, LOW)),
        ({"chain_pem": STRANGE}, (FAILED, LOW)),
        ({"protocol": "TLSv1"}, (FAILED, LOW)),
        ({"accepts": ELDER}, (FAILED, LOW)),
        ({"accepts": {}}, (PASSED, None)),
        ({"unreachable": "connection refused", "kind": Failure.REFUSED}, (FAILED, LOW)),
        ({"unreachable": "timed out", "kind": Failure.TIMEOUT}, (UNKNOWN, None)),
        ({"unreachable": "no route from here to the address"}, (UNKNOWN, None)),
    ],
)
def test_tls_ips(facts, outcome):
    """A fault at one address only; what nobody could see is none."""
    extra = handshakes(elsewhere=(elsewhere(**facts),))

    assert said(alike(look(handshakes=extra))) == outcome


def test_one_address_has_nothing_to_differ_from():
    """Most hosts have one."""
    assert alike(look(handshakes=handshakes(elsewhere=()))).status is NOTHING


def test_the_same_fault_everywhere_is_no_difference():
    """Other checks say what is the matter."""
    extra = handshakes(elsewhere=(elsewhere(chain_pem=OTHER),))

    assert alike(look(chain_pem=OTHER, handshakes=extra)).status is PASSED


@pytest.mark.parametrize(
    "check",
    [each for each in CATALOGUE.values() if each.tier is Tier.HANDSHAKES and each is not tls13],
    ids=lambda each: each.id,
)
def test_without_extra_handshakes_the_reason_is_plain(check):
    """Nobody shall read it as a fault of the vendor or of the scanner."""
    untried = replace(look(accepts={}, handshakes=None), mail=observations().mail)
    untried = replace(untried, mail=replace(untried.mail, starttls=None))

    outcome = check(untried)

    assert outcome.status is UNKNOWN
    assert "only where the vendor was told" in outcome.reason


@pytest.mark.parametrize(
    ("id", "facts", "values"),
    [
        ("tls.cipher.order", {"handshakes": handshakes(server_order=True)}, ("the server",)),
        ("tls.cipher.order", {"handshakes": handshakes(server_order=False)}, ("the visitor",)),
        ("tls.alpn", {"alpn": "http/1.1"}, ("http/1.1",)),
        ("tls.alpn", {"alpn": "http/1.1", "handshakes": handshakes(alpn="h2")}, ("h2",)),
        ("tls.pqc", {"group": "x25519"}, ("x25519",)),
        ("tls.pqc", {"handshakes": handshakes(group="X25519MLKEM768")}, ("X25519MLKEM768",)),
        (
            "tls.pqc",
            {"handshakes": handshakes(group="x25519")},
            ("x25519, though X25519MLKEM768 was offered",),
        ),
        (
            "tls.cert.names",
            {"chain_pem": chain(("shop.example", "b.example", "*.shop.example", "a.example"))},
            ("*.shop.example", "a.example", "b.example"),
        ),
    ],
)
def test_facts(id, facts, values):
    """What is neither good nor bad."""
    assert FACTS[id](look(**facts)).values == values


@pytest.mark.parametrize("id", ["tls.cipher.order", "tls.alpn", "tls.pqc", "tls.cert.names"])
def test_no_fact_where_nothing_was_seen(id):
    """A host whose certificate is its own, and nothing more known."""
    assert FACTS[id](look(handshakes=None)) is None
