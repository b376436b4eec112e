"""Letters of responses that did not get through: which, and noting that one came back."""

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select

from vendor_risk.store.audit import record
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.responses import WITH_VENDOR, QuestionnaireResponse, ResponseLink
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow.notices import Notice
from vendor_risk.workflow.responses.threads import TALKING
from vendor_risk.workflow.vendors import VendorRefused, clean

REASON = 500
_SHOWN = 20
_LOOKED_AT = 2000  # letters whose sealed addresses are compared, the newest first
_LONGEST_WAY = dt.timedelta(days=30)  # a server gives up after five days (RFC 5321, 4.5.4.1)
_LINK = re.compile(r"^https?://[^\s]{1,300}/q/[A-Za-z0-9_-]{20,100}$", re.MULTILINE)
_OURS = re.compile(r"^<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^\s<>]{1,255}>$")


@dataclass(frozen=True, slots=True)
class Lost:
    """A letter that somebody at a vendor did not get, while the vendor is asked."""

    mail: OutboxMail
    link: ResponseLink
    response: QuestionnaireResponse
    vendor: Vendor

    @property
    def owner(self) -> bool:
        """Whether it was to whoever owns the answers."""
        return self.link.sections is None

    @property
    def address(self) -> str:
        """The link in the letter, to be handed over by another way; empty where it has none."""
        found = _LINK.search(self.mail.text)
        return found.group() if found else ""


def lost(
    session: Session, response: QuestionnaireResponse | None = None, *, most: int = _SHOWN
) -> list[Lost]:
    """What did not get through, of one response or of all, the newest first.

    It is over when its link is opened, replaced or taken back, or when the answers are here.
    """
    query = (
        select(OutboxMail, ResponseLink, QuestionnaireResponse, Vendor)
        .join(ResponseLink, col(ResponseLink.id) == col(OutboxMail.link_id))
        .join(QuestionnaireResponse, col(QuestionnaireResponse.id) == ResponseLink.response_id)
        .join(Vendor, col(Vendor.id) == col(QuestionnaireResponse.vendor_id))
        .where(*_lost())
        .order_by(col(OutboxMail.created_at).desc(), col(OutboxMail.id))
        .limit(most)
    )
    if response is not None:
        query = query.where(QuestionnaireResponse.id == response.id)
    return [Lost(*row) for row in session.exec(query).all()]


def count(session: Session) -> int:
    """How many letters did not get through."""
    return session.exec(
        select(func.count())
        .select_from(OutboxMail)
        .join(ResponseLink, col(ResponseLink.id) == col(OutboxMail.link_id))
        .join(QuestionnaireResponse, col(QuestionnaireResponse.id) == ResponseLink.response_id)
        .join(Vendor, col(Vendor.id) == col(QuestionnaireResponse.vendor_id))
        .where(*_lost())
    ).one()


def letters(
    session: Session, response: QuestionnaireResponse, *, most: int = _SHOWN
) -> Sequence[tuple[OutboxMail, ResponseLink]]:
    """What was written to the vendor about the response, the newest first."""
    query = (
        select(OutboxMail, ResponseLink)
        .join(ResponseLink, col(ResponseLink.id) == col(OutboxMail.link_id))
        .where(ResponseLink.response_id == response.id)
        .order_by(col(OutboxMail.created_at).desc(), col(OutboxMail.id))
    )
    return [(mail, link) for mail, link in session.exec(query.limit(most)).all()]


def came_back(
    session: Session,
    mail: OutboxMail,
    reason: str,
    *,
    now: dt.datetime,
    actor: uuid.UUID | str,
) -> bool:
    """A letter that a server took did not get through; False when that was known."""
    session.refresh(mail, with_for_update=True)
    if mail.state == "waiting":
        raise VendorRefused("That letter has not left yet, so it cannot have come back.")
    if mail.bounced_at is not None:
        return False
    before = mail.state
    mail.state, mail.bounced_at = "failed", now
    mail.last_error = clean(reason)[:REASON] or "It came back."
    session.add(mail)
    session.flush()
    record(
        session,
        actor=actor,
        act="mail.bounced",
        subject_kind="mail",
        subject_id=mail.id,
        before={"state": before},
        after={"state": mail.state, "reason": mail.last_error},
        now=now,
    )
    return True


def of_notice(session: Session, notice: Notice, *, now: dt.datetime) -> OutboxMail | None:
    """The letter that a notice is about: by our Message-ID, else the last one to its address.

    None where letters of several responses went there: which one came back is then not known.
    """
    told = _OURS.match(notice.message_id)
    if told:
        return session.get(OutboxMail, uuid.UUID(told.group(1)))
    wanted = notice.recipient.casefold()
    if not wanted:
        return None
    sent = (
        select(OutboxMail, ResponseLink)
        .join(ResponseLink, col(ResponseLink.id) == col(OutboxMail.link_id))
        .where(OutboxMail.state == "sent", col(OutboxMail.created_at) > now - _LONGEST_WAY)
        .order_by(col(OutboxMail.created_at).desc())
        .limit(_LOOKED_AT)
    )
    theirs = [row for row in session.exec(sent) if row[0].recipient.casefold() == wanted]
    if len({link.response_id for _mail, link in theirs}) != 1:
        return None
    return theirs[0][0]


def _lost() -> tuple[ColumnElement[bool], ...]:
    return (
        col(OutboxMail.state) == "failed",
        col(ResponseLink.revoked_at).is_(None),
        col(ResponseLink.opened_at).is_(None),
        or_(
            col(QuestionnaireResponse.state).in_(WITH_VENDOR),
            # the answers are here; what was written since has to arrive all the same
            and_(
                col(QuestionnaireResponse.state).in_(TALKING),
                col(OutboxMail.created_at) > col(QuestionnaireResponse.submitted_at),
            ),
        ),
        col(Vendor.archived_at).is_(None),
    )
