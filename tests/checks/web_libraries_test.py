"""Which libraries addresses tell, and what is known of their versions."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.checks.conftest import conformance_cases
from tests.checks.healthy import http, observations, page
from vendor_risk.checks.document import documents
from vendor_risk.checks.libraries import (
    at_or_above,
    flaws,
    of_address,
    recognised,
    relevant,
    repository,
)
from vendor_risk.checks.observations import Feed, Http, Intel, JsAdvisory, JsLibrary, Unreachable
from vendor_risk.checks.web_libraries import outdated
from vendor_risk.evidence import Severity, Status

PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
MEDIUM, LOW = Severity.MEDIUM, Severity.LOW
JQUERY = JsLibrary(
    "jquery",
    uris=(r"/(§§version§§)/jquery(\.min)?\.js",),
    advisories=(
        JsAdvisory("1.6.3", "high", identifier="CVE-0000-1"),
        JsAdvisory("3.5.0", "medium", "1.2.0", ("1.12.4-aem",), "CVE-0000-2"),
    ),
)
VUE = JsLibrary("vue", advisories=(JsAdvisory("3.0.0", "low", "2.0.0"),))


def look(*urls, feed=(JQUERY, VUE), **changes):
    """A page that loads these scripts, compared with a small list."""
    body = "".join(f"<script src='{url}'></script>" for url in urls)
    seen = observations(http=http(page(**{"body": body} | changes)))
    return replace(seen, intel=Intel(feed))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/js/jquery-3.4.1.min.js", {("jquery", "3.4.1")}),
        ("/js/jquery.js", set()),
        ("/npm/jquery@3.4.1/dist/jquery.slim.min.js", {("jquery", "3.4.1")}),
        ("/npm/vue@2.7.14", {("vue", "2.7.14")}),
        ("https://cdnjs.cloudflare.com/ajax/libs/moment.js/2.29.1/locale/de.js", None),
        ("https://stranger.example/moment/2.29.1/locale/de.js", {("de", "2.29.1")}),
        ("/3.4.1/jquery.min.js", {("jquery", "3.4.1")}),
        ("/bootstrap.bundle-5.1.0-beta1.min.js", {("bootstrap.bundle", "5.1.0-beta1")}),
        ("/wp-includes/js/jquery/jquery.min.js?ver=3.7.1", {("jquery", "3.7.1")}),
        ("/main.3f2a1b.js", set()),
        ("/app-2024.01.02.js", {("app", "2024.01.02")}),
        ("/a?b=1.2.3", set()),
    ],
)
def test_products_that_an_address_names(url, expected):
    """By the name of the file, a folder, or the query."""
    if expected is None:
        expected = {("moment", "2.29.1"), ("de", "2.29.1")}
    address = url if url.startswith("https:") else f"https://shop.example{url}"

    assert {(each.name, each.version) for each in of_address(address)} == expected


@pytest.mark.parametrize(
    ("version", "other", "expected"),
    [
        ("1.0.0", "1.0.0", True),
        ("1.10.0", "1.9.0", True),
        ("1.9.0", "1.10.0", False),
        ("3.0", "3.0.0", True),
        ("3.0.0", "3.0", True),
        ("3.0.0-rc1", "3.0.0", False),
        ("3.0.0", "3.0.0-rc1", True),
        ("3.0.0-rc2", "3.0.0-rc1", True),
        ("1.9.0b1", "1.9.0", False),
        ("2.0.0", "1.9.0b1", True),
        ("v2.0.0", "1.0.0", True),
        ("", "1.0", False),
    ],
)
def test_versions_compare_by_their_numbers(version, other, expected):
    """A word is before the release."""
    assert at_or_above(version, other) is expected


@pytest.mark.parametrize(
    ("version", "count"),
    [("1.6.2", 2), ("1.1.0", 1), ("3.4.1", 1), ("1.12.4-aem", 0), ("3.5.0", 0), ("4.0", 0)],
)
def test_advisories_name_ranges(version, count):
    """From a version up to another, without exceptions."""
    assert len(flaws(JQUERY, version)) == count


@pytest.mark.parametrize(
    ("urls", "status", "severity"),
    [
        (("/jquery-1.6.2.js",), FAILED, MEDIUM),
        (("/jquery-3.4.1.min.js",), FAILED, LOW),
        (("/vue-2.1.0.js",), FAILED, LOW),
        (("/vue-2.1.0.js", "/jquery-1.6.2.js"), FAILED, MEDIUM),
        (("/jquery-3.7.1.js",), PASSED, None),
        (("/other-1.0.0.js",), PASSED, None),
        (("/3.4.1/jquery.js",), FAILED, LOW),
        (("/themes/x/js/jquery.js?ver=1.0.0",), PASSED, None),
        (("/wp-includes/js/jquery/jquery.js?ver=1.6.2",), FAILED, MEDIUM),
        (("/app.js",), NOTHING, None),
        ((), NOTHING, None),
    ],
)
def test_web_js_outdated(urls, status, severity):
    """A flaw of high weight is graver; the version of a theme in a query is no library's."""
    outcome = outdated(look(*urls))

    assert (outcome.status, outcome.severity) == (status, severity)


