"""Checks of names that lead to something that is not there any more, and that others can take."""

from collections.abc import Iterator

from vendor_risk.checks.base import Question, check
from vendor_risk.checks.exhibit import by_dig, shown
from vendor_risk.checks.lookup import aliases, exists, inhabited, lapsed, lookup, silence
from vendor_risk.checks.names import bought, is_subdomain, organisation, plain, registrable, sold
from vendor_risk.checks.observations import Answer, Dns, DnsStatus, Observations
from vendor_risk.checks.referred import Reference, direct, hosts, references
from vendor_risk.checks.tables.takeovers import provider
from vendor_risk.checks.wildcard import probe
from vendor_risk.evidence import (
    N_,
    Outcome,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)


def _hosts(observations: Observations) -> Iterator[Question]:
    """The address of every name beside the host; the answer tells the aliases on the way."""
    yield from ((name, "A") for name in hosts(observations))


@check(
    id="dns.cname.dangling",
    control="DN-01",
    severity=Severity.HIGH,
    requirement=N_("No alias of the domain points to a name that was given up"),
    rationale=N_(
        "At many hosting providers a name that a customer gave up is free for the next one. He who"
        " takes it decides what our subdomain shows, gets a valid certificate for it, reads the"
        " cookies of the whole domain and sends mail that passes as the vendor's."
    ),
    remediation=N_(
        "Delete the CNAME record of a service that is no longer used, and do it before the service"
        " is given up:\n"
        "\n"
        "    campaign.example.com. 300 IN CNAME campaign-2019.azurewebsites.net.   <- delete\n"
        "\n"
        "Where it is still wanted, claim the name at the provider again today and check who served"
        " it in between. List the aliases of the zone and look each target up:\n"
        "\n"
        "    dig +noall +comments +answer campaign-2019.azurewebsites.net A"
    ),
    references=(
        "https://github.com/EdOverflow/can-i-take-over-xyz",
        "https://learn.microsoft.com/en-us/azure/security/fundamentals/subdomain-takeover",
        "https://www.rfc-editor.org/rfc/rfc8020",
    ),
    asks=_hosts,
)
def cname(dns: Dns, observations: Observations) -> Outcome:
    """Only a target that its zone denies counts; a name server that fails proves nothing."""
    above, names = organisation(observations.domain), hosts(observations)
    if not exists(dns, above):
        return not_applicable(
            f"{shown(above)} does not exist, so no name lies below it.",
            by_dig("NXDOMAIN", above, "A"),
        )
    dangling = [name for name in names if _dangles(dns, name)]
    if dangling:
        return _dangling(dns, observations, dangling)
    quiet = _quiet(dns, observations)
    if quiet is not None:
        return unknown(silence(quiet), by_dig(quiet.status, quiet.name, quiet.type))
    seen = (f"{name} -> {target[-1]}" for name in names if (target := aliases(dns, name)))
    return passed(
        by_dig("; ".join(seen) or f"no alias among {', '.join(names)}", names[0], "A"),
    )


def _quiet(dns: Dns, observations: Observations) -> Answer | None:
    """The first name beside the host that nobody could tell anything of.

    An observation that was made elsewhere need not know the name that nobody gave.
    """
    nobody = probe(observations.domain)
    for name in hosts(observations):
        answer = _address(dns, name)
        if not answer.known and (name != nobody or answer.status is not DnsStatus.NOT_ASKED):
            return answer
    return None


def _address(dns: Dns, name: str) -> Answer:
    """What the zone said of a name, be it by A, by AAAA or by the alias alone."""
    answers = [lookup(dns, name, type) for type in ("A", "AAAA")]
    if not aliases(dns, name):
        answers.append(dns.answer(name, "CNAME"))
    return next((answer for answer in answers if answer.known), answers[0])


def _dangles(dns: Dns, name: str) -> bool:
    """Whether a name is an alias, and the zone at its end says that there is no such name."""
    return bool(aliases(dns, name)) and _address(dns, name).status is DnsStatus.NXDOMAIN


def _dangling(dns: Dns, observations: Observations, dangling: list[str]) -> Outcome:
    """The worst of the dangling names; a record `*` is told once, by its sign."""
    above = organisation(observations.domain)
    ends = {name: aliases(dns, name)[-1] for name in dangling}
    name = next((each for each in dangling if provider(ends[each])), dangling[0])
    target, where = ends[name], provider(ends[name])
    wild = ends.get(probe(above)) == target
    spoken = f"*.{above}" if wild else name
    value = "; ".join(f"{each} -> {end} NXDOMAIN" for each, end in ends.items())
    words = f"{shown(spoken, 100)} points to {shown(target, 120)}, which does not exist"
    evidence = by_dig(value, name, "A")
    if where:
        everybody = " every name below the domain" if wild else " this name"
        return failed(
            evidence,
            f"{words} at {where} any more: whoever takes it there speaks for{everybody}.",
        )
    domain = bought(target)
    rest = "Nobody is known to hand such a name out again, but the alias serves nothing."
    if domain and sold(domain) and lapsed(dns, domain):
        rest = f"{shown(domain, 100)} does not either: dns.include.dangling judges that."
    return failed(evidence, f"{words}. {rest}", severity=Severity.HIGH.one_lower)


