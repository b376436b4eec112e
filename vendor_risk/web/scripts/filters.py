"""The filters of the list of scripts as the URL has them; what it does not know is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectChoice, SelectField, StringField

from vendor_risk.evidence import N_
from vendor_risk.store.queries.scripts import ScriptFilter
from vendor_risk.workflow.vendors import clean

SIZES = (25, 50, 100)
_LONGEST = 200  # characters of a text that is looked for

# What each value in the URL narrows to, and its words.
_CHOICES: Mapping[str, Mapping[str, tuple[dict[str, Any], str]]] = {
    "authorised": {
        "no": ({"authorised": False}, N_("Not authorised")),
        "yes": ({"authorised": True}, N_("Authorised")),
    },
    "integrity": {
        "no": ({"held": False}, N_("Without a hash")),
        "yes": ({"held": True}, N_("With a hash")),
    },
    "cards": {
        "yes": ({"card_page": True}, N_("On pages that take cards")),
        "no": ({"card_page": False}, N_("On other pages")),
    },
    "gone": {
        "yes": ({"gone": True}, N_("No longer there")),
        "all": ({"gone": None}, N_("There or not")),
    },
}
_LABELS = {
    "authorised": N_("Authorisation"),
    "integrity": N_("Integrity"),
    "cards": N_("Pages"),
    "gone": N_("Still there"),
}
_ANY = {"gone": N_("Not known to be gone")}


class FilterForm(Form):  # type: ignore[misc]
    """The filters above the list."""

    q = StringField()
    authorised = SelectField(validate_choice=False)
    integrity = SelectField(validate_choice=False)
    cards = SelectField(validate_choice=False)
    gone = SelectField(validate_choice=False)


@dataclass(slots=True)
class Asked:
    """What a URL asks of the list, in the words of the query and in those of a reader."""

    wanted: ScriptFilter
    per: int
    chips: list[tuple[str, str]] = field(default_factory=list)  # words, name in the URL
    ignored: list[str] = field(default_factory=list)


def read(args: MultiDict[str, str]) -> Asked:
    """What the arguments of a URL say; whatever cannot be is left out and told in `ignored`."""
    said: dict[str, Any] = {}
    asked = Asked(ScriptFilter(), SIZES[0])
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
        asked.chips.append((_(words), name))
    asked.wanted = ScriptFilter(**said)
    asked.per = next((size for size in SIZES if args.get("per") == str(size)), SIZES[0])
    return asked


def form_of(args: MultiDict[str, str], asked: Asked) -> FilterForm:
    """The form with what is in use."""
    used = [name for _words, name in asked.chips]
    form = FilterForm(MultiDict((name, args[name]) for name in used))
    form.q.label.text = _("Script, page, owner or purpose")
    for name, choices in _CHOICES.items():
        form[name].label.text = _(_LABELS[name])
        form[name].choices = [
            SelectChoice("", _(_ANY.get(name, N_("Any")))),
            *(SelectChoice(value, _(words)) for value, (_narrowed, words) in choices.items()),
        ]
    return form
