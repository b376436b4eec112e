"""Settings that a transaction read once, and reads anew when they changed."""

from tests.factories import NOON, make_user
from tests.statements import statements
from vendor_risk.workflow import held, settings

POINTS = [10, 20, 30, 40]


def test_what_is_not_there_is_asked_for_once(database):
    """However many settings are asked for, however often."""
    with database.reading() as session, statements(session) as sent:
        for _nth in range(3):
            settings.appetite(session)
            settings.due_days(session)
    assert len([one for one in sent if "FROM setting" in one]) == 1


def test_a_change_is_seen_at_once(database):
    """In the transaction that made it, and in the next one of the same session."""
    with database.writing() as session:
        admin = make_user(session, "admin")
        before = settings.appetite(session)
        settings.set_appetite(session, POINTS, now=NOON, actor=admin.id)
        assert settings.appetite(session) == tuple(POINTS)
        session.rollback()
        assert settings.appetite(session) == before


def test_what_another_one_changed_is_seen_in_the_next_transaction(database):
    """A worker that lives for weeks goes by what holds now."""
    with database.writing() as session:
        held.value(session, settings.APPETITE)
        session.commit()
        with database.transaction() as other:
            admin = make_user(other, "admin")
            settings.set_appetite(other, POINTS, now=NOON, actor=admin.id)
        assert settings.appetite(session) == tuple(POINTS)
