"""The pages of the intake form, each with its fields and what makes an answer right."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from vendor_risk.evidence import HostClass
from vendor_risk.scoring.scales import BY_KEY, FLOORS, TOP
from vendor_risk.store.models.vendors import NAME, ContactRole
from vendor_risk.web.intake.amounts import minor_units
from vendor_risk.workflow.contacts import checked_email, checked_person, checked_phone
from vendor_risk.workflow.domains import read_host
from vendor_risk.workflow.intake_facts import STATEMENTS
from vendor_risk.workflow.vendors import VendorRefused, clean

NEW = "new"
CHILDREN = "children"
# More of either is a case for the vendor's own page, where they can be imported.
MOST_ROWS = 10
HOST_CLASSES = {
    HostClass.OTHER: _("Something else"),
    HostClass.SERVICE: _("The service that we buy"),
    HostClass.LOGIN: _("Log-in"),
    HostClass.PAYMENT: _("Payment"),
    HostClass.MAIL: _("Mail"),
    HostClass.MAIN: _("Main web site"),
}
CONTACT_ROLES = {
    ContactRole.SECURITY: _("Security"),
    ContactRole.PRIVACY: _("Privacy"),
    ContactRole.COMMERCIAL: _("Commercial"),
}
SAID = {"yes": _("Yes"), "no": _("No"), "unsure": _("Nobody can say")}


def one_line(text: str | None) -> str:
    """What was typed, as the inventory would keep it."""
    return clean(text or "")


def lines(text: str | None) -> str:
    """The same for a text of several lines."""
    return "\n".join(clean(line) for line in (text or "").splitlines()).strip()


def at_most(characters: int) -> Length:
    """Longer is refused, and not cut."""
    words = _("Shorten this to %(most)d characters or fewer.", most=characters)
    return Length(max=characters, message=words)


def choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """Values with their words, for a field."""
    return [SelectChoice(value, words) for value, words in pairs]


class Boxes(SelectMultipleField):  # type: ignore[misc]
    """Several of a few things, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class Page(FlaskForm):  # type: ignore[misc]
    """One page of the request."""

    class Meta:
        """Every POST has shown its token to the application; stored pages are read without one."""

        csrf = False


class VendorPage(Page):
    """Which company it is."""

    name = StringField(
        _("Name of the vendor"),
        filters=[one_line],
        validators=[DataRequired(_("Give the name of the vendor.")), at_most(NAME)],
    )
    domain = StringField(
        _("Main domain"),
        filters=[one_line],
        description=_("Where its web site is, such as parcel.example. We look at it from outside."),
    )
    no_domain = BooleanField(_("It has no domain, or I do not know it"))
    supplier_number = StringField(
        _("Supplier number"),
        filters=[one_line],
        validators=[at_most(64)],
        description=_("From purchasing or accounting, when there is one already."),
    )

    def validate_domain(self, field: StringField) -> None:
        """A host name, or the word that there is none."""
        if not field.data:
            if not self.no_domain.data:
                raise ValidationError(_("Give the main domain, or tick that there is none."))
            return
        if self.no_domain.data:
            raise ValidationError(
                _("There is a domain here, and a tick that there is none: clear one of them.")
            )
        _as_told(read_host, field.data)


class MatchPage(Page):
    """Whether the vendor is one that we have."""

    choice = RadioField(
        _("Is it one of these?"), validators=[InputRequired(_("Choose a vendor, or none of them."))]
    )
    number_of = ""

    def validate_choice(self, field: RadioField) -> None:
        """A new vendor cannot have the number of another."""
        if field.data == NEW and self.number_of:
            raise ValidationError(
                _(
                    "The supplier number you gave is that of %(name)s: choose it, or go back and "
                    "mend the number.",
                    name=self.number_of,
                )
            )


class PurchasePage(Page):
    """What is bought."""

    name = StringField(
        _("In a few words"),
        filters=[one_line],
        validators=[DataRequired(_("Say in a few words what we buy.")), at_most(NAME)],
        description=_("Such as “Parcel delivery” or “Chat in the shop”."),
    )
    purpose = TextAreaField(
        _("What will it do for us?"),
        filters=[lines],
        validators=[DataRequired(_("Say what it will do for us.")), at_most(2000)],
        description=_("Who will use it, and for what. Whoever reviews this reads it first."),
    )


