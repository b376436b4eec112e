"""Letters that ask a vendor to mend findings, and what the vendor answers over their link."""

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from vendor_risk.store.audit import record
from vendor_risk.store.models.findings import (
    FindingEvent,
    FindingRequest,
    FindingState,
    StoredFinding,
)
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.store.models.vendors import Contact, ContactRole, Vendor
from vendor_risk.workflow import findings
from vendor_risk.workflow.contacts import contacts_of
from vendor_risk.workflow.finding_files import Evidence
from vendor_risk.workflow.finding_moves import VENDOR, Teller
from vendor_risk.workflow.vendors import VendorRefused, refuse_gone

GRACE = dt.timedelta(days=14)  # a link works so long after the day that was asked for
USUAL = dt.timedelta(days=30)  # where no day was given
_FURTHEST = dt.timedelta(days=365)
MOST = 100  # findings in one letter: the page lists them all
MESSAGE = 2000

ANSWERABLE = (
    FindingState.ASKED,
    FindingState.OPEN,
    FindingState.SAID_FIXED,
    FindingState.DISPUTED,
)
"""States in which the vendor still has something to say."""


def recipients(session: Session, vendor_id: uuid.UUID) -> list[Contact]:
    """The contacts that a letter can reach, those for security first."""
    reachable = [one for one in contacts_of(session, vendor_id) if one.email]
    return sorted(reachable, key=lambda one: ContactRole.SECURITY not in one.roles)


def ask(
    session: Session,
    vendor: Vendor,
    rows: Sequence[StoredFinding],
    *,
    contact_id: uuid.UUID | None,
    message: str = "",
    due: dt.date | None = None,
    now: dt.datetime,
    actor: uuid.UUID,
) -> tuple[FindingRequest, Contact, str]:
    """The request, whom it goes to, and the token of its link, which is kept nowhere.

    Without a contact named the first one for security is taken.
    """
    refuse_gone(vendor)
    if not rows:
        raise VendorRefused("Choose at least one finding.", "chosen")
    if len(rows) > MOST:
        raise VendorRefused(
            "A letter asks for %(most)s findings at most: choose fewer.", "chosen", most=MOST
        )
    if any(row.vendor_id != vendor.id for row in rows):
        raise VendorRefused("A letter goes to one vendor: choose findings of it alone.", "chosen")
    contact = _contact(session, vendor, contact_id)
    today = now.astimezone(dt.UTC).date()
    due = _checked_due(due, today)
    message = findings.checked_note(message)
    if len(message) > MESSAGE:
        raise VendorRefused("A message has at most %(most)s characters.", "message", most=MESSAGE)
    token = secrets.token_urlsafe(32)
    request = FindingRequest(
        vendor_id=vendor.id,
        contact_id=contact.id,
        token_sha256=_digest(token),
        asked_by_id=actor,
        message=message,
        due_on=due,
        # the whole of the last day, wherever on earth the vendor is
        expires_at=dt.datetime.combine(due + GRACE, dt.time(23, 59, 59), dt.UTC),
        created_at=now,
    )
    session.add(request)
    session.flush()
    findings.ask_all(session, rows, request.id, now=now, by=Teller(actor))
    _record(session, request, "finding_request.sent", actor, now)
    return request, contact, token


def opened(session: Session, token: str, *, now: dt.datetime) -> FindingRequest | None:
    """The request that a link leads to; None when it is unknown, revoked or has ended."""
    if not 20 <= len(token) <= 100:
        return None
    request = session.exec(
        select(FindingRequest).where(FindingRequest.token_sha256 == _digest(token))
    ).first()
    if request is None or request.revoked_at is not None or request.expires_at < now:
        return None
    vendor = session.get(Vendor, request.vendor_id)
    if request.contact_id is None or vendor is None or vendor.archived_at is not None:
        return None  # whom it was for is gone, or the vendor is
    return request


def asked_by(session: Session, request: FindingRequest) -> Sequence[StoredFinding]:
    """The findings of a letter, the worst first."""
    rows = select(StoredFinding).where(StoredFinding.request_id == request.id)
    order = (col(StoredFinding.severity).desc(), col(StoredFinding.title), col(StoredFinding.id))
    return session.exec(rows.order_by(*order)).all()


