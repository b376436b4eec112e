"""Checks of the certificate against what the zone says of it (DANE)."""

from collections.abc import Iterator

from vendor_risk.checks import dane
from vendor_risk.checks.base import Question, check
from vendor_risk.checks.exhibit import by_dig
from vendor_risk.checks.lookup import lookup, silence
from vendor_risk.checks.names import plain
from vendor_risk.checks.observations import Dns, Dnssec, Observations, Tls
from vendor_risk.checks.tls import no_leaf
from vendor_risk.evidence import (
    N_,
    Outcome,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)


def place(host: str) -> str:
    """The name at which the zone speaks of port 443 of a host (RFC 6698 section 3)."""
    return f"_443._tcp.{plain(host)}"


def asked(observations: Observations) -> Iterator[Question]:
    """One question: TLSA at port 443 of the host."""
    yield place(observations.domain), "TLSA"


@check(
    id="tls.dane",
    control="DP-01",
    severity=Severity.MEDIUM,
    requirement=N_("TLSA records fit the served certificate, in a signed zone"),
    rationale=N_(
        "Programs that go by DANE refuse a host whose certificate its zone does not name, and a"
        " record in an unsigned zone protects nobody, since whoever forges the address forges the"
        " record too."
    ),
    remediation=N_(
        "Publish the key that is served, before it is served, and keep it when the certificate is"
        " renewed; or take the record away:\n"
        "\n"
        "    _443._tcp.shop.example.com. 3600 IN TLSA 3 1 1 <SHA-256 of the key>\n"
        "\n"
        "The hash comes from:\n"
        "\n"
        "    openssl x509 -in shop.example.com.pem -noout -pubkey \\\n"
        "        | openssl pkey -pubin -outform DER | sha256sum\n"
        "\n"
        "An unsigned zone is signed first, which most registrars do with one switch:\n"
        "\n"
        "    shop.example.com. 3600 IN DS 12345 13 2 <digest of the key>"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc6698",
        "https://www.rfc-editor.org/rfc/rfc7671",
    ),
    asks=asked,
)
def fits(tls: Tls, dns: Dns, observations: Observations) -> Outcome:
    """DANE is optional, so no record is no defect."""
    name = place(observations.domain)
    answer = lookup(dns, name, "TLSA")
    if not answer.known:
        return unknown(silence(answer), by_dig(answer.status, name, "TLSA"))
    found = dane.records(answer)
    shown = ", ".join(map(str, found[:4])) or f"{name}: {len(answer.rdata)} TLSA records"
    evidence = by_dig(shown, name, "TLSA", "+dnssec")
    if not answer.rdata:
        return not_applicable("The zone says nothing of the certificate, and need not.", evidence)
    if not found:
        reason = "No TLSA record is one that a program can use."
        return failed(evidence, reason, severity=Severity.MEDIUM.one_lower)
    if not tls.chain_pem:
        return no_leaf(tls)
    if not any(dane.matches(record, tls) for record in found):
        reason = "No TLSA record names the served certificate or one of its issuers."
        return failed(evidence, reason, severity=Severity.MEDIUM.one_lower)
    states = {Dnssec.SECURE: True, Dnssec.INSECURE: False}
    signed = states.get(dns.dnssec) if answer.authentic is None else answer.authentic
    if signed is None:
        return unknown("Nobody could tell whether the record is signed.", evidence)
    if not signed:
        reason = "The TLSA record fits, but it is not signed, so nobody goes by it."
        return failed(evidence, reason, severity=Severity.MEDIUM.one_lower)
    return passed(evidence)
