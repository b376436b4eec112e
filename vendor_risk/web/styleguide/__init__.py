"""Every macro in every state on one page, for whoever builds or judges a page."""

from flask import Blueprint

styleguide = Blueprint("styleguide", __name__)

from vendor_risk.web.styleguide import views  # noqa: E402, F401
