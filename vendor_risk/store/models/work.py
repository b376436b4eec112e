"""How people share work: notes, deputies, and the settings of the programme."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from vendor_risk.store.encryption import Sealed
from vendor_risk.store.models.base import Row, utc_now


class Note(Row, table=True):
    """What somebody wrote about a vendor or an engagement; `mentions` are ids of people."""

    __table_args__ = (Index(None, "vendor_id", "created_at"),)

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE")
    engagement_id: uuid.UUID | None = Field(
        default=None, foreign_key="engagement.id", ondelete="CASCADE", index=True
    )
    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    text: str = Field(sa_column=Column(Sealed("note.text"), nullable=False))
    withdrawn_at: dt.datetime | None = None


class Mention(SQLModel, table=True):
    """A person whom a note calls; open until they have seen it."""

    __table_args__ = (Index(None, "person_id", "seen_at"),)

    note_id: uuid.UUID = Field(foreign_key="note.id", primary_key=True, ondelete="CASCADE")
    person_id: uuid.UUID = Field(
        foreign_key="user_account.id", primary_key=True, ondelete="CASCADE"
    )
    seen_at: dt.datetime | None = None


class Deputy(Row, table=True):
    """Who stands in for a person, from one day to another, both included."""

    __table_args__ = (Index(None, "person_id", "until_on"), Index(None, "deputy_id", "until_on"))

    person_id: uuid.UUID = Field(foreign_key="user_account.id", ondelete="CASCADE")
    deputy_id: uuid.UUID = Field(foreign_key="user_account.id", ondelete="CASCADE")
    from_on: dt.date
    until_on: dt.date
    ended_at: dt.datetime | None = None


class CalendarFeed(Row, table=True):
    """The secret address of a person's calendar; of it only the hash is kept."""

    __tablename__ = "calendar_feed"

    person_id: uuid.UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", index=True)
    token_sha256: str = Field(max_length=64, unique=True)
    ended_at: dt.datetime | None = None


class Setting(SQLModel, table=True):
    """One setting of the programme that people change on a page; absent: as the model says."""

    key: str = Field(primary_key=True, max_length=40)
    value: Any = Field(sa_column=Column(JSON, nullable=False))
    updated_at: dt.datetime = Field(default_factory=utc_now, sa_column_kwargs={"onupdate": utc_now})
    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    revision: int = 1
