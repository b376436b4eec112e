"""The forms beside a score: what does not apply, and what the vendor's word is worth."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, SelectField, StringField, TextAreaField

from vendor_risk.web.vendors.forms import VendorsForm


class NotApplicableForm(VendorsForm):
    """A control that does not apply here, and why."""

    control = SelectField(_("Control"), validate_choice=False)
    reason = TextAreaField(_("Why it does not apply here"))


class ContradictionForm(VendorsForm):
    """An answer and what speaks against it."""

    revision = HiddenField()
    control = SelectField(_("Control that the answer is about"), validate_choice=False)
    said = StringField(_("What they said"))
    seen = StringField(_("What was seen, and where"))


class CredibleForm(VendorsForm):
    """Why the vendor's word counts again."""

    revision = HiddenField()
    why = TextAreaField(_("What you checked"))
