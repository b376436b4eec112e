"""Triage: vendors in use that nobody has judged yet, by three questions."""

from flask import Blueprint

from vendor_risk.doors import guard, role

area = Blueprint("triage", __name__, url_prefix="/triage")
guard(area, role("analyst", "admin"))

from vendor_risk.web.triage import views  # noqa: E402, F401  (views need the blueprint)
