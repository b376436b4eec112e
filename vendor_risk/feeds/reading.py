"""Turns the bytes of a list into entries, and refuses what is no such list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

Entry = TypeVar("Entry")
Row = TypeVar("Row")

# A maker may add an entry that we do not understand; a list of which more than so many are strange
# has changed its form.
_STRANGE_OF = 20
MOST_ENTRIES = 200_000  # the longest of these lists has some thousand


class ListRefused(ValueError):
    """The bytes are not the list that they should be; the message says why."""


@dataclass(frozen=True, slots=True)
class Reading(Generic[Entry]):
    """A list as read: `dated` is the time that the list says of itself, where it says one.

    `note` is what of it is not used, and why.
    """

    entries: tuple[Entry, ...]
    dated: datetime | None = None
    note: str = ""


def validated(content: bytes, shape: TypeAdapter[Row]) -> Row:
    """The whole document in its shape; ListRefused says what is wrong with it."""
    try:
        return shape.validate_json(content)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        if problem["type"] == "json_invalid":
            raise ListRefused("it is not JSON") from error
        where = ".".join(str(part) for part in problem["loc"])[:60]
        raise ListRefused(
            f"it has another form than expected{f' at {where}' if where else ''}"
        ) from error


def entries(rows: Iterable[Any], shape: TypeAdapter[Row]) -> tuple[Row, ...]:
    """Each row in its shape; a few strange rows are left out, more than a few refuse the list."""
    strange, found, count = 0, [], 0
    for row in rows:
        count += 1
        if count > MOST_ENTRIES:
            raise ListRefused(f"it has more than {MOST_ENTRIES} entries")
        try:
            found.append(shape.validate_python(row))
        except ValidationError:
            strange += 1
    if not count:
        raise ListRefused("it has no entries")
    if strange * _STRANGE_OF > count:
        raise ListRefused(f"{strange} of its {count} entries have another form than expected")
    return tuple(found)


def midnight(day: date) -> datetime:
    """The beginning of a day in UTC."""
    return datetime.combine(day, time(), UTC)


def latest(days: Iterable[date]) -> datetime | None:
    """The beginning of the latest day."""
    day = max(days, default=None)
    return midnight(day) if day else None
