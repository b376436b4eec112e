"""What a page needs from its request: the database session, the time, the queue, the person."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from flask import Flask, current_app, g, has_request_context, request
from flask_login import current_user
from sqlmodel import Session
from werkzeug.local import LocalProxy

from vendor_risk.doors import READING
from vendor_risk.store.engine import Database
from vendor_risk.workflow.queue import Enqueue

View = TypeVar("View", bound=Callable[..., Any])


def _session() -> Session:
    if "database_session" not in g:
        g.database_session = _open(current_app.extensions["database"])
    return cast(Session, g.database_session)


def _open(database: Database) -> Session:
    if not has_request_context():  # a command or a test inside app_context()
        return database.writing()
    # The reading session physically refuses a write, so a GET cannot change the product.
    view = current_app.view_functions.get(request.endpoint or "")
    looks = request.method in READING or getattr(view, "looks_first", False)
    return _of_request(database.reading() if looks else database.writing())


def _of_request(opened: Session) -> Session:
    opened.info["origin"] = {"request": request_id(), "address": request.remote_addr}
    return opened


def looks_first(view: View) -> View:
    """The session of this POST reads; the view writes inside `writing()` and nowhere else.

    For what many do at once: on SQLite nobody waits while another's answers are evaluated.
    """
    view.looks_first = True  # type: ignore[attr-defined]
    return view


@contextmanager
def writing() -> Iterator[None]:
    """Inside, the session of a view that looks first writes; what was read before is to be read
    again, inside and after, for it may have changed and belongs to neither session."""
    _close()
    g.database_session = _of_request(current_app.extensions["database"].writing())
    try:
        yield
    finally:
        _close()


def _close() -> None:
    opened: Session | None = g.pop("database_session", None)
    if opened is not None:
        opened.close()


def _enqueue() -> Enqueue:
    return cast(Enqueue, current_app.extensions["enqueue"])


session: Session = LocalProxy(_session)  # type: ignore[assignment]
"""This request's session; a view that changed something commits it, and nothing else does."""

enqueue: Enqueue = LocalProxy(_enqueue)
"""The queue, for steps that ask for one."""


def now() -> dt.datetime:
    """The UTC time of this request, the same in all its steps."""
    if "now" not in g:
        g.now = current_app.extensions["clock"]()
    return cast(dt.datetime, g.now)


def actor() -> uuid.UUID | str:
    """Who acts, for the audit log: the id of the person, or "stranger"."""
    if current_user and current_user.is_authenticated:
        return cast(uuid.UUID, current_user.id)
    return "stranger"


def request_id() -> str:
    """The id that the answer carries in X-Request-ID, and that the log names."""
    if "request_id" not in g:
        g.request_id = uuid.uuid4().hex
    return cast(str, g.request_id)


def install(app: Flask) -> None:
    """Close the session at the end of each request; what no view committed is rolled back."""

    @app.teardown_appcontext
    def close(_error: BaseException | None) -> None:
        _close()
