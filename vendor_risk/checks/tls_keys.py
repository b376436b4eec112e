"""Checks of the keys below a root, and of the signatures that were made with them."""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from vendor_risk.checks import certificate as certs
from vendor_risk.checks.base import check
from vendor_risk.checks.chain import Certificates, Trust
from vendor_risk.checks.exhibit import by_certificates
from vendor_risk.checks.observations import Observations, Tls
from vendor_risk.checks.tls import no_leaf
from vendor_risk.checks.tls_cert import verdict_on, who
from vendor_risk.evidence import (
    N_,
    Outcome,
    Severity,
    Status,
    failed,
    not_applicable,
    passed,
    unknown,
)

_RSA_BITS, _CURVE_BITS = 2048, 256  # NIST SP 800-57 part 1: 112 bits of security, and 128
_RSA_EXPONENT = 65537  # NIST SP 800-56B, and section 6.1.6 of the Baseline Requirements
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


@dataclass(frozen=True, slots=True)
class _Trait:
    """What one certificate of a chain shows of one property, and how good that is."""

    words: str
    status: Status = Status.PASSED
    fault: str = ""
    is_mild: bool = False


def _key(member: x509.Certificate) -> _Trait:
    try:
        key = member.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return _Trait("a key of an unknown kind", Status.UNKNOWN, "a key that we cannot read")
    if isinstance(key, rsa.RSAPublicKey):
        words = f"RSA {key.key_size} bits"
        if key.key_size < _RSA_BITS:
            return _Trait(words, Status.FAILED, f"an RSA key of only {key.key_size} bits")
        exponent = key.public_numbers().e
        if exponent < _RSA_EXPONENT:
            fault = f"an RSA key with the small exponent {exponent}"
            return _Trait(f"{words}, exponent {exponent}", Status.FAILED, fault, is_mild=True)
        return _Trait(words)
    if isinstance(key, dsa.DSAPublicKey):
        fault = "a DSA key, which no browser accepts"
        return _Trait(f"DSA {key.key_size} bits", Status.FAILED, fault)
    if isinstance(key, ec.EllipticCurvePublicKey):
        words = f"EC {_CURVES.get(key.curve.name, key.curve.name)}"
        if key.key_size < _CURVE_BITS:
            return _Trait(words, Status.FAILED, f"a key on a curve of only {key.key_size} bits")
        if key.curve.name in _CURVES:
            return _Trait(words)
        fault = f"a key on the curve {key.curve.name}, which the rules for the web do not name"
        return _Trait(words, Status.UNKNOWN, fault)
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return _Trait(type(key).__name__.removeprefix("_").removesuffix("PublicKey"))
    return _Trait("a key of a new kind", Status.UNKNOWN, "a key of a kind that we cannot judge")


def _worst(
    members: Certificates, trait: Callable[[x509.Certificate], _Trait], host: str
) -> Outcome:
    """The worst that any certificate shows; a fault weighs more than what nobody can judge."""
    found = [(who(member), trait(member)) for member in members]
    evidence = by_certificates("; ".join(f"{name}: {one.words}" for name, one in found), host)
    for status, is_mild in ((Status.FAILED, False), (Status.FAILED, True), (Status.UNKNOWN, False)):
        for name, one in found:
            if one.status is not status or one.is_mild is not is_mild:
                continue
            reason = f"The certificate of {name} has {one.fault}."
            if status is Status.UNKNOWN:
                return unknown(reason, evidence)
            return failed(evidence, reason, severity=Severity.HIGH.one_lower if is_mild else None)
    return passed(evidence)


