"""Asks DNS questions, many at a time, and says what became of each."""

import select
import socket
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode

from vendor_risk.checks.observations import Answer, Dnssec, DnsStatus
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.network import ResolverDown, server_text
from vendor_risk.observe.packet import DO, Head, Query, head, query
from vendor_risk.observe.rdata import Response

Question = tuple[str, str]  # name, type
Server = tuple[str, int]  # address, port

_TRIES = (2.0, 4.0)  # seconds that each resolver has, in the first and in the second round
# More at once lost packets: of 1,600 simultaneous questions, 20 of 300 hosts timed out.
_IN_FLIGHT = threading.BoundedSemaphore(64)
# What loses packets is the burst. A question of dead name servers gives its place up while it still
# waits, and no look takes more than a few, so that a handful of dead zones delays nobody.
_SLOT_SECONDS = 0.3
_SLOTS_OF_A_LOOK = 8
_MOST_SOCKETS = 32  # of one look: a process may have 1,024 files open
# The AD bit says all that is wanted of other signatures, and they cost time to parse. A question of
# type RRSIG is no way around: resolvers hand out whatever they happen to hold, unverified.
_WITH_SIGNATURES = frozenset({"DNSKEY"})
_TCP_SECONDS = 1.0  # for an answer that does not fit into a packet
_MOST_BY_TCP = 8  # of one round
_PAUSE = 0.1  # seconds between two looks at the slots
_BOGUS_ERRORS = frozenset(range(6, 13))  # from "DNSSEC Bogus" to "NSEC Missing"
_STATUS = {
    dns.rcode.NOERROR: DnsStatus.NOERROR,
    dns.rcode.NXDOMAIN: DnsStatus.NXDOMAIN,
}


@dataclass(frozen=True, slots=True)
class _Reply:
    """One answer, and what else the response says."""

    answer: Answer
    aliases: tuple[tuple[str, str], ...] = ()
    beside: tuple[Answer, ...] = ()  # what else it answers: signatures of keys, the SOA of a zone
    refused: bool = False
    bogus: bool = False  # the resolver itself says that signatures do not verify


@dataclass(slots=True)
class _Flight:
    """A question on its way."""

    question: Question
    query: Query
    wire: socket.socket
    sent: float
    holds_slot: bool = True

    def free_slot(self) -> None:
        """Lets somebody else ask."""
        if self.holds_slot:
            self.holds_slot = False
            _IN_FLIGHT.release()

    def land(self) -> None:
        """Ends the wait."""
        self.wire.close()
        self.free_slot()


