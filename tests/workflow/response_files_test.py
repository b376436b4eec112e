"""Files of evidence: told by their content, kept once, shown by nobody else."""

import io
import zipfile

import pytest

from tests.factories import NOON, make_user
from tests.rated import make
from vendor_risk.store.files import Files
from vendor_risk.workflow import contacts
from vendor_risk.workflow.responses import files, links, sending
from vendor_risk.workflow.vendors import VendorRefused

SIGNS_IN = {"data_sensitivity": 0, "data_volume": 0, "access": 3, "criticality": 1, "payment": 0}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"


def office(kind=WORD, *more):
    """A file as Word and Excel write them, with further parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types><Override ContentType="{kind}"/></Types>')
        archive.writestr("word/document.xml", "<w/>")
        for name in more:
            archive.writestr(name, "x")
    return made.getvalue()


@pytest.fixture
def session(database):
    """One transaction of the test."""
    with database.transaction() as session:
        yield session


@pytest.fixture
def store(tmp_path):
    """Where files lie."""
    return Files(tmp_path / "files")


@pytest.fixture
def at(session):
    """Pat's way in."""
    vendor, engagement = make(session, "Polar Heating", NOON, levels=SIGNS_IN)
    contacts.add_contact(
        session,
        vendor,
        name="Pat",
        email="pat@polar.example",
        roles=["security"],
        now=NOON,
        actor="test",
    )
    ann = make_user(session, "analyst", email="ann@example.com")
    sent = sending.send(session, vendor, engagement, now=NOON, actor=ann.id)
    return links.found(session, sent.token, now=NOON)


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("a.docx", office(), "a.docx"),
        ("a.pdf", office(SHEET), "a.pdf.xlsx"),
        ("../../b.xlsx", office(SHEET), "b.xlsx"),
        ("photo.jpeg", b"\xff\xd8\xff\xe0" + b"\0" * 9, "photo.jpeg"),
        ("list.csv", b"a;b\n", "list.csv"),
    ],
)
def test_the_content_says_what_it_is(name, content, kept):
    """The name only lends its stem."""
    assert files.checked(name, content).name == kept


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (office(MACROS), "macros"),
        (office(WORD, "word/vbaProject.bin"), "macros"),
        (office(WORD, "word/embeddings/oleObject1.bin"), "macros"),
        (office(SHEET, "xl/externalLinks/externalLink1.xml"), "macros"),
        (office("application/zip"), "Send a PDF"),
        (office() + b"%PDF-1.7", "Send a PDF"),
        (b"PK\x03\x04" + b"\0" * 60, "Send a PDF"),
        (b"<svg onload=alert(1)>", "Send a PDF"),
        (b"MZ\x90\x00", "Send a PDF"),
        (b"", "empty"),
    ],
)
def test_what_could_do_something_is_refused(content, words):
    """With what to send instead."""
    with pytest.raises(VendorRefused, match=words):
        files.checked("evidence.docx", content)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("..\\..\\windows\\desk.png", "desk.png"),
        ("../../../etc/passwd", "passwd.png"),
        ("/etc/cron.d/desk.png", "desk.png"),
        ("....", "evidence.png"),
        ("", "evidence.png"),
        ("desk\x00.png", "desk.png"),
        ("desk.png\r\nSet-Cookie: a=b", "desk.png Set-Cookie: a=b.png"),
        ("invoice\u202egnp.exe", "invoicegnp.exe.png"),
        ("page.html", "page.html.png"),
        ("x" * 300, "x" * 100 + ".png"),
    ],
)
def test_a_name_leads_nowhere_and_reads_as_it_is(name, kept):
    """The last part of the path, on one line, in its own order, with the ending of the content."""
    assert files.checked(name, PNG).name == kept


def test_ten_megabytes_are_enough():
    """Of whatever kind."""
    for begin in (b"%PDF-1.7", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n"):
        with pytest.raises(VendorRefused, match="more than 10 MB"):
            files.checked("a.pdf", begin + b"0" * files.MOST_BYTES)


def test_a_bomb_is_not_unpacked():
    """Its directory tells."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", WORD)
        archive.writestr("word/document.xml", b"\0" * (files._MOST_UNPACKED + 1))
    with pytest.raises(VendorRefused, match="unpacks to more"):
        files.checked("a.docx", made.getvalue())


def test_the_same_file_is_kept_once_for_two_questions(session, at, store):
    """It lies sealed under the id of its row."""
    first = files.add(session, at, "AC-01", "a.png", PNG, files=store, now=NOON)
    again = files.add(session, at, "AC-02", "b.png", PNG, files=store, now=NOON)

    assert again.id == first.id
    (kept,) = files.files_of(session, at.response)
    assert kept.questions == ("AC-01", "AC-02")
    assert PNG not in store.path(first.id).read_bytes()
    assert store.open(first.id).read() == PNG


def test_a_colleague_neither_sees_nor_touches_files_of_other_sections(session, at, store):
    """Only what serves its own part."""
    row = files.add(session, at, "AC-01", "a.png", PNG, files=store, now=NOON)
    token = links.invite(
        session,
        at,
        name="Sam",
        email="sam@polar.example",
        sections=["people"],
        known=["access", "people"],
        now=NOON,
    )
    sam = links.found(session, token, now=NOON)

    assert files.files_for(session, sam) == []
    with pytest.raises(VendorRefused, match="no such file"):
        files.remove(session, sam, row.id, now=NOON)
    with pytest.raises(VendorRefused, match="somebody else"):
        files.add(session, sam, "AC-01", "b.png", PNG + b"1", files=store, now=NOON)


def test_a_removed_file_is_shown_no_more(session, at, store):
    """And a later date than today is none."""
    row = files.add(session, at, "AC-01", "a.png", PNG, files=store, now=NOON)
    with pytest.raises(VendorRefused, match="day that stands on"):
        files.date(session, at, row.id, NOON.date().replace(year=NOON.year + 1), NOON)

    assert files.remove(session, at, row.id, now=NOON) == row.id
    assert files.files_of(session, at.response) == []


def test_what_we_filed_the_vendor_does_not_remove(session, at, store):
    """It is our evidence, from a mail for instance."""
    ann = make_user(session, "analyst", email="kim@example.com")
    row, _ = files.add_ours(session, at.response, "a.png", PNG, files=store, now=NOON, actor=ann.id)
    with pytest.raises(VendorRefused, match="We filed this one"):
        files.remove(session, at, row.id, now=NOON)
    assert [one.row.id for one in files.files_of(session, at.response)] == [row.id]


def test_a_response_holds_so_many_files(session, at, store, monkeypatch):
    """One more is told to serve several questions."""
    monkeypatch.setattr(files, "MOST", 1)
    files.add(session, at, "AC-01", "a.png", PNG, files=store, now=NOON)
    with pytest.raises(VendorRefused, match="At most 1 files"):
        files.add(session, at, "AC-01", "b.png", PNG + b"1", files=store, now=NOON)
