"""Who is told of what moved: alerts in a person's inbox, their choices, and webhooks."""

import datetime as dt
import uuid

from sqlalchemy import Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from vendor_risk.store.encryption import Sealed
from vendor_risk.store.models.base import Row


class Alert(Row, table=True):
    """One move that one person is told of, once; `loud` ones are told at once where they want it.

    `mailed_at` is when a letter took it along, or when it was plain that none will.
    """

    __table_args__ = (
        UniqueConstraint("person_id", "move_id"),
        Index(None, "person_id", "created_at"),
        Index(
            "ix_alert_unseen",
            "person_id",
            sqlite_where=text("seen_at IS NULL"),
            postgresql_where=text("seen_at IS NULL"),
        ),
        Index(
            "ix_alert_unmailed",
            "person_id",
            sqlite_where=text("mailed_at IS NULL"),
            postgresql_where=text("mailed_at IS NULL"),
        ),
    )

    person_id: uuid.UUID = Field(foreign_key="user_account.id", ondelete="CASCADE")
    move_id: uuid.UUID = Field(foreign_key="move.id", ondelete="CASCADE", index=True)
    loud: bool = False
    seen_at: dt.datetime | None = None
    mailed_at: dt.datetime | None = None


class AlertChoice(SQLModel, table=True):
    """What a person wants to be told, and how; what is None is as their roles say.

    `token` opens the page that ends the letters, without signing in; of it the hash is looked for.
    """

    __tablename__ = "alert_choice"

    person_id: uuid.UUID = Field(
        foreign_key="user_account.id", primary_key=True, ondelete="CASCADE"
    )
    scope: str | None = Field(default=None, max_length=8)
    at_once: bool | None = None
    digest: str | None = Field(default=None, max_length=8)
    quiet_from: int | None = None  # hours of the day, in the person's time zone
    quiet_until: int | None = None
    token: str | None = Field(default=None, sa_column=Column(Sealed("alert_choice.token")))
    token_sha256: str | None = Field(default=None, max_length=64, unique=True)
    revision: int = 1


class Webhook(Row, table=True):
    """An address of another system that is told of what moved; its secret signs what is sent."""

    name: str = Field(max_length=100)
    url: str = Field(sa_column=Column(Sealed("webhook.url"), nullable=False))
    secret: str = Field(sa_column=Column(Sealed("webhook.secret"), nullable=False))
    loud: bool = True  # alerts and reviews alone; else digests too
    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    ended_at: dt.datetime | None = None


class WebhookDelivery(Row, table=True):
    """One move on its way to one address; also the log of what was sent."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("webhook_id", "move_id"),
        Index(None, "webhook_id", "created_at"),
        Index(
            "ix_webhook_delivery_waiting",
            "due_at",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    webhook_id: uuid.UUID = Field(foreign_key="webhook.id", ondelete="CASCADE")
    move_id: uuid.UUID = Field(foreign_key="move.id", ondelete="CASCADE", index=True)
    state: str = Field(default="waiting", max_length=8)  # waiting, sent or failed
    attempts: int = 0
    due_at: dt.datetime
    code: int | None = None  # what the address answered last
    reason: str = Field(default="", max_length=300)
    sent_at: dt.datetime | None = None
