"""New entries of public lists against the portfolio: by what looks stored, once, without a look."""

import datetime as dt

import pytest
from sqlmodel import select

from tests.factories import make_user
from tests.workflow import results_test
from tests.workflow.results_test import LATER, NOON, outcomes, scan
from vendor_risk.checks.observations import Breach, Exploited
from vendor_risk.store.models.advisories import Advisory, ProductSeen
from vendor_risk.store.models.rounds import SendLine, SendRound
from vendor_risk.store.models.vendors import Domain, Vendor
from vendor_risk.workflow import advisories
from vendor_risk.workflow.advisories import BREACHES, KEV
from vendor_risk.workflow.vendors import VendorRefused

vendor = results_test.vendor
OLD = Exploited("CVE-2021-0001", "PHP", "PHP", "An old flaw")
NEW = Exploited("CVE-2026-0002", "Apache", "HTTP Server", "A new flaw", ransomware=True)
OTHER = Exploited("CVE-2026-0003", "Nobody", "Nothing", "Of something else")
DAY = dt.date(2026, 11, 1)


def products(database):
    with database.reading() as session:
        rows = session.exec(select(ProductSeen)).all()
        return sorted((row.host, row.name, row.version) for row in rows)


def look(database, vendor, *told, at=NOON):
    scan(database, vendor, outcomes(), at=at, marked={"software": list(told)})


def match(database, *entries, source=KEV):
    with database.transaction() as session:
        return advisories.match(session, source, entries, now=NOON)


def waiting(database):
    with database.reading() as session:
        return [(row.key, row.vendors) for row in advisories.waiting(session)]


def test_a_look_stores_the_products_that_it_was_told(database, vendor):
    """And forgets those that the host tells no longer."""
    look(database, vendor, "apache/2.4.49", "php/")
    assert products(database) == [("a.example", "apache", "2.4.49"), ("a.example", "php", "")]
    look(database, vendor, "apache/2.4.62", at=LATER)
    assert products(database) == [("a.example", "apache", "2.4.62")]


def test_what_could_not_be_seen_keeps_its_products(database, vendor):
    """A wall in front of a server changes nothing behind it."""
    look(database, vendor, "apache/2.4.49")
    scan(database, vendor, outcomes(), at=LATER, marked={"issuer": []})
    assert products(database) == [("a.example", "apache", "2.4.49")]


def test_the_first_list_is_no_event(database, vendor):
    """Its thousand entries are what looks compare with anyway."""
    look(database, vendor, "apache/2.4.49")
    assert match(database, OLD, NEW) == 0
    assert waiting(database) == []


def test_a_new_entry_is_matched_without_a_look(database, vendor):
    """By the products that were stored; another one touches nobody. Once, however often."""
    look(database, vendor, "apache/2.4.49")
    match(database, OLD)
    assert match(database, OLD, NEW, OTHER) == 1
    assert match(database, OLD, NEW, OTHER) == 0
    assert waiting(database) == [(NEW.cve, 1)]


def test_who_is_touched_is_told_with_host_and_version(database, vendor):
    """And the version is empty where the host tells none."""
    look(database, vendor, "apache/")
    match(database, OLD)
    match(database, NEW)
    with database.reading() as session:
        (row,) = advisories.waiting(session)
        (one,) = advisories.touched(session, row)
        assert (one.vendor.name, one.host, one.version) == ("Osprey", "a.example", "")


def test_a_breach_is_matched_by_the_domain(database, vendor):
    """Of the registered name, whichever host is looked at; accounts may be billions."""
    with database.transaction() as session:
        session.exec(select(Domain)).one().registrable = "osprey.example"
    first = Breach("Old", "Old", "other.example", DAY, 5)
    match(database, first, source=BREACHES)
    fresh = Breach("Osprey", "Osprey", "osprey.example", DAY, 2_844_000_000)
    assert match(database, first, fresh, source=BREACHES) == 1
    with database.reading() as session:
        (row,) = advisories.waiting(session)
        assert row.accounts == 2_844_000_000
        assert [one.host for one in advisories.touched(session, row)] == ["osprey.example"]


@pytest.mark.parametrize("gone", ["archived_at", "sample"])
def test_vendors_that_are_not_ours_any_more_do_not_count(database, vendor, gone):
    """Nor do samples."""
    look(database, vendor, "apache/2.4.49")
    with database.transaction() as session:
        setattr(session.get_one(Vendor, vendor), gone, NOON if gone == "archived_at" else True)
    match(database, OLD)
    assert match(database, NEW) == 0


def test_a_round_asks_them_the_rapid_questions(database, vendor):
    """A draft: who asks sees to whom before anybody is written to."""
    look(database, vendor, "apache/2.4.49")
    match(database, OLD)
    match(database, NEW)
    with database.transaction() as session:
        ann = make_user(session, "analyst")
        (row,) = advisories.waiting(session)
        drawn = advisories.ask(session, row, now=NOON, actor=ann.id)
        assert (drawn.chosen, drawn.state, row.round_id) == (["incident-rapid"], "draft", drawn.id)
        lines = session.exec(select(SendLine)).all()
        assert [line.vendor_id for line in lines] == [vendor]


def test_where_nobody_is_touched_any_more_nobody_is_asked(database, vendor):
    """And it is said."""
    look(database, vendor, "apache/2.4.49")
    match(database, OLD)
    match(database, NEW)
    look(database, vendor, at=LATER)
    with database.transaction() as session, pytest.raises(VendorRefused):
        (row,) = advisories.waiting(session)
        advisories.ask(session, row, now=NOON, actor=make_user(session, "analyst").id)
    with database.reading() as session:
        assert session.exec(select(SendRound)).all() == []


def test_what_is_handled_waits_no_more_and_comes_back(database, vendor):
    """Whoever pressed too soon takes it back."""
    look(database, vendor, "apache/2.4.49")
    match(database, OLD)
    match(database, NEW)
    with database.transaction() as session:
        ann = make_user(session, "analyst").id
        row = session.exec(select(Advisory).where(Advisory.key == NEW.cve)).one()
        assert advisories.handle(session, row, now=NOON, actor=ann)
        assert not advisories.handle(session, row, now=NOON, actor=ann)
        assert advisories.how_many(session) == 0
        assert advisories.reopen(session, row, now=NOON, actor=ann)
        assert advisories.how_many(session) == 1
