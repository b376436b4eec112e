"""The filters of the access register as the URL has them; what it does not know is told."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form, HiddenField, SelectChoice, SelectField, StringField

from vendor_risk.evidence import N_
from vendor_risk.store.queries.access import SORTS, UNKNOWN, AccessFilter
from vendor_risk.web.access.words import KINDS
from vendor_risk.workflow.access import UNUSED_DAYS, review_before
from vendor_risk.workflow.vendors import clean

SIZES = (25, 50, 100)
_LONGEST = 200  # characters of a text that is looked for

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


@dataclass(slots=True)
class Asked:
    """What a URL asks of the list, in the words of the query and in those of a reader."""

    wanted: AccessFilter
    per: int
    sort: str = "vendor"
    chips: list[tuple[str, str]] = field(default_factory=list)  # words, name in the URL
    ignored: list[str] = field(default_factory=list)


def read(args: MultiDict[str, str], today: dt.date) -> Asked:
    """What the arguments of a URL say; whatever cannot be is left out and told in `ignored`."""
    said: dict[str, Any] = {}
    asked = Asked(AccessFilter(), SIZES[0])
    text = clean(args.get("q", ""))[:_LONGEST]
    if text:
        said["text"] = text
        asked.chips.append((f"“{text}”", "q"))
    for name, choices in _CHOICES.items():
        value = args.get(name, "").strip()
        if not value:
            continue
        if value not in choices:
            asked.ignored.append(f"{name} = “{clean(value)[:40]}”")
            continue
        narrowed, words = choices[value]
        said |= narrowed
        if name == "review":
            said["review_before"] = review_before(today)
            said.setdefault("ended", False)
        if name == "use":
            said["used_before"] = today - dt.timedelta(days=UNUSED_DAYS)
        asked.chips.append((_(words), name))
    if args.get("vendor"):
        try:
            said["vendor_id"] = uuid.UUID(args["vendor"])
        except ValueError:
            asked.ignored.append(f"vendor = “{clean(args['vendor'])[:40]}”")
    asked.wanted = AccessFilter(**said)
    asked.per = next((size for size in SIZES if args.get("per") == str(size)), SIZES[0])
    sort = args.get("sort", "")
    if sort.removeprefix("-") in SORTS:
        asked.sort = sort
    elif sort:
        asked.ignored.append(f"sort = “{clean(sort)[:40]}”")
    return asked


def form_of(args: MultiDict[str, str], asked: Asked) -> FilterForm:
    """The form with what is in use."""
    used = {name: args[name] for _words, name in asked.chips if name != "vendor"}
    if asked.wanted.vendor_id:
        used["vendor"] = str(asked.wanted.vendor_id)
    if asked.sort != "vendor":
        used["sort"] = asked.sort
    form = FilterForm(MultiDict(used))
    form.q.label.text = _("Account, system, purpose or vendor")
    for name, choices in _CHOICES.items():
        form[name].label.text = _(_LABELS[name])
        form[name].choices = [
            SelectChoice("", _("Open") if name == "ended" else _("Any")),
            *(SelectChoice(value, _(words)) for value, (_narrowed, words) in choices.items()),
        ]
    return form
