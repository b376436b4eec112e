"""What all tables share: names of constraints, public ids, UTC times."""

import datetime as dt
import uuid

from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def utc_now() -> dt.datetime:
    """The time for row stamps; a fact that the product judges by gets its time as an argument."""
    return dt.datetime.now(dt.UTC)


class Row(SQLModel):
    """A row with a public id that says nothing about how many there are."""

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    created_at: dt.datetime = Field(default_factory=utc_now)
