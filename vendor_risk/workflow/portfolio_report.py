"""What the report of the portfolio tells, counted and listed from what is kept."""

import datetime as dt
import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from gettext import NullTranslations
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select

from vendor_risk import __version__
from vendor_risk.evidence import Severity
from vendor_risk.reports.plain import plain
from vendor_risk.reports.portfolio import (
    FIRST_TIERS,
    PORTFOLIO,
    Accepted,
    Before,
    Blind,
    Cell,
    Late,
    Line,
    Move,
    Overdue,
    Portfolio,
    Shared,
    Spend,
    Totals,
    crossed,
    decide,
)
from vendor_risk.reports.report import Kind, Money
from vendor_risk.reports.score_words import what_moved
from vendor_risk.scoring.model import Band
from vendor_risk.store import portfolio
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.decisions import Condition, Decision, DecisionState
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.responses import WITH_VENDOR, QuestionnaireResponse
from vendor_risk.store.models.scans import Scan, ScanHost, ScanState
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.queries.access import review_overdue
from vendor_risk.store.queries.vendors import Row, above, rows_of
from vendor_risk.workflow.access import review_before
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.people import Names
from vendor_risk.workflow.settings import appetite

LISTED = 2_000  # vendors that one report holds; the rest is counted
MOVES = 6
LONGEST = 4  # of each kind that is past its day
SHARED = 8  # companies that vendors rest on
SHARED_LEAST = 2
CURRENCIES = 3
LARGEST = 3
ACCEPTED = 12
NAMED = 12  # vendors that nobody can rate, by name
OLD_DAYS = 90
DEFAULT_PERIOD = dt.timedelta(days=91)  # what moved since, where no report was made before
_TEXT = 160
_AT_ONCE = 400

# Which fact of a look names the company behind what.
_ROLES: Mapping[str, str] = {
    "web.provider": "web",
    "mail.provider": "mail",
    "dns.provider": "dns",
    "tls.provider": "tls",
}


@dataclass(frozen=True, slots=True)
class Ordered:
    """What is said with the order of a report that a worker freezes."""

    number: str
    organisation: str
    language: str
    prepared_by: str


def portfolio_report(
    session: Session, ordered: Ordered, *, now: dt.datetime, words: NullTranslations
) -> Portfolio:
    """What is known of all vendors now, frozen; nothing is written.

    Vendors are counted by the database and listed a few hundred at a time.
    """
    today = now.astimezone(dt.UTC).date()
    limits = appetite(session)
    model = in_use(session)
    figures = portfolio.figures(session, today, limits)
    cells = portfolio.by_tier_and_band(session)
    last = _last(session, now)
    since = last.as_of if last else now - DEFAULT_PERIOD
    lines, left_out = _lines(session, limits)
    late = tuple(_late(session, today))
    blind = _blind(session, figures, cells, now, lines)
    over = [line for line in lines if line.above]
    before = _before(last, over, figures.above) if last else None
    totals = Totals(
        vendors=figures.vendors,
        triaged=figures.judged,
        rated=figures.rated,
        above=figures.above,
        above_first=_count(session, and_(above(limits), col(Vendor.tier) == 1)),
        knocked_out=figures.knocked_out,
        severe=figures.severe,
    )
    accepted, accepted_count = _accepted(session)
    shared, shared_of = _shared(session)
    spend, unspent = _spend(session)
    return Portfolio(
        kind=Kind.PORTFOLIO,
        number=ordered.number,
        organisation=plain(ordered.organisation),
        language=ordered.language,
        as_of=now.astimezone(dt.UTC),
        since=since.astimezone(dt.UTC),
        prepared_by=plain(ordered.prepared_by),
        sample=figures.samples > 0,
        appetite=limits,
        totals=totals,
        decision=decide(
            totals,
            worst=over[0].name if over else "",
            overdue=sum(one.count for one in late),
            blind=blind,
            before=before,
            words=words,
        ),
        cells=tuple(
            Cell(tier, Band(band) if band else None, count)
            for (tier, band), count in sorted(
                cells.items(), key=lambda each: (each[0][0] or 9, each[0][1] or "")
            )
        ),
        lines=tuple(lines),
        left_out=left_out,
        moves=tuple(_moves(session, since, words)),
        late=late,
        accepted=accepted,
        accepted_count=accepted_count,
        shared=shared,
        shared_of=shared_of,
        spend=spend,
        unspent=unspent,
        blind=blind,
        before=before,
        coverage_needed=model.coverage_needed,
        bands=dict(model.bands),
        model=model.version,
        model_sha256=model.sha256,
        product=__version__,
    )


def _standing() -> ColumnElement[bool]:
    return and_(
        col(Vendor.archived_at).is_(None),
        col(Vendor.merged_into_id).is_(None),
        col(Vendor.ours).is_(False),
    )


