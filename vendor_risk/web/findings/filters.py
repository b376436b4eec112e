"""The filters of the table of findings as the URL has them; what it does not know is told."""

import uuid
from typing import Any

from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectField, StringField

from vendor_risk.evidence import N_, Severity
from vendor_risk.scoring.controls import NAMES
from vendor_risk.store.models.findings import FindingState
from vendor_risk.store.queries import findings as listed
from vendor_risk.store.queries import vendors as inventory
from vendor_risk.store.queries.findings import SORTS, FindingFilter
from vendor_risk.web import filtering
from vendor_risk.web.findings.words import KINDS, STATES
from vendor_risk.web.session import now, session
from vendor_risk.workflow.names import name_key

_USUAL = "-severity"
_ANY = {"state": N_("All open"), "archived": N_("Without theirs")}
_GROUPS = {"answered": N_("Waits for us"), "closed": N_("All closed"), "all": N_("Open and closed")}
_SEVERITIES = {
    Severity.CRITICAL: N_("Critical"),
    Severity.HIGH: N_("High"),
    Severity.MEDIUM: N_("Medium"),
    Severity.LOW: N_("Low"),
}
_CLOSED = (FindingState.VERIFIED, FindingState.NOT_THEIRS, FindingState.FALSE)
_LABELS = {
    "state": N_("State"),
    "severity": N_("Severity"),
    "owner": N_("Owner"),
    "overdue": N_("Due"),
    "control": N_("Control"),
    "source": N_("Source"),
    "archived": N_("Archived vendors"),
}


class FilterForm(Form):  # type: ignore[misc]
    """The filters above the table."""

    q = StringField()
    state = SelectField(validate_choice=False)
    severity = SelectField(validate_choice=False)
    owner = SelectField(validate_choice=False)
    overdue = SelectField(validate_choice=False)
    control = SelectField(validate_choice=False)
    source = SelectField(validate_choice=False)
    archived = SelectField(validate_choice=False)


Asked = filtering.Asked[FindingFilter]


def choices() -> filtering.Choices:
    """For each filter that one chooses from, the values of the URL and their words."""
    people = {str(id): name for id, name in inventory.people(session)}
    return {
        "state": {
            **{str(key): _(word) for key, word in _GROUPS.items()},
            **{str(key): _(look.word) for key, look in STATES.items()},
        },
        "severity": {str(key): _(word) for key, word in _SEVERITIES.items()},
        "owner": {"me": _("Me"), "nobody": _("Nobody"), **people},
        "overdue": {"yes": _("Overdue")},
        "control": {id: f"{id} {_(name)}" for id, name in NAMES.items()},
        "source": {str(key): _(word) for key, word in KINDS.items()},
        "archived": {"only": _("Only theirs"), "with": _("Theirs too")},
    }


def read(args: MultiDict[str, str]) -> Asked:
    """What the arguments of a URL say; whatever cannot be is left out and told in `ignored`."""
    asked = Asked(FindingFilter())
    said: dict[str, Any] = {"archived": False}
    if text := filtering.text(args, asked):
        said["vendors"] = listed.vendors_named(session, text, name_key(text))
    for name, value in filtering.chosen(args, choices(), asked, _chip):
        said |= _narrowed(name, value)
    asked.wanted = FindingFilter(**said)
    filtering.arrange(args, asked, SORTS, _USUAL)
    return asked


def form_of(args: MultiDict[str, str], asked: Asked) -> FilterForm:
    """The form with what is in use."""
    form = FilterForm(filtering.in_use(args, asked))
    filtering.fill(form, choices(), _LABELS, _ANY, _("Vendor"))
    return form


def _chip(name: str, words: str) -> str:
    return f"{_(_LABELS[name])}: {words}"


def _narrowed(name: str, value: str) -> dict[str, Any]:
    if name == "state":
        if value == "answered":
            return {"answered": True}
        if value in _GROUPS:
            # open and closed: the whole history, also of vendors that left
            return {"closed": True} if value == "closed" else {"closed": None, "archived": None}
        return {"closed": value in _CLOSED, "states": frozenset({value})}
    if name == "severity":
        return {"severities": frozenset({Severity(value).rank})}
    if name == "owner":
        if value == "nobody":
            return {"without_owner": True}
        return {"owner_id": current_user.id if value == "me" else uuid.UUID(value)}
    if name == "archived":
        return {"archived": True if value == "only" else None}
    if name == "overdue":
        return {"overdue_on": now().date()}
    return {"kind" if name == "source" else name: value}
