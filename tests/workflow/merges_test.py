"""Two vendors that are one become one, lose nothing, and come apart again."""

import datetime as dt
import uuid

import pytest
from sqlmodel import Session, SQLModel, select

from tests.factories import NOON, make_user
from vendor_risk.evidence import HostClass
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import FindingState, StoredFinding
from vendor_risk.store.models.intake import Intake
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.scripts import PageScript
from vendor_risk.store.models.vendors import (
    Contact,
    Domain,
    Engagement,
    Kinship,
    Vendor,
    VendorState,
    VendorTag,
)
from vendor_risk.workflow import contacts, domains, engagements, families, merges, vendors
from vendor_risk.workflow.engagements import Terms
from vendor_risk.workflow.vendors import VendorRefused

BY = {"now": NOON, "actor": "test"}
LATER = {"now": NOON + dt.timedelta(hours=1), "actor": "test"}
PAYROLL = {"data_sensitivity": 3, "data_volume": 1, "access": 2, "criticality": 2, "payment": 1}
MOVED = (Contact, Domain, Engagement, VendorTag, Scan, Intake, IssuedReport, PageScript)
CHANGES_ANYWAY = {"revision", "updated_at"}


@pytest.fixture
def session(database):
    with database.writing() as opened:
        yield opened


def make(session: Session, name: str, **said: object) -> Vendor:
    return vendors.create_vendor(session, name=name, **BY, **said)


@pytest.fixture
def kept(session):
    """A vendor with a domain and a tag, and no number."""
    vendor = make(session, "Northwind", tags=["hr", "eu"])
    domains.add_domain(session, vendor, "northwind.example", **BY)
    return vendor


@pytest.fixture
def joined(session):
    """A vendor with one of everything, sharing a domain and a tag with the other."""
    vendor = make(
        session,
        "Northwind Payroll",
        supplier_number="4711",
        tags=["hr", "payroll"],
        in_use=True,
        state=VendorState.APPROVED,
        owner_id=make_user(session, "analyst").id,
    )
    for host in ("northwind.example", "pay.northwind.example"):
        domains.add_domain(session, vendor, host, HostClass.LOGIN, **BY)
    contacts.add_contact(session, vendor, name="Jana Ortiz", **BY)
    engagements.add_engagement(session, vendor, Terms("Payroll", levels=PAYROLL), **BY)
    child = make(session, "Northwind Brand")
    families.set_parent(session, child, vendor, Kinship.BRAND, **BY)
    ours = make(session, "Contoso")
    ours.ours = True
    session.add_all(
        [
            PageScript(
                ours_id=ours.id,
                vendor_id=vendor.id,
                key="0",
                host="shop.example",
                page="https://shop.example/",
                script="https://pay.northwind.example/a.js",
                script_host="pay.northwind.example",
                domain="northwind.example",
                first_seen=NOON,
                last_seen=NOON,
                gone_at=NOON,
            ),
            Scan(vendor_id=vendor.id, state=ScanState.DONE, finished_at=NOON),
            Intake(vendor_id=vendor.id, title="Payroll"),
            IssuedReport(
                number="VR-1", vendor_id=vendor.id, as_of=NOON, snapshot={}, snapshot_sha256="0"
            ),
        ]
    )
    vendor.posture_score, vendor.posture_grade, vendor.last_scan_at = 72, "B", NOON
    session.flush()
    return vendor


def everything(session: Session) -> dict[object, dict[str, object]]:
    session.flush()
    session.expire_all()
    rows = [row for model in (Vendor, *MOVED) for row in session.exec(select(model))]
    return {row.id: row.model_dump(exclude=CHANGES_ANYWAY) for row in rows}


def of(session: Session, model: type, vendor: Vendor) -> int:
    return len(session.exec(select(model).where(model.vendor_id == vendor.id)).all())


def test_all_rows_move(session, kept, joined):
    """Contacts, engagements, scans, requests and reports are the kept vendor's afterwards."""
    merges.join(session, kept, joined, **BY)

    moved = (Contact, Engagement, Scan, Intake, IssuedReport, PageScript)
    assert [of(session, model, kept) for model in moved] == [1, 1, 1, 1, 1, 1]
    assert [of(session, model, joined) for model in moved] == [0, 0, 0, 0, 0, 0]


