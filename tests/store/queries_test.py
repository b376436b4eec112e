"""Lists show what their filters say, in their order, and search finds what it should."""

import datetime as dt
import uuid
from dataclasses import dataclass

import pytest
from sqlmodel import Session

from tests.factories import NOON, make_user
from vendor_risk.evidence import HostClass, Severity
from vendor_risk.store.models.vendors import Vendor, VendorState
from vendor_risk.store.queries import history, search
from vendor_risk.store.queries import vendors as listed
from vendor_risk.store.queries.search import Found
from vendor_risk.store.queries.vendors import SORTS, VendorFilter
from vendor_risk.workflow import contacts, domains, drafts, engagements, merges, vendors
from vendor_risk.workflow.engagements import Terms
from vendor_risk.workflow.names import name_key

BY = {"now": NOON, "actor": "test"}


@pytest.fixture
def session(database):
    with database.writing() as opened:
        yield opened


@dataclass
class Stock:
    """Five vendors that differ in everything a list can ask for."""

    alpha: Vendor  # tier 1, posture 47 F with a critical fault, seen yesterday, owned
    beta: Vendor  # tier 2, posture 91 A without a fault, seen a month ago
    gamma: Vendor  # in use and not triaged, never seen
    delta: Vendor  # archived
    zeta: Vendor  # joined to alpha


@pytest.fixture
def stock(session):
    make = lambda name, **said: vendors.create_vendor(session, name=name, **BY, **said)  # noqa: E731
    alpha = make("Älpha Payments GmbH", supplier_number="4711", state=VendorState.APPROVED)
    beta = make("Beta Logistics", tags=["eu"])
    gamma = make("Gamma 100% Print", in_use=True)
    delta, zeta = make("Delta"), make("Zeta")
    domains.add_domain(session, alpha, "bücher.example", **BY)
    domains.add_domain(session, alpha, "pay.alpha.example", HostClass.PAYMENT, **BY)
    vendors.set_owner(session, alpha, make_user(session, "analyst").id, **BY)
    merges.join(session, alpha, zeta, **BY)
    vendors.archive(session, delta, **BY)
    for vendor, tier, score, grade, worst, days in (
        (alpha, 1, 47, "F", Severity.CRITICAL.rank, 1),
        (beta, 2, 91, "A", Severity.INFORMATIONAL.rank, 30),
    ):
        vendor.tier, vendor.triaged_at, vendor.inherent = tier, NOON, 100 - tier
        vendor.posture_score, vendor.posture_grade = score, grade
        vendor.worst_severity, vendor.last_scan_at = worst, NOON - dt.timedelta(days=days)
    session.flush()
    return Stock(alpha, beta, gamma, delta, zeta)


def shown(session: Session, sort: str = "name", **said: object) -> list[str]:
    wanted = VendorFilter(**said)
    rows = listed.page(session, wanted, sort=sort)
    assert listed.count(session, wanted) == len(rows)
    return [row.vendor.name[0] for row in rows]


def test_without_a_filter_all_stand_by_name(session, stock):
    """Archived and joined vendors are not on the list; an accent does not sort to the end."""
    assert shown(session) == ["Ä", "B", "G"]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"tiers": frozenset({1})}, ["Ä"]),
        ({"tiers": frozenset({1, 2})}, ["Ä", "B"]),
        ({"tiers": frozenset({None})}, ["G"]),
        ({"tiers": frozenset({2, None})}, ["B", "G"]),
        ({"states": frozenset({"approved"})}, ["Ä"]),
        ({"states": frozenset({"archived"})}, ["D"]),
        ({"states": frozenset({"archived", "approved"})}, ["Ä", "D"]),
        ({"in_use": True}, ["G"]),
        ({"in_use": False}, ["Ä", "B"]),
        ({"untriaged": True}, ["G"]),
        ({"grades": frozenset({"A", "B"})}, ["B"]),
        ({"grades": frozenset({None})}, ["G"]),
        ({"lowest": 40, "highest": 60}, ["Ä"]),
        ({"fault": Severity.HIGH.rank}, ["Ä"]),
        ({"tag": "eu"}, ["B"]),
        ({"without_owner": True}, ["B", "G"]),
        ({"seen_since": NOON - dt.timedelta(days=7)}, ["Ä"]),
        ({"never_seen": True}, ["G"]),
        ({"tiers": frozenset({1}), "never_seen": True}, []),
    ],
)
def test_each_filter_narrows(session, stock, said, names):
    """A filter shows what it says, and filters together show what all say."""
    assert shown(session, **said) == names


