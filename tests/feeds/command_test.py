"""The command `feeds`, from the outside."""

import json

import pytest
from click.testing import CliRunner

from tests.feeds import samples
from tests.feeds.server import Server, closed_port, says
from vendor_risk.cli import main


@pytest.fixture
def call(tmp_path, monkeypatch):
    """The command in a fresh installation that fetches nothing but what it is told."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VENDOR_RISK_DATA_DIR", str(tmp_path / "var"))
    for name in samples.LISTS:
        monkeypatch.setenv(f"VENDOR_RISK_FEED_{name.upper()}_URL", "")
    return lambda *words: CliRunner().invoke(main, ["feeds", *words], catch_exceptions=False)


def test_without_lists_it_says_what_is_missing_and_how_to_mend_it(call):
    """And ends with 1."""
    result = call()

    assert result.exit_code == 1
    assert "there is no such list here" in result.output
    assert "var/feeds/kev.json" in result.output


def test_what_was_fetched_is_shown(call, monkeypatch):
    """Date, entries and attribution."""
    with Server(says(samples.kev())) as server:
        monkeypatch.setenv("VENDOR_RISK_FEED_KEV_URL", server.url)
        updated = call("update", "--json", "kev")
    rows = {row["name"]: row for row in json.loads(call("list", "--json").output)}

    assert updated.exit_code == 0
    assert json.loads(updated.output) == [{"name": "kev", "state": "new", "reason": ""}]
    assert (rows["kev"]["entries"], rows["kev"]["date"]) == (2, "2026-11-20")
    assert rows["kev"]["licence"] == "CC0 1.0"


def test_a_list_that_cannot_be_fetched_ends_with_2(call, monkeypatch):
    """The others are fetched all the same."""
    monkeypatch.setenv("VENDOR_RISK_FEED_KEV_URL", f"http://127.0.0.1:{closed_port()}/")
    with Server(says(samples.breaches())) as server:
        monkeypatch.setenv("VENDOR_RISK_FEED_BREACHES_URL", server.url)
        result = call("update")

    assert result.exit_code == 2
    assert "breaches    new" in result.output
    assert "could not be reached" in result.output


def test_what_of_a_list_is_not_used_is_told(call, tmp_path):
    """To whoever put it there."""
    file = tmp_path / "var/feeds/advisories.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(samples.advisories("(a+)+$(§§version§§)"))

    told = call("list").output

    assert "1 of its patterns are not used: (a+)+$(§§version§§) of jquery repeats a group" in told


def test_an_unknown_list_is_refused(call):
    """With the names that there are."""
    result = call("update", "cve")

    assert result.exit_code == 2
    assert "advisories" in result.output
