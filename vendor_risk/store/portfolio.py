"""What the portfolio page shows: figures that are counted as vendors change, and short lists."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, literal_column, or_
from sqlmodel import Session, col, func, select

from vendor_risk.evidence import Severity
from vendor_risk.scoring.model import Tier
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.intake import Intake, IntakeState
from vendor_risk.store.models.portfolio import PortfolioCount
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Engagement, Vendor


@dataclass(frozen=True, slots=True)
class Figures:
    """The whole inventory in numbers; archived and joined vendors do not count."""

    vendors: int
    waiting: int  # in use, and nobody has triaged them
    seen_last: dt.datetime | None
    samples: int
    above: int  # rated and riskier than the appetite of their tier, or knocked out
    knocked_out: int  # of these: a knock-out is in force, which no appetite covers
    rated: int
    judged: int  # have a tier
    overdue: int  # reviews that should have begun
    overdue_first: int  # of tier 1
    severe: int  # critical and high findings that are open
    coverage: int | None  # the mean of tier 1 and 2, of 10000


Cells = Mapping[tuple[int | None, str | None], int]
_figure, _number = col(PortfolioCount.figure), col(PortfolioCount.number)
_value, _sum = col(PortfolioCount.value), func.sum(PortfolioCount.n)


def _present() -> ColumnElement[bool]:
    return and_(col(Vendor.archived_at).is_(None), col(Vendor.merged_into_id).is_(None))


def _judged() -> ColumnElement[bool]:
    """Our own company is on the list and is scanned, but has no tier."""
    return col(Vendor.ours).is_(False)


def figures(
    session: Session, today: dt.date, appetite: Sequence[int] = (45, 45, 45, 45)
) -> Figures:
    """All figures of the page, from what is counted while vendors change."""
    plain = ("vendor", "waiting", "sample", "severe", "coverage", "covered", "knocked out")
    told = defaultdict(int)
    # PostgreSQL gives sums of large numbers as decimals
    for name, count in session.exec(
        select(_figure, _sum).where(_figure.in_(plain)).group_by(_figure)
    ):
        told[name] = int(count)
    riskier = (
        and_(_figure == f"risk {tier}", _number > points)
        for tier, points in enumerate(appetite, start=1)
    )
    above = session.exec(select(func.coalesce(_sum, 0)).where(or_(*riskier))).one()
    late: dict[int, int] = dict(
        session.exec(
            select(_number, _sum)
            .where(_figure == "review", _value < today.isoformat())
            .group_by(_number)
        ).all()
    )
    bands = by_tier_and_band(session)
    return Figures(
        vendors=told["vendor"],
        waiting=told["waiting"],
        seen_last=_seen_last(session),
        samples=told["sample"],
        above=int(above),
        knocked_out=int(told["knocked out"]),
        rated=sum(n for (_tier, band), n in bands.items() if band is not None),
        judged=sum(n for (tier, _band), n in bands.items() if tier is not None),
        overdue=int(sum(late.values())),
        overdue_first=int(late.get(1, 0)),
        severe=told["severe"],
        coverage=told["coverage"] // told["covered"] if told["covered"] else None,
    )


def waiting(session: Session) -> int:
    """How many vendors are in use and not triaged."""
    row = select(func.coalesce(_sum, 0)).where(_figure == "waiting")
    return int(session.exec(row).one())


def by_tier_and_band(session: Session) -> Cells:
    """How many vendors stand at each tier and band of residual risk.

    None is no tier yet, and not rated.
    """
    return _cells(session, "band")


def by_tier_and_grade(session: Session) -> Cells:
    """How many vendors stand at each tier and grade of external posture; None is not known."""
    return _cells(session, "posture")


def _cells(session: Session, figure: str) -> Cells:
    rows = session.exec(
        select(_number, _value, _sum).where(_figure == figure).group_by(_number, _value)
    )
    return {(tier or None, value or None): int(count) for tier, value, count in rows if count}


def _seen_last(session: Session) -> dt.datetime | None:
    """When a vendor was last looked at from outside."""
    seen = col(Vendor.last_scan_at)
    rows = select(seen).where(col(Vendor.archived_at).is_(None), seen.is_not(None))
    return session.exec(rows.order_by(seen.desc()).limit(1)).first()


def knocked_out(session: Session, limit: int) -> Sequence[Vendor]:
    """Vendors with a knock-out in force, the highest residual risk first."""
    return session.exec(
        select(Vendor)
        .where(col(Vendor.knockout).is_not(None), col(Vendor.archived_at).is_(None), _judged())
        .order_by(col(Vendor.residual).desc())
        .limit(limit)
    ).all()


def overdue_findings(
    session: Session, today: dt.date, limit: int
) -> Sequence[tuple[StoredFinding, Vendor]]:
    """Critical and high findings past their due date, critical ones and the longest due first.

    What was accepted until a later day is not overdue.
    """
    found: list[tuple[StoredFinding, Vendor]] = []
    for severity in (Severity.CRITICAL, Severity.HIGH):
        rows = session.exec(
            select(StoredFinding, Vendor)
            .join(Vendor, col(StoredFinding.vendor_id) == Vendor.id)
            .where(
                col(StoredFinding.closed_at).is_(None),
                StoredFinding.severity == severity.rank,
                col(StoredFinding.due_on) < today,
                col(StoredFinding.accepted_until).is_(None),
                col(Vendor.archived_at).is_(None),
            )
            .order_by(col(StoredFinding.due_on), col(StoredFinding.id))
            .limit(limit - len(found))
        )
        found += rows.all()
        if len(found) >= limit:
            break
    return found


def answered_findings(session: Session, limit: int) -> Sequence[tuple[StoredFinding, Vendor]]:
    """Findings that a vendor disputes or says are fixed: critical and high ones, then the others.

    Of each the longest waiting first.
    """
    found: list[tuple[StoredFinding, Vendor]] = []
    for severity in reversed(Severity):
        rows = session.exec(
            select(StoredFinding, Vendor)
            .join(Vendor, col(StoredFinding.vendor_id) == Vendor.id)
            .where(
                col(StoredFinding.answered_at).is_not(None),
                StoredFinding.severity == severity.rank,
                col(Vendor.archived_at).is_(None),
            )
            .order_by(col(StoredFinding.answered_at), col(StoredFinding.id))
            .limit(limit - len(found))
        )
        found += rows.all()
        if len(found) >= limit:
            break
    return found


@dataclass(frozen=True, slots=True)
class Mover:
    """An engagement whose assurance changed: from which kept score to which."""

    vendor: Vendor
    engagement: Engagement
    before: StoredScore
    after: StoredScore

    @property
    def change(self) -> int:
        """By how much, in 1/100 of a point."""
        return self.after.final - self.before.final


# In the words of the partial index: a planner does not see that a parameter is 0.
_NOUGHT: ColumnElement[int] = literal_column("0")


def movers(session: Session, since: dt.datetime, limit: int) -> list[Mover]:
    """The largest changes of assurance since then.

    The first score of an engagement is no change. Sums come from ix_score_moved, so what is read
    grows with what moved of late, not with the portfolio.
    """
    # First what the index tells, then sums: SQLite would read every score in order of engagement.
    recent = (
        select(StoredScore.engagement_id, StoredScore.moved)
        .where(col(StoredScore.created_at) >= since, col(StoredScore.moved) != _NOUGHT)
        .cte("recent")
        .prefix_with("MATERIALIZED")
    )
    total = func.sum(recent.c.moved)
    changed = (
        select(recent.c.engagement_id)
        .group_by(recent.c.engagement_id)
        .having(total != 0)
        .order_by(func.abs(total).desc(), recent.c.engagement_id)
    )
    found: list[Mover] = []
    first, most = 0, 4 * limit  # some may be of vendors that left the list since
    while len(found) < limit:
        ids = session.exec(changed.offset(first).limit(most)).all()
        found += _moved(session, ids, since) if ids else []
        if len(ids) < most:
            break
        first += most
    return found[:limit]


def _moved(session: Session, ids: Sequence[uuid.UUID], since: dt.datetime) -> list[Mover]:
    """From where to where these engagements moved, in this order; those that left are left out."""
    rows = session.exec(
        select(Engagement, Vendor)
        .join(Vendor, col(Vendor.id) == col(Engagement.vendor_id))
        .where(
            col(Engagement.id).in_(ids),
            col(Engagement.ended_at).is_(None),
            col(Engagement.score_id).is_not(None),
            col(Vendor.archived_at).is_(None),
        )
    )
    standing = {engagement.id: (vendor, engagement) for engagement, vendor in rows}
    begun = _begun(session, list(standing), since)
    wanted = {*begun.values(), *(engagement.score_id for _, engagement in standing.values())}
    kept = {
        row.id: row
        for row in session.exec(select(StoredScore).where(col(StoredScore.id).in_(wanted)))
    }
    found = []
    for id in ids:
        if id in standing:
            vendor, engagement = standing[id]
            before, after = kept.get(begun[id]), kept.get(engagement.score_id or id)
            if before and after and before.final != after.final:
                found.append(Mover(vendor, engagement, before, after))
    return found


def _begun(
    session: Session, ids: Sequence[uuid.UUID], since: dt.datetime
) -> dict[uuid.UUID, uuid.UUID]:
    """The score that stood at the start, or the first one after it, of each engagement."""
    begun: dict[uuid.UUID, uuid.UUID] = {}
    stood = (
        select(StoredScore.engagement_id, func.max(StoredScore.created_at).label("at"))
        .where(col(StoredScore.engagement_id).in_(ids), col(StoredScore.created_at) < since)
        .group_by(col(StoredScore.engagement_id))
        .subquery()
    )
    first = (
        select(StoredScore.engagement_id, func.min(StoredScore.created_at).label("at"))
        .where(col(StoredScore.engagement_id).in_(ids), col(StoredScore.created_at) >= since)
        .group_by(col(StoredScore.engagement_id))
        .subquery()
    )
    for edge in (stood, first):
        rows = session.exec(
            select(StoredScore.engagement_id, StoredScore.id).join(
                edge,
                and_(
                    col(StoredScore.engagement_id) == edge.c.engagement_id,
                    col(StoredScore.created_at) == edge.c.at,
                ),
            )
        )
        for engagement_id, score_id in rows:
            begun.setdefault(engagement_id, score_id)
    return begun


def troubled(session: Session, limit: int) -> Sequence[Vendor]:
    """Vendors with a critical or high fault, the strictest tier and the worst fault first.

    Each tier and severity is a part of ix_vendor_fault; most portfolios fill the list from one.
    """
    found: list[Vendor] = []
    for tier in (*Tier, None):
        for severity in (Severity.CRITICAL, Severity.HIGH):
            rows = session.exec(
                select(Vendor)
                .where(
                    col(Vendor.archived_at).is_(None),
                    col(Vendor.tier).is_(None) if tier is None else col(Vendor.tier) == int(tier),
                    col(Vendor.worst_severity) == severity.rank,
                )
                .order_by(col(Vendor.name_key), col(Vendor.id))
                .limit(limit - len(found))
            )
            found += rows.all()
            if len(found) >= limit:
                return found
    return found


_FAILED = 400  # scans that failed lately, of which the first few are shown


def failed_scans(session: Session, since: dt.datetime, limit: int) -> Sequence[tuple[Scan, Vendor]]:
    """Scans that our side could not make since then, where none has succeeded after.

    Of the last ones alone: what failed before hundreds of others is in the list of scans.
    """
    last = (
        select(Scan.id)
        .where(Scan.state == ScanState.FAILED, col(Scan.finished_at) >= since)
        .order_by(col(Scan.finished_at).desc())
        .limit(_FAILED)
    )
    return session.exec(
        select(Scan, Vendor)
        .join(Vendor, col(Scan.vendor_id) == Vendor.id)
        .where(
            _present(),
            col(Scan.id).in_(last),
            func.coalesce(col(Vendor.last_scan_at) < col(Scan.finished_at), True),
        )
        .order_by(col(Scan.finished_at).desc())
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


def drafts(session: Session, requester_id: uuid.UUID, limit: int) -> Sequence[Intake]:
    """A person's own requests that are not sent yet, the newest first."""
    return session.exec(
        select(Intake)
        .where(Intake.requester_id == requester_id, Intake.state == IntakeState.DRAFT)
        .order_by(col(Intake.updated_at).desc())
        .limit(limit)
    ).all()
