"""Checks of the weak cipher suites and groups that a host accepts when it is offered no other."""

from collections.abc import Iterator

from vendor_risk.checks.base import Tier, check
from vendor_risk.checks.exhibit import by_nmap, shown
from vendor_risk.checks.facts import fact
from vendor_risk.checks.observations import Handshakes, Tls
from vendor_risk.checks.suites import strength
from vendor_risk.checks.tls_versions import only_modern, untried
from vendor_risk.evidence import (
    N_,
    Outcome,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)

BROKEN = {
    "null": "suites that encrypt nothing",
    "anon": "suites that prove nothing about the server",
    "export": "suites weakened for export",
    "rc4": "RC4",
    "3des": "3DES or other ciphers with blocks of 64 bits",
}
OUTDATED = {
    "cbc": "suites in CBC mode",
    "no_forward_secrecy": "suites without forward secrecy",
}


@check(
    id="tls.cipher.weak",
    control="DP-01",
    severity=Severity.HIGH,
    requirement=N_("The host refuses broken cipher suites, and those without forward secrecy"),
    rationale=N_(
        "A visitor with old or crippled software gets what it asks for: a connection that looks"
        " encrypted and can be read or forged. Suites without forward secrecy turn one stolen"
        " server key into all passwords and card numbers that were ever recorded."
    ),
    remediation=N_(
        "Offer (EC)DHE with AES-GCM or ChaCha20-Poly1305 alone.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    ssl_protocols TLSv1.2 TLSv1.3;\n"
        "    ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    SSLProtocol    -all +TLSv1.2 +TLSv1.3\n"
        "    SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\n"
        "\n"
        "Cloudflare, under SSL/TLS, Edge Certificates, Cipher suites:\n"
        "\n"
        "    Security level: Modern"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9325#section-4.1",
        "https://www.rfc-editor.org/rfc/rfc7465",
    ),
    tier=Tier.HANDSHAKES,
)
def weak(tls: Tls) -> Outcome:
    """Broken classes weigh most; CBC and a lack of forward secrecy one level less."""
    found = tls.handshakes.weak if tls.handshakes else {}
    suites = tls.handshakes.chosen if tls.handshakes else {}
    accepted = [each for each in (*BROKEN, *OUTDATED) if found.get(each)]
    words = [f"{each}: {suites.get(each, 'accepted')}" for each in accepted]
    agreed = tls.cipher if tls.cipher and strength(tls.cipher).is_broken else ""
    words += [f"agreed: {agreed}"] if agreed else []
    tried = [each for each in (*BROKEN, *OUTDATED) if found.get(each) is not None]
    seen = ", ".join(words) or (f"refused: {', '.join(tried)}" if tried else "not tried")
    evidence = by_nmap(seen, tls.host)
    broken = [BROKEN[each] for each in accepted if each in BROKEN]
    if broken or agreed:
        what = "; ".join(broken) or f"the broken suite {shown(agreed, 100)}"
        return failed(evidence, f"The host accepts {what}.")
    outdated = [OUTDATED[each] for each in accepted]
    if outdated:
        reason = f"The host accepts {'; '.join(outdated)}."
        return failed(evidence, reason, severity=Severity.HIGH.one_lower)
    if len(tried) < len(BROKEN) + len(OUTDATED):
        return unknown(untried(tls, "which weak suites are accepted"), evidence)
    return passed(evidence)


@check(
    id="tls.dh",
    control="DP-01",
    severity=Severity.HIGH,
    requirement=N_("Groups of Diffie and Hellman have 2048 bits or more"),
    rationale=N_(
        "A few primes of 1024 bits are shared by millions of servers, and a state can afford to"
        " break each of them once and then read along; one of 512 bits is broken in hours by anyone"
        " (Logjam)."
    ),
    remediation=N_(
        "Leave finite-field Diffie-Hellman out, as every browser has done; where it must stay, use"
        " the group ffdhe2048 of RFC 7919 or a larger one.\n"
        "\n"
        "nginx, without a line ssl_dhparam:\n"
        "\n"
        "    ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20\n"
        "\n"
        "With a group of your own:\n"
        "\n"
        "    openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out dh.pem"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9325#section-4.5",
        "https://www.rfc-editor.org/rfc/rfc7919",
    ),
    tier=Tier.HANDSHAKES,
)
def group(tls: Tls) -> Outcome:
    """Below 1024 bits anybody can break it; 1024 and a little more is left to states."""
    extra = tls.handshakes or Handshakes()
    bits = extra.dh_bits
    if bits is not None:
        evidence = by_nmap(f"a prime of {bits} bits", tls.host)
        if bits >= 2048:
            return passed(evidence)
        reason = f"The host uses a prime of {bits} bits for the exchange of keys."
        severity = Severity.HIGH if bits < 1024 else Severity.HIGH.one_lower
        return failed(evidence, reason, severity=severity)
    if extra.ephemeral_dh is False:
        evidence = by_nmap("finite-field Diffie-Hellman refused", tls.host)
        return not_applicable("The host offers no finite-field Diffie-Hellman.", evidence)
    if only_modern(tls):
        evidence = by_nmap("TLS 1.3 alone", tls.host)
        return not_applicable("TLS 1.3 knows large groups only.", evidence)
    return unknown(untried(tls, "which group is used"), by_nmap("not tried", tls.host))


@fact(id="tls.cipher.order", title=N_("Who chooses the cipher suite"))
def order(tls: Tls) -> Iterator[str]:
    """It matters only where weak suites are accepted beside good ones."""
    chooses = tls.handshakes.server_order if tls.handshakes else None
    if chooses is not None:
        yield "the server" if chooses else "the visitor"


@fact(id="tls.alpn", title=N_("Protocol of the application"))
def alpn(tls: Tls) -> Iterator[str]:
    """What was agreed; our own handshake offers http/1.1 alone, and an extra one h2 as well."""
    agreed = (tls.handshakes.alpn if tls.handshakes else None) or tls.alpn
    if agreed:
        yield agreed


@fact(id="tls.pqc", title=N_("Key exchange"))
def key_exchange(tls: Tls) -> Iterator[str]:
    """X25519MLKEM768 keeps what is recorded today from the quantum computers of tomorrow."""
    asked = tls.handshakes.group if tls.handshakes else None
    if asked:
        yield asked if "MLKEM" in asked else f"{asked}, though X25519MLKEM768 was offered"
    elif tls.group:
        yield tls.group
