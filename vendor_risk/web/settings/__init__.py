"""Settings of the programme: the risk that is wanted, how long things may take, the model."""

from flask import Blueprint

from vendor_risk.doors import guard, only, role

area = Blueprint("settings", __name__, url_prefix="/settings")
guard(area, role("admin", "approver"))

WRITES = only("admin")
"""Who changes a setting."""

from vendor_risk.web.settings import (  # noqa: E402, F401  (views need the blueprint)
    alert_views,
    model_views,
    move_views,
    retention_views,
    views,
    webhook_views,
)
