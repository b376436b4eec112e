"""Carries HTTP requests over connections that are checked, pinned and bounded.

`requests` costs 1.1 ms of CPU more for each page than the standard library, which is a fifth of a
whole look: it serves where convenience counts, and pages of vendors are asked for here.
"""

import contextlib
import http.client
import ipaddress
import re
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote, urlsplit

from vendor_risk.checks.names import plain
from vendor_risk.observe.connect import TcpConnection, TlsConnection
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.network import Network
from vendor_risk.observe.target import sent

READ = 8192  # bytes at a time: what the buffer of http.client holds
_BODY_ALLOWANCE = 4  # times the limit: chunks of a few bytes each carry more frame than body
_HELD = 4  # connections of one visit: a host that redirects to many names takes no more files
_KEPT = "!#$%&'()*+,/:;=?@[]~"  # what a target may hold as it is: RFC 3986 reserved, % and ~

_FOLDED = re.compile(r"[\r\n\0]+")  # a cookie of the host comes back as it was sent

Connection = TcpConnection | TlsConnection
_Way = tuple[str, str]  # scheme and host


class Dial(Protocol):
    """Opens the connection for a URL's scheme and host."""

    def __call__(self, scheme: str, host: str, deadline: Deadline) -> Connection:
        """A connection to a checked address; Unreached when there is none or it may not be."""


class Answer(http.client.HTTPResponse):
    """A response whose interim answers are passed over and whose bad header lines are forgiven."""

    def begin(self) -> None:
        """Reads the header of the final answer."""
        super().begin()
        while 102 <= self.status < 200:  # early hints (RFC 8297) come before the real answer
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        self._forgive()

    @property
    def whole(self) -> bool:
        """Whether everything that the header promised was read."""
        return self.isclosed() or self.length == 0

    def _forgive(self) -> None:
        """Browsers skip a line without a colon; the standard library drops all that follow it."""
        rest = self.headers.get_payload()
        if not isinstance(rest, str) or not rest.strip():
            return
        for line in rest.splitlines():
            name, colon, value = line.partition(":")
            if colon and name and not name[0].isspace():
                self.headers.add_header(name.strip(), value.strip())
        self.headers.set_payload("")
        self.headers.defects.clear()


class Line:
    """Asks over connections that only `dial` opens, and keeps one for each host.

    Host and SNI name what was looked up, while the connection goes to the checked address.
    """

    def __init__(self, dial: Dial, network: Network) -> None:
        self._dial = dial
        self._network = network
        self._held: dict[_Way, Connection] = {}
        self._current: tuple[_Way, Connection] | None = None
        self.reused = False  # whether the last request went over a connection that was held

    @property
    def address(self) -> str | None:
        """Where the last answer came from."""
        return self._current[1].address if self._current else None

    def get(self, url: str, headers: Mapping[str, str], deadline: Deadline) -> Answer:
        """The answer to a GET, its header read; Unreached, OSError or HTTPException without one.

        `done` must follow before the next request.
        """
        parts = urlsplit(url)
        way = (parts.scheme, sent(parts.hostname or ""))
        held = self._held.pop(way, None)
        self.reused = held is not None
        connection = held or self._dial(*way, deadline)
        self._current = (way, connection)
        connection.deadline = deadline
        connection.allowance = self._network.header_limit + READ
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            with contextlib.suppress(OSError):  # a host may answer before it has read everything
                connection.sendall(_head(target, way[1], headers))
            answer = Answer(connection, method="GET")
            answer.begin()
        except BaseException:
            connection.close()
            raise
        connection.allowance = self._network.body_limit * _BODY_ALLOWANCE
        return answer

    def done(self, answer: Answer) -> None:
        """The connection is held for the next request to the host where it can carry one."""
        assert self._current is not None
        way, connection = self._current
        reusable = answer.whole and not answer.will_close
        answer.close()
        if reusable and way not in self._held:
            self._held[way] = connection
            if len(self._held) > _HELD:
                self._held.pop(next(iter(self._held))).close()
        else:
            connection.close()

    def close(self) -> None:
        """Ends all connections."""
        for connection in self._held.values():
            connection.close()
        self._held.clear()


def _head(target: str, host: str, headers: Mapping[str, str]) -> bytes:
    """The request as it goes out; nothing of a URL can end a line of it."""
    lines = [f"GET {quote(target, safe=_KEPT)} HTTP/1.1", f"Host: {_authority(host)}"]
    lines += [f"{name}: {_FOLDED.sub(' ', value)}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _authority(host: str) -> str:
    """The host as the header names it: brackets around IPv6, nothing that is no name."""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
        return f"[{address}]" if address.version == 6 else str(address)
    return quote(plain(host), safe="")
