"""The harness finds what it is there to find: one fault at a time in a healthy page."""

from collections.abc import Iterator

import pytest
from flask import Flask, Response
from playwright.sync_api import BrowserContext

from tests.browser.harness import audit, live

pytestmark = pytest.mark.browser

HEALTHY = (
    "<!doctype html><html lang='en'><head><title>Healthy</title>"
    "<meta name='viewport' content='width=device-width, initial-scale=1'>{head}</head>"
    "<body><main><h1>Healthy</h1>{main}</main></body></html>"
)
CSP = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'"
FAULTS = {
    "healthy": ("", "", []),
    "label": ("", "<input>", ["axe", "label"]),
    "contrast": ("<link rel='stylesheet' href='/pale.css'>", "<p>Pale</p>", ["color-contrast"]),
    "dark": ("<link rel='stylesheet' href='/dark.css'>", "<p>Gone at night</p>", ["dark"]),
    "wide": ("", "<pre>" + "0123456789" * 45 + "</pre>", ["overflow at 390 px"]),
    "phone": ("", "<pre>" + "0123456789" * 5 + "</pre>", ["overflow at 320 px"]),
    "inline": ("", "<p style='color:red'>Red</p>", ["CSP", "style-src"]),
    "script": ("<script>1</script>", "", ["CSP", "script-src"]),
    "thrown": ("<script src='/throw.js'></script>", "", ["console", "thrown on purpose"]),
    "icon": ("", "<svg><use href='/a.svg#i-nothing'/></svg>", ["icon", "i-nothing is not"]),
    "missing": ("", "<img src='/none.png' alt=''>", ["console", "404"]),
}
FILES = {
    "a.svg": ("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "pale.css": ("text/css", "p { color: #bbb; background: #fff }"),
    "dark.css": (
        "text/css",
        "p { color: #000; background: #fff }"
        "@media (prefers-color-scheme: dark) { p { color: #999 } }",
    ),
    "throw.js": ("text/javascript", "throw new Error('thrown on purpose')"),
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    app = Flask(__name__, static_folder=None)

    @app.get("/page/<fault>")
    def page(fault: str) -> Response:
        head, main, _ = FAULTS[fault]
        answer = Response(HEALTHY.format(head=head, main=main))
        answer.headers["Content-Security-Policy"] = CSP
        return answer

    @app.get("/gone")
    def gone() -> tuple[str, int]:
        return HEALTHY.format(head="", main=""), 410

    @app.get("/favicon.ico")
    def icon() -> tuple[str, int]:
        return "", 204

    @app.get("/<name>")
    def file(name: str) -> Response:
        if name not in FILES:
            return Response(status=404)
        kind, text = FILES[name]
        return Response(text, content_type=kind)

    with live(app) as address:
        yield address


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(context: BrowserContext, address: str, fault: str) -> None:
    """And in a healthy page none is."""
    problems = "\n".join(audit(context, f"{address}/page/{fault}", widths=(1440, 390, 320)))
    words = FAULTS[fault][2]
    assert [word for word in words if word not in problems] == []
    assert bool(problems) == bool(words), problems


def test_a_fault_of_one_width_is_not_laid_to_another(context: BrowserContext, address: str) -> None:
    """What overflows at 320 px fits at 1440."""
    problems = audit(context, f"{address}/page/phone", widths=(1440, 320), themes=("light",))
    assert [words[:21] for words in problems] == ["overflow at 320 px, l"]


def test_a_wrong_status_is_found(context: BrowserContext, address: str) -> None:
    """A beautiful error page is no success."""
    problems = audit(context, f"{address}/gone", widths=(1440,), themes=("light",))
    assert problems[0] == "status, light: 410 instead of 200"


def test_an_expected_error_is_no_fault(context: BrowserContext, address: str) -> None:
    """Chromium's own line about the status does not count."""
    problems = audit(context, f"{address}/gone", widths=(1440,), themes=("light",), expect=410)
    assert problems == []


def test_a_file_without_an_answer_is_found(context: BrowserContext, address: str) -> None:
    """Unlike one that a person broke off by going on."""
    page = context.new_page()
    page.route("**/none.png", lambda route: route.abort("connectionrefused"))
    problems = "\n".join(audit(page, f"{address}/page/missing", widths=(1440,)))
    assert "no answer from" in problems
    page.unroute("**/none.png")
    page.route("**/none.png", lambda route: route.abort("aborted"))
    problems = "\n".join(audit(page, f"{address}/page/missing", widths=(1440,)))
    assert "no answer from" not in problems
