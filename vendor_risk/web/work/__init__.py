"""A Monday morning: what waits for me and for my team, calendars, deputies, handing over."""

from flask import Blueprint

from vendor_risk.doors import guard, link, only, role, signed_in

area = Blueprint("work", __name__, url_prefix="/work")
guard(area, signed_in)

calendar = Blueprint("calendar", __name__, url_prefix="/calendar")
guard(calendar, link)

TEAM = role("analyst", "approver", "admin")
"""Who sees what waits for others."""

HANDS_OVER = only("analyst", "admin")
"""Who gives the work of a person to another."""

from vendor_risk.web.work import views  # noqa: E402, F401  (views need the blueprints)
