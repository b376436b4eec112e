"""Scans: order one, watch it, read what it saw."""

from flask import Blueprint

from vendor_risk.doors import guard, signed_in

area = Blueprint("scans", __name__, url_prefix="/scans")
guard(area, signed_in)

from vendor_risk.web.scans import views  # noqa: E402, F401  (views need the blueprint)
