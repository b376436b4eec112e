"""The forms of the vendors area, one for each thing; what is wrong is said at its field."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from vendor_risk.evidence import HostClass
from vendor_risk.scoring.model import Tier
from vendor_risk.scoring.scales import FACTORS, FLOORS
from vendor_risk.store.models.vendors import NAME, ContactRole, Kinship
from vendor_risk.web.vendors.words import KINSHIPS, STATES
from vendor_risk.workflow.vendors import UNDECIDED, VendorRefused, clean

HOST_CLASSES: Mapping[str, str] = {
    HostClass.MAIN: _("Main web site"),
    HostClass.LOGIN: _("Log-in"),
    HostClass.PAYMENT: _("Payment"),
    HostClass.MAIL: _("Mail"),
    HostClass.SERVICE: _("The service that we buy"),
    HostClass.OTHER: _("Something else"),
}
CONTACT_ROLES: Mapping[str, str] = {
    ContactRole.SECURITY: _("Security"),
    ContactRole.PRIVACY: _("Privacy"),
    ContactRole.COMMERCIAL: _("Commercial"),
}


def one_line(text: str | None) -> str:
    """What was typed, as the inventory would keep it."""
    return clean(text or "")


def choices(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Values with their words, for a field."""
    return [SelectChoice(str(value), words) for value, words in pairs]


def _at_most(characters: int) -> Length:
    return Length(
        max=characters, message=_("Shorten this to %(n)d characters or fewer.", n=characters)
    )


