"""What a receiver meets that tries every term of an SPF record (RFC 7208 section 4.6).

The worst case counts: mail from a stranger matches no term, so every one before `all` is tried and
every include is read to its end. Terms behind `all`, and a redirect beside one, are never tried
(sections 5.1 and 6.1).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from vendor_risk.checks.lookup import lookup
from vendor_risk.checks.names import plain
from vendor_risk.checks.observations import Answer, Dns, DnsStatus
from vendor_risk.checks.spf import Spf, Term, expand, operand, parse, records

LOOKUPS_ALLOWED = 10  # section 4.6.4
VOIDS_ALLOWED = 2  # section 4.6.4
EXCHANGES_ALLOWED = 10  # section 4.6.4: names that one `mx` may lead to
_COUNTED = frozenset(("include", "a", "mx", "ptr", "exists"))
_MOST_LOOKUPS = 50  # where the counting stops: the record is five times over the limit


@dataclass(frozen=True, slots=True)
class Placed:
    """A term and the name whose record it stands in; `passes` where whom it matches may send."""

    term: Term
    at: str
    passes: bool

    def __str__(self) -> str:
        return f"{self.term.text[:80]} ({self.at})"


@dataclass(slots=True)
class Reading:
    """One record read to its end, with everything that it includes.

    `faults` make receivers answer `permerror`. `silent` are questions whose missing answer may hide
    more of the record, `open` those that may or may not be void. `depends` are terms that lead
    somewhere else with every message. `wants` are the address questions that tell void look-ups.
    """

    faults: dict[str, None] = field(default_factory=dict)
    terms: list[Placed] = field(default_factory=list)
    lookups: list[Placed] = field(default_factory=list)
    voids: list[Placed] = field(default_factory=list)
    crowded: list[Placed] = field(default_factory=list)
    loops: list[Placed] = field(default_factory=list)
    silent: list[Answer] = field(default_factory=list)
    open: list[Answer] = field(default_factory=list)
    depends: list[Placed] = field(default_factory=list)
    wants: dict[tuple[str, str], None] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """Whether the counting has stopped."""
        return len(self.lookups) >= _MOST_LOOKUPS


def read(dns: Dns, name: str) -> Reading:
    """Try every term of the SPF record of a name; nothing where it has none."""
    reading = Reading()
    start = plain(name)
    _Walk(dns, start, reading).record(start, (start,), passes=True)
    return reading


@dataclass(frozen=True, slots=True)
class _Walk:
    dns: Dns
    sender: str
    reading: Reading

    def record(self, at: str, path: tuple[str, ...], *, passes: bool) -> None:
        """Try the record of a name; `path` are the names above it, itself included."""
        reading = self.reading
        answer = lookup(self.dns, at, "TXT")
        if not answer.known:
            reading.silent.append(answer)
            return
        found = records(answer)
        if len(found) != 1:
            count = "more than one SPF record" if found else "no SPF record"
            reading.faults[f"{at} has {count}"] = None
            return
        record = parse(found[0])
        where = "" if at == self.sender else f" (in the record of {at})"
        reading.faults |= dict.fromkeys(fault + where for fault in record.faults)
        for term in record.mechanisms:
            placed = Placed(term, at, passes and term.qualifier == "+")
            reading.terms.append(placed)
            if term.name in _COUNTED and not reading.full:
                reading.lookups.append(placed)
                self._try(placed, path)
        self._redirect(record, at, path, passes=passes)

    def _redirect(self, record: Spf, at: str, path: tuple[str, ...], *, passes: bool) -> None:
        if record.all is not None or self.reading.full:
            return
        for term in record.terms:
            if term.modifier and term.name == "redirect" and not term.fault:
                placed = Placed(term, at, passes)
                self.reading.lookups.append(placed)
                self._follow(placed, path)
                return

    def _try(self, placed: Placed, path: tuple[str, ...]) -> None:
        """Look up what a mechanism names."""
        term, at = placed.term, placed.at
        if term.name == "include":
            self._follow(placed, path)
            return
        spec = operand(term)[0] if term.name in ("a", "mx") else term.value
        name = expand(spec, at, self.sender) if spec else at
        if term.name == "ptr" or name is None:
            return  # what they look up differs with every message
        if term.name == "mx":
            self._exchanges(placed, name)
        elif self._is_void(name, ("A",) if term.name == "exists" else ("A", "AAAA")):
            self.reading.voids.append(placed)

    def _exchanges(self, placed: Placed, name: str) -> None:
        answer = self._asked(name, "MX")
        if not answer.known:
            self.reading.silent.append(answer)
        elif not answer.rdata:
            self.reading.voids.append(placed)
        elif len(answer.rdata) > EXCHANGES_ALLOWED:
            self.reading.crowded.append(placed)

    def _is_void(self, name: str, types: tuple[str, ...]) -> bool:
        """Whether no sender gets an address, whichever version of IP he uses."""
        for type in types:
            answer = self._asked(name, type)
            if answer.status is DnsStatus.NXDOMAIN:
                return True
            if not answer.known:
                self.reading.open.append(answer)
                return False
            if answer.rdata:
                return False
        return True

    def _asked(self, name: str, type: str) -> Answer:
        self.reading.wants[name, type] = None
        return lookup(self.dns, name, type)

    def _follow(self, placed: Placed, path: tuple[str, ...]) -> None:
        """Read the record that an include or a redirect leads to."""
        name = expand(placed.term.value, placed.at, self.sender)
        if name is None:
            self.reading.depends.append(placed)
        elif name in path:
            self.reading.loops.append(placed)
        else:
            answer = lookup(self.dns, name, "TXT")
            if answer.known and not answer.rdata:
                self.reading.voids.append(placed)
            self.record(name, (*path, name), passes=placed.passes)


def addresses_wanted(dns: Dns, name: str) -> Iterator[tuple[str, str]]:
    """The questions that tell the void look-ups of a name's record, once its includes are read.

    A record that is over the limit anyway is not worth them.
    """
    reading = read(dns, name)
    unread = any(
        answer.type == "TXT" and answer.status is DnsStatus.NOT_ASKED for answer in reading.silent
    )
    if not unread and len(reading.lookups) <= LOOKUPS_ALLOWED:
        yield from reading.wants


def prefix(term: Term) -> int | None:
    """The length of the IPv4 network that a readable term names, None where it names none."""
    if term.name == "ip4":
        return int(term.value.partition("/")[2] or 32)
    return operand(term)[1] if term.name in ("a", "mx") else None


def long_prefix(term: Term) -> int | None:
    """The same for an IPv6 network."""
    return int(term.value.partition("/")[2] or 128) if term.name == "ip6" else None
