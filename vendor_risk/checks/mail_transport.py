"""Checks of what else protects mail on its way in: reports of failures, and DANE."""

import re
from collections.abc import Iterator

from vendor_risk.checks import taglist, tlsa
from vendor_risk.checks.base import Question, check
from vendor_risk.checks.exhibit import by_dig, shown
from vendor_risk.checks.lookup import lookup, silence, texts
from vendor_risk.checks.mail import names, no_mail, receiver, servers, settled
from vendor_risk.checks.observations import Answer, Dns, Dnssec, Observations
from vendor_risk.evidence import N_, Outcome, Severity, failed, passed, unknown

_MEANT = re.compile(r"\s*+v\s*+=\s*+TLSRPTv1", re.IGNORECASE)
_BEGINS = re.compile(
    r"v=TLSRPTv1[ \t]*+;"
)  # RFC 8460 section 3: what begins otherwise is no record
_URI = re.compile(r"mailto:[^\s@,;!]++@[^\s@,;!]++|https://[^\s,;!/][^\s,;!]*+", re.IGNORECASE)


def _asked_of_receiver(dns: Dns, observations: Observations, prefix: str) -> Iterator[Question]:
    for name in names(observations):
        yield from ((name, "MX"), (name, "TXT"))
    if settled(dns, observations):
        yield f"{prefix}.{receiver(dns, observations.domain)}", "TXT"


def report_record(dns: Dns, observations: Observations) -> Iterator[Question]:
    """MX and TXT that tell whose mail it is, and the record that asks for reports."""
    return _asked_of_receiver(dns, observations, "_smtp._tls")


@check(
    id="mail.tlsrpt",
    control="DN-01",
    severity=Severity.LOW,
    requirement=N_("A record that asks for reports of failed encryption (TLS-RPT) can be used"),
    rationale=N_(
        "Servers that could not encrypt mail to the domain report it once a day to the address in"
        " this record. With an address that cannot be read nobody learns that mail is held back, or"
        " that somebody on the way strips the encryption."
    ),
    remediation=N_(
        "Publish one record with a mailto: or https: address:\n"
        "\n"
        '    _smtp._tls.example.com. 3600 IN TXT "v=TLSRPTv1; rua=mailto:tls@example.com"'
    ),
    references=("https://www.rfc-editor.org/rfc/rfc8460#section-3",),
    asks=report_record,
)
def tls_rpt(dns: Dns, observations: Observations) -> Outcome:
    """Having none is a choice, and only mentioned."""
    name = receiver(dns, observations.domain)
    without = no_mail(dns, name)
    if without is not None:
        return without
    at = f"_smtp._tls.{name}"
    answer = lookup(dns, at, "TXT")
    if not answer.known:
        return unknown(silence(answer), by_dig(answer.status, at, "TXT"))
    found = [text for text in texts(answer) if _MEANT.match(text[:40])]
    evidence = by_dig(" | ".join(found) or f"{at}: no TLS-RPT record", at, "TXT")
    if not found:
        reason = f"{shown(name, 150)} asks for no reports of failed encryption."
        return passed(evidence, reason, severity=Severity.INFORMATIONAL)
    fault = _report_fault(found[0]) if len(found) == 1 else "there is more than one"
    if fault:
        reason = f"Senders ignore the TLS-RPT record of {shown(name, 150)}: {fault}."
        return failed(evidence, reason)
    return passed(evidence)


def _report_fault(text: str) -> str:
    tags = taglist.read(text)
    if not _BEGINS.match(text):
        return "it does not begin with v=TLSRPTv1 and a semicolon"
    if tags is None:
        return "it is no list of tags"
    uris = tags.get("rua", "").split(",")
    wrong = next((uri.strip() for uri in uris if not _URI.fullmatch(uri.strip())), None)
    return "" if wrong is None else f"{shown(wrong, 60) or 'rua'} is no mailto: or https: address"


def server_keys(dns: Dns, observations: Observations) -> Iterator[Question]:
    """TLSA of each mail server; of none where the MX records are not signed.

    DANE begins with MX records that DNSSEC vouches for (RFC 7672 section 2.2.1): without them no
    sender looks further.
    """
    for name in names(observations):
        yield from ((name, "MX"), (name, "TXT"))
    if not settled(dns, observations):
        return
    name = receiver(dns, observations.domain)
    if lookup(dns, name, "MX").authentic is not False:
        yield from ((_at(host), "TLSA") for host in servers(dns, name))