def _count(session: Session, wanted: ColumnElement[bool]) -> int:
    rows = select(func.count()).select_from(Vendor).where(_standing(), wanted)
    return session.exec(rows).one()


def _last(session: Session, now: dt.datetime) -> Portfolio | None:
    """The report of the portfolio that was made before."""
    row = session.exec(
        select(IssuedReport)
        .where(
            IssuedReport.kind == Kind.PORTFOLIO,
            IssuedReport.state == "done",
            col(IssuedReport.as_of) < now,
        )
        .order_by(col(IssuedReport.as_of).desc())
        .limit(1)
    ).first()
    return PORTFOLIO.validate_python(row.snapshot) if row is not None else None


def _before(last: Portfolio, over: Sequence[Line], count: int) -> Before:
    came, left = crossed(last.over, over)
    return Before(
        number=last.number,
        as_of=last.as_of,
        vendors=last.totals.vendors,
        above=last.totals.above,
        severe=last.totals.severe,
        overdue=last.overdue,
        unrated=last.blind.unrated,
        came=came,
        left=left,
        listed_all=len(last.over) == last.totals.above and len(over) == count,
    )


def _lines(session: Session, limits: Sequence[int]) -> tuple[list[Line], int]:
    """Above the appetite, the worst first; then the others of tier 1 and 2 by tier and name."""
    over = above(limits)
    first = col(Vendor.tier).in_(FIRST_TIERS)
    knocked = col(Vendor.knockout).is_not(None)
    ids = list(
        session.exec(
            select(Vendor.id)
            .where(_standing(), over)
            .order_by(col(Vendor.residual).desc(), knocked.desc(), Vendor.name_key, col(Vendor.id))
            .limit(LISTED)
        )
    )
    if len(ids) < LISTED:
        others = (
            select(Vendor.id)
            .where(_standing(), first, ~over)
            .order_by(col(Vendor.tier), col(Vendor.name_key), col(Vendor.id))
            .limit(LISTED - len(ids))
        )
        ids += session.exec(others).all()
    total = _count(session, or_(over, first))
    lines: list[Line] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        rows = rows_of(session, some)
        held = _decided(session, [row.vendor.worst_engagement_id for row in rows])
        lines += [_line(row, limits, held.get(row.vendor.worst_engagement_id)) for row in rows]
    return lines, total - len(lines)


def _line(row: Row, limits: Sequence[int], held: Decision | None) -> Line:
    vendor = row.vendor
    rated = vendor.grade is not None
    over = vendor.knockout is not None or (
        rated
        and vendor.tier is not None
        and vendor.residual is not None
        and vendor.residual > 100 * limits[vendor.tier - 1]
    )
    return Line(
        id=str(vendor.id),
        name=plain(vendor.name),
        supplier_number=plain(vendor.supplier_number or ""),
        owner=plain(row.owner),
        tier=vendor.tier,
        engagement=plain(row.engagement),
        inherent=vendor.inherent,
        final=vendor.final,
        grade=vendor.grade,
        unverified=vendor.unverified,
        coverage=vendor.coverage,
        residual=vendor.residual if rated else None,
        best=row.best,
        worst=vendor.residual,
        band=Band(vendor.band) if rated and vendor.band else None,
        knockout=vendor.knockout or "",
        above=over and vendor.tier is not None,
        decided=held.kind if held else "",
        waiting=held is not None and held.second_asked_at is not None,
        decided_on=_day(held.decided_at) if held else None,
        review_on=vendor.next_review_on,
        open_findings=vendor.open_findings,
        severe_findings=vendor.severe_findings,
        posture=vendor.posture_score,
        posture_grade=vendor.posture_grade,
        seen_on=_day(vendor.last_scan_at),
    )


def _day(moment: dt.datetime | None) -> dt.date | None:
    return moment.astimezone(dt.UTC).date() if moment else None


def _decided(
    session: Session, engagements: Iterable[uuid.UUID | None]
) -> dict[uuid.UUID | None, Decision]:
    """The decision in force on each of these engagements."""
    ids = [id for id in engagements if id is not None]
    rows = select(Decision).where(
        col(Decision.engagement_id).in_(ids), Decision.state == DecisionState.IN_FORCE
    )
    return {row.engagement_id: row for row in session.exec(rows)}


def _moves(session: Session, since: dt.datetime, words: NullTranslations) -> Iterator[Move]:
    """The largest changes; what fell stands before what rose."""
    found = portfolio.movers(session, since, MOVES)
    for one in sorted(found, key=lambda one: one.change > 0):
        yield Move(
            vendor=plain(one.vendor.name),
            engagement=plain(one.engagement.name),
            tier=one.engagement.tier,
            before=one.before.final,
            was_rated=one.before.grade is not None,
            after=one.after.final,
            grade=one.engagement.grade,
            unverified=one.after.unverified,
            cause=one.after.cause,
            what=what_moved(
                json.loads(one.before.result), json.loads(one.after.result), words.gettext
            ),
        )


