"""Alerts: what a person is told of what moved, what they want to be told, and how that ends."""

from flask import Blueprint

from vendor_risk.doors import guard, link, only

area = Blueprint("alerts", __name__, url_prefix="/alerts")
guard(area, only("analyst", "approver", "admin"))

ending = Blueprint("alerts_off", __name__, url_prefix="/alerts/off")
guard(ending, link)

from vendor_risk.web.alerts import views  # noqa: E402, F401  (views need the blueprints)
