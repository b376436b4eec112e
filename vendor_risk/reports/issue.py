"""Every kind of report that is issued: its hash, how it is read back, and the list beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vendor_risk.reports.portfolio import PORTFOLIO, Portfolio, portfolio_sha256
from vendor_risk.reports.portfolio_table import vendors_csv
from vendor_risk.reports.report import REPORT, Kind, Report, snapshot_sha256
from vendor_risk.reports.table import findings_csv

Issue = Report | Portfolio


@dataclass(frozen=True, slots=True)
class Attached:
    """The list that a report carries with it, for whoever counts on."""

    name: str
    description: str
    content: bytes


def sha256_of(issue: Issue) -> str:
    """The hash that a printed report is traced by."""
    return portfolio_sha256(issue) if isinstance(issue, Portfolio) else snapshot_sha256(issue)


def to_json(issue: Issue) -> dict[str, Any]:
    """The report as it is kept; `from_json` makes the same report of it."""
    adapter: Any = PORTFOLIO if isinstance(issue, Portfolio) else REPORT
    content: dict[str, Any] = adapter.dump_python(issue, mode="json")
    return content


def from_json(content: Mapping[str, Any]) -> Issue:
    """The report that was kept; pydantic's ValidationError for what is none."""
    if content.get("kind") == Kind.PORTFOLIO:
        return PORTFOLIO.validate_python(content)
    return REPORT.validate_python(content)


def attached(issue: Issue) -> Attached | None:
    """The list beside the report; None where there is nothing to list."""
    if isinstance(issue, Portfolio):
        if not issue.lines:
            return None
        return Attached("vendors.csv", "The vendors of this report", vendors_csv(issue))
    if not issue.faults and not (issue.standing and issue.standing.findings):
        return None
    return Attached("findings.csv", "All findings with their evidence", findings_csv(issue))
