"""Where browsers find what a page names (URL standard), however oddly it is written."""

import re
from urllib.parse import urljoin

from vendor_risk.checks.names import plain
from vendor_risk.checks.pages import PORTS, Url, address

_WRITTEN_LIMIT = 2048  # characters of an address
_USUAL = re.compile(r"(?:(https?)://([a-z0-9-]++(?:\.[a-z0-9-]++)+))?(/.*)?", re.IGNORECASE)
_CONTROLS = re.compile(r"[\t\n\r]")
_START = re.compile(r"(https?):([/\\]*)", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
BLANK = "".join(map(chr, range(33)))  # control characters and space, as the URL standard trims


def resolved(base: Url, written: str) -> Url | None:
    """Where browsers find what a page names, by the URL standard; None for no web address."""
    text = _CONTROLS.sub("", written[:_WRITTEN_LIMIT].strip(BLANK))
    usual = _usual(base, text)
    if usual is not None:
        return usual
    start = _START.match(text)
    if start is None and _SCHEME.match(text):
        return None
    ahead, mark, query = text.partition("?")
    text = ahead.replace("\\", "/") + mark + query
    if start is not None:
        scheme, rest = start[1].lower(), text[start.end() :]
        # http:path without slashes is relative where the base has the same scheme
        text = rest if not start[2] and scheme == base.scheme else f"{scheme}://{rest}"
    elif text.startswith("//"):
        text = "//" + text.lstrip("/")
    try:
        return address(urljoin(str(base), text))
    except ValueError:
        return None


def _usual(base: Url, text: str) -> Url | None:
    """As `resolved` for the addresses that most pages name: urljoin costs ten times as much."""
    if "/." in text or "\\" in text:
        return None
    usual = _USUAL.fullmatch(text)
    if usual is None or (usual[3] or "").startswith("//") or not text:
        return None
    target = (usual[3] or "/").partition("#")[0].removesuffix("?")
    if usual[1] is None:
        return Url(base.scheme, base.host, base.port, target)
    scheme = usual[1].lower()
    return Url(scheme, plain(usual[2]), PORTS[scheme], target)
