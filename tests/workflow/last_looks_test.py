"""What a look compares with."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlmodel import select

from tests.workflow.scans_test import make_vendor
from vendor_risk.checks.observations import Http, Observations, Response
from vendor_risk.checks.remembered import remembered
from vendor_risk.store.models.scans import HostMemory
from vendor_risk.workflow import last_looks, scans

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
HOST = "a.example"


def look(body, days=0):
    """A look at the host, some days ago."""
    page = Response(f"https://{HOST}/", 200, (("Content-Type", "text/html"),), body)
    return Observations(HOST, NOON - dt.timedelta(days=days), http=Http((page,)))


def order(session, vendor):
    """A scan of the vendor that has begun: its id, and the orders by host."""
    scan = scans.request_scan(
        session, vendor, now=NOON, by=None, enqueue=lambda *_told, **_more: None
    )
    return scan.id, {one.host: one for one in scans.begin(session, scan.id, now=NOON)}


def test_a_look_leaves_what_the_next_one_compares_with(database):
    """At the same host of the same vendor; one that saw no page leaves what was known."""
    with database.transaction() as session:
        vendor = make_vendor(session, HOST, "b.example")
        id, first = order(session, vendor)
        before = look("<script src=//last.example/a></script>", days=20)
        scans.record(session, id, HOST, before, now=NOON)
        scans.record(session, id, "b.example", Observations("b.example", NOON), now=NOON)
        scans.finish(session, id, now=NOON)

        _id, orders = order(session, vendor)

    found = orders[HOST].previous
    assert {each.previous for each in first.values()} == {orders["b.example"].previous} == {None}
    assert found.observed_at == NOON - dt.timedelta(days=20)
    assert [each.domains for each in found.pages] == [("last.example",)]
    assert remembered(replace(look(""), http=None, previous=found)) == found


@pytest.mark.parametrize("stored", [{}, {"pages": 7}, ["nonsense"]])
def test_what_cannot_be_read_is_no_look(database, stored):
    """A scan does not stop because of an old one."""
    with database.transaction() as session:
        vendor = make_vendor(session, HOST)
        session.add(HostMemory(vendor_id=vendor.id, host=HOST, pages=stored))
        session.flush()

        assert last_looks.known_of(session, [vendor.id]) == {}


def test_a_joined_vendor_hands_over_what_its_hosts_showed(database):
    """What the kept one knows of a host of its own stays."""
    left = {
        name: remembered(look(f"<script src=//{name}.example/a></script>"))
        for name in ("kept", "joined", "other")
    }
    with database.transaction() as session:
        kept, joined = make_vendor(session), make_vendor(session)
        last_looks.remember(session, {kept.id: {HOST: left["kept"]}})
        hosts = {HOST: left["joined"], "b.example": left["other"]}
        last_looks.remember(session, {joined.id: hosts})
        session.flush()

        last_looks.hand_over(session, kept.id, joined.id)
        session.flush()

        known = last_looks.known_of(session, [kept.id])[kept.id]
        assert known == {HOST: left["kept"], "b.example": left["other"]}
        assert len(session.exec(select(HostMemory)).all()) == 4