class Boxes(SelectMultipleField):  # type: ignore[misc]
    """Several of a few things, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class VendorsForm(FlaskForm):  # type: ignore[misc]
    """A form of this area; the application has checked the token of every POST already."""

    class Meta:
        """See above."""

        csrf = False

    def refuse(self, error: VendorRefused) -> None:
        """Put what a step refused at the field that it names, or above the form."""
        field = self._fields.get(error.field)
        if field is None:
            self.form_errors.append(error.said(gettext))
        else:
            field.errors = [*field.errors, error.said(gettext)]


class OwnedForm(VendorsForm):
    """A form that names one of our people."""

    owner_id = SelectField(_("Owner"), default="", description=_("Who of ours answers for it."))

    def offer_owners(self, people: Iterable[tuple[uuid.UUID, str]]) -> None:
        """Everybody who can own a vendor, and nobody."""
        pairs = [("", gettext("Nobody yet")), *((str(id), name) for id, name in people)]
        self.owner_id.choices = choices(pairs)

    @property
    def owner(self) -> uuid.UUID | None:
        """The chosen person."""
        return uuid.UUID(self.owner_id.data) if self.owner_id.data else None


class VendorForm(OwnedForm):
    """What we say of a vendor."""

    revision = HiddenField()
    name = StringField(
        _("Name"),
        filters=[one_line],
        validators=[DataRequired(_("Give the vendor's name.")), _at_most(NAME)],
    )
    supplier_number = StringField(
        _("Supplier number"),
        filters=[one_line],
        validators=[_at_most(64)],
        description=_("From purchasing or accounting."),
    )
    state = SelectField(
        _("State"),
        choices=choices((state, _(STATES[state].word)) for state in UNDECIDED),
        default=UNDECIDED[0],
        description=_("Approved, rejected and the like follow from a decision."),
    )
    in_use = BooleanField(_("We use this vendor already"))
    handshakes_agreed = DateField(
        _("Extra handshakes agreed on"),
        validators=[Optional()],
        description=_(
            "The day on which the vendor was told that scans also try old and weak encryption."
            " Without it they don't."
        ),
    )

    def keep_state(self, state: str) -> None:
        """A state that a decision led to is offered too, as the one that stands."""
        if state not in UNDECIDED:
            self.state.choices = [*self.state.choices, *choices([(state, _(STATES[state].word))])]

    ours = BooleanField(
        _("These are our own pages"),
        description=_(
            "Our own company, with our shop and check-out. Every script on its pages is tied to a"
            " vendor; it is no vendor to be judged itself."
        ),
    )


class NewVendorForm(VendorForm):
    """A vendor with its main domain."""

    confirmed = HiddenField()
    domain = StringField(
        _("Main domain"),
        filters=[one_line],
        description=_("Such as parcel.example. We look at it from outside as soon as it is saved."),
    )
    tags = StringField(
        _("Tags"), filters=[one_line], description=_("Words to group by, with commas between.")
    )


def _pages_field() -> TextAreaField:
    return TextAreaField(
        _("Check-out and log-in pages"),
        validators=[_at_most(12_000)],  # five addresses of 2,000 characters, and room to spare
        description=_(
            "One a line: a path such as /checkout, or a whole https address on a host of the same"
            " domain. Scans read these besides what the front page links to. At most five pages,"
            " and at most four of them on one host."
        ),
    )


class PagesForm(VendorsForm):
    """The pages of one host on which customers pay or log in."""

    checkout_pages = _pages_field()


class DomainForm(VendorsForm):
    """One host name and what it is for."""

    domain = StringField(
        _("Host name"),
        filters=[one_line],
        validators=[DataRequired(_("Give a host name, such as shop.example."))],
    )
    host_class = SelectField(
        _("What it is for"),
        choices=choices(HOST_CLASSES.items()),
        description=_("A fault on a log-in, payment, mail or service host weighs more."),
    )
    checkout_pages = _pages_field()


class ContactForm(VendorsForm):
    """A person at the vendor."""

    name = StringField(
        _("Name"),
        filters=[one_line],
        validators=[DataRequired(_("Give the contact's name.")), _at_most(120)],
    )
    email = StringField(_("E-mail"), filters=[one_line], validators=[_at_most(254)])
    phone = StringField(_("Phone"), filters=[one_line])
    roles = Boxes(_("What we ask this person about"), choices=choices(CONTACT_ROLES.items()))


class EngagementForm(OwnedForm):
    """One thing that we buy, and the five questions about it."""

    revision = HiddenField()
    name = StringField(
        _("What is bought"),
        filters=[one_line],
        validators=[DataRequired(_("Say what is bought.")), _at_most(NAME)],
        description=_("Such as payroll, or parcels to France."),
    )
    purpose = TextAreaField(_("What for"), validators=[_at_most(2000)])
    legal_entity = StringField(
        _("Our legal entity"), filters=[one_line], validators=[_at_most(NAME)]
    )
    purchase_order = StringField(_("Purchase order"), filters=[one_line], validators=[_at_most(64)])
    spend = StringField(_("Spend a year"), filters=[one_line], validators=[_at_most(40)])
    currency = SelectField(_("Currency"), validate_choice=False)
    floors = Boxes(
        _("Do any of these hold?"),
        choices=choices((key, _(words)) for key, words in FLOORS.items()),
    )
    inherits = BooleanField(_("What the parent company proved counts here too"))

    def levels(self) -> dict[str, int | None]:
        """The five answers; None where nobody has said."""
        said = {factor.key: self[factor.key].data for factor in FACTORS}
        return {key: int(value) if value else None for key, value in said.items()}


for _factor in FACTORS:
    setattr(
        EngagementForm,
        _factor.key,
        RadioField(
            _(_factor.question),
            choices=[
                SelectChoice(str(number), _(level.label))
                for number, level in enumerate(_factor.levels)
            ],
            validate_choice=False,
        ),
    )


class TierForm(VendorsForm):
    """A tier that a person sets instead of the computed one."""

    revision = HiddenField()
    tier = SelectField(
        _("Tier"),
        choices=[
            SelectChoice("", _("As computed")),
            *(SelectChoice(str(tier.value), _("Tier %(n)s", n=tier.value)) for tier in Tier),
        ],
    )
    reason = TextAreaField(
        _("Reason"),
        validators=[_at_most(1000)],
        description=_("It stands beside the tier wherever the tier is shown."),
    )

    def validate_reason(self, field: TextAreaField) -> None:
        """Another tier needs a reason."""
        if self.tier.data and not (field.data or "").strip():
            raise ValidationError(_("Say why this tier fits better."))


class TagForm(VendorsForm):
    """One word to group by."""

    tag = StringField(
        _("Tag"), filters=[one_line], validators=[DataRequired(_("Give the tag a word."))]
    )


class KinshipForm(VendorsForm):
    """What the vendor is to its parent."""

    parent = HiddenField()
    kinship = SelectField(
        _("It is a"), choices=choices((kind, _(KINSHIPS[kind])) for kind in Kinship)
    )


class UploadForm(VendorsForm):
    """A CSV from the person's own machine."""

    file = FileField(
        _("CSV file"),
        validators=[FileRequired(_("Choose a file."))],
        description=_("UTF-8 or Windows text, up to 10,000 lines and 10 MB."),
    )


class PolicyForm(VendorsForm):
    """What becomes of lines that may be vendors we have."""

    known = RadioField(
        _("The supplier number is known"),
        choices=[
            SelectChoice("update", _("Update that vendor")),
            SelectChoice("skip", _("Leave the line out")),
        ],
        default="update",
        validators=[InputRequired()],
    )
    alike = RadioField(
        _("Name or domain are like those of a vendor we have"),
        choices=[
            SelectChoice("skip", _("Leave the line out")),
            SelectChoice("new", _("Add it as a new vendor")),
        ],
        default="skip",
        validators=[InputRequired()],
    )


class NoteForm(VendorsForm):
    """What somebody writes about a vendor, or about one thing that we buy from it."""

    engagement_id = SelectField(_("About"), default="")

    def offer(self, engagements: Iterable[tuple[uuid.UUID, str]]) -> None:
        """The vendor as a whole, and what we buy from it."""
        pairs = [("", gettext("The vendor")), *((str(id), name) for id, name in engagements)]
        self.engagement_id.choices = choices(pairs)

    text = TextAreaField(
        _("New note"),
        description=_("@name calls a colleague: the note is then in their work."),
    )
