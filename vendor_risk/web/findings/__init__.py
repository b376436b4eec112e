"""Findings: what is wrong at our vendors, and what becomes of it."""

from flask import Blueprint

from vendor_risk.doors import guard, only, role

area = Blueprint("findings", __name__, url_prefix="/findings")
guard(area, role("analyst", "approver", "admin"))

WRITES = only("analyst", "approver", "admin")
"""Who reviews findings; that acceptances need an approver is asked by the step itself."""

from vendor_risk.web.findings import ask_views, one_views, views  # noqa: E402, F401
