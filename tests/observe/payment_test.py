"""Looks at pages of the lab that take cards and passwords, judged."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from vendor_risk.checks.catalogue import judge
from vendor_risk.checks.facts import facts
from vendor_risk.checks.observations import Http, Intel, JsAdvisory, JsLibrary
from vendor_risk.checks.remembered import remembered
from vendor_risk.evidence import Severity, Status
from vendor_risk.observe.look import look
from vendor_risk.observe.target import parse

pytestmark = pytest.mark.lab

PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
CRITICAL, HIGH, MEDIUM, LOW, INFO = Severity
CHECKS = (
    *("web.cors", "web.csp.script", "web.form.target", "web.js.outdated", "web.mixed"),
    *("web.script.changed", "web.script.sri", "web.script.third", "web.securitytxt"),
)
OLD = Intel((JsLibrary("jquery", advisories=(JsAdvisory("1.6.3", "high"),)),))


@pytest.fixture
def see(lab):
    """One look at a host, with a list of advisories at hand."""
    network = replace(lab.network(), deadline_seconds=10.0, connect_seconds=5.0)

    def one(name, *declared):
        seen = look(parse(name), network, observed_at=datetime.now(UTC), declared=declared)
        return replace(seen, intel=OLD)

    return one


def said(seen):
    """What the checks of pages say, by their ids."""
    return {
        each.check: (each.outcome.status, each.outcome.severity)
        for each in judge(seen)
        if each.check in CHECKS
    }


GOOD = {
    **dict.fromkeys(CHECKS, (PASSED, None)),
    "web.js.outdated": (NOTHING, None),
    "web.script.changed": (NOTHING, None),
}


@pytest.mark.parametrize(
    ("host", "spoilt"),
    [
        ("good.test", {}),
        (
            "magecart.test",
            {
                "web.form.target": (FAILED, CRITICAL),
                "web.mixed": (FAILED, MEDIUM),
                "web.script.sri": (FAILED, HIGH),
                "web.script.third": (FAILED, MEDIUM),
                "web.securitytxt": (FAILED, INFO),
            },
        ),
        (
            "deadscript.shop.test",
            {"web.script.third": (FAILED, MEDIUM), "web.script.sri": (FAILED, MEDIUM)},
        ),
        ("mixedpage.shop.test", {"web.mixed": (FAILED, MEDIUM)}),
        ("lifted.shop.test", {"web.mixed": (PASSED, INFO)}),
        ("openform.shop.test", {"web.form.target": (FAILED, HIGH)}),
        ("oldjquery.shop.test", {"web.js.outdated": (FAILED, MEDIUM)}),
        ("corsreflect.shop.test", {"web.cors": (FAILED, HIGH)}),
        ("corsnull.shop.test", {"web.cors": (FAILED, HIGH)}),
        ("samenonce.shop.test", {"web.csp.script": (FAILED, LOW)}),
        ("newnonce.shop.test", {}),
        ("oldtext.shop.test", {"web.securitytxt": (FAILED, LOW)}),
        ("brokentext.shop.test", {"web.securitytxt": (FAILED, LOW)}),
        ("signedtext.shop.test", {}),
        ("notext.shop.test", {"web.securitytxt": (FAILED, INFO)}),
    ],
)
def test_what_is_said_of_a_host(see, host, spoilt):
    """One thing is the matter with each, and nothing else is said."""
    assert said(see(host)) == GOOD | spoilt


@pytest.mark.parametrize(
    "host", ["botwall.shop.test", "packed.shop.test", "bodydrip.shop.test", "mute.shop.test"]
)
def test_a_wall_or_a_cut_page_is_never_a_fault(see, host):
    """What could not be seen is unknown; a header that was seen may still pass."""
    answers = said(see(host))

    assert [check for check, (status, _) in answers.items() if status is FAILED] == []
    assert {answers[check][0] for check in ("web.form.target", "web.script.sri")} == {UNKNOWN}


def test_the_check_out_is_found_from_the_front_page(see):
    """With the front page once more for a stranger, and security.txt."""
    seen = see("magecart.test")
    assert isinstance(seen.http, Http)

    asked = [(each.url, each.origin) for each in seen.http.responses]

    assert sorted(asked, key=str) == [
        ("http://magecart.test/", None),
        ("https://magecart.test/", "https://stranger.example"),
        ("https://magecart.test/", None),
        ("https://magecart.test/.well-known/security.txt", None),
        ("https://magecart.test/checkout", None),
    ]


TILL = "https://hiddentill.shop.test/till"


def test_a_check_out_without_a_link_is_seen_where_it_was_declared(see):
    """The same faults as behind a link, and none without the declaration."""
    faults = {
        "web.form.target": (FAILED, HIGH),  # a name that is like that of another shop
        "web.mixed": (FAILED, MEDIUM),
        "web.script.sri": (FAILED, HIGH),
        "web.script.third": (FAILED, MEDIUM),
    }
    text = {"web.securitytxt": (FAILED, INFO)}

    assert said(see("hiddentill.shop.test")) == GOOD | text
    assert said(see("hiddentill.shop.test", TILL)) == GOOD | text | faults


@pytest.mark.parametrize("path", ["closed", "moved", "nothing-here"])
def test_a_declared_page_that_shows_nothing_is_unknown(see, path):
    """The front page alone does not pass for it."""
    answers = said(see("hiddentill.shop.test", f"https://hiddentill.shop.test/{path}"))

    judged = ("web.form.target", "web.mixed", "web.script.sri", "web.script.third")
    assert {answers[check][0] for check in judged} == {UNKNOWN}


def test_declared_pages_cost_one_request_each(see):
    """Eight to one host, and the ninth is not asked."""
    pages = [f"https://hiddentill.shop.test/{number}" for number in range(4)]
    elsewhere = "https://hiddentill.shop.test/fifth"

    seen = see("hiddentill.shop.test", *pages, elsewhere)

    urls = [each.url for each in seen.http.responses]
    assert len(urls) == 8
    assert elsewhere not in urls


def test_a_skimmer_that_came_since_the_last_look(see):
    """The same page as before passes; with one third party less before, it is new."""
    seen = see("magecart.test")
    before = remembered(seen)
    clean = replace(before, pages=tuple(replace(each, domains=()) for each in before.pages))

    assert said(replace(seen, previous=before))["web.script.changed"] == (PASSED, None)
    assert said(replace(seen, previous=clean))["web.script.changed"] == (FAILED, HIGH)


def test_whose_scripts_a_page_runs(see):
    """And that only the static page was read."""
    told = {each.id: each.values for each in facts(see("magecart.test"))}

    assert told["web.third"] == (
        "other: owner not listed (good.test), on a page that takes cards",
        "Only the static HTML was read: what scripts load later is not listed.",
    )
