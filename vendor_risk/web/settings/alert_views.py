"""What people of each role are told who chose nothing themselves."""

from collections.abc import Mapping
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, may
from vendor_risk.web.accounts.forms import ROLE_WORDS
from vendor_risk.web.alerts.forms import DIGESTS, SCOPES
from vendor_risk.web.frame import notice
from vendor_risk.web.session import now, session
from vendor_risk.web.settings import WRITES, area
from vendor_risk.workflow import alerts as steps
from vendor_risk.workflow import settings
from vendor_risk.workflow.alerts import Choice, Digest, Scope

Page = str | AnyResponse | tuple[str, int]


@area.get("/alerts")
def alerts() -> str:
    """What holds now."""
    return _page()


@area.post("/alerts")
@door(WRITES)
def set_alerts() -> Page:
    """People of these roles are told so from now on, unless they chose otherwise."""
    wanted = {role: _wanted(role) for role in steps.DEFAULTS}
    if request.form.get("revision") != str(settings.revision(session, steps.KEY)):
        said = _("Somebody changed this meanwhile. What you chose still stands below.")
        return _page(typed=wanted, said=said), 409
    done = steps.set_role_choices(session, wanted, now=now(), actor=current_user.id)
    session.commit()
    notice(_("Saved.") if done else _("It was so already."))
    return redirect(url_for("settings.alerts"))


@area.post("/alerts/default")
@door(WRITES)
def default_alerts() -> AnyResponse:
    """Roles are told what was delivered."""
    if settings.reset(session, steps.KEY, now=now(), actor=current_user.id):
        session.commit()
        notice(_("The default holds again."))
    return redirect(url_for("settings.alerts"))


def _wanted(role: str) -> Choice:
    try:
        return Choice(
            Scope(request.form.get(f"{role}-scope", "")),
            at_once=request.form.get(f"{role}-at_once") == "yes",
            digest=Digest(request.form.get(f"{role}-digest", "")),
        )
    except ValueError:
        abort(400)


def _page(*, typed: Mapping[str, Choice] | None = None, said: str = "") -> str:
    known: dict[str, Any] = {
        "values": typed or steps.role_choices(session),
        "scopes": SCOPES,
        "digests": DIGESTS,
        "roles": ROLE_WORDS,
    }
    return render_template(
        "settings/alerts.html",
        **known,
        said=said,
        revision=settings.revision(session, steps.KEY),
        writes=may("settings.set_alerts"),
    )
