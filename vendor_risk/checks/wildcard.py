"""A name that nobody gave: it tells whether a zone answers for every name below it."""

from enum import Enum, auto
from functools import lru_cache
from hashlib import sha256

from vendor_risk.checks.lookup import aliases, lookup
from vendor_risk.checks.names import organisation
from vendor_risk.checks.observations import Answer, Dns, DnsStatus


class Wildcard(Enum):
    """What becomes of a name that nobody gave."""

    NONE = auto()  # it does not exist
    ADDRESS = auto()
    ALIAS = auto()
    EMPTY = auto()  # said to exist without an address, as zones say that deny names compactly
    UNKNOWN = auto()


@lru_cache(maxsize=1024)
def probe(domain: str) -> str:
    """A name below the registrable one that nobody chose; the same in every look."""
    above = organisation(domain)
    return f"x{sha256(above.encode(errors='replace')).hexdigest()[:20]}.{above}"


def answer(dns: Dns, domain: str) -> Answer:
    """What the zone said of that name."""
    return lookup(dns, probe(domain), "A")


def wildcard(dns: Dns, domain: str) -> Wildcard:
    """Whether the zone of a domain has a record `*` (RFC 4592), and of which kind."""
    found = answer(dns, domain)
    if aliases(dns, probe(domain)):
        return Wildcard.ALIAS
    if found.status is DnsStatus.NXDOMAIN:
        return Wildcard.NONE
    if not found.known:
        return Wildcard.UNKNOWN
    return Wildcard.ADDRESS if found.rdata else Wildcard.EMPTY
