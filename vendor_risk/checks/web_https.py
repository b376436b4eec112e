"""Checks of the way to the pages: are they served over https, and who comes by http?"""

from itertools import pairwise

from vendor_risk.checks.arrival import entrance, unseen
from vendor_risk.checks.base import check
from vendor_risk.checks.exhibit import by_curl, not_seen, of_part, shown
from vendor_risk.checks.observations import (
    Failure,
    Http,
    NoResponse,
    Observations,
    Response,
    Tls,
    Unreachable,
)
from vendor_risk.checks.pages import (
    Chain,
    End,
    Url,
    blocked,
    follow,
    front,
    troubled,
)
from vendor_risk.checks.tls import (
    about_visitors_certificate,
    may_be_about_certificate,
)
from vendor_risk.evidence import (
    N_,
    Evidence,
    Outcome,
    Severity,
    failed,
    passed,
    unknown,
)

_NO = (Failure.REFUSED, Failure.ALERT)  # the host itself said no; all else may be our own trouble


@check(
    id="web.https",
    control="DP-01",
    severity=Severity.CRITICAL,
    requirement=N_("The site is served over https"),
    rationale=N_(
        "Over http everybody on the way reads passwords, orders and sessions, and can change the"
        " page: a shop without https hands its customers to the next hotel network."
    ),
    remediation=N_(
        "Serve the site on port 443 with a certificate of a public authority.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    server {\n"
        "        listen 443 ssl;\n"
        "        server_name shop.example.com;\n"
        "        ssl_certificate     /etc/letsencrypt/live/shop.example.com/fullchain.pem;\n"
        "        ssl_certificate_key /etc/letsencrypt/live/shop.example.com/privkey.pem;\n"
        "        root /var/www/html;\n"
        "    }\n"
        "\n"
        "Apache:\n"
        "\n"
        "    <VirtualHost *:443>\n"
        "        ServerName shop.example.com\n"
        "        SSLEngine on\n"
        "        SSLCertificateFile    /etc/letsencrypt/live/shop.example.com/fullchain.pem\n"
        "        SSLCertificateKeyFile /etc/letsencrypt/live/shop.example.com/privkey.pem\n"
        "        DocumentRoot /var/www/html\n"
        "    </VirtualHost>\n"
        "\n"
        "Cloudflare (SSL/TLS, Overview; the server behind it needs a certificate too):\n"
        "\n"
        "    SSL/TLS encryption mode: Full (strict)"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9110#section-4.2.2",
        "https://www.rfc-editor.org/rfc/rfc9325",
    ),
    judges_reachability=True,
)
def https(http: Http | Unreachable, observations: Observations) -> Outcome:
    """A refused https is a fault only where http answers: else there is no site to judge."""
    if isinstance(http, Unreachable):
        return unknown(not_seen(http.reason), of_part("http", http.reason, observations.domain))
    start = entrance(http, observations.domain)
    way = follow(http, start)
    if not way.hops:
        return _without_https(http, observations, way)
    evidence = by_curl(str(way), str(start), follow=len(way.hops) > 1)
    wall = blocked(way.hops[0])
    if wall is not None:
        return unknown(f"The visit was blocked: {wall}.", evidence)
    back = way.last is not None and way.urls[-1].scheme == "http"
    if back or (way.end in (End.LOOP, End.LONG) and _downgrades(way.urls)):
        return failed(evidence, "https only sends visitors back to http: no page is encrypted.")
    return passed(evidence)


def _without_https(http: Http, observations: Observations, way: Chain) -> Outcome:
    failure = way.failure
    if failure is None or failure.failure not in _NO:
        return unseen(way)
    evidence = by_curl(failure.reason, str(way.start))
    wanted = _wants_certificate(failure, observations)
    if wanted:
        return unknown(wanted, evidence)
    open_way = follow(http, front(observations.domain, "http"))
    if not open_way.hops:
        return unknown("Neither http nor https answers, so there is no site to judge.", evidence)
    target = open_way.urls[-1]
    if target.scheme == "https":
        return unknown(
            f"Port 80 only sends visitors on to {shown(str(target), 120)}, and https is refused"
            " here, so no page was seen.",
            evidence,
        )
    return failed(evidence, "The site answers over http but not over https.")


def _wants_certificate(failure: NoResponse, observations: Observations) -> str:
    """Why a refusal may only mean that we have no certificate of a visitor, empty where not.

    In TLS 1.3 a host that misses one says so after the handshake is done.
    """
    if failure.failure is not Failure.ALERT:
        return ""
    if about_visitors_certificate(failure.reason):
        return "The host asks visitors for a certificate of their own, so no page was seen."
    if isinstance(observations.tls, Tls):
        return (
            "The handshake was done, then the host broke the connection off with an alert, as hosts"
            " do that ask visitors for a certificate of their own."
        )
    if may_be_about_certificate(failure.reason):
        return (
            "The host broke the handshake off without saying why. It may ask visitors for a"
            " certificate of their own, so nobody can tell whether it serves pages over https."
        )
    return ""


