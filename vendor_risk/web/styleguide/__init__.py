"""Every macro in every state on one page, for whoever builds or judges a page."""

from flask import Blueprint

from vendor_risk.doors import guard, signed_in

styleguide = Blueprint("styleguide", __name__)
guard(styleguide, signed_in)

from vendor_risk.web.styleguide import views  # noqa: E402, F401
