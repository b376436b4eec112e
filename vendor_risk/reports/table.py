"""The findings in the groups and rows that a page shows, and all of them as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vendor_risk.checks.catalogue import Judged
from vendor_risk.evidence import Status
from vendor_risk.reports.report import Fault, Report
from vendor_risk.reports.standing import Open
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
# What is known of a finding since it was seen; where a report tells of it.
LIFE = ("seen in", "state", "owner", "opened", "accepted until")
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
    standing = report.standing
    if standing is None:
        rows = [_row(fault, report) for fault in report.faults]
        writer.writerow(COLUMNS)
    else:
        kept = {(one.check, one.asset): one for one in standing.findings if one.check}
        seen = {(fault.check, fault.host) for fault in report.faults}
        rows = [
            (*_row(fault, report), *_life(kept.get((fault.check, fault.host))))
            for fault in report.faults
        ]
        rows += [
            (*_row_of(one, report), *_life(one))
            for one in standing.findings
            if (one.check, one.asset) not in seen
        ]
        writer.writerow((*COLUMNS, *LIFE))
    writer.writerows([cell(text) for text in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _row_of(one: Open, report: Report) -> tuple[str, ...]:
    """A finding that no check of the last scan made."""
    text = report.texts.get(one.check)
    return (
        one.severity,
        one.check,
        one.control,
        one.asset,
        one.title,
        text.requirement if text else "",
        text.rationale if text else one.effect,
        "",
        one.due.isoformat() if one.due else "",
        text.remediation if text else one.fix,
        "",
        "",
        " ".join(text.references) if text else "",
    )


def _life(one: Open | None) -> tuple[str, ...]:
    if one is None:
        return ("",) * len(LIFE)
    until = one.accepted_until.isoformat() if one.accepted_until else ""
    return (one.kind, one.state, one.owner, one.opened.isoformat(), until)


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
