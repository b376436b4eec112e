"""Documents and contracts: unread they change nothing, reviewed they are claims that expire."""

import datetime as dt
import io
import zipfile
from dataclasses import replace

import pytest
from sqlmodel import select

from tests.factories import NOON
from vendor_risk.store.files import Files
from vendor_risk.store.models.documents import Contract, Document
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.workflow import contracts, documents, scores, vendors
from vendor_risk.workflow.documents import Read, Terms
from vendor_risk.workflow.engagements import Terms as Bought
from vendor_risk.workflow.engagements import add_engagement
from vendor_risk.workflow.vendors import Stale, VendorRefused

BY = {"now": NOON, "actor": "test"}
TODAY = NOON.date()
PDF = b"%PDF-1.7 and so on"
SOC2 = Terms(
    kind="soc 2 type ii",
    title="SOC 2 2026",
    document_date=dt.date(2026, 10, 1),
    period_end=dt.date(2026, 8, 31),
    service_in_scope=True,
    exceptions="none",
    carve_outs="the data centre",
    duties="none",
)
ISO = replace(SOC2, kind="iso 27001", valid_until=dt.date(2028, 1, 1))


@pytest.fixture
def session(database):
    with database.writing() as opened:
        yield opened


@pytest.fixture
def vendor(session):
    return vendors.create_vendor(session, name="Fazio", **BY)


@pytest.fixture
def bought(session, vendor):
    levels = dict.fromkeys(
        ("data_sensitivity", "data_volume", "access", "criticality", "payment"), 2
    )
    return add_engagement(session, vendor, Bought(name="Cooling", levels=levels), **BY)


@pytest.fixture
def keep(session, vendor, tmp_path):
    """A document with its file."""

    def add(terms=SOC2, content=PDF, name="report.pdf"):
        files = Files(tmp_path)
        return documents.add(
            session, vendor, terms, files=files, content=content, file_name=name, **BY
        )

    return add


def claims(session, row):
    session.flush()
    return session.exec(
        select(StoredClaim).where(StoredClaim.origin_id == row.id, StoredClaim.ended_at.is_(None))
    ).all()


def test_an_unread_document_changes_nothing(session, bought, keep, tmp_path):
    """It is sealed on disk."""
    before = scores.judge(session, bought, now=NOON).score
    row = keep()

    assert scores.judge(session, bought, now=NOON).score == before
    assert claims(session, row) == []
    assert Files(tmp_path).open(row.id).read() == PDF
    assert (row.file_name, row.file_bytes) == ("report.pdf", len(PDF))


def test_what_was_read_counts(session, bought, keep):
    """Per control, from the end of the period on, and the score says why it moved."""
    before = scores.judge(session, bought, now=NOON).score.assurance.final
    row = keep()
    read = {"AC-01": Read(100, "audited"), "DL-01": Read(50, "reviewed", "partly")}
    documents.review(session, row, read, revision=1, **BY)
    told = {(c.control, c.level, c.source, c.date, c.valid_until) for c in claims(session, row)}

    until, end = dt.date(2027, 8, 31), dt.date(2026, 8, 31)
    assert told == {("AC-01", 100, "audited", end, until), ("DL-01", 50, "reviewed", end, until)}
    assert scores.judge(session, bought, now=NOON).score.assurance.final > before
    assert scores.DOCUMENT in session.exec(select(StoredScore.cause)).all()


@pytest.mark.parametrize(
    ("terms", "until"),
    [
        (SOC2, dt.date(2027, 8, 31)),
        (replace(SOC2, bridge_letter=True), dt.date(2027, 11, 30)),
        (replace(SOC2, period_end=None), dt.date(2027, 10, 1)),
        (replace(SOC2, period_end=dt.date(2024, 2, 29)), dt.date(2025, 2, 28)),
        (ISO, dt.date(2028, 1, 1)),
        (replace(SOC2, kind="dpa", period_end=None), None),
    ],
)
def test_how_long_it_holds(keep, terms, until):
    """Reports a year after their period, three months more with a letter; others as they say."""
    assert documents.holds_until(keep(terms)) == until


def test_reading_again_withdrawing_and_taking_back(session, vendor, bought, keep):
    """What was read before is replaced; a withdrawn document proves nothing."""
    row = keep()
    documents.review(session, row, {"AC-01": Read(100)}, revision=1, **BY)
    documents.review(session, row, {"DL-01": Read(100)}, revision=2, **BY)
    seen = [[c.control for c in claims(session, row)]]
    documents.withdraw(session, row, **BY)
    seen.append([c.control for c in claims(session, row)])
    documents.take_back(session, row, **BY)
    seen.append([c.control for c in claims(session, row)])
    documents.edit(session, vendor, row, replace(SOC2, scope="less"), revision=row.revision, **BY)
    seen.append([c.control for c in claims(session, row)])

    assert seen == [["DL-01"], [], ["DL-01"], []]
    assert row.reviewed_at is None


