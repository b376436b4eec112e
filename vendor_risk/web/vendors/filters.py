"""The filters of the vendor list as the URL has them; what it does not know is ignored and said."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectChoice, SelectField, StringField

from vendor_risk.evidence import Severity
from vendor_risk.scoring.model import Band, Grade, Tier
from vendor_risk.store.models.vendors import VendorState
from vendor_risk.store.queries.vendors import SORTS, VendorFilter
from vendor_risk.web.vendors.words import STATES
from vendor_risk.workflow.names import name_key
from vendor_risk.workflow.settings import DEFAULT_APPETITE
from vendor_risk.workflow.vendors import clean

SIZES = (25, 50, 100)
NONE = "none"
ABOVE = "above"
_NAMES = (
    "q",
    "tier",
    "risk",
    "rated",
    "state",
    "owner",
    "grade",
    "use",
    "tag",
    "seen",
    "fault",
    "posture",
    "review",
    "findings",
    "knockout",
)
_SINCE = {"1": 1, "7": 7, "30": 30, "90": 90}  # days
_FAULTS = {"critical": Severity.CRITICAL, "high": Severity.HIGH, "medium": Severity.MEDIUM}
_LONGEST = 200  # characters of a text that is looked for; names are no longer


class FilterForm(Form):  # type: ignore[misc]
    """The filters above the list."""

    q = StringField()
    tier = SelectField(validate_choice=False)
    risk = SelectField(validate_choice=False)
    rated = SelectField(validate_choice=False)
    grade = SelectField(validate_choice=False)
    state = SelectField(validate_choice=False)
    owner = SelectField(validate_choice=False)
    use = SelectField(validate_choice=False)
    tag = SelectField(validate_choice=False)
    seen = SelectField(validate_choice=False)
    fault = SelectField(validate_choice=False)
    review = SelectField(validate_choice=False)
    findings = SelectField(validate_choice=False)
    knockout = SelectField(validate_choice=False)


@dataclass(slots=True)
class Asked:
    """What a URL asks of the list, in the words of the query and in those of a reader."""

    wanted: VendorFilter
    sort: str
    page: int
    per: int
    chips: list[tuple[str, str]] = field(default_factory=list)  # words, name in the URL
    ignored: list[str] = field(default_factory=list)


def read(
    args: MultiDict[str, str],
    owners: Mapping[uuid.UUID, str],
    now: dt.datetime,
    appetite: tuple[int, ...] = DEFAULT_APPETITE,
) -> Asked:
    """What the arguments of a URL say; whatever cannot be is left out and told in `ignored`."""
    asked = Asked(VendorFilter(), "name", 1, SIZES[0])
    said: dict[str, Any] = {}
    for name in _NAMES:
        value = args.get(name, "").strip()
        if not value:
            continue
        part = _READERS[name](value, owners, now)
        if part is None:
            asked.ignored.append(_("%(name)s = “%(value)s”", name=name, value=value[:40]))
            continue
        narrowed, words = part
        said |= narrowed
        asked.chips.append((words, name))
    if said.get("above"):
        said["above"] = appetite
    asked.wanted = VendorFilter(**said)
    asked.sort = _sort(args, asked)
    asked.per = _number(args, "per", asked, allowed=SIZES) or SIZES[0]
    asked.page = _number(args, "page", asked) or 1
    return asked


def form_of(
    args: MultiDict[str, str],
    asked: Asked,
    owners: Sequence[tuple[uuid.UUID, str]],
    tags: Sequence[str],
) -> FilterForm:
    """The form with what is in use; a combination that a select does not offer is offered too."""
    in_use = {name: words for words, name in asked.chips}
    form = FilterForm(MultiDict((name, args[name]) for name in in_use if name in args))
    labels = {
        "q": _("Name or domain"),
        "tier": _("Tier"),
        "risk": _("Residual risk"),
        "rated": _("Assurance"),
        "review": _("Review"),
        "findings": _("Open findings"),
        "knockout": _("Knock-out"),
        "grade": _("External posture"),
        "state": _("State"),
        "owner": _("Owner"),
        "use": _("In use"),
        "tag": _("Tag"),
        "seen": _("Last scan"),
        "fault": _("Worst failed check"),
    }
    for name, label in labels.items():
        form[name].label.text = label
    offered: dict[str, list[tuple[str, str]]] = {
        "tier": [
            ("", _("Any")),
            ("1,2", _tiers({1, 2})),
            *((str(t.value), _tiers({t.value})) for t in Tier),
            (NONE, _tiers({None})),
        ],
        "risk": [
            ("", _("Any")),
            *((str(band), _bands({str(band)})) for band in reversed(Band)),
            ("high,critical", _bands({"high", "critical"})),
            (ABOVE, _("Above our appetite or knocked out")),
            (NONE, _bands({None})),
        ],
        "rated": [
            ("", _("Any")),
            *((g.value, _grades({g.value})) for g in Grade),
            ("D,F", _grades({"D", "F"})),
            (NONE, _grades({None})),
        ],
        "review": [("", _("Any")), ("overdue", _("Overdue"))],
        "findings": [("", _("Any")), ("severe", _("Critical or high"))],
        "knockout": [("", _("Any")), ("yes", _("In force"))],
        "grade": [
            ("", _("Any")),
            *((g.value, _grades({g.value})) for g in Grade),
            ("D,F", _grades({"D", "F"})),
            (NONE, _grades({None})),
        ],
        "state": [("", _("Any but archived")), *((str(s), _(STATES[s].word)) for s in VendorState)],
        "owner": [
            ("", _("Anyone")),
            (NONE, _("Nobody")),
            *((str(id), name) for id, name in owners),
        ],
        "use": [
            ("", _("Any")),
            ("yes", _("In use")),
            ("no", _("Not in use")),
            ("untriaged", _("In use, not triaged")),
        ],
        "tag": [("", _("Any")), *((tag, tag) for tag in tags)],
        "seen": [
            ("", _("Any time")),
            *((key, _since(days)) for key, days in _SINCE.items()),
            ("never", _("Never")),
        ],
        "fault": [("", _("Any")), *((key, _fault(key)) for key in _FAULTS)],
    }
    for name, choices in offered.items():
        value = form[name].data or ""
        if value not in {key for key, words in choices}:
            choices.append((value, in_use[name]))
        form[name].choices = [SelectChoice(key, words) for key, words in choices]
    return form


Part = tuple[dict[str, Any], str] | None


def _text(value: str, *_others: object) -> Part:
    value = clean(value)[:_LONGEST]
    if not value:
        return None
    return {"text": value, "key": name_key(value)}, _("“%(text)s”", text=value)


def _tier(value: str, *_others: object) -> Part:
    known = {str(tier.value): tier.value for tier in Tier} | {NONE: None}
    tiers = _several(value, known)
    return None if tiers is None else ({"tiers": frozenset(tiers)}, _tiers(tiers))


def _grade(value: str, *_others: object) -> Part:
    known: dict[str, str | None] = {grade.value: grade.value for grade in Grade} | {NONE: None}
    grades = _several(value, known)
    if grades is None:
        return None
    return {"grades": frozenset(grades)}, _("Posture: %(words)s", words=_grades(grades))


def _risk(value: str, *_others: object) -> Part:
    if value == ABOVE:
        return {"above": True}, _("Above our appetite or knocked out")
    known: dict[str, str | None] = {str(band): str(band) for band in Band} | {NONE: None}
    bands = _several(value, known)
    if bands is None:
        return None
    return {"bands": frozenset(bands)}, _("Residual risk: %(words)s", words=_bands(bands))


def _rated(value: str, *_others: object) -> Part:
    known: dict[str, str | None] = {grade.value: grade.value for grade in Grade} | {NONE: None}
    grades = _several(value, known)
    if grades is None:
        return None
    return {"rated": frozenset(grades)}, _("Assurance: %(words)s", words=_grades(grades))


def _review(value: str, _owners: object, now: dt.datetime) -> Part:
    if value != "overdue":
        return None
    return {"review_before": now.astimezone(dt.UTC).date()}, _("Review overdue")


def _findings(value: str, *_others: object) -> Part:
    return ({"severe": True}, _("Critical or high findings")) if value == "severe" else None


def _knockout(value: str, *_others: object) -> Part:
    return ({"knocked_out": True}, _("Knock-out in force")) if value == "yes" else None


def _state(value: str, *_others: object) -> Part:
    states = _several(value, {str(state): str(state) for state in VendorState})
    if states is None:
        return None
    words = ", ".join(_(STATES[state].word) for state in STATES if state in states)
    return {"states": frozenset(states)}, words


def _owner(value: str, owners: Mapping[uuid.UUID, str], *_others: object) -> Part:
    if value == NONE:
        return {"without_owner": True}, _("Without owner")
    try:
        owner_id = uuid.UUID(value)
    except ValueError:
        return None
    if owner_id not in owners:
        return None
    return {"owner_id": owner_id}, _("Owner: %(name)s", name=owners[owner_id])


def _use(value: str, *_others: object) -> Part:
    parts: dict[str, tuple[dict[str, Any], str]] = {
        "yes": ({"in_use": True}, _("In use")),
        "no": ({"in_use": False}, _("Not in use")),
        "untriaged": ({"untriaged": True}, _("In use, not triaged")),
    }
    return parts.get(value)


def _tag(value: str, *_others: object) -> Part:
    tag = clean(value)[:40]
    return ({"tag": tag}, _("Tag: %(tag)s", tag=tag)) if tag else None


def _seen(value: str, _owners: object, now: dt.datetime) -> Part:
    if value == "never":
        return {"never_seen": True}, _("Never scanned")
    if value not in _SINCE:
        return None
    since = now - dt.timedelta(days=_SINCE[value])
    return {"seen_since": since}, _("Scanned: %(words)s", words=_since(_SINCE[value]))


def _worst(value: str, *_others: object) -> Part:
    if value not in _FAULTS:
        return None
    return {"fault": _FAULTS[value].rank}, _("Failed checks: %(words)s", words=_fault(value))


def _posture(value: str, *_others: object) -> Part:
    """A range such as 40-69, for links from figures."""
    low, dash, high = value.partition("-")
    if not (dash and low.isascii() and high.isascii() and low.isdigit() and high.isdigit()):
        return None
    if len(value) > len("100-100") or not int(low) <= int(high) <= 100:
        return None
    words = _("Posture %(low)s to %(high)s", low=int(low), high=int(high))
    return {"lowest": int(low), "highest": int(high)}, words


_READERS: Mapping[str, Callable[[str, Mapping[uuid.UUID, str], dt.datetime], Part]] = {
    "q": _text,
    "tier": _tier,
    "risk": _risk,
    "rated": _rated,
    "review": _review,
    "findings": _findings,
    "knockout": _knockout,
    "grade": _grade,
    "state": _state,
    "owner": _owner,
    "use": _use,
    "tag": _tag,
    "seen": _seen,
    "fault": _worst,
    "posture": _posture,
}


def _several(value: str, known: Mapping[str, Any]) -> set[Any] | None:
    """All that a list with commas names; None when one of them is unknown."""
    words = [word.strip() for word in value.split(",")]
    return {known[word] for word in words} if all(word in known for word in words) else None


def _tiers(tiers: set[Any]) -> str:
    known = [str(tier) for tier in sorted(tier for tier in tiers if tier is not None)]
    words = [_("Tier %(n)s", n=_(" and ").join(known))] if known else []
    return str(_(" or ").join(words + ([_("No tier yet")] if None in tiers else [])))


def _grades(grades: set[Any]) -> str:
    known = sorted(grade for grade in grades if grade is not None)
    words = [_(" or ").join(known)] if known else []
    return str(_(" or ").join(words + ([_("Not rated yet")] if None in grades else [])))


def _bands(bands: set[Any]) -> str:
    words = {
        "critical": _("Critical"),
        "high": _("High"),
        "medium": _("Medium"),
        "low": _("Low"),
        None: _("Not rated yet"),
    }
    return str(_(" or ").join(said for band, said in words.items() if band in bands))


def _since(days: int) -> str:
    return str(_("Within a day") if days == 1 else _("Within %(n)s days", n=days))


def _fault(key: str) -> str:
    words = {
        "critical": _("Critical"),
        "high": _("High or critical"),
        "medium": _("Medium or worse"),
    }
    return str(words[key])


def _sort(args: MultiDict[str, str], asked: Asked) -> str:
    sort = args.get("sort", "").strip() or "name"
    if sort.removeprefix("-") in SORTS:
        return sort
    asked.ignored.append(_("sort = “%(value)s”", value=sort[:40]))
    return "name"


def _number(
    args: MultiDict[str, str], name: str, asked: Asked, allowed: Sequence[int] = ()
) -> int | None:
    value = args.get(name, "").strip()
    if not value:
        return None
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 9 else 0
    if number < 1 or (allowed and number not in allowed):
        asked.ignored.append(_("%(name)s = “%(value)s”", name=name, value=value[:40]))
        return None
    return number
