"""A workbook goes out and comes back: what changed is told, and nothing that can act is read."""

import io
import zipfile

import openpyxl
import pytest
import xlsxwriter

from vendor_risk.workflow import workbook
from vendor_risk.workflow.vendors import VendorRefused


def packed(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def plain(cell="word"):
    book = openpyxl.Workbook()
    book.active["B2"] = cell
    return packed(book)


def at_cell(row, column):
    """A workbook with one cell far out."""
    book = openpyxl.Workbook()
    book.active.cell(row, column, "far")
    return packed(book)


def with_part(name, content, *, instead=None):
    """A sound workbook with one part more, or with another content of a part."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(plain())) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part.filename, old.read(part))
            elif instead:
                new.writestr(name, instead(old.read(part)))
        if not instead:
            new.writestr(name, content)
    return out.getvalue()


def test_cells_are_text():
    """With their places."""
    (sheet,) = workbook.read(plain())

    assert sheet.rows == ((), ("", "word"))
    assert workbook.place(1, 27) == "AB2"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"Question,Answer\n", "no Excel workbook"),
        (b"PK\x03\x04 and then nothing", "no Excel workbook"),
        (plain("=1+1"), "formula in B2"),
        (plain("=cmd|'/c calc'!A0"), "formula in B2"),
        (with_part("xl/vbaProject.bin", b"x"), "macros"),
        (with_part("xl/embeddings/a.docx", b"x"), "macros or other files"),
        (with_part("xl/externalLinks/externalLink1.xml", b"<a/>"), "refers to other files"),
        (with_part("../../up.xml", b"<a/>"), "no Excel workbook"),
        (with_part("xl/media/zeros.png", b"\0" * 20_000_000), "unpacks to more"),
        (with_part("xl/media/more.png", b"\0" * 31_000_000), "unpacks to more"),
        (
            with_part(
                "xl/workbook.xml",
                b"",
                instead=lambda xml: b'<!DOCTYPE a [<!ENTITY b "c">]>' + xml,
            ),
            "cannot be read",
        ),
        (with_part("xl/words", b"\xef\xbb\xbf\n<!doctype a>"), "cannot be read"),
        (with_part("xl/words.txt", "<a/>".encode("utf-16")), "cannot be read"),
        (
            with_part(
                "[Content_Types].xml",
                b"",
                instead=lambda xml: xml.replace(
                    b"openxmlformats-officedocument.spreadsheetml.sheet.main",
                    b"ms-excel.sheet.macroEnabled.main",
                ),
            ),
            "macros",
        ),
        (
            with_part(
                "xl/_rels/workbook.xml.rels",
                b"",
                instead=lambda xml: xml.replace(
                    b"</Relationships>",
                    b'<Relationship Id="x" Type="t/image" Target="//h/s" TargetMode="External"/>'
                    b"</Relationships>",
                ),
            ),
            "refers to other files",
        ),
        (at_cell(workbook.MOST_ROWS + 1, 1), "larger than we read"),
        (at_cell(1, workbook.MOST_COLUMNS + 1), "larger than we read"),
        (b"PK\x03\x04" + b"x" * workbook.MOST_BYTES, "5 MB"),
    ],
)
def test_what_can_act_or_outgrow_us_is_refused(raw, words):
    """Each with a sentence that says what it is."""
    with pytest.raises(VendorRefused, match=words):
        workbook.read(raw)


def named_again(text, times):
    """A workbook whose cells all name the one text that is stored."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        for row in range(times):
            page.write_string(row, 0, text)
    return out.getvalue()


def test_one_text_in_many_cells_does_not_outgrow_us():
    """A cell holds what a spreadsheet holds, or is cut where that is asked; and all has an end."""
    longest = "x" * workbook.MOST_IN_CELL
    crafted = with_part(
        "xl/worksheets/sheet1.xml",
        b"",
        instead=lambda xml: xml.replace(b"word", b"x" * 900_000),
    )

    assert workbook.read(named_again(longest, 2))[0].rows == ((longest,), (longest,))
    with pytest.raises(VendorRefused, match=r"B2 of the sheet .* too long"):
        workbook.read(crafted)
    assert workbook.read(crafted, cut=10)[0].rows == ((), ("", "x" * 10))
    with pytest.raises(VendorRefused, match="more text than we read"):
        workbook.read(named_again(longest, workbook.MOST_CHARACTERS // len(longest) + 1))
