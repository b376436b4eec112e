"""The letter that goes with questions which a reviewer returns."""

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from vendor_risk.web.frame import day_words
from vendor_risk.web.session import now, session
from vendor_risk.workflow import outbox
from vendor_risk.workflow.responses.review import Returned


def address(token: str) -> str:
    """Where a link of a vendor leads."""
    return f"{current_app.config['ADDRESS']}/q/{token}"


def returned(told: Returned) -> None:
    """The letter waits in the outbox; the words themselves are behind the link."""
    if not told.link.email:
        return
    with force_locale(told.response.language):
        said = {
            "name": told.link.name,
            "address": address(told.token),
            "due": day_words(told.response.due_on),
            "count": len(told.questions),
        }
        who = current_app.config["ORGANISATION"]
        outbox.put(
            session,
            dedup_key=f"returned/{told.link.id}",
            recipient=told.link.email,
            subject=_("Please look at some answers again, for %(who)s", who=who),
            text=render_template("mail/returned.txt", **said),
            html=render_template("mail/returned.html", **said),
            now=now(),
        )
