"""What people say of a script on our pages."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Length

from vendor_risk.store.models.scripts import NOTE, PURPOSE
from vendor_risk.web.vendors.forms import VendorsForm, one_line

_TOO_LONG = _("Shorten this to %(max)d characters or fewer.")


class ScriptForm(VendorsForm):
    """Why the script is needed, and what keeps it whole."""

    revision = HiddenField()
    purpose = TextAreaField(
        _("Why it is needed"),
        filters=[one_line],
        validators=[Length(max=PURPOSE, message=_TOO_LONG)],
        description=_("The business or technical reason, in a sentence. Authorising needs one."),
    )
    integrity_note = StringField(
        _("What keeps it whole, where no hash does"),
        filters=[one_line],
        validators=[Length(max=NOTE, message=_TOO_LONG)],
        description=_(
            "Such as: the provider changes it daily; our policy allows no other host, and the "
            "page is watched for changes."
        ),
    )
