"""Checks of what a session is protected by beside its version and its cipher suite."""

from vendor_risk.checks.base import Tier, check
from vendor_risk.checks.exhibit import by_handshake
from vendor_risk.checks.observations import Handshakes, Tls
from vendor_risk.checks.tls_session import version
from vendor_risk.checks.tls_versions import accepted, only_modern, speaks_legacy, untried
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

_TLS12 = ("-tls1_2",)


def _extra(tls: Tls) -> Handshakes:
    return tls.handshakes or Handshakes()


def _untold(tls: Tls, what: str, evidence: Evidence) -> Outcome:
    """Not applicable where only TLS 1.3 is spoken, else unknown."""
    if only_modern(tls):
        return not_applicable("The host speaks TLS 1.3 alone, which has no such choice.", evidence)
    return unknown(untried(tls, what), evidence)


@check(
    id="tls.reneg",
    control="DP-01",
    severity=Severity.MEDIUM,
    requirement=N_("A new handshake within a connection is tied to the one before"),
    rationale=N_(
        "Without that tie an attacker in between opens the connection, sends a request of his own,"
        " and lets the customer's session continue it: an order or a password change in the"
        " customer's name, with the customer's own cookie."
    ),
    remediation=N_(
        "Update the TLS library: OpenSSL has had the extension renegotiation_info since 0.9.8m,"
        " of 2010. A device that cannot be updated belongs behind one that can.\n"
        "\n"
        "Debian and Ubuntu:\n"
        "\n"
        "    apt-get install --only-upgrade openssl\n"
        "\n"
        "Apache, which may be set to the old behaviour:\n"
        "\n"
        "    SSLInsecureRenegotiation off"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc5746",
        "https://www.rfc-editor.org/rfc/rfc9325#section-3.5",
    ),
    tier=Tier.HANDSHAKES,
)
def renegotiation(tls: Tls) -> Outcome:
    """The ServerHello says so; no handshake is ever repeated here."""
    secure = _extra(tls).secure_renegotiation
    words = {
        True: "renegotiation_info answered",
        False: "renegotiation_info not answered",
        None: "not tried",
    }
    evidence = by_handshake(words[secure], tls.host, *_TLS12)
    if secure is None:
        return _untold(tls, "whether renegotiation is secure", evidence)
    if secure:
        return passed(evidence)
    return failed(evidence, "The host does not know secure renegotiation (RFC 5746).")


@check(
    id="tls.ems",
    control="DP-01",
    severity=Severity.MEDIUM,
    requirement=N_("The keys of a session are derived from its whole handshake"),
    rationale=N_(
        "Where they are not, a server in between can make two sessions share one key, and log in at"
        " the real service as the customer whose client certificate or channel binding was meant"
        " to stop just that (triple handshake)."
    ),
    remediation=N_(
        "Update the TLS library (OpenSSL has had extended_master_secret since 1.1.0), or let"
        " visitors have TLS 1.3, which always does so.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    ssl_protocols TLSv1.2 TLSv1.3;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    SSLProtocol -all +TLSv1.2 +TLSv1.3"
    ),
    references=("https://www.rfc-editor.org/rfc/rfc7627",),
    tier=Tier.HANDSHAKES,
)
def extended_master_secret(tls: Tls) -> Outcome:
    """The ServerHello of TLS 1.2 or older says so."""
    extended = _extra(tls).extended_master_secret
    words = {
        True: "extended_master_secret: yes",
        False: "extended_master_secret: no",
        None: "not tried",
    }
    evidence = by_handshake(words[extended], tls.host, *_TLS12)
    if extended is None:
        return _untold(tls, "whether the extended master secret is used", evidence)
    if extended:
        return passed(evidence)
    reason = "The host does not use the extended master secret (RFC 7627) in TLS 1.2."
    return failed(evidence, reason, severity=Severity.MEDIUM.one_lower)


