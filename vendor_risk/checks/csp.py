"""Content Security Policies: which are in force on a page, and where they stand (CSP level 3)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from selectolax.lexbor import LexborHTMLParser

from vendor_risk.checks import head
from vendor_risk.checks.observations import Response

HEADER = "Content-Security-Policy"
REPORT_ONLY = "Content-Security-Policy-Report-Only"
LENGTH_LIMIT = 65_536
META_MOST = 32  # <meta> elements with a policy that are read
_SPACE = re.compile(r"[\t\n\f\r ]+")  # ASCII whitespace as the HTML standard has it

# What browsers of 2026 enforce, of CSP level 3 sections 6 and 7 and what extends it. A policy of
# other words alone protects nothing: some only report (report-uri, report-to), some never came or
# are gone (navigate-to, plugin-types, prefetch-src, referrer, reflected-xss, require-sri-for).
DIRECTIVES = frozenset(
    {
        "base-uri",
        "block-all-mixed-content",
        "child-src",
        "connect-src",
        "default-src",
        "fenced-frame-src",
        "font-src",
        "form-action",
        "frame-ancestors",
        "frame-src",
        "img-src",
        "manifest-src",
        "media-src",
        "object-src",
        "require-trusted-types-for",
        "sandbox",
        "script-src",
        "script-src-attr",
        "script-src-elem",
        "style-src",
        "style-src-attr",
        "style-src-elem",
        "trusted-types",
        "upgrade-insecure-requests",
        "worker-src",
    }
)
# what is no fault of spelling though no browser enforces it: reports, and what is still to come
OTHER_DIRECTIVES = frozenset({"report-to", "report-uri", "webrtc"})
# section 3.3: a <meta> element cannot carry these
HEADER_ONLY = frozenset({"frame-ancestors", "sandbox"})


def parse(policy: str) -> dict[str, tuple[str, ...]]:
    """Directive to its values; of a directive that stands twice the first counts."""
    directives: dict[str, tuple[str, ...]] = {}
    for name, values in written(policy):
        directives.setdefault(name, values)
    return directives


def written(policy: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each directive with its values as it stands, the ones that browsers pass over too."""
    for part in policy[:LENGTH_LIMIT].split(";"):
        words = [word for word in _SPACE.split(part) if word]
        if words:
            yield words[0].lower(), tuple(words[1:])


def texts(values: tuple[str, ...]) -> tuple[str, ...]:
    """The policies in header values, whatever they say; a comma parts two."""
    found = (policy.strip() for value in _short(values) for policy in value.split(","))
    return tuple(policy for policy in found if policy)


def policies(values: tuple[str, ...], known: frozenset[str] = DIRECTIVES) -> tuple[str, ...]:
    """The policies in header values that a browser enforces; a comma parts two."""
    return tuple(policy for policy in texts(values) if known & parse(policy).keys())


def _short(values: tuple[str, ...]) -> Iterator[str]:
    """The values up to the limit, which holds for all of them together."""
    left = LENGTH_LIMIT
    for value in values:
        yield value[:left]
        left = max(0, left - len(value))


@dataclass(frozen=True, slots=True)
class Presence:
    """The policies of one response, by the place where they stand."""

    header: tuple[str, ...]
    report_only: tuple[str, ...]
    meta: tuple[str, ...]


def presence(response: Response) -> Presence:
    """Where a response carries policies; the page is read only when the header has none."""
    header = policies(response.header(HEADER))
    report_only = policies(response.header(REPORT_ONLY))
    meta = () if header else in_page(response)
    return Presence(header, report_only, meta)


def in_force(response: Response) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The policies that browsers enforce, those of the header and those of the page beside them.

    A page does what all of them allow.
    """
    return policies(response.header(HEADER)), in_page(response)


def in_page(response: Response) -> tuple[str, ...]:
    """The policies that stand in the page."""
    return policies(_metas(response.body), DIRECTIVES - HEADER_ONLY)


@lru_cache(maxsize=64)
def _metas(body: str) -> tuple[str, ...]:
    """What the <meta> elements in the head of a page say; elsewhere browsers ignore them.

    Only these elements are handed to the parser, side by side: it takes time by the square of
    the depth of a page.
    """
    tags = "".join(islice(head.metas(body), META_MOST))
    found = []
    for node in LexborHTMLParser(f"<head>{tags}").css("head meta[http-equiv]") if tags else ():
        attributes = node.attributes
        if (attributes.get("http-equiv") or "").strip().casefold() == HEADER.casefold():
            found.append(attributes.get("content") or "")
    return tuple(found)
