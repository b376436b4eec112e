"""The table of findings: which match, in which order, and how many up to a bound.

Nothing here reads the whole table: pages follow an index, and counting stops at `MOST_COUNTED`.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, true
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from vendor_risk.evidence import Severity
from vendor_risk.store.models.findings import FindingEvent, FindingState, StoredFinding
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Contact, Vendor
from vendor_risk.store.queries import vendors as inventory
from vendor_risk.store.queries.vendors import VendorFilter

MOST_COUNTED = 10_000  # beyond, a list says "more than"; nobody pages so far
MOST_VENDORS = 200  # that a text may name: a wider one is no filter
MOST_EXPORTED = 100_000
_AT_ONCE = 500
_SEVERE = Severity.HIGH.rank
_DUE = (
    FindingState.OPEN,
    FindingState.ASKED,
    FindingState.SAID_FIXED,
    FindingState.DISPUTED,
)

_SEVERITY, _DUE_ON = col(StoredFinding.severity), col(StoredFinding.due_on)
_OPENED, _ID = col(StoredFinding.opened_at), col(StoredFinding.id)
# The orders of the table, each that of an index.
SORTS: Mapping[str, tuple[Any, ...]] = {
    "-severity": (_SEVERITY.desc(), _OPENED.desc(), _ID.desc()),
    "due": (_DUE_ON, _ID),
    "-due": (_DUE_ON.desc(), _ID.desc()),
    "opened": (_OPENED, _ID),
    "-opened": (_OPENED.desc(), _ID.desc()),
    "answered": (col(StoredFinding.answered_at), _ID),
}
# Of these the index of open findings alone knows the order.
_OPEN_ONLY = ("due", "-due", "-severity")


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings; every field narrows, and what is empty or None narrows nothing.

    `closed` False stands for those that stand, True for those that are closed.
    """

    closed: bool | None = False
    states: frozenset[str] = frozenset()
    severities: frozenset[int] = frozenset()
    vendors: frozenset[uuid.UUID] | None = None
    owner_id: uuid.UUID | None = None
    without_owner: bool = False
    overdue_on: dt.date | None = None
    archived: bool | None = None  # of vendors that left, or not of them
    answered: bool = False  # the vendor has spoken, and it waits for us
    control: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One finding with what its vendor and its owner are called."""

    row: StoredFinding
    vendor: Vendor
    owner: str


@dataclass(frozen=True, slots=True)
class Told:
    """An event with who caused it, in words."""

    event: FindingEvent
    who: str


def vendors_named(session: Session, text: str, key: str) -> frozenset[uuid.UUID]:
    """The vendors that a text names, the first of them where it names too many."""
    return frozenset(inventory.ids_of(session, VendorFilter(text=text, key=key), MOST_VENDORS))


def count(session: Session, wanted: FindingFilter, most: int = MOST_COUNTED) -> int:
    """How many match; one more than `most` where it is more than that."""
    some = select(StoredFinding.id).where(_matching(wanted)).limit(most + 1).subquery()
    return session.exec(select(func.count()).select_from(some)).one()


def page(
    session: Session,
    wanted: FindingFilter,
    *,
    sort: str = "-severity",
    first: int = 0,
    most: int = 25,
) -> list[Line]:
    """The findings of one page; `sort` is a key of SORTS."""
    return lines_of(session, session.exec(_ids(wanted, sort).offset(first).limit(most)).all())


def every(session: Session, wanted: FindingFilter, *, sort: str = "-severity") -> Iterator[Line]:
    """All that match, up to the bound of an export, a few hundred in memory at a time."""
    ids = session.exec(_ids(wanted, sort).limit(MOST_EXPORTED)).all()
    for start in range(0, len(ids), _AT_ONCE):
        yield from lines_of(session, ids[start : start + _AT_ONCE])
        session.expunge_all()


def ids_of(
    session: Session, wanted: FindingFilter, most: int, *, sort: str = "-severity"
) -> Sequence[uuid.UUID]:
    """The ids of the first that match, for acts upon many."""
    return session.exec(_ids(wanted, sort).limit(most)).all()


def lines_of(session: Session, ids: Sequence[uuid.UUID]) -> list[Line]:
    """The lines of these findings, in this order."""
    found = select(StoredFinding, Vendor).join(
        Vendor, col(StoredFinding.vendor_id) == col(Vendor.id)
    )
    rows = {row.id: (row, v) for row, v in session.exec(found.where(_ID.in_(ids)))}
    names = names_of(session, {row.owner_id for row, _ in rows.values() if row.owner_id})
    return [
        Line(rows[id][0], rows[id][1], names.get(rows[id][0].owner_id, ""))
        for id in ids
        if id in rows
    ]


def names_of(session: Session, ids: set[uuid.UUID]) -> dict[uuid.UUID | None, str]:
    """What these people are called."""
    if not ids:
        return {}
    people = select(User.id, User.name, User.email).where(col(User.id).in_(ids))
    return {id: name or email for id, name, email in session.exec(people)}


def severe_and_overdue(session: Session, today: dt.date, most: int = 999) -> int:
    """How many severe findings are past their day: work that waits."""
    severe = frozenset({_SEVERE, _SEVERE + 1})
    wanted = FindingFilter(severities=severe, overdue_on=today, archived=False)
    return min(most, count(session, wanted, most))


def closed_lately(session: Session, since: dt.datetime, vendor_id: uuid.UUID | None = None) -> int:
    """How many were closed since then, up to the bound."""
    closed = select(StoredFinding.id).where(col(StoredFinding.closed_at) >= since)
    if vendor_id is not None:
        closed = closed.where(StoredFinding.vendor_id == vendor_id)
    some = closed.limit(MOST_COUNTED).subquery()
    return session.exec(select(func.count()).select_from(some)).one()


def any_at_all(session: Session) -> bool:
    """Whether there is a finding, open or closed."""
    return session.exec(select(StoredFinding.id).limit(1)).first() is not None


def open_of(session: Session, vendor_id: uuid.UUID, most: int) -> list[Line]:
    """The vendor's open findings, the worst first."""
    return page(session, FindingFilter(vendors=frozenset({vendor_id})), most=most)


