"""The pages of vendors that ask the database most, on PostgreSQL."""

import io
import re

import pytest
from sqlmodel import col, select

from tests.factories import NOON  # noqa: F401  (where the clock stands)
from tests.web.vendors_test import (  # noqa: F401  (fixtures)
    COLUMNS,
    FILE,
    analyst,
    csv_rows,
    other,
    queued,
    upload,
    vendor,
)
from vendor_risk.store.models.vendors import Vendor

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


def test_list_merge_and_import_on_postgresql(analyst, database, vendor, other):  # noqa: F811
    """The pages that ask the database most stand on the other one as well."""
    assert "1 of 2 vendors match." in analyst.see(
        "/vendors?q=northwind&tier=1,2&use=no&seen=never&grade=none&tag=hr&sort=-posture"
        "&owner=none&state=prospect"
    )
    path = upload(analyst, FILE)
    analyst.send(f"{path}/columns", **COLUMNS)
    assert "Done." in analyst.send(path, 200, known="update", alike="skip").text
    analyst.send(f"/vendors/{vendor}/join/{other}")
    page = analyst.see(f"/vendors/{vendor}")
    analyst.send(re.search(r'action="(/vendors/merges/[^"]+/undo)"', page)[1])
    assert len(csv_rows(analyst, "/vendors/export.csv")) == 3
    with database.reading() as session:
        names = session.exec(select(Vendor.name).order_by(col(Vendor.name))).all()
    assert names == ["Acme", "Northwind Payrol", "Old"]


@pytest.mark.parametrize(
    "path",
    [
        "/vendors?q=no%00rth",
        "/vendors?tag=h%00r",
        "/vendors?tag=%00",
        "/vendors?q=%00&owner=%00&state=%00&sort=%00",
        "/vendors/export.csv?q=no%00rth&tag=%00",
        "/search?q=no%00rth",
        "/search?q=%00",
        "/triage?q=no%00rth",
        "/vendors/{vendor}/join?q=no%00rth",
        "/vendors/{vendor}/parent?q=no%00rth",
        "/vendors/new?name=no%00rth",
        "/scans?page=%00",
        "/intake?state=%00&page=%00",
    ],
)
def test_nul_in_an_address_does_no_harm(analyst, vendor, path):  # noqa: F811
    """PostgreSQL keeps and compares no text with a NUL in it."""
    analyst.see(path.format(vendor=vendor))


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/vendors/new", {"name": "Acme\0 Ltd", "supplier_number": "1\0", "domain": "a\0.example"}),
        ("/vendors/new", {"name": "Acme\0 Ltd", "supplier_number": "1\0", "tags": "a\0, b"}),
        ("/vendors/{vendor}/edit", {"name": "Acme\0 Ltd", "supplier_number": "1\0"}),
        ("/vendors/{vendor}/tags", {"tag": "h\0r"}),
        ("/vendors/{vendor}/tags/remove", {"tag": "h\0r"}),
        ("/vendors/{vendor}/domains", {"domain": "x\0.example", "host_class": "other"}),
        ("/vendors/{vendor}/contacts/new", {"name": "J\0", "email": "a\0@b.example"}),
        ("/vendors/{vendor}/engagements/new", {"name": "P\0", "purpose": "x\0", "currency": "\0"}),
        ("/vendors/bulk", {"act": "tag", "tag": "a\0b", "chosen": "{vendor}"}),
        ("/own", {"name": "A\0nn", "timezone": ""}),
    ],
)
def test_nul_in_a_form_does_no_harm(analyst, vendor, path, typed):  # noqa: F811
    """Whatever the answer is, it is one."""
    data = {name: value.format(vendor=vendor) for name, value in typed.items()}
    data["csrf_token"] = analyst.csrf(analyst.client)

    answer = analyst.client.post(path.format(vendor=vendor), data=data)
    assert answer.status_code in (302, 409, 422)


def test_nul_in_a_file_does_no_harm(analyst):  # noqa: F811
    """Nor in a line of an import."""
    data = {
        "csrf_token": analyst.csrf(analyst.client),
        "file": (io.BytesIO(b"Name;Tags\nAc\0me;h\0r\n"), "a\0.csv"),
    }

    assert analyst.client.post("/vendors/import", data=data).status_code in (302, 422)


@pytest.mark.parametrize("path", ["/login", "/reset"])
def test_nul_in_an_address_of_a_person_does_no_harm(client, csrf, path):
    """The door has no account of that name."""
    data = {"csrf_token": csrf(client), "email": "a\0nn@example.com", "password": "x\0"}

    assert client.post(path, data=data).status_code == 200
