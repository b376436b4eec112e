"""The filters of the list of scripts as the URL has them; what it does not know is told."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectField, StringField

from vendor_risk.evidence import N_
from vendor_risk.store.queries.scripts import ScriptFilter
from vendor_risk.web import filtering

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


Asked = filtering.Asked[ScriptFilter]


def _choices() -> filtering.Choices:
    return {
        name: {value: _(words) for value, (_narrowed, words) in known.items()}
        for name, known in _CHOICES.items()
    }


def read(args: MultiDict[str, str]) -> Asked:
    """What the arguments of a URL say; whatever cannot be is left out and told in `ignored`."""
    asked = Asked(ScriptFilter())
    said: dict[str, Any] = {}
    if text := filtering.text(args, asked):
        said["text"] = text
    for name, value in filtering.chosen(args, _choices(), asked):
        said |= _CHOICES[name][value][0]
    asked.wanted = ScriptFilter(**said)
    filtering.arrange(args, asked)
    return asked


def form_of(args: MultiDict[str, str], asked: Asked) -> FilterForm:
    """The form with what is in use."""
    form = FilterForm(filtering.in_use(args, asked))
    filtering.fill(form, _choices(), _LABELS, _ANY, _("Script, page, owner or purpose"))
    return form