def _late(session: Session, today: dt.date) -> Iterator[Late]:
    present = col(Vendor.archived_at).is_(None)
    names = Names(session)

    def told(
        kind: str,
        model: Any,
        *,
        due: Any,
        condition: ColumnElement[bool],
        what: Callable[[Any], str],
        who: str,
    ) -> Late:
        rows = (
            select(model, Vendor)
            .join(Vendor, col(Vendor.id) == model.vendor_id)
            .where(present, due < today, condition)
        )
        count = _how_many(session, rows)
        first = _how_many(session, rows.where(col(Vendor.tier).in_(FIRST_TIERS)))
        longest = session.exec(rows.order_by(due, model.id).limit(LONGEST)).all()
        return Late(
            kind,
            count,
            first,
            tuple(
                Overdue(
                    plain(vendor.name),
                    plain(what(row), _TEXT),
                    getattr(row, due.key),
                    names(getattr(row, who) if who else vendor.owner_id),
                )
                for row, vendor in longest
            ),
        )

    yield told(
        "findings",
        StoredFinding,
        due=col(StoredFinding.due_on),
        condition=and_(
            col(StoredFinding.closed_at).is_(None),
            col(StoredFinding.accepted_until).is_(None),
            col(StoredFinding.severity) >= Severity.HIGH.rank,
        ),
        what=lambda row: row.title or row.reason,
        who="owner_id",
    )
    reviews = col(Vendor.next_review_on) < today
    longest = session.exec(
        select(Vendor)
        .where(_standing(), reviews)
        .order_by(col(Vendor.next_review_on), col(Vendor.id))
        .limit(LONGEST)
    ).all()
    yield Late(
        "reviews",
        _count(session, reviews),
        _count(session, and_(reviews, col(Vendor.tier).in_(FIRST_TIERS))),
        tuple(
            Overdue(plain(one.name), "", one.next_review_on, names(one.owner_id))
            for one in longest
            if one.next_review_on is not None
        ),
    )
    in_force = select(Decision.id).where(Decision.state == DecisionState.IN_FORCE)
    yield told(
        "conditions",
        Condition,
        due=col(Condition.due_on),
        condition=and_(
            col(Condition.met_at).is_(None),
            col(Condition.dropped_at).is_(None),
            col(Condition.decision_id).in_(in_force),
        ),
        what=lambda row: row.text,
        who="owner_id",
    )
    yield told(
        "answers",
        QuestionnaireResponse,
        due=col(QuestionnaireResponse.due_on),
        condition=col(QuestionnaireResponse.state).in_(WITH_VENDOR),
        what=lambda row: row.number,
        who="",
    )
    accesses = (
        select(Access, Vendor)
        .join(Vendor, col(Vendor.id) == col(Access.vendor_id))
        .where(present, col(Access.ended_at).is_(None), review_overdue(review_before(today)))
    )
    yield Late(
        "access",
        _how_many(session, accesses),
        _how_many(session, accesses.where(col(Vendor.tier).in_(FIRST_TIERS))),
        (),
    )


def _how_many(session: Session, rows: Any) -> int:
    counted = rows.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)
    return int(session.execute(counted).scalar_one())


def _accepted(session: Session) -> tuple[tuple[Accepted, ...], int]:
    """Findings whose risk is accepted, the acceptance that ends first at the head."""
    names = Names(session)
    rows = (
        select(StoredFinding, Vendor)
        .join(Vendor, col(Vendor.id) == col(StoredFinding.vendor_id))
        .where(
            col(StoredFinding.accepted_until).is_not(None),
            col(StoredFinding.closed_at).is_(None),
            col(Vendor.archived_at).is_(None),
        )
    )
    first = rows.order_by(col(StoredFinding.accepted_until), col(StoredFinding.id)).limit(ACCEPTED)
    found = tuple(
        Accepted(
            plain(vendor.name),
            plain(row.title or row.reason, _TEXT),
            row.accepted_until,
            names(row.accepted_by_id),
        )
        for row, vendor in session.exec(first)
        if row.accepted_until is not None
    )
    return found, _how_many(session, rows)


