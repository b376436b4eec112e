"""What a colleague stored beside what was typed, for a form that two people sent at once."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from wtforms import BooleanField, DateField, Field, Form, SelectField

from vendor_risk.scoring.controls import NAMES
from vendor_risk.web.vendors.words import yes_no
from vendor_risk.workflow.documents import Read

Conflict = list[tuple[str, str, str]]


def of_forms(stored: Form, typed: Form, names: Iterable[str]) -> Conflict:
    """For each field that differs: its label, what is stored by now, what was typed."""
    rows = [(str(typed[one].label.text), _shown(stored[one]), _shown(typed[one])) for one in names]
    return [row for row in rows if row[1] != row[2]]


def of_readings(stored: Mapping[str, Read], typed: Mapping[str, Read]) -> Conflict:
    """The same for what two people read in a document, control by control."""
    rows = [
        (f"{one} {_(NAMES.get(one, ''))}".strip(), _read(stored.get(one)), _read(typed.get(one)))
        for one in sorted({*stored, *typed})
    ]
    return [row for row in rows if row[1] != row[2]]


def _shown(field: Field) -> str:
    value: Any = field.data
    if isinstance(field, BooleanField):
        return yes_no(value)
    if isinstance(field, SelectField):
        return next((str(one.label) for one in field.choices or () if one.value == value), "")
    if isinstance(field, DateField):
        return format_date(value) if value else ""
    return "" if value is None else str(value)


def _read(one: Read | None) -> str:
    if one is None:
        return ""
    words = _("%(n)s %%, %(how)s", n=one.level, how=_(one.source))
    return f"{words}: {one.note}" if one.note else str(words)
