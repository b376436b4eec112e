"""What the frame of every page shows of the whole: where one may go, and who one is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlmodel import Session

from vendor_risk.doors import may
from vendor_risk.web.accounts.forms import ROLE_WORDS
from vendor_risk.web.session import session
from vendor_risk.workflow import people


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation; `waiting` counts work that waits there for this person.

    `also` are pages of other areas that people look for here.
    """

    endpoint: str
    label: str
    icon: str
    group: str = ""
    waiting: Callable[[Session], int] | None = None
    also: tuple[str, ...] = ()


# The names that frame.py reads, and the pages behind them.
_FRAME = {
    "home": "home.index",
    "search": "vendors.search",
    "help": "home.help",
    "preferences": "preferences",
}


def install(app: Flask, places: tuple[Place, ...]) -> None:
    """Every template knows the places that its reader may enter."""

    elsewhere = frozenset(endpoint for place in places for endpoint in place.also)

    @app.context_processor
    def frame() -> dict[str, Any]:
        urls = {name: url_for(to) for name, to in _FRAME.items() if _there(to)}
        known: dict[str, Any] = {"frame_urls": urls, "may": may, "role_words": ROLE_WORDS}
        if not (current_user and current_user.is_authenticated):
            return known
        urls["sign_out"] = url_for("security.logout")
        urls["account"] = url_for("accounts.own")
        known["person"] = _person()
        known["nav"] = [_entry(place, elsewhere) for place in places if _there(place.endpoint)]
        known["theme"] = current_user.theme
        return known


def _there(endpoint: str) -> bool:
    return endpoint in current_app.view_functions and may(endpoint, "GET")


def _entry(place: Place, elsewhere: frozenset[str]) -> dict[str, Any]:
    area = place.endpoint.rpartition(".")[0]
    here = (request.endpoint or "").rpartition(".")[0]
    of_area = area == here and area != "accounts" and request.endpoint not in elsewhere
    return {
        "url": url_for(place.endpoint),
        "label": _(place.label),
        "icon": place.icon,
        "group": _(place.group) if place.group else "",
        "count": place.waiting(session) if place.waiting else 0,
        "current": of_area or request.endpoint in (place.endpoint, *place.also),
    }


def _person() -> dict[str, str]:
    name = current_user.name or current_user.email
    words = [word for word in name.replace("@", " ").replace(".", " ").split() if word]
    return {
        "name": name,
        "role": ", ".join(_(ROLE_WORDS[role]) for role in people.role_names(current_user)),
        "initials": "".join(word[0] for word in words[:2]).upper(),
    }
