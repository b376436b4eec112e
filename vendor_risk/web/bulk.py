"""Acts upon many rows of a list: which are meant, what was done to them, and the way back."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import parse_qs

from flask import abort, redirect, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from vendor_risk.web.frame import notice
from vendor_risk.web.session import session
from vendor_risk.workflow.vendors import VendorRefused

Row = TypeVar("Row")
Matching = Callable[[MultiDict[str, str], int], Sequence[uuid.UUID]]
Said = tuple[str, str]  # what was done, and the address that takes it back
Act = Callable[[Sequence[Row]], Said]


def press(
    acts: Mapping[str, Act[Row]],
    chosen: tuple[Sequence[Row], bool],
    *,
    back: str,
    nothing: str,
    most: int,
    beside: str = "",
) -> Response:
    """The act that the form names is done to the chosen rows, all of them or none; 400 without one.

    `chosen` says too whether more match than one act takes, and `nothing` what to say of no rows.
    `beside` is an act that the page itself does, where rows are chosen.
    """
    name = request.form.get("act", "")
    if name not in acts and name != beside:
        abort(400)
    rows, more = chosen
    if not rows:
        notice(nothing, kind="warning")
        return redirect(back)
    try:
        said, undo = acts[name](rows)
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
        return redirect(back)
    session.commit()
    if more:
        said += " " + _("Do it again for the others: %(n)s at a time.", n=most)
    notice(said, undo=undo)
    return redirect(back)


def meant(back: str, matching: Matching, most: int) -> tuple[Sequence[uuid.UUID], bool]:
    """At most so many ids to act upon, and whether more match: an act on more takes too long.

    They are those that were ticked or, with `all_matching`, those of the list at the address
    `back`: `matching` gives the first so many ids that its filters let through.
    """
    if request.form.get("all_matching"):
        query: MultiDict[str, str] = MultiDict(parse_qs(back.partition("?")[2]))
        ids = matching(query, most + 1)
        return ids[:most], len(ids) > most
    return request.form.getlist("chosen", type=uuid.UUID)[:most], False


def moment() -> dt.datetime:
    """The moment that the address of an undo names; 404 where it is none, or has no zone."""
    try:
        named = dt.datetime.fromisoformat(request.args.get("at", ""))
    except ValueError:
        abort(404)
    if named.tzinfo is None:
        abort(404)
    return named
