"""Reports: order one, read it on screen, take the PDF along."""

from flask import Blueprint

from vendor_risk.doors import guard, role

area = Blueprint("reports", __name__, url_prefix="/reports")
# Every report tells scores, findings and decisions: it is for whoever may open their pages.
guard(area, role("analyst", "approver", "admin"))

from vendor_risk.web.reports import (  # noqa: E402  (views need the blueprint)
    schedule_views,  # noqa: F401
    views,  # noqa: F401
)
