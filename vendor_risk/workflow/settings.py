"""Settings of the programme that people change on a page; what is absent is the default."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from vendor_risk.evidence import Severity
from vendor_risk.scoring.model import Tier
from vendor_risk.store.audit import record
from vendor_risk.store.models.work import Setting
from vendor_risk.workflow.intervals import REVIEW_MONTHS, SCAN_DAYS
from vendor_risk.workflow.vendors import VendorRefused

DUE_DAYS = "due_days"
APPETITE = "appetite"
REPORTS_ATTACHED = "reports_attached"
MOST_POINTS = 100
MOST_DAYS = 1095  # three years; what may wait longer is no finding
MOST_SCAN_DAYS = 366  # who is looked at less than once a year is not watched
MOST_REVIEW_MONTHS = 60

# Days to mend a finding, by severity and tier. Our own judgement, in the order of what guides ask
# for: CISA BOD 19-02 gives 15 days for critical and 30 for high ones that face the internet.
DEFAULT_DUE: Mapping[Severity, tuple[int, int, int, int]] = {
    Severity.CRITICAL: (7, 15, 30, 30),
    Severity.HIGH: (30, 30, 60, 90),
    Severity.MEDIUM: (60, 90, 90, 180),
    Severity.LOW: (180, 180, 365, 365),
}
# The residual risk up to which a vendor of a tier is as wanted, in points.
DEFAULT_APPETITE: tuple[int, int, int, int] = (45, 45, 45, 45)


def due_days(session: Session) -> Mapping[Severity, tuple[int, int, int, int]]:
    """Days to mend a finding, by severity, for the tiers 1 to 4."""
    told: dict[str, list[int]] = _value(session, DUE_DAYS, {})
    return {
        severity: tuple(told.get(str(severity), days))  # type: ignore[misc]
        for severity, days in DEFAULT_DUE.items()
    }


def appetite(session: Session) -> tuple[int, int, int, int]:
    """The residual risk that is still wanted, in points, for the tiers 1 to 4."""
    told: list[int] = _value(session, APPETITE, list(DEFAULT_APPETITE))
    first, second, third, fourth = told
    return first, second, third, fourth


def due_on(
    days: Mapping[Severity, tuple[int, int, int, int]],
    severity: Severity,
    tier: int | None,
    opened: dt.date,
) -> dt.date | None:
    """By when a finding has to be mended; a vendor nobody triaged counts as tier 3."""
    if severity not in days:
        return None
    return opened + dt.timedelta(days=days[severity][(tier or Tier.T3) - 1])


def change(session: Session, key: str, value: Any, *, now: dt.datetime, actor: uuid.UUID) -> bool:
    """The setting is this from now on; False when it was already."""
    row = session.get(Setting, key, with_for_update=True)
    before = row.value if row else None
    if before == value:
        return False
    if row is None:
        row = Setting(key=key, value=value)
        session.add(row)
    else:
        row.value = value
        row.revision += 1
    row.by_id, row.updated_at = actor, now
    record(
        session,
        actor=actor,
        act="setting.changed",
        subject_kind="setting",
        subject_id=key,
        before={"value": before},
        after={"value": value},
        now=now,
    )
    return True


def reset(session: Session, key: str, *, now: dt.datetime, actor: uuid.UUID) -> bool:
    """The setting is the default again; False when it was already."""
    row = session.get(Setting, key, with_for_update=True)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    record(
        session,
        actor=actor,
        act="setting.reset",
        subject_kind="setting",
        subject_id=key,
        before={"value": row.value},
        now=now,
    )
    return True


def set_appetite(
    session: Session, points: Sequence[int | None], *, now: dt.datetime, actor: uuid.UUID
) -> bool:
    """Up to this residual risk a vendor of each tier is as wanted; False when it was already."""
    for place, value in enumerate(points):
        if value is None or not 0 <= value <= MOST_POINTS:
            raise VendorRefused(
                "Give a whole number from 0 to %(most)s.", f"appetite-{place}", most=MOST_POINTS
            )
    return change(session, APPETITE, list(points), now=now, actor=actor)


def set_due_days(
    session: Session,
    days: Mapping[Severity, Sequence[int | None]],
    *,
    now: dt.datetime,
    actor: uuid.UUID,
) -> bool:
    """So many days to mend findings that open from now on; False when it was already."""
    for severity, row in days.items():
        for place, value in enumerate(row):
            if value is None or not 1 <= value <= MOST_DAYS:
                raise VendorRefused(
                    "Give a whole number of days from 1 to %(most)s.",
                    f"{severity}-{place}",
                    most=MOST_DAYS,
                )
    told = {str(severity): list(row) for severity, row in days.items()}
    return change(session, DUE_DAYS, told, now=now, actor=actor)


def set_scan_days(
    session: Session, days: Sequence[int | None], *, now: dt.datetime, actor: uuid.UUID
) -> bool:
    """Vendors are scanned again after so many days; False when it was so already."""
    for place, value in enumerate(days):
        if value is None or not 1 <= value <= MOST_SCAN_DAYS:
            raise VendorRefused(
                "Give a whole number of days from 1 to %(most)s.",
                f"scan-{place}",
                most=MOST_SCAN_DAYS,
            )
    return change(session, SCAN_DAYS, list(days), now=now, actor=actor)


def set_review_months(
    session: Session, months: Sequence[int | None], *, now: dt.datetime, actor: uuid.UUID
) -> bool:
    """Vendors are reviewed again after so many months; False when it was so already."""
    for place, value in enumerate(months):
        if value is None or not 1 <= value <= MOST_REVIEW_MONTHS:
            raise VendorRefused(
                "Give a whole number of months from 1 to %(most)s.",
                f"review-{place}",
                most=MOST_REVIEW_MONTHS,
            )
    return change(session, REVIEW_MONTHS, list(months), now=now, actor=actor)


def reports_attached(session: Session) -> bool:
    """Whether the letter about a report on schedule brings the PDF along; else only a link."""
    return _value(session, REPORTS_ATTACHED, False) is True


def set_reports_attached(
    session: Session, *, attached: bool, now: dt.datetime, actor: uuid.UUID
) -> bool:
    """Letters about reports bring the PDF along, or no longer; False when it was so already."""
    if attached == reports_attached(session):
        return False
    return change(session, REPORTS_ATTACHED, attached, now=now, actor=actor)


def held(session: Session, key: str, default: Any) -> Any:
    """What is set, or the default."""
    return _value(session, key, default)


def revision(session: Session, key: str) -> int:
    """What tells whether a setting changed since a page was opened; 0 is the default."""
    row = session.get(Setting, key)
    return row.revision if row else 0


def _value(session: Session, key: str, default: Any) -> Any:
    row = session.get(Setting, key)
    return default if row is None else row.value
