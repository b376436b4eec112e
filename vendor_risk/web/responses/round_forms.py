"""The form of a round of questionnaires, and the one that lets it begin."""

from flask_babel import lazy_gettext as _
from wtforms import DateField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from vendor_risk.web.vendors.forms import Boxes, VendorsForm
from vendor_risk.workflow.responses.sending import MESSAGE


class RoundForm(VendorsForm):
    """What goes out, and until when it is to be answered."""

    by = SelectField(
        _("What is asked"),
        choices=[
            SelectChoice("facts", _("What the facts of each engagement choose")),
            SelectChoice("named", _("The questionnaires chosen below")),
        ],
    )
    chosen = Boxes(_("Questionnaires"), description=_("Only where you choose them yourself."))
    due_on = DateField(
        _("Answers due by"),
        validators=[Optional()],
        description=_("The links work for 14 days longer. Left empty: in three weeks."),
    )
    message = TextAreaField(
        _("Your words"),
        validators=[Length(max=MESSAGE, message=_("Shorten this to %(max)d characters or fewer."))],
        description=_("Stands in each letter and above the questions."),
    )


class BeginForm(VendorsForm):
    """The number of letters, typed on purpose."""

    typed = StringField(_("Number of letters"))
