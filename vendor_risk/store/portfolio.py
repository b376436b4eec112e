"""What the portfolio page counts, each figure by one query over the vendors in the inventory."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case
from sqlmodel import Session, col, func, select

from vendor_risk.evidence import Severity
from vendor_risk.store.models.intake import Intake, IntakeState
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.vendors import Vendor


@dataclass(frozen=True, slots=True)
class Figures:
    """The whole inventory in numbers; archived and joined vendors do not count."""

    vendors: int
    waiting: int  # in use, and nobody has triaged them
    watched: int  # tier 1 or 2
    troubled: int  # with a critical or high fault seen from outside
    unseen: int  # with no result from outside yet
    seen_last: dt.datetime | None
    samples: int


def _present() -> ColumnElement[bool]:
    return and_(col(Vendor.archived_at).is_(None), col(Vendor.merged_into_id).is_(None))


def _judged() -> ColumnElement[bool]:
    """Our own company is on the list and is scanned, but has no tier."""
    return col(Vendor.ours).is_(False)


def _untriaged() -> ColumnElement[bool]:
    return and_(_judged(), col(Vendor.in_use).is_(True), col(Vendor.triaged_at).is_(None))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def figures(session: Session) -> Figures:
    """All figures of the page in one pass over the table."""
    row = session.exec(
        select(
            func.count(),
            _count(_untriaged()),
            _count(and_(_judged(), col(Vendor.tier) <= 2)),
            _count(col(Vendor.worst_severity) >= Severity.HIGH.rank),
            _count(col(Vendor.last_scan_at).is_(None)),
            func.max(Vendor.last_scan_at),
            _count(col(Vendor.sample).is_(True)),
        )  # type: ignore[call-overload]
        .select_from(Vendor)
        .where(_present())
    ).one()
    return Figures(*row)


def by_tier_and_grade(session: Session) -> Mapping[tuple[int | None, str | None], int]:
    """How many vendors stand at each tier and grade of external posture; None is not known."""
    rows = session.exec(
        select(Vendor.tier, Vendor.posture_grade, func.count())
        .where(_present(), _judged())
        .group_by(col(Vendor.tier), col(Vendor.posture_grade))
    )
    return {(tier, grade): count for tier, grade, count in rows}


def troubled(session: Session, limit: int) -> Sequence[Vendor]:
    """Vendors with a critical or high fault, the strictest tier and the worst fault first."""
    return session.exec(
        select(Vendor)
        .where(_present(), col(Vendor.worst_severity) >= Severity.HIGH.rank)
        .order_by(func.coalesce(Vendor.tier, 5), col(Vendor.worst_severity).desc(), Vendor.name_key)
        .limit(limit)
    ).all()


def failed_scans(session: Session, since: dt.datetime, limit: int) -> Sequence[tuple[Scan, Vendor]]:
    """Scans that our side could not make since then, where none has succeeded after."""
    return session.exec(
        select(Scan, Vendor)
        .join(Vendor, col(Scan.vendor_id) == Vendor.id)
        .where(
            _present(),
            Scan.state == ScanState.FAILED,
            col(Scan.finished_at) >= since,
            func.coalesce(col(Vendor.last_scan_at) < col(Scan.finished_at), True),
        )
        .order_by(col(Scan.finished_at).desc())
        .limit(limit)
    ).all()


def drafts(session: Session, requester_id: uuid.UUID, limit: int) -> Sequence[Intake]:
    """A person's own requests that are not sent yet, the newest first."""
    return session.exec(
        select(Intake)
        .where(Intake.requester_id == requester_id, Intake.state == IntakeState.DRAFT)
        .order_by(col(Intake.updated_at).desc())
        .limit(limit)
    ).all()


def recent_scans(session: Session, limit: int) -> Sequence[tuple[Scan, Vendor]]:
    """The last finished scans."""
    return session.exec(
        select(Scan, Vendor)
        .join(Vendor, col(Scan.vendor_id) == Vendor.id)
        .where(_present(), Scan.state == ScanState.DONE)
        .order_by(col(Scan.finished_at).desc())
        .limit(limit)
    ).all()
