"""Asks the mail hosts of a domain for encryption, as another mail server would (RFC 3207).

No mail is handed in: EHLO, STARTTLS, the handshake, QUIT. Most networks block port 25 on the way
out, so silence says nothing of the host.
"""

import contextlib
import re
from dataclasses import dataclass, replace

from vendor_risk.checks.lookup import preferred_exchanges
from vendor_risk.checks.mail import receiver
from vendor_risk.checks.observations import Dns, Exchange, Failure, Mail, Observations
from vendor_risk.observe import tls
from vendor_risk.observe.addresses import AddressRefused
from vendor_risk.observe.connect import (
    TcpConnection,
    Unreached,
    first_of,
    open_connection,
    unreached,
)
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.dial import PinnedDial
from vendor_risk.observe.network import Network

_PORT = 25
_MOST_HOSTS = 2
_WORDS_BYTES = 16 * 1024  # of one side's greeting and its list of extensions
_LINE = re.compile(r"([2-5][0-9]{2})([ -]?)(.*)")
_NOT_KNOWN = frozenset(("500", "502", "504"))  # a server that knows HELO alone, RFC 5321 4.2.4


def visited(
    seen: Observations, dial: PinnedDial, network: Network, deadline: Deadline
) -> Mail | None:
    """The facts of mail with what its first hosts say; None where there is no host to ask."""
    if not isinstance(seen.dns, Dns):
        return None
    hosts = preferred_exchanges(seen.dns, receiver(seen.dns, seen.domain))[:_MOST_HOSTS]
    if not hosts:
        return None
    visits = [
        _visit(host, dial, network, deadline.share(len(hosts) - number))
        for number, host in enumerate(hosts)
    ]
    offers = {each.starttls for each in visits}
    answer = False if False in offers else (None if None in offers else True)
    mail = seen.mail if isinstance(seen.mail, Mail) else Mail()
    roots = network.extra_roots_pem
    return replace(mail, starttls=answer, exchanges=tuple(visits), extra_roots_pem=roots)


def _visit(host: str, dial: PinnedDial, network: Network, deadline: Deadline) -> Exchange:
    try:
        addresses = dial.pin(host)
        connection = first_of(
            addresses,
            lambda address: open_connection(
                address, network.port(_PORT), deadline, network.connect_seconds
            ),
            tries=1,
            deadline=deadline,
        )
    except Unreached as trouble:
        return Exchange(host, reason=f"port 25: {trouble.reason}")
    except AddressRefused as refused:
        return Exchange(host, reason=f"{refused.seen}: not visited")
    with connection:
        connection.deadline = deadline
        connection.allowance = _WORDS_BYTES
        talk = _Talk(connection)
        try:
            return replace(_encrypted(host, talk, network), address=connection.address)
        except Unreached as trouble:
            reason = f"port 25: {trouble.reason}"
            return Exchange(host, talk.offered, reason, address=connection.address)


@dataclass(slots=True)
class _Reply:
    code: str
    lines: tuple[str, ...]


class _Talk:
    """Commands and replies over a connection; `offered` is what became of STARTTLS so far."""

    def __init__(self, connection: TcpConnection) -> None:
        self.connection = connection
        self.offered: bool | None = None
        self._received = b""

    def say(self, line: str) -> None:
        try:
            self.connection.sendall(f"{line}\r\n".encode("ascii"))
        except OSError as error:
            raise unreached(error) from error

    def reply(self) -> _Reply:
        """The next reply, all its lines (RFC 5321 section 4.2.1)."""
        lines: list[str] = []
        while True:
            found = _LINE.fullmatch(self._line())
            if found is None:
                raise Unreached("what answers is no mail server", Failure.OTHER)
            lines.append(found[3])
            if found[2] != "-":
                return _Reply(found[1], tuple(lines))

    def _line(self) -> str:
        buffer = bytearray(2048)
        while b"\n" not in self._received:
            count = self.connection.recv_into(buffer)
            if not count:
                raise Unreached("the host closed the connection", Failure.RESET)
            self._received += bytes(buffer[:count])
        line, _, self._received = self._received.partition(b"\n")
        return line.removesuffix(b"\r").decode("ascii", "replace")


def _encrypted(host: str, talk: _Talk, network: Network) -> Exchange:
    """What the host says to STARTTLS, and what the handshake after it shows."""
    greeting = talk.reply()
    if greeting.code != "220":
        talk.say("QUIT")
        return Exchange(host, reason=f"the mail server turns us away with {greeting.code}")
    talk.say(f"EHLO {_own_name(talk.connection)}")
    reply = talk.reply()
    if reply.code in _NOT_KNOWN:
        talk.say("QUIT")
        return Exchange(host, starttls=False)
    if reply.code != "250":
        talk.say("QUIT")
        return Exchange(host, reason=f"the mail server answers EHLO with {reply.code}")
    words = {line.split()[0].upper() for line in reply.lines[1:] if line.split()}
    talk.offered = "STARTTLS" in words
    if not talk.offered:
        talk.say("QUIT")
        return Exchange(host, starttls=False)
    talk.say("STARTTLS")
    reply = talk.reply()
    if reply.code[:1] == "4":  # for the time being (RFC 3207 section 4)
        return Exchange(host, reason=f"the mail server answers STARTTLS with {reply.code}")
    if reply.code != "220":
        return Exchange(host, False, f"the mail server answers STARTTLS with {reply.code}")
    with tls.wrapped(host, talk.connection, network) as connection:
        seen = tls.facts(host, connection, network)
        with contextlib.suppress(OSError, Unreached):
            connection.sendall(b"QUIT\r\n")
    return Exchange(host, True, None, seen.protocol, seen.cipher, seen.chain_pem)


def _own_name(connection: TcpConnection) -> str:
    """Our address as a literal, since a scanner has no name of its own (RFC 5321 4.1.3)."""
    address = str(connection.getsockname()[0])
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
