"""What the check of banners says; each case spoils one fact of a healthy host."""

from datetime import UTC, datetime

import pytest

from tests.checks.healthy import gone, headers, http, leads, observations, page
from vendor_risk.checks.observations import Http, Unreachable
from vendor_risk.checks.web_banner import banner
from vendor_risk.evidence import Severity, Status

PASSED, FAILED, UNKNOWN = Status.PASSED, Status.FAILED, Status.UNKNOWN
MEDIUM, LOW = Severity.MEDIUM, Severity.LOW
SAFE, WWW = "https://shop.example/", "https://www.shop.example/"
META = '<head><meta name="generator" content="{}"></head>'


def said(outcome):
    """What the tables below compare."""
    return outcome.status, outcome.severity


def look(**changes):
    """A look at a host whose page has one fact spoilt."""
    return observations(http=http(page(**changes)))


@pytest.mark.parametrize(
    "part",
    [
        Unreachable("timed out"),
        Http(()),
        http(gone(SAFE, "timed out")),
        *(http(page(status=status)) for status in (401, 403, 406, 429, 500, 503)),
        http(page(headers=(("cf-mitigated", "challenge"), ("Server", "nginx/1.0")))),
        http(leads(SAFE, WWW), gone(WWW, "timed out")),
        http(page(truncated=True)),
    ],
)
def test_a_page_that_was_not_seen_is_unknown(part):
    """A wall tells its own software; a page that was cut may hold a generator."""
    outcome = banner(observations(http=part))

    assert (outcome.status, bool(outcome.evidence and outcome.reason)) == (UNKNOWN, True)


@pytest.mark.parametrize(
    ("value", "status", "severity"),
    [
        (None, PASSED, None),
        ("nginx", PASSED, None),
        ("cloudflare", PASSED, None),
        ("Apache (Debian)", PASSED, None),
        ("Apache (Red Hat Enterprise Linux 9)", PASSED, None),
        ("ECS (dcb/7F83)", PASSED, None),
        ("AmazonS3", PASSED, None),
        ("HTTP server 7F83", PASSED, None),
        ("nginx/1.29.3", FAILED, LOW),
        ("Apache/2.4.65 (Debian)", FAILED, LOW),
        ("Apache/2", FAILED, LOW),
        ("Apache/2.2.15 (CentOS)", FAILED, MEDIUM),
        ("Apache/2.4.6 (CentOS) OpenSSL/1.0.2k-fips PHP/5.4.16", FAILED, MEDIUM),
        ("Apache/2.4.65 OpenSSL/3.5.4", FAILED, LOW),
        ("Apache/2.4.65 OpenSSL/3.0.17", FAILED, MEDIUM),
        ("WSGIServer/0.2 Python/3.10.12", FAILED, MEDIUM),
        ("WSGIServer/0.2 Python/3.11.2", FAILED, LOW),
        ("Microsoft-IIS/10.0", FAILED, LOW),
        ("Microsoft-IIS/8.5", FAILED, MEDIUM),
        ("nginx/1.29.3 + Phusion Passenger 6.0.4", FAILED, LOW),
        ("gunicorn/23.0.0 Python/2.7.18", FAILED, MEDIUM),
    ],
)
def test_web_banner_of_the_server(value, status, severity):
    """A version is a hint to attackers, one that nobody mends an invitation."""
    assert said(banner(look(headers=headers(server=value)))) == (status, severity)


@pytest.mark.parametrize(
    ("value", "status", "severity"),
    [
        ("PHP", PASSED, None),
        ("ASP.NET", PASSED, None),
        ("Express", PASSED, None),
        ("PHP/5.6.40", FAILED, MEDIUM),
        ("PHP/7.4.3-4ubuntu2.29", FAILED, MEDIUM),
        ("PHP/8.1.34", FAILED, MEDIUM),
        ("PHP/8.2.35", FAILED, LOW),
        ("PHP/8.5.12", FAILED, LOW),
        ("PHP/50.6", FAILED, LOW),
        ("Next.js 13", FAILED, LOW),
    ],
)
def test_web_banner_of_the_application(value, status, severity):
    """The same in X-Powered-By."""
    assert said(banner(look(headers=headers(powered=value)))) == (status, severity)


@pytest.mark.parametrize(
    ("content", "status", "severity"),
    [
        ("WordPress 6.8.3", FAILED, LOW),
        ("Drupal 11 (https://www.drupal.org)", FAILED, LOW),
        ("Drupal 7 (https://www.drupal.org)", FAILED, MEDIUM),
        ("TYPO3 CMS", PASSED, None),
        ("Joomla! - Open Source Content Management", PASSED, None),
        ("", PASSED, None),
    ],
)
def test_web_banner_of_the_page(content, status, severity):
    """The generator that content systems write into the head."""
    outcome = banner(look(body=META.format(content)))

    assert said(outcome) == (status, severity)
    assert ("grep" in outcome.evidence.command) == (status is FAILED)


@pytest.mark.parametrize(
    ("spoilt", "status"),
    [
        ({"body": f"<body>{META.format('WordPress 6.8.3')}"}, PASSED),
        ({"body": '<head><meta name="description" content="generator 1.2"></head>'}, PASSED),
        ({"body": "<head><META NAME=Generator CONTENT='Hugo 0.120.4'></head>"}, FAILED),
        ({"body": META.format("WordPress 6.8.3"), "truncated": True}, FAILED),
        ({"headers": headers(server="nginx/1.29.3"), "truncated": True}, FAILED),
        ({"headers": headers(type="application/json"), "truncated": True}, PASSED),
        ({"headers": headers(type="application/json", server="nginx/1.29.3")}, FAILED),
        ({"headers": (("X-Generator", "Drupal 10 (https://www.drupal.org)"),)}, FAILED),
    ],
)
def test_where_a_version_is_looked_for(spoilt, status):
    """In the headers of every answer and in the head of a page."""
    assert banner(look(**spoilt)).status is status


@pytest.mark.parametrize(("day", "severity"), [(31, LOW), (1, MEDIUM)])
def test_the_end_is_compared_with_the_time_of_the_look(day, severity):
    """PHP 8.2 is mended until the last day of 2026."""
    then = datetime(2026, 12, 31, 23, tzinfo=UTC) if day == 31 else datetime(2027, 1, 1, tzinfo=UTC)
    given = http(page(headers=headers(powered="PHP/8.2.35")))

    assert banner(observations(observed_at=then, http=given)).severity is severity


def test_the_reason_names_the_version_and_the_day():
    """The reader sees what to replace."""
    outcome = banner(look(headers=headers(server="nginx", powered="PHP/5.6.40")))

    assert "PHP 5.6.40 stopped mending it on 2018-12-31" in outcome.reason
    assert outcome.evidence.value == "Server: nginx, X-Powered-By: PHP/5.6.40"
