"""Issued reports: a frozen snapshot, the PDF made from it, and who signed it."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field

from vendor_risk.store.encryption import Sealed
from vendor_risk.store.models.base import Row


class ReportSchedule(Row, table=True):
    """A report that is made again and again; without a vendor it is that of the portfolio.

    `people` are ids of accounts who are told; `first_on` is the day that all others follow from.
    """

    __tablename__ = "report_schedule"
    __table_args__ = (Index(None, "ended_at", "next_on"),)

    vendor_id: uuid.UUID | None = Field(
        default=None, foreign_key="vendor.id", ondelete="CASCADE", index=True
    )
    every: str = Field(max_length=12)
    language: str = Field(default="en", max_length=8)
    first_on: dt.date
    next_on: dt.date
    people: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    ended_at: dt.datetime | None = None


class IssuedReport(Row, table=True):
    """One report; queued until a worker has made the PDF, kept encrypted in the file store.

    One of the portfolio is frozen by the worker: until then its `snapshot` is empty, and `ordered`
    says what was said with the order.
    """

    __tablename__ = "issued_report"

    number: str = Field(max_length=32, unique=True)
    kind: str = Field(default="vendor", max_length=16)
    vendor_id: uuid.UUID | None = Field(
        default=None, foreign_key="vendor.id", ondelete="CASCADE", index=True
    )
    scan_id: uuid.UUID | None = Field(default=None, foreign_key="scan.id", ondelete="SET NULL")
    requested_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    state: str = Field(default="queued", max_length=16, index=True)
    reason: str = Field(default="", max_length=500)
    attempt: int = 1
    as_of: dt.datetime
    snapshot: dict[str, Any] = Field(
        sa_column=Column(Sealed("issued_report.snapshot"), nullable=False)
    )
    snapshot_sha256: str = Field(max_length=64)
    pdf_sha256: str | None = Field(default=None, max_length=64, index=True)
    pdf_bytes: int | None = None
    finished_at: dt.datetime | None = None
    ordered: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    language: str = Field(default="en", max_length=8)
    schedule_id: uuid.UUID | None = Field(
        default=None, foreign_key="report_schedule.id", ondelete="SET NULL"
    )
    signed_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    signed_at: dt.datetime | None = None
    signed_as: str = Field(default="", max_length=200)  # the name, as it was on that day
    signed_note: str = Field(default="", max_length=2000)
    sample: bool = False
