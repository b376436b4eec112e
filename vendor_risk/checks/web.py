"""Checks of the first two lines of defence: the browser stays on https, and a policy is there."""

from vendor_risk.checks import csp, hsts
from vendor_risk.checks.arrival import CUTS, arrive, entrance, no_document, unseen
from vendor_risk.checks.base import check
from vendor_risk.checks.exhibit import by_curl, by_curl_body, by_curl_twice, shown
from vendor_risk.checks.observations import (
    Http,
    Observations,
    Response,
)
from vendor_risk.checks.pages import (
    follow,
    troubled,
)
from vendor_risk.checks.tls import (
    blemish,
)
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


@check(
    id="web.hsts",
    control="WB-03",
    severity=Severity.MEDIUM,
    requirement=N_("The host tells browsers to come by https only, for at least a year"),
    rationale=N_(
        "Without HSTS each visit can begin with an unencrypted request, which an attacker in a"
        " shared network answers with a copy of the shop; a browser that remembers HSTS never sends"
        " that request, and lets nobody click a certificate warning away."
    ),
    remediation=N_(
        "Send the header with every https answer, errors and redirects included. Begin with"
        " max-age=300, make sure that every subdomain answers over https, then set a year.\n"
        "\n"
        "nginx:\n"
        "\n"
        '    add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;\n'
        "\n"
        "Apache:\n"
        "\n"
        '    Header always set Strict-Transport-Security "max-age=31536000; includeSubDomains"\n'
        "\n"
        "Cloudflare (SSL/TLS, Edge Certificates, HTTP Strict Transport Security):\n"
        "\n"
        "    Max Age Header: 12 months; Include subdomains: on"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc6797#section-6.1",
        "https://www.rfc-editor.org/rfc/rfc6797#section-8.1",
    ),
)
def strict_transport(http: Http, observations: Observations) -> Outcome:
    """The first header of the host's own https answer; on a bad certificate it counts as none."""
    start = entrance(http, observations.domain)
    way = follow(http, start)
    if not way.hops:
        return unseen(way)
    response = way.hops[0]
    values = response.header(hsts.HEADER)
    evidence = by_curl(values[0] if values else f"no {hsts.HEADER}", str(start))
    wall = troubled(response)
    if wall is not None:
        return unknown(f"The visit was blocked: {wall}.", evidence)
    if not values:
        return failed(evidence, "The host does not send Strict-Transport-Security.")
    bad = blemish(observations)
    if bad is not None:
        reason = (
            "The host sends the header, and browsers ignore it, as they do on every connection with"
            f" a bad certificate. {bad} Mend the certificate; the header then counts as it is."
        )
        return failed(by_curl_twice(evidence.value, str(start)), reason)
    return _lasting(hsts.parse(values[0]), evidence)


def _lasting(header: hsts.Hsts, evidence: Evidence) -> Outcome:
    if header.fault or header.max_age is None:
        return failed(
            evidence, f"Browsers ignore the header: {shown(header.fault or 'it is empty')}."
        )
    if header.max_age == 0:
        return failed(evidence, "max-age=0 tells browsers to forget that the host is https only.")
    days, seconds = header.max_age // 86_400, header.max_age
    lasts = f"{days} days" if days > 1 else f"{seconds} seconds"
    if header.max_age < hsts.HALF_YEAR:
        return failed(evidence, f"Browsers remember the header for {lasts} only.")
    if header.max_age < hsts.YEAR:
        reason = f"Browsers remember the header for {lasts}; a year is the usual time."
        return failed(evidence, reason, severity=Severity.MEDIUM.one_lower)
    if not header.include_subdomains:
        reason = "The header leaves out includeSubDomains, so hosts below this one stay open."
        return failed(evidence, reason, severity=Severity.MEDIUM.one_lower)
    return passed(evidence)


@check(
    id="web.csp.present",
    control="WB-03",
    severity=Severity.MEDIUM,
    requirement=N_("Pages carry a Content Security Policy that is in force"),
    rationale=N_(
        "A Content Security Policy is the browser's own list of what a page may load and where it"
        " may send data. Without one, a few injected lines of script read the card form and"
        " ship the numbers to any server, as at British Airways in 2018."
    ),
    remediation=N_(
        "Send a policy with every page. Try it as Content-Security-Policy-Report-Only first, mend"
        " what it reports, then enforce it in the header; a <meta> element covers only a part.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    add_header Content-Security-Policy \"default-src 'self'; object-src 'none';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'self'\" always;\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Header always set Content-Security-Policy \"default-src 'self'; object-src 'none';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'self'\"\n"
        "\n"
        "Cloudflare (Rules, Transform Rules, Modify Response Header, Set static):\n"
        "\n"
        "    Content-Security-Policy: default-src 'self'; object-src 'none'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'self'"
    ),
    references=(
        "https://www.w3.org/TR/CSP3/",
        "https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP",
    ),
)
def content_policy(http: Http, observations: Observations) -> Outcome:
    """Judge the page at the end of the redirects, as long as it belongs to the same organisation.

    What is no document (a JSON interface, an empty answer) needs no policy.
    """
    arrival = arrive(http, observations.domain, csp.HEADER)
    if isinstance(arrival, Outcome):
        return arrival
    page, url = arrival.page, arrival.url
    found = csp.presence(page)
    if found.header:
        return passed(by_curl(" , ".join(found.header), str(url)))
    beside = no_document(page)
    if beside:
        return not_applicable(beside, arrival.shows(f"no {csp.HEADER}"))
    if found.report_only:
        return failed(
            by_curl(f"{csp.REPORT_ONLY}: {found.report_only[0]}", str(url)),
            "The policy is only reported, not enforced.",
            severity=Severity.MEDIUM.one_lower,
        )
    if found.meta:
        return failed(
            by_curl_body(
                f"<meta>: {found.meta[0]}", str(url), "<meta[^>]*content-security-policy[^>]*>"
            ),
            "The policy stands only in the page, where it comes late and cannot forbid framing.",
            severity=Severity.MEDIUM.one_lower,
        )
    return _absent(page, arrival.shows(f"no {csp.HEADER}"))


def _absent(page: Response, evidence: Evidence) -> Outcome:
    beside = no_document(page)
    if beside:
        return not_applicable(beside, evidence)
    if page.truncated:
        return unknown(f"The header has no policy, and {CUTS[page.cut]}.", evidence)
    if page.header(csp.HEADER):
        return failed(evidence, "The Content-Security-Policy holds nothing that browsers enforce.")
    return failed(evidence, "No Content Security Policy limits what the page may load and send.")
