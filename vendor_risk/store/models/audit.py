"""The audit log and the keys that its sealed values can be erased by."""

import datetime as dt
import uuid

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from vendor_risk.store.encryption import Sealed
from vendor_risk.store.models.base import utc_now


class PersonKey(SQLModel, table=True):
    """The key that seals what the log says about one person; destroyed when they are erased."""

    __tablename__ = "person_key"

    person_id: uuid.UUID = Field(primary_key=True)
    key: str | None = Field(default=None, sa_column=Column(Sealed("person_key.key"), nullable=True))
    created_at: dt.datetime = Field(default_factory=utc_now)
    destroyed_at: dt.datetime | None = None


class AuditEntry(SQLModel, table=True):
    """One act; triggers refuse to change or delete a row, and each hash covers the one before."""

    __tablename__ = "audit_entry"

    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: dt.datetime
    actor_id: uuid.UUID | None = None  # None: the product itself, or a stranger
    actor_kind: str = Field(max_length=16)
    act: str = Field(max_length=80, index=True)
    subject_kind: str = Field(max_length=40)
    subject_id: str = Field(default="", max_length=64, index=True)
    change_key: uuid.UUID | None = None  # whose key seals `change`; None: the ring alone
    change: bytes | None = None
    origin_key: uuid.UUID | None = None
    origin: bytes | None = None
    previous: str = Field(max_length=80)
    hash: str = Field(max_length=80, unique=True)  # the id of the key, a colon, the HMAC
