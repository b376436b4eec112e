"""What the checks say of keys and signatures; each case spoils one fact."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from tests.checks.authority import (
    chain,
    intermediate,
    leaf,
    root,
    rsa_intermediate,
    signer,
    weakly_signed,
)
from tests.checks.healthy import observations, tls
from vendor_risk.checks.chain import Trust, verify
from vendor_risk.checks.tls_cert import chain as chain_check
from vendor_risk.checks.tls_keys import key, signature
from vendor_risk.evidence import Severity, Status

PASSED, FAILED, UNKNOWN = Status.PASSED, Status.FAILED, Status.UNKNOWN
NOT_APPLICABLE = Status.NOT_APPLICABLE
HIGH, MEDIUM = Severity.HIGH, Severity.MEDIUM
# Mozilla has a root with the serial number 0.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")


def rsa_key(bits, exponent=65537):
    """An RSA key of a size; sizes below 1024 bits can no longer be made."""
    return rsa.generate_private_key(exponent, bits)


def judged(check, *pems, **changes):
    """What a check says of a served chain."""
    return check(observations(tls=tls(chain_pem=pems, **changes)))


@pytest.mark.parametrize(
    ("made", "status", "severity"),
    [
        (lambda: rsa_key(1024), FAILED, HIGH),
        (lambda: rsa_key(2047), FAILED, HIGH),
        (lambda: rsa_key(2048), PASSED, None),
        (lambda: rsa_key(3072), PASSED, None),
        (lambda: rsa_key(2048, exponent=3), FAILED, MEDIUM),
        (lambda: rsa_key(1024, exponent=3), FAILED, HIGH),
        (lambda: dsa.generate_private_key(2048), FAILED, HIGH),
        (lambda: ec.generate_private_key(ec.SECP192R1()), FAILED, HIGH),
        (lambda: ec.generate_private_key(ec.SECP224R1()), FAILED, HIGH),
        (lambda: ec.generate_private_key(ec.SECP256R1()), PASSED, None),
        (lambda: ec.generate_private_key(ec.SECP384R1()), PASSED, None),
        (lambda: ec.generate_private_key(ec.SECP521R1()), PASSED, None),
        (lambda: ec.generate_private_key(ec.SECP256K1()), UNKNOWN, None),
        (lambda: ec.generate_private_key(ec.BrainpoolP256R1()), UNKNOWN, None),
        (ed25519.Ed25519PrivateKey.generate, PASSED, None),
        (ed448.Ed448PrivateKey.generate, PASSED, None),
    ],
    ids=[
        *("RSA-1024", "RSA-2047", "RSA-2048", "RSA-3072", "exponent 3", "1024 and 3", "DSA"),
        *("P-192", "P-224", "P-256", "P-384", "P-521", "secp256k1", "brainpool"),
        *("Ed25519", "Ed448"),
    ],
)
def test_tls_cert_key(made, status, severity):
    """By kind and size, whatever the chain is worth."""
    outcome = judged(key, leaf(intermediate(), key=made()), intermediate().pem)

    assert (outcome.status, outcome.severity) == (status, severity)


def test_a_weak_intermediate_is_as_bad_as_a_weak_leaf():
    """Whoever works its key out signs certificates for every shop."""
    weak = signer("Weak E1", root(), key=rsa_key(1024))

    outcome = judged(key, leaf(weak), weak.pem)

    assert (outcome.status, "Weak E1" in outcome.reason) == (FAILED, True)


def test_the_root_is_not_looked_at():
    """It is trusted by hand, and clients have it from elsewhere."""
    weak = signer("Old Root", key=rsa_key(1024))
    above = signer("Example E2", weak)

    assert judged(key, leaf(above), above.pem, weak.pem).status is PASSED


def test_a_certificate_beside_the_path_is_not_looked_at():
    """Clients do not use it, and the order of the chain is another check's."""
    other = signer("Other", root(), key=rsa_key(1024))

    assert judged(key, *chain(), other.pem).status is PASSED


