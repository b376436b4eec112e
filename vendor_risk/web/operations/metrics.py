"""The numbers of the machine behind the pages, read from the database when somebody asks."""

import datetime as dt
from collections.abc import Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlmodel import Session, col, func, select

from vendor_risk import __version__
from vendor_risk.store.engine import Database
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.workflow import given_up, rescans
from vendor_risk.workflow.scans import GIVEN_UP

# The scans of this time tell how fast and how well the workers are.
WINDOW = dt.timedelta(hours=1)


class Numbers(Collector):
    """Asked once, by one request."""

    def __init__(self, database: Database, now: dt.datetime) -> None:
        self._database = database
        self._now = now

    def describe(self) -> list[Metric]:
        """Nothing: they are read when they are asked for, not when they are registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Every number, each with what it means."""
        with self._database.reading() as session:
            yield from self._of(session)

    def _of(self, session: Session) -> Iterator[Metric]:
        yield _gauge("info", "The version of the product", 1, {"version": __version__})
        yield _gauge(
            "workers", "Workers with a sign of life", len(rescans.workers(session, self._now))
        )
        yield _gauge(
            "vendors_due", "Vendors whose next look is due", rescans.due(session, self._now)
        )
        oldest = rescans.oldest_due(session, self._now)
        age = max(0.0, (self._now - oldest).total_seconds()) if oldest else 0.0
        yield _gauge("oldest_due_seconds", "How long the vendor waits that is due longest", age)
        held = int(rescans.paused(session))
        yield _gauge("rescans_held", "1 while somebody holds the clock", held)
        yield _gauge(
            "vendors_not_reached",
            f"Vendors that {GIVEN_UP} scans in a row did not reach",
            rescans.how_many_not_reached(session),
        )
        opened = select(Scan.state, func.count()).where(
            col(Scan.state).in_((ScanState.QUEUED, ScanState.RUNNING))
        )
        yield _by_state(
            "scans_open",
            "Scans that wait or run",
            dict.fromkeys((ScanState.QUEUED, ScanState.RUNNING), 0)
            | dict(session.exec(opened.group_by(Scan.state)).all()),
        )
        ended = select(Scan.state, func.count()).where(col(Scan.finished_at) > self._now - WINDOW)
        yield _by_state(
            "scans_last_hour",
            "Scans that ended within the last hour",
            dict.fromkeys((ScanState.DONE, ScanState.FAILED, ScanState.STOPPED), 0)
            | dict(session.exec(ended.group_by(Scan.state)).all()),
        )
        reports = select(IssuedReport.state, func.count()).group_by(IssuedReport.state)
        yield _by_state("reports", "Reports by state", dict(session.exec(reports).all()))
        lost = GaugeMetricFamily(
            "vendor_risk_given_up", f"Jobs given up within {given_up.DAYS} days", labels=["kind"]
        )
        for kind, count in given_up.counts(session, self._now).items():
            lost.add_metric([kind], count)
        yield lost
        mails = GaugeMetricFamily("vendor_risk_mails", "Mails that are not sent", labels=["state"])
        for state in ("waiting", "failed"):
            these = select(func.count()).select_from(OutboxMail).where(OutboxMail.state == state)
            mails.add_metric([state], session.exec(these).one())
        yield mails
        total = CounterMetricFamily("vendor_risk_audit_entries", "Entries of the audit log")
        total.add_metric([], session.exec(select(func.max(AuditEntry.sequence))).one() or 0)
        yield total


def _gauge(name: str, words: str, value: float, labels: dict[str, str] | None = None) -> Metric:
    made = GaugeMetricFamily(f"vendor_risk_{name}", words, labels=list(labels or {}))
    made.add_metric(list((labels or {}).values()), value)
    return made


def _by_state(name: str, words: str, counts: Mapping[str, int]) -> Metric:
    made = GaugeMetricFamily(f"vendor_risk_{name}", words, labels=["state"])
    for state, count in counts.items():
        made.add_metric([state], count)
    return made
