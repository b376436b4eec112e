"""The names that a host leads to: its own beside it, and those of others that it relies on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

from vendor_risk.checks import certificate, csp, document, spf
from vendor_risk.checks.dns_servers import servers
from vendor_risk.checks.lookup import aliases, exchanges, lookup
from vendor_risk.checks.names import is_subdomain, organisation, plain
from vendor_risk.checks.observations import Dns, Http, Observations, Response, Tls
from vendor_risk.checks.web_scripts import script_names
from vendor_risk.checks.wildcard import probe

OFTEN = ("www", "autodiscover", "mail")  # the names that nearly every domain has, or once had
CERTIFICATE_LIMIT = 12  # names of the certificate
PAGE_LIMIT = 6  # names of the pages beside them
EXCHANGE_LIMIT = 8
_POLICY_LIMIT = 8192  # characters of one policy; the longest of 367 real ones has 8,152
_POLICIES_LIMIT = 8  # policies of one look
_SPEC_LIMIT = 512  # characters; a name has 253

_HOST = re.compile(
    r"(?:[a-z][a-z0-9+.-]{0,20}://)?([a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,9})\.?"
    r"(?::[0-9*]{1,5})?(?:/.*+)?",
    re.IGNORECASE | re.DOTALL,
)


def hosts(observations: Observations) -> tuple[str, ...]:
    """The host, the usual names beside it, and those below its organisation that it tells of.

    The last is the name that nobody gave: where the zone has a record `*`, it stands for that.
    """
    tls, http = observations.tls, observations.http
    leaf = tls.chain_pem[0] if isinstance(tls, Tls) and tls.chain_pem else ""
    responses = http.responses if isinstance(http, Http) else ()
    policies = (
        value[:_POLICY_LIMIT]
        for response in responses
        if isinstance(response, Response)
        for header in (csp.HEADER, csp.REPORT_ONLY)
        for value in response.header(header)
    )
    few = tuple(islice(dict.fromkeys(policies), _POLICIES_LIMIT))
    loaded = document.hosts(http) if isinstance(http, Http) else ()
    return _hosts(observations.domain, leaf, few, loaded)


@lru_cache(maxsize=64)  # a look asks in every round, and a few looks are under way at a time
def _hosts(
    domain: str, leaf: str, policies: tuple[str, ...], loaded: tuple[str, ...]
) -> tuple[str, ...]:
    host, above = plain(domain), organisation(domain)
    found = dict.fromkeys((host, *(f"{label}.{above}" for label in OFTEN)))
    for names, limit in (
        (_in_certificate(leaf), CERTIFICATE_LIMIT),
        (chain(_in_policies(policies, above), loaded), PAGE_LIMIT),
    ):
        told = (plain(name) for name in names if "*" not in name)
        below = dict.fromkeys(name for name in told if is_subdomain(name, above))
        found |= dict.fromkeys(islice((name for name in below if name not in found), limit))
    return (*found, probe(above))


def _in_certificate(pem: str) -> tuple[str, ...]:
    leaf = certificate.load(pem) if pem else None
    return certificate.names(leaf).dns[:256] if leaf is not None else ()


def _in_policies(policies: tuple[str, ...], above: str) -> Iterator[str]:
    """The hosts below the organisation that policies name as sources."""
    for policy in csp.texts(policies):
        for source in policy.replace(";", " ").split():
            found = _HOST.fullmatch(source) if above in source.casefold() else None
            if found:
                yield found[1]


def fixed(dns: Dns, owner: str) -> Iterator[str]:
    """The part of a name that SPF includes and that stays, where the rest differs by message.

    `spf.provider.example` of `%{i}.spf.provider.example`.
    """
    for text in spf.records(lookup(dns, owner, "TXT")):
        record = spf.parse(text) if "%" in text else None
        for spec in (*(term.value for term in record.includes), record.redirect) if record else ():
            if spec and len(spec) <= _SPEC_LIMIT and spf.expand(spec, owner, owner) is None:
                yield plain(spec.rpartition("}")[2].strip("."))


@dataclass(frozen=True, slots=True)
class Reference:
    """A name that the organisation relies on: as what, and by which question it is known."""

    role: str  # MX, NS, CNAME, SPF or script
    name: str
    type: str
    asked: str = ""  # the name that was asked for, where an alias leads on from there

    def __str__(self) -> str:
        return f"{self.role} {self.name}"


def references(dns: Dns, observations: Observations) -> Iterator[Reference]:
    """Every name that mail, name servers, aliases, SPF and scripts lead to, the own ones too."""
    yield from direct(dns, observations)
    host, above = plain(observations.domain), organisation(observations.domain)
    for name in spf.linked(dns, tuple(dict.fromkeys((host, above)))):
        yield Reference("SPF", name, "TXT")


def direct(dns: Dns, observations: Observations) -> Iterator[Reference]:
    """As `references`, without the names that SPF records lead to, which take long to gather."""
    host, above = plain(observations.domain), organisation(observations.domain)
    for owner in dict.fromkeys((host, above)):
        for name in exchanges(lookup(dns, owner, "MX"))[:EXCHANGE_LIMIT]:
            yield Reference("MX", name, "A")
        for name in fixed(dns, owner):
            yield Reference("SPF", name, "TXT")
    for name in servers(dns, above):
        yield Reference("NS", name, "A")
    for asked in hosts(observations):
        for name in aliases(dns, asked):
            yield Reference("CNAME", name, "A", asked)
    for name in script_names(observations.http) if isinstance(observations.http, Http) else ():
        yield Reference("script", plain(name), "A")
