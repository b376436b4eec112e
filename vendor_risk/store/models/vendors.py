"""The inventory: vendors, what we buy, whom we speak to, and where they live on the net."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, UniqueConstraint, text
from sqlmodel import Field

from vendor_risk.store.encryption import Sealed
from vendor_risk.store.models.base import Row, utc_now

NAME = 200  # the longest name the forms take; registers of companies stay below it


class VendorState(StrEnum):
    """Where a vendor stands between a wish and a farewell."""

    PROSPECT = "prospect"
    ASSESSING = "assessing"
    APPROVED = "approved"
    CONDITIONAL = "conditional"
    REJECTED = "rejected"
    OFFBOARDING = "offboarding"
    ARCHIVED = "archived"


class Kinship(StrEnum):
    """What a vendor is to its parent."""

    SUBSIDIARY = "subsidiary"
    BRAND = "brand"


class FactsSource(StrEnum):
    """Where an engagement's facts come from."""

    INTAKE = "intake"
    TRIAGE = "triage"  # three quick answers, taken at their upper end until the intake is filled
    EDIT = "edit"
    OBSERVED = "observed"  # nobody has said anything yet: a scan met the vendor on our pages


class ContactRole(StrEnum):
    """What a contact of the vendor is asked about."""

    SECURITY = "security"
    PRIVACY = "privacy"
    COMMERCIAL = "commercial"


class Vendor(Row, table=True):
    """A company that we buy from, or may.

    The columns after `sample` repeat, for lists over 100,000 rows, what engagements and the last
    scan say; `workflow` writes them in the transaction of their cause.
    """

    __table_args__ = (
        Index(
            "uq_vendor_ours",
            "ours",
            unique=True,
            # as queries say it: SQLite takes a partial index for the same words alone
            sqlite_where=text("ours IS 1"),
            postgresql_where=text("ours IS true"),
        ),
        # The portfolio shows the worst of them, tier by tier.
        Index(
            "ix_vendor_fault",
            "tier",
            "worst_severity",
            "name_key",
            "id",
            sqlite_where=text("archived_at IS NULL"),
            postgresql_where=text("archived_at IS NULL"),
        ),
        Index(
            "ix_vendor_review",
            "owner_id",
            "next_review_on",
            "id",
            sqlite_where=text("archived_at IS NULL"),
            postgresql_where=text("archived_at IS NULL"),
        ),
        Index(
            "ix_vendor_archived",
            "archived_at",
            "id",
            sqlite_where=text("archived_at IS NOT NULL"),
            postgresql_where=text("archived_at IS NOT NULL"),
        ),
        # The queue of triage by name, by what matters, and by how long it waits.
        Index(
            "ix_vendor_waiting",
            "in_use",
            "name_key",
            "id",
            sqlite_where=text("triaged_at IS NULL AND archived_at IS NULL"),
            postgresql_where=text("triaged_at IS NULL AND archived_at IS NULL"),
        ),
        Index(
            "ix_vendor_triage",
            "in_use",
            "triage_rank",
            "created_at",
            "name_key",
            "id",
            sqlite_where=text("triaged_at IS NULL AND archived_at IS NULL"),
            postgresql_where=text("triaged_at IS NULL AND archived_at IS NULL"),
        ),
        Index(
            "ix_vendor_untriaged",
            "in_use",
            "created_at",
            "name_key",
            "id",
            sqlite_where=text("triaged_at IS NULL AND archived_at IS NULL"),
            postgresql_where=text("triaged_at IS NULL AND archived_at IS NULL"),
        ),
        Index(
            "ix_vendor_seen",
            "last_scan_at",
            sqlite_where=text("archived_at IS NULL"),
            postgresql_where=text("archived_at IS NULL"),
        ),
        Index(
            "ix_vendor_not_reached",
            "scan_failures",
            "id",
            sqlite_where=text("scan_failures > 0"),
            postgresql_where=text("scan_failures > 0"),
        ),
        Index(
            "ix_vendor_knocked_out",
            "archived_at",
            "ours",
            "residual",
            sqlite_where=text("knockout IS NOT NULL"),
            postgresql_where=text("knockout IS NOT NULL"),
        ),
    )

    name: str = Field(max_length=NAME)
    name_key: str = Field(max_length=NAME, index=True)
    supplier_number: str | None = Field(default=None, max_length=64, unique=True)
    state: str = Field(default=VendorState.PROSPECT, max_length=16, index=True)
    state_before_archive: str | None = Field(default=None, max_length=16)
    in_use: bool = False
    triaged_at: dt.datetime | None = None
    owner_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL", index=True
    )
    parent_id: uuid.UUID | None = Field(
        default=None, foreign_key="vendor.id", ondelete="SET NULL", index=True
    )
    kinship: str | None = Field(default=None, max_length=16)
    merged_into_id: uuid.UUID | None = Field(
        default=None, foreign_key="vendor.id", ondelete="SET NULL", index=True
    )
    archived_at: dt.datetime | None = None
    # the day on which the vendor was told of extra handshakes; without it none are made
    handshakes_agreed: dt.date | None = None
    # our own company, whose pages are scanned and which is not judged; there is at most one
    ours: bool = False
    updated_at: dt.datetime = Field(default_factory=utc_now, sa_column_kwargs={"onupdate": utc_now})
    revision: int = 1
    sample: bool = False

    # where it stands in the queue of triage: 0 first, `triage_queue.LAST` where nothing is known
    triage_rank: int = 6
    tier: int | None = Field(default=None, index=True)
    inherent: int | None = None
    posture_score: int | None = Field(default=None, index=True)
    posture_grade: str | None = Field(default=None, max_length=1)
    worst_severity: int | None = Field(
        default=None, index=True
    )  # the rank of the worst failed check, 0 to 4
    failed_checks: int | None = None
    last_scan_at: dt.datetime | None = Field(default=None, index=True)
    next_scan_at: dt.datetime | None = Field(default=None, index=True)
    scan_failures: int = 0  # scans that reached nothing since the last that did

    # The engagement with the highest residual risk, and its score: the risk is in 1/100 of a point
    # and the worst end of its range while too little is known (`grade` is None then).
    worst_engagement_id: uuid.UUID | None = None
    residual: int | None = Field(default=None, index=True)
    band: str | None = Field(default=None, max_length=8, index=True)
    grade: str | None = Field(default=None, max_length=1, index=True)
    unverified: bool = False
    final: int | None = None
    coverage: int | None = None
    # the knock-out in force with the lowest cap, of any engagement that stands
    knockout: str | None = Field(default=None, max_length=8)
    # where that rests on unanswered questions alone: the first day that passed without a word
    silent_since: dt.date | None = None
    observed: list[str] = Field(  # the controls whose checks ran in the last scan
        default_factory=list, sa_column=Column(JSON, nullable=False, default=list)
    )
    open_findings: int = 0
    severe_findings: int = 0  # critical and high ones among them
    # an answer that a scan contradicts lowers what the vendor merely says, until it is cleared
    contradicted_at: dt.datetime | None = None
    contradicted_why: str = Field(default="", max_length=500)
    next_review_on: dt.date | None = Field(default=None, index=True)


