"""How Set-Cookie headers are read."""

import json
from datetime import UTC, datetime

import pytest

from tests.checks.conftest import conformance_cases
from vendor_risk.checks.cookies import Cookie, fault_of_prefix, moment, parse

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_cookie_with_everything():
    """Names of attributes in any case, values as they stand."""
    header = "id=a=b; PATH=/x; domain=.Shop.example; secure; HttpOnly; SameSite=Lax; Max-Age=60"

    read = parse(header)

    assert read == Cookie(
        "id",
        "a=b",
        secure=True,
        http_only=True,
        same_site="Lax",
        domain="shop.example",
        path="/x",
        max_age=60,
        attributes=header[len("id=a=b") :],
    )


@pytest.mark.parametrize(
    ("header", "pair"),
    [
        ("a=b", ("a", "b")),
        (" a \t= b ;Secure", ("a", "b")),
        ("a", ("", "a")),
        ("=a", ("", "a")),
        ("a=", ("a", "")),
        ('a="b;c"', ("a", '"b')),
        ("=", None),
        ("", None),
        ("; Secure", None),
        ("a=b\x00c", None),
        ("a=b\nc", None),
        ("a=b; Path=\x7f", None),
        ("a=\tb", ("a", "b")),
        ("a" + "=" + "b" * 4095, ("a", "b" * 4095)),
        ("a" + "=" + "b" * 4096, None),
        ("a=b;" + "x" * 70_000, None),
    ],
)
def test_name_and_value(header, pair):
    """Up to the first semicolon and around the first equals sign; None for what is dropped."""
    read = parse(header)

    assert (read and (read.name, read.value)) == pair


@pytest.mark.parametrize(
    ("attributes", "field", "value"),
    [
        ("Path=/a; Path=/", "path", "/"),
        ("Path=/; Path=/a", "path", "/a"),
        ("Path=/; Path=", "path", ""),
        ("Path=a", "path", ""),
        ("Path=/" + "a" * 1023, "path", "/" + "a" * 1023),
        ("Path=/" + "a" * 1024, "path", ""),
        ("Domain=a.example; Domain=b.example", "domain", "b.example"),
        ("Domain=a.example; Domain=", "domain", ""),
        ("Domain=..a.example", "domain", ".a.example"),
        ("SameSite=Lax; SameSite=None", "same_site", "None"),
        ("SameSite=None; samesite=Strict", "restricts", "strict"),
        ("SameSite", "same_site", ""),
        ("SameSite=sometimes", "restricts", ""),
        ("Secure=false", "secure", True),
        ('"Secure"', "secure", False),
        ("Secure HttpOnly", "secure", False),
        ("Secure HttpOnly", "http_only", False),
        ("Max-Age=60; Max-Age=0", "max_age", 0),
        ("Max-Age=60; Max-Age=1.5", "max_age", 60),
        ("Max-Age=-1", "max_age", -1),
        ("Max-Age=-", "max_age", None),
        ("Max-Age=+5", "max_age", None),
        ("Max-Age=", "max_age", None),
        ("Expires=never", "expires", None),
        ("a;" * 100 + "Secure", "secure", False),
    ],
)
def test_attributes(attributes, field, value):
    """Of an attribute that stands twice the last that can be read counts."""
    assert getattr(parse(f"a=b; {attributes}"), field) == value


@pytest.mark.parametrize(
    ("attributes", "ended"),
    [
        ("", False),
        ("Max-Age=0", True),
        ("Max-Age=-1", True),
        ("Max-Age=1", False),
        ("Expires=Thu, 01 Jan 1970 00:00:00 GMT", True),
        ("Expires=Sun, 22 Nov 2026 00:00:00 GMT", True),
        ("Expires=Sun, 22 Nov 2026 00:00:01 GMT", False),
        ("Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", False),
        ("Max-Age=0; Expires=Fri, 01 Jan 2038 00:00:00 GMT", True),
    ],
)
def test_a_cookie_that_is_deleted(attributes, ended):
    """Max-Age is stronger than Expires."""
    assert parse(f"a=b; {attributes}").ended(NOW) is ended


@pytest.mark.parametrize(
    ("domain", "host", "belongs"),
    [
        ("", "shop.example", True),
        ("shop.example", "shop.example", True),
        ("shop.example", "www.shop.example", True),
        ("www.shop.example", "shop.example", False),
        ("other.example", "shop.example", False),
        ("com", "shop.com", False),
        ("op.example", "shop.example", False),
    ],
)
def test_the_host_that_may_set_it(domain, host, belongs):
    """Browsers drop a cookie for another host or for a whole suffix."""
    assert parse(f"a=b; Domain={domain}").belongs(host) is belongs


