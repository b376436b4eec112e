"""Rows that are right in every column, so that a test names only what it is about."""

import datetime as dt
from functools import cache

from argon2 import PasswordHasher
from sqlmodel import Session

from vendor_risk.store.models.people import User
from vendor_risk.workflow import people

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
PASSWORD = "correct horse battery"
TOTP_KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@cache
def password_hash() -> str:
    """The Argon2id hash of PASSWORD, weak so that tests are quick."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def make_user(
    session: Session,
    *roles: str,
    email: str = "ann@example.com",
    second_factor: bool = True,
    now: dt.datetime = NOON,
) -> User:
    """A person with PASSWORD and these roles; who needs a second factor has TOTP_KEY as one."""
    user = people.create_user(
        session,
        email=email,
        name=email.partition("@")[0].capitalize(),
        roles=roles,
        actor="test",
        now=now,
        password_hash=password_hash(),
    )
    if second_factor and people.needs_second_factor(user):
        user.tf_primary_method = "authenticator"
        user.tf_totp_secret = f'{{"key":"{TOTP_KEY}","type":"totp","v":1}}'
        session.add(user)
    session.flush()
    return user
