"""Checks of SPF: is there one record, and what does it say about strangers."""

from vendor_risk.checks import dmarc, spf
from vendor_risk.checks.base import check
from vendor_risk.checks.dmarc import Policy
from vendor_risk.checks.exhibit import by_dig, shown
from vendor_risk.checks.lookup import lookup, silence, takes_mail
from vendor_risk.checks.mail import gone, sender, senders
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
    nowhere = gone(dns, name)
    if nowhere is not None:
        return nowhere
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
        return gone(dns, name) or not_applicable(
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
