"""Checks of the encrypted connection: is there one, and is its certificate worth anything."""

from datetime import datetime, timedelta

from vendor_risk.checks import certificate as certs
from vendor_risk.checks import chain
from vendor_risk.checks.base import check
from vendor_risk.checks.chain import Trust
from vendor_risk.checks.exhibit import by_certificate, by_chain, by_handshake, not_seen, shown
from vendor_risk.checks.observations import Failure, Observations, Tls, Unreachable
from vendor_risk.evidence import N_, Outcome, Severity, Status, failed, passed, unknown

_NO_CERTIFICATE = "The server sent no certificate in this look."
_UNREADABLE = "The served certificate cannot be read."


# The alerts of RFC 8446 section 6 by which a server refuses the certificate of a client, or its
# absence; a client that has sent no certificate is told nothing else by them.
_CERTIFICATE_ALERTS = (
    "certificate required",
    "bad certificate",
    "unsupported certificate",
    "certificate unknown",
    "no certificate",
    "unknown ca",
)


def about_visitors_certificate(reason: str) -> bool:
    """Whether the words of an alert say that the host wants a certificate of its visitors."""
    return any(alert in _alert(reason) for alert in _CERTIFICATE_ALERTS)


def may_be_about_certificate(reason: str) -> bool:
    """Whether an alert leaves that open: before TLS 1.3 a host without a visitor's certificate
    says no more than that the handshake failed (RFC 5246 section 7.4.6).
    """
    return "handshake failure" in _alert(reason)


def _alert(reason: str) -> str:
    return reason.casefold().replace("_", " ")


@check(
    id="tls.reach",
    control="DP-01",
    severity=Severity.HIGH,
    requirement=N_("The host completes a TLS handshake on port 443"),
    rationale=N_(
        "A host that refuses encryption leaves two ways: customers are turned away with an error,"
        " or their passwords and orders travel in clear text for everybody on the way to read."
    ),
    remediation=N_(
        "Open TCP port 443 in the firewall and let the web server listen there with a certificate"
        " and TLS 1.2 and 1.3.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    listen 443 ssl;\n"
        "    listen [::]:443 ssl;\n"
        "    ssl_certificate     /etc/ssl/shop.example.com/fullchain.pem;\n"
        "    ssl_certificate_key /etc/ssl/shop.example.com/privkey.pem;\n"
        "    ssl_protocols       TLSv1.2 TLSv1.3;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Listen 443\n"
        "    SSLEngine on\n"
        "    SSLCertificateFile    /etc/ssl/shop.example.com/fullchain.pem\n"
        "    SSLCertificateKeyFile /etc/ssl/shop.example.com/privkey.pem\n"
        "    SSLProtocol           -all +TLSv1.2 +TLSv1.3"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9325",
        "https://www.rfc-editor.org/rfc/rfc8446",
    ),
    judges_reachability=True,
)
def reach(tls: Tls | Unreachable, observations: Observations) -> Outcome:
    """A refusal is an answer; silence, a reset and a missing name may be our own trouble."""
    host = observations.domain
    if isinstance(tls, Tls):
        if not tls.protocol and not tls.chain_pem:
            return unknown(
                "This look did not record what became of the handshake.",
                by_handshake("nothing recorded", host),
            )
        agreed = " ".join(word for word in (tls.protocol, tls.cipher) if word)
        return passed(by_handshake(agreed or "handshake done", host))
    evidence = by_handshake(tls.reason, host)
    if tls.failure is Failure.REFUSED:
        return failed(evidence, "The host refuses connections on port 443: it offers no TLS.")
    if tls.failure is Failure.ALERT and about_visitors_certificate(tls.reason):
        return unknown("The host asks visitors for a certificate of their own.", evidence)
    if tls.failure is Failure.ALERT:
        return failed(evidence, "The host breaks the TLS handshake off with an alert.")
    return unknown(not_seen(tls.reason), evidence)


@check(
    id="tls.cert.trust",
    control="DP-01",
    severity=Severity.CRITICAL,
    requirement=N_("The certificate leads to an authority that browsers trust"),
    rationale=N_(
        "Browsers stop visitors with a full-page warning, programs refuse to connect, and people"
        " who learn to click the warning away cannot tell the shop from an impostor."
    ),
    remediation=N_(
        "Get a certificate from a public authority (Let's Encrypt issues them free of charge and"
        " renews them by itself) and serve the leaf followed by every intermediate certificate,"
        " without the root:\n"
        "\n"
        "    certbot certonly --webroot -w /var/www/html -d shop.example.com\n"
        "\n"
        "nginx:\n"
        "\n"
        "    ssl_certificate     /etc/letsencrypt/live/shop.example.com/fullchain.pem;\n"
        "    ssl_certificate_key /etc/letsencrypt/live/shop.example.com/privkey.pem;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    SSLCertificateFile    /etc/letsencrypt/live/shop.example.com/fullchain.pem\n"
        "    SSLCertificateKeyFile /etc/letsencrypt/live/shop.example.com/privkey.pem"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc5280#section-6",
        "https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2",
    ),
)
def trust(tls: Tls, observations: Observations) -> Outcome:
    """Build the chain offline at the time of the look; an expired leaf is tls.cert.expiry's."""
    if not tls.chain_pem:
        return unknown(_NO_CERTIFICATE, by_handshake("no certificate", tls.host))
    verdict = chain.verify(tls.chain_pem, tls.extra_roots_pem, observations.observed_at)
    evidence = by_chain(str(verdict), tls.host)
    if verdict.trust is Trust.TRUSTED:
        return passed(evidence)
    if verdict.trust is Trust.UNREADABLE:
        return unknown(shown(verdict.reason), evidence)
    return failed(evidence, shown(verdict.reason))


