"""The pages of a shop that matter most: those on which visitors pay or log in.

A plain visitor finds them by the links of the front page, so what lies behind a form or a script
stays unseen unless somebody declares it.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import cast
from unicodedata import combining, normalize
from urllib.parse import unquote

from vendor_risk.checks import declared
from vendor_risk.checks.arrival import Arrival, arrive, entrance
from vendor_risk.checks.base import Request
from vendor_risk.checks.document import documents
from vendor_risk.checks.elements import Link
from vendor_risk.checks.exhibit import not_seen, shown
from vendor_risk.checks.names import is_subdomain, organisation, plain
from vendor_risk.checks.observations import Http, Observations
from vendor_risk.checks.pages import End, Url, address, follow, troubled
from vendor_risk.checks.tables.checkouts import GROUPS, PASSED
from vendor_risk.evidence import Outcome, Status

PAGES_MOST = 3
_GROUPS = tuple(frozenset(words) for words in GROUPS)
_PASSED = frozenset(PASSED)
_ADDRESS_LIMIT = 300  # characters of an address in which words are looked for
_FILES = (".css", ".gif", ".jpg", ".jpeg", ".js", ".pdf", ".png", ".svg", ".webp", ".xml", ".zip")
_PARTS = re.compile(r"[^\W_]+")
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})


@dataclass(frozen=True, slots=True)
class Visit:
    """One page on which visitors pay or log in, and where the look at it ended.

    `why` says why it was not seen, and `failed` whether it may well exist.
    """

    wanted: Url
    declared: bool
    end: Url | None = None
    why: str = ""
    failed: bool = False


def checkout_pages(http: Http, observations: Observations) -> Iterator[Request]:
    """The declared pages, then those that links lead to until there are three.

    Of the links the nearest to the card come first.
    """
    named = _askable(observations)
    yield from (Request(str(url)) for url in named)
    more = (each for each in _linked(http, observations) if each not in named)
    for _, url in zip(range(PAGES_MOST - len(named)), more, strict=False):
        yield Request(str(url))


def visits(http: Http, observations: Observations) -> tuple[Visit, ...]:
    """What became of each page on which visitors pay or log in, the declared ones first."""
    key = (visits, observations.domain, observations.declared)
    if key not in http.memo:
        named = [url for url in map(address, observations.declared) if url]
        asked = (address(each.url) for each in checkout_pages(http, observations))
        found = [url for url in asked if url and url not in named]
        http.memo[key] = tuple(
            _visit(http, observations, url, declared=url in named)
            for url in dict.fromkeys(named + found)
        )
    return cast("tuple[Visit, ...]", http.memo[key])


def missing(observations: Observations) -> str:
    """Why faults may stand in a page that was not seen, empty where all that matter were.

    A declared page has to be seen. One that a link leads to has to where it was asked for and the
    host gave nothing or a wall: a dead link hides nothing.
    """
    http = observations.http
    if not isinstance(http, Http):
        return not_seen(http.reason)
    arrival = arrive(http, observations.domain, "page")
    if isinstance(arrival, Outcome) and arrival.status is Status.UNKNOWN:
        return arrival.reason
    for each in visits(http, observations):
        if each.why and (each.declared or each.failed):
            kind = "declared page" if each.declared else "page"
            return f"The {kind} {shown(str(each.wanted), 200)} was not seen: {each.why}."
    return ""


def _askable(observations: Observations) -> tuple[Url, ...]:
    """The declared pages that a look may ask for: of the vendor, encrypted, few of one host."""
    home, hosts = organisation(observations.domain), Counter[str]()
    asked: dict[Url, None] = {}
    for url in map(address, observations.declared[: declared.MOST]):
        if url is None or (url.scheme, url.port) != ("https", 443) or url in asked:
            continue
        if is_subdomain(url.host, home) and hosts[url.host] < declared.MOST_OF_ONE_HOST:
            hosts[url.host] += 1
            asked[url] = None
    return tuple(asked)


def _visit(http: Http, observations: Observations, wanted: Url, *, declared: bool) -> Visit:
    way = follow(http, wanted)
    home = organisation(observations.domain)
    if way.last is None:
        if way.failure is not None:
            return Visit(wanted, declared, None, shown(way.failure.reason, 200), failed=True)
        if way.end in (End.LOOP, End.LONG, End.ASTRAY):
            return Visit(wanted, declared, None, "its redirects lead to no page")
        return Visit(wanted, declared, None, "this look did not ask for it")
    end = way.urls[-1]
    if not is_subdomain(end.host, home):
        return Visit(wanted, declared, None, f"it leads to {shown(end.host, 100)}")
    wall = troubled(way.last)
    if wall is not None:
        return Visit(wanted, declared, None, wall, failed=True)
    if end not in [page.url for page in documents(http)]:
        return Visit(wanted, declared, None, f"it is no page (HTTP {way.last.status})")
    arrival = arrive(http, observations.domain, "page")
    front = arrival.url if isinstance(arrival, Arrival) else None
    if end == front and wanted not in (front, entrance(http, observations.domain)):
        return Visit(wanted, declared, None, "it leads to the front page")
    return Visit(wanted, declared, end)


def _linked(http: Http, observations: Observations) -> Iterator[Url]:
    """Pages to which links of the front page lead, one of each group, the nearest first."""
    arrival = arrive(http, observations.domain, "page")
    if isinstance(arrival, Outcome):
        return
    front = next((page for page in documents(http) if page.url == arrival.url), None)
    if front is None:
        return
    home = organisation(plain(observations.domain))
    ranked = sorted(
        (
            (rank, number, link)
            for number, link in enumerate(front.links)
            if link.url.scheme == "https" and (rank := _rank(link)) is not None
        ),
        key=lambda each: each[:2],
    )
    groups: set[int] = set()
    found: set[Url] = set()
    for rank, _, link in ranked:
        # one page of each group tells more than three of the same
        if rank not in groups and organisation(link.url.host) == home:
            groups.add(rank)
            if link.url not in found:
                found.add(link.url)
                yield link.url


def _rank(link: Link) -> int | None:
    """The group to which a link leads, by its address before its words; None for neither."""
    target = link.url.target[:_ADDRESS_LIMIT]
    if target.partition("?")[0].lower().endswith(_FILES):
        return None
    where = _phrases(f"{link.url.host.partition('.')[0]}/{unquote(target)}")
    if where & _PASSED:
        return None
    for phrases in (where, _phrases(link.words)):
        for number, words in enumerate(_GROUPS):
            if phrases & words:
                return number
    return None


@lru_cache(maxsize=2048)
def _phrases(text: str) -> frozenset[str]:
    """The words of a text without accents, and each two, three and four of them in a row."""
    lower = text.lower()
    if not lower.isascii():
        letters = (each for each in normalize("NFKD", lower) if not combining(each))
        lower = "".join(letters).translate(_STROKES)
    words = _PARTS.findall(lower)
    rows = itertools.pairwise(words)
    found = {*words, *map("-".join, rows)}
    for length in (3, 4):
        found.update("-".join(words[i : i + length]) for i in range(len(words) - length + 1))
    return frozenset(found)
