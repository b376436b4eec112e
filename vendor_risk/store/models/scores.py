"""Scores: frozen copies of what was known and what it came to."""

import datetime as dt
import uuid

from sqlalchemy import Column, Index, text
from sqlmodel import Field

from vendor_risk.store.models.base import Row
from vendor_risk.store.packed import Packed


class StoredScore(Row, table=True):
    """The score of one engagement as it was computed; never changed, the newest one holds.

    `snapshot` and `result` are JSON texts, and so is `inherited`, what of the snapshot the parent
    company brought (NULL where nothing is inherited). The numbers beside them repeat the result for
    lists: `final`, `low`, `high`, `coverage` of 10000, risks in 1/100 of a point.
    """

    __tablename__ = "score"
    __table_args__ = (
        Index(None, "engagement_id", "created_at"),
        Index(None, "created_at", "id"),
        # What moved most of late is summed up from this index alone.
        Index(
            "ix_score_moved",
            "created_at",
            "engagement_id",
            "moved",
            sqlite_where=text("moved <> 0"),
            postgresql_where=text("moved <> 0"),
        ),
    )

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE", index=True)
    engagement_id: uuid.UUID = Field(foreign_key="engagement.id", ondelete="CASCADE")
    as_of: dt.date
    model: str = Field(max_length=64)
    model_sha256: str = Field(max_length=64)
    snapshot: str = Field(sa_column=Column(Packed(), nullable=False))
    result: str = Field(sa_column=Column(Packed(), nullable=False))
    inherited: str | None = Field(default=None, sa_column=Column(Packed(), nullable=True))
    final: int
    moved: int = 0  # `final` less that of the score before; 0 for the first
    low: int
    high: int
    coverage: int
    grade: str | None = Field(default=None, max_length=1)
    unverified: bool = False
    inherent: int
    tier: int
    residual: int | None = None
    residual_best: int
    residual_worst: int
    band: str = Field(max_length=8)
    cause: str = Field(default="", max_length=200)
    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    sample: bool = False
