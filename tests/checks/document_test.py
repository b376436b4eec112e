"""How pages are taken apart."""

import random
import time

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.checks.healthy import gone, leads, page
from vendor_risk.checks.document import documents, hosts, read
from vendor_risk.checks.fields import Field, is_card, is_log_in
from vendor_risk.checks.markup import tags
from vendor_risk.checks.observations import Cut, Http
from vendor_risk.checks.pages import address
from vendor_risk.checks.reading import MOST
from vendor_risk.checks.targets import resolved

URL = "https://shop.example/till/pay?step=2"


def of(body):
    """The page as a document."""
    return read(URL, body)


def scripts(body):
    """The addresses of the scripts of a page."""
    return [str(each.url) for each in of(body).scripts]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("x.js", "https://shop.example/till/x.js"),
        ("/x.js", "https://shop.example/x.js"),
        ("/a/./b/../x.js", "https://shop.example/a/x.js"),
        ("//cdn.example/x.js", "https://cdn.example/x.js"),
        ("HTTP://CDN.Example/X.js#a", "http://cdn.example/X.js"),
        ("https://cdn.example?a=/../b", "https://cdn.example/?a=/../b"),
        ("///cdn.example/x.js", "https://cdn.example/x.js"),
        ("\\\\cdn.example/x.js", "https://cdn.example/x.js"),
        ("https:\\cdn.example\\x.js", "https://cdn.example/x.js"),
        ("https:x.js", "https://shop.example/till/x.js"),
        ("http:cdn.example/x.js", "http://cdn.example/x.js"),
        (" /x\n.js\t", "https://shop.example/x.js"),
        ("https://shop.example@evil.example/x.js", "https://evil.example/x.js"),
        ("https://bücher.example/x.js", "https://xn--bcher-kva.example/x.js"),
        ("?step=3", "https://shop.example/till/pay?step=3"),
        ("#top", URL),
        ("data:text/javascript,1", "None"),
        ("javascript:alert(1)", "None"),
        ("https://[", "None"),
    ],
)
def test_addresses_are_those_that_browsers_find(written, expected):
    """By the rules of the URL standard, its odd ones too."""
    assert str(resolved(address(URL), written)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<script src=/a.js></script>", 1),
        ("<SCRIPT SRC='/a.js'></SCRIPT>", 1),
        ('<script\nasync src = "/a.js" ></script>', 1),
        ('<script type=module src="/a.js"></script>', 1),
        ('<script type="text/javascript; charset=utf-8" src="/a.js"></script>', 1),
        ('<script type="text/plain" src="/a.js"></script>', 0),
        ('<script type="application/json" src="/a.js"></script>', 0),
        ('<script src=""></script>', 0),
        ("<!-- <script src=/a.js></script> -->", 0),
        ("<!--><script src=/a.js></script> -->", 1),
        ("<!-- a --!><script src=/a.js></script>", 1),
        ("<script>document.write('<script src=/a.js>')</script>", 0),
        ("<script><!-- <script src=/a.js></script> --></script>", 0),
        ("<script><!-- --></script><script src=/a.js></script>", 1),
        ("<template><script src=/a.js></script></template>", 0),
        ("<template><template></template><script src=/a.js></script></template>", 0),
        ("<template shadowrootmode=open><script src=/a.js></script></template>", 1),
        ("<noscript><script src=/a.js></script></noscript>", 0),
        ("<textarea><script src=/a.js></script></textarea>", 0),
        ("<title><script src=/a.js></script></title>", 0),
        ("<plaintext><script src=/a.js></script>", 0),
        ("<svg><title/></svg><script src=/a.js></script>", 1),
        ("<svg><script href=/a.js></script></svg>", 1),
        ('<div title="<script src=/a.js></script>">', 0),
        ("<div title=a'><script src=/a.js></script>", 1),
        ('<div title="><script src=/a.js></script>', 0),
        ("<script src=/a.js", 0),
        ("</script><script src=/a.js></script>", 1),
        ("< script src=/a.js></script>", 0),
    ],
)
def test_scripts_that_a_browser_loads(body, expected):
    """Only those: not what stands in comments, texts and templates."""
    assert len(of(body).scripts) == expected


def test_of_two_equal_attributes_the_first_counts():
    """As the standard has it."""
    assert scripts("<script src=/a.js src=/b.js></script>") == ["https://shop.example/a.js"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("?a=1&amp;b=2", "?a=1&b=2"),
        ("?a=1&copy=2", "?a=1&copy=2"),
        ("?a=1&copy", "?a=1©"),
        ("?a=1&copy;=2", "?a=1©=2"),
        ("&#x2f;b", "/b"),
        ("&#47b", "/b"),
        ("&nothing;", "&nothing;"),
    ],
)
def test_references_in_an_address(written, expected):
    """`&copy=2` is a part of the address, not a sign."""
    tag = next(tags(f"<a href='{written}'>"))

    assert tag.attributes() == {"href": expected}