@pytest.mark.parametrize(
    ("header", "encrypted", "words"),
    [
        ("__Host-a=b; Secure; Path=/", True, ""),
        ("__HOST-a=b; Secure; Path=/", True, ""),
        ("__Secure-a=b; Secure; Domain=shop.example; Path=/x", True, ""),
        ("__Secure-a=b; Path=/", True, "Secure"),
        ("__Secure-a=b; Secure", False, "http"),
        ("__Host-a=b; Path=/", True, "Secure"),
        ("__Host-a=b; Secure", True, "Path"),
        ("__Host-a=b; Secure; Path=/x", True, "Path"),
        ("__host-a=b; Secure; Path=/; Domain=shop.example", True, "Domain"),
        ("__Host-a=b; Secure; Path=/; Domain=", True, ""),
        ("__Host-a=b; Secure; Path=/", False, "http"),
        ("=__Host-a=b; Secure; Path=/", True, "no name"),
        ("__Secure-", True, "no name"),
        ("a__Host-=b", True, ""),
        ("__Hosta=b", True, ""),
    ],
)
def test_the_promises_of_a_prefix(header, encrypted, words):
    """What browsers demand before they keep such a cookie."""
    fault = fault_of_prefix(parse(header), encrypted=encrypted)

    assert bool(fault) == bool(words)
    assert words in fault


@pytest.mark.parametrize(
    "name",
    [
        *("PHPSESSID", "JSESSIONID", "ASP.NET_SessionId", "connect.sid", "laravel_session", "sid"),
        *("sessionid", "session", "_shop_session", "__Host-session", "__Secure-next-auth.session"),
        *(".AspNetCore.Identity.Application", ".ASPXAUTH", "wordpress_logged_in_0a1b", "jwt"),
        *("auth_token", "access-token", "remember_web_59ba", "SSESS0123456789abcdef", "SID"),
        *("ASPSESSIONIDQQABCD", "fe_typo_user", "frontend", "user-login", "CFID", "wp_session_1"),
    ],
)
def test_cookies_of_a_session(name):
    """The names that frameworks give them."""
    assert parse(f"{name}=c2Vzc2lvbg").carries_session


@pytest.mark.parametrize(
    "header",
    [
        *("language=en", "theme=dark", "csrftoken=abcdefgh", "XSRF-TOKEN=abcdefgh", "_ga=GA1.2.3"),
        *("heroku-session-affinity=abcdefgh", "_hjSession_12=abcdefgh", "ai_session=abcdefgh"),
        *("incap_ses_1_2=abcdefgh", "AWSALB=abcdefgh", "OptanonConsent=a", "AMP_TOKEN=abcdefgh"),
        *("session=", 'session=""', "session=deleted", "logged_in=no", "inside=abcdefgh"),
        *("basid=abcdefgh", "sessile=abcdefgh", "author=me", "a", "__cf_bm=abcdefgh"),
    ],
)
def test_cookies_of_nobody(header):
    """Settings, counters, load balancers, tokens against forged requests, and empty ones."""
    assert not parse(header).carries_session


@pytest.mark.parametrize("name", ["dates_examples.json", "dates_bsd-examples.json"])
def test_dates_agree_with_the_working_group(name):
    """Every date of its tests, the ones that browsers refuse too."""
    wrong = []
    for case in json.loads(conformance_cases(f"cookies/{name}")):
        read, expected = moment(case["test"]), case["expected"]
        shown = read.strftime("%a, %d %b %Y %H:%M:%S GMT") if read else None
        if shown != expected:
            wrong.append((case, shown))

    assert wrong == []


# A cookie without a name is one since RFC 6265bis, and control characters drop the whole cookie.
OTHER_RULES = {"disabled-chromium0022", "disabled-chromium0023", "0028", "disabled-chromium0020"}


def test_cookies_agree_with_the_working_group():
    """Every header that stands alone and depends on no path or domain."""
    then = datetime(2011, 1, 1, tzinfo=UTC)
    wrong = []
    for case in json.loads(conformance_cases("cookies/parser.json"))["cases"]:
        lines = case["set_cookie_headers_and_request"].rstrip("\n").split("\n")
        if len(lines) != 1 or case["id"] in OTHER_RULES or "ath" in lines[0]:
            continue
        read = parse(lines[0].partition(":")[2].strip(" "))
        kept = read and read.name and not read.secure and not read.ended(then)
        sent = f"Cookie: {read.name}={read.value}" if kept and not read.domain else ""
        if sent != case["expected_cookie_header"].rstrip("\n"):
            wrong.append((case, sent))

    assert wrong == []