LETTER = "findings/"  # before the id of the request: the key of its letter in the outbox
_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Lost:
    """A letter about findings that did not get through, while they wait for the vendor."""

    mail: OutboxMail
    request: FindingRequest
    vendor: Vendor


def lost(session: Session, *, now: dt.datetime, most: int = 20) -> list[Lost]:
    """What did not get through, the newest first.

    It is over when the link was opened, ended or taken back, and when the findings were asked
    about in another letter.
    """
    failed = session.exec(
        select(OutboxMail)
        .where(OutboxMail.state == "failed", col(OutboxMail.dedup_key).startswith(LETTER))
        .order_by(col(OutboxMail.created_at).desc(), col(OutboxMail.id))
        .limit(_LOOKED_AT)
    ).all()
    found: list[Lost] = []
    for mail in failed:
        request = session.get(FindingRequest, uuid.UUID(mail.dedup_key.removeprefix(LETTER)))
        vendor = session.get(Vendor, request.vendor_id) if request else None
        if request is None or vendor is None or vendor.archived_at is not None:
            continue
        over = request.opened_at or request.revoked_at or request.expires_at < now
        waits = select(StoredFinding.id).where(
            StoredFinding.request_id == request.id, StoredFinding.state == FindingState.ASKED
        )
        if not over and session.exec(waits.limit(1)).first() is not None:
            found.append(Lost(mail, request, vendor))
            if len(found) == most:
                break
    return found


def answer(
    session: Session,
    request: FindingRequest,
    row: StoredFinding,
    name: str,
    *,
    note: str,
    revision: int,
    evidence: Evidence | None,
    now: dt.datetime,
) -> FindingEvent:
    """The vendor says that it is fixed, or disputes it; who keeps the file names it by the event.

    `name` is the step: say-fixed or dispute.
    """
    if row.request_id != request.id or name not in ("say-fixed", "dispute"):
        raise VendorRefused("This is no longer asked by this link.")
    by = Teller("vendor", VENDOR, request.contact_id)
    event = findings.step(
        session, row, name, note=note, evidence=evidence, revision=revision, now=now, by=by
    )
    if request.opened_at is None:
        request.opened_at = now
    session.flush()
    return event


def revoke(
    session: Session, request: FindingRequest, *, now: dt.datetime, actor: uuid.UUID
) -> bool:
    """The link opens nothing any more; False when it did not already."""
    if request.revoked_at is not None:
        return False
    request.revoked_at = now
    _record(session, request, "finding_request.revoked", actor, now)
    return True


def language_of(session: Session, contact: Contact) -> str | None:
    """The language in which this person was last sent questions; None when there were none."""
    rows = (
        select(QuestionnaireResponse.language)
        .where(QuestionnaireResponse.contact_id == contact.id)
        .order_by(col(QuestionnaireResponse.sent_at).desc())
        .limit(1)
    )
    return session.exec(rows).first()


def _contact(session: Session, vendor: Vendor, contact_id: uuid.UUID | None) -> Contact:
    reachable = recipients(session, vendor.id)
    if not reachable:
        raise VendorRefused(
            "%(vendor)s has no contact with an e-mail address: add one under “Contacts”.",
            "contact_id",
            vendor=vendor.name,
        )
    if contact_id is None:
        return reachable[0]
    for one in reachable:
        if one.id == contact_id:
            return one
    raise VendorRefused("Choose a contact of this vendor that has an address.", "contact_id")


def _checked_due(due: dt.date | None, today: dt.date) -> dt.date:
    due = due or today + USUAL
    if due < today:
        raise VendorRefused("That day is past: give one from today on.", "due_on")
    if due > today + _FURTHEST:
        raise VendorRefused("That is more than a year ahead: give a nearer day.", "due_on")
    return due


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _record(
    session: Session, request: FindingRequest, act: str, actor: uuid.UUID, now: dt.datetime
) -> None:
    record(
        session,
        actor=actor,
        act=act,
        subject_kind="finding_request",
        subject_id=request.id,
        after={"vendor_id": request.vendor_id, "due_on": request.due_on},
        now=now,
    )
