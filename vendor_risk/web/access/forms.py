"""The forms of the access register: one entry, and a file of many."""

import uuid
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional

from vendor_risk.store.models.access import Access
from vendor_risk.web.access.words import FACTS, KINDS
from vendor_risk.web.vendors.forms import VendorsForm, choices, one_line
from vendor_risk.workflow.access import LONGEST, Terms

_SAID = {"yes": True, "no": False}
_FACT_FIELDS = ("second_factor", "separated", "reaches_card_data", "reaches_production")


def _text(label: Any, key: str, hint: Any = "", **more: Any) -> StringField:
    most = LONGEST[key]
    return StringField(
        label,
        filters=[one_line],
        validators=[
            *more.get("validators", ()),
            Length(max=most, message=_("Shorten this to %(n)d characters or fewer.", n=most)),
        ],
        description=hint,
    )


def _fact(label: Any, hint: Any = "") -> SelectField:
    return SelectField(
        label,
        choices=[SelectChoice(value, _(words)) for value, words in FACTS.items()],
        default="",
        description=hint,
    )


class AccessForm(VendorsForm):
    """One way into our systems."""

    revision = HiddenField()
    kind = SelectField(
        _("What it is"), choices=[SelectChoice(kind, _(words)) for kind, words in KINDS.items()]
    )
    name = _text(
        _("Account or connection"),
        "name",
        _("As our systems call it. Never a password or key: this register holds none."),
        validators=[DataRequired(_("Give the account or connection a name."))],
    )
    system = _text(_("System"), "system", _("Where in our systems it leads."))
    engagement_id = SelectField(
        _("For what we buy"), default="", description=_("It lifts the access level of that.")
    )
    holder = _text(_("Who holds it"), "holder", _("A person or a team at the vendor."))
    purpose = _text(_("Purpose"), "purpose", _("What they need it for, in a sentence."))
    remote = BooleanField(_("Reachable from afar"), default=True)
    second_factor = _fact(_("Second factor"))
    segment = _text(_("Network segment"), "segment")
    separated = _fact(
        _("Kept apart from our internal systems"),
        _("If nobody knows it counts as no: that was the way into Target in 2013."),
    )
    reaches_card_data = _fact(_("Reaches card data"))
    reaches_production = _fact(_("Reaches production"))
    last_used_on = DateField(_("Last used"), validators=[Optional()])
    last_reviewed_on = DateField(
        _("Last reviewed"),
        validators=[Optional()],
        description=_("When somebody last asked whether it is still needed."),
    )
    cut_by = _text(_("Who can cut it"), "cut_by", _("A person or a desk of ours, day and night."))
    cut_phone = _text(_("Phone"), "cut_phone", _("The number that is answered at night."))
    cut_how = TextAreaField(
        _("How to cut it"),
        validators=[Length(max=LONGEST["cut_how"])],
        description=_("Such as: disable the account in the directory, then end its sessions."),
    )

    def offer(self, engagements: Iterable[tuple[uuid.UUID, str]]) -> None:
        """What we buy from the vendor."""
        pairs = [("", gettext("All that we buy")), *((str(id), name) for id, name in engagements)]
        self.engagement_id.choices = choices(pairs)

    def terms(self) -> Terms:
        """What the form says."""
        said: dict[str, Any] = {key: self[key].data or "" for key in LONGEST}
        said |= {key: _SAID.get(self[key].data) for key in _FACT_FIELDS}
        return Terms(
            kind=self.kind.data or "",
            remote=bool(self.remote.data),
            last_used_on=self.last_used_on.data,
            last_reviewed_on=self.last_reviewed_on.data,
            engagement_id=uuid.UUID(self.engagement_id.data) if self.engagement_id.data else None,
            **said,
        )


def said_of(row: Access) -> dict[str, Any]:
    """What the fields of a form show of an entry."""
    said = {key: getattr(row, key) for key in (*Terms.__dataclass_fields__, "revision")}
    said["engagement_id"] = str(row.engagement_id or "")
    words = {True: "yes", False: "no", None: ""}
    return said | {key: words[said[key]] for key in _FACT_FIELDS}


class FileForm(VendorsForm):
    """A CSV of the register."""

    file = FileField(
        _("CSV file"),
        validators=[FileRequired(_("Choose a file."))],
        description=_("UTF-8 or Windows text, up to 2,000 lines and 1 MB."),
    )
