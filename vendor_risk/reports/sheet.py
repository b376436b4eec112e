"""One sheet of rows, as a workbook or a CSV holds it."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from vendor_risk.reports.table import cell

Cell = str | int | None
_MOST = 31  # characters that a spreadsheet allows in the name of a sheet


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a row of heads, and rows of as many cells."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def sheet(name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Sheet:
    """A sheet of these rows; a name that is too long is cut."""
    return Sheet(name[:_MOST], tuple(heads), tuple(tuple(row) for row in rows))


def listed(name: str, content: bytes) -> Sheet:
    """A list that is attached as CSV, as a sheet."""
    heads, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return sheet(name, heads, rows)


def as_csv(one: Sheet) -> bytes:
    """The sheet as CSV, UTF-8 with a byte order mark; no cell is taken for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(one.heads)
    for row in one.rows:
        writer.writerow("" if value is None else cell(str(value)) for value in row)
    return out.getvalue().encode("utf-8-sig")


def iso(when: date | datetime | None) -> str:
    """A day or a moment as ISO 8601; empty for none."""
    return "" if when is None else when.isoformat()