@check(
    id="tls.cert.key",
    control="DP-01",
    severity=Severity.HIGH,
    requirement=N_("The keys of the certificate and its issuers cannot be worked out"),
    rationale=N_(
        "A short key can be computed from the certificate, which everybody gets. Whoever has it"
        " answers as the shop, reads the passwords and cards that customers type, and leaves no"
        " trace."
    ),
    remediation=N_(
        "Make a new key on the curve P-256, or of RSA with 2048 bits or more where old clients need"
        " it, and have a certificate issued for it:\n"
        "\n"
        "    certbot certonly --key-type ecdsa --elliptic-curve secp256r1 \\\n"
        "        --webroot -w /var/www/html -d shop.example.com\n"
        "\n"
        "Without certbot:\n"
        "\n"
        "    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out privkey.pem\n"
        "    openssl req -new -key privkey.pem -subj /CN=shop.example.com \\\n"
        "        -addext subjectAltName=DNS:shop.example.com -out request.pem\n"
        "\n"
        "nginx:\n"
        "\n"
        "    ssl_certificate_key /etc/ssl/shop.example.com/privkey.pem;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    SSLCertificateKeyFile /etc/ssl/shop.example.com/privkey.pem\n"
        "\n"
        "If the weak key is that of an issuer, change the authority."
    ),
    references=(
        "https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final",
        "https://cabforum.org/working-groups/server/baseline-requirements/requirements/",
        "https://www.rfc-editor.org/rfc/rfc9325#section-4.5",
    ),
)
def key(tls: Tls, observations: Observations) -> Outcome:
    """Judge the leaf and the intermediates of the path that clients take."""
    leaf = certs.load(tls.chain_pem[0]) if tls.chain_pem else None
    if leaf is None:
        return no_leaf(tls)
    return _worst(verdict_on(tls, observations).below or (leaf,), _key, tls.host)


# signatures that the library does not name any more: RFC 3279 section 2.2.1
_GONE = {"1.2.840.113549.1.1.2": "MD2", "1.2.840.113549.1.1.3": "MD4"}
_FORGEABLE = frozenset({"md5", "sha1"})


def _signature(member: x509.Certificate) -> _Trait:
    try:
        found = member.signature_hash_algorithm
        name = member.signature_algorithm_oid.dotted_string
    except (ValueError, UnsupportedAlgorithm):
        found, name = None, _signature_oid(member)
        if name not in _GONE:
            fault = "a signature of a kind that we cannot judge"
            return _Trait(f"signature {name}", Status.UNKNOWN, fault)
    if name in _GONE or (found is not None and found.name in _FORGEABLE):
        words = _GONE.get(name) or (found.name.upper() if found else name)
        return _Trait(words, Status.FAILED, f"a signature over {words}, which can be forged")
    return _Trait(found.name.upper() if found is not None else f"signature {name}")


def _signature_oid(member: x509.Certificate) -> str:
    try:
        return member.signature_algorithm_oid.dotted_string
    except ValueError:
        return "(unreadable)"


@check(
    id="tls.cert.sig",
    control="DP-01",
    severity=Severity.HIGH,
    requirement=N_("The certificate and its issuers are signed with SHA-256 or better"),
    rationale=N_(
        "For MD5 and SHA-1 two certificates with the same signature have been made. Whoever gets an"
        " authority to sign the harmless one owns the other, in the name of any shop."
    ),
    remediation=N_(
        "Have the certificate issued again by a public authority: all of them sign with SHA-256 or"
        " better, and serve the intermediate certificates that come with it:\n"
        "\n"
        "    certbot certonly --webroot -w /var/www/html -d shop.example.com\n"
        "\n"
        "With an authority of your own, OpenSSL signs anew with:\n"
        "\n"
        "    openssl x509 -req -sha256 -days 90 -in request.pem \\\n"
        "        -CA intermediate.pem -CAkey intermediate.key -out shop.example.com.pem\n"
        "\n"
        "nginx:\n"
        "\n"
        "    ssl_certificate /etc/ssl/shop.example.com/fullchain.pem;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    SSLCertificateFile /etc/ssl/shop.example.com/fullchain.pem"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9155",
        "https://cabforum.org/working-groups/server/baseline-requirements/requirements/",
    ),
)
def signature(tls: Tls, observations: Observations) -> Outcome:
    """Judge all below the root: nobody relies on the signature that a root gave itself."""
    leaf = certs.load(tls.chain_pem[0]) if tls.chain_pem else None
    if leaf is None:
        return no_leaf(tls)
    verdict = verdict_on(tls, observations)
    if verdict.trust is Trust.SELF_SIGNED:
        reason = "The certificate is self-signed: there is no signature of an authority to judge."
        return not_applicable(reason, by_certificates(str(verdict), tls.host))
    return _worst(verdict.below or (leaf,), _signature, tls.host)
