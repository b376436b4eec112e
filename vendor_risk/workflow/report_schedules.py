"""Reports that are made again and again: of whom, how often, and who is told of each."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

from sqlmodel import Session, col, func, select

from vendor_risk.languages import OFFERED
from vendor_risk.reports.report import Kind
from vendor_risk.store.audit import record
from vendor_risk.store.models.people import User
from vendor_risk.store.models.reports import IssuedReport, ReportSchedule
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import reports, settings
from vendor_risk.workflow.people import role_names
from vendor_risk.workflow.queue import Enqueue
from vendor_risk.workflow.vendors import VendorRefused

WEEKLY, MONTHLY, QUARTERLY = "weekly", "monthly", "quarterly"
_MONTHS = {MONTHLY: 1, QUARTERLY: 3}
MOST = 200  # that run at a time
# Of a PDF in a letter: with its encoding it stays below the 10 MB that most mail servers take.
MOST_ATTACHED = 7_000_000
MOST_PEOPLE = 50
AHEAD = dt.timedelta(days=366)
# Who may be told of a report: whoever may open it.
READERS = frozenset({"analyst", "approver", "auditor", "admin"})


@dataclass(frozen=True, slots=True)
class Terms:
    """What is said of a schedule; `vendor` None is the portfolio."""

    vendor: Vendor | None
    every: str
    language: str
    first_on: dt.date
    people: Sequence[uuid.UUID]


def after(first_on: dt.date, every: str, day: dt.date) -> dt.date:
    """The first day of the schedule that comes after that day.

    A month without the day of the first one has its last day instead: the 31st, the 28th, the 31st.
    """
    if day < first_on:
        return first_on
    if every == WEEKLY:
        return first_on + dt.timedelta(weeks=(day - first_on).days // 7 + 1)
    for step in count(1):
        found = _later(first_on, step * _MONTHS[every])
        if found > day:
            return found
    raise AssertionError  # months do not end


def _later(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.month - 1 + months, 12)
    begin = dt.date(day.year + year, month + 1, 1)
    next_month = (begin + dt.timedelta(days=32)).replace(day=1)
    return begin.replace(day=min(day.day, (next_month - dt.timedelta(days=1)).day))


def running(session: Session) -> Sequence[tuple[ReportSchedule, Vendor | None]]:
    """Those that run, the next due first."""
    rows = (
        select(ReportSchedule, Vendor)
        .join(Vendor, col(Vendor.id) == col(ReportSchedule.vendor_id), isouter=True)
        .where(col(ReportSchedule.ended_at).is_(None))
        .order_by(col(ReportSchedule.next_on), col(ReportSchedule.id))
    )
    return session.exec(rows).all()


def readers(session: Session) -> list[tuple[uuid.UUID, str]]:
    """Everybody who can be told of a report, by name."""
    people = session.exec(select(User).where(col(User.active).is_(True)))
    able = [one for one in people if not READERS.isdisjoint(role_names(one))]
    named = [(one.id, one.name or one.email) for one in able]
    return sorted(named, key=lambda one: one[1].casefold())


def begin(session: Session, terms: Terms, *, now: dt.datetime, actor: uuid.UUID) -> ReportSchedule:
    """A report is made on these days from now on."""
    if terms.every not in (WEEKLY, *_MONTHS):
        raise VendorRefused("Say how often the report is made.", "every")
    if terms.language not in OFFERED:
        raise VendorRefused("Choose one of the languages.", "language")
    today = now.astimezone(dt.UTC).date()
    if not today <= terms.first_on <= today + AHEAD:
        raise VendorRefused("Give a first day from today on, within a year.", "first_on")
    able = {id for id, _name in readers(session)}
    people = list(dict.fromkeys(terms.people))
    if not people:
        raise VendorRefused("Choose who is told when the report is there.", "people")
    if len(people) > MOST_PEOPLE or not able.issuperset(people):
        raise VendorRefused("Choose people with an active account who may read it.", "people")
    if terms.vendor is not None and terms.vendor.archived_at is not None:
        raise VendorRefused("This vendor is archived: restore it first.")
    there = select(func.count()).where(col(ReportSchedule.ended_at).is_(None))
    if session.exec(there).one() >= MOST:
        raise VendorRefused("At most %(most)s schedules run at a time: end one first.", most=MOST)
    row = ReportSchedule(
        vendor_id=terms.vendor.id if terms.vendor else None,
        every=terms.every,
        language=terms.language,
        first_on=terms.first_on,
        next_on=terms.first_on,
        people=[str(one) for one in people],
        by_id=actor,
        created_at=now,
    )
    session.add(row)
    session.flush()
    record(
        session,
        actor=actor,
        act="report.schedule_begun",
        subject_kind="report_schedule",
        subject_id=row.id,
        after={
            "vendor": str(row.vendor_id) if row.vendor_id else None,
            "every": row.every,
            "first_on": row.first_on.isoformat(),
            "people": row.people,
        },
        now=now,
    )
    return row


def end(session: Session, row: ReportSchedule, *, now: dt.datetime, actor: uuid.UUID | str) -> None:
    """No report is made by it any more; those that were stay."""
    if row.ended_at is not None:
        return
    row.ended_at = now
    record(
        session,
        actor=actor,
        act="report.schedule_ended",
        subject_kind="report_schedule",
        subject_id=row.id,
        now=now,
    )


def order_due(
    session: Session, now: dt.datetime, *, organisation: str, enqueue: Enqueue
) -> list[IssuedReport]:
    """The reports whose day has come are ordered; days that nobody was there for make one report.

    The schedule moves on in the same transaction, so no day makes two.
    """
    today = now.astimezone(dt.UTC).date()
    due = session.exec(
        select(ReportSchedule)
        .where(col(ReportSchedule.ended_at).is_(None), col(ReportSchedule.next_on) <= today)
        .order_by(col(ReportSchedule.id))
        .with_for_update()
    ).all()
    made = []
    for row in due:
        row.next_on = after(row.first_on, row.every, today)
        vendor = session.get(Vendor, row.vendor_id) if row.vendor_id else None
        if vendor is not None and vendor.archived_at is not None:
            end(session, row, now=now, actor="clock")
            continue
        order = (
            partial(reports.request_report, session, vendor)
            if vendor is not None
            else partial(reports.request_portfolio, session)
        )
        issued = order(
            now=now,
            actor="clock",
            prepared_by="",
            organisation=organisation,
            language=row.language,
            enqueue=enqueue,
        )
        issued.schedule_id = row.id
        made.append(issued)
    session.flush()
    return made


def told(session: Session, issued: IssuedReport) -> list[User]:
    """Who is told that this report is there: people of its schedule who may still read it."""
    row = session.get(ReportSchedule, issued.schedule_id) if issued.schedule_id else None
    if row is None:
        return []
    wanted = [uuid.UUID(one) for one in row.people]
    people = session.exec(
        select(User).where(col(User.id).in_(wanted), col(User.active).is_(True))
    ).all()
    return [one for one in people if not READERS.isdisjoint(role_names(one))]


def may_attach(session: Session, issued: IssuedReport, recipient: str) -> bool:
    """Whether the PDF may go to this address now: allowed, not too large, and theirs to read."""
    if issued.state != "done" or not settings.reports_attached(session):
        return False
    if issued.pdf_bytes is None or issued.pdf_bytes > MOST_ATTACHED:
        return False
    return any(one.email == recipient for one in told(session, issued))


def title_of(issued: IssuedReport, session: Session) -> str:
    """What the report is about, where a vendor is; empty for the portfolio."""
    if issued.kind == Kind.PORTFOLIO or issued.vendor_id is None:
        return ""
    return session.get_one(Vendor, issued.vendor_id).name
