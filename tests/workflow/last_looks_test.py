"""What a look compares with."""

import datetime as dt

import pytest

from vendor_risk.checks.observations import OBSERVATIONS, Http, Observations, Response
from vendor_risk.store.models.scans import Scan, ScanHost
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow.last_looks import last_look, previous

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
HOST = "shop.example"


def look(days, body):
    """A look at the host, some days ago."""
    page = Response(f"https://{HOST}/", 200, (("Content-Type", "text/html"),), body)
    return Observations(HOST, NOON - dt.timedelta(days=days), http=Http((page,)))


def scan(session, vendor, days=0, seen=None, host=HOST):
    """A scan of the vendor with one host, looked at or not."""
    made = Scan(vendor_id=vendor.id, cause="asked", created_at=NOON, state="done")
    session.add(made)
    session.flush()
    stored = OBSERVATIONS.dump_json(seen).decode() if seen else None
    at = NOON - dt.timedelta(days=days)
    session.add(
        ScanHost(scan_id=made.id, host=host, host_class="main", observed_at=at, observations=stored)
    )
    session.flush()
    return made


def vendor_of(session, name):
    """A vendor."""
    vendor = Vendor(name=name, name_key=name)
    session.add(vendor)
    session.flush()
    return vendor


def test_the_last_look_of_the_same_vendor_at_the_same_host(database):
    """Not an older one, not of another host, not another vendor's, not one that saw nothing."""
    with database.transaction() as session:
        vendor, other = vendor_of(session, "osprey"), vendor_of(session, "heron")
        scan(session, vendor, 30, look(30, "<script src=//old.example/a></script>"))
        scan(session, vendor, 20, look(20, "<script src=//last.example/a></script>"))
        scan(session, vendor, 10)
        scan(session, vendor, 5, look(5, "<p>"), host="other.example")
        scan(session, other, 5, look(5, "<p>"))
        now = scan(session, vendor, 0, look(0, "<p>"))

        found = previous(last_look(session, now.id, HOST))

    assert found is not None
    assert found.observed_at == NOON - dt.timedelta(days=20)
    assert [each.domains for each in found.pages] == [("last.example",)]


def test_the_first_look_has_none_before_it(database):
    """Nothing is stored yet."""
    with database.transaction() as session:
        now = scan(session, vendor_of(session, "osprey"))

        assert last_look(session, now.id, HOST) is None


@pytest.mark.parametrize("stored", [None, "", "{}", "nonsense"])
def test_what_cannot_be_read_is_no_look(stored):
    """A scan does not stop because of an old one."""
    assert previous(stored) is None
