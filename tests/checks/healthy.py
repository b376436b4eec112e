"""Observations of a host that every check likes; a test spoils one fact."""

import hashlib
import ssl
from dataclasses import replace
from datetime import timedelta

from tests.checks.authority import NOON, chain, root
from tests.checks.dkim_keys import record as key_record
from vendor_risk.checks.observations import (
    Answer,
    Dns,
    Dnssec,
    DnsStatus,
    Elsewhere,
    Exploited,
    Feed,
    Handshakes,
    Http,
    Intel,
    JsAdvisory,
    JsLibrary,
    Lookalike,
    Mail,
    NoResponse,
    Observations,
    PageScripts,
    Previous,
    Registration,
    Response,
    Tls,
)
from vendor_risk.checks.wildcard import probe

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
    ("mail.shop.example", "A"): ("192.0.2.25",),
    ("shop.example", "TXT"): ('"v=spf1 ip4:192.0.2.25 -all"',),
    ("shop.example", "CAA"): ('0 issue "letsencrypt.org"',),
    ("_dmarc.shop.example", "TXT"): ('"v=DMARC1; p=reject; rua=mailto:dmarc@shop.example"',),
    ("_dmarc.example", "TXT"): DnsStatus.NXDOMAIN,
    ("shop.example", "NS"): ("ns1.shop.example", "ns2.example.net"),
    ("ns1.shop.example", "A"): ("192.0.2.53",),
    ("ns2.example.net", "A"): ("198.51.100.53",),
    ("shop.example", "DS"): ("12345 13 2 " + "ab" * 32,),
    ("shop.example", "DNSKEY"): ("257 3 13 " + "A" * 86 + "==",),
    ("shop.example", "RRSIG"): (
        "DNSKEY 13 2 3600 20261220000000 20261120000000 12345 shop.example. " + "A" * 86 + "==",
    ),
    ("shop.example", "NSEC3PARAM"): (),
    ("www.shop.example", "A"): ("192.0.2.10",),
    ("autodiscover.shop.example", "A"): DnsStatus.NXDOMAIN,
    (probe("shop.example"), "A"): DnsStatus.NXDOMAIN,
    ("_mta-sts.shop.example", "TXT"): ("v=STSv1; id=20261122T1200;",),
    ("_smtp._tls.shop.example", "TXT"): ("v=TLSRPTv1; rua=mailto:tls@shop.example",),
    ("_25._tcp.mail.shop.example", "TLSA"): (),
    ("default._bimi.shop.example", "TXT"): (),
    ("_domainkey.shop.example", "TXT"): (),
    ("default._domainkey.shop.example", "TXT"): (key_record(),),
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
ZONE = {("shop.example", type) for type in ("NS", "DS", "DNSKEY", "RRSIG", "NSEC3PARAM")}


POLICY = "version: STSv1\nmode: enforce\nmx: mail.shop.example\nmax_age: 1209600\n"


def dns(changes=None, *, dnssec=Dnssec.SECURE):
    """The answers about the host; `changes` maps a question to records, a status or None."""
    table = RECORDS | (changes or {})
    if table["shop.example", "A"] is DnsStatus.NXDOMAIN:  # a zone that is not there has nothing
        table |= dict.fromkeys(ZONE - (changes or {}).keys())
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


def mail(**changes):
    """A policy that was served as it should be."""
    host = "mta-sts.shop.example"
    facts = {
        "starttls": True,
        "mta_sts_policy": POLICY,
        "mta_sts": Response(
            f"https://{host}/.well-known/mta-sts.txt", 200, (("Content-Type", "text/plain"),)
        ),
        "mta_sts_tls": tls(host=host, chain_pem=chain(names=(host,))),
    }
    return Mail(**facts | changes)


def intel(**changes):
    """Lists of others that were read and say nothing against the host."""
    day = NOON - timedelta(days=1)
    facts = {
        "js_advisories": (JsLibrary("jquery", advisories=(JsAdvisory("3.5.0", "medium"),)),),
        "feeds": tuple(
            Feed(name, day, attribution=f"makers of {name}")
            for name in ("kev", "breaches", "advisories", "registration", "lookalikes")
        ),
        "breaches": (),
        "exploited": (Exploited("CVE-2020-11023", "JQuery", "JQuery"),),
        "registration": Registration(
            DOMAIN, NOON + timedelta(days=200), ("client transfer prohibited",), "Registrar"
        ),
        "lookalikes": (Lookalike("sh0p.example", "look-alike letter", ("192.0.2.66",)),),
    }
    return Intel(**facts | changes)


def observations(**changes):
    """One look at a host without a fault."""
    healthy = Observations(
        DOMAIN,
        NOON,
        dns=dns(),
        tls=tls(),
        http=http(),
        mail=mail(),
        previous=Previous(NOON - timedelta(days=30), (PageScripts("https://shop.example/"),)),
        intel=intel(),
    )
    return replace(healthy, **changes)
