"""What happens at sign-in and sign-out: a revocable sign-in, and an entry in the log."""

import uuid
from typing import Any

from flask import Flask, g, request
from flask import session as cookie
from flask_login import user_logged_out
from flask_security import (
    hash_password,
    password_changed,
    password_reset,
    reset_password_instructions_sent,
    user_authenticated,
    user_failed_authn,
)

from vendor_risk.doors import READING
from vendor_risk.store.models.people import User
from vendor_risk.web.session import now, session
from vendor_risk.workflow import sign_ins

# The id of the sign-in, in the cookie.
_SIGN_IN = "sign_in"


def install(app: Flask) -> None:
    """Listen to Flask-Security, and let only sign-ins that still hold count as signed in."""
    user_authenticated.connect(_signed_in, app)
    user_logged_out.connect(_signed_out, app)
    user_failed_authn.connect(_failed, app)
    password_changed.connect(_password_changed, app)
    password_reset.connect(_password_reset, app)
    reset_password_instructions_sent.connect(_reset_asked, app)

    load = app.login_manager._user_callback  # type: ignore[attr-defined]

    def load_if_it_holds(uniquifier: str) -> User | None:
        user: User | None = load(uniquifier)
        sign_in = _cookie_id()
        if user is None or sign_in is None:
            return None
        return user if sign_ins.holds(session, sign_in, user, now=now()) else None

    app.login_manager.user_loader(load_if_it_holds)  # type: ignore[attr-defined]
    # Flask-Security would also take a token from the address or a header; nobody is given one.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]


def _cookie_id() -> uuid.UUID | None:
    try:
        return uuid.UUID(cookie.get(_SIGN_IN, ""))
    except ValueError:
        return None


def _signed_in(_app: Flask, user: User, **_: Any) -> None:
    before = _cookie_id()
    if before is not None:
        sign_ins.end(session, before, user, now=now())
    begun = sign_ins.begin(session, user, now=now())
    cookie[_SIGN_IN] = str(begun.id)
    cookie.permanent = True
    # What a page knew before sign-in must not work after it.
    cookie.pop("csrf_token", None)
    g.pop("csrf_token", None)


def _signed_out(_app: Flask, user: User | None, **_: Any) -> None:
    sign_in = _cookie_id()
    cookie.pop(_SIGN_IN, None)
    if user is None or sign_in is None or request.method in READING:
        return
    sign_ins.end(session, sign_in, user, now=now())
    session.commit()


def _failed(_app: Flask, user: User, auth_type: str, **_: Any) -> None:
    sign_ins.note_failure(session, user, kind=auth_type, now=now())
    session.commit()


def _password_changed(_app: Flask, user: User, **_: Any) -> None:
    sign_ins.note(session, user, "person.password_changed", now=now())


def _password_reset(_app: Flask, user: User, **_: Any) -> None:
    sign_ins.note(session, user, "person.password_reset", now=now())


def _reset_asked(_app: Flask, user: User, **_: Any) -> None:
    sign_ins.note_reset_asked(session, user, now=now())
    session.commit()
    # For an address that has no account Flask-Security hashes something in vain; doing the same
    # here keeps the time of the answer from telling which addresses have one.
    hash_password("as slow as for nobody")
