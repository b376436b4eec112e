"""Reminders of questionnaires that are due, each once, and the word to our own owner at the end."""

import datetime as dt
import uuid
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass

from sqlmodel import Session, col, select

from vendor_risk.store.audit import record
from vendor_risk.store.models.people import User
from vendor_risk.store.models.responses import (
    WITH_VENDOR,
    QuestionnaireResponse,
    ResponseLink,
    ResponseReminder,
)
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import outbox
from vendor_risk.workflow.responses import links
from vendor_risk.workflow.responses.links import Entry

# Days from the due date on which a reminder goes out, by its name.
DAYS = {"-7": -7, "-3": -3, "-1": -1, "1": 1, "7": 7}
OWNER = "owner"
OWNER_DAYS = 10  # three days after the last reminder, while the vendor's link still works
_MORNING = dt.time(8)


@dataclass(frozen=True, slots=True)
class Reminder:
    """One letter to write: to the vendor with a link of its own, or to our owner without."""

    kind: str
    response: QuestionnaireResponse
    vendor: Vendor
    name: str
    email: str
    token: str  # empty for our owner
    at: dt.datetime  # the morning of whoever gets it
    link_id: uuid.UUID | None = None

    @property
    def late(self) -> bool:
        """Whether the answers are overdue by then."""
        return self.kind == OWNER or DAYS[self.kind] > 0


def due(session: Session, now: dt.datetime, zone: str = "UTC") -> list[Reminder]:
    """The letters of this day, noted as sent; who calls it writes them into the outbox.

    A day that was missed is not made up for where a later reminder is due. Contacts live in the
    zone of the installation, as far as anybody knows; our own people in theirs.
    """
    return [
        one
        for response, vendor in _waiting(session, now)
        for one in (
            _to_vendor(session, response, vendor, now, zone),
            _to_owner(session, response, vendor, now, zone),
        )
        if one is not None
    ]


def set_quiet(session: Session, at: Entry, *, quiet: bool, now: dt.datetime) -> bool:
    """The vendor has no reminders from now on, or has them again; False when it was so already.

    Our own owner is told of silence all the same, and a letter that returns answers goes out.
    """
    response = at.response
    session.refresh(response, with_for_update=True)
    if not at.owner or (response.quiet_at is not None) == quiet:
        return False
    response.quiet_at = now if quiet else None
    if quiet:
        outbox.call_off(session, f"reminder/{response.id}/", keep=f"/{OWNER}", now=now)
    session.flush()
    record(
        session,
        actor="vendor",
        act="response.quiet" if quiet else "response.not_quiet",
        subject_kind="response",
        subject_id=response.id,
        after={"number": response.number, "link": at.link.id},
        now=now,
    )
    return True


def _waiting(session: Session, now: dt.datetime) -> Iterator[tuple[QuestionnaireResponse, Vendor]]:
    today = now.astimezone(dt.UTC).date()
    first = today - dt.timedelta(days=60)  # by then the last link has ended
    rows = session.exec(
        select(QuestionnaireResponse, Vendor)
        .join(Vendor, col(Vendor.id) == col(QuestionnaireResponse.vendor_id))
        .where(
            col(QuestionnaireResponse.state).in_(WITH_VENDOR),
            col(QuestionnaireResponse.due_on).between(first, today + dt.timedelta(days=9)),
            col(Vendor.archived_at).is_(None),
            col(Vendor.sample).is_(False),  # their addresses are invented
        )
        .order_by(col(QuestionnaireResponse.due_on), col(QuestionnaireResponse.id))
        .with_for_update(of=QuestionnaireResponse)
    ).all()
    yield from rows


def _to_vendor(
    session: Session, response: QuestionnaireResponse, vendor: Vendor, now: dt.datetime, zone: str
) -> Reminder | None:
    if response.quiet_at is not None:
        return None
    at = _morning(now, zone)
    day = at.astimezone(zoneinfo.ZoneInfo(zone)).date()
    begun = (response.returned_at or response.sent_at or response.created_at).date()
    kinds = [
        (kind, response.due_on + dt.timedelta(days=days))
        for kind, days in DAYS.items()
        if begun < response.due_on + dt.timedelta(days=days) <= day
    ]
    if not kinds:
        return None
    kind, wanted = kinds[-1]
    # The day before the due date is no day for "in a week", nor a month later one for "a week ago".
    if (day - wanted).days > 2 or not _owner_of(session, response):
        return None
    if not _mark(session, response, kind, now):
        return None
    link, token = links.again(session, response, now=now)
    return Reminder(kind, response, vendor, link.name, link.email, token, at, link.id)


def _to_owner(
    session: Session, response: QuestionnaireResponse, vendor: Vendor, now: dt.datetime, zone: str
) -> Reminder | None:
    engagement = session.get_one(Engagement, response.engagement_id)
    person = next(
        (
            user
            for id in (engagement.owner_id, vendor.owner_id, response.sent_by_id)
            if id is not None and (user := session.get(User, id)) is not None and user.active
        ),
        None,
    )
    if person is None:
        return None
    at = _morning(now, person.timezone or zone)
    day = at.astimezone(zoneinfo.ZoneInfo(person.timezone or zone)).date()
    if (day - response.due_on).days < OWNER_DAYS or not _mark(session, response, OWNER, now):
        return None
    return Reminder(OWNER, response, vendor, person.name or person.email, person.email, "", at)


def _morning(now: dt.datetime, zone: str) -> dt.datetime:
    """The next eight o'clock there."""
    there = now.astimezone(zoneinfo.ZoneInfo(zone))
    at = dt.datetime.combine(there.date(), _MORNING, there.tzinfo)
    if at < there:
        at = dt.datetime.combine(there.date() + dt.timedelta(days=1), _MORNING, there.tzinfo)
    return at.astimezone(dt.UTC)


def _owner_of(session: Session, response: QuestionnaireResponse) -> bool:
    """Whether somebody at the vendor can be reached who answers for the whole."""
    rows = select(ResponseLink).where(
        ResponseLink.response_id == response.id, col(ResponseLink.revoked_at).is_(None)
    )
    return any(one.sections is None and one.email for one in session.exec(rows))


def _mark(session: Session, response: QuestionnaireResponse, kind: str, now: dt.datetime) -> bool:
    """Whether this one was not sent before; it is from now on."""
    key: tuple[uuid.UUID, str] = (response.id, kind)
    if session.get(ResponseReminder, key) is not None:
        return False
    session.add(ResponseReminder(response_id=response.id, kind=kind, sent_at=now))
    session.flush()
    record(
        session,
        actor="clock",
        act="response.reminded",
        subject_kind="response",
        subject_id=response.id,
        after={"number": response.number, "kind": kind, "due_on": response.due_on},
        now=now,
    )
    return True
