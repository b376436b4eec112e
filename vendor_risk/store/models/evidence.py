"""What is claimed of a vendor's controls, and what an analyst accepted as not applicable."""

import datetime as dt
import uuid

from sqlalchemy import Index, text
from sqlmodel import Field

from vendor_risk.store.models.base import Row


class StoredClaim(Row, table=True):
    """One claim; replaced or withdrawn it has an end, and counts no longer.

    `origin` is what said so (scan, document, answer, person) and `origin_id` the row of it. A claim
    without an engagement is of the vendor as a whole.
    """

    __tablename__ = "claim"
    __table_args__ = (Index(None, "vendor_id", "ended_at"), Index(None, "origin_id"))

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE")
    engagement_id: uuid.UUID | None = Field(
        default=None, foreign_key="engagement.id", ondelete="CASCADE", index=True
    )
    control: str = Field(max_length=8)
    level: int
    source: str = Field(max_length=16)
    date: dt.date
    valid_until: dt.date | None = None
    origin: str = Field(max_length=16)
    origin_id: uuid.UUID | None = None
    ended_at: dt.datetime | None = None


class NotApplicable(Row, table=True):
    """A control that an analyst took out of an engagement, with the reason.

    `origin_id` is the response whose review did so; None where nobody answered anything.
    """

    __tablename__ = "not_applicable"
    __table_args__ = (
        Index(
            "uq_not_applicable_standing",
            "engagement_id",
            "control",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    engagement_id: uuid.UUID = Field(foreign_key="engagement.id", ondelete="CASCADE")
    control: str = Field(max_length=8)
    reason: str = Field(max_length=1000)
    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    origin_id: uuid.UUID | None = None
    ended_at: dt.datetime | None = None
