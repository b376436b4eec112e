"""The database, SQLite or PostgreSQL, behind sessions that write and sessions that cannot."""

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

# Busy writers wait this long for each other on SQLite before an error reaches a person.
_BUSY_MS = 60_000
_FROZEN_SECONDS = 120
_TURN = "turn"  # what the connection that may write has
# A file costs little to open, and who waits for a connection of the pool waits in no order.
_MOST_CONNECTIONS = 100


class _Turns:
    """Writers of this process go in the order in which they came.

    SQLite lets them sleep up to a tenth of a second and try again, and with 50 of them one out of
    twenty was unlucky for seconds. Writers of other processes are still waited for by SQLite.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    def take(self, connection: Connection) -> None:
        """It is this connection's turn, or all others had their time."""
        if _TURN in connection.info:
            return
        with self._lock:
            if not self._taken and not self._waiting:
                self._taken = True
                connection.info[_TURN] = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        try:
            mine.wait(_BUSY_MS / 1000)
        finally:  # also of whoever is told to stop while it waits
            with self._lock:
                if mine.is_set():
                    connection.info[_TURN] = True
                else:  # SQLite says what is wrong
                    self._waiting.remove(mine)

    def give(self, held: dict[Any, Any]) -> None:
        """Whoever waits longest is next, if the connection of which this is the info wrote."""
        if held.pop(_TURN, None) is None:
            return
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


def _sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event below writes BEGIN itself
    for pragma in (
        f"busy_timeout={_BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _let_writers_in(engine: Engine) -> None:
    """Each transaction that may write has the file for itself from its beginning."""
    turns = _Turns()

    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
        if reading:
            connection.exec_driver_sql("BEGIN")
            return
        turns.take(connection)
        # A deferred BEGIN that writes later fails or loses updates under load: the lock at once.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def leave(_connection: object, record: ConnectionPoolEntry, *_error: object) -> None:
        turns.give(record.info)

    event.listen(engine, "begin", begin)
    # Not at "commit", which is told before it happens: a session gives its connection back then.
    for way in ("checkin", "invalidate"):
        event.listen(engine, way, leave)


def free_locks_of_the_frozen(engine: Engine) -> None:
    """PostgreSQL ends a transaction in which nothing was said for two minutes.

    A process that is frozen in the middle of one (a paused machine) would hold its locks, the one
    of the audit log among them, until somebody thaws it.
    """

    def connected(connection: Any, _record: object) -> None:
        before, connection.autocommit = connection.autocommit, True
        connection.execute(f"SET idle_in_transaction_session_timeout = '{_FROZEN_SECONDS}s'")
        connection.autocommit = before

    event.listen(engine, "connect", connected)


def make_engine(url: str, **options: Any) -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql+psycopg://...`, ready for many writers."""
    at = make_url(url)
    if at.get_backend_name() != "sqlite":
        engine = create_engine(url, pool_pre_ping=True, **options)
        free_locks_of_the_frozen(engine)
        return engine
    if at.database and at.database != ":memory:" and "poolclass" not in options:
        options.setdefault("max_overflow", _MOST_CONNECTIONS)
    engine = create_engine(url, **options)
    event.listen(engine, "connect", _sqlite_connect)
    _let_writers_in(engine)
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
