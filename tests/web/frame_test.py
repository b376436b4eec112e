"""The frame: asset URLs, caching, the theme, safe returns, notices, and filters."""

import datetime
import re
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from tests.web.small_app import small_app
from vendor_risk.web.frame import asset_urls, chosen_theme, file_size, local_path, points

UTC = datetime.UTC
TODAY = datetime.date(2026, 11, 22)


@pytest.fixture
def app() -> Flask:
    app = small_app()
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def show(app: Flask, source: str, url: str = "/styleguide", **given: object) -> str:
    with app.test_request_context(url):
        return render_template_string(source, **given)


# ---- assets


def test_an_asset_url_changes_with_the_content(tmp_path: Path) -> None:
    """A browser that kept the old file asks for the new one."""
    asset = asset_urls(tmp_path)
    (tmp_path / "a.css").write_text("a {}")
    before = asset("a.css")
    (tmp_path / "a.css").write_text("a { color: red }")
    assert re.fullmatch(r"/static/a\.css\?v=[0-9a-f]{12}", asset("a.css"))
    assert asset("a.css") != before


def test_a_missing_asset_is_an_error(tmp_path: Path) -> None:
    """A page that names a file that is not there fails in the test, not in the browser."""
    with pytest.raises(FileNotFoundError):
        asset_urls(tmp_path)("gone.css")


def test_assets_keep_the_prefix_that_the_application_is_mounted_under(app: Flask) -> None:
    """Behind /risk/ the page asks for /risk/static/."""
    with app.test_request_context("/styleguide", base_url="http://localhost/risk/"):
        url = render_template_string("{{ asset('css/app.css') }}")
    assert url.startswith("/risk/static/css/app.css?v=")


def test_an_asset_with_its_hash_is_kept_for_ever(app: Flask, client: FlaskClient) -> None:
    """The content of such a URL can never change."""
    answer = client.get(show(app, "{{ asset('css/app.css') }}"))
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("query", ["", "?v=", "?v=000000000000"])
def test_an_asset_without_its_hash_is_asked_for_again(client: FlaskClient, query: str) -> None:
    """While two versions of the product serve side by side, none is kept under the other's name."""
    answer = client.get(f"/static/css/app.css{query}")
    assert answer.headers["Cache-Control"] == "no-cache"


def test_an_asset_is_never_taken_for_another_type(client: FlaskClient) -> None:
    """Browsers do not guess."""
    assert client.get("/static/img/favicon.svg").headers["X-Content-Type-Options"] == "nosniff"


# ---- theme and shortcuts


@pytest.mark.parametrize(
    ("wishes", "theme"),
    [((None,), "auto"), (("dark",), "dark"), (("pink", "light"), "light"), ((7, ""), "auto")],
)
def test_the_first_real_theme_is_chosen(wishes: tuple[object, ...], theme: str) -> None:
    """What is no theme is passed over; the system decides when nobody did."""
    assert chosen_theme(*wishes) == theme


def test_the_theme_is_the_systems_until_somebody_chooses(client: FlaskClient) -> None:
    """The page then names none, so CSS follows the system."""
    assert "data-theme" not in client.get("/styleguide").text


def test_a_chosen_theme_stays(client: FlaskClient) -> None:
    """The server remembers it from page to page."""
    client.post("/preferences", data={"theme": "dark"})
    assert '<html lang="en" dir="ltr" data-theme="dark">' in client.get("/styleguide").text


def test_single_keys_can_be_switched_off(client: FlaskClient) -> None:
    """WCAG 2.1.4: whoever speaks to the computer must be able to."""
    client.post("/preferences", data={"shortcuts": "off"})
    assert 'data-shortcuts="off"' in client.get("/styleguide").text


def test_a_preference_leads_back_to_the_page(client: FlaskClient) -> None:
    """Query and all."""
    answer = client.post("/preferences", data={"theme": "light", "next": "/styleguide?sort=name"})
    assert answer.location == "/styleguide?sort=name"


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "vendors",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/\t/evil.example/",
        "\n//evil.example",
        "javascript:alert(1)",
    ],
)
def test_a_return_never_leaves_the_site(target: str | None) -> None:
    """Whatever a form says, the browser stays here."""
    assert local_path(target) == "/"


# ---- notices


def test_a_notice_offers_undo_by_post(client: FlaskClient) -> None:
    """Undo instead of "are you sure"."""
    page = client.post("/styleguide", follow_redirects=True).text
    notice = page.split('class="page-head"')[0]
    assert 'action="/styleguide?undone=1"' in notice
    assert "nothing was changed" in notice


def test_a_notice_is_said_once(client: FlaskClient) -> None:
    """The page after the next is silent."""
    client.post("/styleguide", follow_redirects=True)
    assert "nothing was changed" not in client.get("/styleguide").text


