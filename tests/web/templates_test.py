"""Rules that hold for every template: strict CSP, known icons, known classes, shown macros."""

import re
from pathlib import Path

import pytest

from tests.web.small_app import small_app
from vendor_risk.resources import checkout, data_dir

TEMPLATES = data_dir("templates")
STATIC = data_dir("static")
PACKAGE = Path(str(checkout() or "")) / "vendor_risk"
PAGES = sorted(
    path
    for path in TEMPLATES.rglob("*.html")
    if path.relative_to(TEMPLATES).parts[0] not in ("reports", "mail")  # paper and mail: no CSP
)
MADE = "\0"  # stands where an expression makes part of a name
FORBIDDEN = {
    "inline style": r"\sstyle\s*=",
    "style element": r"<style\b",
    "inline handler": r"""\son(?!e\b|ly\b)[a-z]+\s*=\s*["']""",
    "inline script": r"<script(?![^>]*\bsrc=)[^>]*>",
    "script URL": r"javascript:",
    "htmx handler": r"\bhx-on\b",
    "htmx boost": r"\bhx-boost\b",
    "htmx script value": r"""hx-va(?:ls|rs)=["']js:""",
    "htmx trigger filter": r"""hx-trigger=["'][^"']*\[""",
    "foreign asset": r"""(?:src|href)=["'](?:https?:)?//""",
}


def named(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


def breaches(text: str) -> list[str]:
    """The names of the forbidden things that the text holds."""
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", text, flags=re.S)
    return [name for name, pattern in FORBIDDEN.items() if re.search(pattern, bare, re.I)]


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_nothing_in_a_template_needs_a_weaker_policy(path: Path) -> None:
    """No inline style or script, and no htmx feature that needs eval."""
    assert breaches(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('<p style="color:red">', "inline style"),
        ("<STYLE>p{}</STYLE>", "style element"),
        ('<a href="#" onclick="x()">', "inline handler"),
        ("<script>x()</script>", "inline script"),
        ('<a href="javascript:x()">', "script URL"),
        ('<p hx-on:click="x()">', "htmx handler"),
        ('<p hx-boost="true">', "htmx boost"),
        ("<p hx-vals='js:{a:1}'>", "htmx script value"),
        ('<p hx-trigger="click[ctrlKey]">', "htmx trigger filter"),
        ('<script src="https://cdn.example/x.js"></script>', "foreign asset"),
    ],
)
def test_the_rules_find_what_they_forbid(text: str, name: str) -> None:
    """A rule that finds nothing would hold for ever."""
    assert name in breaches(text)


def listed_icons() -> set[str]:
    lines = (TEMPLATES / "_ui" / "icons.txt").read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def sources() -> str:
    python = [path for path in PACKAGE.rglob("*.py") if path.parts[-2] != "models"]
    return "\n".join(
        path.read_text(encoding="utf-8") for path in [*TEMPLATES.rglob("*.html"), *python]
    )


def test_every_icon_that_is_asked_for_is_in_the_sprite() -> None:
    """A name that is not in icons.txt would show nothing, without an error."""
    asked = re.findall(r"""\bicon(?:_name)?(?:\(|=|['"]:)\s*['"]([a-z0-9-]+)['"]""", sources())
    assert set(asked) - listed_icons() == set()


def test_every_icon_in_the_sprite_is_used() -> None:
    """The sprite carries no dead weight."""
    quoted = set(re.findall(r"""['"]([a-z0-9]+(?:-[a-z0-9]+)*)['"]""", sources()))
    assert listed_icons() - quoted == set()


def test_the_sprite_is_cut_from_the_list() -> None:
    """What `hatch_build.py` made and what icons.txt lists are the same."""
    sprite = (STATIC / "vendor" / "icons.svg").read_text(encoding="utf-8")
    assert set(re.findall(r'<symbol id="i-([a-z0-9-]+)"', sprite)) == listed_icons()


def classes_used(html: str) -> set[str]:
    names = " ".join(re.findall(r'class="([^"]*)"', html)).split()
    return {name for name in names if MADE not in name}


def classes_defined(*sheets: str) -> set[str]:
    css = "".join((STATIC / sheet).read_text(encoding="utf-8") for sheet in sheets)
    return set(
        re.findall(r"\.([a-zA-Z][a-zA-Z0-9_-]*)", re.sub(r"/\*.*?\*/|url\([^)]*\)", "", css))
    )


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_class_in_a_template_is_defined(path: Path) -> None:
    """A misspelt class would silently be no style."""
    source = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.S)
    source = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", MADE, source, flags=re.S)
    known = classes_defined("css/app.css", "vendor/bootstrap.min.css")
    assert classes_used(source) - known == set()


def test_every_class_that_macros_make_is_defined() -> None:
    """Those that are put together from values, such as tone-critical."""
    page = small_app().test_client().get("/styleguide").text
    known = classes_defined("css/app.css", "vendor/bootstrap.min.css")
    assert classes_used(page) - known == set()


def test_every_class_of_the_style_sheet_is_used() -> None:
    """A rule that no page needs is gone."""
    page = small_app().test_client().get("/styleguide").text
    words = set(re.findall(r"[a-zA-Z][a-zA-Z0-9_-]*", sources() + page))
    made = {f"plain-{width}" for width in ("narrow", "medium", "wide")}
    made |= {f"w-{size}" for size in ("xs", "s", "m", "l")}
    assert classes_defined("css/app.css") - words - made == set()


def test_every_macro_is_shown_on_the_style_guide() -> None:
    """What the guide does not show, nobody has looked at."""
    ui = (TEMPLATES / "_ui" / "ui.html").read_text(encoding="utf-8")
    names = {
        name.strip()
        for left in re.findall(r"\{%- set ([a-z_, ]+) =", ui)
        for name in left.split(",")
    }
    guide = (TEMPLATES / "styleguide" / "show.html").read_text(encoding="utf-8")
    assert names - set(re.findall(r"\bui\.([a-z_]+)\(", guide)) == {"mark"}


def test_ui_html_hands_on_every_public_macro() -> None:
    """One import gives them all."""
    pieces = {"described", "hint_and_error", "label_words", "control", "choice_cards"}
    defined = (
        {
            name
            for path in (TEMPLATES / "_ui").glob("*.html")
            for name in re.findall(r"\{%-? macro ([a-z_]+)\(", path.read_text(encoding="utf-8"))
        }
        - pieces
        - {"error_links"}
    )
    ui = (TEMPLATES / "_ui" / "ui.html").read_text(encoding="utf-8")
    handed = set(re.findall(r"\b[a-z]+\.([a-z_]+)\b", ui)) - {"html"}
    assert defined == handed