def _blind(
    session: Session,
    figures: portfolio.Figures,
    cells: portfolio.Cells,
    now: dt.datetime,
    lines: Sequence[Line],
) -> Blind:
    first = sum(n for (tier, _band), n in cells.items() if tier in FIRST_TIERS)
    unrated = sum(n for (tier, band), n in cells.items() if tier in FIRST_TIERS and band is None)
    seen = col(Vendor.last_scan_at)
    newest = (
        select(Scan.vendor_id, func.max(Scan.finished_at).label("at"))
        .where(Scan.state == ScanState.FAILED)
        .group_by(col(Scan.vendor_id))
        .subquery()
    )
    failed = session.exec(
        select(func.count())
        .select_from(Vendor)
        .join(newest, newest.c.vendor_id == col(Vendor.id))
        .where(_standing(), or_(seen.is_(None), seen < newest.c.at))
    ).one()
    return Blind(
        untriaged=figures.waiting,
        unrated=unrated,
        first_tiers=first,
        never_seen=_count(session, seen.is_(None)),
        failed=failed,
        old=_count(session, seen < now - dt.timedelta(days=OLD_DAYS)),
        old_days=OLD_DAYS,
        shown=tuple(line.name for line in lines if line.tier in FIRST_TIERS and line.grade is None)[
            :NAMED
        ],
    )


def _shared(session: Session) -> tuple[tuple[Shared, ...], int]:
    """On which companies several vendors of tier 1 and 2 rest, by what the last look saw."""
    rests: dict[tuple[str, str], set[uuid.UUID]] = defaultdict(set)
    read = 0
    last: uuid.UUID | None = None
    while True:
        rows = select(Vendor.id).where(
            _standing(), col(Vendor.tier).in_(FIRST_TIERS), col(Vendor.last_scan_at).is_not(None)
        )
        if last is not None:
            rows = rows.where(col(Vendor.id) > last)
        ids = session.exec(rows.order_by(col(Vendor.id)).limit(_AT_ONCE)).all()
        if not ids:
            break
        last = ids[-1]
        read += len(ids)
        newest = (
            select(Scan.vendor_id, func.max(Scan.finished_at).label("at"))
            .where(Scan.state == ScanState.DONE, col(Scan.vendor_id).in_(ids))
            .group_by(col(Scan.vendor_id))
            .subquery()
        )
        seen = (
            select(Scan.vendor_id, ScanHost.facts)
            .join(Scan, col(Scan.id) == col(ScanHost.scan_id))
            .join(
                newest,
                and_(newest.c.vendor_id == Scan.vendor_id, newest.c.at == Scan.finished_at),
            )
        )
        for vendor_id, facts in session.exec(seen):
            for fact in facts or ():
                role = _ROLES.get(fact["id"])
                for value in fact["values"] if role else ():
                    rests[str(role), value.split(" (", 1)[0]].add(vendor_id)
    return _most_shared(session, rests), read


def _most_shared(
    session: Session, rests: Mapping[tuple[str, str], set[uuid.UUID]]
) -> tuple[Shared, ...]:
    most = sorted(
        (each for each in rests.items() if len(each[1]) >= SHARED_LEAST),
        key=lambda each: (-len(each[1]), each[0]),
    )[:SHARED]
    wanted = {id for _key, ids in most for id in sorted(ids)[:3]}
    rows = session.exec(select(Vendor.id, Vendor.name).where(col(Vendor.id).in_(wanted))).all()
    names = dict(rows)
    return tuple(
        Shared(
            role,
            plain(name),
            len(ids),
            tuple(sorted(plain(names[id]) for id in sorted(ids)[:3])),
        )
        for (role, name), ids in most
    )


def _spend(session: Session) -> tuple[tuple[Spend, ...], int]:
    """Where the money goes, a line for each currency, those with most vendors first."""
    standing = (_standing(), col(Engagement.ended_at).is_(None))
    joined = col(Engagement.vendor_id) == col(Vendor.id)
    amount = func.sum(Engagement.spend_minor)
    told = and_(col(Engagement.spend_minor).is_not(None), col(Engagement.currency).is_not(None))
    rows = session.exec(
        select(Engagement.currency, amount, func.count(func.distinct(Vendor.id)))
        .join(Vendor, joined)
        .where(*standing, told)
        .group_by(col(Engagement.currency))
    ).all()
    spend = []
    for currency, total, vendors in sorted(rows, key=lambda row: (-row[2], str(row[0]))):
        largest = session.exec(
            select(Vendor.name, amount)
            .join(Vendor, joined)
            .where(*standing, told, Engagement.currency == currency)
            .group_by(col(Vendor.id), col(Vendor.name))
            .order_by(amount.desc(), col(Vendor.name))
            .limit(LARGEST)
        ).all()
        spend.append(
            Spend(
                Money(int(total or 0), str(currency)),
                vendors,
                tuple((plain(name), Money(int(sum or 0), str(currency))) for name, sum in largest),
            )
        )
    untold = session.exec(
        select(func.count()).select_from(Engagement).join(Vendor, joined).where(*standing, ~told)
    ).one()
    return tuple(spend[:CURRENCIES]), untold