@check(
    id="web.redirect",
    control="DP-01",
    severity=Severity.HIGH,
    requirement=N_("A visitor who comes by http is sent to https on the same host at once"),
    rationale=N_(
        "People type the name without https. Every request that stays on http lets an attacker in a"
        " shared network answer instead of the shop; a detour over another host keeps the browser"
        " from remembering that this one is https only."
    ),
    remediation=N_(
        "Answer every http request with a permanent redirect to the same host and path over https,"
        " and only then to another name, such as www.\n"
        "\n"
        "nginx:\n"
        "\n"
        "    server {\n"
        "        listen 80;\n"
        "        listen [::]:80;\n"
        "        server_name shop.example.com;\n"
        "        return 301 https://$host$request_uri;\n"
        "    }\n"
        "\n"
        "Apache:\n"
        "\n"
        "    <VirtualHost *:80>\n"
        "        ServerName shop.example.com\n"
        "        Redirect permanent / https://shop.example.com/\n"
        "    </VirtualHost>\n"
        "\n"
        "Cloudflare (SSL/TLS, Edge Certificates):\n"
        "\n"
        "    Always Use HTTPS: on"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc6797#section-7.2",
        "https://developer.mozilla.org/en-US/docs/Web/Security/Practical_implementation_guides/TLS",
    ),
)
def redirect(http: Http, observations: Observations) -> Outcome:
    """The first hop decides about a pass, the whole chain about a fault."""
    way = follow(http, front(observations.domain, "http"))
    if not way.hops:
        return _without_http(http, observations.domain, way)
    evidence = by_curl(str(way), str(way.start), follow=True)
    wall = troubled(way.hops[-1])
    if wall is not None:
        return _stopped(way, wall, evidence)
    if way.end is End.LOOP:
        return failed(evidence, "The redirects run in a circle: no page is ever reached.")
    if way.end is End.LONG:
        return failed(evidence, "More than ten redirects follow each other: browsers give up.")
    return _judged(way, evidence)


def _judged(way: Chain, evidence: Evidence) -> Outcome:
    """A chain in which nothing stood in the way."""
    urls = way.urls
    if _downgrades(urls):
        return failed(evidence, "A redirect leads from https back to http.")
    if way.last is not None and len(urls) == 1:
        return _served(way.last, evidence)
    if way.last is not None and urls[-1].scheme == "http" and _is_page(way.last):
        return failed(evidence, "The redirects never lead to https.")
    if way.end is End.ASTRAY:
        where = shown(way.astray, 100)
        return failed(evidence, f"A redirect leads to {where}, which is no web address.")
    first = urls[1]  # the only chain without a second address ends on http or astray
    if first.scheme == "http" or first.host != way.start.host:
        return failed(evidence, _detour(first), severity=Severity.HIGH.one_lower)
    if way.end is End.FAILED and way.failure is not None:
        return unknown(not_seen(way.failure.reason, "page"), evidence)
    return passed(evidence)


def _served(answer: Response, evidence: Evidence) -> Outcome:
    """What the answer of port 80 means that leads nowhere else."""
    if _is_page(answer):
        return failed(evidence, "The site is served over http and never redirects to https.")
    if answer.status == 426:
        return passed(evidence, "Port 80 serves nothing and asks visitors to come encrypted.")
    return unknown(
        f"Port 80 answers without a page (HTTP {answer.status}), so nobody can tell from here"
        " whether pages are served without encryption.",
        evidence,
    )


def _is_page(answer: Response) -> bool:
    """Whether an answer carries what the visitor asked for."""
    return 200 <= answer.status < 300 and bool(answer.body.strip() or answer.truncated)


def _stopped(way: Chain, wall: str, evidence: Evidence) -> Outcome:
    """The last answer is no page; what lies before it may already be a fault."""
    urls = way.urls
    if _downgrades(urls):
        return failed(evidence, "A redirect leads from https back to http.")
    if len(urls) > 1 and (urls[1].scheme == "http" or urls[1].host != way.start.host):
        return failed(evidence, _detour(urls[1]), severity=Severity.HIGH.one_lower)
    return unknown(f"The visit was blocked: {wall}.", evidence)


def _downgrades(urls: tuple[Url, ...]) -> bool:
    schemes = [url.scheme for url in urls]
    return ("https", "http") in pairwise(schemes)


def _detour(first: Url) -> str:
    if first.scheme == "http":
        return "The first redirect stays on http instead of leading to https."
    return (
        f"The first redirect leads to another host, {shown(first.host)}, before the browser has"
        " seen this one over https."
    )


def _without_http(http: Http, domain: str, way: Chain) -> Outcome:
    """A closed port 80 is as good as a redirect where https answers."""
    failure = way.failure
    if failure is None or failure.failure is not Failure.REFUSED:
        return unseen(way)
    evidence = by_curl(failure.reason, str(way.start))
    if follow(http, entrance(http, domain)).hops:
        return passed(evidence, "Port 80 is closed: nothing is served without encryption.")
    return unknown("Neither http nor https answers, so there is no site to judge.", evidence)
