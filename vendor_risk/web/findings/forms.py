"""What people say of a finding: a step, an owner and a day, a comment, a new one, a letter."""

import uuid

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import (
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from vendor_risk.evidence import Severity
from vendor_risk.scoring.controls import NAMES
from vendor_risk.scoring.knockouts import KNOCKOUTS
from vendor_risk.store.models.findings import TITLE
from vendor_risk.web.vendors.forms import Boxes, OwnedForm, VendorsForm, one_line
from vendor_risk.workflow.finding_requests import MESSAGE
from vendor_risk.workflow.findings import NOTE

_TOO_LONG = _("Shorten this to %(max)d characters or fewer.")
_NO_DATE = _("Give a day, such as 2027-01-31.")


class Day(DateField):  # type: ignore[misc]
    """A day; what is none is told in words that mend it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """As DateField, with our words."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_NO_DATE) from error


class StepForm(VendorsForm):
    """One step in the life of a finding."""

    revision = HiddenField()
    step = RadioField(
        _("What is to be done"), validators=[InputRequired(_("Choose what is to be done."))]
    )
    note = TextAreaField(
        _("Reason"),
        validators=[Length(max=NOTE, message=_TOO_LONG)],
        description=_("It stays in the history of the finding."),
    )
    link = StringField(
        _("Link to what shows it"),
        filters=[one_line],
        description=_("A ticket, or the report of a retest, such as https://tickets.example/4711."),
    )
    file = FileField(
        _("File that shows it"),
        description=_("PDF, PNG, JPEG, text or CSV, up to 10 MB. It stays in the history."),
    )
    until = Day(
        _("Accepted until"),
        validators=[Optional()],
        description=_("To accept only: the last day, at most two years ahead."),
    )


class WorkForm(OwnedForm):
    """Who takes care of it, and by when it has to be mended."""

    revision = HiddenField()
    due_on = Day(_("Due"), validators=[Optional()])


class CommentForm(VendorsForm):
    """Words for the history."""

    note = TextAreaField(
        _("Comment"), validators=[Length(max=NOTE, message=_TOO_LONG)], id="comment"
    )


class RaiseForm(VendorsForm):
    """A finding that a person saw."""

    title = StringField(
        _("What is wrong"),
        filters=[one_line],
        validators=[
            DataRequired(_("Say in a sentence what is wrong.")),
            Length(max=TITLE, message=_TOO_LONG),
        ],
    )
    severity = SelectField(
        _("Severity"),
        default="medium",
        choices=[
            SelectChoice("critical", _("Critical")),
            SelectChoice("high", _("High")),
            SelectChoice("medium", _("Medium")),
            SelectChoice("low", _("Low")),
        ],
    )
    control = SelectField(
        _("Control"), description=_("The one that it holds down while the finding is open.")
    )
    engagement_id = SelectField(_("Engagement"), default="")
    asset = StringField(
        _("Where"),
        filters=[one_line],
        validators=[Length(max=253, message=_TOO_LONG)],
        description=_("A host, a product or a place, such as the admin portal."),
    )
    effect = TextAreaField(
        _("What it can lead to"), validators=[Length(max=2000, message=_TOO_LONG)]
    )
    fix = TextAreaField(
        _("How to mend it"),
        validators=[Length(max=4000, message=_TOO_LONG)],
        description=_("The vendor reads this when it is asked."),
    )
    knockout = SelectField(
        _("Knock-out"), default="", description=_("Only where this very fact stands.")
    )

    def offer(self, engagements: list[tuple[str, str]]) -> None:
        """What the model and the vendor let one choose."""
        self.control.choices = [
            SelectChoice(id, f"{id} {gettext(name)}") for id, name in NAMES.items()
        ]
        self.knockout.choices = [
            SelectChoice("", gettext("None")),
            *(SelectChoice(id, f"{id} {gettext(text)}") for id, text in KNOCKOUTS.items()),
        ]
        self.engagement_id.choices = [
            SelectChoice("", gettext("All that we buy")),
            *(SelectChoice(id, name) for id, name in engagements),
        ]

    @property
    def rank(self) -> Severity:
        """The chosen severity."""
        return Severity(self.severity.data)


class AskForm(VendorsForm):
    """A letter to a contact."""

    chosen = Boxes(_("Findings"))
    contact_id = SelectField(_("To"), default="", validate_choice=False)
    due_on = Day(
        _("Mended by"),
        validators=[Optional()],
        description=_("The link works until 14 days after it. Without a day: 30 days from now."),
    )

    @property
    def contact(self) -> uuid.UUID | None:
        """The chosen contact; None for the first one for security."""
        named = self.contact_id.data or ""
        try:
            return uuid.UUID(named) if named else None
        except ValueError:  # no contact has such an id, which the step says
            return uuid.UUID(int=0)

    message = TextAreaField(
        _("Your words"),
        validators=[Length(max=MESSAGE, message=_TOO_LONG)],
        description=_("They stand above the findings on the page, not in the mail."),
    )
