"""The access register: what a vendor holds in our systems, and who can cut it."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import Column, Index
from sqlmodel import Field

from vendor_risk.store.encryption import Sealed
from vendor_risk.store.models.base import Row, utc_now


class AccessKind(StrEnum):
    """What kind of way into our systems it is."""

    ACCOUNT = "account"
    VPN = "vpn"
    PORTAL = "portal"
    API_KEY = "api key"
    SCRIPT = "script"
    DEPLOYMENT = "deployment"  # code of theirs reaches our production, or a tag manager publishes
    PORT = "on-site port"
    OTHER = "other"


class Access(Row, table=True):
    """One account or connection of the vendor in our systems; None is "nobody knows"."""

    __table_args__ = (
        Index(None, "vendor_id", "ended_at"),
        Index(None, "ended_at", "last_reviewed_on"),
    )

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE")
    engagement_id: uuid.UUID | None = Field(
        default=None, foreign_key="engagement.id", ondelete="SET NULL", index=True
    )
    kind: str = Field(max_length=16)
    name: str = Field(max_length=200)  # the account or connection, as our systems call it
    system: str = Field(default="", max_length=200)  # where in our systems
    holder: str = Field(default="", sa_column=Column(Sealed("access.holder")))
    purpose: str = Field(default="", max_length=500)
    remote: bool = True
    second_factor: bool | None = None
    segment: str = Field(default="", max_length=200)
    separated: bool | None = None  # known to be kept apart from our internal systems
    reaches_card_data: bool | None = None
    reaches_production: bool | None = None
    last_used_on: dt.date | None = None
    last_reviewed_on: dt.date | None = None
    reviewed_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    cut_by: str = Field(default="", sa_column=Column(Sealed("access.cut_by")))
    cut_phone: str = Field(default="", sa_column=Column(Sealed("access.cut_phone")))
    cut_how: str = Field(default="", max_length=1000)
    ended_at: dt.datetime | None = None
    ended_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    updated_at: dt.datetime = Field(default_factory=utc_now, sa_column_kwargs={"onupdate": utc_now})
    revision: int = 1
    sample: bool = False
