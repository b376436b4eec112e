"""Pages fetched from real servers, the hostile ones among them."""

import contextlib
from dataclasses import replace

import pytest

from vendor_risk.checks.base import Request
from vendor_risk.checks.observations import Cut, Failure, NoResponse, Response
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.dial import PinnedDial
from vendor_risk.observe.dns import Resolver
from vendor_risk.observe.http import Visit

pytestmark = pytest.mark.lab


@pytest.fixture
def ask(lab):
    """Everything that was seen when these URLs were asked for."""

    def visit(*urls, seconds=10.0, **settings):
        network = replace(lab.network(), **settings)
        deadline = Deadline.after(seconds)
        dial = PinnedDial(Resolver(network.servers(), deadline), network)
        with contextlib.closing(dial), contextlib.closing(Visit(dial, network)) as visitor:
            for url in urls:
                visitor.ask(Request(url), deadline)
            return visitor.seen().responses

    return visit


def hops(responses):
    """URL and status, or kind of failure, of each response."""
    return [
        (each.url, each.status if isinstance(each, Response) else each.kind) for each in responses
    ]


def test_a_page_comes_with_its_header_and_address(ask, lab):
    """The fields come in the order received."""
    (page,) = ask("https://good.test/")

    assert (page.status, page.truncated, page.address) == (200, False, lab.address("good.test"))
    assert "Welcome" in page.body
    assert page.header("Strict-Transport-Security") == ("max-age=31536000; includeSubDomains",)
    assert [name for name, _ in page.headers][-5:] == [
        "Strict-Transport-Security",
        "Content-Security-Policy",
        "X-Content-Type-Options",
        "Referrer-Policy",
        "Set-Cookie",
    ]


def test_http_leads_to_https(ask):
    """Every hop is recorded."""
    assert hops(ask("http://good.test/")) == [
        ("http://good.test/", 301),
        ("https://good.test/", 200),
    ]


def test_a_page_is_asked_for_once(ask):
    """The chain stops where it reaches what was answered before."""
    assert hops(ask("https://good.test/", "http://good.test/")) == [
        ("https://good.test/", 200),
        ("http://good.test/", 301),
    ]


def test_the_request_is_that_of_an_honest_visitor(ask, lab):
    """The vendor's name without the mapped port, our name, and no packing asked for."""
    (page,) = ask("http://echo.shop.test/")
    lines = page.body.splitlines()

    assert lines[0] == "GET / HTTP/1.1"
    assert "Host: echo.shop.test" in lines
    assert "Accept-Encoding: identity" in lines
    assert any(line.startswith("User-Agent: vendor-risk/") for line in lines)


