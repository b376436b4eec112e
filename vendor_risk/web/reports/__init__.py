"""Reports: order one, read it on screen, take the PDF along."""

from flask import Blueprint

from vendor_risk.doors import guard, signed_in

area = Blueprint("reports", __name__, url_prefix="/reports")
guard(area, signed_in)

from vendor_risk.web.reports import (  # noqa: E402  (views need the blueprint)
    schedule_views,  # noqa: F401
    views,  # noqa: F401
)
