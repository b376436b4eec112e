"""What moved at all vendors, the newest first."""

from flask import Blueprint

from vendor_risk.doors import guard, role

area = Blueprint("moves", __name__, url_prefix="/moves")
guard(area, role("analyst", "approver", "admin"))

from vendor_risk.web.moves import advisory_views, views  # noqa: E402, F401  (they need the area)
