"""Our own ClientHello, which offers exactly what is asked, and no more of a handshake than that.

The TLS library offers what its makers think fit, and never what they took out (SSL, RC4, export),
so the questions that need that are written byte by byte: RFC 8446 section 4.1.2, RFC 5246 section
7.4.1.2, RFC 6066, and for SSLv2 its draft of 1995. The connection is closed as soon as the server
has chosen; no key is exchanged.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vendor_risk.checks.observations import Failure
from vendor_risk.observe.connect import TcpConnection, Unreached, unreached
from vendor_risk.observe.flight import (
    BYTES_LIMIT,
    Extension,
    Flight,
    Malformed,
    Message,
    Reader,
    spoken_by_ssl2,
)
from vendor_risk.observe.offers import FALLBACK, MODERN, RENEGOTIATION

SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
SSL2 = 0x0002
NAMES = {
    SSL2: "SSLv2",
    SSL3: "SSLv3",
    TLS10: "TLSv1",
    TLS11: "TLSv1.1",
    TLS12: "TLSv1.2",
    TLS13: "TLSv1.3",
}

X25519MLKEM768 = 0x11EC  # draft-ietf-tls-ecdhe-mlkem section 5
GROUPS = {
    0x0017: "secp256r1",
    0x0018: "secp384r1",
    0x0019: "secp521r1",
    0x001D: "x25519",
    0x001E: "x448",
    0x11EB: "SecP256r1MLKEM768",
    X25519MLKEM768: "X25519MLKEM768",
    0x11ED: "SecP384r1MLKEM1024",
}
# no groups of the finite field: who sees one of RFC 7919 may not fall back to its own (section 4)
_CURVES = (0x001D, 0x0017, 0x0018, 0x0019)
_SIGNATURES = (  # ECDSA, Ed25519, RSA-PSS, RSA, then SHA-1 and DSA for the oldest
    *(0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806),
    *(0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0402, 0x0202),
)
_NULL, _DEFLATE = 0, 1  # methods of compression, RFC 3749
# 256 to 511 bytes once hung a load balancer that is still about, RFC 7685 section 1
_AWKWARD, _EASY = 256, 512
_SSL2_HEAD = 14  # bytes of a SERVER-HELLO up to the lengths of what follows
_SSL2_BYTES = 16 * 1024  # its certificate included, as much as its records hold
_CLOSED = "the host closed the connection without an answer"
_SSL2_CIPHERS = bytes.fromhex("0100800200800300800400800500800600400700c0")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a hello offers: the highest version, and the suites in their order."""

    version: int
    suites: Sequence[int]
    groups: Sequence[int] = _CURVES
    compression: bool = False
    staple: bool = False
    protocols: Sequence[str] = ()  # of the application, by the names of RFC 7301
    fallback: bool = False  # it says that it comes back with less after a failure

    @classmethod
    def modern(cls) -> "Offer":
        """TLS 1.3 alone, with the group that quantum computers are not feared by at first."""
        return cls(TLS13, MODERN, (X25519MLKEM768, *_CURVES))

    def reversed(self) -> "Offer":
        """The same, the suites from the last to the first."""
        return replace(self, suites=tuple(reversed(self.suites)))

    def hello(self, host: str) -> bytes:
        """The record that goes to a host."""
        suites = list(self.suites)
        if self.version == SSL3:
            suites.append(RENEGOTIATION)  # it knows no extensions
        if self.fallback:
            suites.append(FALLBACK)
        methods = (_DEFLATE, _NULL) if self.compression else (_NULL,)
        head = (
            min(self.version, TLS12).to_bytes(2, "big")
            + secrets.token_bytes(32)
            + _vector(1, secrets.token_bytes(32) if self.version == TLS13 else b"")
            + _vector(2, _numbers(suites))
            + _vector(1, bytes(methods))
        )
        extensions = b"" if self.version == SSL3 else self._extensions(host)
        missing = _EASY - len(head) - len(extensions) - 2 - 4  # their length, and of the message
        if extensions and 0 < missing <= _EASY - _AWKWARD:
            extensions += _extension(Extension.PADDING, bytes(max(0, missing - 4)))
        body = head + (_vector(2, extensions) if extensions else b"")
        message = b"\x01" + _vector(3, body)
        # the record says TLS 1.0 for the sake of old servers, RFC 8446 section 5.1
        return b"\x16" + min(self.version, TLS10).to_bytes(2, "big") + _vector(2, message)

    def _extensions(self, host: str) -> bytes:
        wanted = [
            (Extension.SERVER_NAME, _vector(2, b"\x00" + _vector(2, host.encode("ascii")))),
            (Extension.GROUPS, _vector(2, _numbers(self.groups))),
        ]
        if self.version >= TLS12:
            wanted.append((Extension.SIGNATURES, _vector(2, _numbers(_SIGNATURES))))
        if self.protocols:
            names = b"".join(_vector(1, each.encode("ascii")) for each in self.protocols)
            wanted.append((Extension.PROTOCOLS, _vector(2, names)))
        if self.staple:
            wanted.append((Extension.STATUS_REQUEST, b"\x01\x00\x00\x00\x00"))
        if self.version == TLS13:
            versions = _vector(1, TLS13.to_bytes(2, "big"))
            wanted.append((Extension.SUPPORTED_VERSIONS, versions))
            # no share at all asks the server which group it wants, RFC 8446 section 4.2.8
            wanted.append((Extension.KEY_SHARE, _vector(2, b"")))
        else:
            wanted.append((Extension.POINT_FORMATS, _vector(1, b"\x00")))
            wanted.append((Extension.ENCRYPT_THEN_MAC, b""))
            wanted.append((Extension.EXTENDED_MASTER_SECRET, b""))
            wanted.append((Extension.RENEGOTIATION_INFO, _vector(1, b"")))
        return b"".join(_extension(kind, content) for kind, content in wanted)


