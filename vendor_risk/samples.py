"""Marked sample vendors with a history, for a demonstration in a folder of its own.

Companies, people and looks are invented; what the checks, the scores and the log say of them is
computed by the same code as for a real vendor. Samples load only into an inventory that holds no
real vendor.
"""

import base64
import datetime as dt
import json
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from argon2 import PasswordHasher
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from sqlmodel import Session, col, select

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
from vendor_risk.config import Settings
from vendor_risk.evidence import HostClass
from vendor_risk.store.engine import Database
from vendor_risk.store.models.people import User
from vendor_risk.store.models.scans import Scan
from vendor_risk.store.models.vendors import ContactRole, FactsSource, Vendor, VendorState
from vendor_risk.workflow import people, scans
from vendor_risk.workflow.contacts import add_contact
from vendor_risk.workflow.domains import add_domain
from vendor_risk.workflow.engagements import Terms, add_engagement
from vendor_risk.workflow.vendors import create_vendor

ACTOR = "samples"
_PEOPLE = (
    ("requester", "Dana Mwangi"),
    ("analyst", "Jana Ortiz"),
    ("approver", "Mikael Lindqvist"),
    ("auditor", "Priya Sato"),
    ("admin", "Robin Adeyemi"),
)


class SamplesRefused(RuntimeError):
    """The inventory holds real vendors, and samples never mix with them."""


