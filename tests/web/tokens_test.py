"""The colours of static/css/app.css: each is a token, and each pair can be read in both themes."""

import hashlib
import re

import pytest

from vendor_risk.resources import data_dir

CSS = (data_dir("static") / "css" / "app.css").read_text(encoding="utf-8")
TOKEN = re.compile(r"^  --([a-z0-9-]+): light-dark\((#[0-9a-f]{6,8}), (#[0-9a-f]{6,8})\);$", re.M)
TOKENS = {name: {"light": day, "dark": night} for name, day, night in TOKEN.findall(CSS)}
SOFT = ("critical", "high", "medium", "low", "informational", "good")

# (text, ground): 4.5 by WCAG 2.2 success criterion 1.4.3
TEXT = [
    *((text, ground) for text in ("ink", "muted") for ground in ("page", "surface", "surface-2")),
    *((text, "rail") for text in ("ink", "muted")),
    ("ink", "accent-soft"),
    ("muted", "accent-soft"),
    ("muted", "track"),
    *((text, ground) for text in ("link", "link-strong") for ground in ("page", "surface")),
    ("link", "surface-2"),
    ("link", "accent-soft"),
    ("link-strong", "surface-2"),
    ("link-strong", "accent-soft"),
    *((f"{tone}-fg", f"{tone}-bg") for tone in (*SOFT, "grade-b")),
    *((f"{tone}-fg", "surface") for tone in ("critical", "good")),
    *((f"{tone}-fg", "page") for tone in ("critical", "good")),
    *((f"{tone}-fg", "surface-2") for tone in ("critical", "good")),
    *((f"{tone}-fg", "accent-soft") for tone in ("critical", "good")),
    *(("on-button", f"button{state}") for state in ("", "-hover", "-active")),
    *(("on-button", f"danger{state}") for state in ("", "-hover")),
    ("muted", "band-a"),
    ("muted", "band-b"),
    ("muted", "band-c"),
    ("muted", "band-d"),
    ("muted", "band-f"),
]

# (graphic, ground): 3 by success criterion 1.4.11
GRAPHICS = [
    *((tone, "surface") for tone in SOFT),
    *(("field", ground) for ground in ("surface", "surface-2", "page")),
    *(("focus", ground) for ground in ("surface", "surface-2", "page", "rail", "accent-soft")),
    *(("accent", ground) for ground in ("surface", "track", "accent-soft")),
    *((ink, "surface") for ink in ("plot", "plus", "minus")),
    *(("plot", f"band-{letter}") for letter in "abcdf"),
    *((tone, "track") for tone in ("critical", "high")),
    ("mark-sheet", "mark-ground"),
]

# grounds, hairlines and shadows: they separate, but nothing is read from them alone
QUIET = {"border", "hair", "shade", "mark-fold"}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    """The measure itself is right at its end."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_can_be_read(text: str, ground: str, theme: str) -> None:
    """Each text token stands out from each ground it is used on."""
    assert contrast(TOKENS[text][theme], TOKENS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("graphic", "ground"), GRAPHICS)
def test_graphics_can_be_seen(graphic: str, ground: str, theme: str) -> None:
    """Each mark, border of a control and focus ring stands out from its ground."""
    assert contrast(TOKENS[graphic][theme], TOKENS[ground][theme]) >= 3


def test_every_token_is_measured() -> None:
    """A new colour cannot come in without a pair."""
    measured = {name for pair in TEXT + GRAPHICS for name in pair}
    assert set(TOKENS) - measured - QUIET == set()


def test_every_colour_is_a_token() -> None:
    """No rule below the tokens names a colour, so none escapes the measure or the dark theme."""
    rules = re.sub(r"/\*.*?\*/", "", TOKEN.sub("", CSS), flags=re.S)
    rules = re.sub(r'url\("data:[^"]*"\)', "", rules)
    literal = re.compile(
        r":[^;{}]*?(#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(|\b(?:white|black|red)\b)"
    )
    assert [found.group(1) for found in literal.finditer(rules)] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chevron_of_a_select_is_seen_in_both_themes(theme: str) -> None:
    """Its grey stands inside an image, where no token reaches."""
    (grey,) = re.findall(r"stroke='%23([0-9a-f]{6})'", CSS)
    assert contrast(f"#{grey}", TOKENS["surface"][theme]) >= 3


def test_every_variable_is_defined_and_used() -> None:
    """A misspelt token would silently be no colour; an unused one is dead."""
    defined = set(re.findall(r"^\s*--(?!bs-)([a-z0-9-]+):", CSS, flags=re.M))
    used = set(re.findall(r"var\(--(?!bs-)([a-z0-9-]+)\)", CSS))
    assert (used - defined, defined - used) == (set(), set())


def test_fonts_carry_the_hash_of_their_content() -> None:
    """The style sheet asks for the very bytes that are there, so they may be cached for ever."""
    css_dir = data_dir("static") / "css"
    links = re.findall(r'url\("(\.\./[^"?]+)\?v=([0-9a-f]+)"\)', CSS)
    actual = [hashlib.sha256((css_dir / path).read_bytes()).hexdigest()[:12] for path, _ in links]
    assert (len(links), [version for _, version in links]) == (4, actual)
