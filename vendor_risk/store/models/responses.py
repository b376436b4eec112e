"""What vendors are asked and what they answer: questionnaires as published, responses, files."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import JSON, Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from vendor_risk.store.encryption import Sealed
from vendor_risk.store.models.base import Row, utc_now


class ResponseState(StrEnum):
    """Where a response stands; nothing of it changes once it is accepted."""

    DRAFT = "draft"
    SENT = "sent"
    OPENED = "opened"
    IN_PROGRESS = "in progress"
    SUBMITTED = "submitted"
    IN_REVIEW = "in review"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"


WITH_VENDOR = (
    ResponseState.SENT,
    ResponseState.OPENED,
    ResponseState.IN_PROGRESS,
    ResponseState.RETURNED,
)
"""The vendor can answer."""
WITH_US = (ResponseState.SUBMITTED, ResponseState.IN_REVIEW)
"""A reviewer is expected to read it."""
IN_FLIGHT = (ResponseState.DRAFT, *WITH_VENDOR, *WITH_US)
"""No other response of the same questionnaire is sent meanwhile."""

_UNREAD = "by_kind = 'vendor' AND read_at IS NULL"
_IN_FLIGHT = "state NOT IN ('accepted', 'lapsed', 'withdrawn', 'declined')"


class FileState(StrEnum):
    """What is known of a file of evidence; `expired` is told from its last day."""

    UNREAD = "unread"
    REVIEWED = "reviewed"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Author(StrEnum):
    """Who said something in a response."""

    VENDOR = "vendor"
    PERSON = "person"  # of ours, on the vendor's behalf where it is an answer
    CLOCK = "clock"


class PublishedQuestionnaire(SQLModel, table=True):
    """The file of a questionnaire as it was when it was first sent; it never changes.

    A response is read with this copy, whatever becomes of the file.
    """

    __tablename__ = "questionnaire"

    questionnaire_id: str = Field(primary_key=True, max_length=64)
    version: str = Field(primary_key=True, max_length=24)
    sha256: str = Field(max_length=64, unique=True)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # compressed by zlib
    licence: str = Field(max_length=100)
    published_at: dt.datetime = Field(default_factory=utc_now)
    imported_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    retired_at: dt.datetime | None = None


class QuestionnaireResponse(Row, table=True):
    """Questionnaires sent to a vendor for an engagement, asked as one, and what became of them.

    `asked` lists the questionnaires in their order: [{id, version, sha256}, ...]. They, the facts,
    what is proven, the tier and the controls out of scope are frozen when it is sent: what is asked
    of the vendor does not change under its hands. `snapshot` is frozen when it is accepted.
    """

    __tablename__ = "response"
    __table_args__ = (
        Index(None, "vendor_id", "state"),
        Index(None, "state", "due_on"),
        Index(None, "reviewer_id", "state"),
        Index(
            "ix_response_in_flight",
            "engagement_id",
            sqlite_where=text(_IN_FLIGHT),
            postgresql_where=text(_IN_FLIGHT),
        ),
    )

    vendor_id: uuid.UUID = Field(foreign_key="vendor.id", ondelete="CASCADE")
    engagement_id: uuid.UUID = Field(foreign_key="engagement.id", ondelete="CASCADE")
    contact_id: uuid.UUID | None = Field(
        default=None, foreign_key="contact.id", ondelete="SET NULL"
    )
    number: str = Field(max_length=16, unique=True)  # what mails and people call it
    state: str = Field(default=ResponseState.DRAFT, max_length=16)
    language: str = Field(default="en", max_length=16)
    asked: list[dict[str, str]] = Field(sa_column=Column(JSON, nullable=False))
    facts: dict[str, int] = Field(sa_column=Column(JSON, nullable=False))
    tier: int
    out_of_scope: list[str] = Field(sa_column=Column(JSON, nullable=False))
    # by control, the document that answers it in the vendor's place
    proven: dict[str, dict[str, str]] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False)
    )
    message: str = Field(default="", sa_column=Column(Sealed("response.message")))
    due_on: dt.date
    sent_at: dt.datetime | None = None
    sent_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    opened_at: dt.datetime | None = None
    begun_at: dt.datetime | None = None
    submitted_at: dt.datetime | None = None
    submitted_by: str = Field(default="", sa_column=Column(Sealed("response.submitted_by")))
    submitted_role: str = Field(default="", max_length=200)
    reviewer_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    returned_at: dt.datetime | None = None
    quiet_at: dt.datetime | None = None  # since when the vendor wants no reminders
    accepted_at: dt.datetime | None = None
    accepted_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    ended_at: dt.datetime | None = None  # accepted, lapsed, withdrawn or declined
    ended_reason: str = Field(default="", max_length=1000)
    previous_id: uuid.UUID | None = Field(
        default=None, foreign_key="response.id", ondelete="SET NULL"
    )
    snapshot: str | None = Field(default=None, sa_column=Column(Sealed("response.snapshot")))
    snapshot_sha256: str | None = Field(default=None, max_length=64)
    updated_at: dt.datetime = Field(default_factory=utc_now, sa_column_kwargs={"onupdate": utc_now})
    revision: int = 1
    sample: bool = False


class ResponseLink(Row, table=True):
    """A way for one contact into a response: its token is kept nowhere, only its hash.

    `sections` are those that a contributor may answer; None is the owner's link, which submits.
    """

    __tablename__ = "response_link"

    response_id: uuid.UUID = Field(foreign_key="response.id", ondelete="CASCADE", index=True)
    contact_id: uuid.UUID | None = Field(
        default=None, foreign_key="contact.id", ondelete="SET NULL"
    )
    name: str = Field(default="", sa_column=Column(Sealed("response_link.name")))
    email: str = Field(default="", sa_column=Column(Sealed("response_link.email")))
    token_sha256: str = Field(max_length=64, unique=True)
    code_sha256: str | None = Field(default=None, max_length=64)  # of the code by mail (tier 1)
    code_until: dt.datetime | None = None
    code_tries: int = 0
    sections: list[str] | None = Field(default=None, sa_column=Column(JSON))
    expires_at: dt.datetime
    opened_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None


class ResponseAnswer(SQLModel, table=True):
    """What is said to one question now, and what a reviewer decided on it.

    `value` is JSON: option ids, a whole number or text. `confirm` is an answer taken over from an
    earlier response that nobody has confirmed: it counts for nothing until then. `override` is the
    level that a reviewer gave instead; the vendor's answer stays.
    """

    __tablename__ = "response_answer"

    response_id: uuid.UUID = Field(foreign_key="response.id", primary_key=True, ondelete="CASCADE")
    question: str = Field(primary_key=True, max_length=64)
    value: str = Field(default="", sa_column=Column(Sealed("response_answer.value")))
    note: str = Field(default="", sa_column=Column(Sealed("response_answer.note")))
    confirm: bool = False
    source: str = Field(default="self", max_length=16)  # self, or what a reviewer or proof made it
    seen_where: str = Field(default="", max_length=500)  # on the vendor's behalf: where it was seen
    nda: str = Field(default="", max_length=8)  # on their behalf: none, needed or signed
    not_stored: bool = False  # on their behalf: it was seen, and no copy may be kept
    answered_on: dt.date | None = None
    by_kind: str = Field(default=Author.VENDOR, max_length=8)
    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    link_id: uuid.UUID | None = Field(
        default=None, foreign_key="response_link.id", ondelete="SET NULL"
    )
    updated_at: dt.datetime = Field(default_factory=utc_now)
    revision: int = 1
    flagged: bool = False  # returned to the vendor: only such questions can be changed then
    verdict: str = Field(default="", max_length=16)  # accepted, partly, overridden, na
    override: int | None = None
    review_note: str = Field(default="", sa_column=Column(Sealed("response_answer.review_note")))
    reviewed_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    reviewed_at: dt.datetime | None = None


class AnswerChange(Row, table=True):
    """What stood in an answer before somebody changed it; `created_at` is when that was."""

    __tablename__ = "answer_change"
    __table_args__ = (Index(None, "response_id", "question", "created_at"),)

    response_id: uuid.UUID = Field(foreign_key="response.id", ondelete="CASCADE")
    question: str = Field(max_length=64)
    value: str = Field(default="", sa_column=Column(Sealed("answer_change.value")))
    note: str = Field(default="", sa_column=Column(Sealed("answer_change.note")))
    revision: int
    by_kind: str = Field(max_length=8)
    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    link_id: uuid.UUID | None = Field(
        default=None, foreign_key="response_link.id", ondelete="SET NULL"
    )


class ResponseFile(Row, table=True):
    """A file of evidence; it lies sealed in the file store under this id."""

    __tablename__ = "response_file"

    response_id: uuid.UUID = Field(foreign_key="response.id", ondelete="CASCADE", index=True)
    name: str = Field(sa_column=Column(Sealed("response_file.name"), nullable=False))
    sha256: str = Field(max_length=64)
    bytes: int
    document_date: dt.date | None = None
    valid_until: dt.date | None = None
    by_kind: str = Field(default=Author.VENDOR, max_length=8)
    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    link_id: uuid.UUID | None = Field(
        default=None, foreign_key="response_link.id", ondelete="SET NULL"
    )
    state: str = Field(default=FileState.UNREAD, max_length=16)
    scope: str = Field(default="", max_length=1000)
    period: str = Field(default="", max_length=200)
    reviewed_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    reviewed_at: dt.datetime | None = None
    removed_at: dt.datetime | None = None


class FileUse(SQLModel, table=True):
    """One file may serve many questions."""

    __tablename__ = "response_file_use"

    file_id: uuid.UUID = Field(foreign_key="response_file.id", primary_key=True, ondelete="CASCADE")
    question: str = Field(primary_key=True, max_length=64)


class ResponseMessage(Row, table=True):
    """One message about a question, or about the whole; an internal one the vendor never sees.

    `read_at` is when one of us answered what the vendor wrote, or said that it is read.
    """

    __tablename__ = "response_message"
    __table_args__ = (
        Index(None, "response_id", "question", "created_at"),
        Index(
            "ix_response_message_unread",
            "response_id",
            sqlite_where=text(_UNREAD),
            postgresql_where=text(_UNREAD),
        ),
    )

    response_id: uuid.UUID = Field(foreign_key="response.id", ondelete="CASCADE")
    question: str = Field(default="", max_length=64)
    internal: bool = False
    text: str = Field(sa_column=Column(Sealed("response_message.text"), nullable=False))
    by_kind: str = Field(max_length=8)
    by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )
    link_id: uuid.UUID | None = Field(
        default=None, foreign_key="response_link.id", ondelete="SET NULL"
    )
    read_at: dt.datetime | None = None


class ResponseEmail(Row, table=True):
    """A vendor's mail that one of us filed; the mail itself lies sealed in the file store.

    `files` are the ids of its attachments that were kept, `refused` the others: [name, reason].
    """

    __tablename__ = "response_email"
    __table_args__ = (UniqueConstraint("response_id", "sha256"),)

    response_id: uuid.UUID = Field(foreign_key="response.id", ondelete="CASCADE")
    sender: str = Field(sa_column=Column(Sealed("response_email.sender"), nullable=False))
    subject: str = Field(sa_column=Column(Sealed("response_email.subject"), nullable=False))
    text: str = Field(sa_column=Column(Sealed("response_email.text"), nullable=False))
    sent_at: dt.datetime | None = None
    sha256: str = Field(max_length=64)
    bytes: int
    files: list[str] = Field(sa_column=Column(JSON, nullable=False))
    refused: list[list[str]] = Field(sa_column=Column(JSON, nullable=False))
    filed_by_id: uuid.UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL"
    )


class ResponseReminder(SQLModel, table=True):
    """A reminder that was sent, so that each goes out once: "-7", "-3", "-1", "1", "7", "owner"."""

    __tablename__ = "response_reminder"

    response_id: uuid.UUID = Field(foreign_key="response.id", primary_key=True, ondelete="CASCADE")
    kind: str = Field(primary_key=True, max_length=8)
    sent_at: dt.datetime