class Resolver:
    """The resolvers as one look at one host uses them; it asks no question twice.

    `deadline` may be moved between questions.
    """

    def __init__(self, servers: Sequence[Server], deadline: Deadline) -> None:
        self._servers = list(servers)
        self.deadline = deadline
        self._replies: dict[Question, _Reply] = {}
        self._zones: set[str] = set()  # whose SOA record came beside an answer
        self._heard = False

    def ask(self, questions: Iterable[Question]) -> tuple[Answer, ...]:
        """An answer to each question, in order; ResolverDown when no resolver says anything.

        Each resolver is asked twice before a question counts as timed out or failed.
        """
        wanted = tuple(dict.fromkeys((name.rstrip(".").lower(), type) for name, type in questions))
        self._ask([question for question in wanted if question not in self._replies])
        return tuple(self._replies[question].answer for question in wanted)

    def records(self) -> tuple[Answer, ...]:
        """Every answer so far, with what came beside it as answers of their own.

        Those are the CNAMEs that were met on the way, the signatures of keys (type RRSIG), and the
        SOA that comes with every "no".
        """
        answers = {question: reply.answer for question, reply in tuple(self._replies.items())}
        for reply in tuple(self._replies.values()):
            for name, target in reply.aliases:
                alias = Answer(name, "CNAME", DnsStatus.NOERROR, (target,))
                answers.setdefault((name, "CNAME"), alias)
            for beside in reply.beside:
                answers.setdefault((beside.name, beside.type), beside)
        return tuple(answers.values())

    def dnssec(self, host: str, organisation: str) -> Dnssec:
        """What the resolver says of a host's addresses; `organisation` is its registrable domain.

        No AD bit means "insecure" only where that is proven: there is no DS record, or there is
        one and the resolver vouches for it, hence validates and found the host outside the chain.
        A failure is "bogus" where the resolver says so, or where the zone is signed and an answer
        comes whenever nobody checks it, and only then.
        """
        address = self._of_address(host)
        if address.answer.authentic:
            return Dnssec.SECURE
        if address.answer.status is DnsStatus.SERVFAIL:
            if not self._is_bogus((host, address.answer.type), address, organisation):
                return Dnssec.UNKNOWN
            self._reply(host, "CNAME")  # where the alias itself verifies, its target does not
            return Dnssec.BOGUS
        if not address.answer.known:
            return Dnssec.UNKNOWN
        signer = self._reply(organisation, "DS")
        if signer.answer.status is not DnsStatus.NOERROR:
            return Dnssec.UNKNOWN
        if signer.answer.rdata and not signer.answer.authentic:
            return Dnssec.UNKNOWN
        return Dnssec.INSECURE

    def _reply(self, name: str, type: str) -> _Reply:
        (answer,) = self.ask([(name, type)])
        return self._replies[(answer.name, answer.type)]

    def _of_address(self, host: str) -> _Reply:
        """The reply for A, or for AAAA where only that has addresses."""
        four, six = self._reply(host, "A"), self._reply(host, "AAAA")
        return six if six.answer.rdata and not four.answer.rdata else four

    def _ask(self, wanted: list[Question]) -> None:
        for seconds in _TRIES:
            for server in tuple(self._servers):
                if wanted and not self.deadline.passed:
                    wanted = self._ask_one(server, wanted, seconds)
        for question in wanted:
            self._replies.setdefault(question, _Reply(Answer(*question, DnsStatus.TIMEOUT)))
        if wanted and not self._heard:
            self._make_sure_of_life()

    def _ask_one(self, server: Server, wanted: list[Question], seconds: float) -> list[Question]:
        """The questions that are still without an answer after asking one resolver."""
        replies = _exchange(server, wanted, self.deadline.within(seconds), zones=self._zones)
        self._replies.update(replies)
        if any(not reply.refused for reply in replies.values()):
            self._heard = True
        elif len(self._servers) > 1:  # a dead one must not cost its time again
            self._servers = [*(each for each in self._servers if each != server), server]
        return [
            question
            for question in wanted
            if question not in replies or not replies[question].answer.known
        ]

    def _make_sure_of_life(self) -> None:
        """Tells dead name servers of a vendor from dead resolvers of ours.

        The root is asked for as often as anything else: one lost packet must not fail a scan.
        """
        root = (".", "NS")
        refused = any(reply.refused for reply in self._replies.values())
        for server, seconds in ((each, try_) for try_ in _TRIES for each in self._servers):
            replies = _exchange(server, [root], Deadline.after(seconds), zones=self._zones)
            if root in replies and not replies[root].refused:
                self._heard = True
                return
            refused = refused or root in replies
        names = ", ".join(server_text(server) for server in self._servers)
        trouble = "refuses to answer" if refused else "does not answer"
        raise ResolverDown(
            f"The DNS resolver {names} {trouble}. Check the network, or set VENDOR_RISK_RESOLVERS "
            "to the address of a resolver that works."
        )

    def _is_bogus(self, question: Question, failure: _Reply, organisation: str) -> bool:
        """Whether a question fails because of signatures, and not because of failing servers."""
        if failure.bogus:
            return True
        delegation = self._reply(organisation, "DS").answer
        if delegation.status is DnsStatus.NOERROR and not delegation.rdata:
            return False
        for server in self._servers:
            if self._fails(server, question, dns.flags.CD) is False:
                return self._fails(server, question) is True
        return False

    def _fails(self, server: Server, question: Question, flags: int = 0) -> bool | None:
        """Whether one resolver has no answer; None when it says nothing."""
        deadline = self.deadline.within(_TRIES[0])
        replies = _exchange(server, [question], deadline, zones=self._zones, flags=flags)
        return not replies[question].answer.known if question in replies else None


def _exchange(
    server: Server,
    questions: Sequence[Question],
    deadline: Deadline,
    *,
    zones: set[str],
    flags: int = 0,
) -> dict[Question, _Reply]:
    """The replies that come from one resolver in time; questions without one are missing.

    `zones` are those whose SOA record is known already, and grow.
    """
    replies: dict[Question, _Reply] = {}
    cut: list[_Flight] = []
    waiting = deque(questions)
    flying: dict[int, _Flight] = {}
    poll = select.poll()
    try:
        while (waiting or flying) and not deadline.passed:
            _free_old_slots(flying)
            while waiting and _may_send(flying, deadline):
                flight = _send(server, waiting.popleft(), flags)
                if flight is None:
                    _IN_FLIGHT.release()
                    continue
                flying[flight.wire.fileno()] = flight
                poll.register(flight.wire, select.POLLIN)
            held = waiting or any(flight.holds_slot for flight in flying.values())
            pause = min(_PAUSE, deadline.left) if held else deadline.left
            for number, _ in poll.poll(pause * 1000) if flying else ():
                flight = flying[number]
                landed, reply = _receive(flight, zones, cut)
                if reply is not None:
                    replies[flight.question] = reply
                if landed:
                    poll.unregister(number)
                    flying.pop(number).land()
    finally:
        for flight in flying.values():
            flight.land()
    for flight in cut[:_MOST_BY_TCP]:  # after the others, which must not wait for them
        reply = _by_tcp(flight, server, zones)
        if reply is not None:
            replies[flight.question] = reply
    return replies


