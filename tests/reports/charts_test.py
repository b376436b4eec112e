"""Charts: well-formed SVG, a text alternative, and marks where the numbers are."""

import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendor_risk.evidence import Severity
from vendor_risk.reports import charts
from vendor_risk.scoring.model import Grade, load

SVG = "{http://www.w3.org/2000/svg}"
GRADES = load().grades
CHARTS = [
    charts.scale("a", GRADES, [charts.Mark(39, "Now 39"), charts.Mark(60, "Then 60", holds=False)]),
    charts.severity_bar("a", {Severity.HIGH: 2, Severity.LOW: 1}),
    charts.bar("a", 30),
    charts.sparkline("a", [3, 5, 4]),
]


def parsed(chart: str) -> ET.Element:
    return ET.fromstring(chart)


@pytest.mark.parametrize("chart", CHARTS)
def test_the_first_child_is_the_title(chart: str) -> None:
    """The PDF engine takes the alternative text from there and nowhere else."""
    first = parsed(chart)[0]
    assert (first.tag, first.text) == (SVG + "title", "a")


@pytest.mark.parametrize("chart", CHARTS)
def test_no_style_and_no_class(chart: str) -> None:
    """Colours are attributes: page styles do not reach into inline SVG on paper."""
    for element in parsed(chart).iter():
        assert not {"style", "class"} & element.attrib.keys()


@pytest.mark.parametrize("label", ["", "  "])
def test_a_chart_without_words_is_refused(label: str) -> None:
    """A picture that cannot be read aloud is not drawn."""
    with pytest.raises(ValueError, match="label"):
        charts.bar(label, 30)


def test_markup_in_words_stays_words() -> None:
    """A label is text, whatever it contains."""
    chart = charts.scale("<b>", GRADES, [charts.Mark(1, "<script>&")])
    assert [element.text for element in parsed(chart).iter(SVG + "text")][-1] == "<script>&"
    assert parsed(chart)[0].text == "<b>"


def test_the_bands_are_those_of_the_model() -> None:
    """F to A from left to right, each with its range."""
    words = [element.text for element in parsed(charts.scale("a", GRADES)).iter(SVG + "text")]
    assert [text.replace("\u2013", "-") for text in words if text] == [
        "A  85-100",
        "B  70-84",
        "C  55-69",
        "D  40-54",
        "F  0-39",
    ]


def test_the_bands_fill_the_scale() -> None:
    """No gap and no overlap between 0 and 100."""
    rects = list(parsed(charts.scale("a", GRADES, width=502)).iter(SVG + "rect"))
    edges = sorted((float(r.attrib["x"]), float(r.attrib["width"])) for r in rects)
    for (x, width), (following, _) in itertools.pairwise(edges):
        assert x + width == pytest.approx(following, abs=0.2)
    assert edges[0][0] == 1
    assert sum(edges[-1]) == pytest.approx(501, abs=0.2)


def test_a_narrow_scale_keeps_the_letters() -> None:
    """On a phone the ranges would run into each other."""
    chart = charts.scale("a", GRADES, width=300)
    assert [element.text for element in parsed(chart).iter(SVG + "text")] == list("ABCDF")


@given(st.integers(0, 100))
def test_a_mark_points_at_its_value(value: int) -> None:
    """The tip of the triangle stands at the value, and its words stay inside the picture."""
    chart = parsed(charts.scale("a", GRADES, [charts.Mark(value, f"Posture {value}")], width=602))
    (mark,) = chart.iter(SVG + "polygon")
    points = mark.attrib["points"]
    tip = float(re.split("[ ,]", points)[0])
    assert tip == pytest.approx(1 + 6 * value, abs=0.1)
    words = list(chart.iter(SVG + "text"))[-1]
    x, reach = float(words.attrib["x"]), 8 * len(words.text or "")
    left = {"start": x, "middle": x - reach / 2, "end": x - reach}[words.attrib["text-anchor"]]
    assert left >= -1
    assert left + reach <= 603


@pytest.mark.parametrize(("low", "high"), [(39, 60), (39, 41), (54, 60), (49, 100)])
def test_the_words_of_two_marks_do_not_meet(low: int, high: int) -> None:
    """However close the marks are, their words lean away from each other."""
    marks = [charts.Mark(high, "Without the cap", holds=False), charts.Mark(low, "Posture")]
    words = list(parsed(charts.scale("a", GRADES, marks)).iter(SVG + "text"))[-2:]
    assert [one.text for one in words] == ["Posture", "Without the cap"]
    left, right = words
    end_of_left = float(left.attrib["x"]) + (0 if left.attrib["text-anchor"] == "end" else 8 * 7)
    reach = 8 * 15 if right.attrib["text-anchor"] == "end" else 0
    assert end_of_left <= float(right.attrib["x"]) - reach + 13


@given(st.dictionaries(st.sampled_from(list(Severity)), st.integers(0, 3000)))
def test_the_parts_of_the_severity_bar_fill_it(counts: dict[Severity, int]) -> None:
    """The parts are as wide as their share, the gravest at the left."""
    rects = list(parsed(charts.severity_bar("a", counts, width=500)).iter(SVG + "rect"))[1:]
    shown = [severity for severity in Severity if counts.get(severity)]
    assert [r.attrib["fill"] for r in rects] == [charts.SEVERITY_COLOURS[s] for s in shown]
    starts = [float(r.attrib["x"]) for r in rects]
    total = sum(counts.values())
    gone = 0
    for severity, start in zip(shown, starts, strict=True):
        assert start == pytest.approx(500 * gone / total, abs=0.1)
        gone += counts[severity]


@pytest.mark.parametrize(("value", "width"), [(0, None), (50, 70.0), (100, 140.0), (130, 140.0)])
def test_a_bar_is_as_long_as_its_share(value: int, width: float | None) -> None:
    """Half of the top is half of the width; nothing is no bar; more than all is all."""
    rects = list(parsed(charts.bar("a", value)).iter(SVG + "rect"))[1:]
    assert [float(r.attrib["width"]) for r in rects] == ([] if width is None else [width])


def test_a_course_of_one_value_is_refused() -> None:
    """One point is no course."""
    with pytest.raises(ValueError, match="two values"):
        charts.sparkline("a", [3])


def test_a_flat_course_is_drawn_flat() -> None:
    """Equal values do not divide by nothing."""
    line = parsed(charts.sparkline("a", [7, 7, 7])).find(SVG + "polyline")
    assert line is not None
    assert len({point.split(",")[1] for point in line.attrib["points"].split()}) == 1


@pytest.mark.parametrize("severity", Severity)
def test_every_severity_colour_stands_out_from_paper(severity: Severity) -> None:
    """Graphics need a contrast of 3 to 1 against white."""
    channels = [int(charts.SEVERITY_COLOURS[severity][i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 3


def test_every_grade_has_a_colour() -> None:
    """No band is left white."""
    assert set(charts.GRADE_COLOURS) == set(Grade)
