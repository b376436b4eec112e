"""Opens pages in a real Chromium and names what is wrong with them.

    with live(app) as address:
        problems = audit(browser_context, f"{address}/vendors")
        screenshot(browser_context, f"{address}/vendors", "vendors.png", width=390, theme="dark")

A context is a person's browser: sign in once with it, then audit page after page. `audit` loads
the page once and asks, in each theme and at each width, for accessibility violations (axe),
breaches of the page's own CSP, errors in the console, failed requests, sideways overflow and
icons that the sprite lacks. What axe has found out in one theme it is not asked again in the
next: a theme is a matter of colours alone, so only its rules on colours are.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Literal

from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Playwright,
    Request,
    Response,
)
from werkzeug.serving import WSGIRequestHandler, make_server

ROOT = Path(__file__).resolve().parents[2]
# Debian's headless build of Chromium: the same engine without windows, at two thirds of the CPU.
CHROMIUM = "/usr/bin/chromium-headless-shell"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    # One process for each person instead of one for each page and a spare one.
    "--renderer-process-limit=1",
    "--disable-site-isolation-trials",
)
WIDTHS = (1440, 390, 320)
NARROWEST = 320  # laid out as at 390, so that axe has nothing new to say; what overflows does
HEIGHT = 900
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
RULES = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}

LISTEN = """
window.cspBreaches = [];
document.addEventListener('securitypolicyviolation', (event) =>
  window.cspBreaches.push(`${event.effectiveDirective} refused ${event.blockedURI || 'inline'}` +
    ` at ${event.sourceFile || 'the page'}:${event.lineNumber}`));
"""
OVERFLOW = """
() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const edge = root.clientWidth;
  const clipped = (element) => {
    for (let up = element.parentElement; up; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== 'visible') return up !== root && up !== document.body;
    }
    return false;
  };
  const wide = [...document.body.querySelectorAll('*')].filter((element) =>
    element.getBoundingClientRect().right > edge + 0.5 && !clipped(element));
  const leaves = wide.filter((element) => !wide.some((other) =>
    other !== element && element.contains(other)));
  return [`${root.scrollWidth} px wide`, ...leaves.slice(0, 3).map((element) =>
    element.outerHTML.slice(0, 120))];
}
"""
ICONS = """
() => [...document.querySelectorAll('svg > use')].map((use) =>
  (use.getAttribute('href') || '').split('#')[1])
"""
AXE = """
async (rules) => {
  const found = await axe.run(document, {
    runOnly: rules, resultTypes: ['violations'] });
  return found.violations.flatMap((violation) => violation.nodes.slice(0, 5).map((node) =>
    `${violation.id}: ${node.target.join(' ')} (${(node.failureSummary || '')
      .split('\\n').slice(1).join(' ').trim().slice(0, 200)})`));
}
"""


def launch(playwright: Playwright) -> Browser:
    """A Chromium of its own, with an empty profile."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: a test's output is for what failed."""


@contextmanager
def live(app: Flask) -> Iterator[str]:
    """The application served on a free port of loopback; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@cache
def _axe() -> str:
    return (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@cache
def _icons() -> frozenset[str]:
    sprite = (ROOT / "static" / "vendor" / "icons.svg").read_text(encoding="utf-8")
    return frozenset(re.findall(r'<symbol id="([^"]+)"', sprite))


@contextmanager
def _page(place: Page | BrowserContext) -> Iterator[Page]:
    if isinstance(place, Page):
        yield place
        return
    page = place.new_page()
    try:
        yield page
    finally:
        page.close()


def audit(
    place: Page | BrowserContext,
    url: str,
    *,
    widths: Sequence[int] = WIDTHS,
    themes: Sequence[Theme] = THEMES,
    expect: int = 200,
) -> list[str]:
    """What is wrong with the page, each problem with the width and theme it shows at.

    `expect` is the status of a page that is meant to be an error. Give a Page to audit it as it
    is reached by clicking: with `url` "" the page is judged as it stands, without loading it.
    """
    problems: list[str] = []
    heard: list[str] = []
    with _page(place) as page:
        page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: heard.append(f"uncaught {error}"))
        page.on("requestfailed", lambda failed: heard.extend(_unanswered(failed)))
        page.add_init_script(LISTEN)
        for number, theme in enumerate(themes):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.set_viewport_size({"width": widths[0], "height": HEIGHT})
            if number == 0:
                if url:
                    problems += _status(page.goto(url, wait_until="load"), expect, theme)
                page.evaluate(_axe())
            # In the other theme only colours differ, and axe is most of what an audit costs: one
            # width, another one from page to page, so that the frame of all is seen at each.
            shown = widths if number == 0 else [widths[len(url) % len(widths)]]
            for width in shown:
                page.set_viewport_size({"width": width, "height": HEIGHT})
                at = f"at {width} px, {theme}"
                rules = RULES if number == 0 else COLOURS
                if number or width != NARROWEST or len(widths) == 1:
                    problems += [f"axe {at}: {words}" for words in page.evaluate(AXE, rules)]
                wide = page.evaluate(OVERFLOW)
                problems += [f"overflow {at}: {'; '.join(wide)}"] if wide else []
            breaches = page.evaluate("() => window.cspBreaches?.splice(0) ?? []")
            problems += [f"CSP, {theme}: {words}" for words in breaches]
            problems += [f"console, {theme}: {words}" for words in _unexpected(heard, expect)]
            heard.clear()
        lacking = sorted(set(page.evaluate(ICONS)) - _icons())
        problems += [f"icon: {name} is not in the sprite" for name in lacking]
    return problems


def follow(page: Page, link: Locator) -> None:
    """Click what leads to another page, and be there: a click alone returns on the old one."""
    with page.expect_navigation(wait_until="load"):
        link.click()


def _unanswered(failed: Request) -> list[str]:
    """A request that got no answer; one that a person broke off by going on is no fault."""
    if failed.failure == "net::ERR_ABORTED":
        return []
    return [f"no answer from {failed.url}: {failed.failure}"]


def _status(answer: Response | None, expect: int, theme: str) -> list[str]:
    if answer is None or answer.status == expect:
        return []
    return [f"status, {theme}: {answer.status} instead of {expect}"]


def _unexpected(heard: list[str], expect: int) -> list[str]:
    """What was said, without Chromium's line about the status that we asked for."""
    return [words for words in heard if expect == 200 or f"status of {expect}" not in words]


def screenshot(
    place: Page | BrowserContext,
    url: str,
    path: str | Path,
    *,
    width: int = 1440,
    theme: Theme = "light",
    full: bool = True,
) -> None:
    """The page as a PNG, whole or only what the window shows."""
    with _page(place) as page:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.goto(url, wait_until="load")
        page.evaluate("() => document.fonts.ready")
        page.screenshot(path=str(path), full_page=full)
