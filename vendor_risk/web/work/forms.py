"""The forms of the work area."""

from flask_babel import lazy_gettext as _
from wtforms import DateField, SelectField
from wtforms.validators import Optional

from vendor_risk.web.vendors.forms import VendorsForm


class DeputyForm(VendorsForm):
    """Who stands in for me, from when until when."""

    deputy_id = SelectField(_("Deputy"), default="")
    from_on = DateField(_("First day"), validators=[Optional()])
    until_on = DateField(_("Last day"), validators=[Optional()])


class HandOverForm(VendorsForm):
    """To whom all work goes."""

    to = SelectField(_("To"), default="")
