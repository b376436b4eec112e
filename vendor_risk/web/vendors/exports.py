"""The filtered list as a file for a spreadsheet: CSV line by line, or a workbook."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

import xlsxwriter
from flask_babel import gettext as _

from vendor_risk.store.queries.vendors import Row
from vendor_risk.web.vendors.words import STATES
from vendor_risk.workflow.csv_file import guarded, iso, written

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def heads() -> list[str]:
    """The names of the columns."""
    return [
        _("Name"),
        _("Supplier number"),
        _("Main domain"),
        _("Tier"),
        _("Inherent risk"),
        _("Assurance"),
        _("Assurance, low"),
        _("Assurance, high"),
        _("Coverage in percent"),
        _("Grade"),
        _("Residual risk"),
        _("Residual band"),
        _("External posture"),
        _("Posture grade"),
        _("Failed checks"),
        _("State"),
        _("In use"),
        _("Owner"),
        _("Last scan"),
        _("Changed"),
        _("Id"),
    ]


def cells(row: Row) -> list[str | int | None]:
    """A vendor as one line: dates as ISO 8601, empty where nothing is known."""
    vendor = row.vendor
    return [
        vendor.name,
        vendor.supplier_number,
        row.domain,
        vendor.tier,
        vendor.inherent,
        *_scored(row),
        vendor.posture_score,
        vendor.posture_grade,
        vendor.failed_checks,
        _(STATES[vendor.state].word),
        _("yes") if vendor.in_use else _("no"),
        row.owner,
        iso(vendor.last_scan_at),
        iso(vendor.updated_at),
        str(vendor.id),
    ]


def _scored(row: Row) -> list[str | int | None]:
    """The score of the worst engagement in whole points, cut as pages cut them."""
    vendor = row.vendor
    if vendor.residual is None:
        return [None] * 7
    words = {
        "low": _("Low"),
        "medium": _("Medium"),
        "high": _("High"),
        "critical": _("Critical"),
    }
    not_rated = _("Not rated yet")
    return [
        *(_whole(part) for part in (vendor.final, row.low, row.high, vendor.coverage)),
        vendor.grade or not_rated,
        _whole(vendor.residual),
        words.get(vendor.band or "", not_rated) if vendor.grade else not_rated,
    ]


def _whole(hundredths: int | None) -> int | None:
    return None if hundredths is None else hundredths // 100


def as_csv(rows: Iterable[Row]) -> Iterator[str]:
    """The lines of a CSV, some at a time, so that the first leave before the last are read."""
    return written(heads(), map(cells, rows))


def as_workbook(rows: Iterable[Row]) -> IO[bytes]:
    """A workbook in a temporary file that goes away with its last reader."""
    return workbook(_("Vendors"), heads(), map(cells, rows))


def workbook(
    name: str, heads: Sequence[str], rows: Iterable[Sequence[str | int | None]]
) -> IO[bytes]:
    """A workbook of one sheet in a temporary file; flat in memory, whatever its length."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  (the answer reads and closes it)
    book = xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, len(heads) - 1, 16)
    bold = book.add_format({"bold": True})
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            write_cell(sheet, number, column, cell)
    book.close()
    file.seek(0)
    return file


def write_cell(sheet: Any, row: int, column: int, cell: str | int | None) -> None:
    """The cell holds the value, as text that no spreadsheet takes for a formula."""
    if isinstance(cell, int):
        sheet.write_number(row, column, cell)
    elif cell:
        sheet.write_string(row, column, guarded(cell))
