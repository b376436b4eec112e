"""Looking again from a shell: runs, one vendor, and what is said where nothing can be done."""

import json

import pytest

from tests.cli_inventory_test import call, filled, nothing, rows  # noqa: F401  (fixtures)
from vendor_risk.store.models.scans import Scan, ScanRun

ALL = ("rescan", "--all", "--json")


def test_a_run_over_all_is_begun_and_told(filled):  # noqa: F811
    """With what is left, and that no worker is alive."""
    ran = filled(*ALL)

    told = json.loads(ran.stdout)
    assert (ran.exit_code, told["state"], told["scope"]) == (0, "running", "all")
    assert told["left"] == told["total"] > 0
    assert "No worker is alive" in ran.stderr


def test_without_a_word_it_says_how_far_the_run_is(filled):  # noqa: F811
    """The same numbers as when it began."""
    before = json.loads(filled(*ALL).stdout)

    assert json.loads(filled("rescan", "--json").stdout) == before


def test_where_no_run_goes_on_it_says_what_is_due(filled):  # noqa: F811
    """Vendors that came by import wait for their first look."""
    ran = filled("rescan")

    assert "No run goes on. " in ran.stdout
    assert "No run goes on. 0 " not in ran.stdout


def test_a_run_is_stopped_and_goes_on(filled, rows):  # noqa: F811
    """And a second one beside it is refused."""
    filled(*ALL)
    refused = filled("rescan", "--due")
    stopped = json.loads(filled("rescan", "--stop", "--json").stdout)["state"]
    resumed = json.loads(filled("rescan", "--resume", "--json").stdout)["state"]

    assert (refused.exit_code, "is not over" in refused.stderr) == (2, True)
    assert (stopped, resumed) == ("stopped", "running")
    assert len(rows(ScanRun)) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--stop",), "no run goes on"),
        (("--resume",), "no run was stopped"),
        (("--all", "--due"), "only one of"),
        (("Nobody",), "no vendor is called Nobody"),
    ],
)
def test_what_cannot_be_done_is_said(filled, words, said):  # noqa: F811
    """With code 2."""
    ran = filled("rescan", *words)

    assert (ran.exit_code, said in ran.stderr) == (2, True)


def test_one_vendor_is_ordered_by_its_name(filled, rows):  # noqa: F811
    """A worker makes the scan; asked again it is the same one."""
    first = filled("rescan", "Bolt Couriers", "--json")
    again = filled("rescan", "Bolt Couriers", "--json")

    assert json.loads(first.stdout)["state"] == "queued"
    assert json.loads(again.stdout)["scan"] == json.loads(first.stdout)["scan"]
    assert len(rows(Scan)) == 1
