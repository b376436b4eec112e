"""Questionnaires to many vendors at once: one round, and a line for each engagement in it."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field

from vendor_risk.store.encryption import Sealed
from vendor_risk.store.models.base import Row


class RoundState(StrEnum):
    """How far a round has come: it is looked at first, and leaves when somebody says so."""

    DRAFT = "draft"
    LOOKING = "looking"
    READY = "ready"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class LineOutcome(StrEnum):
    """What became of one line."""

    WAITING = "waiting"  # nobody looked yet
    READY = "ready"
    REFUSED = "refused"
    SENT = "sent"


class SendRound(Row, table=True):
    """Vendors that are asked together: what, until when, and how far that has come.

    `chosen` names the questionnaires; None lets the facts of each engagement choose.
    """

    __tablename__ = "send_round"

    state: str = Field(default=RoundState.DRAFT, max_length=8, index=True)
    chosen: list[str] | None = Field(default=None, sa_column=Column(JSON))
    due_on: dt.date
    message: str = Field(default="", sa_column=Column(Sealed("send_round.message")))
    left_out: int = 0  # vendors that matched and were more than one round takes
    attempt: int = 0
    fault: str = Field(default="", max_length=500)
    sending_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    requested_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )


class SendLine(Row, table=True):
    """One engagement in a round, or a vendor of whom nothing is bought; it is sent to once."""

    __tablename__ = "send_line"
    __table_args__ = (
        UniqueConstraint("round_id", "engagement_id"),
        Index(None, "round_id", "outcome", "place"),
    )

    round_id: uuid.UUID = Field(foreign_key="send_round.id", ondelete="CASCADE")
    place: int
    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE", index=True)
    engagement_id: uuid.UUID | None = Field(
        default=None, foreign_key="engagement.id", ondelete="CASCADE", index=True
    )
    outcome: str = Field(default=LineOutcome.WAITING, max_length=8)
    reason: str = Field(default="", max_length=1000)
    asked: str = Field(default="", max_length=500)  # the questionnaires, by id
    questions: int = 0
    minutes: int = 0
    response_id: uuid.UUID | None = Field(
        default=None, foreign_key="response.id", ondelete="SET NULL", index=True
    )
