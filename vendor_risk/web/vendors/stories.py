"""Acts of the audit log as sentences: what was done, to what, what was and what is."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from vendor_risk.reports.acts import ACTS, Look
from vendor_risk.scoring.scales import BY_KEY, FLOORS
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.documents import Contract, Document
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.queries import vendors as listed
from vendor_risk.store.queries.history import Act
from vendor_risk.web.frame import moment, money
from vendor_risk.web.session import session
from vendor_risk.web.vendors.words import FIELDS, KINSHIPS, STATES

_UNTOLD = frozenset({"id", "facts_source", "moved", "currency"})
_NAMED: Mapping[str, Any] = {"access": Access, "document": Document, "contract": Contract}
NOTHING = "\u2013"
_LONG = 120  # characters of a value; the whole text stands on its own page


@dataclass(frozen=True, slots=True)
class Story:
    """One act as the timeline shows it; `changes` are (fact, what it was, what it is)."""

    when: Markup | str
    what: Markup | str
    who: str
    tone: str
    icon: str
    changes: tuple[tuple[str, str, str], ...]
    erased: bool
    joined: str = ""  # the vendor it was done to, when that was joined to this one


def stories(acts: Iterable[Act]) -> list[Story]:
    """The acts in the words of the product."""
    return [_story(act) for act in acts]


def _story(act: Act) -> Story:
    look = ACTS.get(act.entry.act) or Look(act.entry.act, "informational", "history")
    before, after = act.told.before or {}, act.told.after or {}
    changes = tuple(
        (_(FIELDS[key]), _value(key, before.get(key), before), _value(key, after.get(key), after))
        for key in dict.fromkeys([*before, *after])
        if key in FIELDS and key not in _UNTOLD
    )
    return Story(
        when=moment(act.entry.at),
        what=_what(act, _(look.word), {**before, **after}),
        who=_who(act),
        tone=look.tone,
        icon=look.icon,
        changes=changes,
        erased=act.told.erased,
        joined=act.joined,
    )


def _what(act: Act, word: str, said: Mapping[str, Any]) -> Markup | str:
    """The act with the thing that it was done to, unless that is the vendor itself."""
    thing = said.get("domain") or said.get("tag") or said.get("vendor")
    if act.entry.subject_kind == "response":
        thing = said.get("number")
    if act.entry.act.startswith("vendor.contact"):
        thing = said.get("name")
    if act.entry.subject_kind == "intake":
        thing = None
    if act.entry.subject_kind in _NAMED:
        row = session.get(_NAMED[act.entry.subject_kind], _id(act.entry.subject_id))
        thing = getattr(row, "name", "") or getattr(row, "title", "")
    if act.entry.subject_kind == "engagement":
        engagement = session.get(Engagement, _id(act.entry.subject_id))
        thing = engagement.name if engagement else None
    if not thing:
        return word
    return Markup("{}: <bdi>{}</bdi>").format(word, _word("", thing))


def _who(act: Act) -> str:
    words = {
        "stranger": _("a stranger"),
        "command": _("the command line"),
        "vendor": _("the vendor"),
        "worker": _("the worker"),
        "samples": _("sample data"),
        "scan": _("a scan of our own pages"),
    }
    return str(words.get(act.who, act.who or _("somebody who has left")))


def _value(key: str, value: Any, said: Mapping[str, Any]) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return ", ".join(_word(key, one) for one in value) or NOTHING
    if key == "spend_minor":
        return str(money(int(value), said["currency"])) if said.get("currency") else str(value)
    if key in BY_KEY:
        return f"{value}: {_(BY_KEY[key].levels[int(value)].label)}"
    return _word(key, value)


def _word(key: str, value: Any) -> str:
    text = str(value)
    if key == "state" and text in STATES:
        return str(_(STATES[text].word))
    if key == "kinship" and text in KINSHIPS:
        return str(_(KINSHIPS[text]))
    if key == "floors" and text in FLOORS:
        return str(_(FLOORS[text]))
    if key == "observed":
        return str(_(BY_KEY[text].label) if text in BY_KEY else _("A fact that lifts the tier"))
    if key == "owner_id":
        return listed.name_of(session, _id(text)) or str(_("somebody who has left"))
    if key in ("parent_id", "vendor"):
        other = session.get(Vendor, _id(text)) if _id(text) else None
        return other.name if other else text
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