def test_what_both_have_stays_behind(session, kept, joined):
    """A domain and a tag of both are kept once, and not lost."""
    merges.join(session, kept, joined, **BY)

    assert vendors.tags_of(session, kept.id) == ["eu", "hr", "payroll"]
    assert vendors.tags_of(session, joined.id) == ["hr"]
    assert [d.host for d in domains.domains_of(session, kept.id)] == [
        "northwind.example",
        "pay.northwind.example",
    ]
    assert of(session, Domain, joined) == 1


def test_the_kept_vendor_gains_what_it_lacked(session, kept, joined):
    """Number, owner, use, tier and the last look come along."""
    merges.join(session, kept, joined, **BY)

    assert (kept.supplier_number, kept.in_use, kept.tier) == ("4711", True, 2)
    assert (kept.posture_grade, kept.last_scan_at) == ("B", NOON)
    assert kept.owner_id is not None


def test_the_kept_vendor_keeps_what_it_had(session, kept, joined):
    """Its own number is not overwritten, and the other's stays with the other."""
    kept.supplier_number = "1"

    merges.join(session, kept, joined, **BY)

    assert (kept.supplier_number, joined.supplier_number) == ("1", "4711")


def test_the_joined_vendor_leaves_the_list_and_leads_on(session, kept, joined):
    """Its page leads to the kept one, over several merges too."""
    merges.join(session, kept, joined, **BY)
    last = make(session, "Northwind Group")
    merges.join(session, last, kept, **BY)

    assert (joined.state, joined.archived_at) == (VendorState.ARCHIVED, NOON)
    assert merges.standing(session, joined) == last


def test_children_follow(session, kept, joined):
    """A brand of the joined vendor is a brand of the kept one."""
    merges.join(session, kept, joined, **BY)

    (child,) = families.children_of(session, kept)
    assert child.name == "Northwind Brand"


def test_a_parent_is_joined_into_its_child_without_a_circle(session, kept, joined):
    """The child takes the parent's own parent."""
    families.set_parent(session, kept, joined, Kinship.SUBSIDIARY, **BY)

    merges.join(session, kept, joined, **BY)

    assert kept.parent_id is None


def test_a_grandparent_is_refused(session, kept, joined):
    """With a company between, joining would make a circle."""
    between = make(session, "Between")
    families.set_parent(session, between, joined, Kinship.SUBSIDIARY, **BY)
    families.set_parent(session, kept, between, Kinship.SUBSIDIARY, **BY)

    with pytest.raises(VendorRefused, match="stands between"):
        merges.join(session, kept, joined, **BY)


def test_undo_restores_exactly(session, kept, joined):
    """Every column of every row is again what it was."""
    before = everything(session)

    merges.undo(session, merges.join(session, kept, joined, **BY), **LATER)

    assert everything(session) == before


def test_undo_with_a_parent_among_them_restores_exactly(session, kept, joined):
    """Also where the kept vendor was a subsidiary of the joined one."""
    families.set_parent(session, kept, joined, Kinship.SUBSIDIARY, **BY)
    before = everything(session)

    merges.undo(session, merges.join(session, kept, joined, **BY), **LATER)

    assert everything(session) == before


def test_undo_leaves_what_came_since(session, kept, joined):
    """What people did between joining and undoing stays done."""
    merge = merges.join(session, kept, joined, **BY)
    contacts.add_contact(session, kept, name="New Person", **BY)
    kept.supplier_number = "9"

    merges.undo(session, merge, **LATER)

    assert [c.name for c in contacts.contacts_of(session, kept.id)] == ["New Person"]
    assert (kept.supplier_number, joined.supplier_number) == ("9", "4711")


