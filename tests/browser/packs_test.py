"""Questionnaires of one's own and their next versions, in a real browser: sound at every width."""

import pytest

from tests.browser.harness import audit
from tests.workflow.packs_test import bring, csv
from vendor_risk.workflow import grids

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]
LONG = "Who has the keys? " + "a-word-that-nobody-can-break" * 9
BEFORE = [("Number", "Question"), ("1", "Is there a lock?"), ("2", "A dog?"), ("3", LONG)]
AFTER = [("Number", "Question"), ("1", "Who guards it?"), ("9", "Is there a good lock?"),
         ("3", LONG)]  # fmt: skip


def test_a_new_version_and_the_list_are_sound(enter, context, address, database, clock):
    """With added, removed, changed and unchanged questions, and one to be looked at."""
    with database.transaction() as session:
        by = {"now": clock(), "actor": "test"}
        bring(session, csv(BEFORE), id="house", title="The house")
        row = grids.upload(session, filename="house.csv", raw=csv(AFTER), **by)
        look = f"{address}/responses/import/{row.id}/look"
    enter("analyst")
    page = context.new_page()
    page.goto(look)
    page.get_by_role("button", name="Show what differs").click()
    page.get_by_role("heading", name="Look at these (1)").wait_for()
    assert audit(page, "") == []
    page.get_by_role("button", name="Publish this version").click()
    page.get_by_text("house@2.0.0 is what is sent from now on").wait_for()
    assert audit(page, f"{address}/questionnaires") == []
