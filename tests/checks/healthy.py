"""Observations of a host that every check likes; a test spoils one fact."""

import hashlib
import ssl
from dataclasses import replace

from tests.checks.authority import NOON, chain, root
from vendor_risk.checks.observations import (
    Answer,
    Dns,
    Dnssec,
    DnsStatus,
    Elsewhere,
    Handshakes,
    Http,
    Mail,
    NoResponse,
    Observations,
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
RECORDS = {
    ("shop.example", "A"): ("192.0.2.10",),
    ("shop.example", "AAAA"): ("2001:db8::10",),
    ("shop.example", "MX"): ("10 mail.shop.example",),
    ("shop.example", "TXT"): ('"v=spf1 ip4:192.0.2.25 -all"',),
    ("shop.example", "CAA"): ('0 issue "letsencrypt.org"',),
    ("_dmarc.shop.example", "TXT"): ('"v=DMARC1; p=reject"',),
    ("_dmarc.example", "TXT"): DnsStatus.NXDOMAIN,
    ("_443._tcp.shop.example", "TLSA"): (
        f"3 0 1 {hashlib.sha256(ssl.PEM_cert_to_DER_cert(chain()[0])).hexdigest()}",
    ),
}
ACCEPTS = {
    "SSLv2": False,
    "SSLv3": False,
    "TLSv1": False,
    "TLSv1.1": False,
    "TLSv1.2": True,
    "TLSv1.3": True,
}
CLASSES = ("null", "anon", "export", "rc4", "3des", "cbc", "no_forward_secrecy")


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
        "accepts": ACCEPTS,
        "address": "192.0.2.10",
        "early_data": 0,
        "handshakes": handshakes(),
    }
    return Tls(**facts | changes)


def handshakes(**changes):
    """What extra hellos showed."""
    facts = {
        "weak": dict.fromkeys(CLASSES, False),
        "ephemeral_dh": True,
        "dh_bits": 2048,
        "secure_renegotiation": True,
        "extended_master_secret": True,
        "fallback_scsv": True,
        "compression": False,
        "elsewhere": (elsewhere(),),
    }
    return Handshakes(**facts | changes)


def elsewhere(**changes):
    """Another address that shows the same."""
    facts = {
        "address": "2001:db8::10",
        "protocol": "TLSv1.3",
        "cipher": "TLS_AES_256_GCM_SHA384",
        "chain_pem": chain(),
        "accepts": {"TLSv1": False, "TLSv1.1": False},
    }
    return Elsewhere(**facts | changes)


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
    facts = {"status": 200, "headers": HEADERS, "body": "<html><head></head><body>Shop</body>"}
    return Response(url, **facts | changes)


def leads(url, target, status=301):
    """A redirect."""
    return Response(url, status, (("Location", target),))


def gone(url, reason, kind=None):
    """An address that gave nothing."""
    return NoResponse(url, reason, kind)


def http(*responses):
    """What was fetched: http that leads to https and a good page, or what is given."""
    good = (leads("http://shop.example/", "https://shop.example/"), page())
    return Http(responses or good)


def observations(**changes):
    """One look at a host without a fault."""
    mail = Mail(starttls=True)
    healthy = Observations(DOMAIN, NOON, dns=dns(), tls=tls(), http=http(), mail=mail)
    return replace(healthy, **changes)
