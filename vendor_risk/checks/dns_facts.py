"""Facts of the name: its zone, its wildcard, IPv6, and what HTTPS records tell."""

from collections.abc import Iterator
from itertools import chain

from vendor_risk.checks.base import Question
from vendor_risk.checks.dns_servers import servers
from vendor_risk.checks.facts import fact
from vendor_risk.checks.lookup import addresses, aliases, exchanges, lookup
from vendor_risk.checks.names import organisation, plain
from vendor_risk.checks.observations import Dns, DnsStatus, Observations
from vendor_risk.checks.wildcard import Wildcard, answer, probe, wildcard

_SOA_FIELDS = ("refresh", "retry", "expire", "minimum")
_HOUR, _DAY = 3600, 86_400
# seconds, RFC 1912 section 2.2; the last one is a time to remember a "no" since RFC 2308 section 5
_RANGES = {
    "refresh": (1200, 12 * _HOUR),
    "expire": (14 * _DAY, 28 * _DAY),
    "minimum": (0, _DAY),
}
_SHOWN = 2  # name servers, or mail hosts, that are asked for IPv6 before it counts as missing


def _probed(observations: Observations) -> Iterator[Question]:
    """The name that nobody gave."""
    yield probe(observations.domain), "A"


def _zone(dns: Dns, observations: Observations) -> Iterator[Question]:
    """The SOA record, once it did not come by itself with the "no" to that name."""
    yield from _probed(observations)
    if dns.answer(probe(observations.domain), "A").status is not DnsStatus.NOT_ASKED:
        yield organisation(observations.domain), "SOA"


@fact(id="dns.soa", title="The zone", asks=_zone)
def soa(dns: Dns, observations: Observations) -> Iterator[str]:
    """Serial and timers; those outside of the usual ranges say so."""
    record = next(iter(lookup(dns, organisation(observations.domain), "SOA").rdata), "")
    words = record.split()
    if len(words) != 7 or not all(word.isascii() and word.isdigit() for word in words[2:]):
        return
    yield f"primary {plain(words[0])}"
    yield f"serial {words[2]}"
    times = dict(zip(_SOA_FIELDS, (int(word[:10]) for word in words[3:]), strict=True))
    for name, seconds in times.items():
        yield f"{name} {seconds} s{_judged(name, seconds, times)}"


def _judged(name: str, seconds: int, times: dict[str, int]) -> str:
    if name == "retry":
        fits = seconds < times["refresh"]
        return "" if fits else " (not below refresh, against RFC 1912)"
    low, high = _RANGES[name]
    standard = "RFC 2308" if name == "minimum" else "RFC 1912"
    return "" if low <= seconds <= high else f" (outside {low} to {high} s, {standard})"


@fact(id="dns.wildcard", title="Names that nobody gave", asks=_probed)
def wild(dns: Dns, observations: Observations) -> Iterator[str]:
    """What becomes of a name that nobody gave, which says whether the zone has a record `*`."""
    above, kind = organisation(observations.domain), wildcard(dns, observations.domain)
    if kind is Wildcard.NONE:
        yield f"no record *.{above}"
    elif kind is Wildcard.ADDRESS:
        yield f"*.{above} leads to {', '.join(answer(dns, above).rdata[:4])}"
    elif kind is Wildcard.ALIAS:
        yield f"*.{above} is an alias of {aliases(dns, probe(above))[-1]}"
    elif kind is Wildcard.EMPTY:
        yield f"every name below {above} is said to exist, without an address"


def _six(dns: Dns, observations: Observations) -> Iterator[Question]:
    """AAAA of the host, then of name servers and of mail hosts until one of each has any."""
    for _, names in _parts(dns, observations):
        for name in names:
            yield name, "AAAA"
            found = lookup(dns, name, "AAAA")
            if addresses(found) or found.status is DnsStatus.NOT_ASKED:
                break


def _parts(dns: Dns, observations: Observations) -> Iterator[tuple[str, list[str]]]:
    host, above = plain(observations.domain), organisation(observations.domain)
    yield "web", [host]
    yield "name server", list(servers(dns, above)[:_SHOWN])
    mail = chain(*(exchanges(lookup(dns, name, "MX")) for name in (host, above)))
    yield "mail", list(dict.fromkeys(mail))[:_SHOWN]


@fact(id="dns.ipv6", title="IPv6", asks=_six)
def ipv6(dns: Dns, observations: Observations) -> Iterator[str]:
    """Which of the host, its name servers and its mail hosts can be reached over IPv6."""
    for role, names in _parts(dns, observations):
        for name in names:
            found = lookup(dns, name, "AAAA")
            if found.known:
                yield f"{role} {name}: {', '.join(addresses(found)[:2]) or 'none'}"


def _service(observations: Observations) -> Iterator[Question]:
    """The HTTPS record of the host."""
    yield plain(observations.domain), "HTTPS"


@fact(id="dns.https_rr", title="HTTPS record", asks=_service)
def https_rr(dns: Dns, observations: Observations) -> Iterator[str]:
    """What browsers learn before they connect: protocols, hints, keys (RFC 9460)."""
    yield from lookup(dns, observations.domain, "HTTPS").rdata[:4]
