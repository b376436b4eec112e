"""What the template of a report sees, so that screen and paper show the same page."""

import datetime
import decimal
from collections.abc import Callable
from gettext import NullTranslations

import jinja2
from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, get_currency_precision
from markupsafe import Markup

from vendor_risk.reports import charts
from vendor_risk.reports.blocks import blocks
from vendor_risk.reports.report import Area, Engagement, Money, Report, snapshot_sha256
from vendor_risk.reports.score_page import score_values
from vendor_risk.reports.score_words import exact, signed
from vendor_risk.reports.table import blind, details, rows_shown
from vendor_risk.scoring.knockouts import KNOCKOUTS
from vendor_risk.scoring.model import Tier

TEMPLATE = "reports/report.html"
ROWS = 300  # on paper a row costs about 27 ms
HOSTS_PER_FINDING = 3
CHANGES = 12
LISTED = 40  # rows of the tables that only complete the picture
WORST = 3


def render(
    report: Report,
    environment: jinja2.Environment,
    asset: Callable[[str], str],
    words: NullTranslations,
    *,
    back: str = "",
) -> str:
    """The report as HTML; the environment needs `FILTERS` and the translations of `words`."""
    groups = details(report.faults)
    rated = report.standing is not None and report.standing.worst is not None
    counted = tuple(fault for fault in report.faults if fault.points is not None)
    return environment.get_template(TEMPLATE).render(
        report=report,
        back=back,
        sha256=snapshot_sha256(report),
        asset=asset,
        knockouts={id: words.gettext(text) for id, text in KNOCKOUTS.items()},
        chart_scale=_scale(report, words),
        chart_scale_narrow=_scale(report, words, width=300),
        chart_severity=_severities(report, words),
        chart_area=lambda area: _area(area, report, words),
        worst=[group.faults[0] for group in groups[:WORST]],
        # where findings stand in a table of their own, this one is about points alone
        rows=counted[:ROWS] if rated else rows_shown(report.faults, ROWS),
        dues=not rated and any(fault.due for fault in report.faults),
        details=groups,
        hosts_shown=HOSTS_PER_FINDING,
        unseen=blind(report.posture.unknown),
        engagements=_strictest_first(report),
        listed=LISTED,
        changes_shown=CHANGES,
        versions=_versions(report, words),
        **score_values(report, words),
    )


@jinja2.pass_context
def _moment(context: jinja2.runtime.Context, when: datetime.datetime) -> str:
    utc = when.astimezone(datetime.UTC)
    return format_datetime(utc, "d MMM y, HH:mm", locale=context["report"].language) + " UTC"


@jinja2.pass_context
def _day(context: jinja2.runtime.Context, when: datetime.date) -> str:
    if isinstance(when, datetime.datetime):
        when = when.astimezone(datetime.UTC).date()
    return format_date(when, "d MMM y", locale=context["report"].language)


@jinja2.pass_context
def _seconds(context: jinja2.runtime.Context, seconds: float) -> str:
    return format_decimal(round(seconds, 1), locale=context["report"].language)


@jinja2.pass_context
def _money(context: jinja2.runtime.Context, money: Money) -> str:
    """An amount with its currency; whole amounts without cents, to be read at a glance."""
    locale = Locale.parse(context["report"].language)
    amount = decimal.Decimal(money.minor).scaleb(-get_currency_precision(money.currency))
    if amount != amount.to_integral_value():
        return format_currency(amount, money.currency, locale=locale)
    pattern = locale.currency_formats["standard"].pattern.replace(".00", "")
    return format_currency(amount, money.currency, pattern, locale=locale, currency_digits=False)


def _scale(report: Report, words: NullTranslations, *, width: int = 640) -> Markup:
    posture, grades = report.posture, report.scale.grades
    if posture.score is None:
        return charts.scale(words.gettext("External posture: not rated"), grades, width=width)
    values = {"score": posture.score, "grade": posture.grade}
    label = words.gettext("External posture %(score)s of 100, grade %(grade)s") % values
    marks = [charts.Mark(posture.score, words.gettext("External posture %(score)s") % values)]
    if posture.capped_by and width >= charts.ROOM_FOR_RANGES:
        before = {"score": posture.score + posture.cap_points}
        text = words.gettext("Without the cap %(score)s") % before
        marks.append(charts.Mark(before["score"], text, holds=False))
        label = f"{label}. {text}"
    return charts.scale(label, grades, marks, width=width)


def _severities(report: Report, words: NullTranslations) -> Markup:
    counts = ", ".join(
        f"{words.gettext(severity.capitalize())} {count}"
        for severity, count in report.by_severity.items()
        if count
    )
    label = words.gettext("Findings by severity: %(counts)s") % {"counts": counts or "0"}
    return charts.severity_bar(label, report.by_severity)


def _area(area: Area, report: Report, words: NullTranslations) -> Markup:
    values = {"points": area.points, "limit": report.scale.family_limit}
    label = words.gettext("%(points)s of %(limit)s points taken") % values
    return charts.bar(label, area.points, report.scale.family_limit, width=220)


def _strictest_first(report: Report) -> list[Engagement]:
    """The engagements as page 1 lists them; what nobody triaged stands last."""
    return sorted(
        report.engagements,
        key=lambda one: (
            one.tier or len(Tier) + 1,
            -(one.inherent.value if one.inherent else 0),
            one.name,
        ),
    )


def _versions(report: Report, words: NullTranslations) -> list[tuple[str, str, bool]]:
    """What made this report, for whoever wants to make it again: name, value, exact spelling."""
    methods = [look.method for look in report.looks]
    product = sorted({f"Vendor Risk {report.product}", *(one.scanner for one in methods)} - {""})
    rated = report.standing.rated if report.standing else ()
    models = sorted({f"{one.model} {one.model_sha256}" for one in rated})
    rows = [
        (words.gettext("Product and scanner"), product, False),
        (words.gettext("Check catalogue"), [report.posture.catalogue], False),
        (
            words.gettext("Risk model"),
            models or [report.model, report.model_sha256],
            True,
        ),
        (words.gettext("Snapshot hash"), [snapshot_sha256(report)], True),
        *(
            (
                words.gettext("Score of %(name)s") % {"name": one.engagement},
                [f"{one.as_of.isoformat()}, {one.snapshot_sha256}"],
                True,
            )
            for one in rated[:LISTED]
        ),
        (words.gettext("TLS library"), sorted({one.tls_library for one in methods} - {""}), False),
        (words.gettext("User agent"), sorted({one.user_agent for one in methods} - {""}), True),
    ]
    return [(name, ", ".join(values), exact) for name, values, exact in rows if values]


FILTERS: dict[str, Callable[..., object]] = {
    "moment": _moment,
    "day": _day,
    "iso": lambda when: when.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "money": _money,
    "points": lambda hundredths: str(hundredths // 100),
    "exact": exact,
    "signed": signed,
    "minus": lambda points: f"\u2212{points}" if points else "0",
    "seconds": _seconds,
    "bare": lambda url: url.split("://", 1)[1].rstrip("/"),
    "blocks": blocks,
    "headed": lambda text: text[:1].upper() + text[1:],  # German nouns keep their capitals
    "is_link": lambda url: url.startswith(("https://", "http://")),
}
