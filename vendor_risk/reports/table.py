"""The findings in the groups and rows that a page shows, and all of them as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vendor_risk.checks.catalogue import Judged
from vendor_risk.evidence import Status
from vendor_risk.reports.report import Fault, Report
from vendor_risk.scoring.external import Unseen

COLUMNS = (
    "severity",
    "check",
    "control",
    "host",
    "finding",
    "requirement",
    "effect",
    "points",
    "due",
    "fix",
    "value",
    "command",
    "references",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would carry these out


@dataclass(frozen=True, slots=True)
class Detail:
    """All findings of one check, the most severe first."""

    check: str
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Blind:
    """Checks that nobody could judge for the same reason, and the hosts where that is so."""

    reason: str
    hosts: tuple[str, ...]
    checks: tuple[str, ...]


def details(faults: Sequence[Fault]) -> tuple[Detail, ...]:
    """The findings by check, in the order of their gravest one."""
    by_check: dict[str, list[Fault]] = {}
    for fault in faults:
        by_check.setdefault(fault.check, []).append(fault)
    return tuple(Detail(check, tuple(group)) for check, group in by_check.items())


def blind(unknown: Sequence[Unseen]) -> tuple[Blind, ...]:
    """What could not be judged; hosts with the same reason and checks share one row."""
    checks: dict[tuple[str, str], list[str]] = {}
    for one in unknown:
        checks.setdefault((one.host, one.reason), []).append(one.check)
    hosts: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (host, reason), missing in checks.items():
        hosts.setdefault((reason, tuple(missing)), []).append(host)
    rows = [Blind(reason, tuple(where), missing) for (reason, missing), where in hosts.items()]
    return tuple(sorted(rows, key=lambda row: (-len(row.checks) * len(row.hosts), row.reason)))


def unjudged(judged: Iterable[Judged]) -> tuple[Blind, ...]:
    """The same of the outcomes of a scan: what stayed unknown, by its reason."""
    return blind(
        tuple(
            Unseen(one.check, one.host, one.outcome.reason)
            for one in judged
            if one.outcome.status is Status.UNKNOWN
        )
    )


def rows_shown(faults: Sequence[Fault], limit: int) -> tuple[Fault, ...]:
    """At most `limit` findings in their order, among them every one that takes points."""
    counted = [place for place, fault in enumerate(faults) if fault.points is not None]
    others = [place for place, fault in enumerate(faults) if fault.points is None]
    places = sorted(counted + others[: max(0, limit - len(counted))])
    return tuple(faults[place] for place in places)


def cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(_FORMULA) else text


def findings_csv(report: Report) -> bytes:
    """Every finding of a report, one a row, UTF-8 with a byte order mark, ISO dates."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for fault in report.faults:
        writer.writerow([cell(text) for text in _row(fault, report)])
    return out.getvalue().encode("utf-8-sig")


def _row(fault: Fault, report: Report) -> tuple[str, ...]:
    text = report.texts[fault.check]
    return (
        fault.severity,
        fault.check,
        text.control,
        fault.host,
        fault.what,
        text.requirement,
        text.rationale,
        "" if fault.points is None else str(fault.points),
        fault.due.isoformat() if fault.due else "",
        text.remediation,
        fault.value,
        fault.command,
        " ".join(text.references),
    )
