"""What the template of a report sees of a score: its drawings and its rows."""

import datetime
from dataclasses import dataclass
from gettext import NullTranslations
from itertools import accumulate
from typing import Any

from babel import Locale
from babel.dates import format_date
from markupsafe import Markup

from vendor_risk.evidence import Severity
from vendor_risk.reports import score_charts
from vendor_risk.reports.rating import KnockOut, Line, Rated
from vendor_risk.reports.report import Report
from vendor_risk.reports.score_charts import Pin, Stop, risk_scale, step_bar
from vendor_risk.reports.score_words import exact, mark_of
from vendor_risk.reports.standing import Open, Standing
from vendor_risk.scoring.model import Band
from vendor_risk.scoring.scales import BY_KEY

ROWS = 300  # on paper a row costs about 27 ms
MOMENTS = 8
SCORES = 3  # engagements whose lines are printed, the worst; the table has all of them


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the way up to the total, with the drawing that begins where the last one ended."""

    line: Line
    bar: Markup


@dataclass(frozen=True, slots=True)
class Taken:
    """What a knock-out takes away at the end."""

    knockout: KnockOut
    bar: Markup


def score_values(report: Report, words: NullTranslations) -> dict[str, Any]:
    """What the template reads where a vendor has a score."""
    standing = report.standing
    known = {
        "standing": standing,
        "rated": None,
        "open_rows": standing.findings[:ROWS] if standing else (),
        "open_counts": _counts(standing.findings if standing else ()),
    }
    if standing is None or standing.worst is None:
        return known
    return known | {
        "rated": standing.worst,
        "risk_wide": _risk(report, standing, words, 640),
        "risk_narrow": _risk(report, standing, words, 320),
        "way_up": lambda rated: way_up(rated, words),
        "total_bar": lambda rated: _bar(0, rated.final, words),
        "taken": lambda rated: taken(rated, words),
        "range_of": lambda rated, width=640: _range(rated, report, words, width),
        "course_of": lambda rated, width=640: _course(rated, report, words, width),
        "moments": MOMENTS,
        "scores_shown": SCORES,
        "level_of": lambda factor, level: BY_KEY[factor].levels[level].label,
    }


def way_up(rated: Rated, words: NullTranslations) -> list[Step]:
    """The lines with points, the largest first: each begins where the one before ended."""
    lines = sorted(
        (line for line in rated.lines if line.points), key=lambda one: (-one.points, one.control)
    )
    starts = accumulate((line.points for line in lines), initial=0)
    return [
        Step(line, _bar(start, line.points, words))
        for line, start in zip(lines, starts, strict=False)
    ]


def taken(rated: Rated, words: NullTranslations) -> list[Taken]:
    """What knock-outs take from the sum of the lines."""
    reached = sum(line.points for line in rated.lines)
    return [Taken(one, _bar(reached, one.takes, words)) for one in rated.knockouts if one.takes]


def _bar(start: int, points: int, words: NullTranslations) -> Markup:
    mark = mark_of(words.gettext)
    values = {"start": exact(start, mark), "end": exact(start + points, mark)}
    return step_bar(words.gettext("From %(start)s to %(end)s") % values, start, points)


def _counts(findings: tuple[Open, ...]) -> dict[Severity, int]:
    counts = dict.fromkeys(Severity, 0)
    for one in findings:
        counts[one.severity] += 1
    return counts


def _risk(report: Report, standing: Standing, words: NullTranslations, width: int) -> Markup:
    """Inherent and residual risk, our appetite and the last decision on one scale."""
    rated = standing.rated[0]
    names = {
        Band.LOW: words.gettext("Low"),
        Band.MEDIUM: words.gettext("Medium"),
        Band.HIGH: words.gettext("High"),
        Band.CRITICAL: words.gettext("Critical"),
    }
    bands = [(names[band], value // 100) for band, value in standing.bands.items()]
    above = [
        Pin(rated.inherent, words.gettext("Inherent %(n)s") % {"n": rated.inherent}, holds=False)
    ]
    span = None
    if rated.residual is None:
        values = {"best": rated.best // 100, "worst": rated.worst // 100}
        span = (rated.best / 100, rated.worst / 100)
        text = words.gettext("Residual between %(best)s and %(worst)s") % values
        middle = Pin((rated.best + rated.worst) / 200, text, arrow=False)
        label = f"{above[0].text}. {text}"
        above = [Pin(rated.inherent, above[0].text, holds=False), middle]
    else:
        pin = Pin(
            rated.residual / 100, words.gettext("Residual %(n)s") % {"n": rated.residual // 100}
        )
        above.append(pin)
        label = f"{above[0].text}. {pin.text}"
    appetite = words.gettext("Appetite for tier %(tier)s: %(n)s") % {
        "tier": rated.tier,
        "n": rated.appetite,
    }
    limit = Pin(rated.appetite, appetite, holds=False)
    below = []
    last = standing.of(rated.engagement, waiting=False)
    if last is not None and last.residual is not None:
        day = format_date(last.on, "d MMM y", locale=Locale.parse(report.language))
        text = words.gettext("At the decision of %(day)s: %(n)s") % {
            "day": day,
            "n": last.residual // 100,
        }
        below.append(Pin(last.residual / 100, text, holds=False))
        label = f"{label}. {text}"
    return risk_scale(
        f"{label}. {appetite}", bands, above, below, limit=limit, span=span, width=width
    )


def _range(rated: Rated, report: Report, words: NullTranslations, width: int) -> Markup:
    """Assurance on the scale of grades."""
    label = words.gettext(
        "Assurance %(final)s of 100, known to lie between %(low)s and %(high)s"
    ) % {"final": rated.final // 100, "low": rated.low // 100, "high": rated.high // 100}
    ends = (rated.low, rated.final, rated.high)
    return score_charts.range_scale(label, report.scale.grades, *ends, width=width)


def _course(rated: Rated, report: Report, words: NullTranslations, width: int) -> Markup | None:
    """The course up to the day of the report; None where there is but one score."""
    past = rated.course
    if len(past) < 2:
        return None
    locale = Locale.parse(report.language)
    stops = [Stop(one.day, one.final, one.event) for one in past]
    label = words.gettext("Assurance from %(first)s to %(last)s of 100, as kept since %(day)s") % {
        "first": past[0].final // 100,
        "last": past[-1].final // 100,
        "day": format_date(past[0].day, "d MMM y", locale=locale),
    }
    today = report.as_of.date()
    if stops[-1].day < today:
        stops.append(Stop(today, stops[-1].final))
    names = [
        format_date(datetime.date(2026, month, 1), "MMM", locale=locale) for month in range(1, 13)
    ]
    return score_charts.course(label, report.scale.grades, stops, names, width=width)
