"""What lists of others say of a host: breaches, exploited flaws, the registration, names alike."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from tests.checks.authority import NOON
from tests.checks.healthy import DOMAIN, gone, headers, http, intel, observations, page
from vendor_risk.checks.facts import facts
from vendor_risk.checks.intel_breach import breach
from vendor_risk.checks.intel_domain import registration
from vendor_risk.checks.intel_kev import exploited
from vendor_risk.checks.intel_lookalike import lookalike
from vendor_risk.checks.observations import (
    Breach,
    Exploited,
    Feed,
    Http,
    Intel,
    LoggedCertificate,
    Lookalike,
    Registration,
)
from vendor_risk.checks.software import affected, software
from vendor_risk.evidence import Severity, Status

PASSED, FAILED, UNKNOWN = Status.PASSED, Status.FAILED, Status.UNKNOWN
OLD = "the list is of 2025-08-25, 454 days before this look"


def told(check, **changes):
    """What a check says when the lists say this."""
    return check(observations(intel=intel(**changes)))


def lost(months_ago=6, **changes):
    """A breach of the host's organisation, so many months before the look."""
    at = NOON.date()
    year, month = divmod(at.year * 12 + at.month - 1 - months_ago, 12)
    facts = {"happened": date(year, month + 1, min(at.day, 28)), "accounts": 1234567}
    return Breach(**{"name": "Shop", "title": "Shop", "domain": DOMAIN} | facts | changes)


def old(name):
    """The list of that name, of long ago."""
    return (Feed(name, datetime(2025, 8, 25, tzinfo=NOON.tzinfo), reason=OLD),)


@pytest.mark.parametrize("check", [breach, exploited, registration, lookalike])
def test_what_was_not_compared_is_unknown(check):
    """A list that was not there proves nothing."""
    outcome = check(observations(intel=Intel()))

    assert outcome.status is UNKNOWN
    assert "no such list was read" in outcome.reason


@pytest.mark.parametrize(
    ("months", "status", "severity"),
    [
        (0, FAILED, Severity.HIGH),
        (12, FAILED, Severity.HIGH),
        (13, FAILED, Severity.MEDIUM),
        (24, FAILED, Severity.MEDIUM),
        (25, FAILED, Severity.LOW),
        (36, FAILED, Severity.LOW),
        (37, PASSED, Severity.INFORMATIONAL),
        (200, PASSED, Severity.INFORMATIONAL),
        (-3, FAILED, Severity.HIGH),
    ],
)
def test_a_breach_weighs_by_its_age(months, status, severity):
    """Against the day of the look, so that a stored look is judged the same next year."""
    outcome = told(breach, breaches=(lost(months),))

    assert (outcome.status, outcome.severity) == (status, severity)


def test_the_day_after_a_year_the_breach_is_milder():
    """Months are counted from day to day."""
    day = NOON.date().replace(year=NOON.year - 1)

    exact = told(breach, breaches=(lost(happened=day),))
    older = told(breach, breaches=(lost(happened=day - timedelta(days=1)),))

    assert (exact.severity, older.severity) == (Severity.HIGH, Severity.MEDIUM)


def test_the_worst_of_several_breaches_counts():
    """The others are told of."""
    outcome = told(breach, breaches=(lost(100), lost(30), lost(14), lost(40)))

    assert outcome.severity is Severity.MEDIUM
    assert "4 breaches" in outcome.reason


def test_a_breach_without_proof_is_milder():
    """The maker of the list says whether it could verify it."""
    outcome = told(breach, breaches=(lost(2, verified=False),))

    assert outcome.severity is Severity.MEDIUM
    assert "could not verify" in outcome.reason


def test_the_evidence_of_a_breach_names_accounts_day_list_and_licence():
    """The licence demands the name of the list's maker."""
    feed = Feed("breaches", NOON, "CC BY 4.0", "Have I Been Pwned, haveibeenpwned.com, CC BY 4.0")

    evidence = told(breach, breaches=(lost(),), feeds=(feed,)).evidence

    assert "1,234,567 accounts of shop.example, 2026-05-22" in evidence.value
    assert "haveibeenpwned.com, CC BY 4.0, list of 2026-11-22" in evidence.value
    assert evidence.command.endswith("breaches?domain=shop.example'")


def test_breaches_of_others_do_not_count():
    """Only those of the registered name."""
    assert told(breach, breaches=(lost(domain="other.example"),)).status is PASSED


