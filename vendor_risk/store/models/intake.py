"""Intake requests: what a requester has typed so far, page by page."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index
from sqlmodel import Field

from vendor_risk.store.encryption import Sealed
from vendor_risk.store.models.base import Row, utc_now


class IntakeState(StrEnum):
    """Where a request stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"


class Intake(Row, table=True):
    """One request; `answers` maps a page's name to its fields, as typed and validated."""

    __table_args__ = (
        Index(None, "engagement_id", "requester_id", "state"),
        Index(None, "requester_id", "state", "updated_at"),
    )

    requester_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    title: str = Field(default="", max_length=200)
    state: str = Field(default=IntakeState.DRAFT, max_length=16, index=True)
    fast_lane: bool = False
    answers: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(Sealed("intake.answers"), nullable=False)
    )
    vendor_id: uuid.UUID | None = Field(
        default=None, foreign_key="vendor.id", ondelete="SET NULL", index=True
    )
    engagement_id: uuid.UUID | None = Field(
        default=None, foreign_key="engagement.id", ondelete="SET NULL"
    )
    updated_at: dt.datetime = Field(default_factory=utc_now, sa_column_kwargs={"onupdate": utc_now})
    submitted_at: dt.datetime | None = None
    withdrawn_at: dt.datetime | None = None
    revision: int = 1
