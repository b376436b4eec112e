"""Scripts of others on our own pages: where each was seen, whose it is, and who authorised it."""

import datetime as dt
import uuid

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from vendor_risk.store.models.base import Row
from vendor_risk.store.models.vendors import NAME

ADDRESS = 2048  # as much of an address as is read of one (checks/pages.py)
PURPOSE = 1000
NOTE = 500


class PageScript(Row, table=True):
    """One script on one page of ours; of the query of a script is kept what tells it from others.

    `host` is the one of ours whose look showed it, that of the page where it is ours.
    `key` is a hash of page and script, as both together are too long for an index of PostgreSQL.
    `vendor_id` is whose script it is, `ours_id` the vendor that stands for our own company.
    """

    __tablename__ = "page_script"
    __table_args__ = (
        UniqueConstraint("ours_id", "key"),
        Index(None, "gone_at", "card_page", "authorised_at"),
    )

    ours_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE")
    vendor_id: uuid.UUID | None = Field(
        default=None, foreign_key="vendor.id", ondelete="SET NULL", index=True
    )
    key: str = Field(max_length=64)
    host: str = Field(max_length=253)
    page: str = Field(max_length=ADDRESS)
    script: str = Field(max_length=ADDRESS)
    script_host: str = Field(max_length=253)
    domain: str = Field(max_length=253, index=True)  # the registrable name of the script's host
    owner: str = Field(default="", max_length=NAME)  # by the table of third parties
    card_page: bool = False
    encrypted: bool = True
    held: bool = False  # browsers hold it to a hash (Subresource Integrity)
    first_seen: dt.datetime
    last_seen: dt.datetime
    gone_at: dt.datetime | None = None
    purpose: str = Field(default="", max_length=PURPOSE)
    integrity_note: str = Field(default="", max_length=NOTE)
    authorised_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    authorised_at: dt.datetime | None = None
    withdrawn_why: str = Field(default="", max_length=NOTE)  # by a scan, until authorised anew
    revision: int = 1