def test_the_environment_changes_nothing(ask, monkeypatch):
    """Neither proxies nor bundles of certificates of the machine get in the way."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")

    assert hops(ask("https://selfsigned.shop.test/")) == [("https://selfsigned.shop.test/", 200)]


def test_a_password_in_a_redirect_is_not_sent(ask):
    """The page is asked for without it."""
    *_, page = ask("https://topassword.shop.test/")

    assert "Host: echo.shop.test" in page.body
    assert "Authorization" not in page.body


@pytest.mark.parametrize(
    ("host", "kind", "words"),
    [
        ("toprivate.shop.test", Failure.BLOCKED, "10.0.0.1 is a private address: not visited"),
        ("tometadata.shop.test", Failure.BLOCKED, "169.254.169.254 is the metadata address of a"),
        ("toprivatename.shop.test", Failure.BLOCKED, "private.shop.test points to 10.0.0.7, a pri"),
        ("todecimal.shop.test", Failure.BLOCKED, "2130706433 is an IP address: not visited"),
        ("toport.shop.test", Failure.BLOCKED, "port 8080 is not visited"),
        ("toscheme.shop.test", Failure.BLOCKED, "the scheme ftp: is not visited"),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_redirect_to_where_we_do_not_go_is_blocked(ask, scheme, host, kind, words):
    """The redirect is recorded, the next address is not visited, and the reason is clear."""
    first, second = ask(f"{scheme}://{host}/")

    assert first.status == 302
    assert isinstance(second, NoResponse)
    assert second.kind is kind
    assert second.reason.startswith(words)


def test_a_loop_ends(ask):
    """The same address without a new cookie is not asked again."""
    assert hops(ask("http://loop.shop.test/")) == [("http://loop.shop.test/", 302)]


def test_a_redirect_for_the_sake_of_a_cookie_is_followed(ask):
    """As a browser would; each start is that of a new visitor."""
    seen = ask("https://cookieloop.shop.test/", "http://cookieloop.shop.test/")

    assert hops(seen) == [
        ("https://cookieloop.shop.test/", 302),
        ("https://cookieloop.shop.test/", 200),
        ("http://cookieloop.shop.test/", 302),
        ("http://cookieloop.shop.test/", 200),
    ]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_host_that_hangs_up_on_a_kept_connection_is_asked_again(ask, scheme):
    """It closed a connection that had served its turn, and that is no fault of the page."""
    assert hops(ask(f"{scheme}://forgetful.shop.test/")) == [
        (f"{scheme}://forgetful.shop.test/", 302),
        (f"{scheme}://forgetful.shop.test/next", 200),
    ]


def test_a_long_chain_is_cut(ask):
    """Ten redirects are followed."""
    seen = ask("https://longchain.shop.test/")

    assert len(seen) == 11
    assert seen[-1].url == "https://longchain.shop.test/10"


def test_a_redirect_to_another_host_is_followed(ask):
    """The other host is resolved and checked like the first."""
    assert hops(ask("http://otherhost.shop.test/")) == [
        ("http://otherhost.shop.test/", 301),
        ("https://www.good.test/", 200),
    ]


def test_a_page_of_two_gigabytes_is_cut(ask):
    """The limit is exact, and the cut is told."""
    (page,) = ask("https://big.shop.test/", body_limit=100_000)

    assert len(page.body) == 100_000
    assert (page.truncated, page.cut) == (True, Cut.SIZE)


def test_a_page_of_exactly_the_limit_is_whole(ask):
    """Only what is left out counts as cut."""
    (page,) = ask("https://good.test/")

    (again,) = ask("https://good.test/", body_limit=len(page.body))

    assert (again.body, again.truncated, again.cut) == (page.body, False, None)


@pytest.mark.parametrize("path", ["", "br"])
def test_a_packed_page_is_not_opened(ask, path):
    """No bomb goes off, of gzip or of brotli: the body counts as not read."""
    (page,) = ask(f"https://packed.shop.test/{path}")

    assert (page.status, page.body, page.truncated, page.cut) == (200, "", True, Cut.PACKED)


def test_the_body_of_a_redirect_is_not_read(ask):
    """Be it without end."""
    seen = ask("https://fatredirect.shop.test/")

    assert hops(seen) == [("https://fatredirect.shop.test/", 302), ("https://www.good.test/", 200)]
    assert seen[0].body == ""


def test_early_hints_and_bad_lines_do_not_hide_the_header(ask):
    """The final answer counts, and a line without a colon is passed over as browsers do."""
    (page,) = ask("https://early.shop.test/")

    assert page.status == 200
    assert page.header("Strict-Transport-Security") == ("max-age=31536000; includeSubDomains",)
    assert page.header("Link") == ()


def test_a_bot_wall_is_a_response(ask):
    """What it means is for the checks to say."""
    (wall,) = ask("https://botwall.shop.test/")

    assert wall.status == 403
    assert wall.header("cf-mitigated") == ("challenge",)


@pytest.mark.parametrize(
    ("host", "kind", "words"),
    [
        ("refused.shop.test", Failure.REFUSED, "connection refused"),
        ("drop.shop.test", Failure.RESET, ""),
        ("reset.shop.test", Failure.RESET, ""),
        ("mute.shop.test", Failure.TIMEOUT, "timed out"),
        ("headerdrip.shop.test", Failure.TIMEOUT, "timed out"),
        ("headerflood.shop.test", Failure.OTHER, "sent more than is read of one answer"),
        ("nonsense.shop.test", Failure.OTHER, "the answer is not HTTP"),
        (
            "manyfields.shop.test",
            Failure.OTHER,
            "the answer is not HTTP: got more than 100 headers",
        ),
        ("nothing.test", Failure.DNS, "the name does not exist in the DNS"),
        ("noaddress.shop.test", Failure.DNS, "the name has no address in the DNS"),
        ("servfail.test", Failure.DNS, "the DNS could not tell its address"),
    ],
)
def test_each_way_to_fail_is_told_apart(ask, host, kind, words):
    """The kind is for checks, the words are for people."""
    (nothing,) = ask(f"http://{host}/", seconds=2.0)

    assert isinstance(nothing, NoResponse)
    assert nothing.kind is kind
    assert nothing.reason.startswith(words)


@pytest.mark.parametrize(
    ("host", "cut"), [("bodydrip.shop.test", Cut.TIME), ("chunkflood.shop.test", Cut.BROKEN)]
)
def test_what_came_of_a_page_before_it_broke_is_kept(ask, host, cut):
    """The page counts as cut."""
    (page,) = ask(f"https://{host}/", seconds=3.0)

    assert (page.truncated, page.cut) == (True, cut)
    assert 0 < len(page.body) < 100


def test_a_name_is_resolved_once(lab):
    """A zone that answers differently the second time (rebinding) changes nothing."""

    class Turning:
        """A resolver whose answer turns from public to private."""

        def __init__(self):
            self.addresses = [lab.address("good.test"), "10.0.0.1"]

        def ask(self, questions):
            from vendor_risk.checks.observations import Answer, DnsStatus

            address = self.addresses.pop(0)
            return (Answer("good.test", "A", DnsStatus.NOERROR, (address,)),)

    dial = PinnedDial(Turning(), lab.network())

    assert dial.pin("good.test") == dial.pin("good.test") == (lab.address("good.test"),)


def test_a_host_in_unicode_is_named_in_ascii(ask):
    """A redirect may spell it as people read it; servers know it only in A-labels."""
    (response,) = ask("https://b\u00fccher.shop.test/")

    assert response.status == 200


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/a b?c=d e", "GET /a%20b?c=d%20e HTTP/1.1"),
        ("/caf\u00e9", "GET /caf%C3%A9 HTTP/1.1"),
        ("/100%25?x=%41", "GET /100%25?x=%41 HTTP/1.1"),
        ("/a\u2028b\x85c", "GET /a%E2%80%A8b%C2%85c HTTP/1.1"),
    ],
)
def test_nothing_of_an_address_ends_a_line_of_the_request(ask, path, line):
    """A hostile Location cannot add headers or requests."""
    (response,) = ask(f"https://echo.shop.test{path}")

    assert response.body.splitlines()[0] == line
