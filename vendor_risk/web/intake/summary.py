"""A request in words: all its answers for the check, and two versions of one page side by side."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from vendor_risk.evidence import N_
from vendor_risk.scoring.scales import BY_KEY
from vendor_risk.web.frame import money
from vendor_risk.web.intake.forms import CONTACT_ROLES, HOST_CLASSES
from vendor_risk.web.intake.pages import PAGES, Way
from vendor_risk.workflow.drafts import Typed
from vendor_risk.workflow.duplicates import Likeness, Reason
from vendor_risk.workflow.intake_facts import STATEMENTS

Row = tuple[str, str | list[str]]
"""A question and what was answered, one line or several."""


@dataclass(frozen=True, slots=True)
class Section:
    """The answers of one page; not `done`, something is missing or wrong there."""

    page: str
    title: str
    rows: list[Row]
    done: bool
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that belong together, under one heading."""

    key: str
    title: str
    sections: list[Section]


_GROUPS = {
    "vendor": N_("Vendor"),
    "purchase": N_("Purchase"),
    "risk": N_("What it could do to us"),
    "people": N_("Owner and contacts"),
}
_GROUP_OF = {"vendor": "vendor", "purchase": "purchase", "ownership": "people", "people": "people"}


def groups(way: Way) -> list[Group]:
    """Every page of the request with its answers, in order."""
    raised = _raised(way)
    found: dict[str, list[Section]] = {key: [] for key in _GROUPS}
    for page in way.keys:
        rows = _ROWS.get(page, _choices)(way, page, way.checked(page))
        section = Section(page, way.title(page), rows, way.done(page), raised.get(page, []))
        found[_GROUP_OF.get(PAGES[page].step, "risk")].append(section)
    return [Group(key, _(_GROUPS[key]), parts) for key, parts in found.items() if parts]


def compared(way: Way, page: str, kept: Typed, given: Typed) -> list[tuple[str, str, str]]:
    """Each field that differs: its name, what is kept, and what was typed here."""
    before, after = way.form(page, kept), way.form(page, given)
    left, right = _flat(before), _flat(after)
    return [
        (name, left.get(name, ""), right.get(name, ""))
        for name in {**left, **right}
        if left.get(name, "") != right.get(name, "")
    ]


def offers(way: Way) -> dict[str, str]:
    """For each vendor that may be meant: why, and how it stands in the inventory."""
    likenesses = {one.vendor_id: one for one in way.alike()}
    words = {}
    for vendor in way.offered:
        likeness = likenesses.get(vendor.id)
        parts = [_why(likeness)] if likeness else []
        parts.append(_("Tier %(n)s", n=vendor.tier) if vendor.tier else _("No tier yet"))
        if vendor.archived_at:
            parts.append(_("archived; it comes back to the list"))
        words[str(vendor.id)] = " · ".join(parts)
    return words


def _why(likeness: Likeness) -> str:
    words = {
        Reason.NUMBER: _("Has the supplier number %(it)s", it=likeness.detail),
        Reason.DOMAIN: _("Has a host under %(it)s", it=likeness.detail),
        Reason.NAME: _("Has nearly the same name"),
    }
    return str(words[likeness.reason])


def _raised(way: Way) -> dict[str, list[str]]:
    """Per page, the words that another answer makes its level the highest."""
    if way.first_open is not None:
        return {}
    words: dict[str, list[str]] = {}
    for one in way.reading.raised:
        label = _(BY_KEY[one.factor].levels[-1].label)
        text = _("Counts as “%(label)s”, because of another answer.", label=label)
        words.setdefault(way.page_of(one.factor), []).append(text)
    return words


def _vendor(_way: Way, _page: str, form: Any) -> list[Row]:
    domain = form.domain.data or (_("None known") if form.no_domain.data else "")
    return [
        (_("Name"), form.name.data),
        (_("Main domain"), domain),
        (_("Supplier number"), form.supplier_number.data),
    ]


def _match(way: Way, _page: str, form: Any) -> list[Row]:
    if way.joined is not None:
        return [(_("Joins"), way.joined.name)]
    return [(_("Joins"), _("None: a new vendor") if form.choice.data else "")]


def _purchase(_way: Way, _page: str, form: Any) -> list[Row]:
    return [(_("What"), form.name.data), (_("What for"), form.purpose.data)]


def _quick(way: Way, _page: str, form: Any) -> list[Row]:
    if way.short.facts is None:
        return [(_("Short way"), _("Closed: all questions are asked"))]
    return [
        (_("Confirmed as true"), [_(one.text) for one in STATEMENTS]),
        (_("Business contacts"), _chosen(form.volume)[0]),
    ]


def _ownership(_way: Way, _page: str, form: Any) -> list[Row]:
    wrong = bool(form.errors)
    spend = form.spend.data if wrong else money(form.spend_minor, form.currency.data or "EUR")
    return [
        (_("Business owner"), _chosen(form.owner)[0] if form.owner.data else ""),
        (_("Our company that buys"), form.legal_entity.data),
        (_("Spend in a year"), spend),
        (_("Purchase order"), form.purchase_order.data),
    ]


def _people(_way: Way, _page: str, form: Any) -> list[Row]:
    contacts = [
        ", ".join(
            part
            for part in (
                row.name.data,
                row.email.data,
                row.phone.data,
                " · ".join(str(CONTACT_ROLES[role]) for role in row.roles.data),
            )
            if part
        )
        for row in form.named_contacts
    ]
    domains = [
        f"{row.domain.data} ({HOST_CLASSES[row.host_class.data]})" for row in form.named_domains
    ]
    return [(_("Contacts"), contacts), (_("Further domains"), domains)]


def _choices(way: Way, page: str, form: Any) -> list[Row]:
    """A page with one question, whose answer is one or several of its choices."""
    return [(way.title(page), _chosen(next(iter(form))))]


_ROWS: dict[str, Callable[[Way, str, Any], list[Row]]] = {
    "vendor": _vendor,
    "match": _match,
    "purchase": _purchase,
    "quick": _quick,
    "ownership": _ownership,
    "people": _people,
}


def _chosen(field: Any) -> list[str]:
    """The labels of what is chosen in a field."""
    return [str(choice.label) for choice in field.iter_choices() if choice.selected]


def _flat(form: Any, row: str = "") -> dict[str, str]:
    """Every field of a form by its words, with its answer as text; rows are numbered."""
    told: dict[str, str] = {}
    for field in form:
        if field.type == "FieldList":
            for number, entry in enumerate(field, 1):
                told |= _flat(entry.form, f" {number}")
        elif hasattr(field, "iter_choices"):
            told[f"{field.label.text}{row}"] = ", ".join(_chosen(field))
        elif field.type == "BooleanField":
            told[f"{field.label.text}{row}"] = _("Yes") if field.data else _("No")
        else:
            told[f"{field.label.text}{row}"] = field.data or ""
    return told
