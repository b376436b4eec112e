"""Charts as SVG: numbers in, one inline picture out, the same on screen and on paper.

Colours are attributes, because the PDF engine ignores page styles inside inline SVG, and each
chart needs a label in words, which becomes its `<title>` and so its text alternative.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from vendor_risk.evidence import Severity
from vendor_risk.scoring.model import Grade

FONT = "Inter, Inter Latin Ext, Inter Greek, Inter Cyrillic, DejaVu Sans, Noto Sans, sans-serif"
INK, SOFT, LINE, NAVY = "#17202b", "#444f5c", "#1d4f91", "#16324f"
PAPER, TRACK, EDGE = "#ffffff", "#e6eaef", "#c9d0d9"
SEVERITY_COLOURS = {
    Severity.CRITICAL: "#8f1414",
    Severity.HIGH: "#c2470a",
    Severity.MEDIUM: "#b98900",
    Severity.LOW: "#3f78b5",
    Severity.INFORMATIONAL: "#8a94a1",
}
GRADE_COLOURS = {
    Grade.A: "#e2f1e8",
    Grade.B: "#eef5e4",
    Grade.C: "#fdf5dd",
    Grade.D: "#fdeee3",
    Grade.F: "#fbe6e4",
}

ROOM_FOR_RANGES = 480  # the narrowest band, of grade A, then holds its range


@dataclass(frozen=True, slots=True)
class Mark:
    """A value on a scale from 0 to 100 with its words; one that does not hold is hollow."""

    value: int
    text: str
    holds: bool = True


def scale(
    label: str, grades: Mapping[Grade, int], marks: Sequence[Mark] = (), *, width: int = 640
) -> Markup:
    """The bands of the grades from 0 to 100, the worst at the left, with up to two marks."""
    top, height = (30 if marks else 1), 20

    def place(value: float) -> float:
        return 1 + (width - 2) * value / 100

    body = []
    ceiling = 100
    for grade in Grade:
        floor = grades[grade]
        left, right = place(floor), place(ceiling)
        last = 100 if ceiling == 100 else ceiling - 1
        body.append(
            f'<rect x="{left:.1f}" y="{top}" width="{right - left:.1f}" height="{height}" '
            f'fill="{GRADE_COLOURS[grade]}" stroke="{EDGE}" stroke-width="0.8"/>'
        )
        words = f"{grade}  {floor}\u2013{last}" if width >= ROOM_FOR_RANGES else grade
        body.append(_text((left + right) / 2, top + 14, words, anchor="middle", ink=SOFT))
        ceiling = floor
    # the words of two marks lean away from each other
    leans = ["middle"] if len(marks) < 2 else ["end", "start"]
    for mark, lean in zip(sorted(marks, key=lambda one: one.value), leans, strict=False):
        body.append(_mark(mark, place(mark.value), top, width, lean))
    return _svg(label, width, top + height + 1, "".join(body))


def _mark(mark: Mark, x: float, edge: int, width: int, lean: str) -> str:
    left, right = max(1.0, x - 6.5), min(width - 1.0, x + 6.5)
    triangle = (
        f'<polygon points="{x:.1f},{edge - 1} {left:.1f},{edge - 11} {right:.1f},{edge - 11}" '
        f'fill="{NAVY if mark.holds else PAPER}" stroke="{NAVY}" stroke-width="1.4" '
        'stroke-linejoin="round"/>'
    )
    reach = 8.0 * len(mark.text) * (0.5 if lean == "middle" else 1)  # 8: a wide letter's width
    if x < reach and lean != "start":
        lean = "start"
    elif x > width - reach and lean != "end":
        lean = "end"
    at = {"start": left, "middle": x, "end": right}[lean]
    return triangle + _text(at, edge - 17, mark.text, anchor=lean, size=12, weight=600)


def severity_bar(
    label: str, counts: Mapping[Severity, int], *, width: int = 640, height: int = 10
) -> Markup:
    """One bar whose parts are the findings of each severity, the gravest at the left."""
    total = sum(counts.values())
    body = _rect(0, width, height, TRACK)
    x = 0.0
    for severity in Severity:
        part = width * counts.get(severity, 0) / total if total else 0
        if part:
            body += _rect(x, max(part - 1, 1), height, SEVERITY_COLOURS[severity])
        x += part
    return _svg(label, width, height, body, stretch=True)


def bar(
    label: str,
    value: int,
    top: int = 100,
    *,
    width: int = 140,
    height: int = 8,
    colour: str = LINE,
) -> Markup:
    """How much of `top` a value is."""
    filled = width * max(0, min(value, top)) / top
    body = _rect(0, width, height, TRACK) + (_rect(0, filled, height, colour) if filled else "")
    return _svg(label, width, height, body)


def sparkline(label: str, values: Sequence[int], *, width: int = 84, height: int = 24) -> Markup:
    """The course of a number, its last value marked; needs two values, else ValueError."""
    if len(values) < 2:
        raise ValueError("a course needs two values at least")
    low, span = min(values), (max(values) - min(values)) or 1
    step = (width - 6) / (len(values) - 1)
    points = [
        (2 + place * step, height - 4 - (value - low) / span * (height - 8))
        for place, value in enumerate(values)
    ]
    course = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return _svg(
        label,
        width,
        height,
        f'<polyline points="{course}" fill="none" stroke="{LINE}" stroke-width="1.5" '
        f'stroke-linejoin="round"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{LINE}"/>',
    )


def _rect(x: float, width: float, height: int, colour: str) -> str:
    return f'<rect x="{x:.1f}" width="{width:.1f}" height="{height}" fill="{colour}"/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str,
    ink: str = INK,
    size: int = 11,
    weight: int = 400,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="{FONT}" font-size="{size}" '
        f'font-weight="{weight}" fill="{ink}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _svg(label: str, width: int, height: int, body: str, *, stretch: bool = False) -> Markup:
    if not label.strip():
        raise ValueError("a chart needs a label in words")
    words = escape(label)
    aspect = ' preserveAspectRatio="none"' if stretch else ""
    return Markup(  # noqa: S704  (every text in the body went through escape)
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"{aspect} role="img" aria-label="{words}">'
        f"<title>{words}</title>{body}</svg>"
    )
