"""Scans: one look at all hosts of a vendor, the facts seen and what the checks said of them."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from vendor_risk.store.models.base import Row
from vendor_risk.store.packed import Packed


class ScanState(StrEnum):
    """Where a scan stands; only queued and running ones may still change."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class RunScope(StrEnum):
    """Whom a run looks at."""

    ALL = "all"
    DUE = "due"


class ScanRun(Row, table=True):
    """A new look at many vendors, ordered by a person; slices are ordered as there is room.

    `cursor` is the last vendor, by id, that got its scan; `total` how many were to be looked at
    when it began. What became of each is told by its scans.
    """

    __tablename__ = "scan_run"
    __table_args__ = (Index(None, "state", "created_at"),)

    scope: str = Field(max_length=8)
    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    state: str = Field(default=ScanState.RUNNING, max_length=16)  # running, stopped or done
    cursor: uuid.UUID | None = None
    ordered_all: bool = False
    total: int = 0
    finished_at: dt.datetime | None = None


class Scan(Row, table=True):
    """One look at a vendor; a vendor has at most one that is queued or running, and one of a run.

    `attempts` counts how often a worker began it: one that it dies over is not begun for ever.
    """

    __table_args__ = (
        Index(
            "uq_scan_vendor_open",
            "vendor_id",
            unique=True,
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index(None, "finished_at", "created_at"),
        Index(None, "state", "finished_at"),  # the portfolio shows the last of a state
        Index(
            "uq_scan_run_vendor",
            "run_id",
            "vendor_id",
            unique=True,
            sqlite_where=text("run_id IS NOT NULL"),
            postgresql_where=text("run_id IS NOT NULL"),
        ),
    )

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE", index=True)
    state: str = Field(default=ScanState.QUEUED, max_length=16)
    requested_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    cause: str = Field(default="asked", max_length=32)
    run_id: uuid.UUID | None = Field(default=None, foreign_key="scan_run.id", ondelete="SET NULL")
    attempts: int = 0
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    stop_asked_at: dt.datetime | None = None
    reason: str = Field(default="", max_length=500)
    posture: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    catalogue: str | None = Field(default=None, max_length=16)
    thinned_at: dt.datetime | None = None  # since then only its figures are kept
    sample: bool = False


class ScanHost(Row, table=True):
    """One host of a scan; `observations` is the JSON that the checks judged.

    `facts` are objects with `id`, `title` and `values`: what was seen that is neither good nor bad.
    `marks` are what the next look compares with, by kind; None where the host was not seen.
    """

    __tablename__ = "scan_host"
    __table_args__ = (UniqueConstraint("scan_id", "host"),)

    scan_id: uuid.UUID = Field(foreign_key="scan.id", ondelete="CASCADE")
    host: str = Field(max_length=253)
    host_class: str = Field(max_length=16)
    state: str = Field(default="waiting", max_length=16)
    reason: str = Field(default="", max_length=500)
    observed_at: dt.datetime | None = None
    observations: str | None = Field(default=None, sa_column=Column(Packed()))
    facts: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON))
    marks: dict[str, list[str]] | None = Field(default=None, sa_column=Column(JSON))


class HostMemory(SQLModel, table=True):
    """What the looks at a host of a vendor left for the next one: `Previous` as JSON."""

    __tablename__ = "host_memory"

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", primary_key=True, ondelete="CASCADE")
    host: str = Field(max_length=253, primary_key=True)
    pages: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class ScanOutcome(Row, table=True):
    """What one check said of one host in one scan; `severity` is the one declared by the check."""

    __tablename__ = "scan_outcome"
    __table_args__ = (UniqueConstraint("scan_id", "host", "check"),)

    scan_id: uuid.UUID = Field(foreign_key="scan.id", ondelete="CASCADE")
    host: str = Field(max_length=253)
    check: str = Field(max_length=64, index=True)
    control: str = Field(max_length=8)
    status: str = Field(max_length=16)
    severity: str | None = Field(default=None, max_length=16)
    evidence_value: str = Field(default="", max_length=1000)
    evidence_command: str = Field(default="", max_length=1000)
    reason: str = Field(default="", max_length=1000)
