"""The inventory of scripts as a CSV: what PCI DSS 4.0.1 asks for in requirement 6.4.3."""

from collections.abc import Iterable, Iterator

from flask_babel import gettext as _

from vendor_risk.evidence import N_
from vendor_risk.store.queries.scripts import Line
from vendor_risk.workflow.csv_file import iso, written

_WORDS = {True: N_("yes"), False: N_("no")}


def heads() -> list[str]:
    """The names of the columns."""
    return [
        _("Our host"),
        _("Page"),
        _("Takes cards"),
        _("Script"),
        _("Host of the script"),
        _("Owner"),
        _("Vendor"),
        _("Why it is needed"),
        _("Authorised by"),
        _("Authorised on"),
        _("Held by a hash"),
        _("What keeps it whole, where no hash does"),
        _("Encrypted"),
        _("First seen"),
        _("Last seen"),
        _("Gone since"),
        _("Id"),
    ]


def cells(line: Line) -> list[str]:
    """A script on a page as one line: dates as ISO 8601, empty where nothing is known."""
    row = line.row
    return [
        row.host,
        row.page,
        _(_WORDS[row.card_page]),
        row.script,
        row.script_host,
        row.owner,
        line.vendor.name if line.vendor else "",
        row.purpose,
        line.authorised_by if row.authorised_at else "",
        iso(row.authorised_at),
        _(_WORDS[row.held]),
        row.integrity_note,
        _(_WORDS[row.encrypted]),
        iso(row.first_seen),
        iso(row.last_seen),
        iso(row.gone_at),
        str(row.id),
    ]


def as_csv(lines: Iterable[Line]) -> Iterator[str]:
    """The lines of a CSV, some at a time, so that the first leave before the last are read."""
    return written(heads(), map(cells, lines))
