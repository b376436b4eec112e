"""Sheets of questions that somebody uploads: read safely, with a proposal of what is where."""

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, delete, select

from vendor_risk.questionnaires import grid
from vendor_risk.questionnaires.grid import ANSWER, FIELDS, TEXT, Item
from vendor_risk.scoring.controls import NAMES
from vendor_risk.store.audit import record
from vendor_risk.store.models.imports import ImportMapping, QuestionnaireImport
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.workflow import csv_file, workbook
from vendor_risk.workflow.csv_file import CsvRefused
from vendor_risk.workflow.responses.answers import plain
from vendor_risk.workflow.vendors import Actor, VendorRefused, clean
from vendor_risk.workflow.workbook import Sheet

MOST_BYTES = workbook.MOST_BYTES
CELL = 4000  # characters of a cell that are read, as many as a question or a note may have
_ABOVE = grid.MOST_ABOVE
_KEPT = dt.timedelta(days=30)
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"  # .xls, and what is locked with a password


@dataclass(frozen=True, slots=True)
class Layout:
    """Which sheet is read, where its header is (counted from 0), and which column is what."""

    sheet: int
    header_row: int
    columns: Mapping[str, int]

    @property
    def place(self) -> tuple[int, int]:
        """The sheet and the row."""
        return self.sheet, self.header_row


def read(raw: bytes) -> tuple[Sheet, ...]:
    """The sheets of a workbook or a CSV, told by the content; VendorRefused where it is neither.

    What no database or page can carry is left out of the cells, and a very long cell is cut.
    """
    if len(raw) > MOST_BYTES:
        raise VendorRefused(
            "A file may have %(most)s MB: send a smaller one.", "file", most=MOST_BYTES // 1_000_000
        )
    if raw.startswith(_OLD_WORKBOOK):
        raise VendorRefused(
            "This workbook is old (.xls) or locked with a password: save it as a plain .xlsx.",
            "file",
        )
    sheets = (
        workbook.read(raw, results=True, cut=2 * CELL) if raw.startswith(b"PK") else _of_csv(raw)
    )
    kept = tuple(
        Sheet(clean(one.name)[:100] or str(n), tuple(tuple(map(_cell, row)) for row in one.rows))
        for n, one in enumerate(sheets, start=1)
        if any(any(row) for row in one.rows)
    )
    if not kept:
        raise VendorRefused("There is nothing in this file.", "file")
    return kept


def propose(session: Session, sheets: Sequence[Sheet]) -> Layout:
    """The sheet with most questions, its header, and its columns, as somebody chose them before."""
    best, most = Layout(0, 0, {}), -1
    for number, sheet in enumerate(sheets):
        header = header_of(session, sheet)
        if header is None:
            continue
        layout = Layout(number, header, columns_for(session, sheet, header))
        count = len(grid.items(sheet.rows, header, layout.columns))
        if count > most:
            best, most = layout, count
    return best


def header_of(session: Session, sheet: Sheet) -> int | None:
    """The first row whose columns somebody chose before, or that looks like a header."""
    above = {grid.header_hash(row): n for n, row in reversed([*enumerate(sheet.rows)][:_ABOVE])}
    known = session.exec(
        select(ImportMapping.header_hash).where(col(ImportMapping.header_hash).in_(list(above)))
    )
    first = min((above[key] for key in known), default=None)
    return grid.header_row(sheet.rows) if first is None else first


def columns_for(session: Session, sheet: Sheet, header_row: int) -> dict[str, int]:
    """What was chosen for this header before, or what its words suggest."""
    if header_row >= len(sheet.rows):
        return {}
    kept = session.get(ImportMapping, grid.header_hash(sheet.rows[header_row]))
    return dict(kept.columns) if kept else grid.proposal(sheet.rows, header_row, NAMES)