def group_name(group: int) -> str:
    """The name of a group in the registry, or its number where it is none of ours."""
    return GROUPS.get(group, f"0x{group:04X}")


def ssl2_hello() -> bytes:
    """The CLIENT-HELLO of SSLv2 with every cipher that it ever had (section 2.5 of its draft)."""
    challenge = secrets.token_bytes(16)
    lengths = b"".join(len(part).to_bytes(2, "big") for part in (_SSL2_CIPHERS, b"", challenge))
    message = b"\x01" + SSL2.to_bytes(2, "big") + lengths + _SSL2_CIPHERS + challenge
    return (0x8000 | len(message)).to_bytes(2, "big") + message


def converse(
    connection: TcpConnection, hello: bytes, until: Message = Message.SERVER_HELLO_DONE
) -> Flight:
    """What the other side of a connection says to a hello.

    Unreached when it neither chooses nor refuses.
    """
    connection.allowance = BYTES_LIMIT
    _send(connection, hello)
    reader = Reader(until)
    buffer = bytearray(16 * 1024)
    while not reader.done:
        count = connection.recv_into(buffer)
        if not count:
            raise Unreached(_CLOSED, Failure.RESET)
        try:
            reader.feed(bytes(buffer[:count]))
        except Malformed as fault:
            raise Unreached(str(fault), Failure.OTHER) from fault
    return reader.flight


def speaks_ssl2(connection: TcpConnection) -> bool | None:
    """Whether the other side of a connection answers SSLv2; None when nobody can tell.

    It has no alerts, so a server that knows TLS alone may also just close the connection.
    """
    connection.allowance = _SSL2_BYTES
    _send(connection, ssl2_hello())
    received, buffer = b"", bytearray(4096)
    while len(received) < _SSL2_HEAD:
        count = connection.recv_into(buffer)
        if not count:
            return None if received else False
        received += bytes(buffer[:count])
        spoken = spoken_by_ssl2(received)
        if spoken is not None:
            return spoken
    return None


def _send(connection: TcpConnection, hello: bytes) -> None:
    try:
        connection.sendall(hello)
    except OSError as error:
        raise unreached(error) from error


def _numbers(values: Sequence[int]) -> bytes:
    return b"".join(value.to_bytes(2, "big") for value in values)


def _vector(octets: int, content: bytes) -> bytes:
    return len(content).to_bytes(octets, "big") + content


def _extension(kind: Extension, content: bytes) -> bytes:
    return kind.to_bytes(2, "big") + _vector(2, content)
