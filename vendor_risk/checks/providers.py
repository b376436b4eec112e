"""Fourth parties: the providers that a host hangs on, as its DNS and its certificate tell them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from vendor_risk.checks import certificate, spf
from vendor_risk.checks.base import Question
from vendor_risk.checks.dns_servers import servers
from vendor_risk.checks.exhibit import shown
from vendor_risk.checks.facts import fact
from vendor_risk.checks.lookup import aliases, exchanges, lookup
from vendor_risk.checks.mail import senders
from vendor_risk.checks.names import is_subdomain, organisation, plain, sold
from vendor_risk.checks.observations import Dns, Observations, Tls
from vendor_risk.checks.referred import fixed
from vendor_risk.checks.tables.authorities import known_as
from vendor_risk.checks.tables.providers import DNS, MAIL, ROUTE_53, SES, WEB

LENGTH_LIMIT = 100  # characters of a name: an issuer may call itself whatever it likes


class Role(StrEnum):
    """What a provider does for the host."""

    MAIL = "mail"
    DNS = "dns"
    WEB = "web"
    AUTHORITY = "authority"


_TABLES = {Role.MAIL: MAIL, Role.DNS: DNS, Role.WEB: WEB}


@dataclass(frozen=True, slots=True)
class Provider:
    """A company that the vendor hangs on; `evidence` is the record that names it."""

    name: str
    role: Role
    evidence: str


def providers(observations: Observations) -> tuple[Provider, ...]:
    """Everybody whose failure would be the host's, each once for a role, by the first evidence.

    A host that no table knows stands for its registrable domain; the vendor's own names for nobody.
    """
    found: dict[tuple[str, Role], Provider] = {}
    for provider in _found(observations):
        found.setdefault((provider.name, provider.role), provider)
    return tuple(found.values())


def _found(observations: Observations) -> Iterator[Provider]:
    own = organisation(observations.domain)
    dns = observations.dns
    for role, record, host in _hosts(dns, observations) if isinstance(dns, Dns) else ():
        name = "" if is_subdomain(host, own) else named(role, host)
        if name:
            yield Provider(name, role, f"{record} {shown(host, LENGTH_LIMIT)}")
    if isinstance(observations.tls, Tls):
        yield from _issuer(observations.tls)


def _hosts(dns: Dns, observations: Observations) -> Iterator[tuple[Role, str, str]]:
    """The hosts that records name, with their role and the type of record.

    Only what the domain's own SPF record includes counts: what lies below is its provider's matter.
    """
    host, own = plain(observations.domain), organisation(observations.domain)
    owners = tuple(dict.fromkeys((host, own)))
    for owner in owners:
        yield from ((Role.MAIL, "MX", each) for each in exchanges(lookup(dns, owner, "MX")))
    for owner in owners:
        yield from ((Role.MAIL, "SPF", each) for each in _included(dns, owner))
    yield from ((Role.DNS, "NS", each) for each in servers(dns, own))
    shops = (host, f"www.{own}") if host == own else (host,)
    for name in shops:
        yield from ((Role.WEB, "CNAME", each) for each in aliases(dns, name))


def _included(dns: Dns, owner: str) -> Iterator[str]:
    """The names that the SPF record of a domain includes."""
    yield from spf.targets(lookup(dns, owner, "TXT"), owner, owner)
    yield from fixed(dns, owner)


def _issuer(tls: Tls) -> Iterator[Provider]:
    leaf = certificate.load(tls.chain_pem[0]) if tls.chain_pem else None
    issuer = certificate.issuer(leaf) if leaf is not None else None
    if leaf is None or issuer is None or issuer == certificate.subject(leaf):
        return
    organised = shown(certificate.organisation(issuer).strip(), LENGTH_LIMIT)
    if organised:
        name = known_as(organised) or organised
        yield Provider(name, Role.AUTHORITY, f"issuer {organised}")


def named(role: Role, host: str) -> str:
    """The provider behind a host, the longest suffix first; empty for what is no name."""
    wanted = plain(host)
    if not sold(wanted):
        return ""
    if role is Role.MAIL and wanted.startswith(SES[0]) and wanted.endswith(SES[1]):
        return "Amazon SES"
    labels, table = wanted.split("."), _TABLES[role]
    for i in range(len(labels) - 1):
        found = table.get(".".join(labels[i:]))
        if found:
            return found
    domain = organisation(wanted)
    if role is Role.DNS and domain.startswith(ROUTE_53):
        return "Amazon Route 53"
    return shown(domain, LENGTH_LIMIT)


def _told(observations: Observations, role: Role) -> Iterator[str]:
    """The providers of a role as a reader sees them."""
    for provider in providers(observations):
        if provider.role is role:
            yield f"{provider.name} ({provider.evidence})"


def _delegation(observations: Observations) -> Iterator[Question]:
    yield organisation(observations.domain), "NS"


@fact(id="mail.provider", title="Who handles mail", asks=senders)
def mail(observations: Observations) -> Iterator[str]:
    """Who takes mail for the domain, and who sends in its name."""
    return _told(observations, Role.MAIL)


@fact(id="dns.provider", title="Who answers for the domain", asks=_delegation)
def name_servers(observations: Observations) -> Iterator[str]:
    """Who runs the name servers."""
    return _told(observations, Role.DNS)


@fact(id="web.provider", title="Who serves the pages")
def web(observations: Observations) -> Iterator[str]:
    """Who stands behind the alias of the host."""
    return _told(observations, Role.WEB)


@fact(id="tls.provider", title="Who vouches for the host")
def issuer(observations: Observations) -> Iterator[str]:
    """The authority that issued the served certificate."""
    return _told(observations, Role.AUTHORITY)
