"""The page of settings: each can be changed, and goes back to its default."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, may
from vendor_risk.evidence import Severity
from vendor_risk.web.frame import notice
from vendor_risk.web.session import now, session
from vendor_risk.web.settings import WRITES, area
from vendor_risk.workflow import intervals, report_schedules, settings
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.vendors import VendorRefused

Page = str | AnyResponse | tuple[str, int]
_TIERS = range(4)
_KEYS = (
    settings.APPETITE,
    settings.DUE_DAYS,
    intervals.SCAN_DAYS,
    intervals.REVIEW_MONTHS,
    settings.REPORTS_ATTACHED,
)


@area.get("")
def index() -> str:
    """What holds now, and what the default is."""
    return _page()


@area.post("/appetite")
@door(WRITES)
def appetite() -> Page:
    """Another residual risk is wanted at most."""
    wanted = [_number(f"appetite-{place}") for place in _TIERS]
    return _save(
        settings.APPETITE,
        lambda: settings.set_appetite(session, wanted, now=now(), actor=current_user.id),
    )


@area.post("/due-days")
@door(WRITES)
def due_days() -> Page:
    """Findings that open from now on have other days."""
    wanted = {
        severity: [_number(f"{severity}-{place}") for place in _TIERS]
        for severity in settings.DEFAULT_DUE
    }
    return _save(
        settings.DUE_DAYS,
        lambda: settings.set_due_days(session, wanted, now=now(), actor=current_user.id),
    )


@area.post("/scan-days")
@door(WRITES)
def scan_days() -> Page:
    """Vendors are scanned again after other days."""
    wanted = [_number(f"scan-{place}") for place in range(5)]
    return _save(
        intervals.SCAN_DAYS,
        lambda: settings.set_scan_days(session, wanted, now=now(), actor=current_user.id),
    )


@area.post("/review-months")
@door(WRITES)
def review_months() -> Page:
    """Vendors are reviewed again after other months."""
    wanted = [_number(f"review-{place}") for place in _TIERS]
    return _save(
        intervals.REVIEW_MONTHS,
        lambda: settings.set_review_months(session, wanted, now=now(), actor=current_user.id),
    )


@area.post("/reports-attached")
@door(WRITES)
def reports_attached() -> Page:
    """Letters about reports on schedule bring the PDF along, or only a link."""
    attached = request.form.get("reports-attached") == "yes"
    return _save(
        settings.REPORTS_ATTACHED,
        lambda: settings.set_reports_attached(
            session, attached=attached, now=now(), actor=current_user.id
        ),
    )


@area.post("/<key>/default")
@door(WRITES)
def default(key: str) -> AnyResponse:
    """A setting is as it was delivered."""
    if key not in _KEYS:
        abort(404)
    if settings.reset(session, key, now=now(), actor=current_user.id):
        session.commit()
        notice(_("The default holds again."))
    return redirect(url_for("settings.index"))


def _save(key: str, step: Any) -> Page:
    if request.form.get("revision") != str(settings.revision(session, key)):
        said = _("Somebody changed this meanwhile. What holds now stands below; yours is in it.")
        return _page(said={key: said}, typed=request.form), 409
    try:
        done = step()
    except VendorRefused as error:
        session.rollback()
        return _page(wrong={error.field: error.said(_)}, typed=request.form), 422
    session.commit()
    notice(_("Saved.") if done else _("It was so already."))
    return redirect(url_for("settings.index"))


def _page(
    *,
    wrong: Mapping[str, str] | None = None,
    said: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> str:
    held: dict[str, int] = {
        f"appetite-{place}": value for place, value in enumerate(settings.appetite(session))
    }
    for severity, days in settings.due_days(session).items():
        held |= {f"{severity}-{place}": value for place, value in enumerate(days)}
    for name, numbers in (
        ("scan", intervals.scan_days(session)),
        ("review", intervals.review_months(session)),
    ):
        held |= {f"{name}-{place}": value for place, value in enumerate(numbers)}
    return render_template(
        "settings/index.html",
        values=held | {key: value for key, value in (typed or {}).items() if key in held},
        held=held,
        wrong=wrong or {},
        said=said or {},
        revisions={key: settings.revision(session, key) for key in _KEYS},
        model=in_use(session),
        severities=_severities(),
        appetite_default=settings.DEFAULT_APPETITE,
        due_default=settings.DEFAULT_DUE,
        attached=settings.reports_attached(session),
        most_attached=report_schedules.MOST_ATTACHED,
        writes=may("settings.appetite"),
    )


def _severities() -> Sequence[Severity]:
    return tuple(settings.DEFAULT_DUE)


def _number(name: str) -> int | None:
    text = request.form.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