@dataclass(frozen=True, slots=True)
class Host:
    """One sample host: what spoils it, from which look on it is mended."""

    name: str
    host_class: HostClass = HostClass.MAIN
    faults: tuple[str, ...] = ()
    mended: Mapping[str, int] = field(default_factory=dict)  # fault -> index of the look


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample vendor as the forms would have entered it."""

    name: str
    buys: str
    purpose: str
    levels: tuple[int, int, int, int, int]  # data, volume, access, criticality, payment
    hosts: tuple[Host, ...]
    floors: tuple[str, ...] = ()
    spend: int = 0
    number: str = ""
    tags: tuple[str, ...] = ()
    contact: tuple[str, str] = ("", "")
    state: VendorState = VendorState.ASSESSING


SAMPLES = (
    Sample(
        "Polar Heating & Cooling",
        "Heating, cooling and refrigeration in 40 stores",
        "Maintains the plant; files job reports and invoices in our supplier portal.",
        (1, 0, 3, 0, 1),
        (
            Host(
                "polar-hvac.example",
                HostClass.MAIN,
                ("no-dmarc", "spf-soft", "no-hsts", "no-csp", "no-caa", "unsigned"),
            ),
            Host("mail.polar-hvac.example", HostClass.MAIL, ("expired", "no-hsts", "no-csp")),
        ),
        spend=184_000_00,
        number="S-1013",
        tags=("facilities", "on-site"),
        contact=("Frank Polar", "frank@polar-hvac.example"),
    ),
    Sample(
        "Kestrel Tags",
        "Tag manager in the check-out",
        "Loads measurement scripts on every page of the shop, the payment page included.",
        (3, 4, 4, 2, 4),
        (
            Host("cdn.kestreltags.example", HostClass.PAYMENT, ("no-caa", "csp-report-only")),
            Host("app.kestreltags.example", HostClass.LOGIN, ("hsts-short",), {"hsts-short": 2}),
        ),
        floors=("payment-page-script",),
        spend=61_500_00,
        number="S-1044",
        tags=("marketing", "check-out"),
        contact=("Noor Haddad", "security@kestreltags.example"),
    ),
    Sample(
        "Northwind Payroll",
        "Payroll and expenses",
        "Pays 4,200 staff every month.",
        (3, 1, 2, 2, 1),
        (
            Host(
                "login.northwindpayroll.example",
                HostClass.LOGIN,
                ("dmarc-quarantine", "no-csp"),
                {"dmarc-none": 1},
            ),
        ),
        spend=420_000_00,
        number="S-1002",
        tags=("hr",),
        contact=("R. Adeyemi", "privacy@northwindpayroll.example"),
    ),
    Sample(
        "Osprey Logistics",
        "Parcel delivery and returns",
        "Prints labels with the names and addresses of our customers.",
        (2, 4, 2, 3, 2),
        (
            Host(
                "api.osprey.example",
                HostClass.SERVICE,
                ("no-dmarc", "no-hsts"),
                {"no-dmarc": 1, "no-hsts": 2},
            ),
            Host("osprey.example", HostClass.MAIN, ("no-csp", "unsigned")),
        ),
        spend=1_950_000_00,
        number="S-1007",
        tags=("logistics",),
        contact=("Ines Duarte", "ines@osprey.example"),
    ),
    Sample(
        "Halvorsen Cloud Backup",
        "Off-site backups of the shop's databases",
        "Holds encrypted copies of all orders; we hold the keys.",
        (4, 4, 2, 3, 0),
        (Host("portal.halvorsen.example", HostClass.LOGIN, ("self-signed", "no-csp")),),
        floors=("card-data",),
        spend=98_000_00,
        number="S-1021",
        tags=("it",),
        contact=("Sigrid Halvorsen", "soc@halvorsen.example"),
    ),
    Sample(
        "Tessera Identity",
        "Customer sign-in",
        "Keeps the passwords of everybody who has an account with us.",
        (3, 4, 4, 4, 0),
        (Host("id.tessera.example", HostClass.LOGIN),),
        spend=310_000_00,
        number="S-1030",
        tags=("it",),
        contact=("Tess Aoki", "trust@tessera.example"),
    ),
    Sample(
        "Brightline Print",
        "Business cards and posters",
        "Gets print files by mail.",
        (0, 0, 0, 0, 1),
        (Host("brightlineprint.example", HostClass.MAIN, ("unreachable",)),),
        spend=3_200_00,
        number="S-1088",
        tags=("marketing",),
    ),
)
WAITING = (
    ("Alder Facility Services", "alderfacility.example", "S-1101"),
    ("Corvid Analytics", "corvid-analytics.example", "S-1102"),
    ("Lumen Couriers", "lumencouriers.example", "S-1103"),
    ("Quay Street Agency", "quaystreet.example", "S-1104"),
)
# How long ago the looks of the history were made.
_DAYS_AGO = (62, 31, 1)


def environment(settings: Settings) -> dict[str, str]:
    """What web and worker of a demonstration get in their environment."""
    folder = settings.data_dir
    if not settings.demo:
        folder = folder / "demo"
    return {
        "VENDOR_RISK_DEMO": "1",
        "VENDOR_RISK_DATA_DIR": str(folder),
        "VENDOR_RISK_DATABASE_URL": "",
        "VENDOR_RISK_ORGANISATION": "Contoso Shop (sample)",
    }


def load(database: Database, settings: Settings, *, now: dt.datetime) -> str:
    """The samples are there; returns the address and the sign-in to print.

    Loaded once; later starts show what is there. SamplesRefused when real vendors came first.
    """
    kept = settings.data_dir / "sign-in.json"
    with database.reading() as session:
        loaded = session.exec(select(Vendor.id).where(col(Vendor.sample).is_(True))).first()
        real = session.exec(select(Vendor.id).where(col(Vendor.sample).is_(False))).first()
    if loaded is None:
        if real is not None:
            raise SamplesRefused(
                "this inventory holds vendors of your own; samples load into an empty one only"
            )
        password = "-".join(secrets.token_hex(2) for _ in range(4))
        with database.transaction() as session:
            _fill(session, PasswordHasher().hash(password), now)
        kept.touch(mode=0o600)
        kept.write_text(json.dumps({"password": password}))
    password = json.loads(kept.read_text())["password"]
    lines = [f"  {role:<10} {_address(role)}" for role, _ in _PEOPLE]
    return (
        f"\nVendor Risk with sample vendors: {settings.address}\n\n"
        f"Sign in as one of these, password {password}\n" + "\n".join(lines) + "\n\n"
        f"Everything lies in {settings.data_dir}; Ctrl+C ends it. "
        "`./run demo --fresh` begins again.\n"
    )


def clear(settings: Settings) -> None:
    """A demonstration's folder is gone, with all that was entered there."""
    if settings.demo and settings.data_dir.name == "demo":
        shutil.rmtree(settings.data_dir, ignore_errors=True)


def _address(role: str) -> str:
    return f"{role}@demo.example"


