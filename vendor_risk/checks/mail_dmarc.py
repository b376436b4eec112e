"""Checks of DMARC: is there a record, and does it have forged mail rejected."""

from collections.abc import Iterator

from vendor_risk.checks import dmarc
from vendor_risk.checks.base import Question, check
from vendor_risk.checks.dmarc import Discovery, Policy
from vendor_risk.checks.exhibit import by_dig, shown
from vendor_risk.checks.lookup import lookup, silence, texts
from vendor_risk.checks.mail import dmarc_walk, gone, names, sender
from vendor_risk.checks.names import organisation, plain
from vendor_risk.checks.observations import Dns, Observations
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
        return passed(by_record(host, found))
    if found.silence is not None:
        return silent(found)
    nowhere = gone(dns, organisation(host))
    if nowhere is not None:
        return nowhere
    return failed(
        by_dig(f"no DMARC record at {_walked(host)}", f"_dmarc.{organisation(host)}", "TXT"),
        f"No DMARC record covers {shown(host)}, so receivers cannot tell forged mail apart.",
    )


def policy_records(observations: Observations) -> Iterator[Question]:
    """The tree walk, and the answers that tell in whose name the host's mail is sent."""
    yield from dmarc_walk(observations)
    for name in names(observations):
        yield from ((name, "MX"), (name, "TXT"))


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
    asks=policy_records,
)
def dmarc_policy(dns: Dns, observations: Observations) -> Outcome:
    """Judge what receivers are asked to do with mail in the name that SPF is judged for.

    A host with a DMARC record of its own is judged by that: somebody wrote down what holds there.
    """
    host = plain(observations.domain)
    found = dmarc.discover(dns, host)
    if found.at != host and not _could_be_own(found, host):
        host = sender(dns, host)
        found = dmarc.discover(dns, host)
    if found.silence is not None:
        return silent(found)
    record = found.record
    if record is None:
        return gone(dns, organisation(host)) or not_applicable(
            f"No DMARC record covers {shown(host)}, so there is no policy to judge.",
            by_dig(f"no single record at {_walked(host)}", f"_dmarc.{host}", "TXT"),
        )
    evidence = by_record(host, found)
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


def _could_be_own(found: Discovery, host: str) -> bool:
    """Whether nobody can tell that a host has no DMARC record of its own."""
    return found.silence is not None and found.silence.name == f"_dmarc.{host}"


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


def by_record(host: str, found: Discovery) -> Evidence:
    """The record that speaks for a host, and where it stands."""
    text = found.record.text if found.record else ""
    scope = "" if found.at == host else f"{host} is covered by "
    return by_dig(f"{scope}_dmarc.{found.at}: {text}", f"_dmarc.{found.at}", "TXT")


def silent(found: Discovery) -> Outcome:
    """Unknown: an answer is missing that decides which record it is."""
    assert found.silence is not None
    quiet = found.silence
    return unknown(silence(quiet), by_dig(quiet.status, quiet.name, "TXT"))


def _doubles(dns: Dns, at: str) -> str:
    found = [text for text in texts(lookup(dns, f"_dmarc.{at}", "TXT")) if dmarc.is_record(text)]
    return f"{len(found)} DMARC records at _dmarc.{at}: {' | '.join(found)}"


def _walked(host: str) -> str:
    return ", ".join(f"_dmarc.{name}" for name in dmarc.walk(host))
