"""The operations page lists what was given up, and does it again."""

import pytest

from tests.factories import NOON  # noqa: F401  (the day of the clock)
from tests.workflow.given_up_test import broken, keys

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def lost(database):
    """One job of each kind that was given up."""
    with database.transaction() as session:
        broken(session)


def test_what_was_given_up_is_done_again_by_a_button(client, sign_in, csrf, database, queue, lost):
    """The chosen ones alone."""
    sign_in(client, "admin")
    page = client.get("/operations").text
    key = keys(database)["report"].key

    client.post("/operations/again", data={"csrf_token": csrf(client), "job": key})

    assert "no fonts" in page
    assert "1 job waits again." in client.get("/operations").text
    assert [step for step, _ in queue] == ["report"]
    assert sorted(keys(database)) == ["letter", "model", "round"]


def test_auditors_read_it_and_press_nothing(client, sign_in, csrf, lost):
    """As all of the page."""
    sign_in(client, "auditor")

    assert "no fonts" in client.get("/operations").text
    answer = client.post("/operations/again", data={"csrf_token": csrf(client), "job": "x"})
    assert answer.status_code == 403
