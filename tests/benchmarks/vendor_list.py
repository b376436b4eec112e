"""The vendor list over 100,000 vendors, against a page that only renders the frame."""

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel

from tests.benchmarks import stage
from tests.factories import NOON
from vendor_risk.scoring.model import load
from vendor_risk.store.models.vendors import Domain, Vendor, VendorState, VendorTag
from vendor_risk.workflow.names import name_key

VENDORS = 100_000
SLICE = 5_000

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
    with stage.opened("SQLite") as database:
        with database.transaction() as session:
            for model, rows in inventory().items():
                for start in range(0, len(rows), SLICE):
                    session.execute(insert(model), rows[start : start + SLICE])
        client = stage.signed_in(database, "analyst")
        pages = {"frame": stage.FRAME, **PAGES}
        seconds = {name: stage.median(client, path) for name, path in pages.items()}
    figures = {f"{name} (ms)": 1000 * value for name, value in seconds.items()}
    return figures | {f"{name}, ratio": seconds[name] / seconds["frame"] for name in PAGES}


def inventory(vendors: int = VENDORS) -> dict[type[SQLModel], list[dict[str, Any]]]:
    """Vendors as different as real ones, the same in every run."""
    chance = random.Random(1)
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {Vendor: [], Domain: [], VendorTag: []}
    blank = Vendor(name="", name_key="").model_dump()
    for number in range(vendors):
        vendor = blank | _vendor(chance, number)
        own = {"vendor_id": vendor["id"], "created_at": NOON}
        rows[Vendor].append(vendor)
        for host in _hosts(chance, vendor["name_key"]):
            rows[Domain].append(own | host | {"id": new_id(chance)})
        for tag in chance.sample(TAGS, chance.choice((0, 0, 1, 2))):
            rows[VendorTag].append(own | {"id": new_id(chance), "tag": tag})
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
        "id": new_id(chance),
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


def new_id(chance: random.Random) -> uuid.UUID:
    return uuid.UUID(int=chance.getrandbits(128), version=4)
