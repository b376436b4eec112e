"""Checks of the versions of TLS that a host accepts, whatever it agrees on with a modern visitor.

Which ones it accepts is asked by handshakes of their own, only where the vendor was told.
"""

from vendor_risk.checks.base import Tier, check
from vendor_risk.checks.exhibit import by_handshake, by_nmap
from vendor_risk.checks.observations import Tls
from vendor_risk.checks.tls_session import version
from vendor_risk.evidence import N_, Evidence, Outcome, Severity, failed, passed, unknown

NOT_TRIED = "This look made no extra handshakes: they are made only where the vendor was told."
_SSL2, _SSL3 = ("SSL", 2, 0), ("SSL", 3, 0)
_TLS10, _TLS11, _TLS12, _TLS13 = (("TLS", 1, minor) for minor in range(4))
_NAMES = {
    _SSL2: "SSL 2",
    _SSL3: "SSL 3",
    _TLS10: "TLS 1.0",
    _TLS11: "TLS 1.1",
    _TLS12: "TLS 1.2",
    _TLS13: "TLS 1.3",
}
Version = tuple[str, int, int]


def accepted(tls: Tls) -> dict[Version, bool | None]:
    """Each version, and whether the host accepts it; what it agreed on counts as accepted."""
    found: dict[Version, bool | None] = dict.fromkeys(_NAMES)
    for name, answer in tls.accepts.items():
        meant = version(name)
        if meant in found and answer is not None:
            found[meant] = answer
    agreed = version(tls.protocol) if tls.protocol else None
    if agreed in found:
        found[agreed] = True
    return found


def only_modern(tls: Tls) -> bool:
    """Whether the host accepts nothing below TLS 1.3, which did away with much."""
    found = accepted(tls)
    return found[_TLS13] is True and all(found[each] is False for each in (_TLS10, _TLS11, _TLS12))


def speaks_legacy(tls: Tls) -> bool | None:
    """Whether the host accepts TLS 1.0 or 1.1; None when nobody could tell."""
    found = accepted(tls)
    answers = {found[_TLS10], found[_TLS11]}
    return True if True in answers else (None if None in answers else False)


def untried(tls: Tls, what: str) -> str:
    """Why nobody can tell: it was not asked, or the host gave no clear answer."""
    if tls.handshakes is None and not any(answer is not None for answer in tls.accepts.values()):
        return NOT_TRIED
    return f"Nobody could tell {what}: the host gave no clear answer, or was not asked."


def _seen(found: dict[Version, bool | None], *versions: Version) -> str:
    words = {True: "accepted", False: "refused", None: "not known"}
    return ", ".join(f"{_NAMES[each]} {words[found[each]]}" for each in versions)


@check(
    id="tls.proto.legacy",
    control="DP-01",
    severity=Severity.HIGH,
    requirement=N_("The host refuses TLS 1.0 and TLS 1.1"),
    rationale=N_(
        "As long as the host accepts them, whoever sits in the network of a customer with old"
        " software can attack the connection. Both rest on MD5 and SHA-1, were given up by the IETF"
        " in 2021, and cost a shop its PCI DSS assessment."
    ),
    remediation=N_(
        "Take both out of the list, on every server and load balancer that ends TLS.\n"
        "\n"
        "nginx, in the http section, since the first server of an address decides for all:\n"
        "\n"
        "    ssl_protocols TLSv1.2 TLSv1.3;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    SSLProtocol -all +TLSv1.2 +TLSv1.3\n"
        "\n"
        "Cloudflare, under SSL/TLS, Edge Certificates:\n"
        "\n"
        "    Minimum TLS Version: TLS 1.2"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc8996",
        "https://www.rfc-editor.org/rfc/rfc9325#section-3.1.1",
        "https://www.pcisecuritystandards.org/document_library/",
    ),
    tier=Tier.HANDSHAKES,
)
def legacy(tls: Tls) -> Outcome:
    """One that is accepted is enough to fail; a pass needs a refusal of both."""
    found = accepted(tls)
    spoken = [each for each in (_TLS10, _TLS11) if found[each]]
    oldest = "-tls1_1" if spoken == [_TLS11] else "-tls1"
    options = (oldest, "-cipher", "'ALL:@SECLEVEL=0'")
    evidence = by_handshake(_seen(found, _TLS10, _TLS11), tls.host, *options)
    if spoken:
        names = " and ".join(_NAMES[each] for each in spoken)
        return failed(evidence, f"The host accepts {names}.")
    if found[_TLS10] is None or found[_TLS11] is None:
        return unknown(untried(tls, "whether TLS 1.0 and 1.1 are accepted"), evidence)
    return passed(evidence)


