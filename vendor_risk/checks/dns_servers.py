"""Checks of the name servers: are there enough of them, and do their own names lead anywhere."""

import ipaddress
from collections.abc import Iterator, Sequence
from functools import lru_cache

from vendor_risk.checks.base import Question, check
from vendor_risk.checks.exhibit import by_dig, shown
from vendor_risk.checks.lookup import addresses, exists, inhabited, lapsed, lookup, silence
from vendor_risk.checks.names import bought, is_subdomain, organisation, plain, registrable, sold
from vendor_risk.checks.observations import Answer, Dns, DnsStatus, Observations
from vendor_risk.evidence import (
    N_,
    Evidence,
    Outcome,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)

SERVER_LIMIT = 13  # as the root has: more did not fit into one packet of 512 octets
_FOUR_PREFIX, _SIX_PREFIX = 24, 48  # the smallest networks that are routed on their own


def servers(dns: Dns, domain: str) -> tuple[str, ...]:
    """The name servers of the registrable domain above a host, at most 13."""
    found = (plain(text) for text in dns.answer(organisation(domain), "NS").rdata)
    return tuple(dict.fromkeys(name for name in found if name))[:SERVER_LIMIT]


def questions(dns: Dns, observations: Observations) -> Iterator[Question]:
    """NS, A of each, and AAAA where it decides: no A record, or all of them in one network.

    For a server that does not exist, whether its domain does.
    """
    above = organisation(observations.domain)
    yield above, "NS"
    names = servers(dns, above)
    yield from ((name, "A") for name in names)
    fours = [lookup(dns, name, "A") for name in names]
    if all(answer.known for answer in fours):
        close = len(_networks(fours, _FOUR_PREFIX)) <= 1
        yield from (
            (name, "AAAA")
            for name, answer in zip(names, fours, strict=True)
            if close or not addresses(answer)
        )
    for name, answer in zip(names, fours, strict=True):
        domain = registrable(name) if answer.status is DnsStatus.NXDOMAIN else None
        if domain and sold(domain) and not is_subdomain(name, above):
            yield domain, "SOA"


def _networks(answers: Sequence[Answer], length: int) -> set[str]:
    """The networks of a length in which the addresses of some answers lie."""
    version = 4 if length == _FOUR_PREFIX else 6
    found = {_network(text, version, length) for answer in answers for text in addresses(answer)}
    return found - {""}


