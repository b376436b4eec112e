"""The scripts of others on our own pages, as one look shows them."""

from dataclasses import replace

import pytest

from tests.checks.authority import chain
from tests.checks.healthy import gone, http, leads, observations, page, tls
from vendor_risk.checks.observations import Owner, Unreachable
from vendor_risk.checks.own_scripts import MOST, Loaded, OwnPages, scripts_of
from vendor_risk.checks.owners import hosts_of

FRONT, TILL = "https://shop.example/", "https://shop.example/till"
CDN = "<script src='https://cdn.other.example/a.js?v=1#x'></script>"
HELD = CDN.replace(" src", " crossorigin integrity=sha384-oqVuAfXRKap7fdgcCY5uykM6 src")
CARD = "<form><input autocomplete=cc-number></form>"


def look(*bodies, owners=None, **changes):
    """A host with these pages, the front page first."""
    pages = [
        page(url, body=body, **changes) for url, body in zip((FRONT, TILL), bodies, strict=False)
    ]
    return observations(http=http(*pages), owners=owners)


def test_a_script_is_told_with_all_that_an_inventory_needs():
    """The page loses its query, which changes with each visitor, and the script its version."""
    seen = scripts_of(look(CDN, owners=(Owner("cdn.other.example", "Other Inc.", "cdn"),)))

    assert seen == OwnPages(
        (
            Loaded(
                page=FRONT,
                script="https://cdn.other.example/a.js",
                host="cdn.other.example",
                domain="other.example",
                owner="Other Inc.",
                card_page=False,
                encrypted=True,
                held=False,
            ),
        ),
        frozenset({FRONT}),
    )


@pytest.mark.parametrize(
    ("body", "fact"),
    [
        (CDN, {"held": False}),
        (HELD, {"held": True}),
        (HELD + CDN, {"held": False}),  # the loose one is enough for harm
        (CDN.replace("https:", "http:"), {"encrypted": False}),
        (CDN.replace("https:", ""), {"encrypted": True}),
        (CDN + CARD, {"card_page": True}),
        (CDN.replace("cdn.other.example", "192.0.2.7"), {"domain": "192.0.2.7"}),
        (CDN.replace("cdn.other.example", "[2001:db8::7]"), {"domain": "2001:db8::7"}),
    ],
)
def test_each_fact_of_a_script(body, fact):
    """One script, one fact."""
    (script,) = scripts_of(look(body)).scripts

    assert {key: getattr(script, key) for key in fact} == fact


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("?id=GTM-OURS", "?id=GTM-OURS"),
        ("?l=data&id=GTM-OURS&v=3", "?id=GTM-OURS&l=data"),
        ("?hjid=1234567", "?hjid=1234567"),
        ("?1700000000", ""),
        ("?x=1700000000&cb=abc&_=9&TS=q", ""),
        ("?", ""),
        ("?&&_=1", ""),
    ],
)
def test_the_query_that_says_which_script_it_is(query, kept):
    """Versions and times are left out, and the order makes no other script."""
    body = CDN.replace("?v=1", query.replace("&", "&amp;"))

    (script,) = scripts_of(look(body)).scripts

    assert script.script == f"https://cdn.other.example/a.js{kept}"


def test_two_containers_are_two_scripts():
    """Whoever puts a container of theirs beside ours stands in no row that was authorised."""
    both = CDN.replace("v=1", "id=GTM-OURS") + CDN.replace("v=1", "id=GTM-EVIL")

    assert len(scripts_of(look(both)).scripts) == 2


def test_the_end_of_a_long_query_counts():
    """What does not fit is hashed."""
    long = CDN.replace("v=1", f"id={'x' * 600}")
    one, other = scripts_of(look(long + long.replace("x#", "y#"))).scripts

    assert one.script != other.script
    assert len(one.script) == len(other.script) < 300


def test_a_name_of_the_certificate_is_in_the_inventory_all_the_same():
    """The checks take it for the host's own; an inventory leaves nothing out."""
    both = tls(chain_pem=chain(names=("shop.example", "*.other.example")))

    assert len(scripts_of(replace(look(CDN), tls=both)).scripts) == 1