@check(
    id="tls.proto.ssl",
    control="DP-01",
    severity=Severity.CRITICAL,
    requirement=N_("The host refuses SSL 2 and SSL 3"),
    rationale=N_(
        "SSL was broken for good: POODLE reads cookies out of SSL 3, and a server that still speaks"
        " SSL 2 lets attackers read the TLS connections of every server with the same key (DROWN)."
    ),
    remediation=N_(
        "Switch both off; software that still has them is out of support, so replace it soon.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    ssl_protocols TLSv1.2 TLSv1.3;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    SSLProtocol -all +TLSv1.2 +TLSv1.3\n"
        "\n"
        "Cloudflare speaks neither; the server behind it may:\n"
        "\n"
        "    Minimum TLS Version: TLS 1.2"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc7568",
        "https://www.rfc-editor.org/rfc/rfc6176",
    ),
    tier=Tier.HANDSHAKES,
)
def ssl(tls: Tls) -> Outcome:
    """One that is accepted is enough to fail; a pass needs a refusal of both."""
    found = accepted(tls)
    spoken = [each for each in (_SSL2, _SSL3) if found[each]]
    seen = _seen(found, _SSL2, _SSL3)
    script = "sslv2" if spoken == [_SSL2] else "ssl-enum-ciphers,sslv2"
    evidence = by_nmap(seen, tls.host, script)
    if spoken:
        names = " and ".join(_NAMES[each] for each in spoken)
        return failed(evidence, f"The host accepts {names}.")
    if found[_SSL2] is None or found[_SSL3] is None:
        return unknown(untried(tls, "whether SSL 2 and 3 are accepted"), evidence)
    return passed(evidence)


@check(
    id="tls.proto.tls13",
    control="DP-01",
    severity=Severity.LOW,
    requirement=N_("The host offers TLS 1.3"),
    rationale=N_(
        "TLS 1.3 hides the certificate and most of the handshake from onlookers, has no weak"
        " choices left, and saves each visitor a round trip. Protection against quantum computers"
        " comes with it alone."
    ),
    remediation=N_(
        "Add TLS 1.3; it needs OpenSSL 1.1.1 or newer.\n"
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
        "    TLS 1.3: on"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9325#section-3.1.1",
        "https://www.rfc-editor.org/rfc/rfc8446",
    ),
    tier=Tier.HANDSHAKES,
)
def tls13(tls: Tls) -> Outcome:
    """A modern hello offers it, so what the handshake agreed on tells as much as one of its own."""
    found = accepted(tls)
    evidence = by_handshake(_seen(found, _TLS13), tls.host, "-tls1_3")
    if found[_TLS13]:
        return passed(evidence)
    agreed = version(tls.protocol) if tls.protocol else None
    if found[_TLS13] is False or (agreed is not None and agreed < _TLS13):
        evidence = _refused(tls, evidence)
        reason = "The host does not offer TLS 1.3."
        return failed(evidence, reason, severity=Severity.LOW.one_lower)
    return unknown(untried(tls, "whether TLS 1.3 is offered"), evidence)


def _refused(tls: Tls, evidence: Evidence) -> Evidence:
    agreed = f"TLS 1.3 refused, {tls.protocol} agreed" if tls.protocol else evidence.value
    return by_handshake(agreed, tls.host, "-tls1_3")