@pytest.mark.parametrize("found", [(), (lost(60),)], ids=["none", "an old one"])
def test_an_old_list_of_breaches_proves_no_silence(found):
    """What happened since it was made is not in it."""
    outcome = told(breach, breaches=found, feeds=old("breaches"))

    assert outcome.status is UNKNOWN
    assert "454 days" in outcome.reason


def test_an_old_list_still_finds():
    """What stood in it has happened."""
    assert told(breach, breaches=(lost(),), feeds=old("breaches")).status is FAILED


APACHE = tuple(
    Exploited(cve, "Apache", "HTTP Server") for cve in ("CVE-2021-41773", "CVE-2021-42013")
)
PHP = (Exploited("CVE-2024-4577", "PHP Group", "PHP", ransomware=True),)


def shop(body="<html></html>", flaws=APACHE, feeds=None, **changes):
    """What the check of exploited flaws says of a page with these headers."""
    seen = http(page(headers=headers(**changes), body=body))
    lists = {"exploited": flaws} | ({"feeds": feeds} if feeds else {})
    return exploited(observations(http=seen, intel=intel(**lists)))


@pytest.mark.parametrize(
    ("server", "status", "words"),
    [
        ("Apache/2.4.49", FAILED, "CVE-2021-41773, CVE-2021-42013"),
        ("Apache/2.4.50 (Unix)", FAILED, "may be open to CVE-2021-42013"),
        ("Apache/2.4.51", PASSED, ""),
        ("Apache/2.4.48", PASSED, ""),
        ("Apache/2.4", UNKNOWN, "do not know which"),
        ("Apache", UNKNOWN, "does not tell which version"),
        ("Apache/2.4.49 (Debian)", UNKNOWN, "its distributor mends"),
        ("nginx/1.18.0", Status.NOT_APPLICABLE, "no software"),
        ("Apache-Coyote/1.1", Status.NOT_APPLICABLE, "no software"),
    ],
)
def test_a_version_is_compared_where_it_is_told(server, status, words):
    """And nowhere else is there a fault: the list itself names no versions."""
    outcome = shop(server=server)

    assert outcome.status is status
    assert words in outcome.reason


def test_a_flaw_whose_versions_we_do_not_know_is_unknown():
    """It may be this version or not."""
    outcome = shop(
        server="Apache/2.4.65", flaws=(Exploited("CVE-2099-1", "Apache", "HTTP Server"),)
    )

    assert outcome.status is UNKNOWN
    assert "names no versions" in outcome.reason


def test_a_flaw_under_a_condition_that_nobody_sees_is_unknown():
    """PHP as CGI on Windows, for one."""
    outcome = shop(powered="PHP/8.1.2", flaws=PHP)

    assert outcome.status is UNKNOWN
    assert "only where PHP runs as CGI on Windows" in outcome.reason


HEARTBLEED = Exploited("CVE-2014-0160", "OpenSSL", "OpenSSL")


@pytest.mark.parametrize(
    ("server", "severity", "words"),
    [
        ("Apache/2.4.59", Severity.MEDIUM, "may be open to CVE-2024-38475"),
        ("Apache/2.4.48", Severity.MEDIUM, "only where mod_proxy is used"),
        ("Microsoft-IIS/6.0", Severity.MEDIUM, "only where WebDAV is switched on"),
        ("OpenSSL/1.0.1f", Severity.HIGH, "openssl 1.0.1f has CVE-2014-0160"),
        # what is certain is told first
        ("Apache/2.4.49 OpenSSL/1.0.1f", Severity.HIGH, "openssl 1.0.1f has CVE-2014-0160"),
    ],
)
def test_a_flaw_that_needs_a_certain_set_up_is_possible(server, severity, words):
    """One level below a flaw that every host of that version has, with the set-up named."""
    httpd = ("CVE-2019-0211", "CVE-2021-40438", "CVE-2024-38475")
    flaws = (
        *(Exploited(cve, "Apache", "HTTP Server") for cve in httpd),
        Exploited("CVE-2017-7269", "Microsoft", "Internet Information Services (IIS)"),
        *(*APACHE, HEARTBLEED),
    )

    outcome = shop(server=server, flaws=flaws)

    assert (outcome.status, outcome.severity) == (FAILED, severity)
    assert words in outcome.reason


def test_the_same_flaw_is_no_doubt_in_a_mended_version():
    """Above the range nothing is left to ask."""
    assert shop(powered="PHP/8.3.8", flaws=PHP).status is PASSED


def test_a_library_in_a_script_is_compared():
    """By the version in its address."""
    flaws = (Exploited("CVE-2020-11023", "JQuery", "JQuery"),)

    outcome = shop("<script src=/jquery-1.12.4.min.js></script>", flaws)

    assert outcome.status is FAILED
    assert "jquery 1.12.4 may be open to CVE-2020-11023" in outcome.reason


