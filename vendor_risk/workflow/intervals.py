"""How often vendors are scanned and reviewed: as somebody set it, else as the model says."""

from typing import Any

from sqlmodel import Session

from vendor_risk.scoring.model import Tier
from vendor_risk.workflow import held
from vendor_risk.workflow.model_in_use import as_begun

SCAN_DAYS = "scan_days"
REVIEW_MONTHS = "review_months"


def scan_days(session: Session) -> tuple[int, int, int, int, int]:
    """After how many days a vendor is scanned again: tiers 1 to 4, and without a tier."""
    model = as_begun(session)
    days = [model.tiers[tier].scan_interval_days for tier in Tier]
    days.append(model.not_triaged_scan_interval_days)
    first, second, third, fourth, none = _told(session, SCAN_DAYS, days)
    return first, second, third, fourth, none


def review_months(session: Session) -> tuple[int, int, int, int]:
    """After how many months a vendor is reviewed again, for the tiers 1 to 4."""
    model = as_begun(session)
    months = [model.tiers[tier].review_interval_months for tier in Tier]
    first, second, third, fourth = _told(session, REVIEW_MONTHS, months)
    return first, second, third, fourth


def scan_interval(session: Session, tier: int | None) -> int:
    """After how many days a vendor of this tier is scanned again; None: nobody triaged it yet."""
    return scan_days(session)[(tier or 5) - 1]


def review_interval(session: Session, tier: int) -> int:
    """After how many months a vendor of this tier is reviewed again."""
    return review_months(session)[tier - 1]


def _told(session: Session, key: str, default: list[int]) -> Any:
    return held.value(session, key, default)
