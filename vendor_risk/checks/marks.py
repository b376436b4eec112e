"""Marks: by what a host is known from one look to the next, such as who issued its certificate."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from vendor_risk.checks.arrival import Arrival, arrive, arrive_pages
from vendor_risk.checks.document import foreign
from vendor_risk.checks.exhibit import shown
from vendor_risk.checks.lookup import lookup
from vendor_risk.checks.names import organisation, plain
from vendor_risk.checks.observations import Dns, Http, Observations, Tls
from vendor_risk.checks.providers import LENGTH_LIMIT, Role, providers
from vendor_risk.checks.software import software
from vendor_risk.evidence import Outcome

MOST = 64  # values of one kind; a page with more scripts than that is told by its checks


class Mark(StrEnum):
    """Kinds of marks; each is neither good nor bad, and worth a word when it changes."""

    HOST = "host"
    ISSUER = "issuer"
    SCRIPT = "script"
    MAIL = "mail"
    PROVIDER = "provider"


_ROLES = {
    Role.AUTHORITY: Mark.ISSUER,
    Role.MAIL: Mark.MAIL,
    Role.DNS: Mark.PROVIDER,
    Role.WEB: Mark.PROVIDER,
}

# Beside the marks of that look: products of which exploited flaws are known, with their version.
SOFTWARE = "software"

Marks = Mapping[str, list[str]]


def marks(observations: Observations) -> dict[str, list[str]]:
    """The marks of one look at one host by kind, sorted; a kind that could not be seen is missing.

    So an empty list says that there is none, and no list that nobody knows.
    """
    found: dict[Mark, set[str]] = {kind: set() for kind in _seen(observations)}
    for provider in providers(observations):
        kind = _ROLES[provider.role]
        if kind in found:
            found[kind].add(provider.name)
    scripts = _scripts(observations)
    if scripts is not None:
        found[Mark.SCRIPT] = scripts
    told = {str(kind): sorted(values)[:MOST] for kind, values in found.items()}
    if (products := _software(observations)) is not None:
        told[SOFTWARE] = products
    return told


def parted(value: str) -> tuple[str, str]:
    """Name and version of a product as `marks` tells it; the version may be empty."""
    name, _, version = value.partition("/")
    return name[:40], version[:40]


def _software(observations: Observations) -> list[str] | None:
    """What the host tells of its software; None where its pages could not be seen."""
    http = observations.http
    if not isinstance(http, Http) or not isinstance(
        arrive(http, observations.domain, "Server"), Arrival
    ):
        return None
    told = {f"{one.name}/{one.version}" for one in software(http, observations.domain)}
    return sorted(told)[:MOST]


def _seen(observations: Observations) -> Iterator[Mark]:
    """The kinds that DNS and TLS answered for."""
    if isinstance(observations.tls, Tls) and observations.tls.chain_pem:
        yield Mark.ISSUER
    dns = observations.dns
    if not isinstance(dns, Dns):
        return
    host, own = plain(observations.domain), organisation(observations.domain)
    if all(lookup(dns, name, type).known for name in {host, own} for type in ("MX", "TXT")):
        yield Mark.MAIL
    if lookup(dns, own, "NS").known:
        yield Mark.PROVIDER


def _scripts(observations: Observations) -> set[str] | None:
    """Who owns the scripts of other organisations; None where no page could be read."""
    if not isinstance(observations.http, Http):
        return None
    pages = arrive_pages(observations.http, observations)
    if isinstance(pages, Outcome):
        return None
    owners = {each.host: each.name for each in observations.owners or ()}
    return {
        shown(owners.get(each.host) or organisation(each.host), LENGTH_LIMIT)
        for page in pages
        for each in foreign(page, page.scripts)
    }
