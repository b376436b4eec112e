"""Host names: what was registered, which names lie above, how one is compared with another."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import idna
from publicsuffixlist import PSLFILE, PublicSuffixList

from vendor_risk.once import once


@once
def _suffixes() -> PublicSuffixList:
    """The list that the package carries, with the private section (github.io and its like)."""
    return PublicSuffixList(_list(), accept_encoded_idn=False)


@once
def _registry_suffixes() -> PublicSuffixList:
    """The suffixes of registries alone; asked for rarely, so it is loaded when needed."""
    return PublicSuffixList(_list(), accept_encoded_idn=False, only_icann=True)


@once
def _known_registry_suffixes() -> PublicSuffixList:
    """The same without the rule that a top label which nobody knows is a suffix."""
    return PublicSuffixList(
        _list(), accept_encoded_idn=False, only_icann=True, accept_unknown=False
    )


def _list() -> Iterator[str]:
    """The lines of the list, with the A-labels of each suffix that is not ASCII.

    The package itself prepares and encodes all ten thousand of them, which takes longer than all
    else of a start; the list is in lower case and normal form already.
    """
    with Path(PSLFILE).open(encoding="utf-8") as lines:
        for line in lines:
            yield line
            if not line.isascii() and not line.startswith("//"):
                yield ".".join(map(_encoded, line.split(" ")[0].rstrip().split(".")))


def _encoded(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """The name as the DNS compares it: A-labels, lower case, no final dot.

    A name that IDNA refuses comes back in lower case as it was: the caller compares and shows it,
    and a query for it would fail by itself.
    """
    lower = name.strip().rstrip(".").casefold()
    if lower.isascii():
        return lower
    try:
        return idna.encode(lower, uts46=True, transitional=False).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return lower


@lru_cache(maxsize=4096)
def registrable(name: str) -> str | None:
    """The name that was bought at a registrar (`shop.co.uk` for `login.shop.co.uk`).

    None for a public suffix itself and for what is no name.
    """
    registered = _suffixes().privatesuffix(name)
    return registered if isinstance(registered, str) else None


@lru_cache(maxsize=1024)
def bought(name: str) -> str | None:
    """The name that a registry sold; a provider may hand out names below it.

    `github.io` for `shop.github.io`, whose registrable name is itself. None for a suffix of a
    registry and for what is no name.
    """
    sold = _registry_suffixes().privatesuffix(plain(name))
    return sold if isinstance(sold, str) else None


# Networks use these inside, and nobody can buy a name below them (RFC 6761, 6762, 7686, 8375, 9476,
# ICANN's list of names that collide); `example` and `test` are left in for examples and tests
_NOT_FOR_SALE = frozenset(
    {
        *("alt", "arpa", "corp", "home", "internal", "invalid", "lan", "local", "localdomain"),
        *("localhost", "mail", "onion"),
    }
)


def sold(name: str) -> bool:
    """Whether a name could belong to somebody: no address, and under a top label that sells."""
    labels = plain(name).split(".")
    return len(labels) > 1 and labels[-1] not in _NOT_FOR_SALE and not labels[-1].isdigit()


def organisation(name: str) -> str:
    """The registrable name, or the name itself where there is none above it."""
    return registrable(plain(name)) or plain(name)


def parents(name: str) -> tuple[str, ...]:
    """The name and every name above it, up to and with the registrable one."""
    wanted, top = plain(name), organisation(name)
    labels = wanted.split(".")
    return tuple(".".join(labels[i:]) for i in range(len(labels) - top.count(".")))


def is_subdomain(name: str, of: str) -> bool:
    """Whether a name lies below another, or is the same."""
    lower, upper = plain(name), plain(of)
    return lower == upper or lower.endswith("." + upper)


def is_registry_suffix(name: str) -> bool:
    """Whether a registry sells names directly below it (`com`, `co.uk`), so nobody owns them all.

    `github.io` is none: one company owns it and rightly holds a certificate for `*.github.io`.
    """
    wanted = plain(name)
    if "." not in wanted:
        return True
    return registrable(wanted) is None and bool(_registry_suffixes().is_public(wanted))


# Sold to whoever pays, by what ICANN's list of top-level domains says of their registries; with
# them count those of two letters. All others may belong to one company (`google`) or kind (`bank`).
_OPEN = frozenset(
    {
        *("app", "asia", "biz", "blog", "click", "cloud", "club", "com", "dev", "digital", "email"),
        *("eu", "fun", "info", "link", "live", "mobi", "name", "net", "news", "one", "online"),
        *("org", "page", "pro", "shop", "site", "space", "store", "tech", "tel", "today", "top"),
        *("vip", "website", "world", "xyz"),
    }
)
# Second labels of countries that only the state, universities or schools get.
_CLOSED = frozenset(
    {
        *("ac", "edu", "go", "gob", "gouv", "gov", "govt", "gv", "jus", "k12", "leg", "mil"),
        *("mod", "nhs", "parliament", "police", "sch", "school"),
    }
)


@lru_cache(maxsize=1024)
def is_sold_below(name: str) -> bool:
    """Whether anybody can buy a name below it: `com` and `co.uk`; not `internal`, `gov`, `google`.

    True only for suffixes that are known to be open.
    """
    suffix = plain(name)
    labels = suffix.split(".")
    top = labels[-1]
    if top not in _OPEN and len(top) != 2 and not top.startswith("xn--"):
        return False
    return _CLOSED.isdisjoint(labels) and bool(_known_registry_suffixes().is_public(suffix))
