"""Findings: what is wrong at a vendor, what happened to it since, and what the vendor was asked."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index, UniqueConstraint, text
from sqlmodel import Field

from vendor_risk.store.encryption import Sealed
from vendor_risk.store.models.base import Row, utc_now

TITLE = 300
REASON = 1000  # as much as an outcome of a check carries


class FindingKind(StrEnum):
    """What a finding came from; with `reference` and `asset` it is its identity."""

    CHECK = "check"
    QUESTION = "question"
    DOCUMENT = "document"
    BREACH = "breach"
    PERSON = "person"


class FindingState(StrEnum):
    """Where a finding stands; the first five cap a control, `compensated` one level lower."""

    OPEN = "open"
    ASKED = "asked"
    SAID_FIXED = "vendor says fixed"
    DISPUTED = "disputed"
    ACCEPTED = "accepted"
    COMPENSATED = "compensated"
    VERIFIED = "verified"
    NOT_THEIRS = "not theirs"
    FALSE = "false"


CAPPING = (
    FindingState.OPEN,
    FindingState.ASKED,
    FindingState.SAID_FIXED,
    FindingState.DISPUTED,
    FindingState.ACCEPTED,
    FindingState.COMPENSATED,
)

# The vendor has spoken, and it is ours to look.
ANSWERED = (FindingState.SAID_FIXED, FindingState.DISPUTED)

_BY_SEVERITY = ("severity", "opened_at", "id")
_TO_DO = "closed_at IS NULL AND accepted_until IS NULL AND answered_at IS NULL"
_STANDING: dict[str, Any] = {
    "sqlite_where": text("closed_at IS NULL"),
    "postgresql_where": text("closed_at IS NULL"),
}
_ANSWERED: dict[str, Any] = {
    "sqlite_where": text("answered_at IS NOT NULL"),
    "postgresql_where": text("answered_at IS NOT NULL"),
}
_WAITING: dict[str, Any] = {
    "sqlite_where": text("closed_at IS NULL AND accepted_until IS NULL"),
    "postgresql_where": text("closed_at IS NULL AND accepted_until IS NULL"),
}


class FindingRequest(Row, table=True):
    """A letter to a contact with a link to the findings it is asked to mend."""

    __tablename__ = "finding_request"

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE", index=True)
    contact_id: uuid.UUID | None = Field(
        default=None, foreign_key="contact.id", ondelete="SET NULL"
    )
    token_sha256: str = Field(max_length=64, unique=True)
    asked_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    message: str = Field(default="", sa_column=Column(Sealed("finding_request.message")))
    due_on: dt.date | None = None
    expires_at: dt.datetime
    opened_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None


class StoredFinding(Row, table=True):
    """One fault of a vendor; closed by a new look or a reviewer, and open again when it returns.

    `severity` is the rank (0 to 4) after severity and place; `host_class` that of the asset when
    it was seen. `opened_at` is the last time it became open, `first_seen_at` the first ever;
    `answered_at` when the vendor disputed it or called it fixed, while that waits for us.
    """

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("vendor_id", "kind", "reference", "asset"),
        # No index begins with a closed_at that may be empty: SQLite would take it for all that is
        # open, and sort half of the table.
        Index(
            "ix_finding_closed",
            "closed_at",
            sqlite_where=text("closed_at IS NOT NULL"),
            postgresql_where=text("closed_at IS NOT NULL"),
        ),
        Index("ix_finding_open_owner_due", "owner_id", "due_on", "id", **_STANDING),
        Index(
            "ix_finding_accepted_until",
            "accepted_until",
            sqlite_where=text("accepted_until IS NOT NULL"),
            postgresql_where=text("accepted_until IS NOT NULL"),
        ),
        # who has how much to do is counted from this one alone
        Index(
            "ix_finding_work",
            "owner_id",
            "due_on",
            "id",
            "vendor_id",
            "accepted_until",
            "closed_at",
            "answered_at",
            sqlite_where=text(_TO_DO),
            postgresql_where=text(_TO_DO),
        ),
        # The table of findings is read in the order of an index, whatever its filter: the first
        # page of a million rows costs what that of a hundred does.
        Index("ix_finding_state", "state", *_BY_SEVERITY),
        Index("ix_finding_opened", "opened_at", "id"),
        Index("ix_finding_owner", "owner_id", "opened_at", "id"),
        Index("ix_finding_control", "control", "opened_at", "id"),
        Index("ix_finding_kind", "kind", "opened_at", "id"),
        Index("ix_finding_open_worst", *_BY_SEVERITY, **_STANDING),
        Index("ix_finding_open_owner", "owner_id", *_BY_SEVERITY, **_STANDING),
        Index("ix_finding_open_control", "control", *_BY_SEVERITY, **_STANDING),
        Index("ix_finding_open_kind", "kind", *_BY_SEVERITY, **_STANDING),
        Index("ix_finding_open_due", "due_on", "id", **_STANDING),
        Index("ix_finding_open_opened", "opened_at", "id", **_STANDING),
        # What waits for us, the longest first: for one person, for all, and of one severity.
        Index(
            "ix_finding_answered_owner", "owner_id", "answered_at", "id", "vendor_id", **_ANSWERED
        ),
        Index("ix_finding_answered_vendor", "vendor_id", "owner_id", "answered_at", **_ANSWERED),
        Index("ix_finding_answered", "answered_at", "id", **_ANSWERED),
        Index("ix_finding_answered_worst", "severity", "answered_at", "id", **_ANSWERED),
        # Every page counts what is severe and late; what was accepted is neither.
        Index("ix_finding_late", "severity", "due_on", "id", "state", **_WAITING),
    )

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE")
    engagement_id: uuid.UUID | None = Field(
        default=None, foreign_key="engagement.id", ondelete="CASCADE", index=True
    )
    kind: str = Field(max_length=16)
    reference: str = Field(max_length=64, index=True)
    asset: str = Field(default="", max_length=253)
    control: str = Field(max_length=8)
    severity: int
    title: str = Field(max_length=TITLE)
    reason: str = Field(default="", max_length=REASON)
    evidence_value: str = Field(default="", max_length=1000)
    evidence_command: str = Field(default="", max_length=1000)
    effect: str = Field(default="", max_length=2000)  # of those that no check declares
    fix: str = Field(default="", max_length=4000)
    knockout: str = Field(default="", max_length=8)  # named by an answer or a reviewer
    silent_since: dt.date | None = None  # nobody answered: the day that passed without a word
    host_class: str | None = Field(default=None, max_length=16)
    bad_certificate: bool = False
    plain_form: bool = False

    state: str = Field(default=FindingState.OPEN, max_length=24)
    owner_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    due_on: dt.date | None = None
    first_seen_at: dt.datetime
    last_seen_at: dt.datetime
    opened_at: dt.datetime
    closed_at: dt.datetime | None = None
    answered_at: dt.datetime | None = None
    times_opened: int = 1
    scan_id: uuid.UUID | None = Field(default=None, foreign_key="scan.id", ondelete="SET NULL")
    request_id: uuid.UUID | None = Field(
        default=None, foreign_key="finding_request.id", ondelete="SET NULL", index=True
    )
    accepted_until: dt.date | None = None
    accepted_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    updated_at: dt.datetime = Field(default_factory=utc_now, sa_column_kwargs={"onupdate": utc_now})
    revision: int = 1
    sample: bool = False


class FindingEvent(Row, table=True):
    """One thing that happened to a finding: who did what, and from which state to which.

    `by_kind` is person, vendor, scan or clock. A file of evidence lies sealed in the file store
    under the id of the event.
    """

    __tablename__ = "finding_event"
    __table_args__ = (Index(None, "finding_id", "at"), Index(None, "by_id", "at"))

    finding_id: uuid.UUID = Field(foreign_key="finding.id", ondelete="CASCADE")
    at: dt.datetime
    by_kind: str = Field(default="person", max_length=8)
    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    contact_id: uuid.UUID | None = Field(
        default=None, foreign_key="contact.id", ondelete="SET NULL"
    )
    act: str = Field(max_length=40)
    state_before: str = Field(default="", max_length=24)
    state_after: str = Field(default="", max_length=24)
    note: str = Field(default="", sa_column=Column(Sealed("finding_event.note")))
    file_name: str = Field(default="", sa_column=Column(Sealed("finding_event.file_name")))
    file_sha256: str | None = Field(default=None, max_length=64)
    scan_id: uuid.UUID | None = Field(default=None, foreign_key="scan.id", ondelete="SET NULL")
