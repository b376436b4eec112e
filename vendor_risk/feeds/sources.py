"""The lists that there are: who makes them, under which licence, how old is too old."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vendor_risk.feeds import advisories, bootstrap, breaches, kev
from vendor_risk.feeds.reading import Reading

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """One list; `attribution` is what has to stand beside whatever is shown of it.

    `most_bytes` is some ten times what the list had in 2026.
    """

    name: str
    title: str
    licence: str
    attribution: str
    read: Callable[[bytes], Reading[Any]]
    most_bytes: int
    old_days: int


SOURCES = (
    Source(
        "kev",
        "Known exploited vulnerabilities (CISA)",
        "CC0 1.0",
        "CISA, Known Exploited Vulnerabilities Catalog",
        kev.read,
        16 * _MIB,
        old_days=30,
    ),
    Source(
        "breaches",
        "Public breaches (Have I Been Pwned)",
        "CC BY 4.0",
        "Have I Been Pwned, haveibeenpwned.com, CC BY 4.0",
        breaches.read,
        16 * _MIB,
        old_days=60,
    ),
    Source(
        "advisories",
        "Flaws of script libraries (retire.js)",
        "Apache-2.0",
        "Retire.js, retirejs.github.io, Apache-2.0",
        advisories.read,
        8 * _MIB,
        old_days=60,
    ),
    Source(
        "rdap",
        "Registries of domains (IANA)",
        "public registry",
        "IANA, RDAP bootstrap for domain names",
        bootstrap.read,
        2 * _MIB,
        old_days=180,
    ),
)
BY_NAME = {each.name: each for each in SOURCES}
