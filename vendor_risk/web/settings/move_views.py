"""The table that says what each kind of move is answered with, by tier."""

from collections.abc import Mapping
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, may
from vendor_risk.reports.moves import TABLE, Answer, Kind
from vendor_risk.web.frame import notice
from vendor_risk.web.moves.words import ANSWERS
from vendor_risk.web.session import now, session
from vendor_risk.web.settings import WRITES, area
from vendor_risk.workflow import moves as steps
from vendor_risk.workflow import settings

Page = str | AnyResponse | tuple[str, int]
_TIERS = range(4)


@area.get("/moves")
def moves() -> str:
    """What holds now, and where it is another than delivered."""
    return _page()


@area.post("/moves")
@door(WRITES)
def set_moves() -> Page:
    """Moves from now on are answered so."""
    wanted = {kind: tuple(_answer(f"{kind}-{tier}") for tier in _TIERS) for kind in Kind}
    if request.form.get("revision") != str(settings.revision(session, steps.KEY)):
        said = _("Somebody changed this meanwhile. What you chose still stands below.")
        return _page(typed=wanted, said=said), 409
    done = steps.set_table(session, wanted, now=now(), actor=current_user.id)
    session.commit()
    notice(_("Saved.") if done else _("It was so already."))
    return redirect(url_for("settings.moves"))


@area.post("/moves/default")
@door(WRITES)
def default_moves() -> AnyResponse:
    """The table is as it was delivered."""
    if settings.reset(session, steps.KEY, now=now(), actor=current_user.id):
        session.commit()
        notice(_("The default holds again."))
    return redirect(url_for("settings.moves"))


def _answer(name: str) -> Answer:
    try:
        return Answer(request.form.get(name, ""))
    except ValueError:
        abort(400)


def _page(*, typed: Mapping[Kind, Any] | None = None, said: str = "") -> str:
    held = steps.table(session)
    return render_template(
        "settings/moves.html",
        table=TABLE,
        values=typed or held,
        held=held,
        said=said,
        answers=ANSWERS,
        revision=settings.revision(session, steps.KEY),
        writes=may("settings.set_moves"),
    )
