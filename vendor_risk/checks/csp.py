"""Content Security Policies: which are in force on a page, and where they stand (CSP level 3)."""

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from vendor_risk.checks.observations import Response

HEADER = "Content-Security-Policy"
REPORT_ONLY = "Content-Security-Policy-Report-Only"
LENGTH_LIMIT = 65_536
META_LIMIT = 16_384  # characters of one <meta> element
_SPACE = re.compile(r"[\t\n\f\r ]+")  # ASCII whitespace as the HTML standard has it

# CSP level 3 sections 6 and 7 with the specifications that extend it, and what older levels had:
# browsers ignore any other word, so a policy of other words alone protects nothing.
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
        "navigate-to",
        "object-src",
        "plugin-types",
        "prefetch-src",
        "referrer",
        "reflected-xss",
        "report-to",
        "report-uri",
        "require-sri-for",
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
        "webrtc",
        "worker-src",
    }
)
# section 3.3: a <meta> element cannot carry these
HEADER_ONLY = frozenset({"frame-ancestors", "report-uri", "sandbox"})


def parse(policy: str) -> dict[str, tuple[str, ...]]:
    """Directive to its values; of a directive that stands twice the first counts."""
    directives: dict[str, tuple[str, ...]] = {}
    for part in policy[:LENGTH_LIMIT].split(";"):
        words = [word for word in _SPACE.split(part) if word]
        if words:
            directives.setdefault(words[0].lower(), tuple(words[1:]))
    return directives


def policies(values: tuple[str, ...], known: frozenset[str] = DIRECTIVES) -> tuple[str, ...]:
    """The policies in header values that say something to a browser; a comma parts two."""
    found = (policy.strip() for value in values for policy in value[:LENGTH_LIMIT].split(","))
    return tuple(policy for policy in found if known & parse(policy).keys())


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
    meta = () if header else policies(_metas(response.body), DIRECTIVES - HEADER_ONLY)
    return Presence(header, report_only, meta)


def _metas(body: str) -> tuple[str, ...]:
    """What the <meta> elements in the head of a page say; elsewhere browsers ignore them."""
    last = body.lower().rfind("http-equiv")
    if last < 0:
        return ()
    # what follows the last candidate changes nothing, and parsing 512 KiB costs 24 ms
    found = []
    for node in LexborHTMLParser(body[: last + META_LIMIT]).css("head meta[http-equiv]"):
        attributes = node.attributes
        if (attributes.get("http-equiv") or "").strip().casefold() == HEADER.casefold():
            found.append(attributes.get("content") or "")
    return tuple(found)
