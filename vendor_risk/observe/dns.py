"""Asks DNS questions, many at a time, and says what became of each."""

import secrets
import select
import socket
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype

from vendor_risk.checks.observations import Answer, Dnssec, DnsStatus
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.network import ResolverDown, server_text
from vendor_risk.observe.rdata import aliases, records

Question = tuple[str, str]  # name, type
Server = tuple[str, int]  # address, port

_TRIES = (2.0, 4.0)  # seconds that each resolver has, in the first and in the second round
_PAYLOAD = 1232  # bytes that pass every path unfragmented (DNS flag day 2020)
# More at once lost packets: of 1,600 simultaneous questions, 20 of 300 hosts timed out.
_IN_FLIGHT = threading.BoundedSemaphore(64)
_STATUS = {
    dns.rcode.NOERROR: DnsStatus.NOERROR,
    dns.rcode.NXDOMAIN: DnsStatus.NXDOMAIN,
}


@dataclass(frozen=True, slots=True)
class _Reply:
    """One answer, and whether the resolver vouches for it by DNSSEC (the AD bit)."""

    answer: Answer
    aliases: tuple[tuple[str, str], ...] = ()
    authentic: bool = False
    refused: bool = False


@dataclass(slots=True)
class _Flight:
    """A question on its way."""

    question: Question
    query: dns.message.QueryMessage
    wire: socket.socket


class Resolver:
    """The resolvers as one look at one host uses them; it asks no question twice.

    `deadline` may be moved between questions.
    """

    def __init__(self, servers: Sequence[Server], deadline: Deadline) -> None:
        self._servers = list(servers)
        self.deadline = deadline
        self._replies: dict[Question, _Reply] = {}
        self._heard = False

    def ask(self, questions: Iterable[Question]) -> tuple[Answer, ...]:
        """An answer to each question, in order; ResolverDown when no resolver says anything.

        Each resolver is asked twice before a question counts as timed out or failed.
        """
        wanted = tuple(dict.fromkeys((name.rstrip(".").lower(), type) for name, type in questions))
        self._ask([question for question in wanted if question not in self._replies])
        return tuple(self._replies[question].answer for question in wanted)

    def records(self) -> tuple[Answer, ...]:
        """Every answer so far, with the CNAMEs that were met on the way as answers of their own."""
        answers = {question: reply.answer for question, reply in tuple(self._replies.items())}
        for reply in tuple(self._replies.values()):
            for name, target in reply.aliases:
                alias = Answer(name, "CNAME", DnsStatus.NOERROR, (target,))
                answers.setdefault((name, "CNAME"), alias)
        return tuple(answers.values())

    def dnssec(self, host: str, organisation: str) -> Dnssec:
        """What the resolver says of a host's addresses; `organisation` is its registrable domain.

        No AD bit means "insecure" only where that is proven: there is no DS record, or there is
        one and the resolver vouches for it, hence validates and found the host outside the chain.
        """
        address = self._of_address(host)
        if address.authentic:
            return Dnssec.SECURE
        if address.answer.status is DnsStatus.SERVFAIL:
            unchecked = self._unchecked((host, address.answer.type))
            return Dnssec.BOGUS if unchecked else Dnssec.UNKNOWN
        if not address.answer.known:
            return Dnssec.UNKNOWN
        signer = self._reply(organisation, "DS")
        if signer.answer.status is not DnsStatus.NOERROR:
            return Dnssec.UNKNOWN
        if signer.answer.rdata and not signer.authentic:
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
        replies = _exchange(server, wanted, self.deadline.within(seconds))
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
        """Tells dead name servers of a vendor from dead resolvers of ours."""
        root = (".", "NS")
        refused = any(reply.refused for reply in self._replies.values())
        for server in self._servers:
            replies = _exchange(server, [root], Deadline.after(_TRIES[0]))
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

    def _unchecked(self, question: Question) -> bool:
        """Whether a question that fails has an answer once nobody checks the signatures (CD)."""
        for server in self._servers:
            replies = _exchange(server, [question], self.deadline.within(_TRIES[0]), dns.flags.CD)
            if question in replies and replies[question].answer.known:
                return True
        return False


def _exchange(
    server: Server, questions: Sequence[Question], deadline: Deadline, flags: int = 0
) -> dict[Question, _Reply]:
    """The replies that come from one resolver in time; questions without one are missing."""
    replies: dict[Question, _Reply] = {}
    waiting = deque(questions)
    flying: dict[int, _Flight] = {}
    poll = select.poll()
    try:
        while (waiting or flying) and not deadline.passed:
            while waiting and _IN_FLIGHT.acquire(
                blocking=not flying, timeout=None if flying else deadline.left
            ):
                flight = _send(server, waiting.popleft(), flags)
                if flight is None:
                    _IN_FLIGHT.release()
                    continue
                flying[flight.wire.fileno()] = flight
                poll.register(flight.wire, select.POLLIN)
            for number, _ in poll.poll(deadline.left * 1000) if flying else ():
                flight = flying[number]
                landed, reply = _receive(flight, server, deadline)
                if reply is not None:
                    replies[flight.question] = reply
                if landed:
                    poll.unregister(number)
                    _land(flying.pop(number))
    finally:
        for flight in flying.values():
            _land(flight)
    return replies


def _land(flight: _Flight) -> None:
    flight.wire.close()
    _IN_FLIGHT.release()


def _send(server: Server, question: Question, flags: int) -> _Flight | None:
    """The question on its way from a port of its own; None when it cannot be asked."""
    name, type = question
    try:
        query = dns.message.make_query(
            dns.name.from_text(name), type, use_edns=0, payload=_PAYLOAD, id=secrets.randbits(16)
        )
    except (dns.exception.DNSException, UnicodeError, ValueError):
        return None
    query.flags |= dns.flags.AD | flags
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    wire = socket.socket(family, socket.SOCK_DGRAM)
    try:
        wire.setblocking(False)
        wire.connect(server)  # so that the kernel drops packets of anybody else
        wire.send(query.to_wire())
    except OSError:
        wire.close()
        return None
    return _Flight(question, query, wire)


def _receive(flight: _Flight, server: Server, deadline: Deadline) -> tuple[bool, _Reply | None]:
    """Whether the question has landed, and with which reply."""
    try:
        packet = flight.wire.recv(65535)
    except BlockingIOError:
        return False, None
    except OSError:  # nobody listens there
        return True, None
    if packet[:2] != flight.query.id.to_bytes(2, "big"):
        return False, None
    failed = _Reply(Answer(*flight.question, DnsStatus.SERVFAIL))
    try:
        response = dns.message.from_wire(packet, ignore_trailing=True)
        if not flight.query.is_response(response):
            return False, None
        if response.flags & dns.flags.TC:
            response = dns.query.tcp(flight.query, server[0], deadline.left, server[1])
    except (OSError, EOFError, dns.exception.Timeout):
        return True, None
    except Exception:  # what a hostile zone makes a resolver send may trip the parser anywhere
        return True, failed
    rcode = response.rcode()
    status = _STATUS.get(rcode, DnsStatus.SERVFAIL)
    answer = Answer(*flight.question, status, records(response, flight.question[1]))
    authentic = bool(response.flags & dns.flags.AD)
    return True, _Reply(answer, aliases(response), authentic, rcode == dns.rcode.REFUSED)
