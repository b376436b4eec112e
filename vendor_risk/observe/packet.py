"""DNS packets: a query as bytes, and what the header of its response says."""

import re
import secrets
import struct
from dataclasses import dataclass

import dns.exception
import dns.name
import dns.rdatatype

_HEADER = struct.Struct("!HHHHHH")
_PAYLOAD = 1232  # bytes that pass every path unfragmented (DNS flag day 2020)
DO = 0x8000  # of the extended flags: send signatures too (RFC 3225)
_OPT_LENGTH = 11  # without options
_OPT = b"\0" + struct.pack("!H", 41)  # RFC 6891: the root's name, and the type
_PLAIN = re.compile(r"[a-z0-9_*-]{1,63}(?:\.[a-z0-9_*-]{1,63})*", re.ASCII)
_IN = 1
_RD, _AD = 0x0100, 0x0020
_QR, _OPCODE, _TC, _RCODE = 0x8000, 0x7800, 0x0200, 0x000F
_NOERROR, _NXDOMAIN = 0, 3


@dataclass(frozen=True, slots=True)
class Query:
    """One question on the wire, with an id of its own."""

    wire: bytes
    asked: bytes  # its question section

    @property
    def id(self) -> bytes:
        """The two bytes by which a response is known."""
        return self.wire[:2]


def query(name: str, type: str, flags: int = 0, *, extended: int = 0) -> Query | None:
    """The query for a question (AD set: tell whether you vouch); None when it cannot be asked."""
    try:
        asked = _name(name) + struct.pack("!HH", dns.rdatatype.from_text(type), _IN)
    except (dns.exception.DNSException, UnicodeError, ValueError):
        return None
    head = _HEADER.pack(secrets.randbits(16), _RD | _AD | flags, 1, 0, 0, 1)
    opt = _OPT + struct.pack("!HIH", _PAYLOAD, extended, 0)  # version 0, no options
    return Query(head + asked + opt, asked)


def _name(name: str) -> bytes:
    if len(name) < 254 and _PLAIN.fullmatch(name):
        labels = name.encode().split(b".")
        return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"
    return dns.name.from_text(name).to_wire() or b""


@dataclass(frozen=True, slots=True)
class Head:
    """What the header of a response says."""

    rcode: int
    authentic: bool
    truncated: bool
    plain: bool  # surely an answer, be it with nothing: no code that is no answer


def head(packet: bytes, query: Query) -> Head | None:
    """The header of a response; None for a packet that is no response to this query."""
    if len(packet) < _HEADER.size or packet[:2] != query.id:
        return None
    _, flags, questions, answers, _, additional = _HEADER.unpack_from(packet)
    if not flags & _QR or flags & _OPCODE:
        return None
    end = _HEADER.size + len(query.asked)
    same = packet[_HEADER.size : end].lower() == query.asked.lower()
    rcode = flags & _RCODE
    # name servers that refuse or fail may leave the question out
    if not same and (questions or rcode in (_NOERROR, _NXDOMAIN)):
        return None
    known = rcode in (_NOERROR, _NXDOMAIN)
    plain = known and (answers > 0 or _extends_nothing(packet, additional))
    return Head(rcode, bool(flags & _AD), bool(flags & _TC), plain)


def _extends_nothing(packet: bytes, additional: int) -> bool:
    """Whether no OPT record changes the meaning of the header (RFC 6891 section 6.1.3)."""
    if additional == 0:
        return True
    last = packet[-_OPT_LENGTH:]
    extended = last[5:6]
    return additional == 1 and last[:3] == _OPT and extended == b"\0" and last[-2:] == b"\0\0"
