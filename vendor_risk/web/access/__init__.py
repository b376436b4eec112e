"""The access register over all vendors: what they hold in our systems, and its import."""

from flask import Blueprint

from vendor_risk.doors import guard, only, role

area = Blueprint("access", __name__, url_prefix="/access")
READS = role("analyst", "approver", "admin")
"""Who sees which ways lead into our systems; auditors read too."""

guard(area, READS)

WRITES = only("analyst", "admin")
"""Who keeps the register."""

from vendor_risk.web.access import import_views, views  # noqa: E402, F401  (need the blueprint)