def _at(host: str) -> str:
    return f"_25._tcp.{host}"


def _host(answer: Answer) -> str:
    return answer.name.removeprefix("_25._tcp.")


@check(
    id="mail.dane",
    control="DN-01",
    severity=Severity.LOW,
    requirement=N_("Published keys of the mail servers (DANE) can be used by senders"),
    rationale=N_(
        "Senders that follow DANE deliver only to a server whose key stands in the signed DNS. A"
        " record that is malformed or not signed protects nothing, and one that is out of date"
        " stops mail from every such sender."
    ),
    remediation=N_(
        "Sign the zone with DNSSEC and publish the SHA-256 digest of the mail server's public key;"
        " publish the next key before the certificate changes:\n"
        "\n"
        "    openssl x509 -in mail.pem -noout -pubkey | openssl pkey -pubin -outform DER \\\n"
        "        | openssl dgst -sha256\n"
        "\n"
        "    _25._tcp.mail.example.com. 3600 IN TLSA 3 1 1 <digest>"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc7672#section-2.2",
        "https://www.rfc-editor.org/rfc/rfc7672#section-3.1",
        "https://www.rfc-editor.org/rfc/rfc6698#section-2.1",
    ),
    asks=server_keys,
)
def dane(dns: Dns, observations: Observations) -> Outcome:
    """Judge the records alone; having none is a choice, and only mentioned."""
    name = receiver(dns, observations.domain)
    without = no_mail(dns, name)
    if without is not None:
        return without
    mx = lookup(dns, name, "MX")
    if mx.authentic is False and dns.dnssec is Dnssec.UNKNOWN:
        reason = "The resolver of this look vouches for nothing, so nobody can tell what is signed."
        return unknown(reason, by_dig(", ".join(mx.rdata), name, "MX", "+dnssec"))
    answers = [lookup(dns, _at(host), "TLSA") for host in servers(dns, name)]
    published = [answer for answer in answers if answer.rdata]
    for answer in published:
        host = _host(answer)
        evidence = by_dig(", ".join(answer.rdata), answer.name, "TLSA", "+dnssec")
        fault = _key_fault(answer, mx)
        if fault:
            reason = f"Senders cannot use the TLSA records of {shown(host, 150)}"
            return failed(evidence, f"{reason}: {fault}.")
    if mx.authentic is False:
        return _none(name, "its MX records are not signed with DNSSEC", mx)
    quiet = next((answer for answer in answers if not answer.known), None)
    if quiet is not None:
        return unknown(silence(quiet), by_dig(quiet.status, quiet.name, "TLSA"))
    if not published:
        return _none(name, "its mail servers publish no keys", answers[0])
    evidence = by_dig(
        "; ".join(f"{answer.name}: {', '.join(answer.rdata)}" for answer in published),
        *(published[0].name, "TLSA", "+dnssec"),
    )
    if mx.authentic is None or any(answer.authentic is None for answer in published):
        return unknown("Nobody noted whether the records are signed with DNSSEC.", evidence)
    bare = [_host(answer) for answer in answers if not answer.rdata]
    if bare:
        return failed(
            evidence,
            f"Some mail servers of {shown(name, 100)} publish no key:"
            f" {shown(', '.join(bare), 200)}. Mail to these is not protected.",
            severity=Severity.LOW.one_lower,
        )
    return passed(
        evidence,
        "Whether the mail servers hold these keys was not compared: that takes a connection to"
        " port 25.",
    )


def _key_fault(answer: Answer, mx: Answer) -> str:
    """Why senders cannot use the TLSA records of one server."""
    if answer.authentic is False:
        return "they are not signed with DNSSEC"
    if mx.authentic is False:
        return "the MX records of the domain are not signed with DNSSEC"
    usable = any(not tlsa.fault(rdata) for rdata in answer.rdata)
    for rdata in answer.rdata:
        if usable and tlsa.for_others(rdata):
            continue
        fault = tlsa.fault(rdata)
        if fault:
            return f"{shown(rdata, 40)}: {fault}"
    return ""


def _none(name: str, why: str, answer: Answer) -> Outcome:
    return passed(
        by_dig(", ".join(answer.rdata) or answer.status, answer.name, answer.type, "+dnssec"),
        f"DANE does not protect mail to {shown(name, 150)}: {why}.",
        severity=Severity.INFORMATIONAL,
    )