@check(
    id="tls.scsv",
    control="DP-01",
    severity=Severity.MEDIUM,
    requirement=N_("The host notices when a visitor is pushed down to an older version"),
    rationale=N_(
        "An attacker who breaks handshakes off makes some programs come back with an older version,"
        " until one is old enough to attack. A host that knows the signal for that refuses."
    ),
    remediation=N_(
        "Accept TLS 1.2 and 1.3 alone, so that there is nothing worth being pushed down to, and"
        " keep the TLS library up to date (OpenSSL has known TLS_FALLBACK_SCSV since 1.0.1j).\n"
        "\n"
        "nginx:\n"
        "\n"
        "    ssl_protocols TLSv1.2 TLSv1.3;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    SSLProtocol -all +TLSv1.2 +TLSv1.3"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc7507",
        "https://www.rfc-editor.org/rfc/rfc9325#section-3.1.3",
    ),
    tier=Tier.HANDSHAKES,
)
def fallback(tls: Tls) -> Outcome:
    """Where TLS 1.2 is the oldest version, the mark of TLS 1.3 in the ServerHello does as well."""
    refuses = _extra(tls).fallback_scsv
    words = {True: "inappropriate_fallback", False: "accepted", None: "not tried"}
    seen = words[refuses]
    evidence = by_handshake(f"TLS_FALLBACK_SCSV: {seen}", tls.host, *_TLS12, "-fallback_scsv")
    if refuses:
        return passed(evidence)
    if refuses is None:
        found = accepted(tls)
        if list(found.values()).count(True) == 1 and None not in found.values():
            return not_applicable("The host speaks one version only.", evidence)
        return unknown(untried(tls, "whether a fallback is refused"), evidence)
    if speaks_legacy(tls) is False:
        reason = "The host does not know the signal; nothing older than TLS 1.2 is accepted anyway."
        return passed(evidence, reason, severity=Severity.INFORMATIONAL)
    reason = "The host lets a visitor fall back to an older version without a word."
    return failed(evidence, reason, severity=Severity.MEDIUM.one_lower)


@check(
    id="tls.compression",
    control="DP-01",
    severity=Severity.MEDIUM,
    requirement=N_("TLS does not compress what it encrypts"),
    rationale=N_(
        "The length of what is compressed betrays what is in it: a page that the customer visits on"
        " the side can read the session cookie letter by letter (CRIME) and take the session over."
    ),
    remediation=N_(
        "Switch the compression of TLS off; that of pages (gzip) is another matter.\n"
        "\n"
        "nginx 1.3.2 or newer never compresses TLS; on an older one:\n"
        "\n"
        "    apt-get install --only-upgrade nginx openssl\n"
        "\n"
        "Apache:\n"
        "\n"
        "    SSLCompression off"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9325#section-3.3",
        "https://nvd.nist.gov/vuln/detail/CVE-2012-4929",
    ),
    tier=Tier.HANDSHAKES,
)
def compression(tls: Tls) -> Outcome:
    """DEFLATE was offered; the ServerHello names what the host chose."""
    compresses = _extra(tls).compression
    words = {True: "compression chosen", False: "no compression", None: "not tried"}
    evidence = by_handshake(words[compresses], tls.host, *_TLS12, "-comp")
    if compresses is None:
        return _untold(tls, "whether TLS is compressed", evidence)
    if compresses:
        return failed(evidence, "The host compresses what it encrypts.")
    return passed(evidence)


@check(
    id="tls.0rtt",
    control="DP-01",
    severity=Severity.MEDIUM,
    requirement=N_("The host takes no data before the handshake is over"),
    rationale=N_(
        "Early data can be recorded and sent again by anybody in between: an order placed twice, a"
        " payment made twice, unless every application behind the host was written for that."
    ),
    remediation=N_(
        "Switch early data (0-RTT) off, or make sure that only harmless requests are taken early.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    ssl_early_data off;\n"
        "\n"
        "Apache has none with mod_ssl:\n"
        "\n"
        "    SSLProtocol -all +TLSv1.2 +TLSv1.3\n"
        "\n"
        "Cloudflare, under Speed, Settings, Protocol optimization:\n"
        "\n"
        "    0-RTT Connection Resumption: off"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc8446#section-8",
        "https://www.rfc-editor.org/rfc/rfc8470",
    ),
)
def early_data(tls: Tls) -> Outcome:
    """The tickets of the one handshake say so, so no extra one is needed and none is resumed."""
    allowed = tls.early_data
    if allowed is None:
        evidence = by_handshake("no ticket of TLS 1.3 seen", tls.host, "-tls1_3")
        agreed = version(tls.protocol) if tls.protocol else None
        if agreed is not None and agreed < ("TLS", 1, 3):
            return not_applicable("Only TLS 1.3 knows early data.", evidence)
        reason = "The host sent no session ticket, and only a ticket tells of early data."
        return unknown(reason, evidence)
    evidence = by_handshake(f"max_early_data_size {allowed}", tls.host, "-tls1_3")
    if allowed > 0:
        reason = f"The host takes up to {allowed} bytes of early data."
        return failed(evidence, reason, severity=Severity.MEDIUM.one_lower)
    return passed(evidence)
