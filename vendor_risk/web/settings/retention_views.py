"""How long details are kept; what would go is counted before it is saved."""

import time
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, may
from vendor_risk.evidence import N_
from vendor_risk.web.frame import notice
from vendor_risk.web.session import now, session
from vendor_risk.web.settings import WRITES, area
from vendor_risk.workflow import retention, settings
from vendor_risk.workflow.retention import Going, Rules
from vendor_risk.workflow.vendors import VendorRefused

Page = str | AnyResponse | tuple[str, int]
# Nobody waits longer for a count; then it is "at least".
_SECONDS = 3.0
LINES = (
    ("all_days", N_("Every look, with all its details")),
    ("weekly_days", N_("Then the first look of each week")),
    ("monthly_days", N_("Then the first look of each month")),
    ("letter_days", N_("What letters said that were sent")),
    ("alert_days", N_("Alerts, and the log of webhooks")),
    ("job_days", N_("Jobs of the queue that are over")),
)


@area.get("/retention")
def kept() -> str:
    """What holds now."""
    return _page()


@area.post("/retention")
@door(WRITES)
def set_kept() -> Page:
    """First it is counted what would go; who says yes to that saves it."""
    typed = {each.name: request.form.get(each.name, "").strip() for each in fields(Rules)}
    if request.form.get("revision") != str(settings.revision(session, retention.KEY)):
        said = _("Somebody changed this meanwhile. What holds now stands below; yours is in it.")
        return _page(typed=typed, said=said), 409
    try:
        wanted = retention.checked({name: _number(text) for name, text in typed.items()})
    except VendorRefused as error:
        return _page(typed=typed, wrong={error.field: error.said(_)}), 422
    if request.form.get("counted") != _signed(wanted):
        return _page(typed=typed, wanted=wanted)
    done = retention.set_rules(session, wanted, now=now(), actor=current_user.id)
    session.commit()
    notice(_("Saved. It counts from the next night on.") if done else _("It was so already."))
    return redirect(url_for(".kept"))


@area.post("/retention/default")
@door(WRITES)
def default_kept() -> AnyResponse:
    """As it was delivered."""
    if settings.reset(session, retention.KEY, now=now(), actor=current_user.id):
        session.commit()
        notice(_("The default holds again."))
    return redirect(url_for(".kept"))


def _page(
    *,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    said: str = "",
    wanted: Rules | None = None,
) -> str:
    held = retention.rules(session)
    known: dict[str, Any] = {
        "lines": LINES,
        "held": asdict(held),
        "values": typed or asdict(held),
        "wrong": wrong or {},
        "said": said,
        "going": _going(wanted or held) if not wrong else None,
        "counted": _signed(wanted) if wanted else "",
        "revision": settings.revision(session, retention.KEY),
        "writes": may("settings.set_kept"),
    }
    return render_template("settings/retention.html", **known)


def _going(held: Rules) -> Going:
    """What would go tonight by these rules."""
    looks, whole, until = 0, True, time.monotonic() + _SECONDS
    for vendors in retention.vendor_slices(session):
        if time.monotonic() > until:
            whole = False
            break
        looks += len(retention.looks_to_thin(session, vendors, held, now()))
    letters = retention.old_letters(session, held, now())
    return Going(looks, letters, retention.old_alerts(session, held, now()), whole)


def _signed(wanted: Rules) -> str:
    """These numbers, so that others than were counted are counted first."""
    return "-".join(str(value) for value in asdict(wanted).values())


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
