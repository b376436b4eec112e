"""The pages of a shop that matter most: those on which visitors pay or log in.

A plain visitor finds them by the links of the front page, so what lies behind a form or a script
stays unseen.
"""

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache
from unicodedata import combining, normalize
from urllib.parse import unquote

from vendor_risk.checks.arrival import arrive_pages
from vendor_risk.checks.base import Request
from vendor_risk.checks.elements import Link
from vendor_risk.checks.names import organisation, plain
from vendor_risk.checks.observations import Http, Observations
from vendor_risk.checks.tables.checkouts import GROUPS, PASSED
from vendor_risk.evidence import Outcome

PAGES_MOST = 3
_GROUPS = tuple(frozenset(words) for words in GROUPS)
_PASSED = frozenset(PASSED)
_ADDRESS_LIMIT = 300  # characters of an address in which words are looked for
_FILES = (".css", ".gif", ".jpg", ".jpeg", ".js", ".pdf", ".png", ".svg", ".webp", ".xml", ".zip")
_PARTS = re.compile(r"[^\W_]+")
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})


def checkout_pages(http: Http, observations: Observations) -> Iterator[Request]:
    """Up to three pages on which visitors pay or log in, the nearest to the card first."""
    pages = arrive_pages(http, observations)
    if isinstance(pages, Outcome):
        return
    front = pages[0]
    home = organisation(plain(observations.domain))
    ranked = sorted(
        (
            (rank, number, link)
            for number, link in enumerate(front.links)
            if link.url.scheme == "https" and (rank := _rank(link)) is not None
        ),
        key=lambda each: each[:2],
    )
    found: dict[str, None] = {}
    groups: set[int] = set()
    for rank, _, link in ranked:
        # one page of each group tells more than three of the same
        if rank not in groups and organisation(link.url.host) == home:
            groups.add(rank)
            found.setdefault(str(link.url))
    for address in list(found)[:PAGES_MOST]:
        yield Request(address)


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
