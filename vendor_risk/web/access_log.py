"""A line in the log for each request: its route, never its address, for addresses hold tokens."""

import logging
import time

from flask import Flask, Response, g, request

from vendor_risk import logs
from vendor_risk.web.session import request_id

log = logging.getLogger(__name__)
_QUIET = frozenset({"static", "operations.healthz", "operations.readyz", "operations.metrics"})


def install(app: Flask) -> None:
    """Lines that are written while a request is answered carry its id."""

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()
        logs.begin(request=request_id())

    @app.after_request
    def tell(response: Response) -> Response:
        rule = request.url_rule.rule if request.url_rule else "(no such page)"
        begun = g.get("begun")
        level = logging.DEBUG if request.endpoint in _QUIET else logging.INFO
        log.log(
            level,
            "%s %s",
            request.method,
            rule,
            extra={
                "status": response.status_code,
                "ms": round((time.perf_counter() - begun) * 1000) if begun else None,
            },
        )
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        logs.begin()
