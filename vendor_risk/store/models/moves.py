"""What moved at vendors, and by what each is known from one look to the next."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, text
from sqlmodel import Field, SQLModel

from vendor_risk.store.models.base import Row


class MoveState(StrEnum):
    """Whether it holds; only one that waits may still change."""

    WAITING = "waiting"  # for a second look
    STANDS = "stands"
    PASSED = "passed"  # the second look did not see it


class StoredMove(Row, table=True):
    """One thing that moved at a vendor; `what` is a check, a knock-out, or the value of a mark.

    `answer` is what the table said for its kind and tier then. `looks` counts those that could not
    say whether it holds. `once` keeps a date from being told twice. `told_at` is when the people
    were told, or that there was nobody to tell.
    """

    __tablename__ = "move"
    __table_args__ = (
        Index(None, "vendor_id", "created_at"),
        Index(None, "created_at", "id"),
        Index(
            "ix_move_waiting",
            "vendor_id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_move_untold",
            "created_at",
            "id",
            sqlite_where=text("told_at IS NULL AND state = 'stands'"),
            postgresql_where=text("told_at IS NULL AND state = 'stands'"),
        ),
    )

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE")
    engagement_id: uuid.UUID | None = Field(
        default=None, foreign_key="engagement.id", ondelete="CASCADE", index=True
    )
    scan_id: uuid.UUID | None = Field(
        default=None, foreign_key="scan.id", ondelete="SET NULL", index=True
    )
    kind: str = Field(max_length=24)
    what: str = Field(default="", max_length=500)
    host: str = Field(default="", max_length=253)
    before: str = Field(default="", max_length=100)
    now: str = Field(default="", max_length=100)
    severity: int = 0  # 0 to 4, for the order
    tier: int | None = None
    answer: str = Field(max_length=8)
    state: str = Field(default=MoveState.STANDS, max_length=8)
    looks: int = 0
    once: str | None = Field(default=None, max_length=120, unique=True)
    told_at: dt.datetime | None = None
    by_id: uuid.UUID | None = Field(  # whose act it was; nobody is told of their own
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    sample: bool = False


class VendorMemory(SQLModel, table=True):
    """The marks that the looks at a vendor have seen, and the checks that judged the last one."""

    __tablename__ = "vendor_memory"

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", primary_key=True, ondelete="CASCADE")
    catalogue: str = Field(max_length=16)
    marks: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
