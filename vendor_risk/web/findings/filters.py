"""The filters of the table of findings as the URL has them; what it does not know is told."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectChoice, SelectField, StringField

from vendor_risk.evidence import N_, Severity
from vendor_risk.scoring.controls import NAMES
from vendor_risk.store.models.findings import FindingState
from vendor_risk.store.queries import findings as listed
from vendor_risk.store.queries import vendors as inventory
from vendor_risk.store.queries.findings import SORTS, FindingFilter
from vendor_risk.web.findings.words import KINDS, STATES
from vendor_risk.web.session import now, session
from vendor_risk.workflow.names import name_key
from vendor_risk.workflow.vendors import clean

SIZES = (25, 50, 100)
_LONGEST = 200  # characters of a text that is looked for
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


@dataclass(slots=True)
class Asked:
    """What a URL asks of the table, in the words of the query and in those of a reader."""

    wanted: FindingFilter
    sort: str
    per: int
    chips: list[tuple[str, str]] = field(default_factory=list)  # words, name in the URL
    ignored: list[str] = field(default_factory=list)


def choices() -> Mapping[str, Mapping[str, str]]:
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
    asked = Asked(FindingFilter(), "-severity", SIZES[0])
    said: dict[str, Any] = {"archived": False}
    text = clean(args.get("q", ""))[:_LONGEST]
    if text:
        said["vendors"] = listed.vendors_named(session, text, name_key(text))
        asked.chips.append((f"“{text}”", "q"))
    for name, known in choices().items():
        value = args.get(name, "").strip()
        if not value:
            continue
        if value not in known:
            asked.ignored.append(f"{name} = “{clean(value)[:40]}”")
            continue
        said |= _narrowed(name, value)
        asked.chips.append((f"{_(_LABELS[name])}: {known[value]}", name))
    asked.wanted = FindingFilter(**said)
    asked.per = next((size for size in SIZES if args.get("per") == str(size)), SIZES[0])
    asked.sort = next((sort for sort in SORTS if args.get("sort") == sort), "-severity")
    return asked


def form_of(args: MultiDict[str, str], asked: Asked) -> FilterForm:
    """The form with what is in use."""
    used = [name for _words, name in asked.chips]
    form = FilterForm(MultiDict((name, args[name]) for name in used))
    form.q.label.text = _("Vendor")
    for name, known in choices().items():
        form[name].label.text = _(_LABELS[name])
        first = {"state": _("All open"), "archived": _("Without theirs")}.get(name, _("Any"))
        form[name].choices = [
            SelectChoice("", first),
            *(SelectChoice(value, words) for value, words in known.items()),
        ]
    return form


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
