"""Responses of vendors: the queue of those who review them, and the page of one."""

from flask import Blueprint

from vendor_risk.doors import guard, only, role

area = Blueprint("responses", __name__, url_prefix="/responses")
guard(area, role("analyst", "approver", "admin"))

WRITES = only("analyst", "approver", "admin")
"""Who reviews answers."""

from vendor_risk.web.responses import one_views, views, workbook_views  # noqa: E402, F401
