"""The forms of reports: order one, and sign one."""

from flask_babel import get_babel
from flask_babel import lazy_gettext as _
from wtforms import SelectField, TextAreaField
from wtforms.validators import Length

from vendor_risk import languages
from vendor_risk.web.vendors.forms import VendorsForm, choices


def default_language() -> str:
    """The language of the installation, which a report is written in unless somebody asks."""
    return languages.offered(get_babel().default_locale) or languages.ENGLISH


class OrderForm(VendorsForm):
    """In which language a report is written; the pages around it keep theirs."""

    language = SelectField(
        _("Language of the report"),
        choices=choices(languages.OFFERED.items()),
        default=default_language,
    )


class SignForm(VendorsForm):
    """What an approver says of a report that they read."""

    note = TextAreaField(_("What follows from it"), validators=[Length(max=2000)])
