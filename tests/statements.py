"""What was asked of a database, so that a test can count it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlmodel import Session


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """Each SELECT that any session of the same database sends within."""
    engine, sent = session.get_bind(), []

    def note(_connection, _cursor, statement, _parameters, _context, _many):
        if statement.startswith("SELECT"):
            sent.append(" ".join(statement.split()))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
