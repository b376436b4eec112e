"""The table of findings shows what its filters say, and reads no more of it than it shows."""

import datetime as dt
import uuid

import pytest
from sqlalchemy import insert, text

from tests.factories import NOON, make_user
from tests.plans import plans, refuse_scans
from vendor_risk.store.models.findings import FindingState, StoredFinding
from vendor_risk.store.queries import findings as listed
from vendor_risk.store.queries.findings import SORTS, FindingFilter
from vendor_risk.workflow import duties, vendors
from vendor_risk.workflow.duties import DutyKind

BY = {"now": NOON, "actor": "test"}
TODAY = NOON.date()


@pytest.fixture
def session(database):
    with database.writing() as opened:
        yield opened


@pytest.fixture
def stock(session):
    """Two vendors with findings that differ in everything a list can ask for."""
    one = vendors.create_vendor(session, name="One", **BY)
    two = vendors.create_vendor(session, name="Two", **BY)
    ann = make_user(session, "analyst")

    def row(title, vendor=one, **said):
        given = {
            "vendor_id": vendor.id,
            "kind": "check",
            "reference": title,
            "control": "WB-01",
            "severity": 2,
            "title": title,
            "first_seen_at": NOON,
            "last_seen_at": NOON,
            "opened_at": NOON,
            "due_on": TODAY + dt.timedelta(days=9),
        }
        made = StoredFinding(**given | said)
        session.add(made)
        return made

    row("a", severity=4, opened_at=NOON - dt.timedelta(days=9), due_on=TODAY - dt.timedelta(days=1))
    row("b", two, severity=3, owner_id=ann.id, state=FindingState.ASKED)
    row("c", control="DP-01", kind="person", opened_at=NOON - dt.timedelta(days=1))
    late = {"due_on": TODAY - dt.timedelta(days=5), "accepted_until": TODAY}
    row("d", state=FindingState.ACCEPTED, severity=3, **late)
    row("e", state=FindingState.VERIFIED, closed_at=NOON, opened_at=NOON + dt.timedelta(days=1))
    session.flush()
    return {"one": one.id, "two": two.id, "ann": ann.id}


def shown(session, sort="-severity", **said):
    wanted = FindingFilter(**said)
    lines = listed.page(session, wanted, sort=sort)
    assert listed.count(session, wanted) == len(lines)
    return "".join(line.row.title for line in lines)


@pytest.mark.parametrize(
    ("said", "titles"),
    [
        ({}, "abdc"),
        ({"closed": True}, "e"),
        ({"closed": None}, "ebdca"),
        ({"closed": None, "states": frozenset({"verified", "asked"})}, "eb"),
        ({"severities": frozenset({3, 4})}, "abd"),
        ({"without_owner": True}, "adc"),
        ({"overdue_on": TODAY}, "a"),
        ({"control": "DP-01"}, "c"),
        ({"kind": "person"}, "c"),
        ({"vendors": frozenset()}, ""),
    ],
)
def test_each_filter_narrows(session, stock, said, titles):
    """What is accepted is not overdue, and closed ones stand alone."""
    order = "".join(sorted(titles)) if said.get("closed") is None and "closed" in said else None
    got = shown(session, **said)
    assert ("".join(sorted(got)) if order else got.replace("bd", "#").replace("db", "#")) == (
        order or titles.replace("bd", "#")
    )


def test_owner_and_vendor_narrow(session, stock):
    """Somebody's own, and those of one vendor."""
    assert shown(session, owner_id=stock["ann"]) == "b"
    assert shown(session, vendors=frozenset({stock["two"]})) == "b"
    assert listed.vendors_named(session, "tw", "tw") == {stock["two"]}


@pytest.mark.parametrize(
    ("sort", "first"), [("due", "d"), ("opened", "a"), ("-severity", "a"), ("nonsense", "a")]
)
def test_each_order(session, stock, sort, first):
    """What nobody knows is the usual order."""
    assert shown(session, sort)[0] == first


