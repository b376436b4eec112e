"""The web application, put together from settings: closed by default, sealed from the start."""

import datetime as dt
import importlib
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask
from flask_wtf import CSRFProtect
from sqlmodel import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from vendor_risk import doors
from vendor_risk.config import Settings, SettingsError, load
from vendor_risk.evidence import N_
from vendor_risk.resources import data_dir
from vendor_risk.store.encryption import use_keyring
from vendor_risk.store.engine import Database
from vendor_risk.store.files import Files
from vendor_risk.store.keys import Keys, load_keys
from vendor_risk.store.queries.findings import severe_and_overdue
from vendor_risk.store.queries.scripts import waiting as to_authorise
from vendor_risk.web import (
    access_log,
    accounts,
    errors,
    frame,
    headers,
    language,
    navigation,
    preferences,
)
from vendor_risk.web import session as web_session
from vendor_risk.web.accounts import limits, security
from vendor_risk.web.alerts.counts import to_see
from vendor_risk.web.decisions.counts import to_decide
from vendor_risk.web.navigation import Place
from vendor_risk.web.responses.counts import to_review
from vendor_risk.workflow.queue import Enqueue
from vendor_risk.workflow.triage_queue import waiting

# Each area is a package of vendor_risk.web with one blueprint, which names its door.
AREAS = (
    "accounts",
    "home",
    "intake",
    "moves",
    "alerts",
    "triage",
    "vendors",
    "scans",
    "findings",
    "portal",
    "questionnaire",
    "scripts",
    "access",
    "decisions",
    "responses",
    "work",
    "reports",
    "settings",
    "operations",
    "styleguide",
)


def _overdue(session: Session) -> int:
    return severe_and_overdue(session, web_session.now().date())


NAVIGATION = (
    Place("home.index", N_("Portfolio"), "layout-dashboard"),
    Place("work.index", N_("My work"), "calendar"),
    Place("alerts.index", N_("Alerts"), "bell", waiting=to_see),
    Place("vendors.index", N_("Vendors"), "building-store"),
    Place("intake.index", N_("Requests"), "inbox"),
    Place("triage.index", N_("Triage"), "list-check", waiting=waiting),
    Place("findings.index", N_("Findings"), "alert-triangle", waiting=_overdue),
    Place(
        "responses.index",
        N_("Responses"),
        "pencil",
        waiting=to_review,
        also=("vendors.catalogue",),
    ),
    Place("scans.index", N_("Scans"), "radar"),
    Place("moves.index", N_("What moved"), "refresh"),
    Place("scripts.index", N_("Our pages"), "shield-check", waiting=to_authorise),
    Place("access.index", N_("Access register"), "key"),
    Place("decisions.index", N_("Decisions"), "check", waiting=to_decide),
    Place("reports.index", N_("Reports"), "file-text"),
    Place("accounts.everybody", N_("People"), "users", N_("Administration")),
    Place("settings.index", N_("Settings"), "selector", N_("Administration")),
    Place("accounts.mail", N_("Outbox"), "mail", N_("Administration")),
    Place("operations.index", N_("Operations"), "progress", N_("Administration")),
)

# Doors of what names none of its own.
_DOORS = {"static": doors.public}

# A questionnaire with its evidence is the largest thing anybody sends.
_LARGEST_REQUEST = 32 * 1024 * 1024
# Fields of a form, beside files: the largest form is a page of a questionnaire.
_LARGEST_FORM = 2 * 1024 * 1024


def create_app(
    settings: Settings | None = None,
    *,
    database: Database | None = None,
    enqueue: Enqueue | None = None,
    clock: Callable[[], dt.datetime] | None = None,
) -> Flask:
    """The application; SettingsError or DoorMissing when it must not start."""
    settings = settings or load()
    keys = keys_of(settings)
    use_keyring(keys.ring)
    app = Flask(
        "vendor_risk",
        template_folder=str(data_dir("templates")),
        static_folder=str(data_dir("static")),
        static_url_path="/static",
    )
    app.url_map.strict_slashes = False  # people type /vendors/ as well
    https = _is_https(settings.address)
    app.config.update(_flask_config(settings, keys, https=https))
    app.extensions["database"] = database or Database(settings.database)
    app.extensions["own_models"] = settings.own_models_dir
    app.extensions["files"] = Files(settings.data_dir / "files")
    app.extensions["enqueue"] = _no_queue if enqueue is None else enqueue
    app.extensions["clock"] = clock or (lambda: dt.datetime.now(dt.UTC))
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    access_log.install(app)
    language.install(app, default=settings.language, timezone=settings.timezone)
    headers.install(app, https=https)
    errors.install(app)
    web_session.install(app)
    CSRFProtect(app)
    security.install(app, second_factor_obligatory=settings.require_mfa and not settings.demo)
    doors.install(app, {**_DOORS, **security.DOORS}, accounts.OWN_AFFAIRS | security.OWN_AFFAIRS)
    frame.install(app)
    preferences.install(app)
    navigation.install(app, NAVIGATION)
    for area in AREAS:
        _register(app, area)
    limits.limit_links(app, "portal.show", "portal.answer")
    limits.limit_questionnaires(app)
    doors.check(app)
    return app


def keys_of(settings: Settings) -> Keys:
    """The keys of this installation, as web, worker and commands all need them."""
    return load_keys(
        settings.encryption_keys.get_secret_value(),
        settings.secret_key.get_secret_value(),
        settings.data_dir / "keys.json",
    )


def _flask_config(settings: Settings, keys: Keys, *, https: bool) -> dict[str, Any]:
    return {
        "SECRET_KEY": keys.session_secret,
        "ADDRESS": settings.address,
        "TRUSTED_HOSTS": _hosts(settings.address),
        "MAX_CONTENT_LENGTH": _LARGEST_REQUEST,
        "MAX_FORM_MEMORY_SIZE": _LARGEST_FORM,
        # __Host-: bound to this very host and to https (draft-ietf-httpbis-rfc6265bis). Over http
        # on this machine there is no Secure flag, as some browsers refuse it even there.
        "SESSION_COOKIE_NAME": "__Host-session" if https else "session",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        # A form is valid as long as the sign-in: questionnaires are filled over hours.
        "WTF_CSRF_TIME_LIMIT": None,
        "MAIL_LEAVES": bool(settings.smtp_url.get_secret_value()),
        "DEMO": settings.demo,
        "ORGANISATION": settings.organisation,
        "FEEDS_DIR": settings.feeds_dir,
        "METRICS_TOKEN": settings.metrics_token.get_secret_value(),
        **security.configure(
            organisation=settings.organisation, mail_from=settings.mail_from, keys=keys
        ),
    }


_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def _is_https(address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        return True
    if parts.scheme == "http" and parts.hostname in _THIS_MACHINE:
        return False
    raise SettingsError(
        f"VENDOR_RISK_BASE_URL: {address} must begin with https:// (sign-in cookies and passwords "
        f"would cross the network in clear); only http://localhost may do without"
    )


def _hosts(address: str) -> list[str]:
    host = urlsplit(address).hostname or ""
    return sorted({f"[{name}]" if ":" in name else name for name in (host, *_THIS_MACHINE)})


def _no_queue(session: Session, step: str, subjects: Sequence[str]) -> None:
    raise RuntimeError("create_app() was given no queue, so nothing can be put into it")


def _register(app: Flask, area: str) -> None:
    for blueprint in vars(importlib.import_module(f"vendor_risk.web.{area}")).values():
        if not isinstance(blueprint, Blueprint):
            continue
        app.register_blueprint(blueprint)