def test_a_generator_is_compared():
    """A branch alone does not tell the version."""
    flaws = (Exploited("CVE-2018-7600", "Drupal", "Drupal Core"),)
    seven = '<meta name="Generator" content="Drupal 7 (https://www.drupal.org)">'

    assert shop(seven, flaws).status is UNKNOWN
    assert shop(seven.replace("7 (", "10 ("), flaws).status is PASSED


def test_an_old_list_of_flaws_proves_no_silence():
    """Newer flaws are not in it."""
    assert shop(server="Apache/2.4.51", feeds=old("kev")).status is UNKNOWN


def test_a_page_that_was_not_seen_is_unknown():
    """There is nothing to compare."""
    seen = observations(http=Http((gone("https://shop.example/", "timed out"),)))

    assert exploited(seen).status is UNKNOWN


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        *(("1.0.1", True), ("1.0.1f", True), ("1.0.1g", False)),
        *(("1.0.2", False), ("1.0.0t", False), ("", None)),
    ],
)
def test_versions_with_letters_are_compared(version, expected):
    """OpenSSL counted so."""
    assert affected(version, Exploited("CVE-2014-0160", "OpenSSL", "OpenSSL")) is expected


@pytest.mark.parametrize(
    ("cve", "version", "expected"),
    [
        *(("CVE-2018-7600", each, True) for each in ("6.38", "7.57", "8.2.5", "8.5.0")),
        *(("CVE-2018-7600", each, False) for each in ("7.58", "8.3.9", "8.5.1", "10.4.1")),
        *(("CVE-2018-7602", each, True) for each in ("7.58", "8.3.9", "8.4.7", "8.5.2")),
        *(("CVE-2018-7602", each, False) for each in ("7.59", "8.4.8", "8.5.3", "8.6.0")),
        # where web services are switched on, which nobody sees
        *(("CVE-2019-6340", each, None) for each in ("8.2.0", "8.5.10", "8.6.9")),
        *(("CVE-2019-6340", each, False) for each in ("7.63", "8.5.11", "8.6.10")),
        *(("CVE-2020-13671", each, True) for each in ("7.73", "8.7.14", "8.9.8", "9.0.7")),
        *(("CVE-2020-13671", each, False) for each in ("7.74", "8.8.11", "8.9.9", "9.0.8")),
        *(("CVE-2023-23752", each, True) for each in ("4.0.0", "4.2.7")),
        *(("CVE-2023-23752", each, False) for each in ("3.10.11", "4.2.8")),
        *(("CVE-2019-0211", each, True) for each in ("2.4.17", "2.4.38")),
        *(("CVE-2019-0211", each, False) for each in ("2.4.16", "2.4.39")),
        *(("CVE-2021-40438", "2.4.48", True), ("CVE-2021-40438", "2.4.49", False)),
        *(("CVE-2021-41773", "2.4.49", True), ("CVE-2021-41773", "2.4.50", False)),
        *(("CVE-2021-42013", "2.4.50", True), ("CVE-2021-42013", "2.4.51", False)),
        *(("CVE-2024-38475", "2.4.59", True), ("CVE-2024-38475", "2.4.60", False)),
    ],
)
def test_the_ranges_are_those_of_the_advisories(cve, version, expected):
    """The last version that has it and the first that has not, by the records of the makers."""
    assert affected(version, Exploited(cve, "", "")) is expected


def test_software_is_told_once():
    """A version says more than the bare name."""
    seen = http(
        page(headers=headers(server="Apache/2.4.57 PHP OpenSSL/1.0.1e", powered="PHP/8.2.1"))
    )

    found = [(each.name, each.version) for each in software(seen, DOMAIN)]

    assert found == [
        *(("apache", "2.4.57"), ("openssl", "1.0.1e")),
        *(("php", "8.2.1"), ("jquery", "3.7.1")),
    ]


def registered(**changes):
    """What the registry says of the name."""
    facts = {"expires": NOON + timedelta(days=200), "status": ("active",)}
    return Registration(**{"domain": DOMAIN} | facts | changes)


@pytest.mark.parametrize(
    ("left", "status", "severity"),
    [
        (timedelta(days=-1), FAILED, Severity.HIGH),
        (timedelta(0), FAILED, Severity.HIGH),
        (timedelta(hours=1), FAILED, Severity.MEDIUM),
        (timedelta(days=29, hours=23), FAILED, Severity.MEDIUM),
        (timedelta(days=30), PASSED, None),
    ],
)
def test_a_registration_runs_out(left, status, severity):
    """Against the time of the look."""
    outcome = told(registration, registration=registered(expires=NOON + left))

    assert (outcome.status, outcome.severity) == (status, severity)


