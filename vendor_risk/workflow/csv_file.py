"""A table in a CSV file, however it was saved: its encoding, separator, header and lines."""

import csv
import datetime as dt
import io
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vendor_risk.refusals import Refused

MOST_BYTES = 10 * 1024 * 1024  # 10,000 lines of 1,000 characters
MOST_LINES = 10_000  # some seconds in one transaction; larger files come in parts
_MOST_COLUMNS = 100
_SEPARATORS = (";", ",", "\t")
_TRIED = 20  # lines that a separator is judged by
_BOM = "\ufeff"  # without it Excel takes UTF-8 for Windows text
_AT_ONCE = 200  # lines in one piece of what is written
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet runs a cell that begins so

_WORKBOOK = b"PK\x03\x04"  # a ZIP file, as .xlsx and .ods are
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"  # the compound file of .xls


class CsvRefused(Refused):
    """The file is no table that can be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record: the number of the line it begins on, and as many cells as the header has."""

    number: int
    cells: tuple[str, ...]
    surplus: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """The header and all lines that say something."""

    header: tuple[str, ...]
    lines: tuple[Line, ...]
    separator: str


def decode(raw: bytes) -> tuple[str, bool]:
    """The text of a file, and whether Windows-1252 had to be taken for want of UTF-8."""
    if len(raw) > MOST_BYTES:
        raise CsvRefused(
            "The file has %(count)s MB, and %(most)s MB are read at once: split it.",
            count=len(raw) // 1000000,
            most=MOST_BYTES // 1000000,
        )
    if raw.startswith((_WORKBOOK, _OLD_WORKBOOK)):
        raise CsvRefused("This is a workbook: save the sheet as “CSV UTF-8” and send that.")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):  # what Excel calls Unicode text
        return _decoded(raw, "utf-16"), False
    if b"\x00" in raw:
        raise CsvRefused("This is no text file: save the sheet as “CSV UTF-8” and send that.")
    try:
        return raw.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        return _decoded(raw, "cp1252"), True


def read(text: str) -> Table:
    """The table in a text; CsvRefused when there is none, or too much of it."""
    text, told = _told_separator(text)
    separator = told or _separator(text)
    records = _records(text, separator, first=2 if told else 1)
    header = next(records, None)
    if header is None:
        raise CsvRefused("The file is empty.")
    names = tuple(" ".join(cell.split())[:200] for cell in header.cells)
    if len(names) > _MOST_COLUMNS:
        raise CsvRefused(
            "The first line has %(count)s columns; %(most)s are read.",
            count=len(names),
            most=_MOST_COLUMNS,
        )
    lines: list[Line] = []
    for record in records:
        if not any(cell.strip() for cell in record.cells):
            continue
        if len(lines) == MOST_LINES:
            raise CsvRefused("The file has more than %(most)s lines: split it.", most=MOST_LINES)
        lines.append(_fitted(record, len(names)))
    if not lines:
        raise CsvRefused("The file has a header and no line below it.")
    return Table(names, tuple(lines), separator)


def records(text: str) -> Iterator[tuple[str, ...]]:
    """All records as they stand, whatever their widths: titles may stand above the header."""
    text, told = _told_separator(text)
    return (record.cells for record in _records(text, told or _widest(text), 2 if told else 1))


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula; `read` takes the guard off."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise CsvRefused(
            "The file is neither UTF-8 nor Windows text: save the sheet as “CSV UTF-8”."
        ) from error


def _told_separator(text: str) -> tuple[str, str]:
    """Excel writes and reads a first line such as sep=;"""
    first, _, rest = text.partition("\n")
    hint = first.strip().strip('"')
    if len(hint) == 5 and hint.lower().startswith("sep=") and hint[4] in _SEPARATORS:
        return rest, hint[4]
    return text, ""


def _separator(text: str) -> str:
    """The separator that cuts the first lines into most columns, the same number in each."""

    def quality(separator: str) -> tuple[int, int]:
        widths: list[int] = []
        try:
            for record in _records(text, separator):
                widths.append(len(record.cells))
                if len(widths) == _TRIED:
                    break
        except CsvRefused:
            return (0, 0)
        if not widths:
            return (0, 0)
        return (sum(width == widths[0] > 1 for width in widths), widths[0])

    return max(_SEPARATORS, key=quality)


def _widest(text: str) -> str:
    """The separator that cuts most of the first lines into the same number of columns."""

    def quality(separator: str) -> int:
        widths: Counter[int] = Counter()
        try:
            for record in itertools.islice(_records(text, separator), 2 * _TRIED):
                widths[len(record.cells)] += 1
        except CsvRefused:
            return 0
        return max((times * (width - 1) for width, times in widths.items()), default=0)

    return max((",", *_SEPARATORS), key=quality)


def _records(text: str, separator: str, first: int = 1) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    before = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise CsvRefused(
                "Line %(before)s cannot be read (%(error)s): look for a quotation mark"
                " that is not closed.",
                before=before + first,
                error=error,
            ) from error
        yield Line(before + first, tuple(cells))
        before = reader.line_num


def _fitted(record: Line, width: int) -> Line:
    cells = tuple(
        cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
        for cell in record.cells
    )
    surplus = sum(1 for cell in cells[width:] if cell.strip())
    return Line(record.number, (cells + ("",) * width)[:width], surplus)


def written(heads: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> Iterator[str]:
    """The lines of a CSV, some at a time, so that the first leave before the last are read."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    out.write(_BOM)
    writer.writerow(heads)
    for number, row in enumerate(rows, start=1):
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])
        if number % _AT_ONCE == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def iso(moment: dt.datetime | None) -> str:
    """A time as a spreadsheet sorts it; empty where there is none."""
    return moment.isoformat(timespec="seconds") if moment else ""