def _relied_upon(dns: Dns, observations: Observations) -> Iterator[Question]:
    """The addresses of what is relied on; for a name that is not there, its domain.

    A domain is known to exist by any answer below it, so in good order nothing is asked for it.
    """
    host, above = plain(observations.domain), organisation(observations.domain)
    yield above, "NS"
    for name in dict.fromkeys((host, above)):
        yield from ((name, "MX"), (name, "TXT"))
    yield from _hosts(observations)
    denied = {
        plain(each.name)
        for each in dns.records
        if each.status is DnsStatus.NXDOMAIN
        and not is_subdomain(each.name, above)
        and not each.name.startswith("_dmarc.")  # the walk up the tree, in every look
    }
    texts = any(dns.answer(name, "TXT").status is DnsStatus.NXDOMAIN for name in denied)
    for each in references(dns, observations) if texts else direct(dns, observations):
        if is_subdomain(each.name, above) or not sold(each.name):
            continue
        if not each.asked and dns.answer(each.name, each.type).status is DnsStatus.NOT_ASKED:
            yield each.name, each.type
        if each.name in denied or (each.asked and _dangles(dns, each.asked)):
            domain = _domain(each)
            if domain and not inhabited(dns, domain):
                yield domain, "SOA"


def _domain(reference: Reference) -> str | None:
    """The domain that somebody would have to register to become the name that is relied on.

    An alias to a name that a provider hands out is the matter of dns.cname.dangling.
    """
    domain = bought(reference.name) if reference.asked else registrable(reference.name)
    return domain if domain and sold(domain) else None


_CONSEQUENCES = {
    "MX": "receives the mail of the domain",
    "NS": "answers for the whole domain",
    "CNAME": "serves what our users take for the vendor's",
    "SPF": "sends mail that passes as the vendor's",
    "script": "runs code of his own in the pages",
}


@check(
    id="dns.include.dangling",
    control="DN-01",
    severity=Severity.CRITICAL,
    requirement=N_("Every domain that mail, name servers, aliases and scripts rely on is taken"),
    rationale=N_(
        "A domain that lapsed costs ten dollars. Where an SPF record still includes it, its new"
        " owner sends mail that passes every test as the vendor's (SubdoMailing); where an MX, a"
        " name server, an alias or a script still names it, he reads the mail or is the vendor."
    ),
    remediation=N_(
        "Take the domain out of every record that names it, today, and register it yourself if"
        " that takes longer than a day:\n"
        "\n"
        '    example.com. 3600 IN TXT "v=spf1 include:_spf.lapsed.example -all"   <- take it out\n'
        "\n"
        "Then look for what was sent or read in the meantime. A list of all the domains that your"
        " records name, asked once a week, keeps it from coming back:\n"
        "\n"
        "    dig +noall +comments +answer lapsed.example SOA"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc7208#section-5.2",
        "https://www.rfc-editor.org/rfc/rfc8020",
        "https://blog.redsift.com/cybersecurity/your-guide-to-the-subdomailing-campaign/",
    ),
    asks=_relied_upon,
)
def include(dns: Dns, observations: Observations) -> Outcome:
    """Judge the domains of others; whether our own exists is asked by dns.resolve."""
    above = organisation(observations.domain)
    if not exists(dns, above):
        return not_applicable(
            f"{shown(above)} does not exist, so it relies on nobody.",
            by_dig("NXDOMAIN", above, "A"),
        )
    found = tuple(references(dns, observations))
    outside = [each for each in found if not is_subdomain(each.name, above)]
    for each in outside:
        domain = _domain(each)
        if domain and lapsed(dns, domain):
            what = "A page" if each.role == "script" else f"A record ({each.role})"
            return failed(
                by_dig(f"{each}: {domain} NXDOMAIN", domain, "SOA"),
                f"{what} names {shown(each.name, 120)}, but {shown(domain, 100)} does not exist:"
                f" whoever registers it {_CONSEQUENCES[each.role]}.",
            )
    quiet = next((answer for each in outside if (answer := _silence(dns, each))), None)
    quiet = quiet or _unread(dns, observations)
    if quiet is not None:
        return unknown(silence(quiet), by_dig(quiet.status, quiet.name, quiet.type))
    domains = dict.fromkeys(_domain(each) or each.name for each in outside)
    value = ", ".join(domains) or "no domain of anybody else"
    return passed(by_dig(value, next(iter(domains), above), "SOA"))


def _silence(dns: Dns, reference: Reference) -> Answer | None:
    """The answer that is missing to tell whether the domain of a reference exists."""
    domain = _domain(reference)
    if domain is None or inhabited(dns, domain):
        return None
    told = _address(dns, reference.asked) if reference.asked else lookup(
        dns, reference.name, reference.type
    )  # fmt: skip
    if told.status is DnsStatus.NOERROR:
        return None
    return told if not told.known else dns.answer(domain, "SOA")


def _unread(dns: Dns, observations: Observations) -> Answer | None:
    """The answer without which it is open what the domain relies on."""
    host, above = plain(observations.domain), organisation(observations.domain)
    wanted = [(above, "NS")]
    wanted += [(name, type) for name in dict.fromkeys((host, above)) for type in ("MX", "TXT")]
    answers = [lookup(dns, *each) for each in wanted]
    quiet = next((answer for answer in answers if not answer.known), None)
    return quiet or _quiet(dns, observations)
