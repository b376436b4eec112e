"""Intake: procurement's request, one thing per page, and the list of requests."""

from flask import Blueprint

from vendor_risk.doors import guard, role

area = Blueprint("intake", __name__, url_prefix="/intake")
guard(area, role("requester", "analyst", "approver", "admin"))

from vendor_risk.web.intake import views  # noqa: E402, F401  (views need the blueprint)
