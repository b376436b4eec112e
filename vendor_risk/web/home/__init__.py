"""The portfolio: what a person sees first."""

from flask import Blueprint

from vendor_risk.doors import guard, signed_in

area = Blueprint("home", __name__)
guard(area, signed_in)

from vendor_risk.web.home import views  # noqa: E402, F401  (views need the blueprint)
