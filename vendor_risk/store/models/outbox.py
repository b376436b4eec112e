"""Mail that waits to be sent, was sent, or failed."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Column, Index
from sqlmodel import Field

from vendor_risk.store.encryption import Sealed
from vendor_risk.store.models.base import Row


class OutboxMail(Row, table=True):
    """One mail to one recipient, written in the same transaction as its cause."""

    __tablename__ = "outbox_mail"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'failed')", name="state"),
        Index(None, "state", "due_at"),
    )

    dedup_key: str = Field(unique=True, max_length=200)
    recipient: str = Field(sa_column=Column(Sealed("outbox_mail.recipient"), nullable=False))
    subject: str = Field(sa_column=Column(Sealed("outbox_mail.subject"), nullable=False))
    text: str = Field(sa_column=Column(Sealed("outbox_mail.text"), nullable=False))
    html: str | None = Field(default=None, sa_column=Column(Sealed("outbox_mail.html")))
    state: str = Field(default="waiting", max_length=8)
    attempts: int = 0
    due_at: dt.datetime
    sent_at: dt.datetime | None = None
    bounced_at: dt.datetime | None = None  # it was taken, and came back: failed, too
    link_id: uuid.UUID | None = Field(default=None, index=True)  # of a response, in the letter
    report_id: uuid.UUID | None = None  # whose PDF goes along, if that is allowed when it leaves
    emptied_at: dt.datetime | None = None  # since then what it said is not kept
    last_error: str | None = Field(default=None, sa_column=Column(Sealed("outbox_mail.last_error")))
