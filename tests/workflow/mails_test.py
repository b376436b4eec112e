"""A vendor's mail is filed with its response: words, attachments, itself, and no trick works."""

import contextlib
import io
import time
import zipfile
from email.message import EmailMessage

import pytest

from tests.factories import NOON, make_user
from tests.rated import make
from vendor_risk.store.files import Files
from vendor_risk.store.models.responses import Author
from vendor_risk.workflow import contacts
from vendor_risk.workflow.responses import files as evidence
from vendor_risk.workflow.responses import mails, sending
from vendor_risk.workflow.vendors import VendorRefused

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


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
def filing(session, store):
    """`filing(content)`: an analyst files that mail to a response."""
    ann = make_user(session, "analyst")
    vendor, bought = make(session, "Polar", NOON)
    contacts.add_contact(
        session, vendor, name="Pat", email="pat@p.example", roles=[], now=NOON, actor="t"
    )
    response = sending.send(session, vendor, bought, now=NOON, actor=ann.id).response

    def act(content):
        return mails.file(session, response, content, files=store, now=NOON, actor=ann.id)

    act.response, act.ann = response, ann.id
    return act


def written(*attachments, html=False):
    """A mail with these attachments: (name, content, type)."""
    mail = EmailMessage()
    mail["From"] = "Pät Smith <pat@polar.example>"
    mail["Date"] = "Sat, 21 Nov 2026 10:00:00 +0100"
    mail["Subject"] = "Unsere Antwört"
    mail["Message-ID"] = "<1@polar.example>"
    if html:
        mail.set_content("<style>x</style><p>Hello</p><script>y</script>there", subtype="html")
    else:
        mail.set_content("We use MFA.\u202e\n\nPat")
    for name, content, kind in attachments:
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


def macro():
    """A Word file that holds a macro."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "wordprocessingml.document.main+xml")
        archive.writestr("word/vbaProject.bin", "x")
    return out.getvalue()


def test_a_mail_is_kept_whole_and_its_attachments_are_evidence(session, store, filing):
    """Names lose their paths, endings tell the content, and what is refused says why."""
    content = written(
        ("../../soc2.pdf", PDF, "application/pdf"),
        ("same again.pdf", PDF, "application/pdf"),
        ("picture.pdf", SVG, "application/pdf"),
        ("plan.docx", macro(), "application/zip"),
        ("run.exe", b"MZ\x90\x00", "application/octet-stream"),
    )
    told = filing(content).row

    assert (told.sender, told.subject) == ("Pät Smith <pat@polar.example>", "Unsere Antwört")
    assert (told.text, told.sent_at.hour) == ("We use MFA.\n\nPat", 9)
    assert store.open(told.id).read() == content
    [kept] = evidence.files_of(session, filing.response)
    assert (kept.row.name, kept.row.by_kind, kept.row.by_id, kept.questions) == (
        "soc2.pdf", Author.PERSON, filing.ann, ()
    )  # fmt: skip
    assert told.files == [str(kept.row.id)]
    assert [name for name, _why in told.refused] == ["picture.pdf", "plan.docx", "run.exe"]
    assert "macros" in told.refused[1][1]


def test_a_file_of_a_mail_serves_the_question_that_is_chosen(session, filing):
    """And no question that is not asked."""
    filing(written(("soc2.pdf", PDF, "application/pdf")))
    [kept] = evidence.files_of(session, filing.response)
    by = {"known": ["AC-01"], "now": NOON, "actor": filing.ann}
    mails.serve(session, filing.response, kept.row, "AC-01", **by)
    with pytest.raises(VendorRefused, match="Choose the question"):
        mails.serve(session, filing.response, kept.row, "XX-99", **by)
    assert evidence.files_of(session, filing.response)[0].questions == ("AC-01",)


def test_a_mail_is_filed_once(filing):
    """The same bytes again are told so."""
    filing(written())
    with pytest.raises(VendorRefused, match="filed here already"):
        filing(written())


def test_only_the_words_of_a_page_are_kept(filing):
    """A mail that is HTML alone loses its scripts."""
    assert filing(written(html=True)).row.text == "Hello\nthere"


def test_a_page_that_breaks_is_kept_as_far_as_it_was_read(filing):
    """The parser gives up on a section that it does not know."""
    page = b"Content-Type: text/html\n\n<p>Hello</p><![foo[ x"
    assert filing(HEAD + page).row.text == "Hello"


def test_nothing_lies_about_of_a_mail_that_could_not_be_kept(store, filing, monkeypatch):
    """The disk is full after the first attachment."""
    write, written_ids = store.write, []

    def full(id, content, **limits):
        if written_ids:
            raise OSError("full")
        written_ids.append(id)
        return write(id, content, **limits)

    monkeypatch.setattr(type(store), "write", lambda _store, *told, **limits: full(*told, **limits))
    with pytest.raises(OSError, match="full"):
        filing(written(("a.pdf", PDF, "application/pdf")))
    assert len(written_ids) == 1
    assert not store.path(written_ids[0]).exists()


def test_a_mail_inside_a_mail_is_not_opened(filing):
    """It may be another's; it is named, and can be filed by itself."""
    outer = EmailMessage()
    outer["From"], outer["Message-ID"] = "a@b.example", "<2@b.example>"
    outer.set_content("See below")
    inner = EmailMessage()
    inner["From"] = "x@y.example"
    inner.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
    outer.add_attachment(inner)
    told = filing(outer.as_bytes()).row
    assert (told.files, [why for _n, why in told.refused]) == ([], [mails._MAIL_INSIDE])


HEAD = b"From: a@b.example\nMessage-ID: <1@b>\n"


@pytest.mark.parametrize(
    "content",
    [
        b"hello",
        PDF,
        b"From: \nDate: x\n\nno address",
        HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 500,
        b"\x00" * 10_000,
        b"x" * (mails.MOST_BYTES + 1),
    ],
)
def test_what_is_no_mail_or_too_much_is_refused(filing, content):
    """With a sentence, and nothing is kept."""
    with pytest.raises(VendorRefused):
        filing(content)


@pytest.mark.parametrize(
    "content",
    [
        HEAD + b"Content-Type: text/plain; charset=nonsense\n\nHello",
        HEAD + b"Content-Type: text/html\n\n" + b"<" * 300_000,
        HEAD + b"Content-Type: text/html\n\n" + b"<!--" * 80_000,
        HEAD + b"Content-Type: text/html\n\n" + b"<a b='" * 80_000,
        HEAD + b"Subject: =?utf-8?b?" + b"/" * 50_000 + b"?=\nDate: Mon, 99 Foo 99999\n\nx",
        HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 3000,
        HEAD + b'Content-Disposition: attachment; filename="' + b";" * 300_000 + b'"\n\nx',
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\n\n"
        + (b'--b\ncontent-type: a/b;\r name="' + b";" * 490 + b"x" * 15_000 + b'"\n\nx\n') * 190,
        HEAD
        + b"".join(
            b"Content-Type: multipart/x; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(190)
        )
        + b"\n" * 2_000_000,
    ],
)
def test_odd_mails_are_read_or_refused_in_time(content):
    """Neither an error of ours nor a long wait."""
    begun = time.process_time()
    with contextlib.suppress(VendorRefused):
        assert len(mails.read(content, now=NOON).text) <= mails.MOST_TEXT
    assert time.process_time() - begun < 5
