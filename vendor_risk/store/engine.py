"""The database, SQLite or PostgreSQL, behind sessions that write and sessions that cannot."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlmodel import Session

from vendor_risk.store import turns

# Busy writers wait this long for each other on SQLite before an error reaches a person.
_BUSY_MS = 60_000

# A file costs little to open, and who waits for a connection in the pool waits in no order.
_MOST_CONNECTIONS = 100


def _sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event below writes BEGIN itself
    for pragma in (
        f"busy_timeout={_BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _queue(connection: sqlite3.Connection, queue: turns.Turns) -> None:
    if isinstance(connection, turns.Writer):
        connection.turns = queue


def _sqlite_begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
    writer = connection.connection.driver_connection
    if not reading and isinstance(writer, turns.Writer):
        writer.take_turn(_BUSY_MS / 1000)
    # A deferred BEGIN that writes later fails or loses updates under load: take the lock at once.
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def make_engine(url: str, **options: Any) -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql+psycopg://...`, ready for many writers."""
    at = make_url(url)
    if at.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, **options)
    options.setdefault("connect_args", {}).setdefault("factory", turns.Writer)
    in_file = at.database and at.database != ":memory:" and not at.database.startswith("file:")
    if in_file and "poolclass" not in options:
        options.setdefault("max_overflow", _MOST_CONNECTIONS)
    engine = create_engine(url, **options)
    if in_file:
        queue = turns.of(str(Path(at.database or "").resolve()))
        event.listen(engine, "connect", lambda made, _record: _queue(made, queue))
    event.listen(engine, "connect", _sqlite_connect)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


class Database:
    """One engine and its two kinds of session; an object of one must not go to another."""

    def __init__(self, url: str, **options: Any) -> None:
        self.url = url
        self.engine = make_engine(url, **options)
        # Both backends refuse a write in a reading session, so a GET cannot change the product.
        self._reading = self.engine.execution_options(
            **({"reading": True} if self.is_sqlite else {"postgresql_readonly": True})
        )

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded shape."""
        return self.engine.dialect.name == "sqlite"

    def writing(self) -> Session:
        """A session that may write; the caller commits."""
        return Session(self.engine, expire_on_commit=False)

    def reading(self) -> Session:
        """A session in which the database itself refuses to write."""
        return Session(self._reading, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A writing session that commits at the end, or rolls back when an error leaves it."""
        with self.writing() as session, session.begin():
            yield session

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
