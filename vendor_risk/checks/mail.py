"""Checks of mail: can a stranger send in the vendor's name.

Which name is judged. DMARC is found as receivers find it: from the asked host up the tree
(RFC 9989), so `login.shop.example` gets the policy that its organisation set for subdomains. SPF
has no such inheritance, and a host that sends no mail rarely has a record: SPF is judged for the
asked host where it has an SPF record or takes mail, else for the registrable domain above it. The
evidence names the domain that was judged.
"""

from collections.abc import Iterator

from vendor_risk.checks import dmarc, spf
from vendor_risk.checks.base import Question, check
from vendor_risk.checks.dmarc import Discovery, Policy
from vendor_risk.checks.exhibit import by_dig, shown
from vendor_risk.checks.lookup import exists, lookup, silence, takes_mail, texts
from vendor_risk.checks.names import organisation, plain
from vendor_risk.checks.observations import Dns, Observations
from vendor_risk.evidence import (
    N_,
    Evidence,
    Outcome,
    Severity,
    Status,
    failed,
    not_applicable,
    passed,
    unknown,
)


def sender(dns: Dns, domain: str) -> str:
    """The name whose SPF record is judged for a host; the module says which and why."""
    host, above = plain(domain), organisation(domain)
    if host == above or spf.records(lookup(dns, host, "TXT")) or takes_mail(dns, host):
        return host
    return above


def _gone(dns: Dns, name: str) -> Outcome | None:
    """Not applicable for a name that does not exist: dns.resolve says what that means."""
    if exists(dns, name):
        return None
    return not_applicable(
        f"{shown(name)} does not exist, so there is no mail policy to judge.",
        by_dig("NXDOMAIN", name, "TXT"),
    )


def senders(dns: Dns, observations: Observations) -> Iterator[Question]:
    """MX and TXT of the host and its organisation, and every record that their SPF leads to.

    Which of the two is judged is known only from the answers.
    """
    names = tuple(dict.fromkeys((plain(observations.domain), organisation(observations.domain))))
    for name in names:
        yield from ((name, "MX"), (name, "TXT"))
    yield from ((name, "TXT") for name in spf.linked(dns, names))


@check(
    id="mail.spf.present",
    control="DN-01",
    severity=Severity.HIGH,
    requirement=N_("The domain has exactly one SPF record"),
    rationale=N_(
        "Without SPF a receiver cannot tell the vendor's mail servers from anybody else's, so"
        " forged invoices and password mails in the vendor's name get through. Two records count as"
        " an error and protect as little as none."
    ),
    remediation=N_(
        "Publish one TXT record that lists the systems that send for the domain and closes with"
        " -all; merge a second record into it:\n"
        "\n"
        '    example.com. 3600 IN TXT "v=spf1 include:_spf.example.net ip4:192.0.2.25 -all"\n'
        "\n"
        "A domain that sends no mail says so:\n"
        "\n"
        '    example.com. 3600 IN TXT "v=spf1 -all"'
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc7208#section-4.5",
        "https://www.rfc-editor.org/rfc/rfc7208#section-10.1.2",
    ),
    asks=senders,
)
def spf_present(dns: Dns, observations: Observations) -> Outcome:
    """No record weighs less where the domain takes no mail and DMARC rejects what is forged."""
    name = sender(dns, observations.domain)
    answer = lookup(dns, name, "TXT")
    if not answer.known:
        return unknown(silence(answer), by_dig(answer.status, name, "TXT"))
    found = spf.records(answer)
    if len(found) == 1:
        return passed(by_dig(f"{name}: {found[0]}", name, "TXT"))
    if found:
        return failed(
            by_dig(f"{name}: {len(found)} SPF records: {' | '.join(found)}", name, "TXT"),
            f"{shown(name)} has {len(found)} SPF records, which receivers treat as an error.",
        )
    gone = _gone(dns, name)
    if gone is not None:
        return gone
    evidence = by_dig(f"{name}: no TXT record begins with v=spf1", name, "TXT")
    reason = f"{shown(name)} has no SPF record"
    rejects = dmarc.discover(dns, name).policy is Policy.REJECT
    if rejects and takes_mail(dns, name) is False:
        return failed(
            evidence,
            f"{reason}; it takes no mail and its DMARC policy rejects forged mail, which limits the"
            " damage.",
            severity=Severity.HIGH.one_lower,
        )
    return failed(evidence, f"{reason}, so anybody can send mail in its name.")


