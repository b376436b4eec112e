"""What each list says, and what is refused."""

import json
from pathlib import Path

import pytest

from tests.feeds import samples
from vendor_risk.feeds import advisories, bootstrap, breaches, kev
from vendor_risk.feeds.reading import ListRefused
from vendor_risk.feeds.sources import BY_NAME

_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"  # beside the checkout
SHARED = _DATA if _DATA.exists() else None


def test_the_catalogue_of_exploited_vulnerabilities_is_read():
    """With the time of its release."""
    reading = kev.read(samples.kev())

    assert reading.dated.date().isoformat() == "2026-11-20"
    assert [each.cve for each in reading.entries] == ["CVE-2021-41773", "CVE-2024-4577"]
    assert [each.ransomware for each in reading.entries] == [False, True]


def test_the_breaches_are_read():
    """Dated by the newest entry; entries that are no breach of a domain are left out."""
    rows = [
        samples.breach(),
        samples.breach(Domain=""),
        samples.breach(IsSpamList=True),
        samples.breach(IsFabricated=True, AddedDate="2026-11-21T00:00:00Z"),
    ]

    reading = breaches.read(json.dumps(rows).encode())

    assert [each.domain for each in reading.entries] == ["shop.example"]
    assert reading.dated.date().isoformat() == "2026-11-21"


def test_the_advisories_are_read():
    """With the patterns by which a library is told."""
    (library,) = advisories.read(samples.advisories()).entries

    assert (library.name, library.names) == ("jquery", ("jquery", "jQuery"))
    assert library.advisories[0].below == "3.5.0"
    assert library.advisories[0].identifier == "CVE-2020-11022"


def test_a_pattern_that_may_take_for_ever_is_told():
    """The library stays with its other patterns."""
    hostile = "(a+)+$(§§version§§)"

    reading = advisories.read(samples.advisories(hostile, f"{hostile}|b"))

    assert [each.name for each in reading.entries] == ["jquery"]
    assert reading.note == (
        f"2 of its patterns are not used: {hostile} of jquery repeats a group, which may take time"
        " without end"
    )


def test_every_pattern_of_an_honest_list_is_used():
    """Nothing is to be told."""
    assert advisories.read(samples.advisories()).note == ""


def test_the_registries_are_read():
    """A secure address comes first."""
    (registry,) = bootstrap.read(
        samples.bootstrap("http://a.example/", "https://b.example/")
    ).entries

    assert registry.endings == ("example",)
    assert registry.addresses == ("https://b.example/", "http://a.example/")


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Just a moment</html>",
        b"[]",
        b"{}",
        b"null",
        b"[1, 2]",
        b'{"a": 1}',
        b"[" * 100_000,
        b'{"vulnerabilities": [], "dateReleased": "2026-11-20T00:00:00Z"}',
        b"\xff\xfe",
    ],
    ids=range(10),
)
def test_what_is_no_list_is_refused(name, content):
    """The old list then stays."""
    with pytest.raises(ListRefused):
        BY_NAME[name].read(content)


def test_one_strange_entry_of_many_is_left_out():
    """A maker may add what we do not know."""
    rows = [samples.breach()] * 30 + [{"Name": "other"}]

    assert len(breaches.read(json.dumps(rows).encode()).entries) == 30


def test_many_strange_entries_refuse_the_list():
    """Its form has changed then."""
    rows = [samples.breach()] * 3 + [{"Name": "other"}]

    with pytest.raises(ListRefused, match="1 of its 4 entries"):
        breaches.read(json.dumps(rows).encode())


@pytest.mark.skipif(SHARED is None, reason="the lists of the makers are not here")
@pytest.mark.parametrize(
    ("name", "file", "entries"),
    [
        ("kev", "kev/known_exploited_vulnerabilities.json", 1404),
        ("breaches", "hibp/breaches_min_2025-03.json", 700),
        ("advisories", "retirejs/jsrepository-v5.json", 69),
    ],
)
def test_the_lists_of_their_makers_are_read(name, file, entries):
    """As they were published."""
    content = (SHARED / file).read_bytes()

    assert len(BY_NAME[name].read(content).entries) >= entries
