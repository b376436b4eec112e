"""Checks of the host's name: does it lead anywhere, is it signed, who may issue for it."""

from collections.abc import Iterator

from vendor_risk.checks import caa, certificate
from vendor_risk.checks.base import Question, check
from vendor_risk.checks.exhibit import by_dig, shown
from vendor_risk.checks.lookup import addresses, aliases, exists, lookup, silence, takes_mail
from vendor_risk.checks.names import is_subdomain, organisation, parents, plain
from vendor_risk.checks.observations import Dns, Dnssec, DnsStatus, Observations, Tls
from vendor_risk.checks.tables.authorities import identifiers
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


def _addresses(dns: Dns, observations: Observations) -> Iterator[Question]:
    """A and AAAA of the host, and of its CNAME target where the resolver stopped before it."""
    host = plain(observations.domain)
    yield from ((host, "A"), (host, "AAAA"), (host, "MX"))
    target = _unfollowed(dns, host)
    if target:
        yield from ((target, "A"), (target, "AAAA"))


def _unfollowed(dns: Dns, host: str) -> str:
    """The host's CNAME target, when the resolver did not go there by itself."""
    target = plain(next(iter(dns.answer(host, "CNAME").rdata), ""))
    if target == host or dns.answer(host, "A").rdata or dns.answer(host, "AAAA").rdata:
        return ""
    failed_there = {dns.answer(host, type).status for type in ("A", "AAAA")}
    return target if failed_there <= {DnsStatus.NOERROR, DnsStatus.NOT_ASKED} else ""


@check(
    id="dns.resolve",
    control="DN-01",
    severity=Severity.CRITICAL,
    requirement=N_("The host name leads to an address"),
    rationale=N_(
        "A name that leads nowhere takes its service off the net: customers see an error and mail"
        " bounces. If the domain has lapsed, whoever registers it next receives both."
    ),
    remediation=N_(
        "Make sure at the registrar that the domain is paid for and delegated to your name"
        " servers, then publish an address for the host:\n"
        "\n"
        "    shop.example.com. 300 IN A    192.0.2.10\n"
        "    shop.example.com. 300 IN AAAA 2001:db8::10"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc1035#section-3.4.1",
        "https://www.rfc-editor.org/rfc/rfc3596",
        "https://www.rfc-editor.org/rfc/rfc8020",
    ),
    asks=_addresses,
)
def resolves(dns: Dns, observations: Observations) -> Outcome:
    """An address of either kind is enough; a name that only takes mail needs none."""
    host = plain(observations.domain)
    answers = [lookup(dns, host, type) for type in ("A", "AAAA")]
    found = tuple(text for answer in answers for text in addresses(answer))
    if found:
        return passed(by_dig(", ".join(found[:8]), host, "A"))
    quiet = next((answer for answer in answers if not answer.known), None)
    # servers that deny a name when asked for IPv6 alone do exist (RFC 4074 section 4.2)
    if answers[0].status is DnsStatus.NXDOMAIN:
        alias = next(iter(dns.answer(host, "CNAME").rdata), "")
        where = f" points to {shown(plain(alias), 100)}, which does" if alias else " does"
        return failed(
            by_dig("NXDOMAIN", host, "A"), f"The name {shown(host, 150)}{where} not exist."
        )
    if quiet is not None:
        return unknown(silence(quiet), by_dig(quiet.status, host, quiet.type))
    takes = takes_mail(dns, host)
    if takes is None:
        silent = lookup(dns, host, "MX")
        return unknown(silence(silent), by_dig(silent.status, host, "MX"))
    if takes:
        return not_applicable(
            f"{shown(host)} takes mail and has no address: no service is offered there.",
            by_dig("no A and no AAAA record, but MX", host, "MX"),
        )
    # many registered names serve only www: the row of the catalogue blames names that do not exist
    return failed(
        by_dig("no A and no AAAA record", host, "A"),
        f"The name {shown(host)} exists but has no address, so nothing can be reached there.",
        severity=Severity.LOW,
    )


def signers(observations: Observations) -> Iterator[Question]:
    """What signs the zone."""
    above = organisation(observations.domain)
    yield from ((above, "DS"), (above, "DNSKEY"))


