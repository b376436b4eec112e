"""Source lists of a Content Security Policy: what each source lets in (CSP level 3 section 2.3)."""

import re
from urllib.parse import unquote

from vendor_risk.checks.names import is_sold_below
from vendor_risk.checks.tables.bypasses import ENDPOINTS

NONCE = re.compile(r"'nonce-([A-Za-z0-9+/_-]+={0,2})'", re.IGNORECASE)
HASH = re.compile(r"'sha(?:256|384|512)-[A-Za-z0-9+/_-]+={0,2}'", re.IGNORECASE)
_HOST = re.compile(
    r"(?:([a-z][a-z0-9+.-]*+)://)?(\*|(?:\*\.)?[a-z0-9_-]++(?:\.[a-z0-9_-]++)*+\.?)"
    r"(?::([0-9]++|\*))?(/[^?#]*+)?",
    re.IGNORECASE,
)
_NAME_LIMIT = 260  # characters of a host with its wildcard; a name has at most 253
_WEB = frozenset({"http", "https"})
KEYWORDS = frozenset(
    {
        *("'none'", "'self'", "'unsafe-inline'", "'unsafe-eval'", "'wasm-unsafe-eval'"),
        *("'unsafe-hashes'", "'strict-dynamic'", "'report-sample'", "'inline-speculation-rules'"),
        *("'trusted-types-eval'", "'report-sha256'", "'report-sha384'", "'report-sha512'"),
    }
)


def schemes(source: str) -> frozenset[str]:
    """The schemes of which a source lets any address in; empty for one that names a host."""
    lower = source.lower()
    if lower in ("http:", "https:", "data:", "blob:"):
        # http: takes https in as well (section 6.7.2.8)
        return _WEB if lower == "http:" else frozenset({lower[:-1]})
    host = _HOST.fullmatch(lower)
    if host is None or not _is_anybody(host[2]) or (host[4] or "/") != "/":
        return frozenset()
    return frozenset({"https"}) if host[1] == "https" else _WEB


def _is_anybody(host: str) -> bool:
    """Whether whoever buys a name can have one that a host of a source takes in."""
    if host == "*":
        return True
    return host.startswith("*.") and len(host) <= _NAME_LIMIT and is_sold_below(host[2:])


def lets_strangers(source: str) -> bool:
    """Whether a source lets any host of the web in."""
    return bool(schemes(source) & _WEB)


def bypass(source: str) -> str:
    """The address on a listed host by which a policy is got around, empty where none is known."""
    host = _HOST.fullmatch(source)
    if host is None or host[2] == "*" or (host[1] or "https").lower() not in _WEB:
        return ""
    name, path = host[2].lower().rstrip("."), unquote(host[4] or "")
    for where, endpoints in ENDPOINTS.items():
        fits = where.endswith(name[1:]) if name.startswith("*.") else where == name
        for endpoint in endpoints if fits else ():
            if _path_fits(path, endpoint):
                return where + endpoint
    return ""


def _path_fits(path: str, endpoint: str) -> bool:
    """A path that ends in a slash takes in all that lies below it (section 6.7.2.12)."""
    if path in ("", "/"):
        return True
    return endpoint.startswith(path) if path.endswith("/") else endpoint == path


def allows_inline(sources: tuple[str, ...]) -> bool:
    """Whether scripts run that are written into the page (section 6.7.3.2)."""
    words = {source.lower() for source in sources}
    if "'unsafe-inline'" not in words or "'strict-dynamic'" in words:
        return False
    return not any(NONCE.fullmatch(source) or HASH.fullmatch(source) for source in sources)