@pytest.mark.parametrize(
    ("terms", "read", "words"),
    [
        (SOC2, {}, "one control at least"),
        (SOC2, {"XX-99": Read(100)}, "no control"),
        (SOC2, {"AC-01": Read(70)}, "0, 50 or 100"),
        (SOC2, {"AC-01": Read(100, "observed")}, "reviewed or audited"),
        (SOC2, {"AC-01": Read(100, "reviewed", "x" * 501)}, "at most 500"),
        (ISO, {"AC-01": Read(100, "audited")}, "A certificate or a contract alone"),
        (replace(SOC2, kind="soc 2 type i"), {"AC-01": Read(100, "audited")}, "alone is reviewed"),
        (replace(SOC2, exceptions=""), {"AC-01": Read(100, "audited")}, "needs the exceptions"),
        (replace(SOC2, carve_outs=""), {"AC-01": Read(100, "audited")}, "needs the exceptions"),
        (replace(SOC2, service_in_scope=None), {"AC-01": Read(100)}, "in its scope"),
        (replace(SOC2, service_in_scope=False), {"AC-01": Read(100)}, "in its scope"),
    ],
)
def test_what_no_reviewer_can_say(session, keep, terms, read, words):
    """Nothing is claimed."""
    row = keep(terms)
    with pytest.raises(VendorRefused, match=words):
        documents.review(session, row, read, revision=1, **BY)

    assert claims(session, row) == []


def test_two_reviewers(session, keep):
    """The second is told."""
    row = keep()
    documents.review(session, row, {"AC-01": Read(100)}, revision=1, **BY)
    with pytest.raises(Stale):
        documents.review(session, row, {"AC-01": Read(0)}, revision=1, **BY)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "letter"}, "kind"),
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"document_date": None}, "document_date"),
        ({"document_date": TODAY + dt.timedelta(1)}, "document_date"),
        ({"document_date": dt.date(226, 1, 1)}, "document_date"),
        ({"period_end": TODAY + dt.timedelta(1)}, "period_end"),
        ({"period_end": dt.date(2026, 10, 2)}, "period_end"),
        ({"valid_until": dt.date(2026, 9, 30)}, "valid_until"),
        ({"kind": "iso 27001"}, "valid_until"),
        ({"kind": "insurance"}, "valid_until"),
        ({"seen_at_vendor": True}, "file"),
    ],
)
def test_what_cannot_be_is_refused(session, keep, said, field):
    """At its field, and nothing is kept."""
    with pytest.raises(VendorRefused) as refusal:
        keep(replace(SOC2, **said))

    assert refusal.value.field == field
    assert session.exec(select(Document)).all() == []


def archive(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ...",
        b"<html>",
        archive("a.txt"),
        b"PK\x03\x04 cut",
        archive("word/document.xml", "word/vbaProject.bin"),
    ],
)
def test_files_of_another_kind(keep, content):
    """What is in it counts, not its name."""
    with pytest.raises(VendorRefused) as refusal:
        keep(content=content)

    assert refusal.value.field == "file"


@pytest.mark.parametrize(
    ("content", "name", "kept"),
    [
        (PDF, "..\\..\\evil.exe", "evil.exe.pdf"),
        (archive("word/document.xml"), "a/b.docx", "b.docx"),
        (b"\xff\xd8\xff0", "", "document.jpg"),
    ],
)
def test_names_of_files(keep, content, name, kept):
    """They end as what they are."""
    assert keep(content=content, name=name).file_name == kept


def test_seen_at_the_vendor(session, vendor, tmp_path):
    """Nothing is stored, and it can be reviewed."""
    terms = replace(SOC2, seen_at_vendor=True)
    row = documents.add(session, vendor, terms, files=Files(tmp_path), **BY)
    documents.review(session, row, {"AC-01": Read(100)}, revision=1, **BY)

    assert (row.file_sha256, len(claims(session, row))) == (None, 1)


AGREED = contracts.Terms(
    title="Master agreement",
    starts_on=dt.date(2025, 1, 1),
    ends_on=dt.date(2027, 12, 31),
    notice_on=dt.date(2027, 9, 30),
    renews=True,
)


def test_a_contract_and_its_end(session, vendor):
    """Kept, changed, ended, taken up again."""
    row = contracts.add(session, vendor, AGREED, **BY)
    row.review_opened_at = NOON
    later = replace(AGREED, notice_on=dt.date(2027, 10, 31))

    assert contracts.edit(session, vendor, row, later, revision=1, **BY)
    assert row.review_opened_at is None
    assert contracts.end(session, row, **BY)
    assert not contracts.end(session, row, **BY)
    assert contracts.resume(session, row, **BY)
    with pytest.raises(Stale):
        contracts.edit(session, vendor, row, AGREED, revision=1, **BY)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"title": ""}, "title"),
        ({"reference": "x" * 65}, "reference"),
        ({"ends_on": dt.date(2024, 1, 1)}, "ends_on"),
        ({"notice_on": dt.date(2028, 1, 1)}, "notice_on"),
        ({"notice_on": dt.date(2024, 1, 1)}, "notice_on"),
        ({"review_days_before": -1}, "review_days_before"),
        ({"review_days_before": 366}, "review_days_before"),
        ({"starts_on": dt.date(25, 1, 1)}, "starts_on"),
    ],
)
def test_contracts_that_cannot_be(session, vendor, said, field):
    """At the field."""
    with pytest.raises(VendorRefused) as refusal:
        contracts.add(session, vendor, replace(AGREED, **said), **BY)

    assert refusal.value.field == field
    assert session.exec(select(Contract)).all() == []
