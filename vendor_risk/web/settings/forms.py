"""The form that changes the risk model."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, TextAreaField

from vendor_risk.web.vendors.forms import VendorsForm


class SwitchForm(VendorsForm):
    """Why another model is used from now on."""

    revision = HiddenField()
    reason = TextAreaField(_("Why"))
