"""Questionnaires to many vendors, in a real browser: sound at every width."""

import pytest
from sqlmodel import select

from tests.browser.harness import audit
from tests.factories import make_user
from tests.rated import make
from vendor_risk.jobs import rounds as job
from vendor_risk.jobs.letters import Letterhead
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import contacts
from vendor_risk.workflow.responses import rounds

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]


@pytest.fixture
def app(app):
    """Mail leaves."""
    app.config["MAIL_LEAVES"] = True
    return app


@pytest.fixture
def looked(database, clock):
    """The address of a round that was looked at: two would get questions, one would not."""
    with database.transaction() as session:
        ann = make_user(session, "analyst", email="ann.round@example.com").id
        by = {"now": clock(), "actor": ann}
        for name in ("Acme", "a-word-that-nobody-can-break-" * 9, "Cold"):
            vendor, _bought = make(session, name[:180], clock())
            if name != "Cold":
                contacts.add_contact(
                    session, vendor, name="Pat", email="p@v.example", roles=[], **by
                )
        ids = session.exec(select(Vendor.id)).all()
        row = rounds.draw_up(session, ids, left_out=3, **by)
        by["enqueue"] = lambda *_args, **_known: None
        rounds.look(session, row, chosen=None, due_on=None, message="", **by)
    job.run(database, row.id, Letterhead("http://localhost", "Us"))
    return f"/responses/rounds/{row.id}"


def test_a_round_is_sound(enter, context, address, looked):
    """Looked at, with a refused line, a long name, and the form that lets it begin."""
    enter("analyst")
    assert audit(context, f"{address}{looked}") == []
