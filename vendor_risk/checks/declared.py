"""Pages that a vendor or an analyst names as check-out or log-in: read, refused, bounded."""

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, quote, urlsplit

from vendor_risk.checks.exhibit import shown
from vendor_risk.checks.names import is_subdomain, organisation, plain
from vendor_risk.refusals import Refused

MOST = 5
# Beside its front page over http, over https and for a stranger's script, and security.txt: eight
# requests a host are what a look may make without a word to the vendor.
MOST_OF_ONE_HOST = 4
LENGTH = 2000  # characters of an address
_SHOWN = 60  # characters of what was typed that a message repeats
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9])?", re.ASCII)
_KEPT = "/%:@!$&'()*+,;=~?[]"  # what stands in a target as it is (RFC 3986, 3.3 and 3.4)


class DeclarationRefused(Refused):
    """An address that cannot be declared; `message` says why and how to mend it."""


def pages_of(texts: Iterable[str], host: str) -> tuple[str, ...]:
    """The addresses that some lines name, each once; DeclarationRefused names the first bad one.

    A line is a path on the host, or a whole https address below the same registrable domain.
    """
    pages = tuple(dict.fromkeys(_page(text.strip(), host) for text in texts if text.strip()))
    if len(pages) > MOST:
        raise DeclarationRefused(
            "These are %(count)s pages: name the %(most)s that matter most, those"
            " with a field for cards first.",
            count=len(pages),
            most=MOST,
        )
    hosts = [urlsplit(page).netloc for page in pages]
    for each in dict.fromkeys(hosts):
        if hosts.count(each) > MOST_OF_ONE_HOST:
            raise DeclarationRefused(
                "A scan asks one host for at most %(most)s pages beside its front page:"
                " take one of %(host)s away.",
                most=MOST_OF_ONE_HOST,
                host=shown(each, 100),
            )
    return pages


def checked(pages: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses of a stored look as they are; ValueError where one is none, or too many."""
    if len(pages) > MOST:
        raise ValueError(f"at most {MOST} pages can be declared, and these are {len(pages)}")
    for page in pages:
        if len(page) > LENGTH:
            raise ValueError(f"a declared page has at most {LENGTH} characters in its address")
        split = _split(page)
        if split is None or split.scheme != "https" or not page.isprintable():
            raise ValueError(f"{shown(page, _SHOWN)!r} is no whole https address")
    return pages


def as_typed(page: str, host: str) -> str:
    """A declared address as short as it can be typed: the path alone for the host's own."""
    path = page.removeprefix(f"https://{plain(host)}")
    # what begins with two strokes is read as another host
    return path if path.startswith("/") and not path.startswith("//") else page


def _page(text: str, host: str) -> str:
    """The whole address that one line names."""
    typed = shown(text, _SHOWN)
    if len(text) > LENGTH:
        raise DeclarationRefused(
            "%(typed)s has %(count)s characters, and an address here has at most"
            " %(most)s: leave out what stands after the question mark.",
            typed=typed,
            count=len(text),
            most=LENGTH,
        )
    if not text.isprintable() or any(sign in text for sign in ' \\<>"`{}|^'):
        raise DeclarationRefused(
            "%(typed)s has a space or a sign that no address has: copy it from the"
            " browser again, one address a line.",
            typed=typed,
        )
    if text.startswith("/") and not text.startswith("//"):
        text = f"https://{plain(host)}{text}"
    elif text.startswith("//"):
        text = f"https:{text}"
    elif "://" not in text:
        raise DeclarationRefused(
            "%(typed)s is no page: begin with / for a page of %(host)s, or with https://"
            " for a whole address.",
            typed=typed,
            host=shown(host, 100),
        )
    split = _split(text)
    if split is not None and split.scheme == "http":
        raise DeclarationRefused(
            "%(typed)s is not encrypted, and nobody should pay or log in there: give"
            " the address that begins with https://.",
            typed=typed,
        )
    if split is None or split.scheme != "https":
        raise DeclarationRefused(
            "%(typed)s is no address of a page: give one that begins with https://.", typed=typed
        )
    return _whole(split, typed, host)


def _whole(split: SplitResult, typed: str, host: str) -> str:
    """The address in the one form in which it is kept: no fragment, all of it ASCII."""
    name, own = plain(split.hostname or ""), organisation(host)
    if split.username is not None or split.password is not None:
        raise DeclarationRefused(
            "%(typed)s holds a name or a password: give the address without what stands before @.",
            typed=typed,
        )
    if split.port not in (None, 443):
        raise DeclarationRefused(
            "%(typed)s names port %(port)s, and only 443 is visited: give the address"
            " that customers see.",
            typed=typed,
            port=split.port,
        )
    if not _HOST.fullmatch(name) or not is_subdomain(name, own):
        raise DeclarationRefused(
            "%(typed)s lies outside of %(host)s: add its host as a domain of the vendor"
            " that it belongs to.",
            typed=typed,
            host=shown(own, 100),
        )
    if split.fragment.startswith(("/", "!")):
        raise DeclarationRefused(
            "%(typed)s is made by scripts from what stands after #, which no server"
            " gets to see: give an address that the server answers.",
            typed=typed,
        )
    target = (split.path or "/") + (f"?{split.query}" if split.query else "")
    page = f"https://{name}{quote(target, safe=_KEPT)}"
    if len(page) > LENGTH:
        raise DeclarationRefused(
            "%(typed)s has %(count)s characters as it is sent, and an address here"
            " has at most %(most)s: leave out what stands after the question mark.",
            typed=typed,
            count=len(page),
            most=LENGTH,
        )
    return page


def _split(text: str) -> SplitResult | None:
    """An address taken apart; None for what is none, or names no host."""
    try:
        split = urlsplit(text)
        split.port  # noqa: B018  (raises where it is no number)
    except ValueError:
        return None
    return split if split.hostname else None
