"""Turns bytes that a web server sent into text that can be stored and judged."""

import contextlib
import re
from urllib.parse import urldefrag, urljoin, urlsplit

from vendor_risk.checks.observations import Response

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_PORTS = {"http": 80, "https": 443}
_MOST_IN_URL = 8192  # more than any browser or server is known to take
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([a-z0-9_-]{1,40})", re.ASCII | re.IGNORECASE)
# Only encodings of pages: Python knows others, and some take time by the square of the length.
_ENCODINGS = re.compile(
    r"utf-?8|utf-?16(le|be)?|us-ascii|ascii|latin-?1|iso-?8859-\d{1,2}|windows-125\d|cp125\d"
    r"|shift[_-]?jis|euc-(jp|kr)|gb18030|gbk|gb2312|big5|koi8-[ru]",
    re.ASCII | re.IGNORECASE,
)
_READABLE = re.compile(
    r"\s*(text/|application/([a-z.+-]*\+)?(xml|json|javascript|xhtml)\b)", re.ASCII | re.IGNORECASE
)
_FOLD = re.compile(r"[\r\n]+[ \t]*")


def header_text(value: str) -> str:
    """A header field as text: UTF-8 where it is that, else Latin-1; folded lines joined."""
    with contextlib.suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    return stored(_FOLD.sub(" ", value))


def body_text(body: bytes, content_type: str) -> str:
    """A page as text in the encoding that its header names, with a mark for what is not that."""
    named = _CHARSET.search(content_type)
    encoding = named.group(1) if named else "utf-8"
    if not _ENCODINGS.fullmatch(encoding):
        encoding = "utf-8"
    try:
        return stored(body.decode(encoding, "replace"))
    except LookupError:  # such as iso-8859-99
        return stored(body.decode("utf-8", "replace"))


def stored(text: str) -> str:
    """The text without NUL, which databases refuse in JSON."""
    return text.replace("\0", "\ufffd")


def packed(response: Response) -> bool:
    """Whether the body came compressed although nobody asked for that."""
    encodings = response.header("content-encoding")
    return any(encoding.strip().lower() not in ("", "identity") for encoding in encodings)


def readable(response: Response) -> bool:
    """Whether the body is text that came as it is, not packed."""
    if packed(response):
        return False
    types = response.header("content-type")
    return not types or bool(_READABLE.match(types[0]))


def next_url(response: Response) -> str | None:
    """Where a response sends the visitor on, without the fragment; None when it does not."""
    locations = response.header("location")
    if response.status not in _REDIRECTS or not locations:
        return None
    try:
        return urldefrag(urljoin(response.url, locations[0].strip())).url
    except ValueError:
        return locations[0]


def refusal(url: str) -> str:
    """Why a URL is not asked for, in words; empty when it is."""
    if len(url) > _MOST_IN_URL:
        return f"the address is longer than {_MOST_IN_URL} characters"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "the address cannot be read"
    if parts.scheme not in _PORTS:
        return f"the scheme {parts.scheme[:20]}: is not visited, only http and https"
    if not parts.hostname:
        return "the address names no host"
    if port not in (None, _PORTS[parts.scheme]):
        return f"port {port} is not visited, only {_PORTS[parts.scheme]} for {parts.scheme}"
    return ""
