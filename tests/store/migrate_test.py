"""Migrations: from nothing to the tables of the models, alone, on both databases."""

import threading

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, make_url, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import SQLModel

from tests.databases import only
from tests.factories import NOON
from vendor_risk.store import migrate
from vendor_risk.store.audit import record
from vendor_risk.store.engine import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request, tmp_path):
    """A database without any table."""
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path / 'bare.db'}")
        yield opened
        opened.close()
        return
    server = request.getfixturevalue("postgres")
    name = f"vr_bare_{id(request):x}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = make_url(server).set(drivername="postgresql+psycopg", database=name)
    opened = Database(url.render_as_string(hide_password=False))
    yield opened
    opened.close()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def versions(tmp_path):
    """A folder for version files."""
    folder = tmp_path / "versions"
    folder.mkdir()
    return folder


def tables(database):
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_written_version_makes_every_table(bare, versions):
    """The difference between the models and nothing is all tables."""
    migrate.write_version(bare, "first", versions)
    migrate.upgrade_from(bare, versions)

    assert tables(bare) == set(SQLModel.metadata.tables)


def test_second_version_has_nothing_to_say(bare, versions):
    """After the first version, models and database agree in tables, columns and types."""
    migrate.write_version(bare, "first", versions)
    migrate.upgrade_from(bare, versions)
    second = migrate.write_version(bare, "second", versions).read_text()

    assert second.count("    pass\n") == 2


def test_version_file_needs_neither_our_types_nor_those_of_sqlmodel(bare, versions):
    """A version of long ago runs when our column types have other names."""
    written = migrate.write_version(bare, "first", versions).read_text()

    assert "sqlmodel" not in written
    assert "vendor_risk" not in written


def test_tables_of_the_queue_are_left_alone(bare, versions):
    """Tables that are not ours, as those of DBOS, are never proposed for removal."""
    migrate.write_version(bare, "first", versions)
    migrate.upgrade_from(bare, versions)
    with bare.transaction() as session:
        session.execute(text("CREATE TABLE workflow_status (workflow_uuid TEXT)"))
    second = migrate.write_version(bare, "second", versions).read_text()

    assert "workflow_status" not in second


def test_failed_version_changes_nothing(bare, versions):
    """A version that fails in the middle leaves the database as it was."""
    (versions / "1_bad.py").write_text(
        "from alembic import op\n"
        "revision, down_revision, branch_labels, depends_on = '1', None, None, None\n"
        "def upgrade():\n"
        "    op.execute('CREATE TABLE half (x INTEGER)')\n"
        "    op.execute('CREATE TABLE half (x INTEGER)')\n"
    )
    with pytest.raises(DatabaseError):
        migrate.upgrade_from(bare, versions)

    assert tables(bare) == set()


@only("sqlite", "bare")  # PostgreSQL checks references itself
def test_row_that_would_lose_its_reference_stops_a_version(bare, versions):
    """On SQLite, where tables are rebuilt with references off, they are checked at the end."""
    (versions / "1_orphan.py").write_text(
        "from alembic import op\n"
        "revision, down_revision, branch_labels, depends_on = '1', None, None, None\n"
        "def upgrade():\n"
        "    op.execute('CREATE TABLE parent (id INTEGER PRIMARY KEY)')\n"
        "    op.execute('CREATE TABLE child (id INTEGER REFERENCES parent (id))')\n"
        "    op.execute('INSERT INTO child VALUES (5)')\n"
    )

    with pytest.raises(migrate.MigrationError, match="row of child"):
        migrate.upgrade_from(bare, versions)


@only("sqlite", "bare")  # only SQLite switches them off
def test_references_are_enforced_again_afterwards(bare, versions):
    """The connection that migrated goes back with references enforced."""
    migrate.write_version(bare, "first", versions)
    migrate.upgrade_from(bare, versions)

    with bare.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_two_starts_at_once_migrate_once(bare, versions):
    """Of two processes that start together one migrates, the other waits and finds it done."""
    migrate.write_version(bare, "first", versions)
    failures = []

    def start():
        other = Database(bare.url)
        try:
            migrate.upgrade_from(other, versions)
        except Exception as error:
            failures.append(error)
        finally:
            other.close()

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


def test_database_of_a_newer_version_is_refused(bare):
    """An old installation does not touch the tables of a newer one, and says so."""
    with bare.transaction() as session:
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        session.execute(text("INSERT INTO alembic_version VALUES ('fromthefuture')"))

    with pytest.raises(migrate.MigrationError, match="newer one wrote it"):
        migrate.upgrade(bare)


def test_empty_database_has_no_version(bare):
    """Nothing was migrated yet."""
    assert migrate.current(bare) is None


def test_upgrade_leads_to_the_models(bare):
    """The version files of the product make exactly the tables of its models."""
    migrate.upgrade(bare)

    with bare.engine.connect() as connection:
        compared = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(compared, SQLModel.metadata)
    assert [one for one in found if "alembic_version" not in str(one)] == []


def test_upgraded_database_is_not_pending(bare):
    """After the upgrade nothing is left to do."""
    migrate.upgrade(bare)

    assert not migrate.pending(bare)


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET act = 'x'", "DELETE FROM audit_entry"]
)
def test_upgraded_database_refuses_to_change_the_log(bare, statement):
    """After an upgrade the audit log is append-only, also when a version rebuilt its table."""
    migrate.upgrade(bare)
    with bare.transaction() as session:
        record(session, actor="command", act="x", subject_kind="y", now=NOON)

    with pytest.raises(DatabaseError, match="append-only"), bare.transaction() as session:
        session.execute(text(statement))