@pytest.mark.parametrize(
    "since", [{"worst_severity": 4, "last_scan_at": LATER["now"]}, {"posture_score": 10}]
)
def test_undo_does_not_mix_two_scans(session, kept, joined, since):
    """A scan between joining and undoing stays whole, though its score is the same as before."""
    merge = merges.join(session, kept, joined, **BY)
    for field, value in since.items():
        setattr(kept, field, value)
    fields = ("posture_score", "posture_grade", "worst_severity", "last_scan_at")
    scanned = [getattr(kept, field) for field in fields]

    merges.undo(session, merge, **LATER)

    assert [getattr(kept, field) for field in fields] == scanned


def test_undo_does_not_mix_two_families(session, kept, joined):
    """A parent that somebody named anew keeps the kind of tie that was named with it."""
    old, new = make(session, "Old Group"), make(session, "New Group")
    families.set_parent(session, joined, old, Kinship.SUBSIDIARY, **BY)
    merge = merges.join(session, kept, joined, **BY)
    families.set_parent(session, kept, new, Kinship.SUBSIDIARY, **BY)

    merges.undo(session, merge, **LATER)

    assert (kept.parent_id, kept.kinship) == (new.id, Kinship.SUBSIDIARY)


SHARED, PAY = "https://northwind.example", "https://pay.northwind.example"


@pytest.fixture
def declared(session, kept, joined):
    """Both declared pages of the host that both have, and the joined one of another host."""
    for vendor, host, lines in (
        (kept, "northwind.example", "/cart\n/checkout"),
        (joined, "northwind.example", "/checkout\n/till"),
        (joined, "pay.northwind.example", "/login"),
    ):
        row = session.exec(
            select(Domain).where(Domain.vendor_id == vendor.id, Domain.host == host)
        ).one()
        domains.set_checkout_pages(session, vendor, row, lines, **BY)


def declarations(session, vendor):
    """What the vendor's hosts have declared."""
    return {row.host: row.checkout_pages for row in domains.domains_of(session, vendor.id)}


@pytest.mark.usefixtures("declared")
def test_declared_pages_of_both_are_kept(session, kept, joined):
    """Those of a host that moves, and those of a host that both have."""
    merges.join(session, kept, joined, **BY)

    assert declarations(session, kept) == {
        "northwind.example": [f"{SHARED}/cart", f"{SHARED}/checkout", f"{SHARED}/till"],
        "pay.northwind.example": [f"{PAY}/login"],
    }


@pytest.mark.usefixtures("declared")
def test_undo_restores_declared_pages_exactly(session, kept, joined):
    """On both sides."""
    before = everything(session)

    merges.undo(session, merges.join(session, kept, joined, **BY), **LATER)

    assert everything(session) == before


@pytest.mark.usefixtures("declared")
def test_undo_leaves_pages_that_were_declared_since(session, kept, joined):
    """Somebody's later word counts."""
    merge = merges.join(session, kept, joined, **BY)
    row = next(d for d in domains.domains_of(session, kept.id) if d.host == "northwind.example")
    domains.set_checkout_pages(session, kept, row, "/new", **BY)

    merges.undo(session, merge, **LATER)

    assert declarations(session, kept)["northwind.example"] == [f"{SHARED}/new"]


@pytest.mark.usefixtures("declared")
def test_too_many_declared_pages_of_both_stay_where_they_were(session, kept, joined):
    """The kept vendor's come first, and nothing is lost."""
    row = next(d for d in domains.domains_of(session, kept.id) if d.host == "northwind.example")
    domains.set_checkout_pages(session, kept, row, "/a\n/b\n/c\n/d", **BY)

    merges.join(session, kept, joined, **BY)

    pages = declarations(session, kept)["northwind.example"]
    assert pages == [f"{SHARED}/{letter}" for letter in "abcd"]
    assert declarations(session, joined)["northwind.example"] == [
        f"{SHARED}/checkout",
        f"{SHARED}/till",
    ]


def test_undo_twice_is_refused(session, kept, joined):
    """The second click is told."""
    merge = merges.join(session, kept, joined, **BY)
    merges.undo(session, merge, **LATER)

    with pytest.raises(VendorRefused, match="taken apart already"):
        merges.undo(session, merge, **LATER)