def test_a_base_changes_what_follows():
    """The first one only, and not what was loaded before it."""
    body = (
        "<script src=a.js></script><base target=x><base href=//cdn.example/b/>"
        "<base href=/c/><script src=a.js></script>"
    )

    assert scripts(body) == ["https://shop.example/till/a.js", "https://cdn.example/b/a.js"]


def test_inline_scripts_are_told_by_their_hash():
    """In the form of a source list, so that a policy can be written from it."""
    found = of("<script>alert(1)</script><script> </script><script>alert(1)</script>")

    assert (found.inline_count, [each.hash for each in found.inline]) == (
        2,
        ["sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI="],
    )


def test_what_a_page_loads():
    """Styles, frames and the rest by their kind."""
    found = of(
        "<link rel='preload stylesheet' href=/a.css integrity=sha384-x crossorigin>"
        "<link rel=icon href=/i.ico><link rel=canonical href=/c>"
        "<iframe src=//pay.example/></iframe>"
        "<img src=http://img.example/a.png srcset='//i.example/b.png 2x, //i.example/c.png'>"
        "<object data=//o.example/a></object><video poster=//v.example/a></video><img src=/own.png>"
    )

    assert [(each.kind, each.integrity, each.crossorigin) for each in found.styles] == [
        ("stylesheet", "sha384-x", "")
    ]
    assert [each.host for each in found.frames] == ["pay.example"]
    assert [(each.kind, each.host, each.set) for each in found.others] == [
        ("icon", "shop.example", False),
        ("img", "img.example", True),
        ("img", "i.example", True),
        ("img", "i.example", True),
        ("object", "o.example", False),
        ("img", "v.example", False),
    ]


SOURCE = "<source src=//a.example/a srcset='//b.example/b'>"


@pytest.mark.parametrize(
    ("body", "loaded"),
    [
        (f"<video>{SOURCE}</video>", [("video", "a.example", False)]),
        (f"<AUDIO controls>{SOURCE}", [("audio", "a.example", False)]),
        (f"<picture>{SOURCE}</picture>", [("img", "b.example", True)]),
        (f"<video></video>{SOURCE}", []),
        ("<img src=//a.example/a>", [("img", "a.example", False)]),
        ("<picture><img src=//a.example/a></picture>", [("img", "a.example", True)]),
        ("<picture></picture><img src=//a.example/a>", [("img", "a.example", False)]),
        (
            "<link rel=preload as=Image href=//a.example/a>",
            [("preload image", "a.example", False)],
        ),
        ("<link rel=preload href=//a.example/a>", []),
        ("<link rel=preload as=nonsense href=//a.example/a>", []),
    ],
)
def test_what_a_source_or_a_preload_loads_stands_beside_it(body, loaded):
    """A source is of the element around it; a preload says itself what it is for."""
    assert [(each.kind, each.host, each.set) for each in of(body).others] == loaded


def test_a_form_with_its_fields_and_targets():
    """A form ends at its end tag; one in another is passed over; buttons may lead elsewhere."""
    found = of(
        "<input name=before><form action=/pay method=POST><table><tr><input name=card_number>"
        "<form action=/other><select name=month></select><button formaction=//b.example/></button>"
        "<input type=submit></form><form><input type=password id=secret></form>"
    )

    first, second = found.forms
    assert [str(each) for each in first.targets] == [
        "https://shop.example/pay",
        "https://b.example/",
    ]
    assert (first.method, first.takes_cards, first.takes_passwords) == ("post", True, False)
    assert [each.name for each in first.fields] == ["card_number", "month"]
    assert (str(second.targets[0]), second.takes_passwords) == (URL, True)
    assert (found.takes_cards, found.takes_passwords) == (True, True)
    assert [each.name for each in found.fields] == ["before"]


@pytest.mark.parametrize(
    "names",
    [
        *(("cardnumber",), ("card_number",), ("cardNumber",), ("card[number]",), ("cc-number",)),
        *(("payment[cc_cid]",), ("billing-card-number",), ("CVC",), ("cvv2",), ("card_cvv",)),
        *(("creditCardNumber",), ("Kartennummer",), ("numero_carte",), ("checkout.card.expiry",)),
        *(("pan", "expiry"), ("expMonth", "security_code")),
    ],
)
def test_names_of_card_fields(names):
    """In the spellings of shops; what may mean something else needs a second one."""
    assert is_card(tuple(map(Field, names)))


