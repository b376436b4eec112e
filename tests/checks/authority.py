"""A certification authority for tests: chains with one fact spoilt, made in memory."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Signer:
    """A certificate that may sign others, with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self):
        """The certificate as PEM text."""
        return pem(self.certificate)


def pem(certificate):
    """A certificate as PEM text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def name(common, organisation=None):
    """A subject with a common name, and an organisation where one is given."""
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name(parts)


def signer(
    common, above=None, *, organisation=None, not_before=None, not_after=None, extensions=()
):
    """A root, or an intermediate below `above`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = name(common, organisation)
    issuer = above.certificate.subject if above else subject
    signing = above.key if above else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before or NOON - timedelta(days=1000))
        .not_valid_after(not_after or NOON + timedelta(days=3000))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, True, True, False, False), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return Signer(builder.sign(signing, hashes.SHA256()), key)


def leaf(
    above,
    names=("shop.example",),
    *,
    common="shop.example",
    begin=NOON - timedelta(days=30),
    life=timedelta(days=90),
    extensions=(),
    self_signed=False,
):
    """A server certificate as PEM text; `extensions` are added, `names` may be empty."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = name(common)
    signing = key if self_signed else above.key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if self_signed else above.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
    )
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(text) for text in names])
        builder = builder.add_extension(alternatives, critical=False)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return pem(builder.sign(signing, hashes.SHA256()))


@lru_cache(maxsize=1)
def root():
    """The root that healthy chains lead to; the tests name it as the operator's own."""
    return signer("Example Root")


@lru_cache(maxsize=1)
def intermediate():
    """The intermediate that signs healthy leaves, by an authority that CAA knows."""
    return signer("Example E1", root(), organisation="Let's Encrypt")


@lru_cache(maxsize=64)
def chain(names=("shop.example",), **facts):
    """A chain that every check likes: leaf and intermediate as PEM texts."""
    return leaf(intermediate(), names, **facts), intermediate().pem
