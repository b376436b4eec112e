"""Settings of the programme that people change on a page; what is absent is the default."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from vendor_risk.evidence import Severity
from vendor_risk.scoring.model import Tier
from vendor_risk.store.audit import record
from vendor_risk.store.models.work import Setting

DUE_DAYS = "due_days"
APPETITE = "appetite"

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


def _value(session: Session, key: str, default: Any) -> Any:
    row = session.get(Setting, key)
    return default if row is None else row.value
