"""Documents that vendors give us, what a reviewer read in them, and contracts."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from vendor_risk.store.encryption import Sealed
from vendor_risk.store.models.base import Row, utc_now


class DocumentKind(StrEnum):
    """What a document is."""

    SOC2_II = "soc 2 type ii"
    SOC2_I = "soc 2 type i"
    ISO27001 = "iso 27001"
    PCI_AOC = "pci aoc"
    DPA = "dpa"
    INSURANCE = "insurance"
    PENTEST = "penetration test"
    OTHER = "other"


class Document(Row, table=True):
    """One document; unread it changes nothing, reviewed it makes claims that expire."""

    __table_args__ = (
        Index(None, "vendor_id", "withdrawn_at"),
        Index(None, "withdrawn_at", "valid_until"),
    )

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE")
    engagement_id: uuid.UUID | None = Field(
        default=None, foreign_key="engagement.id", ondelete="SET NULL", index=True
    )
    kind: str = Field(max_length=20)
    title: str = Field(max_length=200)
    issuer: str = Field(default="", max_length=200)
    document_date: dt.date
    period_end: dt.date | None = None
    bridge_letter: bool = False
    valid_until: dt.date | None = None
    service_in_scope: bool | None = None  # is what we buy in its scope; None: nobody looked
    scope: str = Field(default="", max_length=2000)
    exceptions: str = Field(default="", sa_column=Column(Sealed("document.exceptions")))
    carve_outs: str = Field(default="", max_length=2000)
    duties: str = Field(default="", max_length=4000)  # ours, one a line, as the report says them
    seen_at_vendor: bool = False  # read in a portal of the vendor, not stored here
    file_name: str = Field(default="", sa_column=Column(Sealed("document.file_name")))
    file_sha256: str | None = Field(default=None, max_length=64)
    file_bytes: int | None = None
    added_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    reviewed_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    reviewed_at: dt.datetime | None = None
    review_note: str = Field(default="", max_length=2000)
    withdrawn_at: dt.datetime | None = None
    updated_at: dt.datetime = Field(default_factory=utc_now, sa_column_kwargs={"onupdate": utc_now})
    revision: int = 1
    sample: bool = False


class DocumentControl(SQLModel, table=True):
    """What a reviewer read in a document about one control."""

    __tablename__ = "document_control"

    document_id: uuid.UUID = Field(foreign_key="document.id", primary_key=True, ondelete="CASCADE")
    control: str = Field(primary_key=True, max_length=8)
    level: int
    source: str = Field(max_length=16)  # reviewed or audited
    note: str = Field(default="", max_length=500)


class DocumentDuty(Row, table=True):
    """What a report leaves to its customers, so to us; its vendor's owner sees to it."""

    __tablename__ = "document_duty"
    __table_args__ = (Index(None, "ended_at", "due_on"),)

    document_id: uuid.UUID = Field(foreign_key="document.id", ondelete="CASCADE", index=True)
    text: str = Field(max_length=500)
    due_on: dt.date
    ended_at: dt.datetime | None = None
    ended_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )


class Contract(Row, table=True):
    """What was agreed with a vendor, and until when it can be ended."""

    __table_args__ = (Index(None, "ended_at", "notice_on"),)

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE", index=True)
    engagement_id: uuid.UUID | None = Field(
        default=None, foreign_key="engagement.id", ondelete="SET NULL", index=True
    )
    title: str = Field(max_length=200)
    reference: str = Field(default="", max_length=64)
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    notice_on: dt.date | None = None  # the last day on which notice can be given
    renews: bool = False
    review_days_before: int = 60  # a review is opened so many days before the notice date
    review_opened_at: dt.datetime | None = None
    document_id: uuid.UUID | None = Field(
        default=None, foreign_key="document.id", ondelete="SET NULL"
    )
    ended_at: dt.datetime | None = None
    updated_at: dt.datetime = Field(default_factory=utc_now, sa_column_kwargs={"onupdate": utc_now})
    revision: int = 1
