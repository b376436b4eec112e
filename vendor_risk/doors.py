"""Who may enter a page: every route names a door, and a route without one stops the start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from flask import Blueprint, Flask, Response, abort, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.workflow.people import ROLES

READING = frozenset({"GET", "HEAD", "OPTIONS"})

View = TypeVar("View", bound=Callable[..., object])


class DoorMissing(RuntimeError):
    """A route names no door, or widens the door of its area."""


@dataclass(frozen=True, slots=True)
class Door:
    """One named door; `roles` is empty unless the door asks for one of them."""

    name: str
    roles: frozenset[str] = frozenset()
    auditor_reads: bool = True

    def admits(self, roles: frozenset[str] | None, method: str) -> bool:
        """Whether a person with these roles may enter; None stands for a stranger."""
        if self.name in ("public", "link"):
            return True
        if roles is None:
            return False
        if "auditor" in roles and method not in READING:
            return False
        if self.name == "signed in" or roles & self.roles:
            return True
        return "auditor" in roles and self.auditor_reads

    def narrows(self, wider: "Door") -> bool:
        """Whether whoever may enter here may enter there as well."""
        if wider.name == "public" or self == wider:
            return True
        if self.name != "role":
            return False
        if wider.name == "signed in":
            return True
        auditor_gains = self.auditor_reads and not wider.auditor_reads
        return wider.name == "role" and self.roles <= wider.roles and not auditor_gains


public = Door("public")
"""Everybody, also strangers."""

link = Door("link")
"""Whoever holds a secret address; the view itself must refuse a wrong or expired one."""

signed_in = Door("signed in")
"""Everybody with an account; an auditor only to read."""


def role(*roles: str) -> Door:
    """People with one of these roles, and auditors to read."""
    return Door("role", _known(roles))


def only(*roles: str) -> Door:
    """People with one of these roles and nobody else, where even reading gives power."""
    return Door("role", _known(roles), auditor_reads=False)


def _known(roles: tuple[str, ...]) -> frozenset[str]:
    unknown = set(roles) - set(ROLES)
    if unknown or not roles:
        raise DoorMissing(f"{sorted(unknown) or 'nothing'} is no role; roles are {list(ROLES)}")
    return frozenset(roles)


def guard(blueprint: Blueprint, default: Door) -> None:
    """Every route of this area has this door unless its view narrows it."""
    blueprint.door = default  # type: ignore[attr-defined]


def door(narrower: Door) -> Callable[[View], View]:
    """Decorate a view with a narrower door than its area's; put it next to the function."""

    def name_door(view: View) -> View:
        view.door = narrower  # type: ignore[attr-defined]
        return view

    return name_door


def install(app: Flask, foreign: Mapping[str, Door], own_affairs: frozenset[str]) -> None:
    """Ask every request for its door.

    `foreign` are the doors of endpoints that other packages bring; at `own_affairs` (sign-out,
    own settings) an auditor may post too.
    """
    app.extensions["doors"] = dict(foreign)
    app.extensions["own_affairs"] = own_affairs

    @app.before_request
    def ask() -> AnyResponse | None:
        if request.endpoint is None:  # no such page: the 404 page follows
            return None
        return _refusal(app, request.endpoint)


def _refusal(app: Flask, endpoint: str) -> AnyResponse | None:
    asked = of(app, endpoint)
    roles = roles_here()
    # The auditor's own password and settings are no change to the product.
    own = endpoint in app.extensions["own_affairs"]
    if asked.admits(roles, "GET" if own else request.method):
        return None
    if roles is not None:
        abort(403)
    if request.headers.get("HX-Request"):
        # htmx would paste the sign-in page into a corner of this one
        return Response(status=401, headers={"HX-Redirect": url_for("security.login")})
    here = request.full_path.rstrip("?") if request.method in READING else None
    return redirect(url_for("security.login", next=here))


def of(app: Flask, endpoint: str) -> Door:
    """The door of an endpoint; DoorMissing when nobody named one."""
    foreign: dict[str, Door] = app.extensions["doors"]
    if endpoint in foreign:
        return foreign[endpoint]
    if endpoint not in app.view_functions:
        raise DoorMissing(f"there is no route {endpoint}, so it has no door")
    own: Door | None = getattr(app.view_functions[endpoint], "door", None)
    area = app.blueprints.get(endpoint.rpartition(".")[0])
    default: Door | None = getattr(area, "door", None)
    found = own or default
    if found is None:
        raise DoorMissing(f"route {endpoint} names no door: guard its blueprint or decorate it")
    if own and default and not own.narrows(default):
        raise DoorMissing(f"route {endpoint} opens wider than its area, which is {default.name}")
    return found


def check(app: Flask) -> None:
    """Refuse to start when a route has no door."""
    for rule in app.url_map.iter_rules():
        of(app, rule.endpoint)


def roles_here() -> frozenset[str] | None:
    """The roles of the person of this request; None for a stranger."""
    if not current_user or not current_user.is_authenticated:
        return None
    return frozenset(role.name for role in current_user.roles)


def may(asked: Door | str, method: str = "POST") -> bool:
    """Whether the person of this request may enter a door, or the door of a named endpoint.

    For pages, to leave out what one cannot do; the door itself is asked again on entry.
    """
    if isinstance(asked, str):
        asked = of(current_app, asked)
    return asked.admits(roles_here(), method)
