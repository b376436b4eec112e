"""Issued reports: a frozen snapshot, and the PDF made from it."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Column
from sqlmodel import Field

from vendor_risk.store.encryption import Sealed
from vendor_risk.store.models.base import Row


class IssuedReport(Row, table=True):
    """One report; queued until a worker has made the PDF, kept encrypted in the file store."""

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
    sample: bool = False
