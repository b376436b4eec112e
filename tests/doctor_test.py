"""What doctor finds in an installation that somebody meddled with."""

import pytest
from sqlalchemy import text

from tests.factories import NOON
from vendor_risk.doctor import State, examine
from vendor_risk.store import migrate
from vendor_risk.store.engine import Database
from vendor_risk.workflow.vendors import create_vendor


@pytest.fixture
def database(settings):
    """A database as `db upgrade` leaves it."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    made = Database(f"sqlite:///{settings.data_dir / 'vendors.db'}")
    migrate.upgrade(made)
    yield made
    made.close()


def audit_log(settings, database):
    """What doctor says of the audit log."""
    return next(one for one in examine(settings, database) if one.name == "audit log")


@pytest.fixture
def history(database):
    """Three acts in the log."""
    with database.transaction() as session:
        for name in ("Osprey", "Tessera", "Halvorsen"):
            create_vendor(session, name=name, now=NOON, actor="test")


def test_a_log_whose_end_was_cut_off_is_told(database, settings, history):
    """The last entry is noted outside the database each time that doctor finds the chain whole."""
    assert audit_log(settings, database).state is State.OK
    with database.transaction() as session:
        session.execute(text("DROP TRIGGER audit_entry_no_delete"))
        session.execute(text("DELETE FROM audit_entry WHERE sequence = 3"))

    symptom = audit_log(settings, database)

    assert symptom.state is State.BAD
    assert "the noted last entry is no longer there" in symptom.says
    assert str(settings.data_dir / "audit-last") in symptom.mend


def test_a_log_that_grew_is_whole(database, settings, history):
    """New entries follow the noted one."""
    audit_log(settings, database)
    with database.transaction() as session:
        create_vendor(session, name="Brightline", now=NOON, actor="test")

    symptom = audit_log(settings, database)

    assert symptom.state is State.OK
    assert symptom.says.startswith("4 entries")
