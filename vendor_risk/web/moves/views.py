"""The list of what moved, its filters, and the same as a file."""

import datetime as dt
from typing import Any

from flask import Response, render_template, request, stream_with_context
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectField, StringField

from vendor_risk.evidence import N_, Severity
from vendor_risk.reports.moves import TABLE, Answer
from vendor_risk.store.queries import moves as listed
from vendor_risk.store.queries.moves import Line, MoveFilter
from vendor_risk.web import filtering
from vendor_risk.web.frame import page_number
from vendor_risk.web.moves import area
from vendor_risk.web.moves.words import ANSWERS, told
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors.exports import CSV_TYPE
from vendor_risk.workflow import advisories
from vendor_risk.workflow.csv_file import iso, written

PER = 50
_DAYS = {"1": N_("Since yesterday"), "7": N_("7 days"), "90": N_("90 days"), "all": N_("Ever")}
_USUAL_DAYS = 30
_LABELS = {"days": N_("When"), "answer": N_("Answer"), "tier": N_("Tier"), "kind": N_("What")}
_LOUD = frozenset({Answer.ALERT, Answer.REVIEW})
_NOT_SILENT = _LOUD | {Answer.DIGEST}


class FilterForm(Form):  # type: ignore[misc]
    """The filters above the list."""

    q = StringField()
    days = SelectField(validate_choice=False)
    answer = SelectField(validate_choice=False)
    tier = SelectField(validate_choice=False)
    kind = SelectField(validate_choice=False)


@area.get("")
def index() -> str:
    """What moved within a month, but for what is answered with silence."""
    asked = read(request.args)
    form = FilterForm(filtering.in_use(request.args, asked))
    anything = {"days": _("30 days"), "answer": _("All but silence")}
    filtering.fill(form, _choices(), _LABELS, anything, "")
    page = page_number()
    rows = listed.listed(session, asked.wanted, first=(page - 1) * PER, most=PER + 1)
    return render_template(
        "moves/index.html",
        rows=rows[:PER],
        more=len(rows) > PER,
        page=page,
        asked=asked,
        form=form,
        told=told,
        answers=ANSWERS,
        severity=lambda row: Severity.of_rank(row.severity),
        now=now(),
        waiting=advisories.how_many(session),
    )


@area.get("/export.csv")
def export() -> Response:
    """All that the filters leave, one line each."""
    lines = listed.every(session, read(request.args).wanted)
    answer = Response(
        stream_with_context(written(_heads(), map(_cells, lines))), content_type=CSV_TYPE
    )
    name = f"what-moved-{now():%Y-%m-%d}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def read(args: MultiDict[str, str]) -> filtering.Asked[MoveFilter]:
    """What the arguments of a URL say; whatever cannot be is left out and told."""
    asked = filtering.Asked(MoveFilter())
    said: dict[str, Any] = {
        "since": now() - dt.timedelta(days=_USUAL_DAYS),
        "answers": _NOT_SILENT,
    }
    for name, value in filtering.chosen(args, _choices(), asked):
        if name == "days":
            said["since"] = None if value == "all" else now() - dt.timedelta(days=int(value))
        elif name == "answer":
            said["answers"] = {"all": frozenset(), "loud": _LOUD}.get(value, frozenset({value}))
        elif name == "tier":
            said["tier"] = int(value)
        else:
            said["kinds"] = frozenset({value})
    asked.wanted = MoveFilter(**said)
    return asked


def _choices() -> filtering.Choices:
    return {
        "days": {key: _(words) for key, words in _DAYS.items()},
        "answer": {
            "loud": _("Alert or review"),
            **{str(key): _(look.word) for key, look in ANSWERS.items()},
            "all": _("Silence too"),
        },
        "tier": {str(n): _("Tier %(n)s", n=n) for n in range(1, 5)},
        "kind": {str(kind): _(row.words) for kind, row in TABLE.items()},
    }


def _heads() -> list[str]:
    return [
        _("When"),
        _("Vendor"),
        _("Tier"),
        _("What moved"),
        _("Host"),
        _("Before"),
        _("Now"),
        _("Answer"),
        _("Kind"),
        _("Id"),
    ]


def _cells(line: Line) -> list[str | int | None]:
    move, vendor = line
    return [
        iso(move.created_at),
        vendor.name,
        move.tier,
        told(move),
        move.host,
        move.before,
        move.now,
        _(ANSWERS[move.answer].word),
        move.kind,
        str(move.id),
    ]
