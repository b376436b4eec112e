"""Risk models: those that scores were computed by, and what another one would say."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from vendor_risk.store.models.base import Row


class RunKind(StrEnum):
    """Whether scores by a model are only told, or hold from now on."""

    TRIAL = "trial"
    SWITCH = "switch"


class RunState(StrEnum):
    """How far a run has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class RiskModel(Row, table=True):
    """The file of a model that stored scores name, so that they can be told for ever."""

    __tablename__ = "risk_model"

    version: str = Field(max_length=64, unique=True)
    sha256: str = Field(max_length=64, unique=True)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ModelRun(Row, table=True):
    """Every engagement that stands, scored by one model: as a trial, or to hold from now on.

    `last_vendor_id` is how far it came, `done` of `total` vendors; `tallies` are what it counted.
    `slot` is 1 while it is open and NULL afterwards, so that one is open at a time.
    """

    __tablename__ = "model_run"
    __table_args__ = (Index(None, "kind", "sha256", "created_at"),)

    kind: str = Field(max_length=8)
    version: str = Field(max_length=64)
    sha256: str = Field(max_length=64)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    base_version: str = Field(max_length=64)
    base_sha256: str = Field(max_length=64)
    state: str = Field(default=RunState.QUEUED, max_length=8)
    reason: str = Field(default="", max_length=1000)
    fault: str = Field(default="", max_length=500)
    slot: int | None = Field(default=None, unique=True)
    attempt: int = 1
    begun_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    last_vendor_id: uuid.UUID | None = None
    total: int = 0
    done: int = 0
    tallies: Any = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    cleared_at: dt.datetime | None = None
    requested_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )


class TrialLine(SQLModel, table=True):
    """One engagement in a trial: its figures now, and by the other model.

    Risks are in 1/100 of a point; where `rated` is false they are the worst end. `step` is 1 where
    the band gets worse, -1 where it gets better; `size` is by how much the residual risk moves.
    `regraded` is by how many letters the grade moves, 5 where there is one on one side only.
    """

    __tablename__ = "model_trial_line"
    __table_args__ = (
        Index("ix_model_trial_line_size", "run_id", "size", "regraded", "engagement_id"),
        Index("ix_model_trial_line_step", "run_id", "step", "size", "regraded", "engagement_id"),
        Index("ix_model_trial_line_regraded", "run_id", "regraded", "size", "engagement_id"),
    )

    run_id: uuid.UUID = Field(foreign_key="model_run.id", primary_key=True, ondelete="CASCADE")
    engagement_id: uuid.UUID = Field(
        foreign_key="engagement.id", primary_key=True, ondelete="CASCADE", index=True
    )
    step: int
    size: int
    regraded: int
    tier_now: int | None = None
    tier_then: int | None = None
    inherent_now: int | None = None
    inherent_then: int | None = None
    final_now: int | None = None
    final_then: int | None = None
    grade_now: str | None = Field(default=None, max_length=1)
    grade_then: str | None = Field(default=None, max_length=1)
    residual_now: int | None = None
    residual_then: int | None = None
    rated_now: bool = False
    rated_then: bool = False
    band_now: str | None = Field(default=None, max_length=8)
    band_then: str | None = Field(default=None, max_length=8)
