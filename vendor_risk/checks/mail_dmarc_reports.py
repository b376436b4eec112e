"""Checks of the rest of a DMARC record: can it be read, and do its reports arrive anywhere."""

from collections.abc import Iterator

from vendor_risk.checks import dmarc
from vendor_risk.checks.base import Question, check
from vendor_risk.checks.dmarc import Discovery
from vendor_risk.checks.exhibit import by_dig, shown
from vendor_risk.checks.lookup import lookup, silence, texts
from vendor_risk.checks.mail import dmarc_walk, gone
from vendor_risk.checks.mail_dmarc import by_record, silent
from vendor_risk.checks.names import organisation, plain
from vendor_risk.checks.observations import Answer, Dns, Observations
from vendor_risk.evidence import (
    N_,
    Outcome,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)

_MOST_DESTINATIONS = 4  # outside domains that are asked whether they take the reports


def _without(dns: Dns, host: str) -> Outcome:
    return gone(dns, organisation(host)) or not_applicable(
        f"No DMARC record covers {shown(host)}, so there is none to judge.",
        by_dig("no single DMARC record", f"_dmarc.{host}", "TXT"),
    )


@check(
    id="mail.dmarc.syntax",
    control="DN-01",
    severity=Severity.MEDIUM,
    requirement=N_("Every tag of the DMARC record can be read"),
    rationale=N_(
        "Receivers skip what they cannot read without telling anybody. A misspelt policy leaves the"
        " domain open to forgery, and a misspelt address means that nobody sees the reports, while"
        " the vendor believes that both are in place."
    ),
    remediation=N_(
        "Begin with v=DMARC1 in these capitals, put a semicolon behind each tag, and give addresses"
        " as mailto: links:\n"
        "\n"
        '    _dmarc.example.com. 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"\n'
        "\n"
        "Remove pct, rf and ri, which are no longer part of the standard."
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9989#section-4.7",
        "https://www.rfc-editor.org/rfc/rfc9989#section-4.8",
    ),
    asks=dmarc_walk,
)
def dmarc_syntax(dns: Dns, observations: Observations) -> Outcome:
    """Unknown tags are ignored by receivers, and only mentioned."""
    host = plain(observations.domain)
    found = dmarc.discover(dns, host)
    if found.record is None:
        at, text = _meant(dns, host)
        if text:
            return failed(
                by_dig(f"_dmarc.{at}: {text}", f"_dmarc.{at}", "TXT"),
                f"The text at _dmarc.{shown(at, 150)} is meant as a DMARC record, but it does not"
                " begin with v=DMARC1 and a semicolon: receivers do not take it for one.",
            )
        return silent(found) if found.silence is not None else _without(dns, host)
    if found.silence is not None:
        return silent(found)
    evidence, record = by_record(host, found), found.record
    gone_tags = [tag for tag in dmarc.REMOVED if tag in record.tags]
    faults = [fault for fault in record.faults if fault.partition("=")[0] not in dmarc.REMOVED]
    if faults:
        return failed(
            evidence,
            f"The DMARC record of {shown(found.at, 100)} holds what receivers cannot read:"
            f" {shown('; '.join(faults), 250)}.",
        )
    if gone_tags:
        reason = f"{', '.join(gone_tags)}: removed from the standard by RFC 9989."
        return passed(evidence, reason, severity=Severity.INFORMATIONAL)
    strange = [tag for tag in record.tags if tag not in dmarc.KNOWN]
    if strange:
        return passed(evidence, f"Tags that receivers ignore: {shown(', '.join(strange), 100)}.")
    return passed(evidence)


def _meant(dns: Dns, host: str) -> tuple[str, str]:
    """A text on the way up to the registrable name that was meant as a record, and where."""
    for at in dmarc.walk(host):
        for text in texts(lookup(dns, f"_dmarc.{at}", "TXT")):
            if dmarc.is_meant(text):
                return at, text
        if at == organisation(host):
            break
    return "", ""


def _foreign(found: Discovery) -> tuple[str, ...]:
    """The domains of somebody else that the record sends reports to."""
    if found.record is None:
        return ()
    own = organisation(found.at)
    hosts = (host for host in found.record.destinations if organisation(host) != own)
    return tuple(hosts)[:_MOST_DESTINATIONS]


def destinations(dns: Dns, observations: Observations) -> Iterator[Question]:
    """Whether each outside domain agrees to take the reports, beside the tree walk."""
    yield from dmarc_walk(observations)
    found = dmarc.discover(dns, observations.domain)
    if found.silence is None:
        yield from ((_permission(found.at, host), "TXT") for host in _foreign(found))


def _permission(at: str, host: str) -> str:
    return f"{at}._report._dmarc.{host}"


@check(
    id="mail.dmarc.reports",
    control="DN-01",
    severity=Severity.LOW,
    requirement=N_("DMARC reports go to an address that may receive them"),
    rationale=N_(
        "The daily reports are the only way to learn who sends in the vendor's name. Without an"
        " address, or with one whose owner never agreed, receivers send nothing: a forgery campaign"
        " and a broken mailing both stay unseen."
    ),
    remediation=N_(
        "Name an address for the daily reports:\n"
        "\n"
        '    _dmarc.example.com. 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"\n'
        "\n"
        "An address in another domain counts only if that domain agrees with this record:\n"
        "\n"
        '    example.com._report._dmarc.example.net. 3600 IN TXT "v=DMARC1"'
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9990",
        "https://www.rfc-editor.org/rfc/rfc9989#section-4.7",
    ),
    asks=destinations,
)
def dmarc_reports(dns: Dns, observations: Observations) -> Outcome:
    """An outside address counts only with the consent of its domain."""
    host = plain(observations.domain)
    found = dmarc.discover(dns, host)
    if found.silence is not None:
        return silent(found)
    if found.record is None:
        return _without(dns, host)
    quiet: Answer | None = None
    for foreign in _foreign(found):
        answer = lookup(dns, _permission(found.at, foreign), "TXT")
        if answer.known and not any(dmarc.is_record(text) for text in texts(answer)):
            evidence = by_dig(", ".join(answer.rdata) or answer.status, answer.name, "TXT")
            return failed(
                evidence,
                f"{shown(foreign, 100)} has not agreed to take reports about"
                f" {shown(found.at, 100)}, so receivers send it none.",
            )
        quiet = quiet or (None if answer.known else answer)
    evidence = by_record(host, found)
    if not found.record.reports:
        return failed(
            evidence,
            f"The DMARC record of {shown(found.at)} names no address for reports (rua).",
            severity=Severity.LOW.one_lower,
        )
    if quiet is not None:
        return unknown(silence(quiet), by_dig(quiet.status, quiet.name, "TXT"))
    return passed(evidence)
