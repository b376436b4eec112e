"""Operations: whether the machine behind the pages works, and what it could not reach."""

from flask import Blueprint

from vendor_risk.doors import guard, public, role

area = Blueprint("operations", __name__)
guard(area, public)

READS = role("admin")
"""Who sees workers, queues and runs; auditors read them too."""

from vendor_risk.web.operations import (  # noqa: E402, F401  (views need the blueprint)
    given_up_views,
    health_views,
    views,
)