@pytest.mark.parametrize(
    "names",
    [
        *(("giftcardnumber",), ("gift_card_number",), ("loyalty-card-no",), ("id_card_number",)),
        *(("pan",), ("expiry",), ("number",), ("card",), ("postcard",), ("discard_number",)),
        *(("company", "span"), ("memberCardNumber",), ("cardinality",), ("e-card-number",)),
    ],
)
def test_names_that_are_of_no_card(names):
    """Other cards, and words that only look like it."""
    assert not is_card(tuple(map(Field, names)))


@pytest.mark.parametrize(
    ("autocomplete", "expected"),
    [
        ("cc-number", True),
        ("section-a billing CC-CSC", True),
        ("off", False),
        ("acc-number", False),
        ("cc", False),
    ],
)
def test_autofill_names_of_cards(autocomplete, expected):
    """All that begin with cc- are of a payment card."""
    assert is_card((Field("x", "y", autocomplete),)) is expected


def test_a_hidden_security_code_is_no_log_in():
    """Card codes are often typed as passwords."""
    assert not is_log_in((Field("cvc", type="password"),))
    assert is_log_in((Field("secret", type="password"),))


def test_links_to_the_same_organisation():
    """With what they say; each page once."""
    found = of(
        "<a href=/basket>Your <b>basket</b></a><a href=/basket#top>again</a><a href=#top>top</a>"
        "<a href=https://account.shop.example/ aria-label=Account><svg></svg></a>"
        "<a href=https://stranger.example/>away</a><a href=mailto:a@b.example>write</a>"
    )

    assert [(str(each.url), each.words) for each in found.links] == [
        ("https://shop.example/basket", "Your basket"),
        ("https://account.shop.example/", "Account"),
    ]


def test_what_meta_elements_say():
    """Generators and referrer policies, as they stand."""
    found = of("<meta name=Generator content='Shop 1'><meta name=referrer content=origin>")

    assert (found.generators, found.referrers) == (("Shop 1",), ("origin",))


def body_of(*tags_):
    """A page that holds these tags."""
    return {"body": f"<html><body>{''.join(tags_)}</body></html>"}


def test_pages_that_a_visit_ended_on():
    """The front page behind its redirects and what was asked for beside it, each once."""
    seen = Http(
        (
            leads("https://shop.example/", "https://www.shop.example/"),
            page("https://www.shop.example/"),
            leads("http://shop.example/", "https://shop.example/"),
            page("https://www.shop.example/till"),
        )
    )

    assert [str(each.url) for each in documents(seen)] == [
        "https://www.shop.example/",
        "https://www.shop.example/till",
    ]


@pytest.mark.parametrize(
    "response",
    [
        page("https://stranger.example/"),
        page("https://shop.example/a", status=404),
        page("https://shop.example/a", status=503),
        page("https://shop.example/a", status=403),
        page("https://shop.example/a", headers=(("Cf-Mitigated", "challenge"),)),
        page("https://shop.example/a", headers=(("Content-Type", "application/json"),)),
        page("https://shop.example/a", headers=(), body="{}"),
        page("https://shop.example/.well-known/security.txt"),
        page("https://shop.example/", origin="https://stranger.example"),
        page("https://shop.example/"),
        gone("https://shop.example/a", "timed out"),
    ],
)
def test_what_is_no_page_of_the_host(response):
    """Walls, errors, other organisations, other types, answers to scripts, and repetitions."""
    seen = Http((page(), response))

    assert [str(each.url) for each in documents(seen)] == ["https://shop.example/"]


def test_an_error_as_the_front_page_is_read():
    """It is what visitors see; a page without a type is one when it begins like one."""
    front = page(status=404, headers=())

    assert len(documents(Http((front,)))) == 1


def test_nothing_asked_is_nothing_read():
    """No pages, no hosts."""
    assert documents(Http(())) == ()
    assert hosts(Http((gone("https://shop.example/", "refused"),))) == ()


def test_hosts_of_what_runs():
    """Names of scripts, styles and frames, each once; pictures, addresses and data: are none."""
    seen = Http(
        (
            page(
                **body_of(
                    "<script src=//cdn.example/a></script><script src=//cdn.example/b></script>",
                    "<link rel=stylesheet href=//css.example/a><iframe src=//f.example/></iframe>",
                    "<script src=https://192.0.2.1/a></script><script src=data:,1></script>",
                    "<img src=//img.example/a><script src=/own.js></script>",
                )
            ),
        )
    )

    assert hosts(seen) == ("cdn.example", "shop.example", "css.example", "f.example")