@check(
    id="dns.dnssec.state",
    control="DN-01",
    severity=Severity.HIGH,
    requirement=N_("The domain is signed with DNSSEC and its signatures verify"),
    rationale=N_(
        "Without DNSSEC whoever can forge a DNS answer sends customers and their mail to a server"
        " of his own. With broken signatures every validating resolver, the large public ones"
        " among them, refuses the name as if the host were down."
    ),
    remediation=N_(
        "Switch on DNSSEC signing at the DNS provider (algorithm 13, ECDSA P-256) and hand the DS"
        " record that it shows to the registrar:\n"
        "\n"
        "    example.com. 3600 IN DS 12345 13 2 <SHA-256 digest of the key-signing key>\n"
        "\n"
        "Where the state is bogus, compare the DS at the registrar with the DNSKEY that is served,"
        " replace or remove the stale DS at once, and check that the signatures are renewed before"
        " they expire:\n"
        "\n"
        "    dig +noall +answer example.com DS\n"
        "    dig +noall +answer example.com DNSKEY"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9364",
        "https://www.rfc-editor.org/rfc/rfc4035#section-5",
    ),
    asks=signers,
)
def dnssec(dns: Dns, observations: Observations) -> Outcome:
    """Believe the validating resolver; the DS and DNSKEY only explain what it says."""
    host = plain(observations.domain)
    above = organisation(host)
    if dns.dnssec is Dnssec.SECURE:
        return passed(_by_resolver("secure", host))
    if dns.dnssec is Dnssec.BOGUS:
        target = _outside(dns, host)
        whose = f"the target of its CNAME, {shown(target[-1], 100)}," if target else shown(above)
        return failed(
            _by_resolver("bogus", host),
            f"The signatures of {whose} do not verify: resolvers that validate refuse the name.",
        )
    if dns.dnssec is not Dnssec.INSECURE:
        return unknown(
            "The resolver of this look does not say whether the name is signed.",
            _by_resolver("no verdict", host),
        )
    keys, delegation = dns.answer(above, "DNSKEY"), dns.answer(above, "DS")
    if keys.rdata and delegation.known and not delegation.rdata:
        return failed(
            by_dig("DNSKEY, but no DS at the parent", above, "DS"),
            f"{shown(above)} is signed, but its registrar publishes no DS record, so nobody can"
            " check the signatures.",
            severity=Severity.LOW,
        )
    return failed(
        _by_resolver("insecure", host), _unsigned(dns, host, above), severity=Severity.LOW
    )


def _unsigned(dns: Dns, host: str, above: str) -> str:
    """What is not signed: the organisation's zone, or where the name leads."""
    if not dns.answer(above, "DS").rdata:
        return f"{shown(above)} is not signed with DNSSEC."
    outside = _outside(dns, host)
    if not outside:
        return (
            f"{shown(above)} is signed with DNSSEC, but {shown(host)} lies in a part of it that is"
            " not."
        )
    rest = "which is not signed" if len(outside) == 1 else "and not all on the way there is signed"
    return (
        f"{shown(above)} is signed with DNSSEC, but the name leads by CNAME to"
        f" {shown(outside[-1], 100)}, {rest}."
    )


def _outside(dns: Dns, host: str) -> tuple[str, ...]:
    """The names that the host's CNAMEs lead to in zones of others, the last one at the end."""
    above = organisation(host)
    return tuple(name for name in aliases(dns, host) if not is_subdomain(name, above))


def _by_resolver(value: str, host: str) -> Evidence:
    """The flag `ad` says secure; an answer only with +cd (checking disabled) says bogus."""
    return by_dig(value, host, "A", "+dnssec")


def _issuers(dns: Dns, observations: Observations) -> Iterator[Question]:
    """CAA from the host up to the registrable name, and where an alias of the host ends."""
    for name in parents(observations.domain):
        yield name, "CAA"
    target = _unfollowed(dns, plain(observations.domain))
    if target:
        yield target, "CAA"


