"""Checks that every address of a host shows visitors the same."""

from collections.abc import Iterator
from dataclasses import replace

from vendor_risk.checks.base import Tier, check
from vendor_risk.checks.exhibit import by_address, shown
from vendor_risk.checks.observations import Elsewhere, Failure, Observations, Tls
from vendor_risk.checks.tls import expiry, hostname, trust
from vendor_risk.checks.tls_session import cipher, protocol
from vendor_risk.checks.tls_versions import legacy, untried
from vendor_risk.evidence import (
    N_,
    Outcome,
    Severity,
    Status,
    failed,
    not_applicable,
    passed,
    unknown,
)

_COMPARED = {
    trust: "trust in its certificate",
    hostname: "the names on its certificate",
    expiry: "the dates of its certificate",
    protocol: "the version of TLS",
    cipher: "the cipher suite",
    legacy: "old versions of TLS",
}
_NO = (Failure.REFUSED, Failure.ALERT)


@check(
    id="tls.ips",
    control="DP-01",
    severity=Severity.MEDIUM,
    requirement=N_("Every address of the host answers alike"),
    rationale=N_(
        "A server that was forgotten behind one of several addresses serves every second or third"
        " customer with an old certificate or old protocols, and the one who tests never meets it."
    ),
    remediation=N_(
        "Give every server behind the name the same certificate and settings, and take an address"
        " that is no longer served out of the zone:\n"
        "\n"
        "    shop.example.com. 300 IN A    192.0.2.10\n"
        "    shop.example.com. 300 IN AAAA 2001:db8::10\n"
        "\n"
        "nginx, which needs both lines:\n"
        "\n"
        "    listen 443 ssl;\n"
        "    listen [::]:443 ssl;\n"
        "\n"
        "Apache serves both with one:\n"
        "\n"
        "    Listen 443"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9325",
        "https://www.rfc-editor.org/rfc/rfc8305",
    ),
    tier=Tier.HANDSHAKES,
)
def alike(tls: Tls, observations: Observations) -> Outcome:
    """What other checks say of each address, compared with what they say of the first."""
    others = tls.handshakes.elsewhere if tls.handshakes else ()
    seen = ", ".join(filter(None, (tls.address, *(each.address for each in others))))
    last = others[-1].address if others else tls.address or observations.domain
    evidence = by_address(seen or "one address", observations.domain, last)
    if tls.handshakes is None:
        return unknown(untried(tls, "whether the addresses answer alike"), evidence)
    if not others:
        return not_applicable("The host has one address only.", evidence)
    silent = [each for each in others if each.unreachable and each.kind not in _NO]
    differences = [
        (each, words) for each in others for words in _differences(tls, each, observations)
    ]
    if differences:
        evidence = by_address(seen, observations.domain, differences[0][0].address)
        words = "; ".join(f"{each.address} {said}" for each, said in differences[:3])
        reason = f"The addresses of the host differ: {shown(words)}."
        return failed(evidence, reason, severity=Severity.MEDIUM.one_lower)
    if silent:
        words = "; ".join(f"{each.address}: {each.unreachable}" for each in silent)
        return unknown(shown(f"Not every address could be looked at: {words}."), evidence)
    return passed(evidence)


def _differences(tls: Tls, other: Elsewhere, observations: Observations) -> Iterator[str]:
    """In what another address differs; nothing that is unknown on either side counts."""
    if other.unreachable:
        if other.kind in _NO:
            yield f"refuses ({other.unreachable})"
        return
    there = replace(
        tls,
        chain_pem=other.chain_pem,
        protocol=other.protocol,
        cipher=other.cipher,
        accepts=other.accepts,
        address=other.address,
        handshakes=None,
    )
    for judge, words in _COMPARED.items():
        first = judge(replace(observations, tls=tls))
        second = judge(replace(observations, tls=there))
        states = {first.status, second.status}
        if states == {Status.PASSED, Status.FAILED}:
            yield f"in {words}"
