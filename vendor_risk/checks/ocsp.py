"""Reads a stapled OCSP response and says whether it is worth anything for the served certificate.

RFC 6960 and RFC 5019; the promise to staple is the TLS feature extension of RFC 7633. Everything
is verified offline: that the response is about this certificate, who signed it, and when it counts.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from vendor_risk.checks import certificate as certs
from vendor_risk.checks import chain as chains
from vendor_risk.checks import der

_SKEW = timedelta(minutes=5)  # by which the clock of an authority may be ahead of ours
_MOST_RESPONSES = 8  # a staple speaks of one certificate, rarely of a few
_MOST_CERTIFICATES = 4  # of delegates that a response may bring along


class Word(Enum):
    """What a staple says; the values are the end of a sentence about it."""

    GOOD = "says that the certificate is good"
    REVOKED = "says that the certificate was revoked"
    UNKNOWN = "says that the authority does not know the certificate"
    USELESS = "proves nothing"
    UNVERIFIED = "cannot be verified here"


@dataclass(frozen=True, slots=True)
class Staple:
    """What a staple says of a certificate; `reason` says why it proves nothing."""

    word: Word
    reason: str = ""
    begin: datetime | None = None
    end: datetime | None = None
    revoked: datetime | None = None

    def __str__(self) -> str:
        dates = [f"{day:%Y-%m-%d %H:%M}" for day in (self.begin, self.end) if day]
        when = f", {' to '.join(dates)} UTC" if dates else ""
        why = f": {self.reason}" if self.reason else ""
        return f"the staple {self.word.value}{why}{when}"


def must_staple(leaf: x509.Certificate) -> bool | None:
    """Whether a certificate is worth something with a staple only; None when nobody can read it."""
    try:
        features = leaf.extensions.get_extension_for_class(x509.TLSFeature).value
    except x509.ExtensionNotFound:
        return False
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None
    return x509.TLSFeatureType.status_request in features


def responders(leaf: x509.Certificate) -> tuple[str, ...]:
    """The addresses at which the authority answers OCSP, empty where it gave that up."""
    try:
        access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (
        x509.ExtensionNotFound,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
        ValueError,
    ):
        return ()
    return tuple(
        each.access_location.value
        for each in access
        if each.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(each.access_location, x509.UniformResourceIdentifier)
    )


def read(
    staple_b64: str, leaf: x509.Certificate, above: chains.Certificates, at: datetime
) -> Staple:
    """What a staple says of a leaf; `above` holds whoever may have issued it."""
    try:
        response = ocsp.load_der_ocsp_response(base64.b64decode(staple_b64, validate=True))
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            words = response.response_status.name.lower().replace("_", " ")
            return Staple(Word.USELESS, f"the responder says “{words}”")
        return _judged(response, leaf, above, at)
    except (ValueError, TypeError, binascii.Error, UnsupportedAlgorithm, x509.DuplicateExtension):
        return Staple(Word.USELESS, "it cannot be read")


def _judged(
    response: ocsp.OCSPResponse,
    leaf: x509.Certificate,
    above: chains.Certificates,
    at: datetime,
) -> Staple:
    issuer = next(
        (
            each
            for each in above
            if certs.subject(each) == certs.issuer(leaf) and chains.signed_by(leaf, each)
        ),
        None,
    )
    if issuer is None:
        return Staple(Word.UNVERIFIED, "the issuer of the certificate was not sent")
    single = _about(response, leaf, issuer)
    if single is None:
        return Staple(Word.USELESS, "it is about another certificate")
    begin, end = single.this_update_utc, single.next_update_utc
    if not _signed(response, issuer, at):
        return Staple(Word.USELESS, "neither the issuer nor its delegate signed it", begin, end)
    status = single.certificate_status
    if status is ocsp.OCSPCertStatus.REVOKED:  # and it stays so when the response grows old
        return Staple(Word.REVOKED, "", begin, end, single.revocation_time_utc)
    if begin > at + _SKEW:
        return Staple(Word.USELESS, "it does not count yet", begin, end)
    if end is not None and end < at:
        return Staple(Word.USELESS, "it is out of date", begin, end)
    word = Word.GOOD if status is ocsp.OCSPCertStatus.GOOD else Word.UNKNOWN
    return Staple(word, "", begin, end)


def _about(
    response: ocsp.OCSPResponse, leaf: x509.Certificate, issuer: x509.Certificate
) -> ocsp.OCSPSingleResponse | None:
    """The part of a response that is about a leaf of this issuer (RFC 6960 section 4.1.1)."""
    for number, single in enumerate(response.responses):
        if number >= _MOST_RESPONSES:
            break
        digest = single.hash_algorithm
        if (
            single.serial_number == leaf.serial_number
            and single.issuer_name_hash == _digest(digest, issuer.subject.public_bytes())
            and single.issuer_key_hash == _digest(digest, _key_bits(issuer))
        ):
            return single
    return None


def _digest(algorithm: hashes.HashAlgorithm, content: bytes) -> bytes:
    made = hashes.Hash(algorithm)
    made.update(content)
    return made.finalize()


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The key as bits, without the algorithm before it."""
    spki = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    parts = list(der.elements(next(der.elements(spki))[1]))
    return parts[1][1][1:]  # after the count of unused bits


def _signed(response: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime) -> bool:
    """Whether the issuer signed a response, or somebody to whom it gave the right.

    Such a delegate carries a certificate by the issuer itself for that purpose alone (RFC 6960
    section 4.2.2.2).
    """
    if _verifies(response, issuer):
        return True
    return any(
        _is_delegate(each, issuer, at) and _verifies(response, each)
        for each in response.certificates[:_MOST_CERTIFICATES]
    )


def _is_delegate(member: x509.Certificate, issuer: x509.Certificate, at: datetime) -> bool:
    dates = certs.validity(member)
    if dates is None or not dates[0] <= at <= dates[1] or not chains.signed_by(member, issuer):
        return False
    try:
        usage = member.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usage


def _verifies(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    try:
        key, digest = signer.public_key(), response.signature_hash_algorithm
        signature, content = response.signature, response.tbs_response_bytes
        if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, content)
        elif digest is None:
            return False
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, content, PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, content, ec.ECDSA(digest))
        else:
            return False
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
