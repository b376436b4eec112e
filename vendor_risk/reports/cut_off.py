"""The cut-off sheet: one page that says how to shut a vendor out, in the order to act."""

import csv
import datetime
import io
from dataclasses import dataclass

from vendor_risk.evidence import N_

TEMPLATE = "reports/cut_off.html"
MOST = 14  # rows that fit an A4 page where each says little
KINDS = {
    "account": N_("Account"),
    "vpn": N_("VPN"),
    "portal": N_("Portal log-in"),
    "api key": N_("API key"),
    "script": N_("Script on our pages"),
    "deployment": N_("Deployment or publish right"),
    "on-site port": N_("On-site port"),
    "other": N_("Other"),
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet runs a cell that begins so


@dataclass(frozen=True, slots=True)
class Way:
    """One way in, and how to shut it; None is "nobody knows"."""

    kind: str
    name: str
    system: str
    holder: str
    remote: bool
    second_factor: bool | None
    card_data: bool | None
    production: bool | None
    cut_by: str
    phone: str
    how: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All open ways in of one vendor, the most urgent first."""

    organisation: str
    vendor: str
    supplier_number: str
    as_of: datetime.datetime
    printed_by: str
    ways: tuple[Way, ...]
    sample: bool = False
    language: str = "en"

    @property
    def kinds(self) -> dict[str, str]:
        """The kinds in words, marked for translation."""
        return KINDS


def as_csv(sheet: Sheet) -> str:
    """Every way in as a line, in the order of the sheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    heads = ("order", "kind", "account", "system", "person", "remote", "second factor")
    writer.writerow([*heads, "card data", "production", "cut by", "cut phone", "cut how"])
    for number, way in enumerate(sheet.ways, start=1):
        cells = (
            way.kind,
            way.name,
            way.system,
            way.holder,
            _word(way.remote),
            _word(way.second_factor),
            _word(way.card_data),
            _word(way.production),
            way.cut_by,
            way.phone,
            way.how,
        )
        guarded = [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
        writer.writerow([number, *guarded])
    return "\ufeff" + out.getvalue()


def _word(fact: object) -> str:
    return "unknown" if fact is None else "yes" if fact else "no"
