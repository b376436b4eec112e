"""Acts upon many rows of a list: which rows are meant, and which moment an undo is for."""

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs

from flask import abort, request
from werkzeug.datastructures import MultiDict

Matching = Callable[[MultiDict[str, str], int], Sequence[uuid.UUID]]


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
