"""Opens connections to hosts by name: each is resolved once, checked, and pinned."""

import ipaddress
from collections.abc import Sequence

from vendor_risk.checks.observations import Answer, DnsStatus, Failure, Tls
from vendor_risk.observe import tls
from vendor_risk.observe.addresses import AddressRefused, guard, guard_all
from vendor_risk.observe.connect import (
    TcpConnection,
    TlsConnection,
    Unreached,
    first_of,
    open_connection,
)
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.dns import Resolver
from vendor_risk.observe.network import Network
from vendor_risk.observe.target import TargetRefused, parse

_PORTS = {"http": 80, "https": 443}


class PinnedDial:
    """The only way from a name to a connection during one look."""

    def __init__(self, resolver: Resolver, network: Network) -> None:
        self._resolver = resolver
        self._network = network
        self._pins: dict[str, tuple[str, ...]] = {}
        self._held: dict[str, TlsConnection | Unreached] = {}
        self._shaken: dict[str, TlsConnection] = {}

    def pin(self, host: str) -> tuple[str, ...]:
        """The addresses of a host, now fixed; AddressRefused, or Unreached when it has none."""
        if host not in self._pins:
            self._pins[host] = self._addresses(host)
        return self._pins[host]

    def shake_hands(self, host: str, deadline: Deadline) -> Tls:
        """What the handshake shows; its connection, or its failure, is held for the first page."""
        try:
            connection = self._secure(host, deadline)
        except Unreached as trouble:
            self._held[host] = trouble
            raise
        self._held[host] = self._shaken[host] = connection
        return tls.facts(host, connection, self._network)

    def __call__(self, scheme: str, host: str, deadline: Deadline) -> TcpConnection | TlsConnection:
        """A connection for a page: Unreached when there is none or the address is refused."""
        held = self._held.get(host) if scheme == "https" else None
        if isinstance(held, Unreached):
            raise held
        if held is not None:
            del self._held[host]
            held.deadline = deadline
            return held
        try:
            return (
                self._secure(host, deadline) if scheme == "https" else self._plain(host, deadline)
            )
        except AddressRefused as refused:
            raise Unreached(f"{refused.seen}: not visited", Failure.BLOCKED) from refused

    def early_data(self, host: str) -> int | None:
        """The early data that the tickets of a host allow; they come with its first page."""
        connection = self._shaken.get(host)
        return getattr(connection, "early_data", None)

    def close(self) -> None:
        """Ends the connection held for a page that was never asked for."""
        for held in self._held.values():
            if isinstance(held, TlsConnection):
                held.close()

    def _secure(self, host: str, deadline: Deadline) -> TlsConnection:
        addresses = self.pin(host)
        port = self._network.port(_PORTS["https"])
        connection = tls.shake_hands(host, addresses, port, self._network, deadline)
        self._prefer(host, connection)
        return connection

    def _plain(self, host: str, deadline: Deadline) -> TcpConnection:
        addresses = self.pin(host)
        port = self._network.port(_PORTS["http"])
        seconds = self._network.connect_seconds
        connection = first_of(
            addresses,
            lambda address: open_connection(address, port, deadline, seconds),
            tries=1,
            deadline=deadline,
        )
        self._prefer(host, connection)
        return connection

    def _prefer(self, host: str, connection: TcpConnection | TlsConnection) -> None:
        """The address that answered is tried first from now on, so a dead one costs time once."""
        others = tuple(each for each in self._pins[host] if each != connection.address)
        self._pins[host] = (connection.address, *others)

    def _addresses(self, host: str) -> tuple[str, ...]:
        """Every checked address, IPv4 first: a scanner without IPv6 is common."""
        literal = _literal(host)
        if literal:
            return (guard(literal, self._network.allow_networks),)
        try:
            name = parse(host).host
        except TargetRefused as refused:
            what = refused.message.partition(":")[0]  # the rest says how to mend what was typed
            raise Unreached(f"{what}: not visited", Failure.BLOCKED) from refused
        answers = self._resolver.ask(((name, "A"), (name, "AAAA")))
        found = [address for answer in answers for address in answer.rdata]
        if not found:
            raise nowhere(answers)
        return guard_all(host, found, self._network.allow_networks)


def nowhere(answers: Sequence[Answer]) -> Unreached:
    """Why a name has no address, from its A and AAAA answers."""
    states = {answer.status for answer in answers}
    if DnsStatus.TIMEOUT in states:
        words = "the DNS gave no address in time"
    elif DnsStatus.SERVFAIL in states:
        words = "the DNS could not tell its address (SERVFAIL)"
    elif DnsStatus.NXDOMAIN in states:
        words = "the name does not exist in the DNS"
    else:
        words = "the name has no address in the DNS"
    return Unreached(words, Failure.DNS)


def _literal(host: str) -> str:
    """The address where a host is one, else nothing."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return ""
