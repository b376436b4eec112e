"""What the check of cross-origin reading says; each case spoils one fact of a healthy host."""

import pytest

from tests.checks.healthy import gone, http, leads, observations, page
from vendor_risk.checks.again import STRANGER
from vendor_risk.checks.observations import Http, Unreachable
from vendor_risk.checks.questions import requests
from vendor_risk.checks.web_cors import cors
from vendor_risk.evidence import Severity, Status

PASSED, FAILED, UNKNOWN = Status.PASSED, Status.FAILED, Status.UNKNOWN
INFO, HIGH = Severity.INFORMATIONAL, Severity.HIGH
SAFE, WWW = "https://shop.example/", "https://www.shop.example/"


def look(*fields, **changes):
    """A host that answers a stranger's script with these header fields."""
    return observations(http=http(page(), page(headers=fields, origin=STRANGER, **changes)))


ORIGIN, COOKIES = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"


@pytest.mark.parametrize(
    ("allowed", "cookies", "status", "severity"),
    [
        (None, None, PASSED, None),
        (None, "true", PASSED, None),
        ("https://app.shop.example", "true", PASSED, None),
        ("*", None, PASSED, INFO),
        ("*", "true", PASSED, INFO),
        (STRANGER, None, PASSED, INFO),
        (STRANGER, "false", PASSED, INFO),
        (STRANGER, "TRUE", PASSED, INFO),
        (STRANGER, "true", FAILED, HIGH),
        (f" {STRANGER}", " true", FAILED, HIGH),
        ("null", "true", FAILED, HIGH),
        ("null", None, PASSED, INFO),
        (STRANGER.upper(), "true", PASSED, None),
        (f"{STRANGER}, *", "true", PASSED, None),
    ],
)
def test_what_a_stranger_may_read(allowed, cookies, status, severity):
    """With cookies is a fault, without is told, and what browsers refuse is nothing."""
    fields = [(name, value) for name, value in ((ORIGIN, allowed), (COOKIES, cookies)) if value]

    outcome = cors(look(*fields))

    assert (outcome.status, outcome.severity) == (status, severity)


def test_two_headers_allow_nothing():
    """Browsers put them together with a comma, and no origin is equal to that."""
    assert cors(look((ORIGIN, STRANGER), (ORIGIN, STRANGER), (COOKIES, "true"))).status is PASSED


@pytest.mark.parametrize(
    "part",
    [
        Unreachable("timed out"),
        Http(()),
        http(page()),
        http(page(), gone(SAFE, "timed out")),
        http(page(), page(WWW, origin=STRANGER)),
        http(page(), page(status=403, headers=((ORIGIN, STRANGER),), origin=STRANGER)),
        http(page(status=403), page(origin=STRANGER)),
    ],
)
def test_what_was_not_seen_is_unknown(part):
    """Nobody asked, no answer, or a wall at either visit."""
    outcome = cors(observations(http=part))

    assert (outcome.status, bool(outcome.evidence and outcome.reason)) == (UNKNOWN, True)


def test_the_command_sends_the_origin():
    """Else it would repeat another look."""
    assert f"-H 'Origin: {STRANGER}' {SAFE}" in cors(look()).evidence.command


def test_the_page_at_the_end_is_asked_again():
    """Once, without following where it leads, and not where a wall stands."""
    seen = observations(http=http(leads(SAFE, WWW), page(WWW)))
    again = [each for each in requests(seen) if each.origin]

    assert [(each.url, each.origin, each.follow) for each in again] == [(WWW, STRANGER, False)]
    assert [
        each for each in requests(observations(http=http(page(status=403)))) if each.origin
    ] == []
