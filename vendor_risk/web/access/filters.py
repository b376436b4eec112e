"""The filters of the access register as the URL has them; what it does not know is told."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form, HiddenField, SelectField, StringField

from vendor_risk.evidence import N_
from vendor_risk.store.queries.access import SORTS, UNKNOWN, AccessFilter
from vendor_risk.web import filtering
from vendor_risk.web.access.words import KINDS
from vendor_risk.workflow.access import UNUSED_DAYS, review_before

_USUAL = "vendor"
_SORTS = frozenset({*SORTS, *(f"-{sort}" for sort in SORTS)})

_LABELS: Mapping[str, str] = {
    "kind": N_("Kind"),
    "factor": N_("Second factor"),
    "cards": N_("Card data"),
    "production": N_("Production"),
    "review": N_("Review"),
    "use": N_("Use"),
    "ended": N_("State"),
}
# What each value in the URL narrows to, and its words.
_CHOICES: Mapping[str, Mapping[str, tuple[dict[str, Any], str]]] = {
    "kind": {kind: ({"kind": kind}, words) for kind, words in KINDS.items()},
    "factor": {
        "no": ({"second_factor": "no"}, N_("Without second factor")),
        UNKNOWN: ({"second_factor": UNKNOWN}, N_("Second factor: nobody knows")),
        "yes": ({"second_factor": "yes"}, N_("With second factor")),
    },
    "cards": {
        "yes": ({"card_data": "yes"}, N_("Reaches card data")),
        UNKNOWN: ({"card_data": UNKNOWN}, N_("Card data: nobody knows")),
        "no": ({"card_data": "no"}, N_("Reaches no card data")),
    },
    "production": {
        "yes": ({"production": "yes"}, N_("Reaches production")),
        UNKNOWN: ({"production": UNKNOWN}, N_("Production: nobody knows")),
        "no": ({"production": "no"}, N_("Reaches no production")),
    },
    "review": {"overdue": ({}, N_("Review overdue"))},
    "use": {"unused": ({}, N_("Unused for 90 days"))},
    "ended": {
        "yes": ({"ended": True}, N_("Cut off")),
        "all": ({"ended": None}, N_("Open or cut off")),
    },
}


class FilterForm(Form):  # type: ignore[misc]
    """The filters above the list."""

    q = StringField()
    kind = SelectField(validate_choice=False)
    factor = SelectField(validate_choice=False)
    cards = SelectField(validate_choice=False)
    production = SelectField(validate_choice=False)
    review = SelectField(validate_choice=False)
    use = SelectField(validate_choice=False)
    ended = SelectField(validate_choice=False)
    vendor = HiddenField()
    sort = HiddenField()


Asked = filtering.Asked[AccessFilter]


def _choices() -> filtering.Choices:
    return {
        name: {value: _(words) for value, (_narrowed, words) in known.items()}
        for name, known in _CHOICES.items()
    }


def read(args: MultiDict[str, str], today: dt.date) -> Asked:
    """What the arguments of a URL say; whatever cannot be is left out and told in `ignored`."""
    asked = Asked(AccessFilter())
    said: dict[str, Any] = {}
    if text := filtering.text(args, asked):
        said["text"] = text
    for name, value in filtering.chosen(args, _choices(), asked):
        said |= _CHOICES[name][value][0]
        if name == "review":
            said["review_before"] = review_before(today)
            said.setdefault("ended", False)
        if name == "use":
            said["used_before"] = today - dt.timedelta(days=UNUSED_DAYS)
    if args.get("vendor"):
        try:
            said["vendor_id"] = uuid.UUID(args["vendor"])
        except ValueError:
            asked.ignore("vendor", args["vendor"])
    asked.wanted = AccessFilter(**said)
    filtering.arrange(args, asked, _SORTS, _USUAL)
    return asked


def form_of(args: MultiDict[str, str], asked: Asked) -> FilterForm:
    """The form with what is in use."""
    used = filtering.in_use(args, asked)
    if asked.wanted.vendor_id:
        used["vendor"] = str(asked.wanted.vendor_id)
    if asked.sort != _USUAL:
        used["sort"] = asked.sort
    form = FilterForm(used)
    search = _("Account, system, purpose or vendor")
    filtering.fill(form, _choices(), _LABELS, {"ended": N_("Open")}, search)
    return form
