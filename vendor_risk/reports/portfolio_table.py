"""The vendors of a portfolio report as CSV."""

import csv
import io
from collections.abc import Callable
from typing import Any

from vendor_risk.reports.portfolio import Line, Portfolio
from vendor_risk.reports.score_words import exact
from vendor_risk.reports.table import cell


def _points(value: int | None) -> str:
    return "" if value is None else exact(value)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


COLUMNS: dict[str, Callable[[Line], str]] = {
    "vendor": lambda one: one.name,
    "supplier number": lambda one: one.supplier_number,
    "owner": lambda one: one.owner,
    "tier": lambda one: _text(one.tier),
    "worst engagement": lambda one: one.engagement,
    "inherent": lambda one: _text(one.inherent),
    "assurance": lambda one: _points(one.final),
    "grade": lambda one: _text(one.grade),
    "unverified": lambda one: "yes" if one.unverified else "no",
    "coverage": lambda one: "" if one.coverage is None else f"{one.coverage / 100:.2f} %",
    "residual": lambda one: _points(one.residual),
    "residual at best": lambda one: _points(one.best),
    "residual at worst": lambda one: _points(one.worst),
    "band": lambda one: _text(one.band),
    "knock-out": lambda one: one.knockout,
    "above appetite": lambda one: "yes" if one.above else "no",
    "decision in force": lambda one: one.decided,
    "needs a second person": lambda one: "yes" if one.waiting else "no",
    "decided on": lambda one: _text(one.decided_on),
    "next review": lambda one: _text(one.review_on),
    "open findings": lambda one: _text(one.open_findings),
    "critical and high": lambda one: _text(one.severe_findings),
    "external posture": lambda one: _text(one.posture),
    "posture grade": lambda one: _text(one.posture_grade),
    "last seen": lambda one: _text(one.seen_on),
    "id": lambda one: one.id,
}


def vendors_csv(report: Portfolio) -> bytes:
    """Every vendor of the report, one a row, UTF-8 with a byte order mark, ISO dates."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([cell(tell(one)) for tell in COLUMNS.values()] for one in report.lines)
    return out.getvalue().encode("utf-8-sig")