def test_a_policy_that_lifts_to_https_makes_a_script_encrypted():
    """Browsers ask over https for what the page names with http."""
    lifts = "<meta http-equiv=Content-Security-Policy content=upgrade-insecure-requests>"

    (script,) = scripts_of(look(lifts + CDN.replace("https:", "http:"))).scripts

    assert script.encrypted


def test_a_host_that_is_for_payments_takes_cards_on_every_page():
    """What a provider frames cannot be seen in the page around it."""
    (script,) = scripts_of(look(CDN), takes_cards=True).scripts

    assert script.card_page


@pytest.mark.parametrize(
    "body",
    [
        "<script src=/own.js></script>",
        "<script src=https://static.shop.example/own.js></script>",
        "<script>inline()</script>",
        "<script type=text/template src=https://cdn.other.example/a></script>",
        "<script src=data:text/javascript,1></script>",
        "<script src='//\x01/x.js'></script>",
        "<script src='//a\x7f.other.example/x.js'></script>",
        "<script src='//a|b.other.example/x.js'></script>",
        f"<script src='//{'a.' * 130}example/x.js'></script>",
    ],
)
def test_what_is_no_script_of_others_is_left_out(body):
    """Own files, inline scripts, what browsers do not run, and hosts that are none."""
    assert scripts_of(look(body)) == OwnPages((), frozenset({FRONT}))


@pytest.mark.parametrize(
    "part",
    [
        Unreachable("timed out"),
        http(gone(FRONT, "timed out")),
        http(page(status=503, body=CDN)),
        http(page(headers=(("cf-mitigated", "challenge"),), body="")),
        http(leads(FRONT, "https://elsewhere.example/")),
    ],
)
def test_a_look_that_saw_no_page_says_nothing(part):
    """Neither that scripts are there nor that they are gone."""
    assert scripts_of(observations(http=part)) == OwnPages()


@pytest.mark.parametrize(
    ("answer", "is_gone"),
    [
        (page(TILL, status=404, body=""), True),
        (page(TILL, status=410, body=""), True),
        (leads(TILL, "https://shop.example/pay"), True),
        (leads(TILL, "https://pay.shop.example/"), True),
        (leads(TILL, "https://elsewhere.example/"), False),
        (leads(TILL, f"{TILL}?again"), False),
        (page(TILL, status=403, body=""), False),
        (page(TILL, status=404, headers=(("cf-mitigated", "challenge"),), body=""), False),
        (page(TILL, status=500, body=""), False),
        (gone(TILL, "timed out"), False),
    ],
)
def test_a_page_that_is_no_more_has_no_script(answer, is_gone):
    """Not found, or moved to another page of ours; a wall or a fault says nothing."""
    seen = scripts_of(observations(http=http(page(FRONT, body=CDN), answer)))

    assert (TILL in seen.whole) is is_gone


def test_a_page_that_answers_at_times_is_not_gone():
    """With one query not found, with the other there but cut."""
    both = http(page(FRONT), page(f"{TILL}?a", status=404), page(TILL, truncated=True))

    assert TILL not in scripts_of(observations(http=both)).whole


def test_a_cut_page_tells_what_is_there_and_not_what_is_gone():
    """What was seen was seen."""
    seen = scripts_of(look(CDN, truncated=True))

    assert (len(seen.scripts), seen.whole) == (1, frozenset())


def test_one_address_that_was_seen_cut_and_whole_is_not_whole():
    """With another query the same page may be read to another length."""
    seen = observations(
        http=http(page(FRONT, body=CDN), page(f"{FRONT}?a", body=CDN, truncated=True))
    )

    assert scripts_of(seen).whole == frozenset()


def test_a_page_with_endless_scripts_is_cut():
    """And is not taken for whole."""
    body = "".join(f"<script src=https://a{n}.example/a.js></script>" for n in range(300))

    seen = scripts_of(look(body, body.replace("/a.js", "/b.js")))

    assert len(seen.scripts) == MOST
    assert seen.whole == frozenset({FRONT})


def test_hosts_of_an_owner():
    """All names that the table has, stars taken off."""
    table = {
        "a.example": ("One", "ad"),
        "*.b.example": ("One", "ad"),
        "b.example": ("One", "ad"),
        "c.example": ("Two", "ad"),
    }

    assert hosts_of("One", table) == ("a.example", "b.example")
