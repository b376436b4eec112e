"""Host names: what was registered, which names lie above, how one is compared with another."""

from functools import lru_cache

import idna
from publicsuffixlist import PublicSuffixList


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    """The list that the package carries, with the private section (github.io and its like)."""
    return PublicSuffixList()


@lru_cache(maxsize=1)
def _registry_suffixes() -> PublicSuffixList:
    """The suffixes of registries alone; asked for rarely, so it is loaded when needed."""
    return PublicSuffixList(only_icann=True)


@lru_cache(maxsize=1)
def _known_registry_suffixes() -> PublicSuffixList:
    """The same without the rule that a top label which nobody knows is a suffix."""
    return PublicSuffixList(only_icann=True, accept_unknown=False)


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


@lru_cache(maxsize=1024)
def is_sold_below(name: str) -> bool:
    """Whether a registry is known to sell names below it: `com` and `co.uk`, not `internal`.

    The list does not tell that a few top labels (`google`) sell to their owner alone.
    """
    return bool(_known_registry_suffixes().is_public(plain(name)))