class QuickPage(Page):
    """Whether it is obviously harmless."""

    confirmed = Boxes(
        _("Is this obviously low risk?"),
        choices=choices((one.factor, one.text) for one in STATEMENTS),
        description=_(
            "Tick what is true beyond doubt. If all of it is, five pages of questions fall away. "
            "Otherwise just continue."
        ),
    )
    volume = RadioField(_("About how many business contacts does it get?"), coerce=int)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.confirmed.choices = choices((one.factor, gettext(one.text)) for one in STATEMENTS)
        self.volume.choices = level_choices("data_volume")
        self.volume.validate_choice = self.volume.data is not None

    def validate_volume(self, field: RadioField) -> None:
        """Once all is confirmed, the number decides."""
        if len(set(self.confirmed.data or ())) == len(STATEMENTS) and field.data is None:
            raise ValidationError(_("Say about how many people it is."))


class LevelPage(Page):
    """One factor of inherent risk, its levels as cards."""

    factor = ""
    level = RadioField(coerce=int, validators=[InputRequired(_("Choose what fits best."))])

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.level.label.text = gettext(BY_KEY[self.factor].question)
        self.level.choices = level_choices(self.factor)


class SensitivityPage(LevelPage):
    """How sensitive the data is."""

    factor = "data_sensitivity"


class VolumePage(LevelPage):
    """How many people are in it."""

    factor = "data_volume"


class AccessPage(LevelPage):
    """What the vendor can reach."""

    factor = "access"


class CriticalityPage(LevelPage):
    """How long we can do without."""

    factor = "criticality"


class PaymentPage(LevelPage):
    """What part it plays in a payment."""

    factor = "payment"


class KindsPage(Page):
    """Which of the most sensitive kinds of data it is."""

    kinds = Boxes(
        _("Which of these does the vendor have?"),
        choices=choices(
            [
                ("card-data", _("Card data: it stores, processes or transmits card numbers")),
                (
                    "special-category",
                    _("Special categories: health, religion, politics, biometrics and the like"),
                ),
                (CHILDREN, _("Data about children")),
            ]
        ),
        validators=[InputRequired(_("Tick at least one, or go back and choose another level."))],
    )


class ScriptPage(Page):
    """Whether code of the vendor runs where customers pay."""

    script = RadioField(
        _("Does its code run on a page where customers pay?"),
        choices=choices(SAID.items()),
        validators=[InputRequired(_("Choose one. If nobody can say, that is an answer too."))],
        description=_(
            "Also when it comes in over a tag manager, or on every page. If nobody can say, it "
            "counts as yes until somebody can."
        ),
    )


class PartPage(Page):
    """What makes the payment role the highest."""

    part = Boxes(
        _("What is its part in the payment?"),
        choices=choices(
            [
                ("card-data", _("It stores, processes or transmits card data")),
                ("payment-page-script", _("Its code runs in the check-out")),
            ]
        ),
        validators=[InputRequired(_("Tick at least one, or go back and choose another level."))],
    )


class OwnershipPage(Page):
    """Who answers for it here, and what it costs."""

    owner = SelectField(
        _("Business owner"),
        validators=[DataRequired(_("Choose who owns this purchase."))],
        description=_("Who needs it, and answers when there is a question."),
    )
    legal_entity = StringField(
        _("Our company that buys"),
        filters=[one_line],
        validators=[at_most(NAME)],
        description=_("The legal entity on the contract, where we have several."),
    )
    spend = StringField(
        _("Spend in a year"),
        filters=[one_line],
        description=_("A rough figure is enough, such as 12,000."),
    )
    currency = SelectField(_("Currency"), validate_choice=False)
    purchase_order = StringField(_("Purchase order"), filters=[one_line], validators=[at_most(64)])

    def validate_spend(self, field: StringField) -> None:
        """An amount that the currency can have."""
        if field.data:
            minor_units(field.data, self.currency.data)

    @property
    def spend_minor(self) -> int | None:
        """The spend in minor units of its currency; None when it was not given."""
        return minor_units(self.spend.data, self.currency.data) if self.spend.data else None


