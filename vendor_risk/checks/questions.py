"""Which DNS questions the checks need: the first round, and what its answers lead to.

An answer is expected as a resolver gives it: the records of the asked type at the end of a CNAME
chain. CNAMEs that were seen on the way may be recorded as answers of their own.
"""

from collections.abc import Iterator

from vendor_risk.checks import dmarc, spf
from vendor_risk.checks.lookup import lookup
from vendor_risk.checks.names import organisation, parents, plain
from vendor_risk.checks.observations import Dns, DnsStatus

Question = tuple[str, str]

ROUND_LIMIT = 10  # the include and redirect terms that RFC 7208 section 4.6.4 lets one look-up make
NAME_LIMIT = 40  # names over all rounds: above it a record is an attack, not a mail policy


def questions(domain: str) -> tuple[Question, ...]:
    """What to ask about a host in the first round, each question once.

    The host: A, AAAA, MX, TXT, CAA. Every name from there up to the registrable one: CAA. The
    registrable name: NS, SOA, MX, TXT, DS, DNSKEY. The names of the DMARC tree walk: TXT.
    """
    host, above = plain(domain), organisation(domain)
    asked = [(host, type) for type in ("A", "AAAA", "MX", "TXT")]
    asked += [(name, "CAA") for name in parents(domain)]
    asked += [(above, type) for type in ("NS", "SOA", "MX", "TXT", "DS", "DNSKEY")]
    asked += [(f"_dmarc.{name}", "TXT") for name in dmarc.walk(host)]
    return tuple(dict.fromkeys(asked))


def follow_up(dns: Dns, domain: str) -> tuple[Question, ...]:
    """What the answers so far lead to; empty when nothing is left to ask.

    SPF redirect and include targets, and addresses and CAA of the host's CNAME target where the
    resolver brought no address. A loop is asked once around; whatever lies deeper than
    `ROUND_LIMIT` or beyond `NAME_LIMIT` names is left alone.
    """
    wanted = dict.fromkeys(_policies(dns, domain))
    wanted |= dict.fromkeys(_aliases(dns, plain(domain)))
    return tuple(
        question for question in wanted if dns.answer(*question).status is DnsStatus.NOT_ASKED
    )


def _policies(dns: Dns, domain: str) -> Iterator[Question]:
    """Every SPF record that decides about mail of the host or its organisation."""
    level = [(name, name) for name in dict.fromkeys((plain(domain), organisation(domain)))]
    seen, names = set(level), {name for name, _ in level}
    for _ in range(ROUND_LIMIT):
        below = []
        for name, sender in level:
            for target in spf.targets(lookup(dns, name, "TXT"), name, sender):
                crowded = target not in names and len(names) >= NAME_LIMIT
                if crowded or (target, sender) in seen:
                    continue
                seen.add((target, sender))
                names.add(target)
                below.append((target, sender))
                yield target, "TXT"
        level = below


def _aliases(dns: Dns, host: str) -> Iterator[Question]:
    """What to ask at the host's CNAME target, when the resolver did not go there by itself."""
    target = plain(next(iter(dns.answer(host, "CNAME").rdata), ""))
    if not target or target == host:
        return
    if dns.answer(host, "A").rdata or dns.answer(host, "AAAA").rdata:
        return
    for type in ("A", "AAAA", "CAA"):
        if dns.answer(host, type).status in (DnsStatus.NOERROR, DnsStatus.NOT_ASKED):
            yield target, type