class VendorTag(Row, table=True):
    """A word that people group vendors by."""

    __tablename__ = "vendor_tag"
    __table_args__ = (UniqueConstraint("vendor_id", "tag"),)

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE")
    tag: str = Field(max_length=40, index=True)


class Domain(Row, table=True):
    """A host name of the vendor; `host` is ASCII, `registrable` finds the same owner."""

    __table_args__ = (UniqueConstraint("vendor_id", "host"),)

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE")
    host: str = Field(max_length=253, index=True)
    display: str = Field(max_length=253)
    registrable: str = Field(max_length=253, index=True)
    host_class: str = Field(default="main", max_length=16)
    # whole https addresses, beside those that links of the front page lead to
    checkout_pages: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class Contact(Row, table=True):
    """A person at the vendor; name, address and number are sealed."""

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE", index=True)
    name: str = Field(sa_column=Column(Sealed("contact.name"), nullable=False))
    email: str | None = Field(default=None, sa_column=Column(Sealed("contact.email")))
    phone: str | None = Field(default=None, sa_column=Column(Sealed("contact.phone")))
    roles: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class ContactToken(Row, table=True):
    """A keyed hash of one word of a contact's name or of its address, so that search finds it."""

    __tablename__ = "contact_token"

    contact_id: uuid.UUID = Field(foreign_key="contact.id", ondelete="CASCADE", index=True)
    token: str = Field(max_length=64, index=True)


class Engagement(Row, table=True):
    """One thing we buy from a vendor, with the facts that its inherent risk comes from.

    The five factors are levels 0 to 4 or None while nobody has said; money is whole minor units.
    `observed` are the least levels, and the `floors`, that scans of our own pages found: they hold
    whatever the columns beside them say.
    """

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE", index=True)
    name: str = Field(max_length=NAME)
    purpose: str = Field(default="", max_length=2000)
    owner_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL", index=True
    )
    legal_entity: str = Field(default="", max_length=NAME)
    spend_minor: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = Field(default=None, max_length=3)
    purchase_order: str = Field(default="", max_length=64)
    data_sensitivity: int | None = None
    data_volume: int | None = None
    access: int | None = None
    criticality: int | None = None
    payment: int | None = None
    floors: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    facts_source: str = Field(default=FactsSource.EDIT, max_length=16)
    observed: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, default=dict)
    )
    inherent: int | None = None
    tier: int | None = None
    tier_override: int | None = None
    override_reason: str = Field(default="", max_length=1000)
    override_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    model: str | None = Field(default=None, max_length=64)

    # The newest score, repeated for lists: shares of 10000, risks in 1/100 of a point. `grade` is
    # the one shown, which moves only when a threshold is passed by the model's margin.
    score_id: uuid.UUID | None = None
    final: int | None = None
    low: int | None = None
    high: int | None = None
    coverage: int | None = None
    grade: str | None = Field(default=None, max_length=1)
    unverified: bool = False
    residual: int | None = None
    residual_worst: int | None = None
    band: str | None = Field(default=None, max_length=8)
    knockout: str | None = Field(default=None, max_length=8)  # in force, with the lowest cap
    # whether what a parent proved counts for this engagement too
    inherits: bool = False
    ended_at: dt.datetime | None = None
    revision: int = 1


class Merge(Row, table=True):
    """Which rows moved when one vendor was joined to another, so that it can be undone."""

    kept_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE", index=True)
    merged_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE", index=True)
    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    moved: dict[str, list[str]] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False)
    )
    undone_at: dt.datetime | None = None


class VendorImport(Row, table=True):
    """A CSV on its way in: uploaded, mapped and tried, and only then applied."""

    __tablename__ = "vendor_import"

    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    filename: str = Field(max_length=255)
    content: str = Field(sa_column=Column(Sealed("vendor_import.content"), nullable=False))
    mapping: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    header_hash: str = Field(max_length=64, index=True)
    state: str = Field(default="uploaded", max_length=16)
    counts: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    applied_at: dt.datetime | None = None
