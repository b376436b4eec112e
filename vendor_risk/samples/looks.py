"""Invented looks at sample hosts, spoiled on purpose; the checks judge them as real ones."""

import base64
import datetime as dt
from dataclasses import dataclass, replace
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from vendor_risk import __version__
from vendor_risk.checks.again import STRANGER
from vendor_risk.checks.base import Question
from vendor_risk.checks.names import organisation
from vendor_risk.checks.observations import (
    Answer,
    Dns,
    Dnssec,
    DnsStatus,
    Failure,
    Http,
    Mail,
    Method,
    Observations,
    Response,
    Tls,
    Unreachable,
)
from vendor_risk.checks.questions import questions
from vendor_risk.checks.wildcard import probe


def look(host: str, faults: set[str], at: dt.datetime, authority: "Authority") -> Observations:
    """An invented look at an invented host."""
    method = Method(scanner=f"vendor-risk {__version__} (sample)", resolvers=("192.0.2.53:53",))
    state = Dnssec.INSECURE if "unsigned" in faults else Dnssec.SECURE
    seen = Observations(host, at, dns=Dns((), state), method=method)
    if "unreachable" in faults:
        silent = Unreachable("timed out after 10 s", Failure.TIMEOUT)
        seen = replace(seen, tls=silent, http=silent)
    else:
        chain = authority.chain(
            host, at, expired="expired" in faults, alone="self-signed" in faults
        )
        handshake = Tls(
            host,
            chain,
            "TLSv1.3",
            "TLS_AES_256_GCM_SHA384",
            "http/1.1",
            extra_roots_pem=(authority.root_pem,),
            address="192.0.2.80",
        )
        seen = replace(seen, tls=handshake, http=_http(host, faults, at))
    policy = f"version: STSv1\nmode: enforce\nmx: mail.{organisation(host)}\nmax_age: 1209600\n"
    return _answered(replace(seen, mail=Mail(mta_sts_policy=policy)), _zone(host, faults, at))


def _answered(seen: Observations, zone: dict[Question, tuple[str, ...]]) -> Observations:
    """The look with every question that it leads to answered from an invented zone."""
    answers: list[Answer] = []
    while wanted := questions(seen):
        wanted += tuple((name, "RRSIG") for name, type in wanted if type == "DNSKEY")
        nobody = probe(seen.domain)
        answers += [
            Answer(name, type, DnsStatus.NXDOMAIN)
            if name == nobody
            else Answer(name, type, DnsStatus.NOERROR, zone.get((name, type), ()))
            for name, type in wanted
        ]
        assert isinstance(seen.dns, Dns)
        seen = replace(seen, dns=Dns(tuple(answers), seen.dns.dnssec))
    return seen


_SPF = {"spf-soft": "v=spf1 mx ?all", "": "v=spf1 mx -all"}
_DMARC = {
    "dmarc-none": "v=DMARC1; p=none; rua=mailto:dmarc@reports.example",
    "dmarc-quarantine": "v=DMARC1; p=quarantine; rua=mailto:dmarc@reports.example",
    "": "v=DMARC1; p=reject; rua=mailto:dmarc@reports.example",
}


def _zone(host: str, faults: set[str], at: dt.datetime) -> dict[Question, tuple[str, ...]]:
    """The records of an invented zone; whoever asks for its keys gets their signatures too."""
    above = organisation(host)
    spf = next((text for fault, text in _SPF.items() if fault in faults), _SPF[""])
    dmarc = next((text for fault, text in _DMARC.items() if fault in faults), _DMARC[""])
    known: dict[Question, tuple[str, ...]] = {
        (host, "A"): ("192.0.2.80",),
        (above, "NS"): (f"ns1.{above}.", f"ns2.{above}."),
        (above, "SOA"): (f"ns1.{above}. hostmaster.{above}. 1 7200 900 1209600 3600",),
        (above, "MX"): (f"10 mail.{above}.",),
        (above, "TXT"): (f'"{spf}"',),
        (f"mail.{above}", "A"): ("192.0.2.25",),
        (f"default._domainkey.{above}", "TXT"): (_signing_key(),),
        (f"{above}._report._dmarc.reports.example", "TXT"): ('"v=DMARC1"',),
        (f"_mta-sts.{above}", "TXT"): ('"v=STSv1; id=1"',),
    }
    if "no-dmarc" not in faults:
        known[f"_dmarc.{above}", "TXT"] = (f'"{dmarc}"',)
    if "no-caa" not in faults:
        known[above, "CAA"] = ('0 issue "ca.example"',)
    for server, address in ((f"ns1.{above}", "192.0.2.53"), (f"ns2.{above}", "198.51.100.53")):
        known[server, "A"] = (address,)
    if "unsigned" not in faults:
        ends = at + dt.timedelta(days=12)
        known[above, "DS"] = ("12345 13 2 " + "AB" * 32,)
        known[above, "DNSKEY"] = ("257 3 13 " + "A" * 86 + "==",)
        known[above, "RRSIG"] = (
            f"DNSKEY 13 2 3600 {ends:%Y%m%d%H%M%S} {at:%Y%m%d%H%M%S} 12345 {above}. {'A' * 86}==",
        )
    return known