def test_undo_under_a_later_merge_is_refused(session, kept, joined):
    """Merges come apart in the reverse order."""
    merge = merges.join(session, kept, joined, **BY)
    merges.join(session, make(session, "Group"), kept, **BY)

    with pytest.raises(VendorRefused, match="take that apart first"):
        merges.undo(session, merge, **LATER)


@pytest.mark.parametrize("spoil", ["self", "archived", "merged", "scanned", "sample"])
def test_a_merge_that_cannot_be_is_refused(session, kept, joined, spoil):
    """Nothing moves, and the sentence says why."""
    if spoil == "self":
        joined = kept
    elif spoil == "archived":
        vendors.archive(session, kept, **BY)
    elif spoil == "merged":
        merges.join(session, make(session, "Group"), joined, **BY)
    elif spoil == "scanned":
        session.add(Scan(vendor_id=joined.id))
    else:
        kept.sample = True
    session.flush()
    before = everything(session)

    with pytest.raises(VendorRefused):
        merges.join(session, kept, joined, **BY)

    assert everything(session) == before


def test_the_preview_says_what_the_merge_does(session, kept, joined):
    """Counts before are what moves after."""
    seen = merges.preview(session, kept, joined)

    assert {word: count for word, count in seen.moves.items() if count} == {
        "contacts": 1,
        "domains": 1,
        "engagements": 1,
        "tags": 1,
        "scans": 1,
        "requests": 1,
        "reports": 1,
        "scripts": 1,
        "scores": 1,
    }
    assert (seen.children, seen.same_domains, seen.same_tags) == (
        1,
        ("northwind.example",),
        ("hr",),
    )
    assert set(seen.gains) == {"supplier_number", "owner_id", "in_use", "triaged_at"}


def test_what_is_open_at_one_is_open_at_both(session, kept, joined):
    """A fault that the kept vendor has as closed counts again, and a contradiction stays."""
    rows = []
    for vendor, state in ((kept, FindingState.FALSE), (joined, FindingState.OPEN)):
        row = StoredFinding(
            vendor_id=vendor.id,
            kind="check",
            reference="web.hsts",
            asset="northwind.example",
            control="WB-03",
            severity=3 if vendor is joined else 1,
            title="The host tells browsers to come by https only",
            state=state,
            closed_at=NOON if state == FindingState.FALSE else None,
            first_seen_at=NOON,
            last_seen_at=NOON,
            opened_at=NOON,
        )
        session.add(row)
        rows.append(row.id)
    joined.contradicted_at, joined.contradicted_why = NOON, "TLS 1.0 is accepted"
    session.flush()

    merges.join(session, kept, joined, **BY)

    row = session.get_one(StoredFinding, rows[0])
    assert (row.vendor_id, row.state, row.severity) == (kept.id, FindingState.OPEN, 3)
    assert kept.contradicted_why == "TLS 1.0 is accepted"


def test_what_was_made_since_goes_back_with_its_engagement(session, kept, joined):
    """A score of the joined vendor's engagement is not left with the other one."""
    merge = merges.join(session, kept, joined, **BY)
    theirs = [uuid.UUID(id) for id in merge.moved["engagements"]]
    row = StoredClaim(
        vendor_id=kept.id,
        engagement_id=theirs[0],
        control="AC-01",
        level=100,
        source="reviewed",
        date=NOON.date(),
        origin="document",
    )
    session.add(row)
    session.flush()

    merges.undo(session, merge, **LATER)

    session.refresh(row)
    assert row.vendor_id == joined.id


def test_no_table_of_a_vendor_is_forgotten():
    """Whatever names a vendor moves with a join, or is said here why it does not."""
    stays = {
        "offboarding",  # of a vendor on its way out, which is not joined
        "send_line",  # what a round of sending did then
        "host_memory",  # handed over but for hosts that both have
        "product_seen",  # handed over but for what both have; a look tells it anew
        "vendor_memory",  # the kept one remembers what both were known by
    }
    naming = {table.name for table in SQLModel.metadata.sorted_tables if "vendor_id" in table.c}

    moving = {model.__tablename__ for model in merges.MOVING.values()}
    assert naming - moving <= stays