def test_a_cut_page_is_not_whole():
    """So that nobody takes what is missing for absent."""
    found = read(URL, "<p>", whole=False, cut=Cut.SIZE)

    assert (found.whole, found.cut) == (False, Cut.SIZE)


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("<script src=/{}></script>", "scripts"),
        ("<link rel=stylesheet href=/{}>", "styles"),
        ("<iframe src=/{}></iframe>", "frames"),
        ("<embed src=/{}>", "others"),
        ("<form action=/{}></form>", "forms"),
        ("<input name=a{}>", "fields"),
    ],
)
def test_lists_have_a_limit(tag, kind):
    """What lies beyond is not read, and the page says so."""
    found = of("".join(map(tag.format, range(MOST[kind] + 1))))

    assert (len(getattr(found, kind)), found.whole) == (MOST[kind], False)


DEEP = {
    "elements": "<div>" * 100_000,
    "forms": "<form>" * 80_000,
    "templates": "<template>" * 50_000,
    "closed templates": "<template>" * 20_000 + "</template>" * 20_000,
    "comments": "<!-- a" * 80_000,
    "scripts": "<script>" * 60_000,
    "closed scripts": "<script>a</script>" * 28_000,
    "escaped scripts": "<script><!--<script>" * 25_000,
    "closed escapes": "<script><!--</script>" * 24_000,
    "attributes": "<input " + " ".join(map("a{}".format, range(70_000))) + ">",
    "spaces": "<a b" + " " * 500_000,
    "equals": "<a b" + "=" * 500_000,
    "words": "<a " + "b   " * 125_000,
    "open tags": "<a " * 160_000,
    "open quotes": '<a b="' * 80_000,
    "mixed quotes": "<a b=\"'" * 70_000,
    "quotes": "<input " + "='" * 240_000,
    "references": "<a href='" + "&#1" * 150_000 + "'>",
    "ends": "</a" * 160_000,
    "brackets": "<" * 500_000,
    "links": "<a href=/{}>a</a>" * 28_000,
    "pictures": "<img src=//a/{}>" * 30_000,
    "sets": "<img srcset='" + "//a/b, " * 70_000 + "'>",
    "svg": "<svg>" * 100_000,
    "raw": "<style></style>" * 33_000,
    "points": "<script src='" + "/.." * 160_000 + "'></script>",
}


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP)
def test_no_page_is_slow(body):
    """Half a megabyte of anything takes a moment; a tree of 100,000 levels takes most of a minute.

    The limit is CPU time and many times what is needed: only growth by the square passes it.
    """
    begun = time.process_time()
    read.__wrapped__(URL, body.replace("{}", "x"))

    assert time.process_time() - begun < 5


PIECES = (
    *("<script src=/{}.js></script>", "<script>var a = '<b>'</script>", "<p>text", "</p>", "<br/>"),
    *("<!-- <script src=/{}.js></script> -->", "<link rel=stylesheet href=/{}.css>", "<div>"),
    *("<form action='/{}?a=1&amp;b=2&copy=3'>", "</form>", "<input name=n{} type=text>", "</div>"),
    *("<iframe src=/{}></iframe>", "<a href=/{}>go</a>", "<textarea><input></textarea>", "<?x?>"),
    *("<title><script src=/x></title>", "< a", "&lt;", "<!doctype html>", "<ul><li>", "</x y='>'>"),
    *('<img src="/{}" alt="a>b">', "<style>a > b {{}}</style>", "<a title='<input name=no>'>"),
    *("<script><!-- <script>a</script> --></script>", "<input name=q{} value='&quot;'/>", "<b"),
)


def test_tags_agree_with_a_parser_that_builds_a_tree():
    """On pages put together at random both see the same scripts, styles, frames and fields."""
    dice = random.Random(1)
    for _ in range(300):
        body = " ".join(
            dice.choice(PIECES).format(number) for number in range(dice.randrange(1, 40))
        )
        tree = LexborHTMLParser(f"<body>{body}")
        wanted = [
            (node.tag, node.attributes.get("src"), node.attributes.get("name"))
            for node in tree.css("script, iframe, input, link, textarea")
        ]
        found = [
            (tag.name, tag.attributes().get("src"), tag.attributes().get("name"))
            for tag in tags(f"<body>{body}")
            if not tag.closes and tag.name in ("script", "iframe", "input", "link", "textarea")
        ]

        assert found == wanted, body
