"""Opens connections to checked addresses, each bounded in time and in bytes received."""

import errno
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from vendor_risk.checks.observations import Failure
from vendor_risk.observe.deadline import Deadline

Seen = TypeVar("Seen")

_MOST_ADDRESSES = 8  # more would only let a hostile zone burn the whole deadline
_PAUSE = 0.3  # seconds before the second try of a host that said no
_UNROUTED = "no route from here to the address"
_NO_ROUTE = frozenset(
    (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
)


class Unreached(Exception):
    """A host gave nothing: the reason in words, and its kind.

    No OSError on purpose: urllib3 and requests wrap those, and this one must come through whole.
    """

    def __init__(self, reason: str, kind: Failure) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind


class _Bounded:
    """A socket whose every wait ends at the deadline and whose allowance of bytes runs out.

    A timeout of the standard library counts from the last byte, so a host that drips one byte a
    second would hold it for ever.
    """

    address = ""
    deadline = Deadline(0.0)
    allowance = 0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        if self.allowance <= 0:
            raise Unreached("sent more than is read of one answer", Failure.OTHER)
        self._wait_until_deadline()
        try:
            count: int = super().recv_into(*args, **kwargs)  # type: ignore[misc]
        except OSError as error:
            raise unreached(error) from error
        self.allowance -= count
        return count

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        """Errors stay as they are: the answer of a host that hung up early is still read."""
        self._wait_until_deadline()
        super().sendall(*args, **kwargs)  # type: ignore[misc]

    def _wait_until_deadline(self) -> None:
        left = self.deadline.left
        if not left:
            raise Unreached("timed out", Failure.TIMEOUT)
        self.settimeout(left)  # type: ignore[attr-defined]


class TcpConnection(_Bounded, socket.socket):
    """A plain connection."""


class TlsConnection(_Bounded, ssl.SSLSocket):
    """An encrypted one; made by an SSLContext whose `sslsocket_class` it is."""


def open_connection(address: str, port: int, deadline: Deadline, seconds: float) -> TcpConnection:
    """A connection to one checked address; Unreached when there is none in that many seconds."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        connection = TcpConnection(family, socket.SOCK_STREAM)
    except OSError as error:
        raise unreached(error) from error
    try:
        connection.settimeout(max(0.001, deadline.within(seconds).left))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect((address, port))
    except OSError as error:
        connection.close()
        raise unreached(error) from error
    connection.address = address
    connection.deadline = deadline
    return connection


def first_of(
    addresses: Sequence[str], attempt: Callable[[str], Seen], *, tries: int, deadline: Deadline
) -> Seen:
    """What the first address gives that gives anything; Unreached when none does.

    A "no" (refused, alert) is believed only when every address that can be reached says so, in as
    many tries; where the time does not suffice for those, the trouble is that.
    """
    troubles: dict[str, Unreached] = {}
    for number in range(tries):
        if number:
            time.sleep(min(_PAUSE, deadline.left))
        for address in addresses[:_MOST_ADDRESSES]:
            if deadline.passed:
                raise _cut_short(troubles, again=number > 0)
            try:
                return attempt(address)
            except Unreached as trouble:
                troubles[address] = trouble
        if not all(_says_no(trouble) for trouble in _routed(troubles)):
            break
    raise _together(troubles)


def unreached(error: OSError) -> Unreached:
    """What an error of a socket means, in words and kind."""
    if isinstance(error, TimeoutError):
        return Unreached("timed out", Failure.TIMEOUT)
    if isinstance(error, ConnectionRefusedError):
        return Unreached("connection refused", Failure.REFUSED)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Unreached("the host closed the connection without an answer", Failure.RESET)
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    if isinstance(error, ConnectionError) or error.errno == errno.ENOTCONN:
        return Unreached("connection reset by the host", Failure.RESET)
    if error.errno in _NO_ROUTE:
        return Unreached(_UNROUTED, Failure.OTHER)
    return Unreached(error.strerror or "connection failed", Failure.OTHER)


def _of_tls(error: ssl.SSLError) -> Unreached:
    """OpenSSL names an alert that it received TLSV1_ALERT_X, SSLV3_ALERT_X or TLSV13_ALERT_X."""
    reason = error.reason or ""
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"):
        return Unreached("the port does not speak TLS", Failure.OTHER)
    if reason == "UNEXPECTED_EOF_WHILE_READING":
        return Unreached("the host closed the connection without an answer", Failure.RESET)
    version, _, words = reason.partition("_")
    words = words.removeprefix("ALERT_").replace("_", " ").lower()
    if version in ("TLSV1", "SSLV3", "TLSV13"):
        return Unreached(
            f"the host ended the handshake with the TLS alert “{words}”", Failure.ALERT
        )
    shown = reason.replace("_", " ").lower() or "unknown error"
    return Unreached(f"the TLS handshake failed here: {shown}", Failure.OTHER)


def _says_no(trouble: Unreached) -> bool:
    return trouble.kind in (Failure.REFUSED, Failure.ALERT)


def _routed(troubles: dict[str, Unreached]) -> list[Unreached]:
    """The troubles of addresses that we have a way to; all of them when there is none."""
    routed = [trouble for trouble in troubles.values() if trouble.reason != _UNROUTED]
    return routed or list(troubles.values())


def _cut_short(troubles: dict[str, Unreached], *, again: bool) -> Unreached:
    """One trouble for all addresses, where the time ended before each was asked as often as due."""
    said = _together(troubles)
    if not _says_no(said):
        return said
    due = "again" if again else "its other addresses"
    return Unreached(f"{said.reason}, and there was no time to ask {due}", Failure.TIMEOUT)


def _together(troubles: dict[str, Unreached]) -> Unreached:
    """One trouble for all addresses: a doubtful one speaks before a plain "no"."""
    if not troubles:
        return Unreached("timed out", Failure.TIMEOUT)
    routed = _routed(troubles)
    main = next((trouble for trouble in routed if not _says_no(trouble)), routed[0])
    if len({trouble.reason for trouble in troubles.values()}) == 1:
        return main
    words = "; ".join(f"{address}: {trouble.reason}" for address, trouble in troubles.items())
    return Unreached(words, main.kind)
