"""The durable queue: orders that commit together with their cause.

Jobs live in DBOS, on the same database as the product, so that a worker that dies loses nothing.
`dbos` takes seconds to import, hence inside functions.
"""

import datetime as dt
import logging
import sqlite3
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine, event
from sqlmodel import Session

from vendor_risk.store.engine import Database, free_locks_of_the_frozen
from vendor_risk.workflow.scans import SLICE_STEP

if TYPE_CHECKING:
    from dbos import DBOSClient

# Jobs of another version of the code would wait for ever: the version is pinned, not a hash. It is
# a whole number that grows when older workers must not take the jobs of newer ones.
VERSION = "1"
QUEUE = "work"
# Looks at many vendors have a queue of their own: what a person waits for is not behind them.
SLICES = "slices"
_AT_ONCE = 500


def dbos_url(database: Database) -> str:
    """The address of the database as DBOS writes it."""
    return database.engine.url.set(
        drivername="sqlite" if database.is_sqlite else "postgresql"
    ).render_as_string(hide_password=False)


def queue_engine(database: Database) -> Engine:
    """An engine for the queue's own statements: DBOS begins its transactions itself."""
    engine = create_engine(database.url, pool_pre_ping=True)
    if database.is_sqlite:
        event.listen(engine, "connect", _sqlite_connect)
    else:
        free_locks_of_the_frozen(engine)
    return engine


def _sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    for pragma in ("busy_timeout=20000", "journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def prepare(database: Database) -> None:
    """The queue's own tables are there and up to date."""
    from dbos import DBOS

    logging.getLogger("dbos").setLevel(logging.WARNING)
    DBOS.migrate(dbos_url(database))


class Queue:
    """The web's end of the queue: it only writes orders, in the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @cached_property
    def _client(self) -> "DBOSClient":
        from dbos import DBOSClient, DBOSPortableJSONSerializer

        return DBOSClient(
            system_database_engine=queue_engine(self._database),
            serializer=DBOSPortableJSONSerializer(),
            lazy=True,
        )

    def warm(self) -> None:
        """Import and connect now, so that the first person does not wait for it."""
        self._client.check_connection()

    def waiting(self) -> int:
        """How many jobs nobody has taken yet."""
        return sum(self.depths().values())

    def depths(self) -> dict[str, int]:
        """The same, by queue."""
        return {
            name: len(
                self._client.list_queued_workflows(
                    queue_name=name, status="ENQUEUED", load_input=False
                )
            )
            for name in (QUEUE, SLICES)
        }

    def take_over(self, worker: str) -> int:
        """What a dead worker had in hand waits for the others; how many jobs that was."""
        held = self._client.list_workflows(
            executor_id=worker, status="PENDING", load_input=False, load_output=False
        )
        for name in (QUEUE, SLICES):
            ids = [job.workflow_id for job in held if (job.queue_name or QUEUE) == name]
            if ids:
                self._client.resume_workflows(ids, queue_name=name)
        return len(held)

    def adopt(self) -> int:
        """What waits for an older version of the jobs waits for this one; how many jobs.

        Their orders are ids of rows, which `db upgrade` has brought along. Those of a newer version
        are left to its workers.
        """
        waiting = self._client.list_workflows(
            status=["ENQUEUED", "DELAYED"], load_output=False, limit=_AT_ONCE
        )
        adopted = 0
        for job in waiting:
            if not (_older(job.app_version) and job.input):
                continue
            with self._database.transaction() as session:
                self._put(session, job.name, job.input["args"][0], f"{job.workflow_id}-v{VERSION}")
            self._client.delete_workflows([job.workflow_id])
            adopted += 1
        return adopted

    def purge(self, before: dt.datetime) -> int:
        """Jobs that were over by then are forgotten, a few hundred at a time; how many."""
        gone = 0
        while True:
            over = self._client.list_workflows(
                status=["SUCCESS", "ERROR", "CANCELLED"],
                completed_before=before.astimezone(dt.UTC).isoformat(),
                limit=_AT_ONCE,
                load_input=False,
                load_output=False,
            )
            if not over:
                return gone
            self._client.delete_workflows([job.workflow_id for job in over])
            gone += len(over)

    def subjects(self, step: str) -> set[str]:
        """The ids of all rows that a waiting or running job has as its orders."""
        alive = self._client.list_workflows(
            name=step, status=["ENQUEUED", "PENDING", "DELAYED"], load_output=False
        )
        return {subject for job in alive if job.input for subject in job.input["args"][0]}

    def __call__(
        self, session: Session, step: str, subjects: Sequence[str], *, attempt: int = 1
    ) -> None:
        """As `workflow.queue.Enqueue` says."""
        self._put(session, step, subjects, f"{step}-{subjects[0]}-{attempt}")

    def _put(self, session: Session, step: str, subjects: Sequence[str], id: str) -> None:
        self._client.enqueue_in_transaction(
            session,
            {
                "workflow_name": step,
                "queue_name": SLICES if step == SLICE_STEP else QUEUE,
                "app_version": VERSION,
                "workflow_id": id,
            },
            list(subjects),
        )


def _older(version: str | None) -> bool:
    return version is not None and version.isdigit() and int(version) < int(VERSION)