@check(
    id="dns.caa",
    control="DN-01",
    severity=Severity.LOW,
    requirement=N_("CAA records name the authorities that may issue certificates for the host"),
    rationale=N_(
        "Without CAA every public authority may issue a certificate for the name. One that is"
        " deceived or careless is then enough for a stranger to pose as the shop with a certificate"
        " that every browser accepts."
    ),
    remediation=N_(
        "Publish CAA records at the registrable domain with the name that your authority prints in"
        " its documentation, forbid wildcard certificates unless you use them, and name an address"
        " for reports:\n"
        "\n"
        '    example.com. 3600 IN CAA 0 issue "letsencrypt.org"\n'
        '    example.com. 3600 IN CAA 0 issuewild ";"\n'
        '    example.com. 3600 IN CAA 0 iodef "mailto:security@example.com"\n'
        "\n"
        "Name every authority that issues for any host below the domain, the one of your CDN"
        " included, or its next renewal is refused."
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc8659",
        "https://www.rfc-editor.org/rfc/rfc8657",
        "https://www.rfc-editor.org/rfc/rfc9495",
    ),
    asks=_issuers,
)
def authorities(dns: Dns, observations: Observations) -> Outcome:
    """Judge the set that counts for the name, then compare it with who issued what is served.

    An authority looks at CAA when it issues, so a certificate from before the record may differ:
    the finding says that one of the two is out of date.
    """
    host = plain(observations.domain)
    found = caa.relevant(dns, host)
    if found.silence is not None:
        quiet = found.silence
        return unknown(silence(quiet), by_dig(quiet.status, quiet.name, "CAA"))
    if not found.at and not exists(dns, organisation(host)):
        return not_applicable(
            f"{shown(organisation(host))} does not exist, so nobody can issue for it.",
            by_dig("NXDOMAIN", organisation(host), "CAA"),
        )
    if not found.at:
        return _unlimited("no CAA record", host, f"No CAA record counts for {shown(host)}")
    seen = "; ".join([*map(str, found.properties), *found.garbage])
    evidence = by_dig(f"{found.at}: {seen}", found.at, "CAA")
    trouble = _syntax(found)
    if trouble:
        return failed(evidence, trouble)
    stranger = _stranger(found, observations)
    if stranger:
        return failed(evidence, stranger)
    if caa.permitted(found.properties, wildcard=False) is None:
        at = shown(found.at)
        return _unlimited(seen, found.at, f"The CAA records of {at} name no authority")
    return passed(evidence)


def _unlimited(value: str, name: str, what: str) -> Outcome:
    return failed(
        by_dig(value, name, "CAA"),
        f"{what}, so every public authority may issue certificates.",
        severity=Severity.LOW.one_lower,
    )


def _syntax(found: caa.Relevant) -> str:
    at = shown(found.at)
    if found.garbage:
        return f"A CAA record of {at} cannot be read."
    for record in found.properties:
        if record.critical and not record.known:
            return (
                f"A CAA record of {at} demands that authorities understand {shown(record.tag, 40)},"
                " which is no known property: none may issue."
            )
        fault = caa.fault(record)
        if fault:
            return f"The CAA record {shown(str(record), 100)} of {at} is malformed: {shown(fault)}."
    return ""


def _stranger(found: caa.Relevant, observations: Observations) -> str:
    """Why the served certificate contradicts the records, empty when it does not.

    A certificate whose wildcard covers the host was allowed by the records of the name below the
    wildcard, with issuewild before issue; those are at the same place or further up.
    """
    tls = observations.tls
    leaf = certificate.load(tls.chain_pem[0]) if isinstance(tls, Tls) and tls.chain_pem else None
    name = certificate.issuer(leaf) if leaf is not None else None
    covered = certificate.covers(certificate.names(leaf), observations.domain) if leaf else None
    if name is None or covered is None:
        return ""
    wildcard = covered.startswith("*.")
    if wildcard and plain(found.at) == plain(observations.domain):
        return ""  # this set was not asked for *.parent
    owner = certificate.organisation(name)
    answers_to = identifiers(owner)
    allowed = caa.permitted(found.properties, wildcard=wildcard)
    if answers_to is None or allowed is None or answers_to & allowed:
        return ""
    listed = ", ".join(sorted(allowed)[:5]) or "nobody"
    return (
        f"The served certificate was issued by {shown(owner, 60)}, but the CAA records of"
        f" {shown(found.at)} allow only {shown(listed, 100)}: one of the two is out of date."
    )
