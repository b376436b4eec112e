"""The form that sends questionnaires to a vendor, and the one that withdraws them."""

import uuid

from flask_babel import lazy_gettext as _
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from vendor_risk.web.vendors.forms import Boxes, VendorsForm
from vendor_risk.workflow.responses.sending import MESSAGE

_SHORTEN = _("Shorten this to %(max)d characters or fewer.")


class SendForm(VendorsForm):
    """What goes out, to whom, until when."""

    chosen = Boxes(_("Questionnaires"), description=_("Chosen by the facts; add or leave out."))
    contact_id = SelectField(_("To"), validators=[DataRequired(_("Choose whom to ask."))])
    due_on = DateField(
        _("Answers due by"),
        validators=[Optional()],
        description=_("The link works for 14 days longer. Left empty: in three weeks."),
    )
    language = SelectField(
        _("Language"), description=_("What is not translated yet is asked in English.")
    )
    message = TextAreaField(
        _("Your words"),
        validators=[Length(max=MESSAGE, message=_SHORTEN)],
        description=_("Stands in the letter and above the questions."),
    )

    @property
    def contact(self) -> uuid.UUID | None:
        """Whom it goes to."""
        return uuid.UUID(self.contact_id.data) if self.contact_id.data else None


class WithdrawForm(VendorsForm):
    """Why it is asked no more."""

    reason = StringField(
        _("Reason"),
        validators=[
            DataRequired(_("Say why it is withdrawn.")),
            Length(max=1000, message=_SHORTEN),
        ],
        description=_("The vendor's link opens nothing any more. What was answered is kept."),
    )