def test_an_owner_filters(session, stock):
    """Somebody's own vendors are found."""
    assert shown(session, owner_id=stock.alpha.owner_id) == ["Ä"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("alpha pay", ["Ä"]),
        ("ÄLPHA", ["Ä"]),
        ("gmbh", ["Ä"]),
        ("4711", ["Ä"]),
        ("pay.alpha", ["Ä"]),
        ("Bücher", ["Ä"]),
        ("xn--bcher", ["Ä"]),
        ("100%", ["G"]),
        ("0% P", ["G"]),
        ("_", []),
        ("%", ["G"]),
        ("nothing", []),
    ],
)
def test_text_finds_names_numbers_and_hosts(session, stock, text, names):
    """Parts of the name as typed or folded, a host in both spellings; signs are only signs."""
    assert shown(session, text=text, key=name_key(text)) == names


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["Ä", "B", "G"]),
        ("-name", ["G", "B", "Ä"]),
        ("tier", ["Ä", "B", "G"]),
        ("-tier", ["B", "Ä", "G"]),
        ("posture", ["Ä", "B", "G"]),
        ("-posture", ["B", "Ä", "G"]),
        ("-faults", ["Ä", "B", "G"]),
        ("-seen", ["Ä", "B", "G"]),
        ("seen", ["B", "Ä", "G"]),
        ("-inherent", ["Ä", "B", "G"]),
    ],
)
def test_each_order_puts_what_is_unknown_last(session, stock, sort, names):
    """A vendor without a value is neither the best nor the worst."""
    assert shown(session, sort=sort) == names


@pytest.mark.parametrize("sort", [f"{way}{key}" for key in SORTS for way in ("", "-")])
def test_pages_show_each_vendor_once(session, sort):
    """Equal values do not make a vendor stand on two pages."""
    for number in range(7):
        vendors.create_vendor(session, name=f"Same {number % 2}", **BY)
    session.flush()

    pages = [
        listed.page(session, VendorFilter(), sort=sort, first=first, most=2)
        for first in range(0, 8, 2)
    ]

    ids = [row.vendor.id for rows in pages for row in rows]
    assert len(ids) == len(set(ids)) == 7


def test_a_row_carries_domain_and_owner(session, stock):
    """The main host as people read it, how many more there are, and who owns the vendor."""
    row = listed.page(session, VendorFilter())[0]

    assert (row.domain, row.more_domains, row.owner) == ("bücher.example", 1, "Ann")


def test_the_main_host_is_the_one_shown(session):
    """Not the first of the alphabet."""
    vendor = vendors.create_vendor(session, name="Acme", **BY)
    domains.add_domain(session, vendor, "zz.acme.example", **BY)
    domains.add_domain(session, vendor, "aa.acme.example", HostClass.LOGIN, **BY)

    assert listed.page(session, VendorFilter())[0].domain == "zz.acme.example"


def test_every_vendor_comes_out_of_an_export(session, stock):
    """Slices join to the whole, in order."""
    names = [row.vendor.name[0] for row in listed.every(session, VendorFilter(), sort="-name")]

    assert names == ["G", "B", "Ä"]


def test_tags_come_most_used_first(session, stock):
    """The word that groups most stands first."""
    for tag in ("saas", "eu"):
        vendors.add_tag(session, stock.gamma, tag, **BY)

    assert listed.tags(session) == ["eu", "saas"]


# search


def look(session: Session, text: str, most: int = 8) -> Found:
    return search.search(
        session,
        text=text,
        key=name_key(text),
        words=contacts.wanted_tokens(text),
        most=most,
    )


def test_search_groups_what_it_finds(session, stock):
    """One word may lead to a vendor, a thing we buy, a person and a host."""
    engagements.add_engagement(session, stock.beta, Terms("Alpha migration"), **BY)
    contacts.add_contact(session, stock.beta, name="Jo Alpha", **BY)

    found = look(session, "alpha")

    assert [vendor.name for vendor in found.vendors] == ["Älpha Payments GmbH"]
    assert [(e.name, v.name) for e, v in found.engagements] == [
        ("Alpha migration", "Beta Logistics")
    ]
    assert [(c.name, v.name) for c, v in found.contacts] == [("Jo Alpha", "Beta Logistics")]
    assert [(d.host, v.name) for d, v in found.domains] == [
        ("pay.alpha.example", "Älpha Payments GmbH")
    ]


