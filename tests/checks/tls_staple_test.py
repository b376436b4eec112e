"""What the checks say of stapled OCSP responses; each case spoils one fact."""

import base64
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.checks.authority import NOON, intermediate, leaf, root, signer
from tests.checks.healthy import observations, tls
from vendor_risk.checks.certificate import load
from vendor_risk.checks.ocsp import must_staple, responders
from vendor_risk.checks.tls_staple import staple
from vendor_risk.evidence import Severity, Status

# Mozilla has a root with the serial number 0.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

PASSED, FAILED, UNKNOWN = Status.PASSED, Status.FAILED, Status.UNKNOWN
CRITICAL, HIGH, INFORMATIONAL = Severity.CRITICAL, Severity.HIGH, Severity.INFORMATIONAL
DAY = timedelta(days=1)
PROMISE = x509.TLSFeature([x509.TLSFeatureType.status_request])
PROMISING = leaf(intermediate(), extensions=(PROMISE,))
ORDINARY = leaf(intermediate())
OTHER = leaf(intermediate())
GOOD, REVOKED, UNKNOWN_TO_CA = (
    ocsp.OCSPCertStatus.GOOD,
    ocsp.OCSPCertStatus.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN,
)


def delegate(above, *, usage=ExtendedKeyUsageOID.OCSP_SIGNING, end=NOON + 30 * DAY):
    """A certificate for signing responses, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(above.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOON - 30 * DAY)
        .not_valid_after(end)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .sign(above.key, hashes.SHA256())
    )
    return made, key


def response(
    about,
    state=GOOD,
    *,
    begin=NOON - DAY,
    end=NOON + 6 * DAY,
    by=None,
    issuer=None,
    algorithm=None,
):
    """A staple about a leaf in base64; `by` is a delegate, or another authority."""
    issuer = issuer or intermediate()
    made = ocsp.OCSPResponseBuilder().add_response(
        cert=load(about),
        issuer=issuer.certificate,
        algorithm=algorithm or hashes.SHA1(),
        cert_status=state,
        this_update=begin,
        next_update=end,
        revocation_time=NOON - 2 * DAY if state is REVOKED else None,
        revocation_reason=None,
    )
    certificate, key = by or (issuer.certificate, issuer.key)
    made = made.responder_id(ocsp.OCSPResponderEncoding.HASH, certificate)
    if by:
        made = made.certificates([certificate])
    content = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    return base64.b64encode(content).decode()


def judged(chain_leaf, given):
    """Status and severity for a leaf and its staple."""
    chain = (chain_leaf, intermediate().pem)
    outcome = staple(observations(tls=tls(chain_pem=chain, staple_b64=given)))
    return outcome.status, outcome.severity


@pytest.mark.parametrize(
    "given",
    [
        response(ORDINARY),
        response(ORDINARY, algorithm=hashes.SHA256()),
        response(ORDINARY, end=None),
        response(ORDINARY, end=NOON),
        response(ORDINARY, begin=NOON + timedelta(minutes=4)),
        response(ORDINARY, by=delegate(intermediate())),
    ],
    ids=["issuer", "sha256", "no end", "last second", "clock ahead", "delegate"],
)
def test_a_good_staple_passes(given):
    """Signed by the issuer or by whom it gave the right."""
    assert judged(ORDINARY, given) == (PASSED, None)


@pytest.mark.parametrize(
    "given",
    [
        response(ORDINARY, REVOKED),
        response(ORDINARY, REVOKED, begin=NOON - 30 * DAY, end=NOON - 20 * DAY),
        response(ORDINARY, REVOKED, by=delegate(intermediate())),
    ],
    ids=["fresh", "out of date", "delegate"],
)
def test_a_revoked_certificate_fails(given):
    """And it stays revoked when the response is out of date."""
    assert judged(ORDINARY, given) == (FAILED, CRITICAL)


def foreign():
    """A response by an authority that never issued the leaf."""
    stranger = signer("Example E1", root(), organisation="Let's Encrypt")
    return response(ORDINARY, REVOKED, issuer=stranger)


def forged(about):
    """A response whose signature is another one."""
    content = bytearray(base64.b64decode(response(about, REVOKED)))
    content[-1] ^= 1
    return base64.b64encode(content).decode()


USELESS = {
    "nonsense": lambda about: base64.b64encode(b"nonsense").decode(),
    "no base64": lambda about: "%%%",
    "another certificate": lambda about: response(OTHER, REVOKED),
    "another issuer": lambda about: foreign(),
    "forged": forged,
    "no right to sign": lambda about: response(
        about, REVOKED, by=delegate(intermediate(), usage=ExtendedKeyUsageOID.SERVER_AUTH)
    ),
    "right of another": lambda about: response(about, REVOKED, by=delegate(root())),
    "right run out": lambda about: response(
        about, REVOKED, by=delegate(intermediate(), end=NOON - DAY)
    ),
    "out of date": lambda about: response(about, end=NOON - timedelta(seconds=1)),
    "not yet": lambda about: response(about, begin=NOON + DAY),
    "not known": lambda about: response(about, UNKNOWN_TO_CA),
    "try later": lambda about: base64.b64encode(
        ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(
            serialization.Encoding.DER
        )
    ).decode(),
}


@pytest.mark.parametrize("make", USELESS.values(), ids=USELESS)
def test_a_useless_staple_only_informs(make):
    """It proves neither that the certificate is good nor that it is revoked."""
    assert judged(ORDINARY, make(ORDINARY)) == (PASSED, INFORMATIONAL)


@pytest.mark.parametrize("make", USELESS.values(), ids=USELESS)
def test_a_useless_staple_breaks_a_promise(make):
    """A certificate that promises a good one is refused by browsers that look."""
    assert judged(PROMISING, make(PROMISING)) == (FAILED, HIGH)


@pytest.mark.parametrize(
    ("which", "given", "outcome"),
    [
        (ORDINARY, None, (PASSED, INFORMATIONAL)),
        (ORDINARY, "", (PASSED, INFORMATIONAL)),
        (PROMISING, None, (FAILED, HIGH)),
        (PROMISING, "", (UNKNOWN, None)),
        (PROMISING, response(PROMISING), (PASSED, None)),
    ],
)
def test_no_staple_is_no_defect(which, given, outcome):
    """Unless the certificate promises one; empty says that nobody asked for it."""
    assert judged(which, given) == outcome


def test_a_staple_that_cannot_be_verified_breaks_no_promise():
    """The issuer was not sent, so nobody can tell."""
    look = observations(
        tls=tls(chain_pem=(PROMISING,), staple_b64=response(PROMISING), extra_roots_pem=())
    )

    assert staple(look).status is UNKNOWN


def test_what_a_certificate_says_of_ocsp():
    """The promise, and the address of the authority."""
    where = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                x509.oid.AuthorityInformationAccessOID.OCSP,
                x509.UniformResourceIdentifier("http://ocsp.example/"),
            )
        ]
    )
    with_address = load(leaf(intermediate(), extensions=(where,)))

    assert (must_staple(with_address), responders(with_address)) == (
        False,
        ("http://ocsp.example/",),
    )
    assert (must_staple(load(PROMISING)), responders(load(PROMISING))) == (True, ())
