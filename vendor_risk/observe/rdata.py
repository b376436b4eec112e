"""The records of a DNS response as text."""

import re
import socket
import struct
from collections.abc import Collection
from dataclasses import dataclass

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from dns.rdtypes.txtbase import TXTBase

_MOST_RECORDS = 256  # of one answer; a real one has a few dozen at most
_MOST_WALKED = 1024  # of one section
_MOST_ALIASES = 16  # as dnspython: resolvers give up before
_MOST_CHARACTERS = 65_536  # of one record: what its length field can say (RFC 1035 3.2.1)
_NAMED = frozenset(
    dns.rdatatype.from_text(type) for type in ("NS", "CNAME", "DNAME", "MX", "PTR", "SOA", "SRV")
)
_PLAIN = re.compile(rb"[a-zA-Z0-9_*-]+(?:\.[a-zA-Z0-9_*-]+)*")
_MOST_OCTETS = 255  # of a name on the wire, RFC 1035 2.3.4
_LONGEST = 63  # octets of a label
_POINTER = 0xC0  # the two bits that make two octets a pointer, RFC 1035 4.1.4
_IPV4 = 4  # octets
_SHAPES = {  # octets of a number, names, octets of more numbers
    int(dns.rdatatype.NS): (0, 1, 0),
    int(dns.rdatatype.CNAME): (0, 1, 0),
    int(dns.rdatatype.MX): (2, 1, 0),
    int(dns.rdatatype.SOA): (0, 2, 20),
}
_COUNTS = struct.Struct("!HHHH")
_FIXED = struct.Struct("!HHIH")  # type, class, time to live, length


@dataclass(frozen=True, slots=True)
class _Record:
    """Where a record lies in the packet; the name in lower case, without the final dot."""

    name: str
    type: int
    start: int
    length: int


