"""Lists in their folder: new ones, old ones, bad ones, given ones."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from tests.feeds import samples
from tests.feeds.fetch_test import quick
from tests.feeds.server import Server, closed_port, says
from vendor_risk.feeds.folder import Folder
from vendor_risk.feeds.shelf import Shelf, update
from vendor_risk.feeds.sources import BY_NAME

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEV = BY_NAME["kev"]


@pytest.fixture
def folder(tmp_path):
    """An empty folder of lists."""
    return Folder(tmp_path / "feeds")


def fetched(folder, reply, *, source=KEV, now=NOW):
    """What updating from a server that replies so comes to."""
    with Server(reply) as server:
        result = update(folder, source, server.url, quick(), now)
    return result, server


def test_a_new_list_is_kept_with_where_it_came_from(folder):
    """Address, time, marks, fingerprint, entries and licence."""
    result, server = fetched(folder, says(samples.kev(), headers={"ETag": '"1"'}))

    meta = folder.meta("kev")
    assert result.state == "new"
    assert (meta.url, meta.fetched_at, meta.etag) == (server.url, NOW, '"1"')
    assert (meta.count, meta.licence, len(meta.sha256)) == (2, "CC0 1.0", 64)
    assert len(Shelf(folder).held(KEV).entries) == 2


def test_an_unchanged_list_is_checked_and_stays(folder):
    """The second request asks for changes only."""
    turns = iter((says(samples.breaches(), headers={"ETag": '"1"'}), says(b"", status=304)))
    source = BY_NAME["breaches"]

    def reply(handler):
        next(turns)(handler)

    with Server(reply) as server:
        update(folder, source, server.url, quick(), NOW)
        result = update(folder, source, server.url, quick(), NOW + timedelta(days=1))

    assert result.state == "unchanged"
    assert server.asked[1][1]["If-None-Match"] == '"1"'
    assert folder.meta("breaches").checked_at == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (says(b"<html>"), "not JSON"),
        (says(b'{"dateReleased": "2026-11-20T00:00:00Z", "vulnerabilities": []}'), "no entries"),
        (says(samples.breaches()), "another form"),
        (says(b" " * (KEV.most_bytes + 1)), "longer than"),
        (says(b"", status=304), "was not asked"),
    ],
    ids=["not JSON", "empty", "another list", "too long", "304 unasked"],
)
def test_a_bad_list_replaces_nothing(folder, reply, words):
    """The good one stays, and why the new one was not taken is known."""
    folder.path.mkdir()
    folder.file("kev").write_bytes(samples.kev())

    result, _ = fetched(folder, reply)

    held = Shelf(folder).held(KEV)
    assert result.state == "failed"
    assert words in result.reason
    assert words in held.trouble
    assert len(held.entries) == 2


def test_a_dead_server_leaves_the_list(folder):
    """And its trouble is gone with the next success."""
    fetched(folder, says(samples.kev()))
    update(folder, KEV, f"http://127.0.0.1:{closed_port()}/", quick(), NOW)
    before = Shelf(folder).held(KEV)
    fetched(folder, says(samples.kev()))

    assert (len(before.entries), before.trouble) == (2, "the server could not be reached")
    assert Shelf(folder).held(KEV).trouble == ""


def test_no_address_means_never_fetched(folder):
    """Nothing is written either."""
    assert update(folder, KEV, "", quick(), NOW).state == "off"
    assert not folder.path.exists()


def test_a_given_list_has_the_date_of_its_file(folder):
    """Where the list itself says none."""
    source = BY_NAME["advisories"]
    folder.path.mkdir()
    folder.file("advisories").write_bytes(samples.advisories())
    then = datetime(2026, 10, 1, tzinfo=UTC)
    os.utime(folder.file("advisories"), (then.timestamp(), then.timestamp()))

    held = Shelf(folder).held(source)

    assert (held.given, held.dated) == (True, then)


def test_a_list_that_dates_itself_into_the_future_gets_old_all_the_same(folder):
    """No list comes before it is made."""
    fetched(folder, says(samples.kev(released="2999-01-01T00:00:00Z")))

    assert Shelf(folder).held(KEV).dated == NOW


def test_an_old_list_says_so(folder):
    """It still finds, but its silence proves nothing."""
    fetched(folder, says(samples.kev(released="2026-01-01T00:00:00Z")))

    feed = Shelf(folder).held(KEV).feed(NOW)

    assert feed.reason == "the list is of 2026-01-01, 325 days before this look"


@pytest.mark.parametrize(
    ("content", "words"), [(None, "no such list"), (b"nonsense", "not JSON")], ids=str
)
def test_what_is_not_there_or_spoilt_is_said(folder, content, words):
    """Never an empty list."""
    if content:
        folder.path.mkdir()
        folder.file("kev").write_bytes(content)

    assert words in Shelf(folder).held(KEV).feed(NOW).reason


def test_a_list_is_read_once_until_its_file_changes(folder):
    """The same object, then another."""
    shelf = Shelf(folder)
    folder.path.mkdir()
    folder.file("kev").write_bytes(samples.kev())
    first, second = shelf.held(KEV), shelf.held(KEV)
    folder.file("kev").write_bytes(samples.kev(released="2026-11-21T00:00:00Z"))

    assert first is second
    assert shelf.held(KEV).dated.day == 21


def test_nothing_but_the_list_and_its_origin_is_kept(folder):
    """Nothing but the two files is ever in the folder."""
    fetched(folder, says(samples.kev()))

    assert sorted(path.name for path in folder.path.iterdir()) == ["kev.json", "kev.meta.json"]
