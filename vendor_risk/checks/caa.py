"""CAA records (RFC 8659, 8657, 9495): their syntax, which set counts for a name, whom it lets."""

import re
from dataclasses import dataclass

from vendor_risk.checks.lookup import lookup, text_of
from vendor_risk.checks.names import is_subdomain, organisation, plain
from vendor_risk.checks.observations import Answer, Dns, DnsStatus
from vendor_risk.checks.tables.acme import VALIDATION_METHODS

CRITICAL = 128  # RFC 8659 section 4.1: the one flag that is defined; the other bits stay 0

_RDATA = re.compile(r"([0-9]{1,3})[ \t]++([a-z0-9]++)[ \t]++(.*)", re.IGNORECASE | re.DOTALL)
_GENERIC = re.compile(r"\\#[ \t]++[0-9]++[ \t]++([0-9a-f \t]++)", re.IGNORECASE)
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_ISSUER = re.compile(rf"{_LABEL}(?:\.{_LABEL})*+", re.IGNORECASE)
_PARAMETER = re.compile(
    r"([a-z0-9]++(?:-++[a-z0-9]++)*+)[ \t]*+=[ \t]*+([\x21-\x3a\x3c-\x7e]*+)", re.IGNORECASE
)
_REPORT = re.compile(r"mailto:[^\s@]++@[^\s@]++|https?://[^\s/]++\S*+", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@]++@[^\s@.]++(?:\.[^\s@.]++)++")
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{2,30}")
_ACCOUNT = re.compile(r"[a-z][a-z0-9+.-]*+:\S++", re.IGNORECASE)
ISSUERS = ("issue", "issuewild", "issuevmc", "issuemail")
KNOWN = (*ISSUERS, "iodef", "contactemail", "contactphone")


@dataclass(frozen=True, slots=True)
class Property:
    """One CAA record."""

    flags: int
    tag: str
    value: str

    @property
    def known(self) -> bool:
        """Whether the tag is one of those that IANA has registered."""
        return self.tag.casefold() in KNOWN

    @property
    def critical(self) -> bool:
        """Whether an authority that does not know the tag has to refuse."""
        return bool(self.flags & CRITICAL)

    @property
    def issuer(self) -> str:
        """The authority that an issue property names; empty for nobody."""
        return plain(self.value.partition(";")[0])

    def __str__(self) -> str:
        return f'{self.flags} {self.tag} "{self.value}"'


def parse(rdata: str) -> Property | None:
    """One record from its zone-file form; None for what is no CAA record at all."""
    text = rdata.strip()
    generic = _GENERIC.fullmatch(text)
    if generic:
        return _from_wire(generic[1])
    match = _RDATA.fullmatch(text)
    if match is None or int(match[1]) > 255:
        return None
    return Property(int(match[1]), match[2], text_of(match[3]))


def _from_wire(digits: str) -> Property | None:
    """A record in the form for unknown types (RFC 3597), as an old dig prints it."""
    try:
        wire = bytes.fromhex(digits)
    except ValueError:
        return None
    if len(wire) < 2 or len(wire) < 2 + wire[1]:
        return None
    end = 2 + wire[1]
    tag, value = wire[2:end], wire[end:]
    return Property(wire[0], tag.decode("ascii", "replace"), value.decode("utf-8", "replace"))


def fault(record: Property) -> str:
    """What is wrong with a record, in a few words; empty when it is well formed."""
    if record.flags not in (0, CRITICAL):
        return f"the flags are {record.flags}; only 0 and 128 are defined"
    tag = record.tag.casefold()
    if tag in ISSUERS:
        return _issue_fault(record.value)
    if tag == "iodef" and not _REPORT.fullmatch(record.value):
        return "the address for reports is neither a mailto: nor an http(s) address"
    if tag == "contactemail" and not _EMAIL.fullmatch(record.value):
        return "the contact is no e-mail address"
    if tag == "contactphone" and not _PHONE.fullmatch(record.value):
        return "the contact is no telephone number"
    return ""


def _issue_fault(value: str) -> str:
    issuer, semicolon, rest = value.partition(";")
    if issuer.strip(" \t") and not _ISSUER.fullmatch(issuer.strip(" \t")):
        return "the name of the authority is no domain name"
    if not semicolon or not rest.strip(" \t"):
        return ""
    for part in rest.split(";"):
        parameter = _PARAMETER.fullmatch(part.strip(" \t"))
        if parameter is None:
            return "a parameter is not of the form tag=value"
        trouble = _parameter_fault(parameter[1].casefold(), parameter[2])
        if trouble:
            return trouble
    return ""


def _parameter_fault(tag: str, value: str) -> str:
    if tag == "validationmethods":
        for method in value.casefold().split(","):
            if method not in VALIDATION_METHODS and not method.startswith("ca-"):
                return f"the validation method {method[:40]} is not registered"
    if tag == "accounturi" and not _ACCOUNT.fullmatch(value):
        return "the account is no URI"
    return ""


@dataclass(frozen=True, slots=True)
class Relevant:
    """The record set that counts for a name: where it was found, what it holds.

    `at` is empty where no name up the tree has a set; `garbage` are records that cannot be read;
    `silence` is a question without an answer that leaves the set open.
    """

    at: str = ""
    properties: tuple[Property, ...] = ()
    garbage: tuple[str, ...] = ()
    silence: Answer | None = None


def relevant(dns: Dns, name: str) -> Relevant:
    """Climb from a name towards the root to the first one with CAA records (RFC 8659 section 3).

    CNAMEs are followed at each name, their parents are not. Names above the registrable one are
    looked at where they were asked: a registry may publish a set, most don't.
    """
    labels, top = plain(name).split("."), organisation(name)
    for i in range(len(labels)):
        at = ".".join(labels[i:])
        answer = lookup(dns, at, "CAA")
        if not answer.known:
            if answer.status is DnsStatus.NOT_ASKED and not is_subdomain(at, top):
                continue
            return Relevant(silence=answer)
        if answer.rdata:
            parsed = [(text, parse(text)) for text in answer.rdata]
            return Relevant(
                at,
                tuple(record for _, record in parsed if record),
                tuple(text for text, record in parsed if record is None),
            )
    return Relevant()


def permitted(properties: tuple[Property, ...], *, wildcard: bool) -> frozenset[str] | None:
    """The authorities that may issue; None when the set does not limit them.

    For a wildcard certificate the issuewild records count where there are any. An issue record
    that cannot be read names nobody (RFC 8659 section 4.2).
    """
    wild = [record for record in properties if record.tag.casefold() == "issuewild"]
    plain_ = [record for record in properties if record.tag.casefold() == "issue"]
    counting = wild if wildcard and wild else plain_
    if not counting:
        return None
    return frozenset(
        record.issuer for record in counting if record.issuer and not _issue_fault(record.value)
    )
