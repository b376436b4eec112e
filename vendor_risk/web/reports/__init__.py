"""Reports: order one, read it on screen, take the PDF along."""

from flask import Blueprint

from vendor_risk.doors import guard, signed_in

area = Blueprint("reports", __name__, url_prefix="/reports")
guard(area, signed_in)

from vendor_risk.web.reports import views  # noqa: E402, F401  (views need the blueprint)
