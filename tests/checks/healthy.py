"""Observations of a host that every check likes; a test spoils one fact."""

from dataclasses import replace
from datetime import timedelta

from tests.checks.authority import NOON, chain, root
from vendor_risk.checks.observations import (
    Answer,
    Dns,
    Dnssec,
    DnsStatus,
    Http,
    Intel,
    JsAdvisory,
    JsLibrary,
    NoResponse,
    Observations,
    PageScripts,
    Previous,
    Response,
    Tls,
)

DOMAIN = "shop.example"
HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    (
        "Content-Security-Policy",
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'self'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Set-Cookie", "__Host-session=c2Vzc2lvbg; Path=/; Secure; HttpOnly; SameSite=Lax"),
)
BODY = (
    "<html><head><script src=/jquery-3.7.1.min.js></script></head><body>Shop"
    "<form action=/log-in method=post><input type=password name=secret></form></body></html>"
)
SECURITY_TEXT = """\
Contact: mailto:security@shop.example
Expires: 2027-06-30T00:00:00Z
Canonical: https://shop.example/.well-known/security.txt
"""
RECORDS = {
    ("shop.example", "A"): ("192.0.2.10",),
    ("shop.example", "AAAA"): ("2001:db8::10",),
    ("shop.example", "MX"): ("10 mail.shop.example",),
    ("shop.example", "TXT"): ('"v=spf1 ip4:192.0.2.25 -all"',),
    ("shop.example", "CAA"): ('0 issue "letsencrypt.org"',),
    ("_dmarc.shop.example", "TXT"): ('"v=DMARC1; p=reject"',),
    ("_dmarc.example", "TXT"): DnsStatus.NXDOMAIN,
}


def dns(changes=None, *, dnssec=Dnssec.SECURE):
    """The answers about the host; `changes` maps a question to records, a status or None."""
    table = RECORDS | (changes or {})
    answers = []
    for (name, type), given in table.items():
        if given is None:
            continue
        if isinstance(given, DnsStatus):
            answers.append(Answer(name, type, given))
        else:
            answers.append(Answer(name, type, DnsStatus.NOERROR, tuple(given)))
    return Dns(tuple(answers), dnssec)


def tls(**changes):
    """A handshake with a trusted certificate."""
    facts = {
        "host": DOMAIN,
        "chain_pem": chain(),
        "protocol": "TLSv1.3",
        "cipher": "TLS_AES_256_GCM_SHA384",
        "extra_roots_pem": (root().pem,),
    }
    return Tls(**facts | changes)


def headers(**changes):
    """The headers of a good page with some replaced (`csp=None` leaves one out)."""
    short = {
        "type": "Content-Type",
        "hsts": "Strict-Transport-Security",
        "csp": "Content-Security-Policy",
        "nosniff": "X-Content-Type-Options",
        "referrer": "Referrer-Policy",
        "cookie": "Set-Cookie",
        "frame": "X-Frame-Options",
        "server": "Server",
        "powered": "X-Powered-By",
    }
    table = dict(HEADERS) | {short[key]: value for key, value in changes.items()}
    return tuple((name, value) for name, value in table.items() if value is not None)


def page(url="https://shop.example/", **changes):
    """A good page."""
    facts = {"status": 200, "headers": HEADERS, "body": BODY}
    return Response(url, **facts | changes)


def leads(url, target, status=301):
    """A redirect."""
    return Response(url, status, (("Location", target),))


def gone(url, reason, kind=None):
    """An address that gave nothing."""
    return NoResponse(url, reason, kind)


def http(*responses):
    """What was fetched: http that leads to https and a good page, or what is given."""
    text = (("Content-Type", "text/plain; charset=utf-8"),)
    good = (
        leads("http://shop.example/", "https://shop.example/"),
        page(),
        page(origin="https://stranger.example"),
        page("https://shop.example/.well-known/security.txt", headers=text, body=SECURITY_TEXT),
    )
    return Http(responses or good)


def observations(**changes):
    """One look at a host without a fault."""
    healthy = Observations(
        DOMAIN,
        NOON,
        dns=dns(),
        tls=tls(),
        http=http(),
        previous=Previous(NOON - timedelta(days=30), (PageScripts("https://shop.example/"),)),
        intel=Intel(
            js_advisories=(JsLibrary("jquery", advisories=(JsAdvisory("3.5.0", "medium"),)),)
        ),
    )
    return replace(healthy, **changes)
