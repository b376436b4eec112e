"""The vendor list over 100,000 vendors, against a page that only renders the frame."""

import datetime as dt
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import insert
from sqlmodel import SQLModel

import vendor_risk.store.audit
import vendor_risk.store.models  # noqa: F401  (registers the tables)
from tests.factories import NOON, make_user
from vendor_risk.app import create_app
from vendor_risk.config import Settings
from vendor_risk.scoring.model import load
from vendor_risk.store.engine import Database
from vendor_risk.store.models.people import SignIn
from vendor_risk.store.models.vendors import Domain, Vendor, VendorState, VendorTag
from vendor_risk.workflow.names import name_key

VENDORS = 100_000
ROUNDS = 9
SLICE = 5_000

# The search of somebody who looks for nothing: the same frame, and no question to the database.
FRAME = "/search"
PAGES = {
    "list": "/vendors",
    "list, 100 rows": "/vendors?per=100",
    "list, tier 1 and 2 by posture": "/vendors?tier=1,2&sort=-posture",
    "list, part of a name": "/vendors?q=halosp",
    "list, a tag": "/vendors?tag=payroll",
    "list, last page": f"/vendors?page={VENDORS}",
    "search": "/search?q=halosp",
}
SYLLABLES = [
    "ba",
    "be",
    "ko",
    "la",
    "mi",
    "nor",
    "osp",
    "pel",
    "quin",
    "rost",
    "stel",
    "tri",
    "ul",
    "ven",
    "wes",
    "xan",
    "yor",
    "zel",
    "dra",
    "hal",
]
TRADES = [
    "Services",
    "Software",
    "Systems",
    "Logistics",
    "Payments",
    "Media",
    "Cloud",
    "Data",
    "Security",
    "Analytics",
    "Print",
    "Transport",
    "Energy",
    "Bank",
    "Foods",
    "Design",
    "Hosting",
    "Telecom",
    "Packaging",
    "Travel",
]
FORMS = ["GmbH", "AG", "Inc.", "Ltd.", "S.A.", "B.V.", "S.p.A.", "GmbH & Co. KG", "LLC", "AB", ""]
TAGS = ("payroll", "logistics", "it", "marketing", "eu", "saas")


def run() -> dict[str, float]:
    """Milliseconds of each page, and how many times the frame that is."""
    with tempfile.TemporaryDirectory() as folder:
        client, database = _client(Path(folder))
        seconds = {name: _median(client, path) for name, path in {"frame": FRAME, **PAGES}.items()}
        database.close()
    figures = {f"{name} (ms)": 1000 * value for name, value in seconds.items()}
    return figures | {f"{name}, ratio": seconds[name] / seconds["frame"] for name in PAGES}


def _median(client: FlaskClient, path: str) -> float:
    walls = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = client.get(path)
        walls.append(time.perf_counter() - begun)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
    return statistics.median(walls[1:])  # the first fills caches


def _client(folder: Path) -> tuple[FlaskClient, Database]:
    """A signed-in analyst before a full inventory."""
    settings = Settings(_env_file=None, data_dir=folder)
    database = Database(f"sqlite:///{folder / 'vendors.db'}")
    app = create_app(settings, database=database)
    SQLModel.metadata.create_all(database.engine)
    with database.transaction() as session:
        for model, rows in _inventory().items():
            for start in range(0, len(rows), SLICE):
                session.execute(insert(model), rows[start : start + SLICE])
        user = make_user(session, "analyst", now=dt.datetime.now(dt.UTC))
        begun = SignIn(user_id=user.id)
        session.add(begun)
        session.flush()
        cookie = {
            "_user_id": user.fs_uniquifier,
            "_fresh": True,
            "fs_cc": "set",
            "fs_paa": time.time(),
            "sign_in": str(begun.id),
        }
    client = app.test_client()
    with client.session_transaction() as kept:
        kept.permanent = True
        kept.update(cookie)
    return client, database


def _inventory() -> dict[type[SQLModel], list[dict[str, Any]]]:
    """Vendors as different as real ones, the same in every run."""
    chance = random.Random(1)
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {Vendor: [], Domain: [], VendorTag: []}
    blank = Vendor(name="", name_key="").model_dump()
    for number in range(VENDORS):
        vendor = blank | _vendor(chance, number)
        own = {"vendor_id": vendor["id"], "created_at": NOON}
        rows[Vendor].append(vendor)
        for host in _hosts(chance, vendor["name_key"]):
            rows[Domain].append(own | host | {"id": _id(chance)})
        for tag in chance.sample(TAGS, chance.choice((0, 0, 1, 2))):
            rows[VendorTag].append(own | {"id": _id(chance), "tag": tag})
    return rows


def _vendor(chance: random.Random, number: int) -> dict[str, Any]:
    first = "".join(chance.choices(SYLLABLES, k=chance.choice((2, 3, 3, 4)))).title()
    words = [first, *chance.sample(TRADES, chance.choice((0, 1, 1, 2))), chance.choice(FORMS)]
    name = " ".join(word for word in words if word)
    tier = chance.choice((1, 2, 2, 3, 3, 3, 4, 4, 4, 4, None))
    score = chance.choice((None, 36, 47, 61, 72, 82, 91, 98, 100))
    seen = NOON - dt.timedelta(minutes=chance.randrange(50_000))
    archived = chance.random() < 0.02
    return {
        "id": _id(chance),
        "name": name,
        "name_key": name_key(name),
        "supplier_number": str(100_000 + number) if chance.random() < 0.8 else None,
        "state": VendorState.ARCHIVED if archived else chance.choice(list(VendorState)[:-1]),
        "archived_at": NOON if archived else None,
        "in_use": chance.random() < 0.7,
        "triaged_at": NOON if tier else None,
        "tier": tier,
        "inherent": chance.randrange(101) if tier else None,
        "posture_score": score,
        "posture_grade": load().grade(score) if score is not None else None,
        "worst_severity": chance.randrange(5) if score is not None else None,
        "failed_checks": chance.randrange(9) if score is not None else None,
        "last_scan_at": seen if score is not None else None,
        "created_at": NOON,
        "updated_at": seen,
    }


def _hosts(chance: random.Random, key: str) -> Iterator[dict[str, Any]]:
    registrable = f"{key.replace(' ', '')[:40]}.example"
    prefixes = ("", "login.") if chance.random() < 0.3 else ("",)
    for prefix in prefixes:
        host = prefix + registrable
        yield {
            "host": host,
            "display": host,
            "registrable": registrable,
            "host_class": "log-in" if prefix else "main",
            "checkout_pages": [],
        }


def _id(chance: random.Random) -> uuid.UUID:
    return uuid.UUID(int=chance.getrandbits(128), version=4)