def _free_old_slots(flying: dict[int, _Flight]) -> None:
    now = time.monotonic()
    for flight in flying.values():
        if now - flight.sent > _SLOT_SECONDS:
            flight.free_slot()


def _may_send(flying: dict[int, _Flight], deadline: Deadline) -> bool:
    """Takes a slot where one is free; waits for it only when there is nothing else to wait for."""
    slots = sum(flight.holds_slot for flight in flying.values())
    if slots >= _SLOTS_OF_A_LOOK or len(flying) >= _MOST_SOCKETS:
        return False
    if flying:
        return _IN_FLIGHT.acquire(blocking=False)
    return _IN_FLIGHT.acquire(timeout=deadline.left)


def _send(server: Server, question: Question, flags: int) -> _Flight | None:
    """The question on its way from a port of its own; None when it cannot be asked."""
    name, type = question
    signed = DO if type in _WITH_SIGNATURES else 0
    packet = query(name, type, flags, extended=signed)
    if packet is None:
        return None
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    try:
        wire = socket.socket(family, socket.SOCK_DGRAM)
    except OSError:  # no file left
        return None
    try:
        wire.setblocking(False)
        wire.connect(server)  # so that the kernel drops packets of anybody else
        wire.send(packet.wire)
    except OSError:
        wire.close()
        return None
    return _Flight(question, packet, wire, time.monotonic())


def _receive(flight: _Flight, zones: set[str], cut: list[_Flight]) -> tuple[bool, _Reply | None]:
    """Whether the question has landed, and with which reply; those `cut` short grow."""
    try:
        packet = flight.wire.recv(65535)
    except BlockingIOError:
        return False, None
    except OSError:  # nobody listens there
        return True, None
    told = head(packet, flight.query)
    if told is None:
        return False, None
    if told.truncated:
        cut.append(flight)
        return True, None
    return True, _told(flight, packet, zones)


def _told(flight: _Flight, packet: bytes, zones: set[str]) -> _Reply:
    try:
        return _read(flight.question, packet, head(packet, flight.query), zones)
    except Exception:  # what a hostile zone makes a resolver send may trip the parser anywhere
        return _Reply(Answer(*flight.question, DnsStatus.SERVFAIL))


def _by_tcp(flight: _Flight, server: Server, zones: set[str]) -> _Reply | None:
    """The reply to a question whose answer did not fit into a packet; None where none comes."""
    try:
        asked = dns.message.from_wire(flight.query.wire)
        whole = dns.query.tcp(asked, server[0], _TCP_SECONDS, server[1])
    except (OSError, EOFError, dns.exception.Timeout):
        return None
    except Exception:
        return _Reply(Answer(*flight.question, DnsStatus.SERVFAIL))
    return _told(flight, whole.wire or b"", zones)


def _read(question: Question, packet: bytes, told: Head | None, zones: set[str]) -> _Reply:
    """What a response says; `zones` are those whose SOA record is known, and grow."""
    if told is None or not told.plain:
        return _failure(question, packet)
    name, type = question
    response = Response(packet)
    status = _STATUS[dns.rcode.Rcode(told.rcode)]
    beside = []
    zone = response.zone(zones)
    if zone is not None:
        zones.add(zone[0])
        beside.append(Answer(zone[0], "SOA", DnsStatus.NOERROR, (zone[1],), told.authentic))
    signed = response.signatures(type) if type in _WITH_SIGNATURES else ()
    if signed:
        beside.append(Answer(name, "RRSIG", DnsStatus.NOERROR, signed, told.authentic))
    answer = Answer(name, type, status, response.records(type), told.authentic)
    return _Reply(answer, response.aliases(), tuple(beside))


def _failure(question: Question, packet: bytes) -> _Reply:
    """What a response says that is no answer, with the extended error (RFC 8914) where it has one.

    The signatures are to blame where that says so.
    """
    response = dns.message.from_wire(packet, ignore_trailing=True)
    bogus = response.rcode() == dns.rcode.SERVFAIL and any(
        isinstance(option, dns.edns.EDEOption) and int(option.code) in _BOGUS_ERRORS
        for option in response.options
    )
    status = _STATUS.get(response.rcode(), DnsStatus.SERVFAIL)
    refused = response.rcode() == dns.rcode.REFUSED
    return _Reply(Answer(*question, status), refused=refused, bogus=bogus)
