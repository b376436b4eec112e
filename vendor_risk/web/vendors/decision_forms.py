"""The forms of a decision: what is proposed, what an approver says, and the way out."""

import uuid
from collections.abc import Iterable

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    DateField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from vendor_risk.store.models.decisions import DecisionKind
from vendor_risk.web.vendors.forms import VendorsForm, choices, one_line
from vendor_risk.workflow.conditions import MOST, Wanted
from vendor_risk.workflow.vendors import VendorRefused

KINDS = {
    DecisionKind.APPROVE: _("Approve"),
    DecisionKind.CONDITIONAL: _("Approve with conditions"),
    DecisionKind.REJECT: _("Reject"),
    DecisionKind.OFFBOARD: _("Offboard"),
}


class ConditionRow(Form):  # type: ignore[misc]
    """One condition: what, who, until when."""

    text = StringField(_("What has to be done"), filters=[one_line])
    owner_id = SelectField(_("Owner"), default="")
    due_on = DateField(_("Until"), validators=[Optional()])


class DecisionForm(VendorsForm):
    """A proposal; `seen` and `shown` tell what was decided and known when the page was opened."""

    seen = HiddenField()
    shown = HiddenField()
    kind = RadioField(_("What do you propose?"), choices=choices(KINDS.items()), default="")
    rationale = TextAreaField(
        _("Why"),
        description=_("What speaks for it and against it. It stays with the decision for ever."),
    )
    conditions = FieldList(FormField(ConditionRow), min_entries=1, max_entries=MOST)

    def offer_owners(self, people: Iterable[tuple[uuid.UUID, str]]) -> None:
        """Everybody who can see to a condition."""
        pairs = choices([("", gettext("Choose")), *((str(id), name) for id, name in people)])
        for row in self.conditions:
            row.form.owner_id.choices = pairs

    def wanted(self) -> list[Wanted]:
        """The conditions as they were typed."""
        return [
            Wanted(
                row.form.text.data or "",
                uuid.UUID(row.form.owner_id.data) if row.form.owner_id.data else None,
                row.form.due_on.data,
            )
            for row in self.conditions
        ]

    def add_row(self) -> None:
        """One more line, empty."""
        if len(self.conditions) < MOST:
            self.conditions.append_entry()

    def refuse(self, error: VendorRefused) -> None:
        """As every form, and at the line of a condition."""
        if not error.field.startswith("conditions-"):
            super().refuse(error)
            return
        _name, place, column = error.field.split("-", 2)
        field = self.conditions[int(place)].form[column]
        field.errors = [*field.errors, error.said(gettext)]


class RefusalForm(VendorsForm):
    """Why a proposal is refused."""

    revision = HiddenField()
    refusal = TextAreaField(_("Reason"), description=_("Whoever proposed it reads this."))


class OffboardingForm(VendorsForm):
    """What was done of the way out."""

    revision = HiddenField()
    data_done_on = DateField(
        _("Data returned or deleted on"),
        validators=[Optional()],
        description=_("Also where the vendor never had any: the day on which that was made sure."),
    )
    data_how = StringField(
        _("How, and by whose word"),
        filters=[one_line],
        description=_("Such as: deleted, says the letter of their privacy officer."),
    )
    certificate_id = SelectField(
        _("Certificate"),
        default="",
        description=_("One of the vendor's documents, where there is one."),
    )
    no_certificate = StringField(
        _("Why there is no certificate"),
        filters=[one_line],
        description=_("Such as: the vendor never had any of our data."),
    )
    contract_closed_on = DateField(_("Contract closed on"), validators=[Optional()])
