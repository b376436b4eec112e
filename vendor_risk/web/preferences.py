"""The theme and the keys of every page, for people and strangers alike."""

from flask import Flask, redirect, request
from flask_login import current_user
from werkzeug.wrappers import Response

from vendor_risk.doors import door, public
from vendor_risk.web import frame
from vendor_risk.web.session import actor, now, session
from vendor_risk.workflow import people


@door(public)
def preferences() -> Response:
    """From the next page on it looks and listens as chosen; an account remembers its theme."""
    onward = frame.remember(request.form)
    theme = request.form.get("theme")
    if current_user and current_user.is_authenticated and theme in frame.THEMES:
        me = current_user._get_current_object()
        people.set_preferences(session, me, actor=actor(), now=now(), theme=str(theme))
        session.commit()
    return redirect(onward)


def install(app: Flask) -> None:
    """The frame's form has somewhere to go."""
    app.add_url_rule("/preferences", "preferences", preferences, methods=["POST"])