@lru_cache(maxsize=1)
def _signing_key() -> str:
    """The DKIM record of every sample vendor."""
    public = rsa.generate_private_key(65537, 2048).public_key()
    packed = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"v=DKIM1; k=rsa; p={base64.b64encode(packed).decode()}"


_CSP = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)


_PAGE = (
    "<!doctype html><title>Sample</title><form action=/log-in method=post>"
    "<input type=password name=secret></form>"
)
_TEXT = (("Content-Type", "text/plain; charset=utf-8"),)


def _http(host: str, faults: set[str], at: dt.datetime) -> Http:
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Set-Cookie", "__Host-session=k3v9x2; Path=/; Secure; HttpOnly; SameSite=Lax"),
    ]
    if "no-hsts" not in faults:
        age = 86_400 if "hsts-short" in faults else 63_072_000
        headers.append(("Strict-Transport-Security", f"max-age={age}; includeSubDomains"))
    if "csp-report-only" in faults:
        headers.append(("Content-Security-Policy-Report-Only", _CSP))
    elif "no-csp" not in faults:
        headers.append(("Content-Security-Policy", _CSP))
    https = f"https://{host}/"
    until = at + dt.timedelta(days=200)
    text = f"Contact: mailto:security@{host}\nExpires: {until:%Y-%m-%dT%H:%M:%SZ}\n"
    return Http(
        (
            Response(f"http://{host}/", 301, (("Location", https),)),
            Response(https, 200, tuple(headers), _PAGE),
            Response(https, 200, tuple(headers), _PAGE, origin=STRANGER),
            Response(f"{https}.well-known/security.txt", 200, _TEXT, text),
        )
    )


_ROOT, _LEAF = dt.timedelta(days=800), dt.timedelta(days=90)
# How long before the load of samples a forgotten certificate expired; their history is shorter.
_FORGOTTEN = dt.timedelta(days=69)


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority that lives as long as one load of samples."""

    key: ec.EllipticCurvePrivateKey
    root: x509.Certificate

    @classmethod
    def make(cls, now: dt.datetime) -> "Authority":
        """A root of its own, valid over the whole history before `now`."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sample root")])
        start = now - _ROOT
        builder = _named(name, name, key.public_key(), start, now + _ROOT)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        builder = builder.add_extension(
            x509.KeyUsage(False, False, False, False, False, True, True, False, False), True
        )
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False
        )
        return cls(key, builder.sign(key, hashes.SHA256()))

    @property
    def root_pem(self) -> str:
        """What whoever trusts the samples adds to their roots."""
        return _pem(self.root)

    def chain(self, host: str, at: dt.datetime, *, expired: bool, alone: bool) -> tuple[str, ...]:
        """The chain that the sample host sends: a 90-day leaf, renewed every 60 days or forgotten.

        One that expired did so on one day, a week before the first look of the history.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        start = at - dt.timedelta(days=30)
        if expired:
            start = self.root.not_valid_after_utc - _ROOT - _FORGOTTEN - _LEAF
        end = start + _LEAF
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
        issuer, signer = (name, key) if alone else (self.root.subject, self.key)
        builder = _named(name, issuer, key.public_key(), start, end)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False
        )
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False
        )
        return (_pem(builder.sign(signer, hashes.SHA256())),)


def _named(
    name: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    start: dt.datetime,
    end: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
