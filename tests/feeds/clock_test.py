"""Lists that are fetched by themselves: only if somebody said so, and later after a failure."""

import datetime as dt
import threading

import pytest

from tests.conftest import settings_in
from tests.factories import NOON, make_user
from tests.feeds import samples
from tests.feeds.fetch_test import quick
from tests.feeds.server import Server, closed_port, says
from vendor_risk.jobs.feeds import refresh
from vendor_risk.workflow import feed_clock
from vendor_risk.workflow.feed_clock import Every

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@pytest.fixture
def settings(tmp_path):
    """One list alone has an address, which leads nowhere."""
    urls = {f"feed_{name}_url": "" for name in samples.LISTS}
    nowhere = f"http://127.0.0.1:{closed_port()}/"
    return settings_in(tmp_path / "var", **urls | {"feed_kev_url": nowhere})


@pytest.fixture
def admin(database):
    with database.transaction() as session:
        return make_user(session, "admin").id


def say(database, admin, every):
    with database.transaction() as session:
        feed_clock.set_every(session, every, now=NOON, actor=admin)


def at(settings, url):
    return settings.model_copy(update={"feed_kev_url": url})


def told(database):
    with database.reading() as session:
        return feed_clock.ran(session).get("kev", {})


def test_nothing_is_fetched_unless_somebody_said_so(database, settings):
    """Whoever fetches tells the maker of the list that they are there."""
    with Server(says(samples.kev())) as server:
        assert refresh(database, at(settings, server.url), lambda: NOON) == []
        assert server.asked == []


def test_each_list_is_fetched_once_in_its_time(database, settings, admin):
    """And again when that is over; one without an address never."""
    say(database, admin, Every.DAILY)
    with Server(says(samples.kev())) as server:
        here = at(settings, server.url)
        assert refresh(database, here, lambda: NOON) == ["kev"]
        assert refresh(database, here, lambda: NOON + DAY - HOUR) == []
        assert refresh(database, here, lambda: NOON + DAY) == ["kev"]
    assert told(database)["state"] in ("new", "unchanged")


def test_what_failed_is_tried_again_later_and_later(database, settings, admin, monkeypatch):
    """After 1, 4 and 12 hours; then as often as was said. The reason stands beside it."""
    monkeypatch.setattr("vendor_risk.jobs.feeds.access", lambda _settings: quick())
    say(database, admin, Every.DAILY)
    moment, pauses = NOON, []
    for _nth in range(4):
        refresh(database, settings, lambda at=moment: at)
        later = dt.datetime.fromisoformat(told(database)["next"])
        pauses.append((later - moment) / HOUR)
        moment = later
    assert pauses == [1, 4, 12, 24]
    assert "could not be reached" in told(database)["reason"]


def test_a_press_fetches_once_whatever_was_said(database, settings, admin):
    """The next turn is as it was."""
    with database.transaction() as session:
        feed_clock.want(session, ["kev"], now=NOON, actor=admin)
    with Server(says(samples.kev())) as server:
        here = at(settings, server.url)
        assert refresh(database, here, lambda: NOON) == ["kev"]
        assert refresh(database, here, lambda: NOON + 9 * DAY) == []


def test_two_workers_at_once_fetch_once(database, settings, admin):
    """Which one does not matter."""
    say(database, admin, Every.WEEKLY)
    found, gate = [], threading.Barrier(2)
    with Server(says(samples.kev())) as server:
        here = at(settings, server.url)

        def work():
            gate.wait()
            found.extend(refresh(database, here, lambda: NOON))

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (found, len(server.asked)) == (["kev"], 1)
