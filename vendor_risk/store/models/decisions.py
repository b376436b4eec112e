"""Decisions on engagements, their conditions, and the way out of a vendor."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, text
from sqlmodel import Field

from vendor_risk.store.models.base import Row, utc_now


class DecisionKind(StrEnum):
    """What was decided."""

    APPROVE = "approve"
    CONDITIONAL = "approve with conditions"
    REJECT = "reject"
    OFFBOARD = "offboard"


class DecisionState(StrEnum):
    """Where a decision stands; one is waiting or in force at a time."""

    WAITING = "waiting"  # for the second pair of eyes
    IN_FORCE = "in force"
    REPLACED = "replaced"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Decision(Row, table=True):
    """One decision with the frozen score and facts it rests on: the baseline."""

    __table_args__ = (
        Index(
            "uq_decision_waiting",
            "engagement_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "uq_decision_in_force",
            "engagement_id",
            unique=True,
            sqlite_where=text("state = 'in force'"),
            postgresql_where=text("state = 'in force'"),
        ),
        Index(
            "ix_decision_second_asked",
            "second_asked_at",
            sqlite_where=text("second_asked_at IS NOT NULL"),
            postgresql_where=text("second_asked_at IS NOT NULL"),
        ),
        Index(None, "engagement_id", "created_at"),
        Index(None, "state", "created_at"),
    )

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE", index=True)
    engagement_id: uuid.UUID = Field(foreign_key="engagement.id", ondelete="CASCADE")
    kind: str = Field(max_length=24)
    state: str = Field(max_length=12)
    rationale: str = Field(max_length=4000)
    proposed_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    decided_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    decided_at: dt.datetime | None = None
    # One person approved it, and its facts rose to where two decide: asked for since, seen by.
    second_asked_at: dt.datetime | None = None
    second_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    second_at: dt.datetime | None = None
    refusal: str = Field(default="", max_length=2000)
    score_id: uuid.UUID | None = Field(default=None, foreign_key="score.id", ondelete="SET NULL")
    baseline: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    review_on: dt.date | None = None
    updated_at: dt.datetime = Field(default_factory=utc_now, sa_column_kwargs={"onupdate": utc_now})
    revision: int = 1
    sample: bool = False


class Condition(Row, table=True):
    """What an approval rests on: who does what until when."""

    __table_args__ = (
        Index(
            "ix_condition_open",
            "due_on",
            "id",
            sqlite_where=text("met_at IS NULL AND dropped_at IS NULL"),
            postgresql_where=text("met_at IS NULL AND dropped_at IS NULL"),
        ),
        Index(
            "ix_condition_open_owner",
            "owner_id",
            "due_on",
            "id",
            sqlite_where=text("met_at IS NULL AND dropped_at IS NULL"),
            postgresql_where=text("met_at IS NULL AND dropped_at IS NULL"),
        ),
    )

    decision_id: uuid.UUID = Field(foreign_key="decision.id", ondelete="CASCADE", index=True)
    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE", index=True)
    text: str = Field(max_length=500)
    owner_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL", index=True
    )
    due_on: dt.date
    met_at: dt.datetime | None = None
    met_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    met_note: str = Field(default="", max_length=1000)
    dropped_at: dt.datetime | None = None  # with the decision it belonged to
    breached_at: dt.datetime | None = None  # the day it was raised
    revision: int = 1


class Review(Row, table=True):
    """A new look at what was approved, asked for by a person and closed by a decision."""

    __table_args__ = (
        Index(
            "uq_review_open",
            "engagement_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(None, "vendor_id", "closed_at"),
        Index(None, "created_at"),
    )

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE")
    engagement_id: uuid.UUID = Field(foreign_key="engagement.id", ondelete="CASCADE")
    due_on: dt.date
    reason: str = Field(max_length=500)
    opened_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    closed_at: dt.datetime | None = None
    decision_id: uuid.UUID | None = Field(  # that closed it; without one it was withdrawn
        default=None, foreign_key="decision.id", ondelete="SET NULL"
    )


class Offboarding(Row, table=True):
    """The way out of a vendor: what has to be done before it is archived."""

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE", unique=True)
    decision_id: uuid.UUID | None = Field(
        default=None, foreign_key="decision.id", ondelete="SET NULL"
    )
    data_done_on: dt.date | None = None
    data_how: str = Field(default="", max_length=1000)  # returned or deleted, and by what word
    certificate_id: uuid.UUID | None = Field(
        default=None, foreign_key="document.id", ondelete="SET NULL"
    )
    no_certificate: str = Field(default="", max_length=1000)  # why there is none
    contract_closed_on: dt.date | None = None
    finished_at: dt.datetime | None = None
    finished_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    updated_at: dt.datetime = Field(default_factory=utc_now, sa_column_kwargs={"onupdate": utc_now})
    revision: int = 1
