"""Enters the sample vendors as forms and scans would, and takes them away again.

Companies, people and looks are invented; what the checks, the scores and the log say of them is
computed by the same code as for a real vendor. Samples load only into an inventory that holds no
real vendor.
"""

import datetime as dt
import json
import secrets
import shutil
from collections.abc import Mapping, Sequence

from argon2 import PasswordHasher
from sqlmodel import Session, col, select

from vendor_risk.config import Settings
from vendor_risk.jobs.letters import Letterhead
from vendor_risk.samples import answers, evidence
from vendor_risk.samples.looks import Authority, look
from vendor_risk.samples.vendors import SAMPLES, WAITING, Sample
from vendor_risk.store.engine import Database
from vendor_risk.store.files import Files
from vendor_risk.store.models.people import User
from vendor_risk.store.models.scans import Scan
from vendor_risk.store.models.vendors import ContactRole, FactsSource, Vendor
from vendor_risk.workflow import people, results, scans
from vendor_risk.workflow.contacts import add_contact
from vendor_risk.workflow.domains import add_domain
from vendor_risk.workflow.engagements import Terms, add_engagement
from vendor_risk.workflow.vendors import create_vendor

ACTOR = "samples"
# How long ago the looks of the history were made.
_DAYS_AGO = (62, 31, 1)
_PEOPLE = (
    ("requester", "Dana Mwangi"),
    ("analyst", "Jana Ortiz"),
    ("approver", "Mikael Lindqvist"),
    ("auditor", "Priya Sato"),
    ("admin", "Robin Adeyemi"),
)


class SamplesRefused(RuntimeError):
    """The inventory holds real vendors, and samples never mix with them."""


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
        "VENDOR_RISK_LOG_LEVEL": "WARNING",  # who tries it looks at pages
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
            files = Files(settings.data_dir / "files")
            head = Letterhead(settings.address, environment(settings)["VENDOR_RISK_ORGANISATION"])
            _fill(session, PasswordHasher().hash(password), files, head, now)
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


def _fill(
    session: Session, password_hash: str, files: Files, head: Letterhead, now: dt.datetime
) -> None:
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
    authority = Authority.make(now)
    for sample in SAMPLES:
        vendor = _enter(session, sample, users, begun)
        for index, days in enumerate(_DAYS_AGO):
            at = now - dt.timedelta(days=days, hours=len(sample.name) % 7)
            _scan(session, vendor, sample, index, at, authority=authority)
            if index == 0:
                evidence.show(session, vendor, files, users["analyst"], at + dt.timedelta(days=1))
            if index == len(_DAYS_AGO) - 2:  # the last look came after the answers
                answers.show(session, vendor, files, users["analyst"], head=head, now=now)
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
    authority: Authority,
) -> None:
    scan = scans.request_scan(
        session, vendor, now=at, by=None, enqueue=_nowhere, cause=scans.SAMPLE
    )
    assert isinstance(scan, Scan)
    scans.begin(session, scan.id, now=at)
    for host in sample.hosts:
        faults = {fault for fault in host.faults if index < host.mended.get(fault, 99)}
        faults |= {fault for fault, mended in host.mended.items() if index < mended}
        scans.record(session, scan.id, host.name, look(host.name, faults, at, authority), now=at)
    results.finish(session, scan.id, now=at + dt.timedelta(seconds=4))


def _nowhere(session: Session, step: str, subjects: Sequence[str], *, attempt: int = 1) -> None:
    """A sample's look is written at once and never queued."""
