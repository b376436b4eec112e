"""Finds one extension in the raw bytes of a certificate, for when a malformed one hides all.

Only what is needed of DER (X.690): definite lengths, low tag numbers. Every error is a ValueError.
"""

from collections.abc import Iterator

SUBJECT_ALT_NAME = bytes.fromhex("551d11")  # 2.5.29.17
SCT_LIST = bytes.fromhex("2b06010401d679020402")  # 1.3.6.1.4.1.11129.2.4.2

_SEQUENCE, _OID, _BYTES = 0x30, 0x06, 0x04
_EXTENSIONS = 0xA3  # [3] EXPLICIT in TBSCertificate, RFC 5280 section 4.1
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87  # [2] and [7] in GeneralName, RFC 5280 section 4.2.1.6


def elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The tag and content of each element that stands in a constructed one."""
    at = 0
    while at < len(content):
        if at + 2 > len(content):
            raise ValueError("an element ends too early")
        tag, length = content[at], content[at + 1]
        at += 2
        if length & 0x80:
            octets = length & 0x7F
            if not 1 <= octets <= 4 or at + octets > len(content):
                raise ValueError("a length cannot be read")
            length = int.from_bytes(content[at : at + octets], "big")
            at += octets
        if at + length > len(content):
            raise ValueError("an element is longer than what holds it")
        yield tag, content[at : at + length]
        at += length


def extension(tbs: bytes, oid: bytes) -> bytes | None:
    """The value of one extension of a TBSCertificate, or None where it has none."""
    body = _only(tbs, _SEQUENCE)
    wrapped = next((content for tag, content in elements(body) if tag == _EXTENSIONS), None)
    if wrapped is None:
        return None
    for _, entry in elements(_only(wrapped, _SEQUENCE)):
        parts = list(elements(entry))
        if parts and parts[0] == (_OID, oid) and parts[-1][0] == _BYTES:
            return parts[-1][1]
    return None


def octets(value: bytes) -> bytes:
    """The bytes in the octet string that makes up the value of an extension."""
    return _only(value, _BYTES)


def _only(content: bytes, expected: int) -> bytes:
    tag, inner = next(elements(content), (0, b""))
    if tag != expected:
        raise ValueError("an element has an unexpected type")
    return inner


def alternative_names(value: bytes) -> tuple[tuple[str, ...], tuple[bytes, ...]]:
    """The DNS names and the IP addresses in the value of a subjectAltName extension."""
    found = list(elements(_only(value, _SEQUENCE)))
    dns = tuple(content.decode("ascii") for tag, content in found if tag == _DNS_NAME)
    return dns, tuple(content for tag, content in found if tag == _IP_ADDRESS)