def events_of(session: Session, finding_id: uuid.UUID, most: int = 200) -> list[Told]:
    """What happened to a finding, the newest first."""
    events = session.exec(
        select(FindingEvent)
        .where(FindingEvent.finding_id == finding_id)
        .order_by(col(FindingEvent.at).desc(), col(FindingEvent.created_at).desc())
        .limit(most)
    ).all()
    names = names_of(session, {one.by_id for one in events if one.by_id})
    contacts: dict[uuid.UUID | None, str] = {}
    if wanted := {one.contact_id for one in events if one.contact_id}:
        rows = session.exec(select(Contact).where(col(Contact.id).in_(wanted)))
        contacts = {one.id: one.name for one in rows}
    return [
        Told(one, names.get(one.by_id, "") or contacts.get(one.contact_id, "")) for one in events
    ]


def _matching(wanted: FindingFilter) -> ColumnElement[bool]:
    return and_(*_conditions(wanted), true())


def _conditions(wanted: FindingFilter) -> Iterator[ColumnElement[bool]]:
    states = wanted.states
    if wanted.closed is not None:
        closed = col(StoredFinding.closed_at)
        yield closed.is_not(None) if wanted.closed else closed.is_(None)
    if wanted.overdue_on is not None:
        states = frozenset(_DUE) & states if states else frozenset(_DUE)
        yield col(StoredFinding.due_on) < wanted.overdue_on
        yield col(StoredFinding.accepted_until).is_(None)  # as an index says it
    if wanted.archived is not None:
        gone = select(Vendor.id).where(col(Vendor.archived_at).is_not(None))
        of = col(StoredFinding.vendor_id)
        yield of.in_(gone) if wanted.archived else of.not_in(gone)
    if wanted.answered:
        yield col(StoredFinding.answered_at).is_not(None)
    if len(states) == 1:
        yield col(StoredFinding.state) == next(iter(states))
    elif states:
        yield col(StoredFinding.state).in_(sorted(states))
    if wanted.severities:
        yield _SEVERITY.in_(sorted(wanted.severities))
    if wanted.vendors is not None:
        yield col(StoredFinding.vendor_id).in_(sorted(wanted.vendors))
    if wanted.owner_id is not None:
        yield col(StoredFinding.owner_id) == wanted.owner_id
    if wanted.without_owner:
        yield col(StoredFinding.owner_id).is_(None)
    if wanted.control:
        yield col(StoredFinding.control) == wanted.control
    if wanted.kind:
        yield col(StoredFinding.kind) == wanted.kind


def _ids(wanted: FindingFilter, sort: str) -> SelectOfScalar[uuid.UUID]:
    if wanted.answered and sort in ("-severity", "answered"):
        return select(StoredFinding.id).where(_matching(wanted)).order_by(*SORTS["answered"])
    if (
        sort not in SORTS
        or sort == "answered"
        or (wanted.closed is not False and sort in _OPEN_ONLY)
    ):
        sort = "-severity" if wanted.closed is False else "-opened"
    if sort == "-severity" and wanted.overdue_on is not None and len(wanted.severities) == 1:
        sort = "due"  # all are as severe: the longest overdue first, as ix_finding_late has them
    return select(StoredFinding.id).where(_matching(wanted)).order_by(*SORTS[sort])