def upload(
    session: Session,
    *,
    filename: str,
    raw: bytes,
    response: QuestionnaireResponse | None = None,
    now: dt.datetime,
    actor: Actor,
) -> QuestionnaireImport:
    """The file is kept, sealed, with a proposal; VendorRefused when it cannot be read."""
    session.execute(
        delete(QuestionnaireImport).where(col(QuestionnaireImport.created_at) < now - _KEPT)
    )
    if response is not None and response.ended_at is not None:
        raise VendorRefused("The response has ended: nothing of it changes any more.")
    sheets = read(raw)
    layout = propose(session, sheets)
    row = QuestionnaireImport(
        by_id=actor if isinstance(actor, uuid.UUID) else None,
        response_id=response.id if response else None,
        filename=clean(filename)[-255:] or "questions",
        content=json.dumps([[one.name, one.rows] for one in sheets], ensure_ascii=False),
        sheet=layout.sheet,
        header_row=layout.header_row,
        columns=dict(layout.columns),
        created_at=now,
    )
    session.add(row)
    session.flush()
    record(
        session,
        actor=actor,
        act="questionnaire.uploaded",
        subject_kind="questionnaire_import",
        subject_id=row.id,
        after={"file": row.filename, "response_id": row.response_id},
        now=now,
    )
    return row


def sheets_of(row: QuestionnaireImport) -> tuple[Sheet, ...]:
    """What was read of the file."""
    return tuple(
        Sheet(name, tuple(tuple(cells) for cells in rows)) for name, rows in json.loads(row.content)
    )


def choose(
    session: Session, row: QuestionnaireImport, layout: Layout, *, now: dt.datetime, actor: Actor
) -> None:
    """The file is read so, and every file with this header from now on; VendorRefused if not."""
    sheets = sheets_of(row)
    kept = checked(sheets, layout, answers=row.response_id is not None)
    row.sheet, row.header_row, row.columns = kept.sheet, kept.header_row, dict(kept.columns)
    remember(session, sheets[kept.sheet], kept, now=now, actor=actor)
    session.flush()


def remember(
    session: Session, sheet: Sheet, layout: Layout, *, now: dt.datetime, actor: Actor
) -> None:
    """The next file with this header is proposed to be read the same way."""
    key = grid.header_hash(sheet.rows[layout.header_row])
    by_id = actor if isinstance(actor, uuid.UUID) else None
    session.merge(
        ImportMapping(header_hash=key, columns=dict(layout.columns), by_id=by_id, updated_at=now)
    )


def checked(sheets: Sequence[Sheet], layout: Layout, *, answers: bool) -> Layout:
    """The layout as it is kept; VendorRefused where it leads to no question."""
    if not 0 <= layout.sheet < len(sheets):
        raise VendorRefused("There is no such sheet in this file.", "sheet")
    rows = sheets[layout.sheet].rows
    if not 0 <= layout.header_row < len(rows):
        raise VendorRefused("There is no such row in this sheet.", "header_row")
    columns = {field: at for field, at in layout.columns.items() if field in FIELDS}
    if any(not 0 <= at < workbook.MOST_COLUMNS for at in columns.values()):
        raise VendorRefused("There is no such column in this sheet.", "columns")
    if len({*columns.values()}) < len(columns):
        raise VendorRefused("One column cannot be two things: choose another.", "columns")
    if TEXT not in columns:
        raise VendorRefused("Say which column has the questions.", TEXT)
    if answers and ANSWER not in columns:
        raise VendorRefused("Say which column has the answers.", ANSWER)
    if not grid.items(rows, layout.header_row, columns):
        raise VendorRefused(
            "There is no question below that row: look at the header and the columns.", "header_row"
        )
    return Layout(layout.sheet, layout.header_row, columns)


def items_of(row: QuestionnaireImport) -> tuple[Item, ...]:
    """The questions of the file, as it is read now."""
    return grid.items(sheets_of(row)[row.sheet].rows, row.header_row, row.columns)


def _of_csv(raw: bytes) -> tuple[Sheet, ...]:
    rows: list[tuple[str, ...]] = []
    cells = 0
    try:
        text, _guessed = csv_file.decode(raw)
        for record_ in csv_file.records(text):
            rows.append(record_)
            cells += len(record_)
            if (
                len(rows) > workbook.MOST_ROWS
                or len(record_) > workbook.MOST_COLUMNS
                or cells > workbook.MOST_CELLS
            ):
                raise VendorRefused("This file is larger than we read: send a smaller one.", "file")
    except CsvRefused as error:
        raise VendorRefused.because(error, "file") from error
    return (Sheet("CSV", tuple(rows)),)


def _cell(text: str) -> str:
    return plain(text[: 2 * CELL]).replace("\ufeff", "").strip()[:CELL]
