"""Bytes from a web server as text."""

import time

import pytest

from vendor_risk.checks.observations import Response
from vendor_risk.observe.page import body_text, header_text, next_url, readable, refusal

FROM = "https://shop.example/a/b"


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("Bücher".encode(), "text/html", "Bücher"),
        ("Bücher".encode("latin-1"), "text/html; charset=ISO-8859-1", "Bücher"),
        ("本".encode("shift_jis"), 'text/html; charset="Shift_JIS"', "本"),
        (b"B\xfccher", "text/html; charset=utf-8", "B\ufffdcher"),
        (b"a\x00b", "text/html", "a\ufffdb"),
        ("Bücher".encode(), "text/html; charset=nonsense", "Bücher"),
        ("Bücher".encode(), "text/html; charset=iso-8859-99", "Bücher"),
    ],
)
def test_a_page_is_read_in_its_own_encoding(body, content_type, text):
    """What does not fit is marked and never stops the reading."""
    assert body_text(body, content_type) == text


@pytest.mark.parametrize("encoding", ["punycode", "idna", "unicode_escape", "utf-7", "zlib"])
def test_an_encoding_that_is_none_of_pages_is_not_used(encoding):
    """A host cannot pick a slow or strange decoder of Python."""
    began = time.process_time()

    assert body_text(b"-" * 400_000, f"text/html; charset={encoding}") == "-" * 400_000
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("received", "text"),
    [
        ("max-age=1", "max-age=1"),
        ("B\xc3\xbccher", "Bücher"),
        ("B\xfccher", "Bücher"),
        ("one\r\n  two", "one two"),
        ("a\x00b", "a\ufffdb"),
    ],
)
def test_a_header_field_becomes_text(received, text):
    """UTF-8 is recognised, folded lines are joined, NUL is replaced."""
    assert header_text(received) == text


@pytest.mark.parametrize(
    ("status", "location", "url"),
    [
        (301, "https://www.shop.example/", "https://www.shop.example/"),
        (302, "/c", "https://shop.example/c"),
        (303, "c", "https://shop.example/a/c"),
        (307, "//other.example/c", "https://other.example/c"),
        (308, " /c#part ", "https://shop.example/c"),
        (302, "http://[half", "http://[half"),
        (200, "/c", None),
        (304, "/c", None),
    ],
)
def test_a_redirect_leads_on(status, location, url):
    """Locations are joined to the URL asked; the fragment stays behind."""
    assert next_url(Response(FROM, status, (("Location", location),))) == url


def test_a_redirect_without_a_location_leads_nowhere():
    """Such a response is a page like any other."""
    assert next_url(Response(FROM, 302)) is None


@pytest.mark.parametrize(
    ("headers", "is_text"),
    [
        ((), True),
        ((("Content-Type", "text/html; charset=utf-8"),), True),
        ((("Content-Type", "application/xhtml+xml"),), True),
        ((("Content-Type", "image/png"),), False),
        ((("Content-Type", "application/octet-stream"),), False),
        ((("Content-Encoding", "identity"),), True),
        ((("Content-Encoding", "gzip"),), False),
        ((("Content-Encoding", "br"),), False),
        ((("Content-Encoding", "identity"), ("Content-Encoding", "zstd")), False),
    ],
)
def test_only_text_that_is_not_packed_is_read(headers, is_text):
    """Images are of no use, and packed bodies are never opened."""
    assert readable(Response(FROM, 200, headers)) is is_text


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://shop.example/", ""),
        ("https://shop.example:443/", ""),
        ("http://shop.example:80/", ""),
        ("https://shop.example:8443/", "port 8443 is not visited"),
        ("http://shop.example:443/", "port 443 is not visited"),
        ("ftp://shop.example/", "the scheme ftp: is not visited"),
        ("javascript:alert(1)", "the scheme javascript: is not visited"),
        ("https:///path", "names no host"),
        ("http://[half", "cannot be read"),
        ("https://shop.example:99999/", "cannot be read"),
        ("https://shop.example/" + "a" * 9000, "longer than 8192"),
    ],
)
def test_only_ordinary_web_addresses_are_asked_for(url, words):
    """Other schemes and ports are not ours to visit."""
    refused = refusal(url)

    assert words in refused
    assert bool(refused) is bool(words)
