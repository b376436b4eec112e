"""Duplicates are found by number, domain and name, with the reason, and never joined."""

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlmodel import Session

from tests.factories import NOON
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import domains, duplicates, vendors
from vendor_risk.workflow.duplicates import NameIndex, Reason
from vendor_risk.workflow.names import ALIKE, alike

BY = {"now": NOON, "actor": "test"}
WORDS = [
    "halvorsen",
    "cloud",
    "backup",
    "northwind",
    "payroll",
    "osprey",
    "logistics",
    "brightline",
    "analytics",
    "tessera",
    "identity",
    "kestrel",
    "print",
    "marlow",
    "data",
    "centres",
    "cobalt",
    "payments",
    "quill",
    "document",
    "sign",
    "sable",
]


def make(session: Session, name: str, host: str = "", number: str = "") -> Vendor:
    vendor = vendors.create_vendor(session, name=name, supplier_number=number, **BY)
    if host:
        domains.add_domain(session, vendor, host, **BY)
    return vendor


@pytest.fixture
def session(database):
    with database.writing() as opened:
        yield opened


def test_the_same_number_is_the_strongest_reason(session):
    """A vendor found for several reasons is offered once, with the strongest."""
    make(session, "Northwind Payroll", "northwind.example", "4711")

    (found,) = duplicates.find(
        session,
        name="Northwind Payroll Ltd",
        supplier_number="4711",
        hosts=["login.northwind.example"],
    )

    assert (found.reason, found.detail) == (Reason.NUMBER, "4711")


def test_another_host_of_the_same_registrable_name_is_found(session):
    """Who owns shop.example owns pay.shop.example."""
    make(session, "Northwind", "login.northwind.co.uk")

    (found,) = duplicates.find(session, name="Else", hosts=["www.northwind.co.uk"])

    assert (found.reason, found.detail) == (Reason.DOMAIN, "northwind.co.uk")


@pytest.mark.parametrize(
    "name", ["Halvorsen Cloud Backup AG", "Halvorssen cloud-backup", "alvorsen Cloud Backup"]
)
def test_an_alike_name_is_found(session, name):
    """Another legal form or a typing error, also in the first letter, is offered."""
    make(session, "Halvorsen Cloud Backup GmbH")

    (found,) = duplicates.find(session, name=name)

    assert found.reason == Reason.NAME
    assert found.share >= ALIKE


def test_another_name_is_not_found(session):
    """A vendor that only shares a word is another one."""
    make(session, "Halvorsen Cloud Backup GmbH")

    assert duplicates.find(session, name="Halvorsen Catering GmbH") == []


def test_a_vendor_is_not_its_own_duplicate(session):
    """Editing a vendor does not offer the vendor itself."""
    vendor = make(session, "Halvorsen", "halvorsen.example", "1")

    found = duplicates.find(
        session,
        name="Halvorsen",
        supplier_number="1",
        hosts=["halvorsen.example"],
        besides=vendor.id,
    )

    assert found == []


def test_an_archived_vendor_is_offered_as_such(session):
    """Who buys again from a vendor of old finds it."""
    vendors.archive(session, make(session, "Halvorsen"), **BY)

    (found,) = duplicates.find(session, name="Halvorsen")

    assert found.archived


@pytest.mark.parametrize("name", ["100% Design", "Under_score Labs", "Back\\slash"])
def test_signs_of_a_pattern_in_a_name_match_only_themselves(session, name):
    """A name is no pattern."""
    make(session, "Something Else Entirely")

    assert duplicates.find(session, name=name) == []


@given(st.text("abcd ", min_size=1, max_size=40), st.data())
def test_alike_names_share_a_piece(key, data):
    """Whatever is alike carries one of the pieces that the database is asked for."""
    other = list(key)
    for _ in range(data.draw(st.integers(0, 5))):
        at = data.draw(st.integers(0, len(other)))
        if data.draw(st.booleans()):
            other.insert(at, data.draw(st.sampled_from("abcdx ")))
        elif other:
            del other[min(at, len(other) - 1)]
    changed = "".join(other)
    assume(alike(key, changed) >= ALIKE)

    shortest, longest = duplicates.lengths(len(key))
    assert shortest <= len(changed) <= longest
    assert any(piece in changed for piece in duplicates.pieces(key))


def test_names_in_memory_find_what_comparing_all_finds():
    """Of names with a typing error in them nearly all are found: at least 98 in 100."""
    chance = random.Random(1)
    keys = sorted({" ".join(chance.sample(WORDS, 3)) for _ in range(600)})
    index = NameIndex(keys)
    expected = found = 0
    for key in keys:
        at = chance.randrange(len(key))
        typed = key[:at] + chance.choice("aeiou") + key[at + 1 :]
        wanted = {other for other in keys if alike(typed, other) >= ALIKE}
        expected += len(wanted)
        found += len(wanted & index.alike(typed).keys())

    assert expected >= len(keys) * 0.9
    assert found >= 0.98 * expected


def test_pairs_name_both_and_the_reason(session):
    """The page of pairs shows what the portfolio holds twice, domains first."""
    left = make(session, "Halvorsen Backup", "halvorsen.example")
    right = make(session, "Quite Another", "www.halvorsen.example")
    twin = make(session, "Halvorsen Backups")

    found = duplicates.pairs(session)

    assert [({pair.left, pair.right}, pair.reason) for pair in found.pairs] == [
        ({left.id, right.id}, Reason.DOMAIN),
        ({left.id, twin.id}, Reason.NAME),
    ]
    assert (found.more, found.all_names) == (False, True)


def test_two_hosts_of_one_vendor_are_no_pair(session):
    """A vendor shares its domain with itself."""
    vendor = make(session, "Halvorsen", "halvorsen.example")
    domains.add_domain(session, vendor, "www.halvorsen.example", **BY)

    assert duplicates.pairs(session).pairs == ()


def test_an_archived_vendor_makes_no_pair(session):
    """What left the list is not asked about."""
    make(session, "Halvorsen")
    vendors.archive(session, make(session, "Halvorsen"), **BY)

    assert duplicates.pairs(session).pairs == ()


def test_a_large_portfolio_compares_neighbours(session):
    """Beyond a number of vendors names meet those beside them in the alphabet, and it is said."""
    for name in ("Halvorsen Backup", "Halvorsen Backups", "Osprey"):
        make(session, name)

    found = duplicates.pairs(session, all_up_to=1)

    assert len(found.pairs) == 1
    assert not found.all_names


def test_pairs_are_bounded(session):
    """However many there are, one page shows so many and says that there are more."""
    for _ in range(6):
        make(session, "Halvorsen")

    found = duplicates.pairs(session, most=3)

    assert (len(found.pairs), found.more) == (3, True)
