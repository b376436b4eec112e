"""Whose mail is judged for a host, and the check of the servers that take it.

A host that sends no mail rarely has records of its own, and mail about it comes from the
registrable domain above. SPF and DKIM are judged for the asked host where it has an SPF record or
takes mail, else for the registrable domain. The DMARC policy is judged for the same name, or for a
host that has a DMARC record itself; the record is found as receivers find it, from that name up the
tree (RFC 9989). What protects mail on its way in is judged for the asked host where it takes mail,
else for the registrable domain. The evidence names the domain that was judged.
"""

import ipaddress
from collections.abc import Iterator

from vendor_risk.checks import dmarc, spf
from vendor_risk.checks.base import Question, check
from vendor_risk.checks.exhibit import by_dig, shown
from vendor_risk.checks.lookup import addresses, exchanges, exists, lookup, silence, takes_mail
from vendor_risk.checks.names import organisation, plain
from vendor_risk.checks.observations import Answer, Dns, DnsStatus, Observations
from vendor_risk.checks.spf_walk import addresses_wanted
from vendor_risk.evidence import (
    N_,
    Outcome,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)

EXCHANGES_LIMIT = 8  # mail servers that are looked at; honest domains have one to six


def sender(dns: Dns, domain: str) -> str:
    """The name whose outgoing mail is judged for a host; the module says which and why."""
    host, above = plain(domain), organisation(domain)
    if host == above or spf.records(lookup(dns, host, "TXT")) or takes_mail(dns, host):
        return host
    return above


def receiver(dns: Dns, domain: str) -> str:
    """The name whose incoming mail is judged for a host."""
    host = plain(domain)
    return host if takes_mail(dns, host) else organisation(domain)


def gone(dns: Dns, name: str) -> Outcome | None:
    """Not applicable for a name that does not exist: dns.resolve says what that means."""
    if exists(dns, name):
        return None
    return not_applicable(
        f"{shown(name)} does not exist, so there is no mail policy to judge.",
        by_dig("NXDOMAIN", name, "TXT"),
    )


def names(observations: Observations) -> tuple[str, ...]:
    """The host and its organisation; which of the two is judged is known only from the answers."""
    return tuple(dict.fromkeys((plain(observations.domain), organisation(observations.domain))))


def settled(dns: Dns, observations: Observations) -> bool:
    """Whether the answers are there that tell which name is judged."""
    return all(
        dns.answer(name, type).status is not DnsStatus.NOT_ASKED
        for name in names(observations)
        for type in ("MX", "TXT")
    )


def senders(dns: Dns, observations: Observations) -> Iterator[Question]:
    """MX and TXT of the host and its organisation, and every record that their SPF leads to."""
    asked = names(observations)
    for name in asked:
        yield from ((name, "MX"), (name, "TXT"))
    yield from ((name, "TXT") for name in spf.linked(dns, asked))
    if settled(dns, observations):
        yield from addresses_wanted(dns, sender(dns, observations.domain))


def dmarc_walk(observations: Observations) -> Iterator[Question]:
    """The names of the DMARC tree walk."""
    for name in dmarc.walk(observations.domain):
        yield f"_dmarc.{name}", "TXT"


def no_mail(dns: Dns, name: str) -> Outcome | None:
    """What a check of incoming mail says where no server takes any, or where nobody knows."""
    answer = lookup(dns, name, "MX")
    if not answer.known:
        return unknown(silence(answer), by_dig(answer.status, name, "MX"))
    if exchanges(answer):
        return None
    return gone(dns, name) or not_applicable(
        f"{shown(name)} names no server that takes its mail.",
        by_dig(", ".join(answer.rdata) or "no MX record", name, "MX"),
    )


def servers(dns: Dns, name: str) -> tuple[str, ...]:
    """The hosts that take the mail of a name, each once."""
    return tuple(dict.fromkeys(exchanges(lookup(dns, name, "MX"))))[:EXCHANGES_LIMIT]


