"""Drawings of a score: the bar of one line, the range on the scale of grades, the course.

Colours stand as attributes for the PDF, and as classes that win over them on a page.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from vendor_risk.reports.charts import EDGE, FONT, INK, LINE, PAPER, SOFT, TRACK
from vendor_risk.scoring.model import Grade

# Softer than those of the scale in charts.py: a line is read on top of them.
BANDS = {
    Grade.A: "#eaf4ee",
    Grade.B: "#f2f7ec",
    Grade.C: "#fdf8e8",
    Grade.D: "#fdf1e8",
    Grade.F: "#fbecea",
}
MINUS = "#b3261e"
WHOLE = 10000
QUIET, STRONG = (SOFT, "f-muted"), (INK, "f-ink")


@dataclass(frozen=True, slots=True)
class Stop:
    """One score of a course: its day, final assurance of 10000, and the number of its event."""

    day: datetime.date
    final: int
    event: int | None = None


def line_bar(points: int, most: int, widest: int, *, width: int = 150, height: int = 12) -> Markup:
    """What a line has of the most it can have, drawn to the scale of the widest line.

    It is decoration: the numbers stand beside it.
    """
    room = max(3.0, width * most / widest) if widest else 0.0
    have = width * max(0, points) / widest if widest else 0.0
    body = _rect(0, 3, room, height - 6, (TRACK, "f-track"))
    if have:
        body += _rect(0, 1, max(have, 1.5), height - 2, (LINE, "f-plot"))
    return _svg("", width, height, body)


def minus_bar(lost: int, widest: int, *, width: int = 150, height: int = 12) -> Markup:
    """What a knock-out takes away, to the same scale, as far as there is room."""
    taken = min(width, width * lost / widest) if widest else 0.0
    return _svg("", width, height, _rect(0, 1, max(taken, 1.5), height - 2, (MINUS, "f-minus")))


def range_scale(
    label: str,
    grades: Mapping[Grade, int],
    low: int,
    final: int,
    high: int,
    *,
    width: int = 640,
) -> Markup:
    """The scale of the grades with the range from low to high, and the score within it."""
    top, height = 26, 26

    def place(value: float) -> float:
        return 1 + (width - 2) * value / 100

    body, ceiling = "", 100
    for grade in Grade:
        left, right = place(grades[grade]), place(ceiling)
        body += _rect(left, top, right - left, height, (BANDS[grade], f"f-band-{grade.lower()}"))
        body += _text((left + right) / 2, top + height + 16, grade, "middle", look=QUIET)
        lean = "middle" if grades[grade] else "start"
        body += _text(left, top + height + 30, str(grades[grade]), lean, look=QUIET, size=10)
        ceiling = grades[grade]
    body += _text(place(100) - 1, top + height + 30, "100", "end", look=QUIET, size=10)
    body += (
        f'<rect x="1" y="{top}" width="{width - 2}" height="{height}" fill="none" '
        f'stroke="{EDGE}" class="s-hair"/>'
    )
    begin, end = place(low / 100), place(high / 100)
    middle = top + height / 2
    body += _rect(begin, middle - 3, max(2.0, end - begin), 6, (LINE, "f-plot"))
    for x in (begin, end):
        body += _rect(max(1.0, min(width - 4.0, x - 1.5)), middle - 8, 3, 16, (LINE, "f-plot"))
    x = place(final / 100)
    body += (
        f'<circle cx="{min(max(x, 8), width - 8):.1f}" cy="{middle:.1f}" r="7" fill="{INK}" '
        'class="f-ink"/>'
    )
    near = min(max(x, 14), width - 14)
    body += _text(near, top - 9, str(final // 100), "middle", look=STRONG, size=14, weight=650)
    for value, at, lean in ((low, begin, "start"), (high, end, "end")):
        if abs(at - x) > 44:
            shift = max(1.0, at - 1) if lean == "start" else min(width - 1.0, at + 1)
            body += _text(shift, top - 9, str(value // 100), lean, look=QUIET, size=12)
    return _svg(label, width, top + height + 34, body)


def course(
    label: str,
    grades: Mapping[Grade, int],
    stops: Sequence[Stop],
    months: Sequence[str] = (),
    *,
    width: int = 640,
    height: int = 190,
) -> Markup:
    """The course of assurance over days in the bands of the grades, events numbered.

    A score holds until the next one, so the line goes in steps; `months` name the abbreviations of
    the twelve months. ValueError without a stop.
    """
    if not stops:
        raise ValueError("a course needs a stop at least")
    left, right, top, bottom = 30, 26, 12, 24
    first, last = stops[0].day, stops[-1].day
    days = max(1, (last - first).days)

    def x_of(day: datetime.date) -> float:
        return left + (width - left - right) * (day - first).days / days

    def y_of(final: float) -> float:
        return top + (height - top - bottom) * (WHOLE - final) / WHOLE

    body, ceiling = "", 100
    for grade in Grade:
        low, high = y_of(grades[grade] * 100), y_of(ceiling * 100)
        name = f"f-band-{grade.lower()}"
        body += _rect(left, high, width - left - right, low - high, (BANDS[grade], name))
        at = (low + high) / 2 + 4
        body += _text(width - right + 8, at, grade, "start", look=QUIET, size=12, weight=600)
        if grades[grade]:
            body += _text(left - 6, low + 4, str(grades[grade]), "end", look=QUIET)
        ceiling = grades[grade]
    body += _text(left - 6, y_of(0) + 2, "0", "end", look=QUIET)
    body += _text(left - 6, y_of(WHOLE) + 6, "100", "end", look=QUIET)
    for day, anchor in ((first, "start"), (last, "end")):
        words = f"{day.day} {months[day.month - 1]}" if months else day.isoformat()
        if day != first or anchor == "start":
            body += _text(x_of(day), height - 6, words, anchor, look=QUIET)
    points, before = [], None
    for stop in stops:
        x = x_of(stop.day)
        if before is not None:
            points.append((x, y_of(before)))
        points.append((x, y_of(stop.final)))
        before = stop.final
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    body += (
        f'<polyline points="{path}" fill="none" stroke="{LINE}" class="s-plot" '
        'stroke-width="2.25" stroke-linejoin="round" stroke-linecap="round"/>'
    )
    end = stops[-1]
    body += (
        f'<circle cx="{x_of(end.day):.1f}" cy="{y_of(end.final):.1f}" r="4.5" fill="{LINE}" '
        'class="f-plot"/>'
    )
    for stop in stops:
        if stop.event is None:
            continue
        x, y = x_of(stop.day), y_of(stop.final)
        body += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8.5" fill="{INK}" class="f-ink"/>'
        body += _text(
            x, y + 3.5, str(stop.event), "middle", look=(PAPER, "f-surface"), size=10, weight=600
        )
    return _svg(label, width, height, body)


def _rect(x: float, y: float, width: float, height: float, look: tuple[str, str]) -> str:
    colour, name = look
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{colour}" class="{name}"/>'
    )


def _text(
    x: float,
    y: float,
    text: str,
    anchor: str,
    *,
    look: tuple[str, str],
    size: int = 11,
    weight: int = 400,
) -> str:
    ink, name = look
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="{FONT}" font-size="{size}" '
        f'font-weight="{weight}" fill="{ink}" class="{name}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )


def _svg(label: str, width: int, height: int, body: str) -> Markup:
    """A drawing with its words; without any it is decoration."""
    words = escape(label)
    spoken = f'role="img" aria-label="{words}"' if label else 'aria-hidden="true" focusable="false"'
    name = "chart chart-fluid" if label else "chart"
    title = f"<title>{words}</title>" if label else ""
    return Markup(  # noqa: S704  (every text in the body went through escape)
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" {spoken} class="{name}">{title}{body}</svg>'
    )
