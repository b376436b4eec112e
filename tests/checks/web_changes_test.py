"""What is said of changes since the last look."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.checks import healthy
from tests.checks.healthy import http, leads, page
from vendor_risk.checks.observations import Http, Unreachable
from vendor_risk.checks.remembered import remembered
from vendor_risk.checks.web_changes import changed
from vendor_risk.evidence import Severity, Status

PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
HIGH, MEDIUM, INFO = Severity.HIGH, Severity.MEDIUM, Severity.INFORMATIONAL
SAFE, TILL = "https://shop.example/", "https://shop.example/till"
OLD = "<script src=https://cdn.old.example.net/a.js></script>"
NEW = "<script src=https://cdn.new.example.com/a.js></script>"
OWN = "<script src=/own.js></script>"
CARD = "<form><input autocomplete=cc-number></form>"
HELD = OLD.replace(" src", " integrity=sha256-{} src")


def observations(**changes):
    """One look at a host that nobody looked at before."""
    return healthy.observations(**{"previous": None} | changes)


def look(*bodies, **changes):
    """A host with these pages."""
    urls = (SAFE, TILL)
    pages = [page(url, body=body, **changes) for url, body in zip(urls, bodies, strict=False)]
    return observations(http=http(*pages))


def after(before, now):
    """The second of two looks, a week later."""
    later = now.observed_at + timedelta(days=7)
    return replace(now, observed_at=later, previous=remembered(before))


@pytest.mark.parametrize(
    ("before", "now", "status", "severity"),
    [
        ((OLD,), (OLD,), PASSED, None),
        ((OLD,), (OWN,), PASSED, None),
        ((OLD,), (OLD + OWN,), PASSED, None),
        ((OLD,), (OLD.replace("cdn.old", "cdn2.old"),), PASSED, None),
        ((OLD,), (OLD + NEW,), FAILED, MEDIUM),
        ((OLD + CARD,), (OLD + NEW + CARD,), FAILED, HIGH),
        ((OLD,), (OLD + NEW + CARD,), FAILED, HIGH),
        ((OLD, CARD), (OLD + NEW, CARD), FAILED, MEDIUM),
        ((OLD, CARD), (OLD + NEW, CARD + NEW), FAILED, HIGH),
        ((OLD + NEW, CARD), (OLD + NEW, CARD + NEW), FAILED, HIGH),
        ((OLD,), (OLD, CARD + NEW), PASSED, None),
        (("<script>a()</script>",), ("<script>b()</script>",), PASSED, None),
        ((HELD.format("aaaa"),), (HELD.format("aaaa"),), PASSED, None),
        ((HELD.format("aaaa"),), (HELD.format("bbbb"),), PASSED, INFO),
    ],
)
def test_web_script_changed(before, now, status, severity):
    """New third parties are faults, graver where cards are taken; page by page."""
    outcome = changed(after(look(*before), look(*now)))

    assert (outcome.status, outcome.severity) == (status, severity)


def test_the_first_look_has_nothing_to_compare():
    """Nor has one whose pages are all new."""
    other = observations(http=http(page("https://shop.example/old", body=OLD)))

    assert changed(look(NEW + CARD)).status is NOTHING
    assert changed(after(other, look(NEW))).status is NOTHING


@pytest.mark.parametrize(
    "now",
    [
        observations(http=Unreachable("timed out")),
        observations(http=Http(())),
        look(NEW, status=403),
        look(NEW, headers=(("cf-mitigated", "challenge"),)),
        look(OWN, truncated=True),
    ],
)
def test_what_was_not_seen_as_a_whole_is_unknown(now):
    """A bot wall is no change, and a cut page no pass."""
    assert changed(after(look(OLD), now)).status is UNKNOWN


def test_a_new_party_in_a_cut_page_is_one():
    """What was seen was seen."""
    assert changed(after(look(OLD), look(NEW, truncated=True))).status is FAILED


@pytest.mark.parametrize(
    "between", [look(OLD, status=503), look("<p>", truncated=True), look(OLD, status=403)]
)
def test_what_a_failed_look_did_not_see_is_kept(between):
    """A wall in one week does not hide what changed in two."""
    second = after(look(OLD), between)

    assert changed(after(second, look(NEW))).status is FAILED
    assert remembered(second).observed_at == look(OLD).observed_at


def test_the_query_of_an_address_is_left_out():
    """It holds the session of one visitor."""
    first = observations(http=http(leads(SAFE, f"{TILL}?s=1"), page(f"{TILL}?s=1", body=OLD)))
    second = observations(http=http(leads(SAFE, f"{TILL}?s=2"), page(f"{TILL}?s=2", body=NEW)))

    assert changed(after(first, second)).status is FAILED


def test_nothing_seen_is_nothing_remembered():
    """Then the next look is the first."""
    assert remembered(observations(http=Unreachable("timed out"))) is None
