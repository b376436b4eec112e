"""The form that says what a person, or a role, wants to be told."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, SelectField

from vendor_risk.evidence import N_
from vendor_risk.web.vendors.forms import VendorsForm, choices
from vendor_risk.workflow.alerts import Choice, Digest, Scope

SCOPES: Mapping[str, str] = {
    Scope.NONE: N_("Of nothing"),
    Scope.OWN: N_("Of vendors that I answer for"),
    Scope.ALL: N_("Of all vendors"),
}
DIGESTS: Mapping[str, str] = {
    Digest.OFF: N_("Never"),
    Digest.WEEKLY: N_("On Mondays"),
    Digest.DAILY: N_("Every morning"),
}
_HOURS = [("", _("never")), *((str(hour), f"{hour:02}:00") for hour in range(24))]


class ChoiceForm(VendorsForm):
    """Of what, how fast, how often, and when not."""

    revision = HiddenField()
    scope = SelectField(
        _("What I am told of"), choices=choices([(k, _(w)) for k, w in SCOPES.items()])
    )
    at_once = BooleanField(_("A letter at once for alerts"))
    digest = SelectField(
        _("A collected letter of the rest"),
        choices=choices([(k, _(w)) for k, w in DIGESTS.items()]),
    )
    quiet_from = SelectField(_("No letter from"), choices=choices(_HOURS))
    quiet_until = SelectField(_("until"), choices=choices(_HOURS))

    @staticmethod
    def shown(choice: Choice, revision: int) -> dict[str, Any]:
        """What the form shows of a choice."""
        hours = {
            name: "" if (hour := getattr(choice, name)) is None else str(hour)
            for name in ("quiet_from", "quiet_until")
        }
        return {
            "revision": str(revision),
            "scope": str(choice.scope),
            "at_once": choice.at_once,
            "digest": str(choice.digest),
            **hours,
        }

    def wanted(self) -> Choice:
        """What was chosen."""
        return Choice(
            Scope(self.scope.data),
            at_once=bool(self.at_once.data),
            digest=Digest(self.digest.data),
            quiet_from=_hour(self.quiet_from.data),
            quiet_until=_hour(self.quiet_until.data),
        )


def _hour(text: str) -> int | None:
    return int(text) if text else None
