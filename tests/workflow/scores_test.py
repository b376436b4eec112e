"""Scores of many vendors at once."""

import pytest
from sqlalchemy import event

from tests.factories import NOON
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import scores, vendors

FACTS = dict.fromkeys(("data_sensitivity", "data_volume", "access", "criticality", "payment"), 1)


@pytest.fixture
def session(database):
    with database.writing() as opened:
        yield opened


def test_the_heirs_of_a_large_parent_are_scored_in_slices(session):
    """A thousand subsidiaries fit no statement of SQLite; all of them have their score.

    PostgreSQL takes 65,535 parameters; there one statement locks them all, in one order.
    """
    parent = vendors.create_vendor(session, name="Holding", now=NOON, actor="test")
    heirs = [
        Vendor(name=f"Heir {n}", name_key=f"heir {n}", parent_id=parent.id) for n in range(1000)
    ]
    session.add_all(heirs)
    session.flush()
    last = heirs[-1].id
    session.add_all(
        Engagement(
            vendor_id=one.id, name="Payroll", inherits=True, **FACTS if one.id == last else {}
        )
        for one in heirs
    )
    session.flush()
    sizes = []
    keep = lambda _c, _cursor, said, values, _context, _many: sizes.append(  # noqa: E731
        len(values) if said.startswith("SELECT") else 0
    )
    event.listen(session.connection().engine, "before_cursor_execute", keep)

    scores.rescore(session, [parent.id], now=NOON, cause=scores.FINDING)

    event.remove(session.connection().engine, "before_cursor_execute", keep)
    assert max(sizes) <= (999 if session.get_bind().dialect.name == "sqlite" else 65_535)
    assert session.get_one(Vendor, last).final is not None
