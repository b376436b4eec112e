"""Carries HTTP requests over connections that are checked, pinned and bounded."""

import http.client
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import requests
import requests.adapters
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from vendor_risk.observe.connect import TcpConnection, TlsConnection
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.network import Network

READ = 8192  # bytes at a time: what the buffer of http.client holds
_BODY_ALLOWANCE = 4  # times the limit: chunks of a few bytes each carry more frame than body
_PORTS = {"http": 80, "https": 443}

Connection = TcpConnection | TlsConnection


class Dial(Protocol):
    """Opens the connection for a URL's scheme and host."""

    def __call__(self, scheme: str, host: str, deadline: Deadline) -> Connection:
        """A connection to a checked address; Unreached when there is none or it may not be."""


class Line(requests.adapters.HTTPAdapter):
    """Carries requests over connections that only `dial` opens.

    Host, SNI and URL keep the vendor's name while the connection goes to the checked address.
    """

    def __init__(self, dial: Dial, network: Network) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1)
        self.dial = dial
        self.network = network
        self.deadline = Deadline(0.0)
        self.address: str | None = None
        self._pools: dict[tuple[str, str], HTTPConnectionPool] = {}
        self._current: HTTPConnectionPool | None = None

    @property
    def reused(self) -> bool:
        """Whether the last request went over a connection that had carried one before."""
        pool = self._current
        return pool is not None and pool.num_requests > pool.num_connections

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> HTTPConnectionPool:
        """The pool for a URL, whose connections are ours; their encryption is the dial's affair."""
        parts = urlsplit(request.url or "")
        scheme, host = str(parts.scheme), str(parts.hostname or "")
        pool = self._pools.get((scheme, host))
        if pool is None:
            kind = _Pool if scheme == "http" else _SecurePool
            pool = kind(host, _PORTS[scheme], maxsize=1, line=self)
            self._pools[(scheme, host)] = pool
        self._current = pool
        return pool

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the certificate is judged elsewhere, from the chain."""

    def close(self) -> None:
        """Ends all connections."""
        for pool in self._pools.values():
            pool.close()
        super().close()


class Answer(http.client.HTTPResponse):
    """A response whose interim answers are passed over and whose bad header lines are forgiven."""

    def begin(self) -> None:
        """Reads the header of the final answer."""
        super().begin()
        while 102 <= self.status < 200:  # early hints (RFC 8297) come before the real answer
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        self._forgive()

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


class _Connection(HTTPConnection):
    """A connection that comes from the line's dial and keeps to its deadline."""

    scheme = "http"
    response_class = Answer

    def __init__(self, *args: Any, line: Line, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._line = line

    def connect(self) -> None:
        self.sock = self._line.dial(self.scheme, self.host, self._line.deadline)

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            cast("Connection", self.sock).deadline = self._line.deadline
        super().request(*args, **kwargs)

    def getresponse(self) -> Any:
        sock = cast("Connection", self.sock)
        self._line.address = sock.address
        sock.allowance = self._line.network.header_limit + READ
        response = super().getresponse()
        sock.allowance = self._line.network.body_limit * _BODY_ALLOWANCE
        return response


class _SecureConnection(_Connection):
    """The same over TLS, which the dial has done already."""

    scheme = "https"
    default_port = 443  # type: ignore[misc]


class _Pool(HTTPConnectionPool):
    """The connections to one host."""

    ConnectionCls = _Connection


class _SecurePool(_Pool):
    """The encrypted ones."""

    ConnectionCls = _SecureConnection