def exchange_addresses(dns: Dns, observations: Observations) -> Iterator[Question]:
    """The addresses of the hosts that take the mail; AAAA only of those without an A record."""
    for name in names(observations):
        yield name, "MX"
    if not settled(dns, observations):
        return
    for host in servers(dns, receiver(dns, observations.domain)):
        if _literal(host):
            continue
        yield host, "A"
        answer = lookup(dns, host, "A")
        if answer.status is DnsStatus.NOERROR and not addresses(answer):
            yield host, "AAAA"


@check(
    id="mail.mx",
    control="DN-01",
    severity=Severity.MEDIUM,
    requirement=N_("Every mail server of the domain is a host name with an address of its own"),
    rationale=N_(
        "Mail to a server that does not exist comes back after days, and whoever gets hold of the"
        " missing name receives the mail instead. An alias or a bare address in place of a host"
        " name is refused by a part of the senders: questions of ours about an incident don't"
        " arrive."
    ),
    remediation=N_(
        "Let each MX record name a host that has an A or AAAA record itself, neither a CNAME nor an"
        " address:\n"
        "\n"
        "    example.com.      3600 IN MX 10 mail.example.com.\n"
        "    mail.example.com. 3600 IN A  192.0.2.25\n"
        "\n"
        "Remove records of servers that are gone. A domain that takes no mail says so with this"
        " record alone:\n"
        "\n"
        "    example.com. 3600 IN MX 0 ."
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc5321#section-5.1",
        "https://www.rfc-editor.org/rfc/rfc2181#section-10.3",
        "https://www.rfc-editor.org/rfc/rfc7505",
    ),
    asks=exchange_addresses,
)
def mx(dns: Dns, observations: Observations) -> Outcome:
    """Every server must be usable; having none, or the null MX, is a choice and no fault."""
    name = receiver(dns, observations.domain)
    answer = lookup(dns, name, "MX")
    if not answer.known:
        return unknown(silence(answer), by_dig(answer.status, name, "MX"))
    hosts = servers(dns, name)
    evidence = by_dig(f"{name}: {', '.join(answer.rdata) or 'no MX record'}", name, "MX")
    if not hosts:
        return gone(dns, name) or passed(
            evidence, _without(name, answer), severity=Severity.INFORMATIONAL
        )
    faults = [fault for host in hosts if (fault := _fault(dns, host))]
    if any(row.split()[-1:] == ["."] for row in answer.rdata):
        faults.append("the null MX stands beside others")
    if faults:
        return failed(evidence, f"Mail to {shown(name, 100)} gets lost: {'; '.join(faults[:3])}.")
    quiet = next((found for host in hosts if (found := _quiet(dns, host))), None)
    if quiet is not None:
        return unknown(silence(quiet), by_dig(quiet.status, quiet.name, quiet.type))
    return passed(evidence)


def _without(name: str, answer: Answer) -> str:
    if answer.rdata:
        return f"{shown(name, 150)} says that it takes no mail (null MX)."
    return f"{shown(name, 150)} has no MX record; senders then try its own address."


def _fault(dns: Dns, host: str) -> str:
    """What is wrong with a mail server, empty when nothing is or nobody knows."""
    who = shown(host, 100)
    if _literal(host):
        return f"{who} is an address, not a host name"
    alias = dns.answer(host, "CNAME").rdata
    if alias:
        return f"{who} is an alias (CNAME) of {shown(plain(alias[0]), 100)}"
    four, six = lookup(dns, host, "A"), lookup(dns, host, "AAAA")
    if addresses(four) or addresses(six):
        return (
            ""  # servers that deny a name when asked for one kind do exist (RFC 4074 section 4.2)
        )
    if four.status is DnsStatus.NXDOMAIN:
        return f"{who} does not exist"
    if four.known and six.known and not addresses(four) and not addresses(six):
        return f"{who} has no address"
    return ""


def _quiet(dns: Dns, host: str) -> Answer | None:
    """The question without an answer that leaves open whether a mail server has an address."""
    answers = (lookup(dns, host, "A"), lookup(dns, host, "AAAA"))
    if any(addresses(answer) for answer in answers):
        return None
    return next((answer for answer in answers if not answer.known), None)


def _literal(host: str) -> bool:
    """Whether an MX record names an address; a dot at its end makes it no better."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
