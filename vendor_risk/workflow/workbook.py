"""The cells of a workbook that a stranger sent, once nothing in it can act or outgrow us."""

import datetime as dt
import io
import re
import zipfile
from dataclasses import dataclass

import openpyxl
from openpyxl.utils import get_column_letter

from vendor_risk.evidence import N_
from vendor_risk.workflow.vendors import VendorRefused

MOST_BYTES = 5_000_000
MOST_PARTS = 300
MOST_UNPACKED = 30_000_000
MOST_RATIO = 200  # unpacked to packed, of a part that is large at all
MOST_SHEETS = 100
MOST_ROWS = 5_000
MOST_COLUMNS = 100
MOST_CELLS = 100_000
MOST_IN_CELL = 32_767  # no spreadsheet program writes more
MOST_CHARACTERS = 5_000_000  # a text is stored once, and cells may name it again and again
_LARGE = 1_000_000

_NONE = N_("This is no Excel workbook (.xlsx): save it as one in your spreadsheet program.")
_UNREADABLE = N_("The workbook cannot be read: save it once more in your spreadsheet program.")
_SPREADSHEET = b"spreadsheetml.sheet.main+xml"
_ACTS = re.compile(
    r"vba|macrosheet|dialogsheet|activex|embeddings|oleobject|customui|\.bin$|\.exe$", re.IGNORECASE
)
_REACHES = re.compile(r"externallink|connections\.xml|querytable|webextension", re.IGNORECASE)
_PRINTER = re.compile(r"^xl/printerSettings/printerSettings\d+\.bin$")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<")  # whatever the part is called
_DECLARES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_LINK = re.compile(rb"<Relationship\b[^>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet by its name, as rows of text; a date is written as 2026-11-22."""

    name: str
    rows: tuple[tuple[str, ...], ...]


def place(row: int, column: int) -> str:
    """What people call the cell; both are counted from 0."""
    return f"{get_column_letter(column + 1)}{row + 1}"


def read(raw: bytes, *, results: bool = False, cut: int | None = None) -> tuple[Sheet, ...]:
    """The sheets; VendorRefused for what is no workbook, can act, reaches out, or is too large.

    A formula is refused as well, or with `results` read as the text that it came to when the file
    was saved; it is never worked out here. A cell that is too long is refused too, or with `cut`
    each is cut to that many characters.
    """
    if len(raw) > MOST_BYTES:
        raise VendorRefused(
            "A workbook may have %(most)s MB: send a smaller one.",
            "file",
            most=MOST_BYTES // 1_000_000,
        )
    _check_archive(raw)
    try:
        book = openpyxl.load_workbook(
            io.BytesIO(raw), read_only=True, keep_links=False, data_only=results
        )
        try:
            if len(book.worksheets) > MOST_SHEETS:
                raise VendorRefused(
                    "A workbook may have %(most)s sheets here.", "file", most=MOST_SHEETS
                )
            left = (MOST_CELLS, MOST_CHARACTERS)
            sheets = []
            for sheet in book.worksheets:
                one, left = _sheet(sheet, left, cut)
                sheets.append(one)
        finally:
            book.close()
    except VendorRefused:
        raise
    except Exception as error:  # a crafted file can break the reader at any place
        raise VendorRefused(_UNREADABLE, "file") from error
    return tuple(sheets)


def _check_archive(raw: bytes) -> None:
    if not raw.startswith(b"PK\x03\x04"):
        raise VendorRefused(_NONE, "file")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            _check_parts(archive.infolist())
            for part in archive.infolist():
                content = archive.read(part)
                if part.filename.endswith((".xml", ".rels", ".vml")) or _MARKUP.match(content):
                    _check_xml(part.filename, content)
    except VendorRefused:
        raise
    except Exception as error:  # the directory and each packed part are the sender's words
        raise VendorRefused(_NONE, "file") from error


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    """By the directory alone, before anything is unpacked; reading goes no further than it says."""
    names = [part.filename for part in parts]
    if len(names) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise VendorRefused(
            "This workbook unpacks to more than we read: send a smaller one.", "file"
        )
    if any(
        part.file_size > _LARGE and part.file_size > MOST_RATIO * max(part.compress_size, 1)
        for part in parts
    ):
        raise VendorRefused(
            "This workbook unpacks to more than we read: send a smaller one.", "file"
        )
    if any(part.flag_bits & 1 for part in parts):
        raise VendorRefused("This workbook is locked with a password: send it without one.", "file")
    if len(set(names)) != len(names) or any(
        name.startswith("/") or "\\" in name or ".." in name.split("/") for name in names
    ):
        raise VendorRefused(_NONE, "file")
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= set(names):
        raise VendorRefused(_NONE, "file")
    for name in names:
        if _PRINTER.search(name):
            continue
        if _ACTS.search(name):
            raise VendorRefused(
                "This workbook holds macros or other files: save it as plain .xlsx.", "file"
            )
        if _REACHES.search(name):
            raise VendorRefused(
                "This workbook refers to other files: paste the words in their place.", "file"
            )


def _check_xml(name: str, content: bytes) -> None:
    """No entities, no macro types, and no reference to the outside but links to click."""
    if b"\0" in content or _DECLARES.search(content):
        raise VendorRefused(_UNREADABLE, "file")
    if name == "[Content_Types].xml":
        if b"macroenabled" in content.lower():
            raise VendorRefused(
                "This workbook holds macros or other files: save it as plain .xlsx.", "file"
            )
        if _SPREADSHEET not in content:
            raise VendorRefused(_NONE, "file")
    if name.endswith(".rels"):
        for link in _LINK.findall(content):
            if b"External" in link and b"/hyperlink" not in link:
                raise VendorRefused(
                    "This workbook refers to other files: paste the words in their place.", "file"
                )


def _sheet(sheet: object, left: tuple[int, int], cut: int | None) -> tuple[Sheet, tuple[int, int]]:
    cells_left, characters_left = left
    name = str(sheet.title)  # type: ignore[attr-defined]
    sheet.reset_dimensions()  # type: ignore[attr-defined]  # what the file says of it is a claim
    rows: list[tuple[str, ...]] = []
    reach = {"max_row": MOST_ROWS + 1, "max_col": MOST_COLUMNS + 1}
    for number, cells in enumerate(sheet.iter_rows(**reach)):  # type: ignore[attr-defined]
        row = []
        for column, cell in enumerate(cells):
            if cell.data_type == "f":
                raise VendorRefused(
                    "There is a formula in %(cell)s of the sheet “%(name)s”: paste its result as a"
                    " value.",
                    "file",
                    cell=place(number, column),
                    name=name,
                )
            text = _text(cell.value)[:cut]
            if cut is None and len(text) > MOST_IN_CELL:
                raise VendorRefused(
                    "The text in %(cell)s of the sheet “%(name)s” is too long: a cell may have"
                    " %(most)s characters.",
                    "file",
                    cell=place(number, column),
                    name=name,
                    most=MOST_IN_CELL,
                )
            characters_left -= len(text)
            if characters_left < 0:
                raise VendorRefused(
                    "This workbook holds more text than we read: send a smaller one.", "file"
                )
            row.append(text)
        while row and not row[-1]:
            row.pop()
        cells_left -= len(row)
        if cells_left < 0 or (row and number >= MOST_ROWS) or len(row) > MOST_COLUMNS:
            raise VendorRefused(
                "The sheet “%(name)s” is larger than we read: send a smaller one.",
                "file",
                name=name,
            )
        rows.append(tuple(row))
    while rows and not rows[-1]:
        rows.pop()
    return Sheet(name, tuple(rows)), (cells_left, characters_left)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "minutes")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