def no_leaf(tls: Tls) -> Outcome:
    """Unknown, since the server sent no certificate or none that can be read."""
    if not tls.chain_pem:
        return unknown(_NO_CERTIFICATE, by_handshake("no certificate", tls.host))
    return unknown(_UNREADABLE, by_certificate("unreadable", tls.host, "-text"))


@check(
    id="tls.cert.hostname",
    control="DP-01",
    severity=Severity.CRITICAL,
    requirement=N_("The certificate is issued for the host name that was asked for"),
    rationale=N_(
        "A certificate for another name proves nothing about this host: browsers stop visitors with"
        " a full-page warning, and an impostor with any certificate at all would look the same."
    ),
    remediation=N_(
        "Have the certificate issued again with every name under which the host is reached among"
        " its subject alternative names; browsers ignore the common name, and a wildcard stands for"
        " one label only:\n"
        "\n"
        "    certbot certonly --webroot -w /var/www/html -d shop.example.com -d example.com\n"
        "\n"
        "If the right certificate exists, make sure that the server picks it by name (SNI).\n"
        "\n"
        "nginx:\n"
        "\n"
        "    server_name shop.example.com;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    ServerName shop.example.com"
    ),
    references=("https://www.rfc-editor.org/rfc/rfc9525#section-6",),
)
def hostname(tls: Tls) -> Outcome:
    """Compare the asked name with the subject alternative names alone."""
    leaf = certs.load(tls.chain_pem[0]) if tls.chain_pem else None
    if leaf is None:
        return no_leaf(tls)
    found = certs.names(leaf)
    seen = ", ".join((*found.dns[:12], *found.addresses[:4])) or "no alternative name"
    evidence = by_certificate(seen, tls.host, "-ext", "subjectAltName")
    if found.fault:
        return unknown(f"The alternative names cannot be read: {shown(found.fault)}.", evidence)
    match = certs.covers(found, tls.host)
    if match is not None:
        return passed(by_certificate(f"{match} of {seen}", tls.host, "-ext", "subjectAltName"))
    if not found.dns and not found.addresses:
        return failed(
            evidence,
            "The certificate has no subject alternative name, and browsers ignore its common name.",
        )
    wide = certs.too_wide(found, tls.host)
    if wide is not None:
        reason = (
            f"The certificate names {shown(wide, 80)}, and browsers take no wildcard directly below"
            " the suffix of a registry, nor below one that belongs to a company: the whole name"
            " must stand in it."
        )
        return failed(evidence, reason)
    return failed(evidence, f"The certificate is not valid for {shown(tls.host)}.")


def margin(begin: datetime, end: datetime) -> timedelta:
    """How long before its end a certificate should have been replaced.

    A sixth of its life, at most 14 and at least 2 days: 14 days for 90-day certificates, almost 8
    for the 47 days that CA/Browser Forum ballot SC-081v3 prescribes from 2029, 2 for 6-day ones.
    """
    return max(timedelta(days=2), min(timedelta(days=14), (end - begin) / 6))


@check(
    id="tls.cert.expiry",
    control="DP-01",
    severity=Severity.CRITICAL,
    requirement=N_("The certificate is within its dates and renewed in good time"),
    rationale=N_(
        "From the second it expires browsers refuse the certificate, and the shop stands still"
        " until somebody renews it, usually at night or on a weekend. A certificate shortly before"
        " its end shows that the renewal does not run by itself."
    ),
    remediation=N_(
        "Renew the certificate now, automate the renewal (ACME) at two thirds of its life, reload"
        " the server after each one, and watch the date from outside:\n"
        "\n"
        '    certbot renew --deploy-hook "systemctl reload nginx"\n'
        "    systemctl enable --now certbot.timer"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
        "https://www.rfc-editor.org/rfc/rfc8555",
        "https://cabforum.org/working-groups/server/baseline-requirements/requirements/",
    ),
)
def expiry(tls: Tls, observations: Observations) -> Outcome:
    """Compare with the time of the look, so a stored look can be judged again; the leaf alone."""
    leaf = certs.load(tls.chain_pem[0]) if tls.chain_pem else None
    if leaf is None:
        return no_leaf(tls)
    dates = certs.validity(leaf)
    if dates is None:
        reason = "The dates of the served certificate cannot be read."
        return unknown(reason, by_certificate("unreadable", tls.host, "-dates"))
    begin, end = dates
    seen = f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    evidence = by_certificate(seen, tls.host, "-dates")
    # dates count in whole seconds, the last one included (RFC 5280 section 4.1.2.5)
    now = observations.observed_at.replace(microsecond=0)
    if now < begin:
        return failed(evidence, f"The certificate is not valid before {begin:%Y-%m-%d %H:%M} UTC.")
    if now > end:
        return failed(evidence, f"The certificate expired on {end:%Y-%m-%d at %H:%M} UTC.")
    if end - now < margin(begin, end):
        return failed(
            evidence,
            f"The certificate expires on {end:%Y-%m-%d at %H:%M} UTC and has not been renewed yet.",
            severity=Severity.CRITICAL.one_lower,
        )
    return passed(evidence)


def blemish(observations: Observations) -> str | None:
    """Why browsers warn of the certificate of a host, or None when they don't or nobody knows.

    HSTS counts only on a connection without errors.
    """
    if not isinstance(observations.tls, Tls):
        return None
    for judge in (trust, hostname, expiry):
        outcome = judge(observations)
        if outcome.status is Status.FAILED and outcome.severity is Severity.CRITICAL:
            return outcome.reason
    return None
