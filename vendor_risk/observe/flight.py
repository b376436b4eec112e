"""Reads the first flight of a TLS server from its bytes, in whatever pieces they come.

RFC 8446 sections 4.1.3, 4.1.4 and 5; RFC 5246 sections 6.2 and 7.4; RFC 6066 section 8. Nothing
is decrypted or verified: it says what the server chose, not who it is.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from vendor_risk.observe.offers import name

BYTES_LIMIT = 128 * 1024  # of one flight: a chain of 100 KiB is the most that OpenSSL takes
_RECORD_LIMIT = 2**14 + 2048  # RFC 5246 section 6.2.3
_WARNINGS_LIMIT = 4  # a server may warn that it does not know the name, and go on
_ALERT, _HANDSHAKE = 21, 22
_WARNING = 1
_CLOSE_NOTIFY = 0
# SHA-256 of "HelloRetryRequest", RFC 8446 section 4.1.3
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


class Extension(IntEnum):
    """The extensions of a hello that we ask for or look for."""

    SERVER_NAME = 0
    STATUS_REQUEST = 5
    GROUPS = 10
    POINT_FORMATS = 11
    SIGNATURES = 13
    PROTOCOLS = 16
    PADDING = 21
    ENCRYPT_THEN_MAC = 22
    EXTENDED_MASTER_SECRET = 23
    EARLY_DATA = 42
    SUPPORTED_VERSIONS = 43
    KEY_SHARE = 51
    RENEGOTIATION_INFO = 0xFF01


class Message(IntEnum):
    """The messages of a first flight that say something, in the order in which they come."""

    SERVER_HELLO = 2
    CERTIFICATE = 11
    CERTIFICATE_STATUS = 22
    SERVER_KEY_EXCHANGE = 12
    SERVER_HELLO_DONE = 14


class Malformed(ValueError):
    """What came is no first flight of TLS."""


@dataclass(slots=True)
class Flight:
    """What a server said to a hello: what it chose, or the alert by which it refused."""

    version: int | None = None
    suite: int | None = None
    compression: int = 0
    extensions: dict[int, bytes] = field(default_factory=dict)
    group: int | None = None  # the group of the key exchange that the server chose, in TLS 1.3
    staple: bytes | None = None
    prime_bits: int | None = None  # of the finite-field Diffie-Hellman group
    alert: int | None = None

    @property
    def protocol(self) -> str | None:
        """The protocol of the application that the server chose (RFC 7301 section 3.1)."""
        chosen = self.extensions.get(Extension.PROTOCOLS, b"")
        if len(chosen) < 4 or chosen[2] != len(chosen) - 3:
            return None
        return chosen[3:].decode("ascii", "replace")

    @property
    def chose(self) -> bool:
        """Whether the server went on with the handshake.

        One that breaks off in its own flight has nothing to go on with: OpenSSL may agree on an old
        version and then find no signature for it.
        """
        return self.version is not None and self.alert is None


class Reader:
    """Takes bytes until the flight has said what was asked of it."""

    def __init__(self, until: Message = Message.SERVER_HELLO_DONE) -> None:
        self.flight = Flight()
        self.done = False
        self._until = until
        self._bytes = bytearray()
        self._messages = bytearray()
        self._warnings = 0

    def feed(self, received: bytes) -> None:
        """Reads what has come; Malformed when that is no TLS."""
        self._bytes += received
        while not self.done and len(self._bytes) >= 5:
            kind, major = self._bytes[0], self._bytes[1]
            length = int.from_bytes(self._bytes[3:5], "big")
            if kind not in (_ALERT, _HANDSHAKE) or major != 3 or not 0 < length <= _RECORD_LIMIT:
                raise Malformed("the port does not speak TLS")
            if len(self._bytes) < 5 + length:
                return
            content = bytes(self._bytes[5 : 5 + length])
            del self._bytes[: 5 + length]
            if kind == _ALERT:
                self._alert(content)
            else:
                self._messages += content
                self._read_messages()

    def _alert(self, content: bytes) -> None:
        if len(content) != 2:
            raise Malformed("an alert has a wrong length")
        level, description = content
        if level == _WARNING and description != _CLOSE_NOTIFY:
            self._warnings += 1
            if self._warnings > _WARNINGS_LIMIT:
                raise Malformed("too many warnings")
            return
        self.flight.alert = description
        self.done = True

    def _read_messages(self) -> None:
        while not self.done and len(self._messages) >= 4:
            length = int.from_bytes(self._messages[1:4], "big")
            if length > BYTES_LIMIT:
                raise Malformed("a message of the handshake is too long")
            if len(self._messages) < 4 + length:
                return
            kind, content = self._messages[0], bytes(self._messages[4 : 4 + length])
            del self._messages[: 4 + length]
            self._message(kind, content)

    def _message(self, kind: int, content: bytes) -> None:
        flight = self.flight
        if flight.version is None and kind != Message.SERVER_HELLO:
            raise Malformed("the handshake begins with no ServerHello")
        if kind == Message.SERVER_HELLO:
            if flight.version is not None:
                raise Malformed("a second ServerHello")
            _hello(flight, content)
            # in TLS 1.3 the rest is encrypted; a server that staples says so (RFC 6066 section 8)
            wanted = self._until is Message.CERTIFICATE_STATUS
            none = wanted and Extension.STATUS_REQUEST not in flight.extensions
            self.done = flight.version == 0x0304 or none
        elif kind == Message.CERTIFICATE_STATUS:
            flight.staple = _staple(content)
        elif kind == Message.SERVER_KEY_EXCHANGE:
            flight.prime_bits = _prime_bits(flight, content)
        # a server that has no key to exchange, or no staple after all, leaves its message out
        passed = self._until is Message.CERTIFICATE_STATUS and kind == Message.SERVER_KEY_EXCHANGE
        self.done = self.done or passed or kind in (self._until, Message.SERVER_HELLO_DONE)


class _Parts:
    """Takes bytes apart from the front; Malformed when there are too few."""

    def __init__(self, content: bytes) -> None:
        self.rest = content

    def take(self, count: int) -> bytes:
        if len(self.rest) < count:
            raise Malformed("a message of the handshake ends too early")
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def number(self, octets: int) -> int:
        return int.from_bytes(self.take(octets), "big")

    def vector(self, octets: int) -> bytes:
        """The bytes whose count stands before them in so many octets."""
        return self.take(self.number(octets))


def _hello(flight: Flight, content: bytes) -> None:
    parts = _Parts(content)
    version, random = parts.number(2), parts.take(32)
    parts.vector(1)  # the session
    suite, compression = parts.number(2), parts.number(1)
    extensions = _extensions(parts.vector(2)) if parts.rest else {}
    if version >> 8 != 3:
        raise Malformed("a version that does not exist")
    modern = extensions.get(Extension.SUPPORTED_VERSIONS)
    if modern is not None:
        if len(modern) != 2:
            raise Malformed("an extension has a wrong length")
        version = int.from_bytes(modern, "big")
    share = extensions.get(Extension.KEY_SHARE)
    if share is not None:
        if len(share) < 2 or (random == _RETRY and len(share) != 2):
            raise Malformed("an extension has a wrong length")
        flight.group = int.from_bytes(share[:2], "big")
    flight.version, flight.suite, flight.compression = version, suite, compression
    flight.extensions = extensions


def _extensions(content: bytes) -> dict[int, bytes]:
    parts, found = _Parts(content), dict[int, bytes]()
    while parts.rest:
        kind = parts.number(2)
        if kind in found:
            raise Malformed("an extension stands twice")
        found[kind] = parts.vector(2)
    return found


def _staple(content: bytes) -> bytes | None:
    parts = _Parts(content)
    if parts.number(1) != 1:  # ocsp, the only type there is (RFC 6066 section 8)
        return None
    return parts.vector(3) or None


def _prime_bits(flight: Flight, content: bytes) -> int | None:
    """The size of the prime; only suites of the finite field begin with one (RFC 5246 7.4.3)."""
    if flight.suite is None or not name(flight.suite).startswith(("TLS_DHE_", "TLS_DH_anon_")):
        return None
    return int.from_bytes(_Parts(content).vector(2), "big").bit_length()


def chosen_group(content: bytes) -> int | None:
    """The group that a ServerHello chose for the key exchange of TLS 1.3."""
    flight = Flight()
    try:
        _hello(flight, content)
    except Malformed:
        return None
    return flight.group


def early_data(content: bytes) -> int | None:
    """The bytes that a NewSessionTicket allows before the next handshake is over."""
    parts = _Parts(content)
    try:
        parts.take(8)  # its life and what is added to its age
        parts.vector(1)
        parts.vector(2)
        allowed = _extensions(parts.vector(2)).get(Extension.EARLY_DATA)
    except Malformed:
        return None
    return int.from_bytes(allowed, "big") if allowed and len(allowed) == 4 else 0


def spoken_by_ssl2(content: bytes) -> bool | None:
    """Whether the answer to a hello of SSLv2 begins a handshake of it; None when nobody can tell.

    False is its error message, an alert of TLS, or a hello that offers no cipher at all.
    """
    if len(content) >= 7 and content[0] == _ALERT and content[1] == 3:
        return False
    two_octets = bool(content[:1] and content[0] & 0x80)
    message = content[2 if two_octets else 3 :]
    if len(message) < 1:
        return None
    if message[0] == 0 and len(message) == 3:  # ERROR and its code
        return False
    if message[0] != 4 or len(message) < 11 or message[3:5] != b"\x00\x02":
        return None
    return int.from_bytes(message[7:9], "big") > 0
