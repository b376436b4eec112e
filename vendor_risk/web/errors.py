"""Pages for what went wrong: what failed, and what one can do about it."""

import logging
import time

from flask import Flask, Response, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError, TooManyRequests

from vendor_risk.evidence import N_
from vendor_risk.web.session import request_id, session

log = logging.getLogger(__name__)

_STRANGE_HOST = "This is not the address of this installation. Mend: VENDOR_RISK_BASE_URL.\n"

_PAGES: dict[int, tuple[str, str, str]] = {
    400: (
        N_("That request made no sense"),
        N_("Something in what your browser sent is wrong or missing. Nothing was saved."),
        N_("Go back, load the page again and try once more."),
    ),
    403: (
        N_("This is not yours to open"),
        N_("Your roles do not allow this. Nothing was changed."),
        N_("If you need it for your work, ask an administrator for the role."),
    ),
    404: (
        N_("There is no such page"),
        N_("The address is wrong, or what was here has been removed."),
        N_("Check the address, or search for what you were looking for."),
    ),
    405: (
        N_("That does not work here"),
        N_("This page cannot be opened or sent in that way. Nothing was saved."),
        N_("Go back and use the buttons of the page."),
    ),
    413: (
        N_("That is too large"),
        N_("What you sent is larger than this page takes. Nothing was saved."),
        N_("Send a smaller file, or several smaller ones."),
    ),
    422: (
        N_("Something is not filled in right"),
        N_("What you sent could not be used. Nothing was saved."),
        N_("Go back, correct it and send it again."),
    ),
    429: (
        N_("Too many attempts"),
        N_("There were too many failed attempts, so this is shut for a while."),
        N_("Wait, then try again."),
    ),
    500: (
        N_("Something failed on our side"),
        N_("This page could not be made. What you had not yet saved may be lost."),
        N_("Try again; if it stays, tell an administrator the number below."),
    ),
}


def install(app: Flask) -> None:
    """Every error is a page of the product, and says what to do."""
    app.register_error_handler(HTTPException, _known)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(Exception, _unknown)


def page(code: int, title: str, what: str, mend: str) -> tuple[str, int]:
    """An error page with its code."""
    shown = render_template(
        "error.html", code=code, title=title, text=what, kept=mend, reference=request_id()
    )
    return shown, code


def _known(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error
    if isinstance(error, SecurityError):  # without a host of ours no page can be put together
        return Response(_STRANGE_HOST, 400, mimetype="text/plain")
    code = error.code or 500
    if code < 400:
        return error
    title, what, mend = _PAGES.get(code) or _PAGES[400 if code < 500 else 500]
    if isinstance(error, TooManyRequests):
        # the limits count by the clock of the machine
        seconds = max(1, int(g.get("opens_again_at", 0) - time.time()))
        minutes = max(1, -(-seconds // 60))
        mend = ngettext(
            "Wait a minute, then try again.", "Wait %(num)d minutes, then try again.", minutes
        )
        return *page(code, _(title), _(what), mend), {"Retry-After": str(seconds)}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        return *page(code, _(title), _(what), _(mend)), {"Allow": ", ".join(error.valid_methods)}
    return page(code, _(title), _(what), _(mend))


def _stale(error: CSRFError) -> tuple[str, int]:
    log.info("refused a form without a valid token: %s", error.description)
    return page(
        400,
        _("This form is no longer valid"),
        _("You signed in or out since it was opened, or it came from elsewhere."),
        _("Go back, load the page again and send it once more."),
    )


def _unknown(error: Exception) -> ResponseReturnValue:
    log.exception("request %s failed", request_id(), exc_info=error)
    title, what, mend = _PAGES[500]
    try:
        session.rollback()  # the frame of the page asks the database too
        return page(500, _(title), _(what), _(mend))
    except Exception:  # such as a database that is down: a page without its frame
        log.exception("the error page of request %s failed as well", request_id())
        words = f"{_(title)}\n\n{_(what)}\n{_(mend)}\n\n{request_id()}\n"
        return Response(words, 500, mimetype="text/plain")
