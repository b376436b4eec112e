"""Entries of public lists, matched against the portfolio, and the products that it tells."""

import datetime as dt
import uuid

from sqlalchemy import JSON, BigInteger, Column, Index, UniqueConstraint, text
from sqlmodel import Field

from vendor_risk.store.models.base import Row


class ProductSeen(Row, table=True):
    """A product that a host of a vendor told at its last look; `version` is empty where it did not.

    `created_at` is when it was seen first.
    """

    __tablename__ = "product_seen"
    __table_args__ = (
        UniqueConstraint("vendor_id", "host", "name", "version"),
        Index(None, "name", "vendor_id"),
    )

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE")
    host: str = Field(max_length=253)
    name: str = Field(max_length=40)
    version: str = Field(default="", max_length=40)


class Advisory(Row, table=True):
    """One entry of a list, matched once: when it was new here.

    `about` are products of our names, or the domain of a breach. `vendors` is how many it touched
    then; None for entries that were there when the list came for the first time.
    """

    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index(
            "ix_advisory_open",
            "created_at",
            "id",
            sqlite_where=text("handled_at IS NULL AND vendors > 0"),
            postgresql_where=text("handled_at IS NULL AND vendors > 0"),
        ),
    )

    source: str = Field(max_length=16)  # the list that it stands in
    key: str = Field(max_length=300)
    title: str = Field(default="", max_length=300)
    about: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    happened_on: dt.date | None = None
    due_on: dt.date | None = None
    ransomware: bool = False
    accounts: int | None = Field(default=None, sa_column=Column(BigInteger))
    vendors: int | None = None
    round_id: uuid.UUID | None = Field(  # in which these vendors were asked
        default=None, foreign_key="send_round.id", ondelete="SET NULL"
    )
    handled_at: dt.datetime | None = None
    handled_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
