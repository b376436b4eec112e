"""Operations: what administrators see of the machine, and what other machines ask it."""

import datetime as dt

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import select

from tests.factories import NOON
from tests.workflow.rescans_test import vendors
from vendor_risk.store.models.scans import RunScope, Scan, ScanRun, ScanState
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.store.models.workers import WorkerBeat
from vendor_risk.workflow import feed_clock, rescans

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def press(client, csrf):
    """`press(address, **fields)` sends a form of that browser."""
    return lambda address, **fields: client.post(
        address, data={"csrf_token": csrf(client)} | fields
    )


@pytest.fixture
def lost(database):
    """A vendor that four scans did not reach."""
    with database.transaction() as session:
        (row,) = vendors(session, 1, due=NOON + dt.timedelta(days=9), scan_failures=4)
        session.add(
            Scan(vendor_id=row.id, state=ScanState.FAILED, reason="no address", finished_at=NOON)
        )
        return row.id


def run_of(database):
    with database.reading() as session:
        return session.exec(select(ScanRun)).one()


def test_without_a_worker_it_is_said_what_to_do(client, sign_in):
    """Nothing is lost, nothing moves."""
    sign_in(client, "admin")

    page = client.get("/operations").text

    assert "No worker is alive." in page
    assert "None was begun yet" in page


def test_workers_and_what_is_due_are_shown(client, sign_in, database):
    """By name, with their last sign of life."""
    with database.transaction() as session:
        vendors(session, 3)
        beat = {"version": "1", "started_at": NOON, "seen_at": dt.datetime.now(dt.UTC)}
        session.add(WorkerBeat(name="box-1", **beat))
    sign_in(client, "auditor")

    page = client.get("/operations").text

    assert "box-1" in page
    assert "<dt>Due now</dt><dd>3</dd>" in page.replace("\n", "")
    assert "Hold the clock" not in page


def test_a_run_is_begun_stopped_and_goes_on(client, sign_in, press, database):
    """Each with a button, and the way back."""
    with database.transaction() as session:
        vendors(session, 3)
    sign_in(client, "admin")

    press("/operations/runs", scope="all")
    begun = run_of(database)
    page = client.get("/operations").text
    press(f"/operations/runs/{begun.id}/stop")
    stopped = run_of(database).state
    press(f"/operations/runs/{begun.id}/resume")

    assert (begun.scope, begun.total) == (RunScope.ALL, 3)
    assert "0 of 3 done" in page
    assert (stopped, run_of(database).state) == ("stopped", "running")


def test_a_second_run_is_refused_in_words(client, sign_in, press, database):
    """The first one's day and what is left of it."""
    with database.transaction() as session:
        vendors(session, 3)
    sign_in(client, "admin")
    press("/operations/runs", scope="all")

    press("/operations/runs", scope="due")

    assert "3 vendors are left" in client.get("/operations").text


def test_what_was_not_reached_is_looked_at_again(client, sign_in, press, database, lost):
    """With the reason; chosen ones are due at once."""
    sign_in(client, "admin")
    page = client.get("/operations").text

    press("/operations/look-again", vendor=str(lost))

    with database.reading() as session:
        due = session.get(Vendor, lost).next_scan_at
    assert "no address" in page
    assert due <= dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)


@pytest.mark.parametrize("fields", [{"vendor": "nonsense"}, {}])
def test_a_choice_that_is_none_changes_nothing(client, sign_in, press, lost, fields):
    """A wrong id is refused, no id is said."""
    sign_in(client, "admin")

    assert press("/operations/look-again", **fields).status_code in (302, 400)


def test_the_clock_is_held_and_goes_on(client, sign_in, press, database):
    """And the page says so."""
    sign_in(client, "admin")
    press("/operations/clock", held="1")
    page = client.get("/operations").text
    press("/operations/clock", held="0")

    with database.reading() as session:
        assert not rescans.paused(session)
    assert "The clock is held." in page


@pytest.mark.parametrize("role", ["requester", "analyst", "approver"])
def test_operations_are_for_administrators(client, sign_in, role):
    """And auditors, who only read."""
    sign_in(client, role)

    assert client.get("/operations").status_code == 403


def test_the_part_that_asks_again_stops_when_no_run_goes_on(client, sign_in):
    """Or the browser would ask for ever."""
    sign_in(client, "admin")

    assert client.get("/operations/progress").status_code == 286


def test_a_machine_may_ask_whether_this_one_lives_and_can_work(client, monkeypatch):
    """Without signing in; the answer says nothing else."""
    from vendor_risk.store import migrate

    monkeypatch.setattr(migrate, "current", lambda _database: migrate.head())
    assert (client.get("/healthz").text, client.get("/readyz").text) == ("ok\n", "ready\n")


def test_a_database_of_another_version_is_not_ready(client, monkeypatch):
    """So that no load balancer sends people here."""
    from vendor_risk.store import migrate

    monkeypatch.setattr(migrate, "head", lambda: "9999")

    answer = client.get("/readyz")

    assert (answer.status_code, "db upgrade" in answer.text) == (503, True)


def test_numbers_are_closed_unless_somebody_set_a_token(client):
    """Like a page that is not there."""
    assert client.get("/metrics").status_code == 404


def test_numbers_are_for_whoever_has_the_token(app, client, database, lost):
    """In the words of Prometheus; another token is refused."""
    app.config["METRICS_TOKEN"] = "a token of the tests"

    wrong = client.get("/metrics", headers={"Authorization": "Bearer nonsense"})
    right = client.get("/metrics", headers={"Authorization": "Bearer a token of the tests"})

    told = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(right.text)
        for sample in family.samples
    }
    app.config["METRICS_TOKEN"] = ""
    assert wrong.status_code == 403
    assert told["vendor_risk_vendors_not_reached",] == 1
    assert told["vendor_risk_scans_open", "queued"] == 0
    assert told["vendor_risk_workers",] == 0


def test_lists_are_fetched_by_themselves_when_an_admin_says_so(client, sign_in, press, database):
    """Never, as delivered; the page tells which."""
    sign_in(client, "admin")
    assert "only when somebody asks" in client.get("/operations").text
    press("/operations/lists", every="daily")
    with database.reading() as session:
        assert feed_clock.every(session) is feed_clock.Every.DAILY
    assert "fetched by itself" in client.get("/operations").text


def test_lists_are_wanted_once_by_a_press(client, sign_in, press, database):
    """How often stays as it is."""
    sign_in(client, "admin")
    press("/operations/lists", every="daily", go="now")
    with database.reading() as session:
        assert feed_clock.every(session) is feed_clock.Every.NEVER
        assert {one["wanted"] for one in feed_clock.ran(session).values()} == {True}


def test_why_a_list_was_not_fetched_stands_on_the_page(client, sign_in, database):
    """With what the next turn is."""
    with database.transaction() as session:
        feed_clock.done(session, "kev", "failed", "the server could not be reached", NOON)
    sign_in(client, "auditor")
    assert "the server could not be reached" in client.get("/operations").text
