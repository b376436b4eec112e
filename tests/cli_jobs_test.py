"""Jobs that were given up, from a shell."""

import datetime as dt
import json

import pytest

from tests.cli_inventory_test import call, nothing  # noqa: F401  (fixtures)
from tests.workflow.given_up_test import broken
from vendor_risk.store.engine import Database


@pytest.fixture
def lost(call, tmp_path):  # noqa: F811
    """One job of each kind that was given up just now."""
    assert call("jobs", "list").stdout == "No job was given up.\n"
    database = Database(f"sqlite:///{tmp_path / 'var' / 'vendor-risk.db'}")
    with database.transaction() as session:
        broken(session, dt.datetime.now(dt.UTC))
    database.close()


def test_they_are_listed_and_done_again(call, lost):  # noqa: F811
    """Exit code 1 while there are some; all wait afterwards."""
    listed = call("jobs", "list", "--json")
    done = call("jobs", "again", "--all")

    told = json.loads(listed.stdout)
    assert (listed.exit_code, len(told)) == (1, 4)
    assert (done.exit_code, done.stdout.count("waits again")) == (0, 4)
    assert call("jobs", "list").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "name jobs, or say --all"), (("report:7",), "there is no job report:7")],
)
def test_what_cannot_be_done_is_said(call, words, said):  # noqa: F811
    """With code 2."""
    ran = call("jobs", "again", *words)

    assert (ran.exit_code, said in ran.stderr) == (2, True)
