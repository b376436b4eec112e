"""A private certificate authority: a root, an intermediate, and leaves good and bad."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
)

DAY = timedelta(days=1)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
# the second group of RFC 2409 section 6.2, which is weak today
DH_1024 = """\
-----BEGIN DH PARAMETERS-----
MIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkCTgiKZ8x0Agu+pjsTmyJR
Sgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL
/1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC
-----END DH PARAMETERS-----
"""


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key and its issuer (itself for a root)."""

    certificate: x509.Certificate
    key: Key
    issuer: "Certificate | None" = None

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()


class Authority:
    """Issues what a public authority would, under a root that nobody else knows."""

    def __init__(self, name: str) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._sign(f"{name} Root", None, path_length=1)
        self.intermediate = self._sign(f"{name} Intermediate", self.root, path_length=0)

    def leaf(
        self,
        *names: str,
        starts: timedelta = -30 * DAY,
        ends: timedelta = 60 * DAY,
        promises_staple: bool = False,
        responder: bool = False,
        rsa_key: bool = False,
    ) -> Certificate:
        """A server certificate of 90 days for these names, 30 of them gone."""
        more: list[x509.ExtensionType] = []
        if promises_staple:
            more.append(x509.TLSFeature([x509.TLSFeatureType.status_request]))
        if responder:
            where = x509.UniformResourceIdentifier("http://ocsp.lab-ca.test/")
            more.append(
                x509.AuthorityInformationAccess(
                    [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, where)]
                )
            )
        key = rsa.generate_private_key(65537, 2048) if rsa_key else None
        return self._sign(
            names[0],
            self.intermediate,
            names=names,
            starts=starts,
            ends=ends,
            more=tuple(more),
            key=key,
        )

    def staple(self, leaf: Certificate, good: bool) -> bytes:
        """The OCSP response about a leaf, by the intermediate itself."""
        state = ocsp.OCSPCertStatus.GOOD if good else ocsp.OCSPCertStatus.REVOKED
        response = ocsp.OCSPResponseBuilder().add_response(
            cert=leaf.certificate,
            issuer=self.intermediate.certificate,
            algorithm=hashes.SHA1(),
            cert_status=state,
            this_update=self.now - DAY,
            next_update=self.now + 6 * DAY,
            revocation_time=None if good else self.now - 2 * DAY,
            revocation_reason=None,
        )
        by = response.responder_id(ocsp.OCSPResponderEncoding.HASH, self.intermediate.certificate)
        signed = by.sign(self.intermediate.key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.DER)

    def self_signed(self, *names: str) -> Certificate:
        """A server certificate that vouches for itself."""
        return self._sign(names[0], None, names=names, ends=60 * DAY)

    def _sign(
        self,
        common_name: str,
        issuer: Certificate | None,
        *,
        path_length: int | None = None,
        names: tuple[str, ...] = (),
        starts: timedelta = -30 * DAY,
        ends: timedelta = 3650 * DAY,
        more: tuple[x509.ExtensionType, ...] = (),
        key: Key | None = None,
    ) -> Certificate:
        is_ca = path_length is not None
        key = key or (ec.generate_private_key(ec.SECP256R1()) if is_ca else self._leaf_key)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        signer = issuer.key if issuer else key
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now + starts)
            .not_valid_after(self.now + ends)
            .add_extension(x509.BasicConstraints(is_ca, path_length), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False
            )
            .add_extension(_usage(is_ca=is_ca), critical=True)
        )
        for extension in more:
            builder = builder.add_extension(extension, critical=False)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False
            ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        return Certificate(builder.sign(signer, hashes.SHA256()), key, issuer)


def _usage(*, is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        content_commitment=False,
        key_encipherment=not is_ca,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
