"""Scripts of others on our own pages: the inventory, what each is for, and who allowed it."""

from flask import Blueprint

from vendor_risk.doors import guard, only, role

area = Blueprint("scripts", __name__, url_prefix="/scripts")
guard(area, role("analyst", "approver", "admin"))

WRITES = only("analyst", "admin")
"""Who says what a script is for, and authorises it."""

from vendor_risk.web.scripts import views  # noqa: E402, F401  (views need the blueprint)
