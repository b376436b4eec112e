"""The pages that bring a sheet in, in a real browser: sound at every width."""

import pytest

from tests.browser.harness import audit
from tests.factories import NOON
from tests.questionnaires.layouts import CAIQ
from tests.workflow.packs_test import packed
from vendor_risk.workflow import grids

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]

LONG = "a-word-that-nobody-can-break-" * 12


@pytest.fixture
def sheet(database):
    """The id of a file on its way in, with long words and many columns."""
    rows = [*CAIQ, (LONG[:40], f"Is {LONG} locked?", "Yes", LONG, LONG, "", "", "", "", LONG)]
    with database.transaction() as session:
        return grids.upload(
            session, filename=f"{LONG}.xlsx", raw=packed(rows), now=NOON, actor="test"
        ).id


def test_the_columns_and_what_would_come_are_sound(enter, context, address, sheet):
    """The page of the columns in both themes, the sections in one."""
    enter("analyst")
    assert audit(context, f"{address}/responses/import/{sheet}") == []
    assert audit(context, f"{address}/responses/import/{sheet}/look", themes=["light"]) == []
