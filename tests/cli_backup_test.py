"""Backups from a shell: made, checked, and brought back on another machine."""

import datetime as dt
import json
import shutil

import pytest

from tests.cli_inventory_test import call, filled, nothing  # noqa: F401  (fixtures)
from vendor_risk.store.engine import Database
from vendor_risk.store.models.workers import WorkerBeat


@pytest.fixture
def made(filled, tmp_path):  # noqa: F811
    """A command line, after a backup of two vendors into one.tar."""
    ran = filled("db", "backup", "one.tar")
    assert (ran.exit_code, "The keys are not in it" in ran.stdout) == (0, True)
    return filled


def moved(tmp_path, monkeypatch, *, keys):
    """From now on commands are of an installation on another machine, with or without our keys."""
    new = tmp_path / "elsewhere"
    new.mkdir()
    if keys:
        shutil.copy(tmp_path / "var" / "keys.json", new)
    monkeypatch.setenv("VENDOR_RISK_DATA_DIR", str(new))


def vendors(ran):
    return sorted(one["name"] for one in json.loads(ran("vendors", "list", "--json").stdout))


def test_it_comes_back_on_another_machine(made, tmp_path, monkeypatch):
    """With its keys beside it, and the log is walked to its noted end."""
    assert "As it was written on" in made("db", "check", "one.tar").stdout
    moved(tmp_path, monkeypatch, keys=True)
    ran = made("db", "restore", "one.tar")
    assert (ran.exit_code, "entries is whole" in ran.stdout) == (0, True)
    assert vendors(made) == ["Acme Tags GmbH", "Bolt Couriers"]


def test_without_the_keys_nothing_is_restored(made, tmp_path, monkeypatch):
    """It is said where they belong."""
    moved(tmp_path, monkeypatch, keys=False)
    ran = made("db", "restore", "one.tar")
    assert (ran.exit_code, "keys that this installation lacks" in ran.stderr) == (2, True)


def test_a_filled_installation_is_not_covered(made):
    """Unless it is said; then it lies beside."""
    ran = made("db", "restore", "one.tar")
    assert (ran.exit_code, "there is something here already" in ran.stderr) == (2, True)
    again = made("db", "restore", "one.tar", "--replace")
    assert (again.exit_code, "What was here lies in" in again.stdout) == (0, True)
    assert vendors(made) == ["Acme Tags GmbH", "Bolt Couriers"]


def test_nothing_is_restored_under_a_worker_that_runs(made, tmp_path):
    """It would write into what is taken away."""
    database = Database(f"sqlite:///{tmp_path / 'var' / 'vendor-risk.db'}")
    at = dt.datetime.now(dt.UTC)
    with database.transaction() as session:
        session.add(WorkerBeat(name="box-1", version="1", started_at=at, seen_at=at))
    database.close()
    ran = made("db", "restore", "one.tar", "--replace")
    assert (ran.exit_code, "workers are running (box-1)" in ran.stderr) == (2, True)


def test_a_file_that_is_no_backup_is_told(made, tmp_path):
    """In one sentence."""
    (tmp_path / "no.tar").write_text("no backup")
    ran = made("db", "check", "no.tar")
    assert (ran.exit_code, "this backup cannot be used" in ran.stderr) == (2, True)
