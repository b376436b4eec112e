"""What a vendor's contact sees over a link, without an account."""

from flask import Blueprint

from vendor_risk.doors import guard, link

area = Blueprint("portal", __name__)
guard(area, link)

from vendor_risk.web.portal import views  # noqa: E402, F401  (views need the blueprint)