def test_the_fault_names_advisory_and_remedy():
    """And the address that has it."""
    value = outdated(look("/jquery-1.6.2.js")).evidence.value

    assert value == "https://shop.example/jquery-1.6.2.js: CVE-0000-1, fixed in 1.6.3"


@pytest.mark.parametrize(
    "seen",
    [
        look("/jquery-1.6.2.js", feed=None),
        replace(look(), http=Unreachable("timed out")),
        replace(look(), http=Http(())),
        look("/jquery-1.6.2.js", status=403),
        look("/jquery-1.6.2.js", headers=(("cf-mitigated", "challenge"),)),
        look("/jquery-3.7.1.js", truncated=True),
    ],
)
def test_without_a_list_or_a_whole_page_it_is_unknown(seen):
    """Not safe, and not a fault."""
    assert outdated(seen).status is UNKNOWN


def test_only_what_is_loaded_is_kept_of_a_feed():
    """A whole feed would weigh more than the pages."""
    seen = look("/jquery-1.6.2.js")

    assert relevant((JQUERY, VUE), documents(seen.http)) == (JQUERY,)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+(§§version§§)",
        "(?:a*)*(§§version§§)",
        "(a{1,9})+(§§version§§)",
        "(§§version§§",
        "no place",
        "(" * 200 + "(§§version§§)" + ")" * 200,
    ],
)
def test_patterns_of_a_feed_are_input(pattern):
    """One that is broken, or may take time without end, is left out."""
    library = JsLibrary("x", uris=(pattern,), filenames=(pattern,))
    begun = time.process_time()

    found = list(recognised("https://shop.example/" + "a" * 400 + "!1.2", library))

    assert (found, time.process_time() - begun < 1) == ([], True)


@pytest.mark.parametrize(
    "feed",
    [
        {"x": None},
        {"x": {"vulnerabilities": None}},
        {"x": {"vulnerabilities": [{"below": 3}, {}, None]}},
        {"x": {"vulnerabilities": []}},
    ],
)
def test_malformed_entries_of_a_feed_are_left_out(feed):
    """The others count."""
    good = {"y": {"vulnerabilities": [{"below": "2"}], "extractors": [], "bowername": ["z", 1]}}

    assert repository(feed | good) == (JsLibrary("y", ("z",), advisories=(JsAdvisory("2", ""),)),)


def retirejs():
    """The feed as it was once; skips the test where it was not fetched."""
    path = Path(__file__).parents[2].parent / "shared/data/retirejs/jsrepository-v5.json"
    if not path.is_file():
        pytest.skip("the advisories of retire.js are not beside the checkout")
    return repository(json.loads(path.read_text(encoding="utf-8")))


def test_libraries_are_recognised_as_by_retirejs():
    """Every address of its own tests in which the version stands."""
    libraries = {each.name: each for each in retirejs()}
    wrong, count = [], 0
    for name, cases in json.loads(conformance_cases("retirejs-testcases.json")).items():
        for template, case in cases.items():
            if case.get("contentOnly") or name not in libraries or "§§version§§" not in template:
                continue
            for version in case["versions"] + case.get("additionalVersions", []):
                for part in case.get("subversions") or [""]:
                    url = template.replace("§§version§§", version).replace("§§subversion§§", part)
                    found = {each.version for each in recognised(url, libraries[name])}
                    count += 1
                    if found != {version.lower()}:
                        wrong.append((url, found))

    assert (wrong, count > 800) == ([], True)


def test_advisories_of_retirejs_are_read():
    """All of them, with their weight."""
    advisories = [each for library in retirejs() for each in library.advisories]

    assert len(advisories) == 723
    assert {each.severity for each in advisories} == {"low", "medium", "high", "critical"}


def test_an_old_list_of_advisories_proves_no_silence():
    """Flaws that became known since are not in it; what stands in it is found all the same."""
    feeds = (Feed("advisories", reason="the list is of 2025-01-01, 690 days before this look"),)

    good, bad = (
        replace(seen, intel=replace(seen.intel, feeds=feeds))
        for seen in (look("/jquery-3.7.1.js"), look("/jquery-3.4.1.js"))
    )

    assert (outdated(good).status, outdated(bad).status) == (UNKNOWN, FAILED)
    assert "690 days" in outdated(good).reason