def _fill(session: Session, password_hash: str, now: dt.datetime) -> None:
    begun = now - dt.timedelta(days=_DAYS_AGO[0] + 3)
    users = {}
    for role, name in _PEOPLE:
        user = people.create_user(
            session,
            email=_address(role),
            name=name,
            roles=[role],
            actor=ACTOR,
            now=begun,
            password_hash=password_hash,
        )
        user.sample = True
        users[role] = user
    authority = _Authority.make(now)
    for sample in SAMPLES:
        vendor = _enter(session, sample, users, begun)
        for index, days in enumerate(_DAYS_AGO):
            at = now - dt.timedelta(days=days, hours=len(sample.name) % 7)
            _scan(session, vendor, sample, index, at, authority=authority)
    for name, host, number in WAITING:
        vendor = create_vendor(
            session, name=name, supplier_number=number, in_use=True, sample=True, now=begun,
            actor=ACTOR, tags=("imported",),
        )  # fmt: skip
        add_domain(session, vendor, host, now=begun, actor=ACTOR)


def _enter(session: Session, sample: Sample, users: Mapping[str, User], at: dt.datetime) -> Vendor:
    vendor = create_vendor(
        session,
        name=sample.name,
        supplier_number=sample.number,
        owner_id=users["requester"].id,
        state=sample.state,
        in_use=True,
        tags=sample.tags,
        sample=True,
        now=at,
        actor=ACTOR,
    )
    vendor.triaged_at = at
    for host in sample.hosts:
        add_domain(session, vendor, host.name, host.host_class, now=at, actor=ACTOR)
    keys = ("data_sensitivity", "data_volume", "access", "criticality", "payment")
    add_engagement(
        session,
        vendor,
        Terms(
            name=sample.buys,
            purpose=sample.purpose,
            owner_id=users["requester"].id,
            legal_entity="Contoso Shop GmbH",
            spend_minor=sample.spend,
            currency="EUR",
            levels=dict(zip(keys, sample.levels, strict=True)),
            floors=frozenset(sample.floors),
        ),
        source=FactsSource.INTAKE,
        now=at,
        actor=ACTOR,
    )
    if sample.contact[0]:
        add_contact(
            session,
            vendor,
            name=sample.contact[0],
            email=sample.contact[1],
            roles=[ContactRole.SECURITY],
            now=at,
            actor=ACTOR,
        )
    return vendor


def _scan(
    session: Session,
    vendor: Vendor,
    sample: Sample,
    index: int,
    at: dt.datetime,
    *,
    authority: "_Authority",
) -> None:
    scan = scans.request_scan(session, vendor, now=at, by=None, enqueue=_nowhere, cause="sample")
    assert isinstance(scan, Scan)
    scans.begin(session, scan.id, now=at)
    for host in sample.hosts:
        faults = {fault for fault in host.faults if index < host.mended.get(fault, 99)}
        faults |= {fault for fault, mended in host.mended.items() if index < mended}
        scans.record(session, scan.id, host.name, _look(host.name, faults, at, authority), now=at)
    scans.finish(session, scan.id, now=at + dt.timedelta(seconds=4))


def _nowhere(session: Session, step: str, subjects: Sequence[str], *, attempt: int = 1) -> None:
    """A sample's look is written at once and never queued."""


def _look(
    host: str, faults: set[str], at: dt.datetime, authority: "_Authority"
) -> Observations | str:
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


@dataclass(frozen=True, slots=True)
class _Authority:
    """A certificate authority that lives as long as one load of samples."""

    key: ec.EllipticCurvePrivateKey
    root: x509.Certificate

    @classmethod
    def make(cls, now: dt.datetime) -> "_Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sample root")])
        start = now - dt.timedelta(days=800)
        builder = _named(name, name, key.public_key(), start, now + dt.timedelta(days=800))
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
        return _pem(self.root)

    def chain(self, host: str, at: dt.datetime, *, expired: bool, alone: bool) -> tuple[str, ...]:
        """The chain that the sample host sends: a 90-day leaf."""
        key = ec.generate_private_key(ec.SECP256R1())
        start = at - dt.timedelta(days=97 if expired else 30)
        end = start + dt.timedelta(days=90)
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