@lru_cache(maxsize=4096)
def _network(text: str, version: int, length: int) -> str:
    """The network around an address, empty for an address of the other version."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if address.version != version:
        return ""
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))


def _without(dns: Dns, above: str) -> Outcome | None:
    """The outcome where there are no name servers to judge."""
    answer = dns.answer(above, "NS")
    if not answer.known:
        return unknown(silence(answer), by_dig(answer.status, above, "NS"))
    if answer.rdata:
        return None
    if answer.status is DnsStatus.NXDOMAIN or not exists(dns, above):
        return not_applicable(
            f"{shown(above)} does not exist, so it has no name servers.",
            by_dig("NXDOMAIN", above, "NS"),
        )
    if bought(above) != above:
        return not_applicable(
            f"{shown(above)} is no zone of its own: a provider keeps it among its own names.",
            by_dig("no NS record", above, "NS"),
        )
    return None


@check(
    id="dns.ns.count",
    control="DN-01",
    severity=Severity.MEDIUM,
    requirement=N_("At least two name servers in different networks answer for the domain"),
    rationale=N_(
        "When the only name server, or the only network that all of them stand in, fails or is"
        " flooded, the whole domain is gone: no page opens, no mail arrives, nobody can log in,"
        " however healthy those services are."
    ),
    remediation=N_(
        "Have a second name server answer for the zone in a network, better with a provider, of its"
        " own, publish both in the zone and hand the same list to the registrar:\n"
        "\n"
        "    example.com. 3600 IN NS ns1.example.net.\n"
        "    example.com. 3600 IN NS ns2.example.org.\n"
        "\n"
        "Compare what the registrar publishes with what the zone says:\n"
        "\n"
        "    dig +trace +nodnssec example.com NS"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc2182#section-3.1",
        "https://www.rfc-editor.org/rfc/rfc1034#section-4.1",
    ),
    asks=questions,
)
def count(dns: Dns, observations: Observations) -> Outcome:
    """Two names, and addresses that do not all lie in one /24 and one /48."""
    above = organisation(observations.domain)
    outcome = _without(dns, above)
    if outcome is not None:
        return outcome
    names = servers(dns, above)
    evidence = by_dig(", ".join(names) or "no NS record", above, "NS")
    if len(names) < 2:
        how = f"only {shown(names[0], 100)}" if names else "no name server"
        return failed(evidence, f"{shown(above)} has {how}: when it fails, the domain is gone.")
    fours = [lookup(dns, name, "A") for name in names]
    sixes = [lookup(dns, name, "AAAA") for name in names]
    networks = _networks(fours, _FOUR_PREFIX), _networks(sixes, _SIX_PREFIX)
    evidence = by_dig(_placed(names, fours, sixes), above, "NS")
    if any(len(each) > 1 for each in networks):
        return passed(evidence)
    quiet = next((answer for answer in (*fours, *sixes) if not answer.known), None)
    if quiet is not None:
        return unknown(
            "Whether the name servers stand in different networks is open. " + silence(quiet),
            by_dig(quiet.status, quiet.name, quiet.type),
        )
    where = " and ".join(sorted(network for each in networks for network in each))
    if not where:
        return unknown("None of the name servers has an address in this look.", evidence)
    return failed(
        evidence,
        f"All name servers of {shown(above)} stand in one network, {where}: they fail together.",
        severity=Severity.MEDIUM.one_lower,
    )


def _placed(names: Sequence[str], fours: Sequence[Answer], sixes: Sequence[Answer]) -> str:
    """The servers with their addresses."""
    return ", ".join(
        f"{name} {' '.join(addresses(four) + addresses(six))}".rstrip()
        for name, four, six in zip(names, fours, sixes, strict=True)
    )


@check(
    id="dns.ns.resolve",
    control="DN-01",
    severity=Severity.CRITICAL,
    requirement=N_("Every name server of the domain has an address"),
    rationale=N_(
        "A name server without an address answers nobody, so a part of all look-ups is slow or"
        " fails. Where its domain has lapsed, whoever registers that domain answers for ours: he"
        " sends customers to a server of his own, reads our mail and gets valid certificates."
    ),
    remediation=N_(
        "Take the name server out of the zone and out of the delegation at the registrar, or give"
        " it its address back:\n"
        "\n"
        "    ns2.example.net. 3600 IN A    192.0.2.53\n"
        "    ns2.example.net. 3600 IN AAAA 2001:db8::53\n"
        "\n"
        "Where its domain does not exist any more, do it today, at the registrar first, and look"
        " through what the zone answered in the meantime:\n"
        "\n"
        "    dig +trace +nodnssec example.com NS"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc1912",
        "https://www.rfc-editor.org/rfc/rfc1034#section-4.2.2",
    ),
    asks=questions,
)
def resolve(dns: Dns, observations: Observations) -> Outcome:
    """A server whose domain is free to register is worst; then one that does not resolve."""
    above = organisation(observations.domain)
    outcome = _without(dns, above)
    if outcome is not None:
        return outcome
    names = servers(dns, above)
    if not names:
        return not_applicable(
            f"{shown(above)} names no name server.", by_dig("no NS record", above, "NS")
        )
    lame = [name for name in names if _lame(dns, name)]
    for name in lame:
        domain = registrable(name)
        if domain and domain != above and sold(domain) and lapsed(dns, domain):
            return failed(
                by_dig(f"{name}: {domain} NXDOMAIN", domain, "SOA"),
                f"The name server {shown(name, 150)} lies in {shown(domain, 150)}, which does not"
                " exist: whoever registers it answers for the whole domain.",
            )
    if lame:
        return failed(
            _no_address(dns, lame[0]), _lame_words(dns, lame), severity=Severity.CRITICAL.one_lower
        )
    quiet = next((answer for name in names if (answer := _quiet(dns, name))), None)
    if quiet is not None:
        return unknown(silence(quiet), by_dig(quiet.status, quiet.name, quiet.type))
    seen = [lookup(dns, name, "A") for name in names], [lookup(dns, name, "AAAA") for name in names]
    return passed(by_dig(_placed(names, *seen), above, "NS"))


def _lame(dns: Dns, name: str) -> bool:
    """Whether it is certain that a server has no address of either kind."""
    four, six = lookup(dns, name, "A"), lookup(dns, name, "AAAA")
    if addresses(four) or addresses(six):
        return False
    return four.status is DnsStatus.NXDOMAIN or (four.known and six.known)


def _quiet(dns: Dns, name: str) -> Answer | None:
    """The answer that is missing to tell whether a server has an address."""
    answers = [lookup(dns, name, type) for type in ("A", "AAAA")]
    if any(addresses(answer) for answer in answers):
        return None
    return next((answer for answer in answers if not answer.known), None)


def _no_address(dns: Dns, name: str) -> Evidence:
    return by_dig(f"{name}: {'no A, no AAAA' if exists(dns, name) else 'NXDOMAIN'}", name, "A")


def _lame_words(dns: Dns, lame: Sequence[str]) -> str:
    name = lame[0]
    what = "has no address" if exists(dns, name) else "does not exist"
    words = f"The name server {shown(name, 150)} {what}, so it answers nobody."
    if len(lame) > 1:
        words = f"{len(lame)} name servers lead nowhere, {shown(name, 150)} first: it {what}."
    domain = registrable(name)
    if domain and not exists(dns, name) and sold(domain) and not inhabited(dns, domain):
        words += f" Whether {shown(domain, 100)} is free to register could not be told."
    return words