@pytest.mark.parametrize("changes", [{"expires": None}, {"domain": "other.example"}])
def test_an_answer_that_does_not_say_is_unknown(changes):
    """Some registries tell no end, and an answer about another name is none."""
    assert told(registration, registration=registered(**changes)).status is UNKNOWN


def alike(name="sh0p.example", **changes):
    """A name like the host's that exists."""
    return Lookalike(name, "a letter that looks alike", **changes)


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ((), PASSED),
        ((alike(addresses=("192.0.2.1",)),), PASSED),
        ((alike(exchanges=("mx.stranger.example",)),), FAILED),
        ((alike("www.shop.example", exchanges=("mx.shop.example",)),), PASSED),
    ],
    ids=["none", "a page only", "mail", "its own"],
)
def test_a_name_alike_that_takes_mail_informs(found, status):
    """It is no fault of the organisation, so it never counts."""
    outcome = told(lookalike, lookalikes=found)

    assert outcome.status is status
    assert outcome.severity in (None, Severity.INFORMATIONAL)


def test_an_old_search_for_names_proves_no_silence():
    """Names are bought every day."""
    assert told(lookalike, lookalikes=(), feeds=old("lookalikes")).status is UNKNOWN


def fact(id, **changes):
    """The values of a fact when the lists say this."""
    look = observations(intel=intel(**changes))
    return next((each.values for each in facts(look) if each.id == id), ())


def test_the_lists_are_shown_with_date_licence_and_trouble():
    """Never silently empty."""
    feed = Feed("breaches", NOON, "CC BY 4.0", "Have I Been Pwned, CC BY 4.0", OLD)

    (words,) = fact("intel.feeds", feeds=(feed,))

    assert words == f"breaches: 2026-11-22; Have I Been Pwned, CC BY 4.0; {OLD}"


def test_a_list_that_was_not_there_is_no_fact():
    """It is named where the checks that it leaves open are."""
    absent = Feed("kev", attribution="CISA", reason="there is no such list here")

    assert fact("intel.feeds", feeds=(absent,)) == ()


@pytest.mark.parametrize(
    ("check", "command"),
    [
        (breach, "`vendor-risk feeds update` fetches the list."),
        (exploited, "`vendor-risk feeds update` fetches the list."),
        (lookalike, f"`vendor-risk lookalikes {DOMAIN}` looks for them."),
    ],
)
def test_a_missing_list_is_said_with_the_command_that_brings_it(check, command):
    """Whoever reads that something was not compared can have it compared."""
    assert check(observations(intel=Intel())).reason.endswith(command)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("clientTransferProhibited", "locked against transfer"),
        ("client transfer prohibited", "locked against transfer"),
        ("active", "not locked against transfer"),
    ],
)
def test_a_lock_is_a_fact(status, words):
    """In both spellings: that of EPP and that of RDAP."""
    assert words in fact("intel.registration", registration=registered(status=(status,)))


def test_certificates_of_names_alike_and_of_other_issuers_are_facts():
    """The name that nobody of the house bought comes first."""
    logged = (
        LoggedCertificate(("shop.example",), "Let's Encrypt", NOON),
        LoggedCertificate(("www.shop.example",), "Other Authority", NOON),
        LoggedCertificate(("sh0p.example", "*.shop-pay.example"), "Other Authority", NOON),
    )

    values = fact("intel.ct", certificates=logged)

    assert values[0].startswith("sh0p.example: ")
    assert values[-1] == (
        "www.shop.example: by Other Authority, not Let's Encrypt since 2026-11-22"
    )
    assert not any(value.startswith("shop.example") for value in values)


def test_names_alike_are_a_fact_those_with_mail_first():
    """Up to the limit of facts."""
    found = (alike("a.example", addresses=("192.0.2.1",)), alike(exchanges=("mx.b.example",)))

    values = fact("intel.lookalikes", lookalikes=found)

    assert [value.partition(" ")[0] for value in values] == ["sh0p.example", "a.example"]
    assert "mail at mx.b.example" in values[0]


def test_the_same_outcome_next_year():
    """The lists are part of the observation: only its own time counts."""
    look = observations(intel=intel(breaches=(lost(13),)))
    later = replace(look, observed_at=look.observed_at + timedelta(days=800))

    assert breach(look) == breach(look)
    assert breach(later).status is PASSED
