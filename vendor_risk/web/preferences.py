"""The theme, the language and the keys of every page, for people and strangers alike."""

from flask import Flask, redirect, request
from flask_login import current_user
from werkzeug.wrappers import Response

from vendor_risk.doors import door, public
from vendor_risk.languages import OFFERED
from vendor_risk.web import frame
from vendor_risk.web.session import actor, now, session
from vendor_risk.workflow import people


@door(public)
def preferences() -> Response:
    """From the next page on it looks and listens as chosen; an account remembers most of it."""
    onward = frame.remember(request.form)
    wanted = {
        name: request.form[name]
        for name, known in (("theme", frame.THEMES), ("language", OFFERED))
        if request.form.get(name) in known
    }
    if current_user and current_user.is_authenticated and wanted:
        me = current_user._get_current_object()
        people.set_preferences(session, me, actor=actor(), now=now(), **wanted)
        session.commit()
    return redirect(onward)


def install(app: Flask) -> None:
    """The frame's form has somewhere to go."""
    app.add_url_rule("/preferences", "preferences", preferences, methods=["POST"])
