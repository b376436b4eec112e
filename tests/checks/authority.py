"""A certification authority for tests: chains with one fact spoilt, made in memory."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
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


def digest(key):
    """What a key signs over; the Edwards curves hash by themselves."""
    edwards = isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    return None if edwards else hashes.SHA256()


def name(common, organisation=None):
    """A subject with a common name, and an organisation where one is given."""
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name(parts)


def signer(
    common,
    above=None,
    *,
    organisation=None,
    not_before=None,
    not_after=None,
    extensions=(),
    key=None,
):
    """A root, or an intermediate below `above`."""
    key = key or ec.generate_private_key(ec.SECP256R1())
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
    return Signer(builder.sign(signing, digest(signing)), key)


def leaf(
    above,
    names=("shop.example",),
    *,
    common="shop.example",
    begin=NOON - timedelta(days=30),
    life=timedelta(days=90),
    extensions=(),
    self_signed=False,
    key=None,
):
    """A server certificate as PEM text; `extensions` are added, `names` may be empty."""
    key = key or ec.generate_private_key(ec.SECP256R1())
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
    return pem(builder.sign(signing, digest(signing)))


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


@lru_cache(maxsize=1)
def rsa_intermediate():
    """An intermediate with an RSA key, whose signatures `weakly_signed` can replace."""
    key = rsa.generate_private_key(65537, 2048)
    return signer("Example R1", root(), organisation="Let's Encrypt", key=key)


def weakly_signed(text, key, digest, *, kind=None):
    """The same certificate, signed again by an RSA key over SHA-1 or MD5.

    The library refuses to make such a certificate, so its bytes are put together here. `kind` is
    the last number of what the certificate calls its signature, where that shall be untrue.
    """
    sha256 = bytes.fromhex("2a864886f70d01010b")
    kinds = {"sha1": b"\x05", "md5": b"\x04"}
    weak = sha256[:-1] + (kind or kinds[digest.name])
    good = x509.load_pem_x509_certificate(text.encode())
    tbs = good.tbs_certificate_bytes.replace(sha256, weak)
    signature = key.sign(tbs, PKCS1v15(), digest)
    content = good.public_bytes(serialization.Encoding.DER)
    content = content.replace(good.tbs_certificate_bytes, tbs)
    content = content.replace(good.signature, signature).replace(sha256, weak)
    return pem(x509.load_der_x509_certificate(content))


def timestamp(log, *, version=0, signature=b"\x30\x06signed"):
    """One signed certificate timestamp of a log with a number, as bytes (RFC 6962)."""
    fixed = bytes([version]) + bytes([log]) * 32 + (1_790_000_000_000).to_bytes(8, "big")
    return fixed + b"\x00\x00" + b"\x04\x03" + _counted(signature)


def timestamps(*each):
    """The extension that holds timestamps, or whatever bytes are given as such."""
    content = _counted(b"".join(map(_counted, each)))
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    length = b"\x81" + bytes([size]) if 128 <= size < 256 else length
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
    return x509.UnrecognizedExtension(oid, b"\x04" + length + content)


def _counted(content):
    return len(content).to_bytes(2, "big") + content
