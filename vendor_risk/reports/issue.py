"""Every kind of report that is issued: its hash, how it is read back, and the lists beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vendor_risk.reports.dossier import DOSSIER, Dossier, dossier_sha256
from vendor_risk.reports.dossier_sheets import dossier_sheets
from vendor_risk.reports.portfolio import PORTFOLIO, Portfolio, portfolio_sha256
from vendor_risk.reports.portfolio_table import vendors_csv
from vendor_risk.reports.report import REPORT, Kind, Report, snapshot_sha256
from vendor_risk.reports.sheet import as_csv
from vendor_risk.reports.table import findings_csv

Issue = Report | Portfolio | Dossier

_ADAPTERS: Mapping[Any, Any] = {Kind.PORTFOLIO: PORTFOLIO, Kind.DOSSIER: DOSSIER}


@dataclass(frozen=True, slots=True)
class Attached:
    """A list that a report carries with it, for whoever counts on."""

    name: str
    description: str
    content: bytes


def sha256_of(issue: Issue) -> str:
    """The hash that a printed report is traced by."""
    if isinstance(issue, Portfolio):
        return portfolio_sha256(issue)
    return dossier_sha256(issue) if isinstance(issue, Dossier) else snapshot_sha256(issue)


def to_json(issue: Issue) -> dict[str, Any]:
    """The report as it is kept; `from_json` makes the same report of it."""
    content: dict[str, Any] = _ADAPTERS.get(issue.kind, REPORT).dump_python(issue, mode="json")
    return content


def from_json(content: Mapping[str, Any]) -> Issue:
    """The report that was kept; pydantic's ValidationError for what is none."""
    issue: Issue = _ADAPTERS.get(content.get("kind"), REPORT).validate_python(content)
    return issue


def attached(issue: Issue) -> tuple[Attached, ...]:
    """The lists beside the report; none where there is nothing to list."""
    return tuple(_attached(issue))


def _attached(issue: Issue) -> Iterator[Attached]:
    if isinstance(issue, Dossier):
        for one in dossier_sheets(issue):
            name = f"{one.name.replace(' ', '-')}.csv"
            yield Attached(name, f"All rows of “{one.name}”", as_csv(one))
    elif isinstance(issue, Portfolio):
        if issue.lines:
            yield Attached("vendors.csv", "The vendors of this report", vendors_csv(issue))
    elif issue.faults or (issue.standing and issue.standing.findings):
        yield Attached("findings.csv", "All findings with their evidence", findings_csv(issue))
