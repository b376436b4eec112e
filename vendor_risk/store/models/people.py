"""People who sign in, their roles, and their sign-ins."""

import datetime as dt
import secrets
import uuid

from flask import current_app
from flask_security import RoleMixin, UserMixin
from sqlalchemy import CheckConstraint, Column
from sqlalchemy.ext.mutable import MutableList
from sqlmodel import Field, Relationship, SQLModel

from vendor_risk.store.encryption import Sealed
from vendor_risk.store.models.base import Row

# `from __future__ import annotations` would break the relationships of this file.


class RoleUser(SQLModel, table=True):
    """This person has this role."""

    __tablename__ = "role_user"

    user_id: uuid.UUID = Field(foreign_key="user_account.id", primary_key=True, ondelete="CASCADE")
    role_id: uuid.UUID = Field(foreign_key="role.id", primary_key=True, index=True)


class Role(RoleMixin, Row, table=True):
    """What a person may do here; the names are those of `workflow.people.ROLES`."""

    __tablename__ = "role"

    name: str = Field(unique=True, max_length=40)


class User(UserMixin, Row, table=True):
    """A person with an account."""

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("theme IN ('auto', 'light', 'dark')", name="theme"),
    )

    email: str = Field(unique=True, max_length=254)
    name: str = Field(default="", max_length=120)
    password: str | None = Field(default=None, max_length=255)
    active: bool = True
    theme: str = Field(default="auto", max_length=8)
    language: str = Field(default="", max_length=8)  # empty: what the browser asks for
    timezone: str = Field(default="", max_length=64)  # empty: that of the installation
    sample: bool = False

    # Names that Flask-Security prescribes. Changing fs_uniquifier ends every sign-in of a person.
    fs_uniquifier: str = Field(
        default_factory=lambda: secrets.token_hex(32), unique=True, max_length=64
    )
    tf_primary_method: str | None = Field(default=None, max_length=64)
    tf_totp_secret: str | None = Field(
        default=None, sa_column=Column(Sealed("user_account.tf_totp_secret"), nullable=True)
    )
    totp_counter: int | None = None  # the last code used, so that none works twice
    mf_recovery_codes: list[str] | None = Field(
        default=None,
        sa_column=Column(
            MutableList.as_mutable(Sealed("user_account.mf_recovery_codes")), nullable=True
        ),
    )

    roles: list[Role] = Relationship(link_model=RoleUser)  # type: ignore[assignment]

    # Flask-Security asks the account; who must have a second factor is decided by the application.

    def check_tf_required(
        self,
        tf_setup_methods: list[tuple[str, str]],
        tf_fresh: bool,  # noqa: FBT001  (Flask-Security's signature)
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Whether this sign-in needs a second factor, and which ones the account has."""
        return bool(tf_setup_methods) or self.check_tf_required_setup(), tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Whether this account may not do without a second factor."""
        return bool(current_app.config["SECOND_FACTOR_DUE"](self))


class SignIn(Row, table=True):
    """One sign-in of one person on one browser; ended, its cookie opens nothing any more."""

    __tablename__ = "sign_in"

    user_id: uuid.UUID = Field(foreign_key="user_account.id", index=True, ondelete="CASCADE")
    ended_at: dt.datetime | None = None
