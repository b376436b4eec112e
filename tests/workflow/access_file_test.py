"""The access register as a CSV: a dry run that writes nothing, then all good lines."""

import pytest
from sqlalchemy import event
from sqlmodel import select

from tests.factories import NOON
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import access, access_file, csv_file, vendors
from vendor_risk.workflow.access import Terms
from vendor_risk.workflow.csv_file import CsvRefused

BY = {"now": NOON, "actor": "test"}


@pytest.fixture
def session(database):
    with database.writing() as opened:
        yield opened


@pytest.fixture
def fazio(session):
    """A vendor with a number."""
    return vendors.create_vendor(session, name="Fazio Mechanical", supplier_number="4711", **BY)


def trial(session, *lines, head="vendor,kind,account,second factor", vendor=None):
    text = "\n".join([head, *lines])
    return access_file.try_out(session, text, vendor=vendor, now=NOON)


def test_a_dry_run_writes_nothing(session, fazio):
    """Name or supplier number, however cased."""
    told = trial(session, "4711,vpn,a,no", "fazio mechanical,PORTAL,b,yes")

    assert told.counts == {"new": 2, "update": 0, "same": 0, "wrong": 0}
    assert session.exec(select(Access)).all() == []


def test_only_the_vendors_that_lines_name_are_read(session, fazio):
    """An import of one line costs the same beside 100,000 vendors."""
    session.add_all(Vendor(name=f"Other {n}", name_key=f"other {n}") for n in range(20))
    access.add(session, fazio, Terms("vpn", "a"), **BY)
    session.commit()
    session.expunge_all()

    read = []
    keep = lambda row, _context: read.append(row.name)  # noqa: E731
    event.listen(Vendor, "load", keep)
    told = trial(session, "s-9,vpn,a,no", "FAZIO MECHANICAL,vpn,a,no")

    assert told.counts == {"new": 0, "update": 1, "same": 0, "wrong": 1}
    event.remove(Vendor, "load", keep)
    assert read == ["Fazio Mechanical"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Nobody,vpn,a,no", "There is no vendor “Nobody”"),
        (",vpn,a,no", "Name the vendor"),
        ("4711,magic,a,no", "kind: “magic” is no kind"),
        ("4711,vpn,,no", "account: Give the account"),
        ("4711,vpn,a,maybe", "second factor: “maybe” is none of"),
        ("4711,vpn,a,no,surplus", "1 more cells"),
        ("4711,vpn,password=abc,no", "account: This looks like a password"),
    ],
)
def test_a_wrong_line_says_why(session, fazio, line, words):
    """And the good one beside it stays good."""
    told = trial(session, line, "4711,vpn,good,no")

    assert words in told.fates[0].errors[0].message
    assert (told.fates[0].number, told.counts["wrong"], told.counts["new"]) == (2, 1, 1)


@pytest.mark.parametrize("day", ["22.11.2026", "2026-11-23", "2026-02-30", "x"])
def test_days_that_are_none_or_to_come(session, fazio, day):
    """Only days that were."""
    told = trial(session, f"4711,vpn,a,{day}", head="vendor,kind,account,last used")

    assert told.fates[0].errors[0].message.startswith("last used: ")


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("vendor,kind,account,Passwort", "There is no column “Passwort”"),
        ("vendor,kind,account,kind", "“kind” is there twice"),
        ("vendor,kind,system", "“account” is missing"),
        ("kind,account", "“vendor” is missing"),
    ],
)
def test_a_header_that_is_none(session, fazio, head, words):
    """The column is named."""
    with pytest.raises(CsvRefused, match=words):
        trial(session, "a,b,c,d", head=head)


def test_two_vendors_of_one_name(session, fazio):
    """Nobody guesses which is meant."""
    vendors.create_vendor(session, name="Fazio Mechanical", **BY)

    told = trial(session, "Fazio Mechanical,vpn,a,no", "4711,vpn,a,no")
    assert "2 vendors are called" in told.fates[0].errors[0].message
    assert told.fates[1].what == "new"


def test_the_same_line_twice(session, fazio):
    """The second is wrong."""
    told = trial(session, "4711,vpn,a,no", "4711,VPN,A,no")

    assert [each.message for each in told.fates[1].errors] == ["The same as line 2 of this file."]


def test_all_good_lines_go_in(session, fazio):
    """And what was known is changed where the file says something else; empty says nothing."""
    access.add(session, fazio, Terms(kind="vpn", name="old", purpose="Meters"), **BY)
    text = "kind,account,second factor,purpose\nvpn,OLD,no,\nvpn,new,,x\nvpn,wrong,maybe,x\n"
    told = access_file.run(session, text, vendor=fazio, **BY)
    again = access_file.try_out(session, text, vendor=fazio, now=NOON)
    session.commit()

    rows = {row.name: row for row in session.exec(select(Access))}
    assert told.counts == {"new": 1, "update": 1, "same": 0, "wrong": 1}
    assert again.counts == {"new": 0, "update": 0, "same": 2, "wrong": 1}
    assert set(rows) == {"old", "new"}
    assert (rows["old"].second_factor, rows["old"].purpose) == (False, "Meters")
    acts = [one.act for one in session.exec(select(AuditEntry))]
    assert (acts.count("access.added"), acts.count("access.edited")) == (2, 1)


def test_a_line_of_another_vendor_in_the_file_of_one(session, fazio):
    """It is not given to the wrong one."""
    told = trial(session, "Other,vpn,a,no", "4711,vpn,b,no", vendor=fazio)

    assert "This file is for Fazio Mechanical" in told.fates[0].errors[0].message
    assert told.fates[1].what == "new"


def test_the_template_is_a_good_file(session, fazio):
    """Whoever changes its line gets no error."""
    for one in (None, fazio):
        text = access_file.template(one_vendor=one is not None).removeprefix("\ufeff")
        told = access_file.try_out(session, text, vendor=one, now=NOON)
        assert [fate.errors for fate in told.fates] == [()]


@pytest.mark.parametrize("name", ["=1+1", "+49", "-x", "@sum"])
def test_what_a_spreadsheet_would_run_is_text(session, fazio, name):
    """And comes back as it was."""
    row = access.add(session, fazio, Terms(kind="vpn", name=name, cut_how="a\nb"), **BY)
    text = "".join(access_file.as_csv(iter([(row, fazio)]))).removeprefix("\ufeff")

    assert f",'{name}," in text
    told = access_file.try_out(session, csv_file.decode(text.encode())[0], now=NOON)
    assert told.counts["same"] == 1
