"""Access register, documents and contracts in a real browser: sound in both themes and widths."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from tests.browser.harness import audit
from tests.factories import NOON
from vendor_risk.store.files import Files
from vendor_risk.workflow import access, contracts, documents, vendors
from vendor_risk.workflow.access import Terms
from vendor_risk.workflow.documents import Read
from vendor_risk.workflow.engagements import Terms as Bought
from vendor_risk.workflow.engagements import add_engagement

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]

BY = {"now": NOON, "actor": "test"}
TODAY = NOON.date()
BAD = Terms(
    kind="portal",
    name="fazio-ariba",
    system="Supplier portal",
    holder="Ross, night shift",
    purpose="Sends bills, and reads the meters of the cooling plant.",
    second_factor=False,
    reaches_card_data=True,
    reaches_production=True,
    last_used_on=TODAY - dt.timedelta(100),
    last_reviewed_on=TODAY - dt.timedelta(91),
    cut_by="Identity on call",
    cut_phone="+49 30 901820",
    cut_how="Disable the account in the directory, then end its sessions.",
)
LEVELS = dict.fromkeys(("data_sensitivity", "data_volume", "access", "criticality", "payment"), 1)


@pytest.fixture
def full(database, tmp_path):
    """The ids of a vendor with ways in of every kind, one of them, and a document."""
    with database.transaction() as session:
        vendor = vendors.create_vendor(session, name="Fazio Mechanical", in_use=True, **BY)
        add_engagement(session, vendor, Bought(name="Cooling", levels=LEVELS), **BY)
        bad = access.add(session, vendor, BAD, **BY)
        access.add(session, vendor, Terms(kind="vpn", name="ext-cooling-01"), **BY)
        good = replace(BAD, kind="api key", name="ك" * 60, second_factor=True, separated=True)
        good = replace(good, reaches_card_data=False, reaches_production=False)
        access.add(session, vendor, replace(good, last_reviewed_on=TODAY), **BY)
        gone = access.add(session, vendor, Terms(kind="on-site port", name="Cabinet 4"), **BY)
        access.end(session, [gone], **BY)
        soc2 = documents.Terms(
            kind="soc 2 type ii",
            title="SOC 2 type II 2025",
            issuer="Auditor LLP",
            document_date=dt.date(2025, 10, 1),
            period_end=dt.date(2025, 9, 1),
            service_in_scope=True,
            exceptions="none",
            carve_outs="none",
            duties="none",
        )
        files = Files(tmp_path / "var" / "files")
        row = documents.add(
            session, vendor, soc2, files=files, content=b"%PDF-1.7", file_name="soc2.pdf", **BY
        )
        documents.review(session, row, {"AC-01": Read(100, "audited", "p. 12")}, revision=1, **BY)
        new = replace(soc2, title="Penetration test", kind="penetration test", seen_at_vendor=True)
        documents.add(session, vendor, replace(new, service_in_scope=None), files=files, **BY)
        agreed = contracts.Terms(
            title="Master agreement", notice_on=TODAY + dt.timedelta(20), renews=True
        )
        contracts.add(session, vendor, agreed, **BY)
        return vendor.id, bad.id, row.id


def test_the_empty_pages_are_sound(enter, context, address, database):
    """They tell why the register is there."""
    enter("analyst")
    with database.transaction() as session:
        vendor_id = vendors.create_vendor(session, name="Fazio", **BY).id

    for path in ("/access", f"/vendors/{vendor_id}/access", f"/vendors/{vendor_id}/documents"):
        assert audit(context, f"{address}{path}", themes=["light"]) == []


def test_every_page_is_sound(enter, context, address, full):
    """Full ones, and the forms."""
    enter("analyst")
    vendor_id, access_id, document_id = full
    here = f"/vendors/{vendor_id}"

    for path in (
        "/access",
        f"{here}/access",
        f"{here}/documents",
        f"{here}/documents/{document_id}",
    ):
        assert audit(context, f"{address}{path}") == []
    for path in (
        f"{here}/access/{access_id}",
        "/access/import",
        f"{here}/documents/new",
        f"{here}/contracts/new",
    ):
        assert audit(context, f"{address}{path}", themes=["light"]) == []


def test_a_file_is_tried_out(enter, context, address, full, tmp_path):
    """The dry run is sound, with wrong lines in it."""
    enter("analyst")
    file = Path(tmp_path / "list.csv")
    file.write_text("vendor,kind,account\nFazio Mechanical,vpn,new\nNobody,vpn,x\n")
    page = context.new_page()
    page.goto(f"{address}/access/import")
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Upload and try it out").click()
    page.get_by_text("There is no vendor").wait_for()

    assert audit(page, "", themes=["light"]) == []
    page.get_by_role("button", name="Import 1 line").click()
    page.get_by_text("1 entry is new").wait_for()
