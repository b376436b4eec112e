"""Fetches one list, and gives up early on a server that is slow, endless or leads elsewhere."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util.retry import Retry

from vendor_risk.feeds.access import Access, FeedUnreachable, Fetched

_MOST_HOPS = 5
_PIECE = 64 * 1024
_PORTS = {"http": 80, "https": 443}
_AGAIN = (429, 500, 502, 503, 504)  # what a server says when it may do better later


def fetch(
    url: str,
    access: Access,
    *,
    most_bytes: int,
    etag: str = "",
    last_modified: str = "",
    accept: str = "application/json",
    named: str | None = None,
) -> Fetched:
    """The list at an address, or that it is as it was; FeedUnreachable with the reason.

    `named` is the address whose server the operator named, `url` itself where nothing is said and
    no server where it is empty.
    """
    headers = {
        "User-Agent": access.user_agent,
        "Accept": accept,
        "Accept-Encoding": "identity",  # so that the limit of the size holds
    }
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    deadline = time.monotonic() + access.seconds
    trusted = _server(urlsplit(url if named is None else named)) if named != "" else None
    adapter = _PinnedAdapter(access, trusted)
    at = url
    with _words_of_trouble(access), _session(adapter) as session, adapter.cut_off():
        for _ in range(_MOST_HOPS + 1):
            with session.get(
                at,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=(access.silence_seconds, access.silence_seconds),
            ) as response:
                if response.is_redirect:
                    at = _next(at, response.headers["Location"])
                    continue
                return _read(response, deadline, most_bytes)
    raise FeedUnreachable(f"it redirects more than {_MOST_HOPS} times")


def post(url: str, access: Access, body: bytes, headers: Mapping[str, str]) -> int:
    """What a server answers to what is sent there, as its status; FeedUnreachable with the reason.

    One try; what it says beside its status is not read, and redirects are not followed. Servers
    that are not public are refused, unless their network was allowed.
    """
    adapter = _PinnedAdapter(replace(access, tries=1), None)
    with (
        _words_of_trouble(access),
        _session(adapter) as session,
        adapter.cut_off(),
        session.post(
            url,
            data=body,
            headers={"User-Agent": access.user_agent} | dict(headers),
            stream=True,
            allow_redirects=False,
            timeout=(access.silence_seconds, access.silence_seconds),
        ) as response,
    ):
        return response.status_code


def _next(at: str, location: str) -> str:
    """Where a redirect leads; from https never to http."""
    try:
        target = urljoin(at, location)
        parts = urlsplit(target)
    except ValueError as error:
        raise FeedUnreachable("it redirects to what is no web address") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise FeedUnreachable("it redirects to what is no web address")
    if urlsplit(at).scheme == "https" and parts.scheme == "http":
        raise FeedUnreachable("it redirects from https to http")
    return target


def _read(response: requests.Response, deadline: float, most_bytes: int) -> Fetched:
    """The answer, as far as it is short and quick enough."""
    marks = {
        "etag": response.headers.get("ETag", "")[:512],
        "last_modified": response.headers.get("Last-Modified", "")[:64],
    }
    if response.status_code == requests.codes.not_modified:
        return Fetched(None, **marks)
    if response.status_code != requests.codes.ok:
        raise FeedUnreachable(f"the server answers with status {response.status_code}")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FeedUnreachable("the server packs its answer though it was asked not to")
    pieces, size = [], 0
    # read1 gives what is there: read waits for the whole piece, for ever where it comes in drops
    while piece := response.raw.read1(_PIECE, decode_content=False):
        size += len(piece)
        if size > most_bytes:
            raise FeedUnreachable(f"it is longer than {most_bytes} bytes")
        if time.monotonic() > deadline:
            raise FeedUnreachable("it took too long to come")
        pieces.append(piece)
    return Fetched(b"".join(pieces), **marks)


@contextmanager
def _words_of_trouble(access: Access) -> Iterator[None]:
    """What goes wrong on the way, as a reason that a reader understands."""
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise FeedUnreachable("its certificate could not be verified") from error
    except requests.exceptions.Timeout as error:
        raise FeedUnreachable(f"no answer within {access.silence_seconds:g} s") from error
    except requests.exceptions.RetryError as error:
        raise FeedUnreachable("the server answers with errors again and again") from error
    except requests.exceptions.InvalidURL as error:
        raise FeedUnreachable("what it redirects to is no web address") from error
    except requests.exceptions.ConnectionError as error:
        last = getattr(next(iter(error.args), None), "reason", None)
        if isinstance(last, ReadTimeoutError):
            raise FeedUnreachable(f"no answer within {access.silence_seconds:g} s") from error
        raise FeedUnreachable("the server could not be reached") from error
    except (requests.exceptions.RequestException, HTTPError, OSError, UnicodeError) as error:
        raise FeedUnreachable("the answer broke off") from error


def _server(parts: SplitResult) -> tuple[str, int]:
    return (parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0))


def _session(adapter: HTTPAdapter) -> requests.Session:
    """A session that connects only to addresses that were looked at before."""
    session = requests.Session()
    session.trust_env = False  # the environment must not change whom we trust
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _roots(access: Access) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    if access.roots is not None:
        context.load_verify_locations(cafile=access.roots)
    return context


class _PinnedAdapter(HTTPAdapter):
    """Retries with growing pauses, over connections that resolve a name once and look at it."""

    def __init__(self, access: Access, trusted: tuple[str, int] | None) -> None:
        self._access, self._trusted = access, trusted
        self._wires: list[socket.socket] = []
        self._over = False
        retry = Retry(
            total=access.tries - 1,
            redirect=0,
            status_forcelist=_AGAIN,
            backoff_factor=access.pause,
            respect_retry_after_header=False,  # it could name hours
            raise_on_status=False,
        )
        super().__init__(max_retries=retry)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Let the pools make our connections."""
        super().init_poolmanager(*args, **kwargs, ssl_context=_roots(self._access))
        self.poolmanager.pool_classes_by_scheme = _pools(self._dialled)

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Ends every connection when the time is over, also one that sends headers in drops."""
        timer = threading.Timer(self._access.seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (requests.exceptions.RequestException, HTTPError, OSError) as error:
            if self._over:
                raise FeedUnreachable("it took too long to come") from error
            raise
        else:
            if self._over:  # a header that was cut off looks like an answer without a body
                raise FeedUnreachable("it took too long to come")
        finally:
            timer.cancel()
            for wire in self._wires:
                wire.close()

    def _end(self) -> None:
        self._over = True
        for wire in self._wires:
            with suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

    def _dialled(self, host: str, port: int) -> socket.socket:
        """A connection to a host, at an address that may be visited."""
        if self._over:
            raise FeedUnreachable("it took too long to come")
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))
        if (host, port) != self._trusted:
            words = self._access.refusal(host, addresses)
            if words:
                raise FeedUnreachable(words)
        trouble = OSError("no address")
        for address in addresses:
            try:
                wire = socket.create_connection((address, port), self._access.silence_seconds)
            except OSError as error:
                trouble = error
                continue
            self._wires.append(wire.dup())  # TLS takes the first one over
            return wire
        raise trouble


def _pools(dialled: Callable[[str, int], socket.socket]) -> dict[str, Any]:
    """The kinds of pools by scheme, whose connections are dialled by us."""

    class Http(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return dialled(self._dns_host, self.port)

    class Https(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return dialled(self._dns_host, self.port)

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = Http

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = Https

    return {"http": HttpPool, "https": HttpsPool}
