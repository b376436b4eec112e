"""What every answer tells the browser to allow, and what it must not keep."""

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import current_user

from vendor_risk.web.session import request_id

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

_ALWAYS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
    ),
    "X-Frame-Options": "DENY",
}

# Two years, the least that browsers' preload lists once asked for; only over https.
_HSTS = "max-age=63072000; includeSubDomains"


class PageCookie(SecureCookieSessionInterface):
    """The sign-in cookie, which no file carries: files are cached, also by machines between."""

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Whether this answer carries the cookie."""
        if request.endpoint == "static":
            return False
        return super().should_set_cookie(app, session)


def install(app: Flask, *, https: bool) -> None:
    """Each answer, also of an error, carries the headers."""
    app.session_interface = PageCookie()

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in _ALWAYS.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-ID"] = request_id()
        if https:
            response.headers["Strict-Transport-Security"] = _HSTS
        if request.endpoint != "static" and (current_user and current_user.is_authenticated):
            response.headers["Cache-Control"] = "no-store"
        return response
