"""Reads the list of signed certificate timestamps that an authority put into a certificate.

RFC 6962 section 3.3. The signatures are not verified: that takes the keys of the public logs.
"""

from dataclasses import dataclass

from cryptography import x509

from vendor_risk.checks import der

LENGTH_LIMIT = 16 * 1024  # bytes; three timestamps have 360
_V1 = 0
_LOG_ID = 32  # bytes: the SHA-256 of the log's key


@dataclass(frozen=True, slots=True)
class Timestamps:
    """The logs that vouch for a certificate, each once; `fault` says why nobody can tell."""

    logs: tuple[str, ...] = ()
    fault: str = ""


def embedded(certificate: x509.Certificate) -> Timestamps:
    """What the certificate itself carries, whatever is wrong with its other extensions."""
    try:
        value = der.extension(certificate.tbs_certificate_bytes, der.SCT_LIST)
        if value is None:
            return Timestamps()
        return Timestamps(_logs(der.octets(value[:LENGTH_LIMIT])))
    except ValueError as error:
        return Timestamps(fault=str(error))


def _logs(content: bytes) -> tuple[str, ...]:
    """The ids of the distinct logs, in the order of the list."""
    listed, rest = _vector(content)
    if rest or not listed:
        raise ValueError("the list of timestamps has a wrong length")
    found: dict[str, None] = {}
    while listed:
        one, listed = _vector(listed)
        log = _log(one)
        if log is not None:
            found[log] = None
    return tuple(found)


def _log(timestamp: bytes) -> str | None:
    """The log of one timestamp, or None for a version that does not exist yet."""
    if not timestamp:
        raise ValueError("a timestamp is empty")
    if timestamp[0] != _V1:
        return None
    fixed = 1 + _LOG_ID + 8  # version, log, milliseconds
    _, signed = _vector(timestamp[fixed:])  # extensions
    signature, rest = _vector(signed[2:])  # after the algorithms of hash and signature
    if rest or not signature:
        raise ValueError("a timestamp has a wrong length")
    return timestamp[1 : 1 + _LOG_ID].hex()


def _vector(content: bytes) -> tuple[bytes, bytes]:
    """The bytes that two octets of length announce, and what follows them."""
    end = 2 + int.from_bytes(content[:2], "big")
    if len(content) < max(2, end):
        raise ValueError("a timestamp ends too early")
    return content[2:end], content[end:]