@pytest.mark.parametrize(
    ("text", "count"), [("jo alpha", 1), ("alpha jo", 1), ("jo beta", 0), ("jo@b.example", 1)]
)
def test_a_contact_must_bear_every_word(session, stock, text, count):
    """Two words find who has both."""
    contacts.add_contact(session, stock.beta, name="Jo Alpha", email="jo@b.example", **BY)

    assert len(look(session, text).contacts) == count


def test_search_finds_archived_vendors_last_and_joined_ones_never(session, stock):
    """Who looks for a vendor of old finds it below those that stand."""
    vendors.create_vendor(session, name="Delta Zeta Two", **BY)

    assert [vendor.name for vendor in look(session, "delta").vendors] == ["Delta Zeta Two", "Delta"]
    assert [vendor.name for vendor in look(session, "zeta").vendors] == ["Delta Zeta Two"]


def test_a_beginning_comes_before_a_middle(session):
    """What begins with the text is what was meant."""
    for name in ("Ace Alpha", "Alpha Zebra"):
        vendors.create_vendor(session, name=name, **BY)

    assert [vendor.name for vendor in look(session, "alpha").vendors] == [
        "Alpha Zebra",
        "Ace Alpha",
    ]


@pytest.mark.parametrize("text", ["", "   "])
def test_nothing_finds_nothing(session, stock, text):
    """An empty search shows no vendor by accident."""
    assert look(session, text).nothing


def test_one_more_than_asked_for_tells_of_the_rest(session):
    """The page can say that there are more."""
    for number in range(5):
        vendors.create_vendor(session, name=f"Alpha {number}", **BY)

    assert len(look(session, "alpha", most=3).vendors) == 4


# history


def test_history_tells_of_vendor_and_engagements_newest_first(session):
    """Acts upon the vendor and what we buy from it, with who did them."""
    person = make_user(session, "analyst")
    by = {"now": NOON, "actor": person.id}
    vendor = vendors.create_vendor(session, name="Acme", **by)
    lunch = engagements.add_engagement(session, vendor, Terms("Lunch"), **by)
    engagements.end_engagement(session, vendor, lunch, **by)
    vendors.create_vendor(session, name="Other", **by)
    session.commit()

    acts = history.of_vendor(session, vendor.id)

    assert [act.entry.act for act in acts] == [
        "engagement.ended",
        "engagement.added",
        "vendor.created",
    ]
    assert {act.who for act in acts} == {"Ann"}
    assert acts[-1].told.after == {"name": "Acme", "state": "prospect", "in_use": False}


def test_history_tells_of_those_that_were_joined(session):
    """Also of one that was joined to one that was joined."""
    names = ("Kept", "Joined", "Before")
    kept, joined, before = (vendors.create_vendor(session, name=name, **BY) for name in names)
    merges.join(session, joined, before, **BY)
    merges.join(session, kept, joined, **BY)
    session.commit()

    acts = history.of_vendor(session, kept.id)[-3:]
    assert [act.told.after["name"] for act in acts] == ["Before", "Joined", "Kept"]
    assert [act.joined for act in acts] == ["Before", "Joined", ""]


def test_history_leaves_out_the_pages_of_a_draft(session):
    """The request as it was sent tells what each page of it said."""
    person = make_user(session, "requester")
    vendor = vendors.create_vendor(session, name="Acme", **BY)
    draft = drafts.blank(session, uuid.uuid4(), requester_id=person.id, now=NOON, about=vendor)
    drafts.begin(session, draft, now=NOON)
    drafts.save(session, draft, "vendor", {"name": ["Acme"]}, seen=99, tab="", now=NOON)
    session.commit()

    acts = [act.entry.act for act in history.of_vendor(session, vendor.id)]

    assert acts == ["intake.begun", "vendor.created"]


def test_history_comes_in_pages(session):
    """A long life is read in parts."""
    vendor = vendors.create_vendor(session, name="Acme", **BY)
    for tag in ("a", "b", "c"):
        vendors.add_tag(session, vendor, tag, **BY)
    session.commit()

    later = history.of_vendor(session, vendor.id, first=2, most=2)

    assert [act.told.after for act in later] == [
        {"tag": "a"},
        {"name": "Acme", "state": "prospect", "in_use": False},
    ]