@check(
    id="mail.spf.all",
    control="DN-01",
    severity=Severity.HIGH,
    requirement=N_("The SPF record refuses every sender that it does not name"),
    rationale=N_(
        "The end of the record decides about strangers. +all declares the whole internet a"
        " legitimate sender, ?all and a missing end say nothing, and forged mail in the vendor's"
        " name reaches our staff and our customers."
    ),
    remediation=N_(
        "Close the record with -all once every legitimate sender is named; ~all is enough only with"
        " a DMARC policy of quarantine or reject:\n"
        "\n"
        '    example.com. 3600 IN TXT "v=spf1 include:_spf.example.net -all"'
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc7208#section-5.1",
        "https://www.rfc-editor.org/rfc/rfc7208#section-6.1",
        "https://www.rfc-editor.org/rfc/rfc9989",
    ),
    asks=senders,
)
def spf_all(dns: Dns, observations: Observations) -> Outcome:
    """Judge the term for everybody else, at the end of `redirect`; syntax is another check's."""
    name = sender(dns, observations.domain)
    answer = lookup(dns, name, "TXT")
    if answer.known and len(spf.records(answer)) != 1:
        return _gone(dns, name) or not_applicable(
            f"{shown(name)} has no single SPF record that could be judged.",
            by_dig(f"{name}: {len(spf.records(answer))} SPF records", name, "TXT"),
        )
    verdict = spf.strangers(dns, name)
    if verdict.silence is not None:
        quiet = verdict.silence
        return unknown(silence(quiet), by_dig(quiet.status, quiet.name, "TXT"))
    way = " -> ".join(verdict.via)
    evidence = by_dig(f"{way}: {verdict.record}", verdict.via[-1], "TXT")
    if verdict.error:
        return failed(
            evidence,
            f"The SPF record of {shown(name)} cannot be evaluated: {shown(verdict.error, 200)}.",
        )
    if verdict.depends:
        return unknown(
            f"The SPF record of {shown(name)} leads somewhere else with every message"
            f" ({shown(verdict.depends, 100)}), so nobody can tell what strangers get.",
            evidence,
        )
    if verdict.open_include:
        return failed(
            evidence,
            f"The SPF record of {shown(name)} includes {shown(verdict.open_include, 100)}, which"
            " lets everybody send.",
        )
    outcome = _strangers(dns, name, verdict.qualifier, evidence=evidence)
    if verdict.gap is None or outcome.status is not Status.PASSED:
        return outcome
    quiet = verdict.gap
    return unknown(
        "An included record could not be read, and it may let everybody send. " + silence(quiet),
        by_dig(quiet.status, quiet.name, "TXT"),
    )


def _strangers(dns: Dns, name: str, qualifier: str, *, evidence: Evidence) -> Outcome:
    if qualifier == "-":
        return passed(evidence)
    if qualifier != "~":
        words = {
            "+": "lets every server of the world send in its name (+all)",
            "?": "says nothing about senders that it does not name (?all)",
            "": "does not say what to do with senders that it does not name",
        }
        return failed(evidence, f"The SPF record of {shown(name)} {words[qualifier]}.")
    found = dmarc.discover(dns, name)
    if found.silence is not None:
        return unknown(
            "Whether ~all is enough depends on the DMARC policy, and that could not be read: "
            + silence(found.silence),
            evidence,
        )
    if found.policy in (Policy.QUARANTINE, Policy.REJECT):
        return passed(evidence, "~all is enough because the DMARC policy is enforced.")
    return failed(
        evidence,
        f"The SPF record of {shown(name)} only marks forged mail as doubtful (~all), and no DMARC"
        " policy stops it.",
        severity=Severity.HIGH.one_lower,
    )


def dmarc_walk(observations: Observations) -> Iterator[Question]:
    """The names of the DMARC tree walk."""
    for name in dmarc.walk(observations.domain):
        yield f"_dmarc.{name}", "TXT"


@check(
    id="mail.dmarc.present",
    control="DN-01",
    severity=Severity.HIGH,
    requirement=N_("A single DMARC record covers the domain"),
    rationale=N_(
        "DMARC is what ties SPF and DKIM to the address that people read. Without it a forged mail"
        " can show the vendor's address and pass every test, and nobody learns that it happens."
    ),
    remediation=N_(
        "Publish one TXT record at _dmarc of the registrable domain; begin with reports, then move"
        " to quarantine and reject:\n"
        "\n"
        '    _dmarc.example.com. 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"\n'
        "\n"
        "Remove a second record: receivers throw both away."
    ),
    references=("https://www.rfc-editor.org/rfc/rfc9989#section-4.10",),
    asks=dmarc_walk,
)
def dmarc_present(dns: Dns, observations: Observations) -> Outcome:
    """One record somewhere on the walk up the tree is enough."""
    host = plain(observations.domain)
    found = dmarc.discover(dns, host)
    if host in found.doubled or (found.doubled and found.record is None):
        at = found.doubled[0]
        return failed(
            by_dig(_doubles(dns, at), f"_dmarc.{at}", "TXT"),
            f"{shown(at)} has more than one DMARC record, so receivers ignore them all.",
        )
    if found.record is not None:
        return passed(_record(host, found))
    if found.silence is not None:
        return _silent(found)
    gone = _gone(dns, organisation(host))
    if gone is not None:
        return gone
    return failed(
        by_dig(f"no DMARC record at {_walked(host)}", f"_dmarc.{organisation(host)}", "TXT"),
        f"No DMARC record covers {shown(host)}, so receivers cannot tell forged mail apart.",
    )


