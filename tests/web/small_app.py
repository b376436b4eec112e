"""The smallest application around the frame: the style guide, the CSP and somebody signed in."""

from flask import Flask, redirect, render_template, request
from flask_babel import Babel
from flask_wtf import CSRFProtect
from werkzeug.wrappers import Response

from vendor_risk.resources import data_dir
from vendor_risk.web import frame
from vendor_risk.web.styleguide import styleguide

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
NAV = [
    ("Portfolio", "layout-dashboard", 0, ""),
    ("Vendors", "building-store", 0, ""),
    ("Intake requests", "inbox", 4, ""),
    ("Questionnaires", "list-check", 11, ""),
    ("Findings", "alert-triangle", 1063, ""),
    ("Scans", "radar", 0, ""),
    ("Reports", "file-text", 0, ""),
    ("Tier 1, review overdue", "filter", 0, "Saved views"),
    ("Handles personal data", "filter", 0, "Saved views"),
]
URLS = {
    "home": "/styleguide",
    "search": "/search",
    "help": "/styleguide",
    "sign_out": "/sign-out",
    "preferences": "/preferences",
}


def small_app(*, signed_in: bool = True) -> Flask:
    """An application with the frame, its context and the style guide."""
    app = Flask(
        __name__,
        template_folder=str(data_dir("templates")),
        static_folder=str(data_dir("static")),
        static_url_path="/static",
    )
    app.config.update(SECRET_KEY="only for tests", BABEL_DEFAULT_TIMEZONE="Europe/Berlin")
    Babel(app)
    CSRFProtect(app)
    frame.install(app)
    app.register_blueprint(styleguide)

    @app.context_processor
    def somebody() -> dict[str, object]:
        if not signed_in:
            return {"frame_urls": {name: URLS[name] for name in ("home", "preferences")}}
        nav = [
            {
                "url": f"/page/{number}" if number != 1 else "/styleguide",
                "label": label,
                "icon": icon,
                "count": count,
                "current": number == 1,
                "group": group,
            }
            for number, (label, icon, count, group) in enumerate(NAV)
        ]
        person = {"name": "Jana Ortiz", "role": "Risk analyst", "initials": "JO"}
        return {"frame_urls": URLS, "nav": nav, "person": person}

    @app.post("/preferences")
    def preferences() -> Response:
        return redirect(frame.remember(request.form))

    @app.get("/search")
    def search() -> str:
        return render_template("error.html", code=404, title="Search", text="Nothing was found.")

    @app.get("/broken")
    def broken() -> tuple[str, int]:
        return render_template(
            "error.html",
            code=500,
            title="The page could not be made",
            text="Something failed on our side. What you typed before was saved.",
            kept="The error is in the log; nothing was sent to the vendor.",
            retry_url="/broken",
            reference="7f3a-12",
        ), 500

    @app.after_request
    def strict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CSP
        return response

    return app