class Response:
    """The records of one response, each read when somebody wants it.

    Plain names and the records of every day are read here, all others by dnspython, whose objects
    for each of them would take half of the time of a look. DNSException or struct.error where the
    packet is no response that can be read.
    """

    def __init__(self, packet: bytes) -> None:
        self._packet = packet
        questions, answers, self._authorities, _ = _COUNTS.unpack_from(packet, 4)
        at, self._asked, self._type = 12, "", 0
        for _ in range(questions):
            self._asked, used = _name(packet, at)
            (self._type,) = struct.unpack_from("!H", packet, at + used)
            at += used + 4
        self._answers, self._end = self._section(at, answers)
        self._at, self._cnames = self._chain()

    def records(self, type: str) -> tuple[str, ...]:
        """The records of a type at the name asked or where its aliases lead.

        They are sorted, since resolvers rotate them and two looks must compare equal.
        """
        wanted = dns.rdatatype.from_text(type)
        found = [each for each in self._answers if (each.name, each.type) == (self._at, wanted)]
        return tuple(sorted(self._text(each) for each in found[:_MOST_RECORDS]))

    def aliases(self) -> tuple[tuple[str, str], ...]:
        """The CNAMEs that lead from the name asked to its records: each name and its target."""
        return self._cnames

    def signatures(self, type: str) -> tuple[str, ...]:
        """The RRSIG records of a type at the name that was asked, where there are any."""
        covered = struct.pack("!H", dns.rdatatype.from_text(type))
        found = [
            each
            for each in self._answers
            if (each.name, each.type) == (self._asked, dns.rdatatype.RRSIG)
            and self._packet[each.start : each.start + 2] == covered
        ]
        return tuple(sorted(self._text(each) for each in found[:_MOST_RECORDS]))

    def zone(self, known: Collection[str] = ()) -> tuple[str, str] | None:
        """The zone that says no, with its SOA record (RFC 2308 section 3); None beside records.

        None also for a zone that is `known`, so that its record is not read again.
        """
        if any(each.name == self._at and each.type != _CNAME for each in self._answers):
            return None
        authority, _ = self._section(self._end, self._authorities)
        for each in authority:
            within = self._at == each.name or self._at.endswith("." + each.name)
            if each.type == dns.rdatatype.SOA and (within or each.name == "."):
                return None if each.name in known else (each.name, self._text(each))
        return None

    def _chain(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The name where the records lie, and the CNAMEs on the way; no name for a circle."""
        leads = {each.name: each for each in reversed(self._answers) if each.type == _CNAME}
        others = {each.name for each in self._answers if each.type != _CNAME}
        at, cnames = self._asked, list[tuple[str, str]]()
        while at in leads and at not in others and self._type != _CNAME:
            target = self._text(leads[at])
            cnames.append((at, target))
            at = target
            if len(cnames) > _MOST_ALIASES:
                return "", ()
        return at, tuple(cnames)

    def _section(self, at: int, count: int) -> tuple[tuple[_Record, ...], int]:
        """The records of a section, and where it ends."""
        found = []
        for _ in range(min(count, _MOST_WALKED)):
            name, used = _name(self._packet, at)
            type, kind, _, length = _FIXED.unpack_from(self._packet, at + used)
            at += used + _FIXED.size
            if at + length > len(self._packet):
                raise dns.exception.FormError
            if kind == dns.rdataclass.IN:
                found.append(_Record(name, type, at, length))
            at += length
        return tuple(found), at

    def _text(self, record: _Record) -> str:
        plain = _plain_text(self._packet, record)
        if plain is not None:
            return plain
        kind, type = dns.rdataclass.IN, dns.rdatatype.RdataType.make(record.type)
        return text(dns.rdata.from_wire(kind, type, self._packet, record.start, record.length))


_CNAME = dns.rdatatype.CNAME


def _name(packet: bytes, at: int) -> tuple[str, int]:
    """A name in lower case without the final dot, and how many bytes it takes where it stands."""
    plain = _plain_name(packet, at)
    if plain is not None:
        return plain
    name, used = dns.name.from_wire(packet, at)
    return _undotted(name.to_text().lower()), used


def _plain_name(packet: bytes, at: int) -> tuple[str, int] | None:
    """The same where the name is made of letters, digits, hyphens, underscores and asterisks."""
    labels: list[bytes] = []
    first = begun = at
    end, room = 0, _MOST_OCTETS
    try:
        while (length := packet[at]) and room > 0:
            if length <= _LONGEST:
                labels.append(packet[at + 1 : at + 1 + length])
                at, room = at + 1 + length, room - 1 - length
                continue
            if length < _POINTER:
                return None
            target = (length - _POINTER) << 8 | packet[at + 1]
            # backwards, from where this part of the name began, so that no circle is walked
            if target >= begun:
                return None
            end = end or at + 2
            begun = at = target
    except IndexError:
        return None
    name = b".".join(labels)
    if room <= 1 or not _PLAIN.fullmatch(name) or name.count(b".") != len(labels) - 1:
        return None
    return name.decode("ascii").lower(), (end or at + 1) - first


def _plain_text(packet: bytes, record: _Record) -> str | None:
    """An address, a text, or a record of names, as `text` writes it; None for whatever is odd."""
    at, end = record.start, record.start + record.length
    if record.type == dns.rdatatype.A:
        return socket.inet_ntoa(packet[at:end]) if record.length == _IPV4 else None
    if record.type == dns.rdatatype.TXT:
        return _plain_strings(packet, at, end)
    head, names, tail = _SHAPES.get(record.type, (0, 0, 0))
    words = [str(int.from_bytes(packet[at : at + head], "big"))] if head else []
    at += head
    for _ in range(names):
        name = _plain_name(packet, at)
        if name is None:
            return None
        words.append(name[0])
        at += name[1]
    if not names or end - at != tail:
        return None
    words += [str(number) for (number,) in struct.iter_unpack("!I", packet[at:end])]
    return " ".join(words)


def _plain_strings(packet: bytes, at: int, end: int) -> str | None:
    strings = []
    while at < end:
        following = at + 1 + packet[at]
        strings.append(packet[at + 1 : following])
        at = following
    if at != end or not strings:
        return None
    joined = _unquoted(b"".join(strings).decode("utf-8", "replace"))
    return joined.replace("\0", "\ufffd")[:_MOST_CHARACTERS]


def text(rdata: dns.rdata.Rdata) -> str:
    """One record: TXT strings joined, names in lower case without the final dot, else as dig."""
    if isinstance(rdata, TXTBase):
        shown = _unquoted(b"".join(rdata.strings).decode("utf-8", "replace"))
    elif rdata.rdtype in _NAMED:
        shown = " ".join(_undotted(word) for word in rdata.to_text().lower().split(" "))
    else:
        shown = rdata.to_text()
    return shown.replace("\0", "\ufffd")[:_MOST_CHARACTERS]  # databases refuse NUL in JSON


def _undotted(word: str) -> str:
    return word if word == "." else word.removesuffix(".")


def _unquoted(text: str) -> str:
    """The text as it is; one that begins with a quotation mark in the form of zone files.

    Readers take a leading quotation mark for that form.
    """
    if not text.startswith('"'):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
