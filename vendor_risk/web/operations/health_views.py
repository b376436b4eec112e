"""What machines ask: whether this one lives, whether it can work, and its numbers."""

import hmac

from flask import Response, abort, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from vendor_risk.doors import door, link
from vendor_risk.store import migrate
from vendor_risk.web.operations import area
from vendor_risk.web.operations.metrics import Numbers
from vendor_risk.web.session import now


@area.get("/healthz")
def healthz() -> Response:
    """200: this process answers. It asks nobody else, so that a slow database kills no pages."""
    return _plain("ok")


@area.get("/readyz")
def readyz() -> Response:
    """200: the database answers and is at this version; else 503 with the reason."""
    database = current_app.extensions["database"]
    try:
        if migrate.pending(database):
            return _plain("the database is not at this version: run db upgrade", 503)
    except SQLAlchemyError:
        current_app.logger.exception("the database does not answer")
        return _plain("the database does not answer", 503)
    return _plain("ready")


@area.get("/metrics")
@door(link)
def metrics() -> Response:
    """Numbers for Prometheus, for whoever has the token of VENDOR_RISK_METRICS_TOKEN."""
    wanted: str = current_app.config["METRICS_TOKEN"]
    if not wanted:
        abort(404)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        abort(403)
    registry = CollectorRegistry()
    registry.register(Numbers(current_app.extensions["database"], now()))
    answer = Response(generate_latest(registry))
    answer.headers["Content-Type"] = CONTENT_TYPE_LATEST
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _plain(text: str, code: int = 200) -> Response:
    answer = Response(text + "\n", code, content_type="text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    return answer
