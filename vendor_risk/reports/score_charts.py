"""Drawings of a score: the bar of one line, the range on the scale of grades, the course.

Colours stand as attributes for the PDF, and as classes that win over them on a page.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

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
# Of the risk scale, from the best to the worst; the names stand in them.
RISK_COLOURS = ("#e9f1fa", "#fdf5dd", "#fdeee3", "#fbe6e4")
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


@dataclass(frozen=True, slots=True)
class Pin:
    """A value on the risk scale with its words; what holds today is filled, the rest is hollow."""

    value: float
    text: str
    holds: bool = True
    arrow: bool = True


def step_bar(label: str, start: int, points: int, *, width: int = 170, height: int = 11) -> Markup:
    """One step of the way up from 0 to 100: where it starts and what it adds, in 1/100.

    What is taken away is hollow, so that it is told apart without its colour.
    """
    begin, end = sorted((width * start / WHOLE, width * (start + points) / WHOLE))
    body = _rect(0, height / 2 - 0.5, width, 1, (TRACK, "f-track"))
    size = max(1.5, end - begin)
    if points >= 0:
        return _svg(
            label, width, height, body + _rect(begin, 1, size, height - 2, (LINE, "f-plot"))
        )
    body += (
        f'<rect x="{begin + 0.6:.1f}" y="1.6" width="{max(1.0, size - 1.2):.1f}" '
        f'height="{height - 3.2:.1f}" fill="{PAPER}" stroke="{MINUS}" stroke-width="1.2"/>'
    )
    return _svg(label, width, height, body)


def risk_scale(
    label: str,
    bands: Sequence[tuple[str, int]],
    above: Sequence[Pin],
    below: Sequence[Pin] = (),
    *,
    limit: Pin | None = None,
    span: tuple[float, float] | None = None,
    width: int = 640,
) -> Markup:
    """The bands of risk from 0 to 100, the best at the left, with what is marked on them.

    `bands` are names with the value they begin at; `span` is drawn as a range where no one number
    is known; words that would meet stand in rows of their own.
    """
    high, tall = _rows(above, width), 20
    lower = [*below, *([limit] if limit else [])]
    low = _rows(lower, width)
    top = 13 + 17 * (max((row for row, *_ in high.values()), default=-1) + 1)
    bottom = 14 + 17 * (max((row for row, *_ in low.values()), default=-1) + 1)

    def place(value: float) -> float:
        return 1 + (width - 2) * value / 100

    body = ""
    for number, (name, begin) in enumerate(bands):
        end = bands[number + 1][1] if number + 1 < len(bands) else 100
        left, right = place(begin), place(end)
        colour = RISK_COLOURS[min(number, len(RISK_COLOURS) - 1)]
        body += (
            f'<rect x="{left:.1f}" y="{top}" width="{right - left:.1f}" height="{tall}" '
            f'fill="{colour}" stroke="{EDGE}" stroke-width="0.8"/>'
        )
        body += _text((left + right) / 2, top + 14, name, "middle", look=QUIET)
    if span is not None:
        left, right = place(span[0]), place(span[1])
        body += _rect(left, top - 7, max(2.0, right - left), 5, (LINE, "f-plot"))
    if limit is not None:
        x = place(limit.value)
        body += (
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top - 4}" y2="{top + tall + 10}" '
            f'stroke="{INK}" stroke-width="1.4" stroke-dasharray="3 2"/>'
        )
    for pin, (row, *reach) in high.items():
        x = place(pin.value)
        if pin.arrow:
            body += _arrow(x, top - 1, -10, width, holds=pin.holds)
        body += _beside(pin, top - 17 - 17 * row, (reach[0], reach[1]), width)
    for pin, (row, *reach) in low.items():
        if pin is not limit:
            body += _arrow(place(pin.value), top + tall + 1, 10, width, holds=pin.holds)
        body += _beside(pin, top + tall + 25 + 17 * row, (reach[0], reach[1]), width)
    return _svg(label, width, top + tall + bottom, body)


def _rows(pins: Sequence[Pin], width: int) -> dict[Pin, tuple[int, float, float]]:
    """For the words of each pin a row with room, and where they begin and end.

    They stand over their pin, else lean away from each other, else stand a row further off.
    """
    ordered = sorted(pins, key=lambda one: one.value)
    middle = [_reach(pin, width, 0.5) for pin in ordered]
    leaning = [_reach(pin, width, 0.0 if number else 1.0) for number, pin in enumerate(ordered)]
    reaches = leaning if _meet(middle) and not _meet(leaning) else middle
    rows = range(len(ordered)) if _meet(reaches) else [0] * len(ordered)
    return {pin: (row, *reach) for pin, row, reach in zip(ordered, rows, reaches, strict=True)}


def _meet(reaches: Sequence[tuple[float, float]]) -> bool:
    return any(before[1] + 8 > after[0] for before, after in pairwise(reaches))


def _reach(pin: Pin, width: int, lean: float) -> tuple[float, float]:
    """Where the words of a pin begin and end; `lean` is how much of them is left of it."""
    long = 6.6 * len(pin.text)  # the width of a letter of this size, on average
    x = 1 + (width - 2) * pin.value / 100
    left = x - long * lean + 12 * (lean - 0.5)
    left = min(max(1.0, left), max(1.0, width - 1 - long))
    return left, left + long


def _beside(pin: Pin, y: float, reach: tuple[float, float], width: int) -> str:
    left, right = reach
    if left <= 1:
        at, lean = 1.0, "start"
    elif right >= width - 1:
        at, lean = width - 1.0, "end"
    else:
        at, lean = (left + right) / 2, "middle"
    return _text(at, y, pin.text, lean, look=STRONG, size=12, weight=600 if pin.holds else 400)


def _arrow(x: float, edge: float, reach: float, width: int, *, holds: bool) -> str:
    x = min(max(x, 7.0), width - 7.0)
    return (
        f'<polygon points="{x:.1f},{edge:.1f} {x - 6:.1f},{edge + reach:.1f} '
        f'{x + 6:.1f},{edge + reach:.1f}" fill="{INK if holds else PAPER}" stroke="{INK}" '
        'stroke-width="1.4" stroke-linejoin="round"/>'
    )


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