def test_severe_and_overdue_is_work_that_waits(session, stock):
    """The accepted one is past its day and waits for nobody."""
    assert listed.severe_and_overdue(session, TODAY) == 1


def test_counting_stops_at_its_bound(session, stock):
    """A million are not counted for a number that nobody reads."""
    assert listed.count(session, FindingFilter(), most=2) == 3


ASKED = [
    {},
    {"closed": True},
    {"closed": None},
    {"states": frozenset({"asked"})},
    {"closed": True, "states": frozenset({"false"})},
    {"severities": frozenset({4})},
    {"vendors": frozenset({uuid.UUID(int=5)})},
    {"owner_id": uuid.UUID(int=5)},
    {"without_owner": True},
    {"overdue_on": TODAY},
    {"control": "WB-01"},
    {"kind": "person"},
    {"kind": "person", "control": "WB-01", "owner_id": uuid.UUID(int=5), "overdue_on": TODAY},
]


def test_no_page_and_no_count_reads_the_table(session, plenty):
    """Each follows an index; a scan of the whole table is in no plan of either database."""
    for asked in ASKED:
        wanted = FindingFilter(**asked)
        with plans(session) as seen:
            for sort in SORTS:
                listed.page(session, wanted, sort=sort)
            listed.count(session, wanted)

        refuse_scans(seen)


def test_what_pages_ask_beside_reads_no_table(session, plenty):
    """The count of the navigation, what was closed lately, a vendor's own, and events."""
    with plans(session) as seen:
        listed.severe_and_overdue(session, TODAY)
        listed.closed_lately(session, NOON)
        listed.open_of(session, uuid.UUID(int=5), 6)
        listed.events_of(session, uuid.UUID(int=5))

    refuse_scans(seen)


def test_who_has_how_much_to_do_is_read_from_an_index_alone(session, plenty):
    """The counts touch no row of a finding; the list of one person reads what it shows."""
    ann = make_user(session, "analyst")
    with plans(session) as seen:
        told = duties.loads(session, TODAY)
        duties.duties(session, [ann], TODAY)

    assert told[None][DutyKind.FINDING].total == 3000
    if session.get_bind().dialect.name == "postgresql":
        refuse_scans(seen, ["finding"])
        return
    lines = [line for plan in seen for line in plan.lines if line.split()[1] == "finding"]
    assert "SCAN finding USING COVERING INDEX ix_finding_work" in lines
    assert [line for line in lines if line.startswith("SCAN") and "COVERING" not in line] == []


@pytest.fixture
def plenty(session):
    """Enough findings, with statistics, that a database would rather use an index."""
    ids = [vendors.create_vendor(session, name=f"V{n}", **BY).id for n in range(30)]
    rows = [
        {
            "id": uuid.UUID(int=n + 1000),
            "created_at": NOON,
            "updated_at": NOON,
            "revision": 1,
            "sample": False,
            "asset": "",
            "reason": "",
            "evidence_value": "",
            "evidence_command": "",
            "effect": "",
            "fix": "",
            "knockout": "",
            "silent_since": None,
            "bad_certificate": False,
            "plain_form": False,
            "times_opened": 1,
            "vendor_id": ids[n % 30],
            "kind": "person" if n % 50 == 0 else "check",
            "reference": f"r{n}",
            "control": f"C-{n % 40}",
            "severity": n % 4 + 1,
            "title": f"Fault {n}",
            "first_seen_at": NOON,
            "last_seen_at": NOON,
            "opened_at": NOON - dt.timedelta(minutes=n),
            "due_on": TODAY + dt.timedelta(days=n % 200),
            "state": "verified" if n % 2 else "open",
            "closed_at": NOON - dt.timedelta(days=n) if n % 2 else None,
        }
        for n in range(6000)
    ]
    session.execute(insert(StoredFinding), rows)
    session.execute(text("ANALYZE"))
    session.flush()
