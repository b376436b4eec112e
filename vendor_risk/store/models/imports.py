"""Questionnaires that people bring themselves, on their way in, and what their columns mean."""

import datetime as dt
import uuid

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from vendor_risk.store.encryption import Sealed
from vendor_risk.store.models.base import Row, utc_now


class QuestionnaireImport(Row, table=True):
    """A file with questions, or with a vendor's answers to them, before anything comes of it.

    `content` is JSON: [[name of the sheet, [[cell, ...], ...]], ...]. With a response its rows
    are answers for that; without one they become a questionnaire of our own.
    """

    __tablename__ = "questionnaire_import"

    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    response_id: uuid.UUID | None = Field(
        default=None, foreign_key="response.id", ondelete="CASCADE", index=True
    )
    filename: str = Field(max_length=255)
    content: str = Field(sa_column=Column(Sealed("questionnaire_import.content"), nullable=False))
    sheet: int = 0
    header_row: int = 0
    columns: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class ImportMapping(SQLModel, table=True):
    """Which column is what under a header that somebody chose for before."""

    __tablename__ = "import_mapping"

    header_hash: str = Field(primary_key=True, max_length=64)
    columns: dict[str, int] = Field(sa_column=Column(JSON, nullable=False))
    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    updated_at: dt.datetime = Field(default_factory=utc_now)
