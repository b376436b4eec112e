"""The records of a DNS response as text."""

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

    dnspython reads names and records; it is spared the objects for the rest of the packet, which
    would take half of the time of a look. DNSException or struct.error where the packet is no
    response that can be read.
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
        kind, type = dns.rdataclass.IN, dns.rdatatype.RdataType.make(record.type)
        return text(dns.rdata.from_wire(kind, type, self._packet, record.start, record.length))


_CNAME = dns.rdatatype.CNAME


def _name(packet: bytes, at: int) -> tuple[str, int]:
    """A name in lower case without the final dot, and how many bytes it takes where it stands."""
    name, used = dns.name.from_wire(packet, at)
    return _undotted(name.to_text().lower()), used


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
