"""A frozen report as a workbook."""

import io
from collections.abc import Iterable

import xlsxwriter

from vendor_risk.reports.sheet import Sheet
from vendor_risk.web.vendors.exports import write_cell


def workbook(sheets: Iterable[Sheet]) -> bytes:
    """One workbook of these sheets; no cell is a formula or a link."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True})
    for one in sheets:
        sheet = book.add_worksheet(one.name)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, max(1, len(one.heads) - 1), 22)
        for column, head in enumerate(one.heads):
            sheet.write_string(0, column, head, bold)
        for number, row in enumerate(one.rows, start=1):
            for column, value in enumerate(row):
                write_cell(sheet, number, column, value)
    book.close()
    return file.getvalue()
