"""The kept scores of an engagement as a list and a drawing, its events numbered."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import flask_babel
from flask_babel import gettext as _
from markupsafe import Markup

from vendor_risk.reports import score_words
from vendor_risk.reports.score_charts import Stop, course
from vendor_risk.scoring.model import Model
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.web.frame import day_words

MOST_EVENTS = 6  # more numbers than that cover the line


@dataclass(frozen=True, slots=True)
class Past:
    """One kept score: by how much assurance changed with it, and why; the first changed nothing."""

    row: StoredScore
    change: int | None
    what: str
    event: int | None


def past_of(rows: Sequence[StoredScore]) -> list[Past]:
    """The kept scores, the newest first; the largest changes are numbered in order of time."""
    results = [json.loads(row.result) for row in rows]
    changes = [row.final - older.final for row, older in pairwise(rows)]
    largest = sorted(
        (place for place, change in enumerate(changes) if change),
        key=lambda place: (-abs(changes[place]), place),
    )[:MOST_EVENTS]
    numbers = {place: n for n, place in enumerate(sorted(largest, reverse=True), start=1)}
    return [
        Past(
            row=row,
            change=changes[place] if place < len(changes) else None,
            what=what_moved(results[place + 1], results[place]) if place < len(changes) else "",
            event=numbers.get(place),
        )
        for place, row in enumerate(rows)
    ]


def what_moved(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What moved between two results, in words."""
    return score_words.what_moved(before, after, _)


@dataclass(frozen=True, slots=True)
class Drawing:
    """The course for a desk and for a phone, and the same as a table."""

    wide: Markup
    narrow: Markup
    rows: list[tuple[str, str]]


def drawing_of(past: Sequence[Past], model: Model, today: dt.date) -> Drawing | None:
    """The course up to today; None while there is no score to draw."""
    if not past:
        return None
    stops = [
        Stop(one.row.created_at.astimezone(dt.UTC).date(), one.row.final, one.event)
        for one in reversed(past)
    ]
    label = _(
        "Assurance from %(first)s to %(last)s of 100, as kept since %(day)s",
        first=stops[0].final // 100,
        last=stops[-1].final // 100,
        day=day_words(stops[0].day),
    )
    if stops[-1].day < today:
        stops.append(Stop(today, stops[-1].final))
    names = [flask_babel.format_date(dt.date(2026, month, 1), "MMM") for month in range(1, 13)]
    wide = course(label, model.grades, stops, names)
    narrow = course(label, model.grades, stops, names, width=330, height=170)
    rows = [(day_words(one.row.created_at.date()), str(one.row.final // 100)) for one in past]
    return Drawing(wide, narrow, rows)