def test_a_weak_key_outweighs_one_that_nobody_can_judge():
    """What is known to be wrong is said."""
    odd = signer("Odd E1", root(), key=ec.generate_private_key(ec.SECP256K1()))

    assert judged(key, leaf(odd, key=rsa_key(1024)), odd.pem).status is FAILED


def test_the_key_is_named_in_the_evidence():
    """With a command that prints every certificate of the chain."""
    evidence = judged(key, *chain()).evidence

    assert evidence.value == "shop.example: EC P-256; Example E1: EC P-256"
    assert evidence.command.endswith("openssl pkcs7 -noout -print_certs -text")


@pytest.mark.parametrize("check", [key, signature])
@pytest.mark.parametrize("pems", [(), ("garbage",)], ids=["none", "unreadable"])
def test_no_certificate_is_unknown(check, pems):
    """Nobody can say what it would have been."""
    assert judged(check, *pems).status is UNKNOWN


def weak_leaf(digest):
    """A leaf that an RSA intermediate signed over a weak digest, and the intermediate."""
    above = rsa_intermediate()
    return weakly_signed(leaf(above), above.key, digest), above.pem


def weak_intermediate(digest):
    """A good leaf below an intermediate that its root signed over a weak digest."""
    old = signer("Old Root", key=rsa_key(2048))
    above = signer("Old E1", old)
    return leaf(above), weakly_signed(above.pem, old.key, digest), old.pem


def weak_root():
    """Everything is good but what the root says of itself."""
    old = signer("Old Root", key=rsa_key(2048))
    above = signer("Old E1", old)
    return leaf(above), above.pem, weakly_signed(old.pem, old.key, hashes.SHA1())


def edwards():
    """Ed25519 has its hash built in."""
    above = signer("Edwards E1", root(), key=ed25519.Ed25519PrivateKey.generate())
    return leaf(above), above.pem


@pytest.mark.parametrize(
    ("pems", "status", "word"),
    [
        (chain, PASSED, ""),
        (edwards, PASSED, ""),
        (lambda: weak_leaf(hashes.SHA1()), FAILED, "SHA1"),
        (lambda: weak_leaf(hashes.MD5()), FAILED, "MD5"),
        (lambda: weak_intermediate(hashes.SHA1()), FAILED, "Old E1"),
        (weak_root, PASSED, ""),
        (lambda: (leaf(root(), self_signed=True),), NOT_APPLICABLE, "self-signed"),
    ],
    ids=["SHA-256", "Ed25519", "SHA-1", "MD5", "intermediate", "root", "self-signed"],
)
def test_tls_cert_sig(pems, status, word):
    """Below the root only: nobody relies on the signature that a root gave itself."""
    outcome = judged(signature, *pems())

    assert (outcome.status, word in outcome.reason) == (status, True)


def test_a_signature_of_an_unknown_kind_is_unknown():
    """The identifier of MD2 with its last number changed stands for nothing that we know."""
    above = rsa_intermediate()
    spoilt = weakly_signed(leaf(above), above.key, hashes.MD5(), kind=b"\x63")

    assert judged(signature, spoilt, above.pem).status is UNKNOWN


def test_md2_is_known_by_its_number():
    """The library has forgotten it; we have not."""
    above = rsa_intermediate()
    spoilt = weakly_signed(leaf(above), above.key, hashes.MD5(), kind=b"\x02")

    assert "MD2" in judged(signature, spoilt, above.pem).reason


@pytest.mark.parametrize("digest", [hashes.SHA1(), hashes.MD5()], ids=["SHA-1", "MD5"])
def test_a_weak_link_is_not_a_missing_one(digest):
    """The intermediate was sent; its signature is the fault."""
    pems = weak_leaf(digest)

    verdict = verify(pems, (root().pem,), observations().observed_at)

    assert verdict.trust is Trust.RULES
    assert verdict.reason.endswith("Forbidden signature algorithm.")
    assert judged(chain_check, *pems).status is PASSED