class ContactRow(Form):  # type: ignore[misc]
    """One person at the vendor; a row with nothing in it does not count."""

    name = StringField(_("Name"), filters=[one_line])
    email = StringField(_("E-mail"), filters=[one_line])
    phone = StringField(_("Phone"), filters=[one_line])
    roles = Boxes(_("Is asked about"), choices=choices(CONTACT_ROLES.items()))

    @property
    def filled(self) -> bool:
        """Whether anybody is named here."""
        return any((self.name.data, self.email.data, self.phone.data, self.roles.data))

    def validate_name(self, field: StringField) -> None:
        """A name, as soon as anything is given."""
        if self.filled:
            _as_told(checked_person, field.data)

    def validate_email(self, field: StringField) -> None:
        """An address, or a number instead."""
        if self.filled and not field.data and not self.phone.data:
            raise ValidationError(_("Give an e-mail address or a phone number."))
        _as_told(checked_email, field.data)

    def validate_phone(self, field: StringField) -> None:
        """A number."""
        _as_told(checked_phone, field.data)

    def validate_roles(self, field: Boxes) -> None:
        """What the person can be asked about."""
        if self.filled and not field.data:
            raise ValidationError(_("Tick at least one."))


class DomainRow(Form):  # type: ignore[misc]
    """One more host name of the vendor; a row without a name does not count."""

    domain = StringField(_("Domain"), filters=[one_line])
    host_class = SelectField(
        _("What it is for"), choices=choices(HOST_CLASSES.items()), validate_choice=False
    )

    def validate_domain(self, field: StringField) -> None:
        """A host name."""
        if field.data:
            _as_told(read_host, field.data)

    def validate_host_class(self, field: SelectField) -> None:
        """What the host is for."""
        if self.domain.data and field.data not in HOST_CLASSES:
            raise ValidationError(_("Choose what the domain is for."))


class PeoplePage(Page):
    """Whom to ask at the vendor, and where else it lives."""

    contacts = FieldList(FormField(ContactRow), min_entries=1, max_entries=MOST_ROWS)
    domains = FieldList(FormField(DomainRow), min_entries=1, max_entries=MOST_ROWS)
    main_host = ""

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether each row is right, and no host stands here twice."""
        right = bool(super().validate(extra_validators))
        seen = {self.main_host}
        for row in self.named_domains:
            if row.domain.errors:
                continue
            host, display, _registrable = read_host(row.domain.data)
            if host in seen:
                words = gettext("%(host)s is here already: change or clear one.", host=display)
                row.domain.errors = [words]
                right = False
            seen.add(host)
        self.domains.errors = [row.errors for row in self.domains if row.errors]
        return right

    @property
    def named_contacts(self) -> list[ContactRow]:
        """The rows that name somebody."""
        return [row.form for row in self.contacts if row.form.filled]

    @property
    def named_domains(self) -> list[DomainRow]:
        """The rows that name a host."""
        return [row.form for row in self.domains if row.form.domain.data]


def level_choices(factor: str) -> list[SelectChoice]:
    """The levels of a factor, for a form."""
    levels = BY_KEY[factor].levels
    return choices((str(n), gettext(level.label)) for n, level in enumerate(levels))


def examples(factor: str) -> dict[str, str]:
    """An example at each level of a factor."""
    return {str(n): gettext(level.example) for n, level in enumerate(BY_KEY[factor].levels)}


def floors_told(kinds: Iterable[str], part: Iterable[str], script: str | None) -> frozenset[str]:
    """The floors that follow-up questions have touched; nobody knowing counts as yes."""
    told = {*kinds, *part} & FLOORS.keys()
    return frozenset(told | ({"payment-page-script"} if script in ("yes", "unsure") else set()))


def is_top(page: LevelPage) -> bool:
    """Whether the highest level was chosen, which asks what it is."""
    return bool(page.level.data == TOP)


def _as_told(step: Any, text: str | None) -> None:
    """The words of a step's refusal, at the field."""
    try:
        step(text or "")
    except VendorRefused as error:
        raise ValidationError(error.said(gettext)) from error
