"""The records of a DNS response as text."""

from itertools import islice

import dns.exception
import dns.message
import dns.rdata
import dns.rdatatype
from dns.rdtypes.txtbase import TXTBase

_MOST_RECORDS = 256  # of one answer; a real one has a few dozen at most
_MOST_CHARACTERS = 65_536  # of one record: what its length field can say (RFC 1035 3.2.1)
_NAMED = frozenset(
    dns.rdatatype.from_text(type) for type in ("NS", "CNAME", "DNAME", "MX", "PTR", "SOA", "SRV")
)


def records(response: dns.message.Message, type: str) -> tuple[str, ...]:
    """The records of a type that a response holds, at the name asked or where its aliases lead.

    They are sorted, since resolvers rotate them and two looks must compare equal.
    """
    chain = _chain(response)
    rrset = chain.answer if chain else None
    if rrset is None or rrset.rdtype != dns.rdatatype.from_text(type):
        return ()
    return tuple(sorted(text(rdata) for rdata in list(rrset)[:_MOST_RECORDS]))


def aliases(response: dns.message.Message) -> tuple[tuple[str, str], ...]:
    """The CNAMEs that a response walked along: each name and its target."""
    chain = _chain(response)
    if chain is None:
        return ()
    return tuple(
        (_undotted(rrset.name.to_text().lower()), text(rdata))
        for rrset in chain.cnames
        for rdata in rrset
    )


def signatures(response: dns.message.Message, type: str) -> tuple[str, ...]:
    """The RRSIG records of a type at the name that was asked, where the response brings any."""
    covered = dns.rdatatype.from_text(type)
    asked = response.question[0].name if response.question else None
    found = (
        text(rdata)
        for rrset in response.answer
        if rrset.rdtype == dns.rdatatype.RRSIG and rrset.covers == covered and rrset.name == asked
        for rdata in rrset
    )
    return tuple(sorted(islice(found, _MOST_RECORDS)))


def zone(response: dns.message.Message) -> tuple[str, str] | None:
    """The zone that says no, with its SOA record (RFC 2308 section 3); None beside records."""
    chain = _chain(response)
    if chain is None or chain.answer is not None:
        return None
    for rrset in response.authority:
        if rrset.rdtype == dns.rdatatype.SOA and chain.canonical_name.is_subdomain(rrset.name):
            return _undotted(rrset.name.to_text().lower()), text(rrset[0])
    return None


def _chain(response: dns.message.Message) -> dns.message.ChainingResult | None:
    """The answer followed along its CNAMEs, at most 16 of them; None when they loop."""
    if not isinstance(response, dns.message.QueryMessage):
        return None
    try:
        return response.resolve_chaining()
    except dns.exception.DNSException:
        return None


def text(rdata: dns.rdata.Rdata) -> str:
    """One record: TXT strings joined, names in lower case without the final dot, else as dig."""
    if isinstance(rdata, TXTBase):
        shown = _unquoted(b"".join(rdata.strings).decode("utf-8", "replace"))
    elif rdata.rdtype in _NAMED:
        shown = " ".join(_undotted(word) for word in rdata.to_text().lower().split(" "))
    else:
        shown = rdata.to_text()
    return shown.replace("\0", "\ufffd")[:_MOST_CHARACTERS]  # databases refuse NUL in JSON


def _undotted(word: str) -> str:
    return word if word == "." else word.removesuffix(".")


def _unquoted(text: str) -> str:
    """The text as it is; one that begins with a quotation mark in the form of zone files.

    Readers take a leading quotation mark for that form.
    """
    if not text.startswith('"'):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