def test_a_plain_flash_is_shown_too(app: Flask) -> None:
    """Other libraries flash a string under a category of their own, and its HTML stays text."""
    page = show(
        app,
        "{% set _ = session.update({'_flashes': [('success', '<b>Signed out</b>')]}) %}"
        "{% include '_ui/notices.html' %}",
    )
    assert "&lt;b&gt;Signed out&lt;/b&gt;" in page


# ---- URLs


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ("page=2", "/list?tier=1&amp;tier=2&amp;q=a+b&amp;page=2"),
        ("tier=none", "/list?q=a+b"),
        ("q='x&y'", "/list?tier=1&amp;tier=2&amp;q=x%26y"),
        ("tier=none, q=none", "/list"),
    ],
)
def test_a_url_keeps_what_is_not_changed(app: Flask, changes: str, url: str) -> None:
    """Filter, sort and page live in the URL side by side."""
    source = f"{{{{ url_with({changes}) }}}}"
    assert show(app, source, "/list?tier=1&tier=2&q=a+b") == url


# ---- dates and numbers


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ d|day }}", '<time datetime="2026-11-21">21 Nov 2026</time>'),
        (
            "{{ m|moment }}",
            '<time datetime="2026-11-21T05:10:00+00:00">21 Nov 2026, 06:10 CET</time>',
        ),
        ("{{ late|day }}", '<time datetime="2026-11-22">22 Nov 2026</time>'),
        ("{{ none|day }}{{ none|moment }}{{ none|due(t) }}{{ none|age(t) }}", ""),
        ("{{ d|due(t) }}", "1 day late"),
        ("{{ t|due(t) }}", "today"),
        ("{{ t|due(d) }}", "in 1 day"),
        ("{{ t|due(old) }}", "in 450 days"),
        ("{{ d|age(t) }}", "1 day"),
        ("{{ t|age(d) }}", "0 days"),
        ("{{ old|age(t) }}", "14 months"),
        ("{{ older|age(t) }}", "11 years"),
        ("{{ 1234567|number }}", "1,234,567"),
        ("{{ 8499|points }} {{ 10000|points }}", "84 100"),
        ("{{ 5999|percent }}", "59%"),
        ("{{ 4800000|money('EUR') }}", "EUR\xa048,000"),
        ("{{ 1995|money('USD') }}", "USD\xa019.95"),
        ("{{ 5000|money('JPY') }}", "JPY\xa05,000"),
        ("{{ none|money('EUR') }}", ""),
    ],
)
def test_dates_and_numbers_are_shown_in_words(app: Flask, source: str, words: str) -> None:
    """In the reader's zone, in the reader's notation, and cut rather than rounded up."""
    shown = show(
        app,
        source,
        d=datetime.date(2026, 11, 21),
        m=datetime.datetime(2026, 11, 21, 5, 10, tzinfo=UTC),
        late=datetime.datetime(2026, 11, 21, 23, 30, tzinfo=UTC),
        t=TODAY,
        old=datetime.date(2025, 8, 29),
        older=datetime.date(2015, 11, 1),
    )
    assert shown == words


def test_points_never_cross_a_line_by_rounding() -> None:
    """84.99 is a B and must not read 85, where A begins."""
    assert points(8499) == "84"


@pytest.mark.parametrize(
    ("size", "words"), [(999, "999 B"), (412_345, "412 KB"), (1_449_999, "1.4 MB")]
)
def test_file_sizes_are_short(app: Flask, size: int, words: str) -> None:
    """As file managers show them."""
    with app.test_request_context():
        assert file_size(size) == words


# ---- the frame itself


def test_the_title_says_that_the_form_has_errors(app: Flask) -> None:
    """Whoever hears the title first knows before reading on."""
    page = show(
        app,
        "{% extends 'base.html' %}{% block title %}Add vendor{% endblock %}",
        form={"errors": {"name": ["Enter a name"]}},
    )
    assert "<title>Error: Add vendor " in page


def test_the_heading_is_the_title_unless_a_page_says_otherwise(app: Flask) -> None:
    """One h1, with the object's name."""
    page = show(app, "{% extends 'base.html' %}{% block title %}Northwind{% endblock %}")
    assert re.findall(r"<h1>(.*?)</h1>", page) == ["Northwind"]


def test_the_navigation_marks_where_one_is_and_what_waits(client: FlaskClient) -> None:
    """Counts stand only where work waits."""
    page = client.get("/styleguide").text
    assert page.count('class="count"', 0, page.index('class="side-foot"')) == 3
    assert re.search(r'aria-current="page">.{0,200}Vendors</a>', page)


def test_somebody_unknown_sees_no_navigation() -> None:
    """An error page for strangers has the plain frame."""
    page = small_app(signed_in=False).test_client().get("/broken").text
    assert 'id="side"' not in page
    assert "The page could not be made" in page
