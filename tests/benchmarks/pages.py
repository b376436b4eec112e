"""Pages over 100,000 vendors and 1,000,000 findings, against a page that only renders the frame."""

import datetime as dt
import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, cast

from sqlalchemy import Column, Connection, MetaData, Table, Uuid, func, insert
from sqlalchemy import select as sa_select
from sqlmodel import SQLModel, select

from tests.benchmarks import stage
from tests.benchmarks.vendor_list import VENDORS, inventory, new_id
from tests.factories import make_user
from tests.scoring.snapshots import CONTRACTOR, CONTROLS, left_out
from vendor_risk.evidence import Source
from vendor_risk.store.engine import Database
from vendor_risk.store.models.access import Access, AccessKind
from vendor_risk.store.models.decisions import Condition, Decision, DecisionKind, DecisionState
from vendor_risk.store.models.documents import Contract, Document, DocumentKind
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import (
    ANSWERED,
    FindingKind,
    FindingState,
    StoredFinding,
)
from vendor_risk.store.models.people import User
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Domain, Engagement, Vendor, VendorState, VendorTag
from vendor_risk.store.models.work import Mention, Note
from vendor_risk.store.packed import pack
from vendor_risk.workflow import scores

FINDINGS = 10  # of each vendor
TIMES = 10  # so many vendors have the same findings
PEOPLE = 20
SLICE = 5_000
NOW = dt.datetime.now(dt.UTC)
TODAY = NOW.date()
ONE = "0e0e0e0e-0000-4000-8000-000000000001"  # the vendor whose page is opened

PAGES = {
    "portfolio": "/",
    "findings": "/findings",
    "findings, last page": "/findings?page=999999",
    "findings, longest due": "/findings?sort=due",
    "findings, newest": "/findings?sort=-opened",
    "findings, oldest, last page": "/findings?sort=opened&page=999999",
    "findings, critical": "/findings?severity=critical",
    "findings, high and overdue": "/findings?severity=high&overdue=yes",
    "findings, mine": "/findings?owner=me",
    "findings, mine by day, last page": "/findings?owner=me&sort=due&page=999999",
    "findings, nobody's": "/findings?owner=nobody",
    "findings, one control": "/findings?control=WB-01",
    "findings, of people": "/findings?source=person",
    "findings, control and source and mine": "/findings?control=WB-01&source=person&owner=me",
    "findings, asked and overdue": "/findings?state=asked&overdue=yes",
    "findings, disputed by day": "/findings?state=disputed&sort=due",
    "findings, waiting for us": "/findings?state=answered",
    "findings, mine that wait for us": "/findings?state=answered&owner=me",
    "findings, accepted": "/findings?state=accepted",
    "findings, all closed": "/findings?state=closed",
    "findings, closed, nobody's": "/findings?state=closed&owner=nobody",
    "findings, open and closed": "/findings?state=all",
    "findings, a vendor's name": "/findings?q=halosp",
    "vendor": f"/vendors/{ONE}",
    "my work": "/work",
    "team": "/work/team",
}


