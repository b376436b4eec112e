"""The forms of reports: order one, have one made again and again, and sign one."""

import uuid
from collections.abc import Iterable, Mapping

from flask_babel import get_babel
from flask_babel import lazy_gettext as _
from wtforms import DateField, HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from vendor_risk import languages
from vendor_risk.reports.report import Kind
from vendor_risk.web.vendors.forms import Boxes, VendorsForm, choices
from vendor_risk.workflow.report_schedules import MONTHLY, QUARTERLY, WEEKLY

EVERY: Mapping[str, str] = {
    WEEKLY: _("Every week"),
    MONTHLY: _("Every month"),
    QUARTERLY: _("Every three months"),
}


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


class VendorOrderForm(OrderForm):
    """Which report of a vendor is made."""

    kind = RadioField(
        _("Kind of report"),
        choices=choices(
            {
                Kind.VENDOR: _("Report for management: four pages that ask for a decision"),
                Kind.DOSSIER: _(
                    "Dossier for an auditor: all that is kept, each row with its source"
                ),
            }.items()
        ),
        default=Kind.VENDOR,
    )


class ScheduleForm(OrderForm):
    """A report that is made on certain days, and who is told."""

    vendor = HiddenField()
    every = SelectField(_("How often"), choices=choices(EVERY.items()), default=MONTHLY)
    first_on = DateField(
        _("First day"),
        validators=[InputRequired(_("Give a day, such as 2027-01-31."))],
        description=_("The others follow from it; a month without that day has its last one."),
    )
    people = Boxes(
        _("Who is told"),
        description=_("They get a letter with a link and no figure; to read it they sign in."),
    )

    def offer(self, people: Iterable[tuple[uuid.UUID, str]]) -> None:
        """Everybody who may read it."""
        self.people.choices = choices((str(id), name) for id, name in people)


class SignForm(VendorsForm):
    """What an approver says of a report that they read."""

    note = TextAreaField(_("What follows from it"), validators=[Length(max=2000)])
