"""Brings the tables of a database up to date with this version of the product."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, inspect

from vendor_risk.store.audit import make_append_only
from vendor_risk.store.engine import Database
from vendor_risk.store.portfolio_counts import make_counted, recount

# Any number will do that no other lock of this database uses; the audit log has 7_310_001.
_LOCK = 7_310_002


class MigrationError(Exception):
    """The tables cannot be brought up to date; the message says why and what to do."""


def upgrade(database: Database) -> None:
    """The tables are those of this version; all of it happened, or nothing.

    When web and worker start together, one migrates and the other waits for it.
    """
    with _alone(database) as connection:
        _refuse_newer(connection)
        with connection.begin():
            _run(connection)


def current(database: Database) -> str | None:
    """The version of the tables; None for a database without any."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The version of the tables that this code expects."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def known(version: str) -> bool:
    """Whether this code knows the tables of that version."""
    try:
        return ScriptDirectory.from_config(_config()).get_revision(version) is not None
    except CommandError:
        return False


def pending(database: Database) -> bool:
    """Whether `upgrade` has something to do."""
    return current(database) != head()


def misfit(database: Database) -> str:
    """Why this code cannot work with these tables; empty where it can."""
    version = current(database)
    if version == head():
        return ""
    if version is None:  # tests make the tables without a version
        with database.engine.connect() as connection:
            return "" if inspect(connection).has_table("vendor") else "the database has no tables"
    try:
        ScriptDirectory.from_config(_config()).get_revision(version)
    except CommandError:
        return (
            f"the database has tables of version {version}, which only a newer installation knows"
        )
    return f"the database has tables of version {version}, this installation needs {head()}"


def write_version(database: Database, message: str, folder: Path | None = None) -> Path:
    """A new version file from the difference between models and database, to be read and kept."""
    with _alone(database) as connection:
        made = command.revision(_config(connection, folder), message, autogenerate=True)
    if made is None or isinstance(made, list):
        raise MigrationError("there was nothing to write, or more than one head")
    return Path(made.path)


def upgrade_from(database: Database, folder: Path) -> None:
    """As `upgrade`, with the version files of a folder."""
    with _alone(database) as connection, connection.begin():
        _run(connection, folder)


def _run(connection: Connection, folder: Path | None = None) -> None:
    before = MigrationContext.configure(connection).get_current_revision()
    command.upgrade(_config(connection, folder), "head")
    _check_references(connection)
    # Here rather than in a version: SQLite forgets triggers when a version rebuilds their table.
    if inspect(connection).has_table("audit_entry"):
        make_append_only(connection)
    if inspect(connection).has_table("portfolio_count"):
        make_counted(connection)
        if before != MigrationContext.configure(connection).get_current_revision():
            recount(connection)


def _config(connection: Connection | None = None, folder: Path | None = None) -> Config:
    """Alembic's settings, without any file of settings: there is none in a wheel."""
    here = Path(str(files("vendor_risk.store"))) / "migrations"
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(here).replace("%", "%%"))
    versions = str(folder or here / "versions")
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", versions.replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """A connection while no other process migrates."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            # A table is changed by building it anew; with references enforced, dropping the old
            # one would take the rows that refer to it along. BEGIN IMMEDIATE keeps others out.
            raw = connection.connection.driver_connection
            if raw is None:
                raise MigrationError("the database closed the connection")
            raw.execute("PRAGMA foreign_keys=OFF")
            try:
                yield connection
            finally:
                connection.rollback()
                raw.execute("PRAGMA foreign_keys=ON")
            return
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
        connection.commit()
        try:
            yield connection
        finally:
            connection.rollback()
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_LOCK})")
            connection.commit()


def _refuse_newer(connection: Connection) -> None:
    with connection.begin():
        version = MigrationContext.configure(connection).get_current_revision()
    if version is None:
        return
    try:
        ScriptDirectory.from_config(_config()).get_revision(version)
    except CommandError as error:
        raise MigrationError(
            f"the database has tables of version {version}, which this installation does not know: "
            f"a newer one wrote it. Install that version, or restore a backup from before"
        ) from error


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken:
        raise MigrationError(f"after the change a row of {broken[0]} refers to one that is missing")
