"""Checks of what one handshake agreed on: the version of the protocol and the cipher suite."""

import re

from vendor_risk.checks.base import check
from vendor_risk.checks.exhibit import by_handshake, shown
from vendor_risk.checks.observations import Tls
from vendor_risk.checks.suites import Strength, strength
from vendor_risk.evidence import N_, Evidence, Outcome, Severity, failed, passed, unknown

_VERSION = re.compile(r"(TLS|SSL) ?v?([0-9])(?:\.([0-9]))?", re.IGNORECASE)
# OpenSSL offers no old version of its own accord; this is what our own hello offers
_OLD = ("-min_protocol", "TLSv1", "-cipher", "DEFAULT:@SECLEVEL=0")


def version(protocol: str) -> tuple[str, int, int] | None:
    """The version in words such as `TLSv1.3` or `TLS 1`; None where there is none in them."""
    found = _VERSION.fullmatch(protocol.strip())
    if found is None:
        return None
    return found[1].upper(), int(found[2]), int(found[3] or 0)


def _agreed(tls: Tls, *options: str) -> Evidence:
    seen = " ".join(word for word in (tls.protocol, tls.cipher) if word)
    return by_handshake(seen or "nothing recorded", tls.host, *options)


@check(
    id="tls.proto.negotiated",
    control="DP-01",
    severity=Severity.HIGH,
    requirement=N_("A modern visitor gets TLS 1.2 or 1.3"),
    rationale=N_(
        "TLS 1.0 and 1.1 rest on MD5 and SHA-1 and were given up in 2021: whoever sits in the same"
        " network can attack the connection, browsers refuse it, and a shop that takes cards fails"
        " its PCI DSS assessment."
    ),
    remediation=N_(
        "Let the server speak TLS 1.3 and 1.2 and nothing older; on an old system that means a"
        " newer OpenSSL first (1.1.1 brought TLS 1.3).\n"
        "\n"
        "nginx:\n"
        "\n"
        "    ssl_protocols TLSv1.2 TLSv1.3;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    SSLProtocol -all +TLSv1.2 +TLSv1.3\n"
        "\n"
        "Cloudflare, under SSL/TLS, Edge Certificates:\n"
        "\n"
        "    Minimum TLS Version: TLS 1.2\n"
        "    TLS 1.3: on"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc8996",
        "https://www.rfc-editor.org/rfc/rfc9325#section-3.1",
    ),
)
def protocol(tls: Tls) -> Outcome:
    """The best that both sides speak; what else the host would accept was not tried."""
    found = version(tls.protocol) if tls.protocol else None
    if found is None:
        reason = "This look did not record which version of TLS was agreed."
        return unknown(reason, _agreed(tls))
    if found >= ("TLS", 1, 3):
        return passed(_agreed(tls))
    if found == ("TLS", 1, 2):
        reason = "The host agreed on TLS 1.2, which is sound; TLS 1.3 is faster and hides more."
        return passed(_agreed(tls), reason, severity=Severity.INFORMATIONAL)
    name = f"{found[0]} {found[1]}.{found[2]}"
    return failed(
        _agreed(tls, *_OLD), f"The host offers a modern visitor nothing better than {name}."
    )


@check(
    id="tls.cipher.negotiated",
    control="DP-01",
    severity=Severity.HIGH,
    requirement=N_("A modern visitor gets authenticated encryption with forward secrecy"),
    rationale=N_(
        "The cipher suite decides what a recording of the traffic is worth. With a broken one the"
        " passwords and card numbers in it are read; without forward secrecy one stolen server key"
        " opens all of the past."
    ),
    remediation=N_(
        "Offer suites with (EC)DHE and AES-GCM or ChaCha20-Poly1305 alone; TLS 1.3 has no others.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    ssl_protocols TLSv1.2 TLSv1.3;\n"
        "    ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;\n"
        "    ssl_prefer_server_ciphers off;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    SSLProtocol         -all +TLSv1.2 +TLSv1.3\n"
        "    SSLCipherSuite      ECDHE+AESGCM:ECDHE+CHACHA20\n"
        "    SSLHonorCipherOrder off\n"
        "\n"
        "Cloudflare, under SSL/TLS, Edge Certificates, Cipher suites:\n"
        "\n"
        "    Security level: Modern"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9325#section-4.2",
        "https://www.rfc-editor.org/rfc/rfc7465",
        "https://www.iana.org/assignments/tls-parameters/tls-parameters.xhtml",
    ),
)
def cipher(tls: Tls) -> Outcome:
    """Judge the agreed suite by its name; what else the host would accept was not tried."""
    if not tls.cipher:
        reason = "This look did not record which cipher suite was agreed."
        return unknown(reason, _agreed(tls))
    found = strength(tls.cipher)
    if found is Strength.STRONG:
        return passed(_agreed(tls))
    name = shown(tls.cipher, 100)
    if found is Strength.UNKNOWN:
        return unknown(f"The agreed cipher suite, {name}, {found.value}.", _agreed(tls))
    reason = f"The agreed cipher suite, {name}, {found.value}."
    if found.is_broken:
        return failed(_agreed(tls, *_OLD), reason)
    return failed(_agreed(tls, *_OLD), reason, severity=Severity.HIGH.one_lower)
