"""Fetching one list from real servers on loopback, good ones and bad ones."""

import itertools
import time

import pytest

from tests.feeds.server import Server, closed_port, leads, says
from vendor_risk.config import Settings, access
from vendor_risk.feeds.access import Access, FeedUnreachable
from vendor_risk.feeds.fetch import fetch

LIMIT = 1024 * 1024


def quick(**changes):
    """An access that does not wait long and visits what the settings would let it."""
    facts = {"seconds": 3, "silence_seconds": 0.5, "pause": 0.01}
    return Access("test", access(Settings(_env_file=None)).refusal, **facts | changes)


def got(url, **changes):
    """What fetching brings."""
    return fetch(url, quick(), **{"most_bytes": LIMIT} | changes)


def test_a_list_is_fetched_with_its_marks():
    """The next request can then ask for changes only."""
    marks = {"ETag": '"a"', "Last-Modified": "Sun, 22 Nov 2026 00:00:00 GMT"}
    with Server(says(b"[1]", headers=marks)) as server:
        answer = got(server.url)

    assert (answer.content, answer.etag) == (b"[1]", '"a"')
    assert answer.last_modified == "Sun, 22 Nov 2026 00:00:00 GMT"


def test_an_unchanged_list_is_not_sent_again():
    """The marks of the last answer are in the request, and 304 means nothing new."""
    with Server(says(b"", status=304)) as server:
        answer = got(server.url, etag='"a"', last_modified="Sun, 22 Nov 2026 00:00:00 GMT")

    asked = server.asked[0][1]
    assert answer.content is None
    assert asked["If-None-Match"] == '"a"'
    assert asked["If-Modified-Since"] == "Sun, 22 Nov 2026 00:00:00 GMT"


def test_a_server_in_trouble_is_asked_again():
    """An error and then the list: that is the list, and one try is left for a busy machine."""
    turns = iter((503, 200))

    def reply(handler):
        says(b"[2]", status=next(turns))(handler)

    with Server(reply) as server:
        answer = got(server.url)

    assert answer.content == b"[2]"
    assert len(server.asked) >= 2


def truncated(handler):
    """Promises more than it sends."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"[1,")


def broken_chunks(handler):
    """A piece and no end."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"3\r\n[1,\r\n")


def promises_much(handler):
    """Two gigabytes, and sends as long as somebody reads."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(2 * 1024**3))
    handler.end_headers()
    for _ in itertools.repeat(None, 2 * 1024):
        handler.wfile.write(b" " * 1024**2)


def drips(handler):
    """A byte now and then: never silent, never done."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def drips_headers(handler):
    """A header that never ends."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    for _ in range(200):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.1)


def silent(handler):
    """Nothing at all."""
    time.sleep(4)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (says(b"", status=404), "status 404"),
        (says(b"", status=500), "status 500"),
        (says(b"x", headers={"Content-Encoding": "gzip"}), "packs its answer"),
        (truncated, "broke off"),
        (broken_chunks, "broke off"),
        (promises_much, "longer than 1048576 bytes"),
        (drips, "took too long"),
        (drips_headers, "took too long"),
        (silent, "no answer within"),
        (leads("http://10.1.2.3/list.json"), "10.1.2.3, a private address"),
        (leads("http://169.254.169.254/latest"), "metadata address"),
        (leads("http://[::1]:1/"), "loopback"),
        (leads("http://localhost:1/"), "loopback"),
        (leads("file:///etc/passwd"), "no web address"),
        (leads("https://"), "no web address"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_bad_answer_is_a_reason(reply, words):
    """Whatever a server does, there is one sentence about it and an end."""
    with Server(reply) as server, pytest.raises(FeedUnreachable, match=words):
        got(server.url)


def test_another_port_of_the_named_server_is_not_named():
    """A list on loopback does not open all of loopback."""
    with (
        Server(says(b"[1]")) as other,
        Server(leads(other.url)) as server,
        pytest.raises(FeedUnreachable, match="loopback"),
    ):
        got(server.url)

    assert not other.asked


def test_a_redirect_on_the_same_server_is_followed():
    """The operator named that one."""

    def reply(handler):
        (says(b"[3]") if handler.path == "/there" else leads("/there"))(handler)

    with Server(reply) as server:
        assert got(server.url).content == b"[3]"


def test_redirects_in_a_circle_end():
    """After a handful."""
    with Server(leads("/list.json")) as server, pytest.raises(FeedUnreachable, match="redirects"):
        got(server.url)


def test_a_dead_server_is_a_reason():
    """Nobody answers there."""
    with pytest.raises(FeedUnreachable, match="could not be reached"):
        got(f"http://127.0.0.1:{closed_port()}/")


def test_a_server_that_nobody_named_must_be_public():
    """As of a registry that a list names."""
    with Server(says(b"[1]")) as server, pytest.raises(FeedUnreachable, match="loopback"):
        got(server.url, named="")
