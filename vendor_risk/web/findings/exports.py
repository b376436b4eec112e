"""The filtered findings as a file for a spreadsheet."""

from collections.abc import Iterable, Iterator
from typing import IO

from flask_babel import gettext as _

from vendor_risk.evidence import Severity
from vendor_risk.store.queries.findings import Line
from vendor_risk.web.findings.words import KINDS, STATES
from vendor_risk.web.vendors.exports import workbook
from vendor_risk.workflow.csv_file import iso, written


def heads() -> list[str]:
    """The names of the columns."""
    return [
        _("Severity"),
        _("What is wrong"),
        _("Vendor"),
        _("Control"),
        _("Asset"),
        _("Source"),
        _("State"),
        _("Owner"),
        _("Due"),
        _("Open since"),
        _("First seen"),
        _("Last seen"),
        _("Closed"),
        _("Accepted until"),
        _("Times opened"),
        _("Check"),
        _("Seen"),
        _("Command"),
        _("Id"),
    ]


def cells(line: Line) -> list[str | int | None]:
    """A finding as one line: dates as ISO 8601, empty where nothing is known."""
    row = line.row
    return [
        str(Severity.of_rank(row.severity)),
        row.reason or row.title,
        line.vendor.name,
        row.control,
        row.asset,
        _(KINDS[row.kind]),
        _(STATES[row.state].word),
        line.owner,
        row.due_on.isoformat() if row.due_on else "",
        iso(row.opened_at),
        iso(row.first_seen_at),
        iso(row.last_seen_at),
        iso(row.closed_at),
        row.accepted_until.isoformat() if row.accepted_until else "",
        row.times_opened,
        row.reference if row.kind == "check" else "",
        row.evidence_value,
        row.evidence_command,
        str(row.id),
    ]


def as_csv(lines: Iterable[Line]) -> Iterator[str]:
    """The lines of a CSV, some at a time."""
    return written(heads(), map(cells, lines))


def as_workbook(lines: Iterable[Line]) -> IO[bytes]:
    """A workbook in a temporary file."""
    return workbook(_("Findings"), heads(), map(cells, lines))