@check(
    id="mail.dmarc.policy",
    control="DN-01",
    severity=Severity.HIGH,
    requirement=N_("The DMARC policy has forged mail rejected, for subdomains too"),
    rationale=N_(
        "With p=none receivers deliver forged mail as if there were no DMARC; with quarantine it"
        " lies in the spam folder, where people look for missing invoices. A weaker policy for"
        " subdomains moves the forgery to billing.example.com."
    ),
    remediation=N_(
        "Read the reports until every legitimate sender passes, then ask for rejection and leave"
        " out sp, np, t and pct:\n"
        "\n"
        '    _dmarc.example.com. 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"'
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9989#section-4.7",
        "https://www.rfc-editor.org/rfc/rfc9989#section-4.10.1",
    ),
    asks=dmarc_walk,
)
def dmarc_policy(dns: Dns, observations: Observations) -> Outcome:
    """Judge what receivers are asked to do with mail from the asked host, `t` included."""
    host = plain(observations.domain)
    found = dmarc.discover(dns, host)
    if found.silence is not None:
        return _silent(found)
    record = found.record
    if record is None:
        gone = _gone(dns, organisation(host))
        return gone or not_applicable(
            f"No DMARC record covers {shown(host)}, so there is no policy to judge.",
            by_dig(f"no single record at {_walked(host)}", f"_dmarc.{host}", "TXT"),
        )
    evidence = _record(host, found)
    if not record.applies:
        return failed(
            evidence,
            f"The DMARC record of {shown(found.at)} has no valid policy and asks for no reports:"
            " receivers ignore it.",
        )
    if found.policy is Policy.NONE:
        return failed(evidence, _toothless(record, found))
    weak = _weakness(record, found)
    if weak:
        return failed(evidence, weak, severity=Severity.HIGH.one_lower)
    return passed(evidence)


def _toothless(record: dmarc.Dmarc, found: Discovery) -> str:
    if not record.complete:
        return (
            f"The DMARC record of {shown(found.at)} has no valid policy, which receivers read as"
            " p=none: forged mail is delivered."
        )
    tag = next((tag for tag in dmarc.ORDER[found.tag] if tag in record.tags), "p")
    if record.testing and record.asked(tag) is not Policy.NONE:
        return (
            f"The DMARC policy of {shown(found.at)} is only being tested (t=y), which lowers it to"
            " none: forged mail is delivered."
        )
    return f"The DMARC policy is none ({tag}=none): forged mail is delivered."


def _weakness(record: dmarc.Dmarc, found: Discovery) -> str:
    """Why a policy that is enforced is not yet the strictest, empty when it is."""
    if found.policy is Policy.QUARANTINE:
        test = " because the policy is only being tested (t=y)" if record.testing else ""
        return f"Forged mail goes to the spam folder instead of being rejected{test}."
    own = record.policy("p")
    top = organisation(found.at) == found.at or record.psd == "n"  # elsewhere sp and np are ignored
    for tag, words in (("sp", "subdomains"), ("np", "subdomains that do not exist")):
        if top and tag in record.tags and record.policy(tag) < own:
            weaker = record.policy(tag).name.casefold()
            return f"For {words} the DMARC policy is only {weaker} ({tag}={weaker})."
    if record.percent < 100:
        return (
            f"The record asks to apply the policy to {record.percent} % of forged mail (pct). The"
            " tag was removed from the standard, but some receivers still honour it."
        )
    return ""


def _record(host: str, found: Discovery) -> Evidence:
    text = found.record.text if found.record else ""
    scope = "" if found.at == host else f"{host} is covered by "
    return by_dig(f"{scope}_dmarc.{found.at}: {text}", f"_dmarc.{found.at}", "TXT")


def _silent(found: Discovery) -> Outcome:
    assert found.silence is not None
    quiet = found.silence
    return unknown(silence(quiet), by_dig(quiet.status, quiet.name, "TXT"))


def _doubles(dns: Dns, at: str) -> str:
    found = [text for text in texts(lookup(dns, f"_dmarc.{at}", "TXT")) if dmarc.is_record(text)]
    return f"{len(found)} DMARC records at _dmarc.{at}: {' | '.join(found)}"


def _walked(host: str) -> str:
    return ", ".join(f"_dmarc.{name}" for name in dmarc.walk(host))
