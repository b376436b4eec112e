"""Decisions over all vendors: the inbox of approvers, what is in force, due or breached."""

from flask import Blueprint

from vendor_risk.doors import guard, role

area = Blueprint("decisions", __name__, url_prefix="/decisions")
guard(area, role("analyst", "approver", "admin"))

from vendor_risk.web.decisions import views  # noqa: E402, F401  (views need the blueprint)
