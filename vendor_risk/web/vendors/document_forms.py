"""The forms of documents and contracts."""

import uuid
from collections.abc import Iterable, Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional

from vendor_risk.evidence import N_
from vendor_risk.store.models.documents import DocumentKind
from vendor_risk.web.vendors.forms import VendorsForm, choices, one_line
from vendor_risk.workflow import contracts
from vendor_risk.workflow.documents import Terms

KINDS: Mapping[str, str] = {
    DocumentKind.SOC2_II: N_("SOC 2 type II"),
    DocumentKind.SOC2_I: N_("SOC 2 type I"),
    DocumentKind.ISO27001: N_("ISO 27001 certificate"),
    DocumentKind.PCI_AOC: N_("PCI DSS attestation (AOC)"),
    DocumentKind.DPA: N_("Data processing agreement"),
    DocumentKind.INSURANCE: N_("Cyber insurance"),
    DocumentKind.PENTEST: N_("Penetration test"),
    DocumentKind.OTHER: N_("Other"),
}
_SCOPE = {"": None, "yes": True, "no": False}


class _BoughtForm(VendorsForm):
    """A form that may speak of one thing that we buy."""

    revision = HiddenField()
    engagement_id = SelectField(_("For what we buy"), default="")

    def offer(self, engagements: Iterable[tuple[uuid.UUID, str]]) -> None:
        """What we buy from the vendor."""
        pairs = [("", gettext("All that we buy")), *((str(id), name) for id, name in engagements)]
        self.engagement_id.choices = choices(pairs)

    @property
    def engagement(self) -> uuid.UUID | None:
        """What was chosen."""
        return uuid.UUID(self.engagement_id.data) if self.engagement_id.data else None


class DocumentForm(_BoughtForm):
    """A document and what it says of itself."""

    kind = SelectField(
        _("What it is"), choices=[SelectChoice(kind, _(words)) for kind, words in KINDS.items()]
    )
    title = StringField(
        _("Title"), filters=[one_line], validators=[DataRequired(_("Give the document a title."))]
    )
    issuer = StringField(_("Issued by"), filters=[one_line], validators=[Length(max=200)])
    document_date = DateField(
        _("Date of the document"),
        validators=[DataRequired(_("Give the date: evidence without one counts not."))],
    )
    period_end = DateField(
        _("End of the period"),
        validators=[Optional()],
        description=_("Of a report. It holds for twelve months after it."),
    )
    bridge_letter = BooleanField(_("A bridge letter covers three months more"))
    valid_until = DateField(
        _("Valid until"), validators=[Optional()], description=_("As a certificate or policy says.")
    )
    service_in_scope = SelectField(
        _("Is what we buy in its scope?"),
        choices=[
            SelectChoice("", _("Nobody looked")),
            SelectChoice("yes", _("Yes")),
            SelectChoice("no", _("No")),
        ],
    )
    scope = TextAreaField(_("Scope"), description=_("Services, sites and dates that it covers."))
    exceptions = TextAreaField(
        _("Exceptions"), description=_("What the auditor found wrong; “none” where nothing.")
    )
    carve_outs = TextAreaField(
        _("Carve-outs"), description=_("Sub-processors that it leaves out; “none” where none.")
    )
    duties = TextAreaField(
        _("Duties that fall on us"),
        description=_(
            "What the report expects of its customers, one a line: each becomes a task of the"
            " owner of the vendor. “none” where none."
        ),
    )
    seen_at_vendor = BooleanField(_("Read at the vendor, such as in its trust portal; not stored"))
    file = FileField(
        _("File"), description=_("PDF, PNG, JPEG, Word or Excel without macros, up to 20 MB.")
    )

    def terms(self) -> Terms:
        """What the form says."""
        return Terms(
            kind=self.kind.data or "",
            title=self.title.data or "",
            issuer=self.issuer.data or "",
            document_date=self.document_date.data,
            period_end=self.period_end.data,
            bridge_letter=bool(self.bridge_letter.data),
            valid_until=self.valid_until.data,
            service_in_scope=_SCOPE.get(self.service_in_scope.data),
            scope=self.scope.data or "",
            exceptions=self.exceptions.data or "",
            carve_outs=self.carve_outs.data or "",
            duties=self.duties.data or "",
            seen_at_vendor=bool(self.seen_at_vendor.data),
            engagement_id=self.engagement,
        )


class ContractForm(_BoughtForm):
    """What was agreed."""

    title = StringField(
        _("Title"), filters=[one_line], validators=[DataRequired(_("Give the contract a title."))]
    )
    reference = StringField(_("Number"), filters=[one_line], validators=[Length(max=64)])
    starts_on = DateField(_("Start"), validators=[Optional()])
    ends_on = DateField(_("End"), validators=[Optional()])
    notice_on = DateField(
        _("Notice date"),
        validators=[Optional()],
        description=_("The last day on which notice can be given."),
    )
    renews = BooleanField(_("It renews itself unless notice is given"))
    review_days_before = IntegerField(
        _("Review so many days before the notice date"), default=60, validators=[Optional()]
    )

    def terms(self) -> contracts.Terms:
        """What the form says."""
        days = self.review_days_before.data
        return contracts.Terms(
            title=self.title.data or "",
            reference=self.reference.data or "",
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            notice_on=self.notice_on.data,
            renews=bool(self.renews.data),
            review_days_before=60 if days is None else days,
            engagement_id=self.engagement,
        )
