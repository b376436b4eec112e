"""The cut-off sheet: one tagged page in the order to act, with the whole list attached."""

import csv
import datetime as dt
import io
import re
import subprocess
from dataclasses import replace

import pikepdf
import pytest
from sqlmodel import select

from tests.factories import NOON
from vendor_risk.pdf import render_sheet
from vendor_risk.reports.cut_off import Sheet, Way, as_csv
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import access, cut_off, vendors
from vendor_risk.workflow.access import Terms

BY = {"now": NOON, "actor": "test"}
WAY = Way(
    kind="vpn",
    name="ext-cooling-01",
    system="Building network",
    holder="Night shift",
    remote=True,
    second_factor=False,
    card_data=True,
    production=None,
    cut_by="Network on call",
    phone="+49 30 901820",
    how="Disable the VPN profile, then end its sessions.",
)
LONG = replace(
    WAY, **dict.fromkeys(("name", "system", "holder", "cut_by", "how"), "long words " * 30)
)


def sheet(*ways):
    at = dt.datetime(2026, 11, 22, 3, 4, tzinfo=dt.UTC)
    return Sheet("Contoso Shop", "Fazio Mechanical", "4711", at, "Jana Ortiz", ways)


def opened(content):
    return pikepdf.open(io.BytesIO(content))


def text(content):
    run = subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True)
    return " ".join(run.stdout.decode().split())


@pytest.mark.parametrize(
    "ways", [[WAY], [WAY] * 40, [LONG] * 14, [replace(WAY, name="W" * 200)] * 9]
)
def test_it_is_one_page_however_much_there_is(ways):
    """A second page is lost on the way from the printer."""
    assert len(opened(render_sheet(sheet(*ways))).pages) == 1


def test_it_says_what_to_do():
    """Who, what, whom to call and how; and what nobody knows."""
    empty = replace(WAY, name="port 12", cut_by="", phone="", how="", remote=False)
    shown = text(render_sheet(sheet(WAY, empty)))

    for words in (
        "Cut off Fazio Mechanical",
        "2 open ways into our systems.",
        "22 Nov 2026, 03:04 UTC",
        "Printed by Jana Ortiz",
        "ext-cooling-01",
        "Card data",
        "No second factor",
        "+49 30 901820",
        "Nobody is named",
        "Nobody has said how",
        "names no password and no key",
    ):
        assert words in shown


def test_what_does_not_fit_is_counted_and_attached():
    """The list in the PDF has all of them, in the same order."""
    ways = [replace(WAY, name=f"way {n}") for n in range(1, 31)]
    content = render_sheet(sheet(*ways))
    shown = text(content)
    with opened(content) as pdf:
        attached = pdf.attachments["ways-in.csv"].get_file().read_bytes()
    rows = list(csv.DictReader(io.StringIO(attached.decode("utf-8-sig"))))

    printed = len(set(re.findall(r"\bway \d+", shown)))
    assert f"and {30 - printed} more in the attached list" in shown
    assert [row["account"] for row in rows] == [way.name for way in ways]


def test_it_is_tagged_and_the_same_each_time():
    """PDF/UA, with a title and a language."""
    content = render_sheet(sheet(WAY))
    with opened(content) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en"
        assert pdf.docinfo["/Title"] == "Cut-off sheet: Fazio Mechanical"
    assert render_sheet(sheet(WAY)) == content


def test_markup_and_odd_letters_stay_text():
    """Whoever wrote them."""
    shown = text(render_sheet(sheet(replace(WAY, name="<b>x</b> \U00012000"))))

    assert "<b>x</b>" in shown


def test_no_spreadsheet_runs_the_list():
    """A name may begin like a formula."""
    assert ",'=cmd," in as_csv(sheet(replace(WAY, name="=cmd")))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_open_ways_stand_on_it_in_the_order_to_act(database):
    """What is cut is done."""
    with database.writing() as session:
        vendor = vendors.create_vendor(session, name="Fazio", **BY)
        access.add(session, vendor, Terms(kind="vpn", name="mild"), **BY)
        access.add(session, vendor, Terms(kind="vpn", name="bad", reaches_card_data=True), **BY)
        gone = access.add(session, vendor, Terms(kind="vpn", name="gone"), **BY)
        access.end(session, [gone], **BY)
        made = cut_off.sheet_of(
            session, vendor, now=NOON, organisation="Contoso", printed_by="Jana"
        )

    assert [way.name for way in made.ways] == ["bad", "mild"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_one_click_prints_it_and_the_log_knows(client, sign_in, csrf, database):
    """A PDF, and who has it; nothing to cut is no PDF."""
    with database.transaction() as session:
        vendor_id = vendors.create_vendor(session, name="Fazio", **BY).id
    person = sign_in(client, "approver")
    address = f"/vendors/{vendor_id}/access/cut-off-sheet"
    token = {"csrf_token": csrf(client)}
    assert client.post(address, data=token).status_code == 302
    with database.transaction() as session:
        vendor = session.get_one(Vendor, vendor_id)
        access.add(session, vendor, Terms(kind="vpn", name="bad"), **BY)
    answer = client.post(address, data=token)

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "bad" in text(answer.data)
    with database.reading() as session:
        acts = session.exec(
            select(AuditEntry.actor_id).where(AuditEntry.act == "vendor.cut_off_sheet")
        ).all()
    assert acts == [person.id]
    sign_in(client, "requester")
    assert client.post(address, data={"csrf_token": csrf(client)}).status_code == 403
