"""Pages as they were fetched: redirect chains put together, bot walls told from pages."""

from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import cast
from urllib.parse import SplitResult, urljoin, urlsplit

from vendor_risk.checks.names import plain
from vendor_risk.checks.observations import Http, NoResponse, Response
from vendor_risk.checks.tables.challenges import HEADERS, MARK_WINDOW, MARKS, STATUSES

REDIRECTS = (301, 302, 303, 307, 308)
HOP_LIMIT = 10  # redirects that are followed; browsers stop at about 20
URL_LIMIT = 2048
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Url:
    """An address in the form in which two are compared; the fragment is gone."""

    scheme: str
    host: str
    port: int
    target: str

    def __str__(self) -> str:
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.target}"


@lru_cache(maxsize=4096)
def address(url: str) -> Url | None:
    """An http(s) address taken apart; None for anything else."""
    try:
        split: SplitResult = urlsplit(url[:URL_LIMIT].strip())
        host, port = plain(split.hostname or ""), split.port
    except ValueError:
        return None
    scheme = split.scheme.casefold()
    if scheme not in PORTS or not host:
        return None
    target = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return Url(scheme, host, port or PORTS[scheme], target)


def front(domain: str, scheme: str) -> Url:
    """The address that a visitor types: the host without a path."""
    return Url(scheme, plain(domain), PORTS[scheme], "/")


class End(Enum):
    """How a chain of redirects ended."""

    PAGE = auto()  # with a response that leads no further
    FAILED = auto()  # an address on the way gave nothing
    UNSEEN = auto()  # the next address was never asked for
    ASTRAY = auto()  # a redirect leads to an app or to nonsense
    LOOP = auto()
    LONG = auto()


@dataclass(frozen=True, slots=True)
class Chain:
    """The responses from an address to where its redirects lead."""

    start: Url
    hops: tuple[Response, ...]
    end: End
    failure: NoResponse | None = None
    next: Url | None = None
    astray: str = ""  # where a redirect leads that is no web address

    @property
    def urls(self) -> tuple[Url, ...]:
        """The addresses that were passed, with the one after the last redirect."""
        passed = [address(hop.url) for hop in self.hops] + [self.next]
        return tuple(url for url in passed if url)

    @property
    def last(self) -> Response | None:
        """The response at the end, or None where the chain does not end with one."""
        return self.hops[-1] if self.end is End.PAGE else None

    def __str__(self) -> str:
        steps = [f"{address(hop.url) or hop.url} {hop.status}" for hop in self.hops]
        if self.failure is not None:
            steps.append(f"{self.failure.url}: {self.failure.unreachable}")
        elif self.next is not None or self.astray:
            steps.append(self.astray or str(self.next))
        return " -> ".join(steps)


def location(response: Response) -> str | None:
    """Where a redirect leads, as an absolute address; None for a response that leads nowhere."""
    target = next(iter(response.header("location")), "")[:URL_LIMIT].strip()
    if response.status not in REDIRECTS or not target:
        return None
    try:
        return urljoin(response.url, target)
    except ValueError:
        return target


def follow(http: Http, start: Url) -> Chain:
    """Put the chain from an address together out of everything that was fetched.

    A host may answer the same address differently the second time (a cookie was set), so the
    response that was fetched next is preferred over one that was fetched before.
    """
    way = http.memo.get(start)
    if way is None:
        way = http.memo[start] = _followed(http, start)
    return cast("Chain", way)


def _followed(http: Http, start: Url) -> Chain:
    order = [(address(each.url), each) for each in http.responses if each.origin is None]
    used: set[int] = set()
    hops: list[Response] = []
    at, position, wanted = start, -1, start
    while True:
        places = [i for i, (url, _) in enumerate(order) if url == wanted]
        fresh = [i for i in places if i not in used]
        if not fresh:
            end = End.LOOP if places else End.UNSEEN
            if len(hops) >= HOP_LIMIT:
                end = End.LONG
            return Chain(start, tuple(hops), end, next=at if hops else None)
        position = next((i for i in fresh if i > position), fresh[0])
        used.add(position)
        response = order[position][1]
        if isinstance(response, NoResponse):
            return Chain(start, tuple(hops), End.FAILED, response, next=at if hops else None)
        hops.append(response)
        target = location(response)
        if target is None:
            return Chain(start, tuple(hops), End.PAGE)
        if len(hops) > HOP_LIMIT:
            return Chain(start, tuple(hops), End.LONG, next=address(target))
        following = address(target)
        if following is None:
            return Chain(start, tuple(hops), End.ASTRAY, astray=target)
        at = wanted = following


def blocked(response: Response) -> str | None:
    """Why a response is not the page that visitors see, or None when it is."""
    if blocked not in response.memo:
        response.memo[blocked] = _wall(response)
    return cast("str | None", response.memo[blocked])


def _wall(response: Response) -> str | None:
    for name, value, wall in HEADERS:
        if any(given.strip().casefold() == value for given in response.header(name)):
            return f"{wall} answered with a challenge for bots"
    wall = _marked(response.body)
    if wall:
        return f"{wall} answered with a challenge for bots"
    return STATUSES.get(response.status)


@lru_cache(maxsize=64)
def _marked(body: str) -> str:
    """Whose wall a page is, empty where it is none; every check of pages asks this."""
    head = body[:MARK_WINDOW].casefold()
    return next((wall for mark, wall in MARKS if mark in head), "")


def troubled(response: Response) -> str | None:
    """As `blocked`, and for errors of the server: its headers are then not those of its pages."""
    wall = blocked(response)
    if wall is None and response.status >= 500:
        return f"the server failed (HTTP {response.status})"
    return wall
