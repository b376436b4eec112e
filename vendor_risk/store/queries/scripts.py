"""The list of scripts on our own pages: which match, in which order, and what they say."""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from vendor_risk.store.models.people import User
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.scripts import PageScript
from vendor_risk.store.models.vendors import Vendor

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ScriptFilter:
    """Which scripts; every field narrows, and what is empty or None narrows nothing.

    `gone` False stands for those that are still seen, True for those that no longer are.
    """

    text: str = ""
    authorised: bool | None = None
    held: bool | None = None
    card_page: bool | None = None
    gone: bool | None = False


@dataclass(frozen=True, slots=True)
class Line:
    """One script on one page with the vendor it is tied to, and who authorised it."""

    row: PageScript
    vendor: Vendor | None
    authorised_by: str


def ours(session: Session) -> Vendor | None:
    """The vendor that stands for our own company."""
    return session.exec(select(Vendor).where(col(Vendor.ours).is_(True))).first()


def last_look(session: Session) -> dt.datetime | None:
    """When the last scan of our own pages began that came to its end; None before the first."""
    mine = select(Vendor.id).where(col(Vendor.ours).is_(True))
    ended = select(func.max(Scan.started_at)).where(
        col(Scan.vendor_id).in_(mine), Scan.state == ScanState.DONE
    )
    return session.exec(ended).one()


def count(session: Session, wanted: ScriptFilter) -> int:
    """How many scripts match."""
    return session.exec(select(func.count()).select_from(PageScript).where(_matching(wanted))).one()


def page(session: Session, wanted: ScriptFilter, *, first: int = 0, most: int = 50) -> list[Line]:
    """The scripts of one page of the list, those on pages that take cards first."""
    theirs = aliased(Vendor)
    rows: Sequence[Any] = session.exec(
        select(PageScript, theirs, User.name, User.email)
        .join(theirs, col(PageScript.vendor_id) == theirs.id, isouter=True)
        .join(User, col(PageScript.authorised_by_id) == User.id, isouter=True)
        .where(_matching(wanted))
        .order_by(*_ORDER)
        .offset(first)
        .limit(most)
    ).all()
    return [Line(row, vendor, name or email or "") for row, vendor, name, email in rows]


def every(session: Session, wanted: ScriptFilter) -> Iterator[Line]:
    """All scripts that match, a few hundred in memory at a time."""
    first = 0
    while lines := page(session, wanted, first=first, most=_AT_ONCE):
        yield from lines
        first += _AT_ONCE
        session.expunge_all()


def ids_of(session: Session, wanted: ScriptFilter, most: int) -> Sequence[uuid.UUID]:
    """The ids of all that match, for acts upon many."""
    query = select(PageScript.id).where(_matching(wanted)).order_by(*_ORDER)
    return session.exec(query.limit(most)).all()


def waiting(session: Session) -> int:
    """How many scripts run on pages that take cards and are not authorised."""
    return count(session, ScriptFilter(authorised=False, card_page=True))


def seen_of(session: Session, vendor_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, PageScript]:
    """For each of the vendors whose scripts are on our pages one of them, on a card page if any."""
    rows = session.exec(
        select(PageScript)
        .join(Vendor, col(PageScript.ours_id) == Vendor.id)
        .where(
            col(PageScript.vendor_id).in_(list(vendor_ids)),
            col(PageScript.gone_at).is_(None),
            col(Vendor.ours).is_(True),
        )
        .order_by(col(PageScript.card_page), col(PageScript.page).desc(), col(PageScript.script))
    )
    return {row.vendor_id: row for row in rows if row.vendor_id is not None}


_ORDER = (
    col(PageScript.card_page).desc(),
    col(PageScript.script_host),
    col(PageScript.script),
    col(PageScript.page),
    col(PageScript.id),
)


def _matching(wanted: ScriptFilter) -> ColumnElement[bool]:
    mine = select(Vendor.id).where(col(Vendor.ours).is_(True))
    return and_(col(PageScript.ours_id).in_(mine), *_conditions(wanted))


def _conditions(wanted: ScriptFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.text:
        text = wanted.text.strip()
        columns = (PageScript.script, PageScript.page, PageScript.owner, PageScript.purpose)
        yield or_(*(col(each).icontains(text, autoescape=True) for each in columns))
    if wanted.authorised is not None:
        authorised = col(PageScript.authorised_at)
        yield authorised.is_not(None) if wanted.authorised else authorised.is_(None)
    if wanted.held is not None:
        yield col(PageScript.held).is_(wanted.held)
    if wanted.card_page is not None:
        yield col(PageScript.card_page).is_(wanted.card_page)
    if wanted.gone is not None:
        gone = col(PageScript.gone_at)
        yield gone.is_not(None) if wanted.gone else gone.is_(None)