def run(kinds: Iterable[str] = stage.KINDS) -> dict[str, float]:
    """Milliseconds of each page, how many times the frame, and how many times that of a small one.

    A small portfolio has a hundredth of the vendors and findings: what it takes longer for is what
    grows.
    """
    figures: dict[str, float] = {}
    for kind in kinds:
        small, _begun = _measured(kind, VENDORS // 100)
        seconds, begun = _measured(kind, VENDORS)
        figures[f"{kind}: filling the tables (s)"] = begun
        figures[f"{kind}: frame (ms)"] = 1000 * seconds["frame"]
        for name in PAGES:
            figures[f"{kind}: {name} (ms)"] = 1000 * seconds[name]
            figures[f"{kind}: {name}, to the frame"] = seconds[name] / seconds["frame"]
            figures[f"{kind}: {name}, to a small portfolio"] = seconds[name] / small[name]
    return figures


def _measured(kind: str, vendors: int) -> tuple[dict[str, float], float]:
    """Seconds of each page, and those that filling the tables took."""
    with stage.opened(kind) as database:
        client = stage.signed_in(database, "analyst", "approver")
        begun = time.perf_counter()
        fill(database, vendors)
        filled = time.perf_counter() - begun
        pages = {"frame": stage.FRAME, **PAGES}
        return {name: stage.median(client, path) for name, path in pages.items()}, filled


Rows = Iterator[dict[str, Any]]


def fill(database: Database, count: int) -> None:
    """Vendors of every kind, with what people and scans know of them."""
    chance = random.Random(2)
    with database.transaction() as session:
        me = session.exec(select(User.id)).one()
        team = [make_user(session, "analyst", email=f"p{n}@example.com").id for n in range(PEOPLE)]
    owners = [me, *team]
    stock = inventory(count)
    vendors = stock[Vendor]
    first = vendors[0]["id"]
    vendors[0] |= {"id": uuid.UUID(ONE), "tier": 2, "inherent": 50}
    vendors[0] |= {"archived_at": None, "state": VendorState.APPROVED}
    for row in (*stock[Domain], *stock[VendorTag]):
        row["vendor_id"] = uuid.UUID(ONE) if row["vendor_id"] == first else row["vendor_id"]
    for vendor in vendors:
        vendor["owner_id"] = chance.choice((*owners, None, None))
    rated = [vendor for vendor in vendors if vendor["tier"]]
    bought = [_engagement(chance, vendor) for vendor in rated]
    tables: dict[type[SQLModel], Callable[[], Iterable[dict[str, Any]]]] = {
        **{model: (lambda rows=rows: rows) for model, rows in stock.items()},
        Engagement: lambda: bought,
        Scan: lambda: _scans(chance, vendors),
        StoredFinding: lambda: _findings(chance, vendors[: len(vendors) // TIMES], owners),
        StoredClaim: lambda: _claims(chance, vendors),
        Access: lambda: _accesses(chance, vendors),
        Document: lambda: _documents(chance, vendors),
        Contract: lambda: _contracts(chance, vendors),
    }
    for model, made in tables.items():
        load(database, model, made())
    _multiply_findings(database, _keys(vendors))
    decisions = list(_decisions(chance, bought, owners))
    load(database, Decision, decisions)
    load(database, Condition, _conditions(chance, decisions, owners))
    notes = list(_notes(chance, vendors, owners))
    load(database, Note, notes)
    mentions = ({"note_id": n["id"], "person_id": chance.choice(owners)} for n in notes)
    load(database, Mention, ({"seen_at": None, **row} for row in mentions))
    with database.transaction() as session:
        scores.rescore(session, [uuid.UUID(ONE)], now=NOW, cause=scores.FACTS)
        kept = session.exec(select(StoredScore)).first()
    if kept is None:
        raise RuntimeError("the vendor whose page is opened has no score")
    packed = {name: pack(getattr(kept, name)) for name in ("snapshot", "result")}
    load(database, StoredScore, _scores(chance, bought, kept.model_dump() | packed))
    if not database.is_sqlite:  # as autovacuum does sooner or later
        with database.engine.connect() as connection:
            raw = connection.execution_options(isolation_level="AUTOCOMMIT")
            raw.exec_driver_sql("VACUUM ANALYZE")


def load(database: Database, model: type[SQLModel], rows: Iterable[dict[str, Any]]) -> None:
    """The table holds these rows; its indexes are built at the end, which is quicker."""
    table = cast(Table, model.__table__)  # type: ignore[attr-defined]
    with database.engine.begin() as connection:
        _trust(connection)
        indexes = list(table.indexes)
        for index in indexes:
            index.drop(connection)
        waiting = iter(rows)
        while some := list(islice(waiting, SLICE)):
            connection.execute(insert(table), some)
        if model is not StoredFinding:
            for index in indexes:
                index.create(connection)


def _trust(connection: Connection) -> None:
    """PostgreSQL checks no reference: its plans for that are those of a table without rows."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")


def _multiply_findings(database: Database, vendors: list[uuid.UUID]) -> None:
    """All vendors have findings like those of the first ones, written by the database itself."""
    table = cast(Table, StoredFinding.__table__)  # type: ignore[attr-defined]
    first = len(vendors) // TIMES
    pairs = Table("pairs", MetaData(), Column("source", Uuid), Column("target", Uuid))
    fresh = (
        func.lower(func.hex(func.randomblob(16))) if database.is_sqlite else func.gen_random_uuid()
    )
    said = {"id": fresh, "vendor_id": pairs.c.target}
    columns = [said.get(column.name, column) for column in table.columns]
    copied = sa_select(*columns).join(pairs, pairs.c.source == table.c.vendor_id)
    with database.engine.begin() as connection:
        _trust(connection)
        pairs.create(connection)
        rows = [
            {"source": vendors[n % first], "target": vendors[n]} for n in range(first, len(vendors))
        ]
        connection.execute(insert(pairs), rows)
        connection.execute(insert(table).from_select(list(table.columns), copied))
        pairs.drop(connection)
        for index in table.indexes:
            index.create(connection)


def _keys(vendors: list[dict[str, Any]]) -> list[uuid.UUID]:
    return [vendor["id"] for vendor in vendors]


def _blank(model: type[SQLModel], **said: Any) -> dict[str, Any]:
    """A row with every column as it is when nobody says otherwise."""
    return model(**said).model_dump() | {"created_at": NOW - dt.timedelta(days=300)}


def _engagement(chance: random.Random, vendor: dict[str, Any]) -> dict[str, Any]:
    """What is bought of a vendor, which shows the score of it."""
    final, known = chance.randrange(1500, 10_000), chance.randrange(3000, 10_000)
    graded = known >= 6000
    left = chance.randrange(10_000)
    band = ("low", "medium", "high", "critical")[min(3, left // 2500)]
    shown = {
        "final": final,
        "coverage": known,
        "grade": "ABCDF"[min(4, (9999 - final) // 1500)] if graded else None,
        "band": band,
        "knockout": chance.choice(("KO-02", "KO-09")) if chance.random() < 0.02 else None,
        "residual": left if graded else None,
    }
    made = _blank(Engagement, vendor_id=vendor["id"], name="Service", tier=vendor["tier"])
    made |= shown | {
        "id": new_id(chance),
        "inherent": vendor["inherent"],
        "low": final,
        "high": min(10_000, final + 900),
        "residual_worst": min(10_000, left + 900),
        "facts_source": "intake",
        **{factor: getattr(CONTRACTOR, factor) for factor in ("access", "criticality", "payment")},
        "data_sensitivity": CONTRACTOR.data_sensitivity,
        "data_volume": CONTRACTOR.data_volume,
    }
    vendor |= shown | {
        "residual": left,
        "worst_engagement_id": made["id"],
        "severe_findings": chance.randrange(4),
        "open_findings": 5,
        "next_review_on": TODAY + dt.timedelta(days=chance.randrange(-40, 700)),
    }
    return made


def _scans(chance: random.Random, vendors: list[dict[str, Any]]) -> Rows:
    blank = _blank(Scan, vendor_id=uuid.uuid4())
    for vendor in vendors:
        if vendor["last_scan_at"] is None:
            continue
        failed = chance.random() < 0.01
        ended = NOW - dt.timedelta(minutes=chance.randrange(10_000))
        yield blank | {
            "id": new_id(chance),
            "vendor_id": vendor["id"],
            "state": ScanState.FAILED if failed else ScanState.DONE,
            "created_at": ended,
            "started_at": ended,
            "finished_at": ended,
            "posture": {"score": 71, "grade": "C"},
        }


STANDING = (
    [FindingState.OPEN] * 14
    + [FindingState.ASKED, FindingState.ASKED, FindingState.SAID_FIXED]
    + [FindingState.DISPUTED, FindingState.ACCEPTED, FindingState.ACCEPTED]
)
CLOSED = (FindingState.VERIFIED,) * 8 + (FindingState.NOT_THEIRS, FindingState.FALSE)


def _findings(
    chance: random.Random, vendors: list[dict[str, Any]], owners: list[uuid.UUID]
) -> Rows:
    blank = _blank(
        StoredFinding,
        vendor_id=uuid.uuid4(),
        kind="check",
        reference="web.hsts",
        control="WB-03",
        severity=1,
        title="A header is missing",
        first_seen_at=NOW,
        last_seen_at=NOW,
        opened_at=NOW,
    )
    severities = (1,) * 8 + (2,) * 7 + (3,) * 4 + (4,)
    for vendor in vendors:
        for number in range(FINDINGS):
            opened = NOW - dt.timedelta(minutes=chance.randrange(500_000))
            severity = chance.choice(severities)
            due = opened.date() + dt.timedelta(days=(365, 180, 90, 30, 7)[severity])
            closed = number % 2 == 1
            state = chance.choice(CLOSED if closed else STANDING)
            accepted = state == FindingState.ACCEPTED
            answered = opened + dt.timedelta(hours=1) if state in ANSWERED else None
            yield blank | {
                "id": new_id(chance),
                "vendor_id": vendor["id"],
                "kind": FindingKind.PERSON if chance.random() < 0.02 else FindingKind.CHECK,
                "reference": f"check.{number}",
                "control": chance.choice(CONTROLS),
                "severity": severity,
                "state": state,
                "owner_id": chance.choice(owners) if chance.random() < 0.7 else None,
                "opened_at": opened,
                "due_on": due,
                "answered_at": answered,
                "closed_at": opened + dt.timedelta(days=9) if closed else None,
                "accepted_until": TODAY + dt.timedelta(days=90) if accepted else None,
            }


def _claims(chance: random.Random, vendors: list[dict[str, Any]]) -> Rows:
    asked = [control for control in CONTROLS if control not in left_out(CONTRACTOR)]
    blank = _blank(
        StoredClaim, vendor_id=uuid.uuid4(), control="", level=100, source="", date=TODAY, origin=""
    )
    for vendor in vendors:
        known = asked if vendor["id"] == uuid.UUID(ONE) else asked[:1]
        for control in known:
            yield blank | {
                "id": new_id(chance),
                "vendor_id": vendor["id"],
                "control": control,
                "source": Source.REVIEWED,
                "origin": "document",
                "date": TODAY - dt.timedelta(days=30),
            }


def _accesses(chance: random.Random, vendors: list[dict[str, Any]]) -> Rows:
    blank = _blank(Access, vendor_id=uuid.uuid4(), kind=AccessKind.VPN, name="vpn-17")
    for vendor in chance.sample(vendors, 4 * len(vendors) // 10):
        reviewed = TODAY - dt.timedelta(days=chance.randrange(500))
        said = {"id": new_id(chance), "vendor_id": vendor["id"], "last_reviewed_on": reviewed}
        yield blank | said


def _documents(chance: random.Random, vendors: list[dict[str, Any]]) -> Rows:
    blank = _blank(
        Document,
        vendor_id=uuid.uuid4(),
        kind=DocumentKind.SOC2_II,
        title="Report",
        document_date=TODAY,
    )
    for vendor in chance.sample(vendors, 3 * len(vendors) // 10):
        until = TODAY + dt.timedelta(days=chance.randrange(-90, 500))
        yield blank | {"id": new_id(chance), "vendor_id": vendor["id"], "valid_until": until}


def _contracts(chance: random.Random, vendors: list[dict[str, Any]]) -> Rows:
    blank = _blank(Contract, vendor_id=uuid.uuid4(), title="Master agreement")
    for vendor in chance.sample(vendors, 3 * len(vendors) // 10):
        notice = TODAY + dt.timedelta(days=chance.randrange(-300, 700))
        yield blank | {"id": new_id(chance), "vendor_id": vendor["id"], "notice_on": notice}


def _decisions(
    chance: random.Random, bought: list[dict[str, Any]], owners: list[uuid.UUID]
) -> Rows:
    blank = _blank(
        Decision,
        vendor_id=uuid.uuid4(),
        engagement_id=uuid.uuid4(),
        kind=DecisionKind.CONDITIONAL,
        state="",
        rationale="It is needed.",
    )
    for number, engagement in enumerate(chance.sample(bought, 4 * len(bought) // 10)):
        yield blank | {
            "id": new_id(chance),
            "vendor_id": engagement["vendor_id"],
            "engagement_id": engagement["id"],
            "state": DecisionState.WAITING if number % 100 == 0 else DecisionState.IN_FORCE,
            "proposed_by_id": chance.choice(owners),
        }


def _conditions(
    chance: random.Random, decisions: list[dict[str, Any]], owners: list[uuid.UUID]
) -> Rows:
    blank = _blank(
        Condition, decision_id=uuid.uuid4(), vendor_id=uuid.uuid4(), text="Mend it.", due_on=TODAY
    )
    for decision in decisions[::2]:
        yield blank | {
            "id": new_id(chance),
            "decision_id": decision["id"],
            "vendor_id": decision["vendor_id"],
            "owner_id": chance.choice(owners),
            "due_on": TODAY + dt.timedelta(days=chance.randrange(-20, 300)),
            "met_at": NOW if chance.random() < 0.6 else None,
        }


def _notes(chance: random.Random, vendors: list[dict[str, Any]], owners: list[uuid.UUID]) -> Rows:
    blank = _blank(Note, vendor_id=uuid.uuid4(), text="Please look at this.")
    for vendor in chance.sample(vendors, len(vendors) // 10):
        said = {"id": new_id(chance), "vendor_id": vendor["id"], "by_id": chance.choice(owners)}
        yield blank | said


def _scores(chance: random.Random, bought: list[dict[str, Any]], kept: dict[str, Any]) -> Rows:
    """One kept score of each engagement, and a later one of some."""
    for engagement in bought:
        for days in (200, 20) if chance.random() < 0.3 else (200,):
            yield kept | {
                "id": new_id(chance),
                "vendor_id": engagement["vendor_id"],
                "engagement_id": engagement["id"],
                "created_at": NOW - dt.timedelta(days=days + 9 * chance.random()),
                "final": chance.randrange(1500, 10_000),
            }
