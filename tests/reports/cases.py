"""Reports to spoil: fifteen declared checks, a healthy host, and what makes a terrible one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from vendor_risk.checks.base import Check
from vendor_risk.checks.catalogue import Judged
from vendor_risk.checks.observations import Method
from vendor_risk.evidence import (
    Evidence,
    HostClass,
    Outcome,
    Severity,
    failed,
    passed,
    unknown,
)
from vendor_risk.reports.build import build
from vendor_risk.reports.report import Engagement, Look, Money, Report, Subject
from vendor_risk.scoring.inherent import Facts

AS_OF = datetime(2026, 11, 22, 6, 10, tzinfo=UTC)
HOST = "shop.example"
SEEN = Evidence("value", "command")

# id, control, severity, requirement, rationale, remediation, reference
TEXTS = (
    (
        "dns.resolve", "DN-01", Severity.CRITICAL,
        "The host name has an address",
        "Without an address nobody reaches the shop, and someone else may register the name.",
        "Publish an A or AAAA record for the host, or take the host out of use.",
        "https://www.rfc-editor.org/rfc/rfc1035#section-3.4.1",
    ),
    (
        "dns.dnssec.state", "DN-01", Severity.HIGH,
        "The zone is signed, and its signatures hold",
        "Forged answers can send customers and mail to another server unnoticed.",
        "Sign the zone and publish its DS record at the registrar.",
        "https://www.rfc-editor.org/rfc/rfc9364",
    ),
    (
        "dns.caa", "DN-01", Severity.LOW,
        "The zone says which authorities may issue certificates",
        "Any of some hundred authorities may otherwise be tricked into a certificate for the name.",
        "Publish a CAA record that names the authority in use.",
        "https://www.rfc-editor.org/rfc/rfc8659",
    ),
    (
        "mail.spf.present", "DN-01", Severity.HIGH,
        "The domain publishes one SPF record",
        "Receivers cannot tell the vendor's mail from a forgery.",
        "Publish one TXT record that begins with v=spf1 and names the sending servers.",
        "https://www.rfc-editor.org/rfc/rfc7208#section-4.5",
    ),
    (
        "mail.spf.all", "DN-01", Severity.HIGH,
        "The SPF record ends by refusing all other senders",
        "Anybody may send invoices in the vendor's name.",
        "End the record with -all, or with ~all once DMARC is enforced.",
        "https://www.rfc-editor.org/rfc/rfc7208#section-5.1",
    ),
    (
        "mail.dmarc.present", "DN-01", Severity.HIGH,
        "The domain publishes one DMARC record",
        "Receivers do not know what to do with forged mail, so most of them deliver it.",
        "Publish one TXT record at _dmarc that begins with v=DMARC1.",
        "https://www.rfc-editor.org/rfc/rfc9989#section-4.10",
    ),
    (
        "mail.dmarc.policy", "DN-01", Severity.HIGH,
        "The DMARC policy asks receivers to reject forged mail",
        "Forged mail in the vendor's name reaches the inbox of our staff and customers.",
        "Raise the policy to quarantine, read the reports, then raise it to reject.",
        "https://www.rfc-editor.org/rfc/rfc9989#section-4.7",
    ),
    (
        "tls.reach", "DP-01", Severity.HIGH,
        "The host completes a TLS handshake",
        "Nothing can be sent to the host in secret.",
        "Open port 443 and serve TLS 1.2 or newer.",
        "https://www.rfc-editor.org/rfc/rfc9325",
    ),
    (
        "tls.cert.trust", "DP-01", Severity.CRITICAL,
        "The certificate leads to an authority that browsers trust",
        "Browsers warn every customer away, and nobody can tell the host from an impostor.",
        "Install a certificate of a public authority with its intermediates.",
        "https://www.rfc-editor.org/rfc/rfc5280#section-6",
    ),
    (
        "tls.cert.hostname", "DP-01", Severity.CRITICAL,
        "The certificate is made out for the host",
        "Browsers warn every customer away, and nobody can tell the host from an impostor.",
        "Order a certificate whose subject alternative names contain the host.",
        "https://www.rfc-editor.org/rfc/rfc9525",
    ),
    (
        "tls.cert.expiry", "DP-01", Severity.CRITICAL,
        "The certificate is valid for a safe share of its life",
        "Browsers refuse an expired certificate, so the shop stops.",
        "Renew the certificate and automate renewal.",
        "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
    ),
    (
        "web.https", "DP-01", Severity.CRITICAL,
        "The site answers over HTTPS",
        "Passwords and card numbers cross the network in clear text.",
        "Serve the site over HTTPS and redirect all of HTTP to it.",
        "https://www.rfc-editor.org/rfc/rfc9110#section-4.2.2",
    ),
    (
        "web.redirect", "DP-01", Severity.HIGH,
        "HTTP leads straight to HTTPS on the same host",
        "A visitor who types the name starts in clear text, where the page can be swapped.",
        "Answer every HTTP request with a permanent redirect to HTTPS on the same host.",
        "https://www.rfc-editor.org/rfc/rfc6797#section-7.2",
    ),
    (
        "web.hsts", "WB-03", Severity.MEDIUM,
        "Browsers are told to use HTTPS only",
        "On a hostile network the first visit of the day can be moved to clear text.",
        "Send Strict-Transport-Security with a max-age of a year or more.",
        "https://www.rfc-editor.org/rfc/rfc6797#section-6.1",
    ),
    (
        "web.csp.present", "WB-03", Severity.MEDIUM,
        "Pages carry a Content-Security-Policy",
        "A script that someone slips into the page may send card numbers anywhere.",
        "Send a Content-Security-Policy header that lists the allowed sources of scripts.",
        "https://www.w3.org/TR/CSP3/",
    ),
)  # fmt: skip

CHECKS = tuple(
    Check(id, control, severity, requirement, rationale, remediation, (url,), passed, ())
    for id, control, severity, requirement, rationale, remediation, url in TEXTS
)
CONTROLS = {check.id: check.control for check in CHECKS}
HEALTHY: dict[str, Outcome] = {check.id: passed(SEEN) for check in CHECKS}

TERRIBLE: dict[str, Outcome] = {
    "tls.cert.expiry": failed(
        Evidence(
            "notBefore 2026-02-10, notAfter 2026-11-10T23:59:59Z; looked at 2026-11-22T06:09:58Z",
            "openssl s_client -connect shop.example:443 -servername shop.example </dev/null "
            "2>/dev/null | openssl x509 -noout -dates",
        ),
        "the certificate expired 11 days ago",
        severity=Severity.CRITICAL,
    ),
    "mail.dmarc.present": failed(
        Evidence("_dmarc.shop.example: NXDOMAIN", "dig +short TXT _dmarc.shop.example"),
        "no DMARC record at the domain or above it",
        severity=Severity.HIGH,
    ),
    "mail.dmarc.policy": unknown("there is no DMARC record to read"),
    "mail.spf.all": failed(
        Evidence(
            "v=spf1 include:_spf.mail.example ip4:192.0.2.0/24 +all",
            "dig +short TXT shop.example",
        ),
        "the record ends in +all, which allows every sender",
        severity=Severity.HIGH,
    ),
    "web.hsts": failed(
        Evidence("no Strict-Transport-Security header", "curl -sI https://shop.example/"),
        "the header is missing",
        severity=Severity.MEDIUM,
    ),
    "web.csp.present": failed(
        Evidence(
            "Content-Security-Policy-Report-Only: default-src 'self'; script-src 'self' "
            "'unsafe-inline' https://cdn.example https://tags.example https://chat.example; "
            "report-uri /csp",
            "curl -sI https://shop.example/ | grep -i content-security",
        ),
        "the policy only reports and blocks nothing",
        severity=Severity.LOW,
    ),
    "dns.caa": failed(
        Evidence("shop.example: no CAA record; example: none", "dig +short CAA shop.example"),
        "no CAA record up to the top-level domain",
        severity=Severity.LOW,
    ),
    "dns.dnssec.state": unknown("the resolver 192.0.2.53 does not validate"),
    "web.redirect": failed(
        Evidence(
            "http://shop.example/ -> 302 http://www.shop.example/ -> 301 https://www.shop.example/",
            "curl -sIL http://shop.example/",
        ),
        "the first hop leads to another host over HTTP",
        severity=Severity.MEDIUM,
    ),
}

METHOD = Method(
    scanner="vendor-risk 0.1.0",
    resolvers=("192.0.2.53", "192.0.2.54"),
    addresses=("198.51.100.7", "2001:db8::7"),
    tls_library="OpenSSL 3.0.15",
    user_agent="vendor-risk/0.1.0 (+https://shop.example/scans)",
    seconds=3.2,
)

PORTAL = Facts(1, 0, 3, 0, 1)
CHECKOUT = Facts(4, 3, 4, 4, 4, frozenset({"payment-page-script", "card-data"}))


def judged(spoilt: Mapping[str, Outcome] | None = None, host: str = HOST) -> list[Judged]:
    """What all fifteen checks say of a host that is healthy but for `spoilt`."""
    return [
        Judged(id, CONTROLS.get(id, "DP-01"), host, outcome)
        for id, outcome in (HEALTHY | dict(spoilt or {})).items()
    ]


def look(host: str = HOST, host_class: HostClass = HostClass.LOGIN) -> Look:
    return Look(host, host_class, AS_OF, METHOD)


def report(**changed: Any) -> Report:
    """A report of one healthy domain, with any argument of `build` changed."""
    arguments: dict[str, Any] = {
        "number": "VR-2026-0147",
        "organisation": "Hollandse Winkels",
        "as_of": AS_OF,
        "subject": Subject(HOST),
        "looks": [look()],
        "judged": judged(),
        "checks": CHECKS,
    }
    return build(**(arguments | changed))


def vendor(**changed: Any) -> Report:
    """A report of a vendor of whom we buy two things, one of them in the check-out."""
    arguments: dict[str, Any] = {
        "subject": Subject(HOST, "Zonnepanelen Techniek BV", "S-20417", ("installers", "NL")),
        "prepared_by": "J. Ortiz",
        "engagements": (
            Engagement.of(
                "Dealer portal",
                PORTAL,
                owner="M. de Wit",
                legal_entity="Winkels Nederland BV",
                spend=Money(1_240_000_00, "EUR"),
            ),
            Engagement.of(
                "Instalment plug-in in the check-out",
                CHECKOUT,
                owner="P. Sato",
                legal_entity="Winkels Online BV",
                spend=Money(86_500_00, "EUR"),
            ),
        ),
    }
    return report(**(arguments | changed))
