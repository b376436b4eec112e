"""What the portfolio page counts, each figure by one query over the vendors in the inventory."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, literal_column
from sqlmodel import Session, col, func, select

from vendor_risk.evidence import Severity
from vendor_risk.store.models.findings import FindingState, StoredFinding
from vendor_risk.store.models.intake import Intake, IntakeState
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.queries.vendors import above


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
    above: int  # rated, and riskier than the appetite of their tier
    rated: int
    judged: int  # have a tier
    overdue: int  # reviews that should have begun
    overdue_first: int  # of tier 1
    severe: int  # critical and high findings that are open
    coverage: int | None  # the mean of tier 1 and 2, of 10000


def _present() -> ColumnElement[bool]:
    return and_(col(Vendor.archived_at).is_(None), col(Vendor.merged_into_id).is_(None))


def _judged() -> ColumnElement[bool]:
    """Our own company is on the list and is scanned, but has no tier."""
    return col(Vendor.ours).is_(False)


def _untriaged() -> ColumnElement[bool]:
    return and_(_judged(), col(Vendor.in_use).is_(True), col(Vendor.triaged_at).is_(None))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def figures(
    session: Session, today: dt.date, appetite: Sequence[int] = (45, 45, 45, 45)
) -> Figures:
    """All figures of the page: what scans and triage say, and what scores say.

    The second pass reads an index alone, ix_vendor_portfolio.
    """
    late = col(Vendor.next_review_on) < today
    scored = session.exec(
        select(
            _count(above(appetite)),
            _count(col(Vendor.grade).is_not(None)),
            _count(col(Vendor.tier).is_not(None)),
            _count(late),
            _count(and_(late, col(Vendor.tier) == 1)),
            func.coalesce(func.sum(Vendor.severe_findings), 0),
            func.avg(case((col(Vendor.tier) <= 2, Vendor.coverage), else_=None)),
        )  # type: ignore[call-overload]
        .select_from(Vendor)
        .where(col(Vendor.archived_at).is_(None), _judged())
    ).one()
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
    mean = scored[-1]
    return Figures(*[*row, *scored[:-1], None if mean is None else int(mean)])


def by_tier_and_band(session: Session) -> Mapping[tuple[int | None, str | None], int]:
    """How many vendors stand at each tier and band of residual risk.

    None is no tier yet, and not rated; read from ix_vendor_portfolio alone. Joined vendors are
    archived too.
    """
    band = case((col(Vendor.grade).is_not(None), Vendor.band), else_=None)
    rows = session.exec(
        select(Vendor.tier, band, func.count())
        .where(col(Vendor.archived_at).is_(None), _judged())
        .group_by(col(Vendor.tier), band)
    )
    return {(tier, name): count for tier, name, count in rows}


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
                col(StoredFinding.state) != FindingState.ACCEPTED,
                col(Vendor.archived_at).is_(None),
            )
            .order_by(col(StoredFinding.due_on), col(StoredFinding.id))
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
