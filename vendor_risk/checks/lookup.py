"""Reads DNS answers: follows CNAMEs, takes records apart, says why a question has no answer.

An answer's `rdata` holds the records of the asked type that a resolver gives, those at the end of
a CNAME chain included. Where only the CNAMEs themselves were observed, they are followed here.
"""

import ipaddress
import re
from functools import lru_cache
from itertools import islice

from vendor_risk.checks.exhibit import NAME_LIMIT, shown
from vendor_risk.checks.names import is_subdomain, plain
from vendor_risk.checks.observations import Answer, Dns, DnsStatus

CNAME_LIMIT = 8  # resolvers give up between 8 and 16 links
TEXT_LIMIT = 65_535  # octets of one TXT record, RFC 1035 section 3.2.1 (RDLENGTH)


def lookup(dns: Dns, name: str, type: str) -> Answer:
    """The answer to a question, at the end of the observed CNAMEs where it lies there."""
    first = dns.answer(plain(name), type)
    if first.rdata or first.status not in (DnsStatus.NOERROR, DnsStatus.NOT_ASKED):
        return first
    for at in aliases(dns, name):
        answer = dns.answer(at, type)
        if answer.rdata or answer.status not in (DnsStatus.NOERROR, DnsStatus.NOT_ASKED):
            return answer
    return first


def aliases(dns: Dns, name: str) -> tuple[str, ...]:
    """The names that the observed CNAMEs of a name lead to, one after the other."""
    found: list[str] = []
    at = plain(name)
    for _ in range(CNAME_LIMIT):
        at = plain(next(iter(dns.answer(at, "CNAME").rdata), ""))
        if not at or at in found or at == plain(name):
            break
        found.append(at)
    return tuple(found)


def addresses(answer: Answer) -> tuple[str, ...]:
    """The IP addresses of an answer; what is none is left out."""
    return tuple(text for text in answer.rdata if _is_address(text))


@lru_cache(maxsize=4096)
def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def exchanges(answer: Answer) -> tuple[str, ...]:
    """The hosts of an MX answer; empty where there is none or only the null MX of RFC 7505."""
    hosts = (plain(text.split()[-1]) for text in answer.rdata if text.split())
    return tuple(host for host in hosts if host)


def takes_mail(dns: Dns, name: str) -> bool | None:
    """Whether a name has hosts that take mail for it; None when nobody could tell."""
    answer = lookup(dns, name, "MX")
    return bool(exchanges(answer)) if answer.known else None


def preferred_exchanges(dns: Dns, name: str) -> tuple[str, ...]:
    """The hosts that take mail for a name, in the order in which a sender tries them."""
    rows = [text.split() for text in lookup(dns, name, "MX").rdata]
    usable = [row for row in rows if len(row) == 2 and row[0].isdecimal() and plain(row[1])]
    ordered = sorted((int(row[0][:5]), plain(row[1])) for row in usable)
    return tuple(dict.fromkeys(host for _, host in ordered))


def exists(dns: Dns, name: str) -> bool:
    """False when the zone said that the name does not exist (RFC 8020) and nothing contradicts."""
    wanted = plain(name)
    states = {record.status for record in dns.records if plain(record.name) == wanted}
    return DnsStatus.NXDOMAIN not in states or DnsStatus.NOERROR in states


def inhabited(dns: Dns, domain: str) -> bool:
    """Whether some answer for a domain, or for a name below it, proves that it exists."""
    return any(
        record.status is DnsStatus.NOERROR and is_subdomain(record.name, domain)
        for record in dns.records
    )


def lapsed(dns: Dns, domain: str) -> bool:
    """Whether a domain was denied by the zone above it, and no answer below it contradicts."""
    return not exists(dns, domain) and not inhabited(dns, domain)


# a string that is never closed runs to the end: else each of its quotes would be tried anew
_STRING = re.compile(r'"((?:[^"\\]++|\\.?)*+)"?|([^\s"]++)', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:(\d{3})|(.))", re.DOTALL)


def texts(answer: Answer) -> tuple[str, ...]:
    """The TXT records of an answer, the strings of each joined without a gap."""
    return tuple(text_of(rdata) for rdata in answer.rdata)


def text_of(rdata: str) -> str:
    """The value of one TXT record from its zone-file form; text without quotes is taken as is."""
    raw = rdata[:TEXT_LIMIT]
    if not raw.startswith('"'):
        return raw
    parts = (match[1] if match[1] is not None else match[2] for match in _STRING.finditer(raw))
    return "".join(_ESCAPE.sub(_unescape, part) for part in islice(parts, 4096))


def _unescape(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2]
    return chr(min(int(match[1]), 255))


def silence(answer: Answer) -> str:
    """Why a question has no answer, as a sentence for a reader."""
    records = f"the {answer.type} records of {shown(answer.name, NAME_LIMIT)}"
    if answer.status is DnsStatus.SERVFAIL:
        return f"The name servers reported an error (SERVFAIL) when asked for {records}."
    if answer.status is DnsStatus.TIMEOUT:
        return f"No name server answered in time when asked for {records}."
    return f"This look did not ask for {records}."
