"""The pages of vendors that ask the database most, on PostgreSQL."""

import re

import pytest
from sqlmodel import col, select

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
