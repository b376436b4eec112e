"""Reads the advisories for script libraries that retire.js publishes."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import StringConstraints, TypeAdapter

from vendor_risk.checks.libraries import repository
from vendor_risk.checks.observations import JsLibrary
from vendor_risk.checks.patterns import fault
from vendor_risk.feeds.reading import Reading, entries, validated

_Version = Annotated[str, StringConstraints(max_length=60)]
_Words = Annotated[str, StringConstraints(max_length=4000)]


@dataclass(frozen=True, slots=True)
class _Flaw:
    below: _Version
    severity: _Version


@dataclass(frozen=True, slots=True)
class _Library:
    vulnerabilities: tuple[_Flaw, ...]


_REPOSITORY: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
_NAMED: TypeAdapter[tuple[_Words, _Library]] = TypeAdapter(tuple[_Words, _Library])


def read(content: bytes) -> Reading[JsLibrary]:
    """The libraries with known flaws; ListRefused when it is no repository of retire.js.

    Its fourth and fifth version have the same form where we read it. It carries no date.
    """
    libraries = validated(content, _REPOSITORY)
    entries(libraries.items(), _NAMED)  # refuses what has another form
    found = repository(libraries)
    return Reading(found, note=_unused(found))


def _unused(libraries: tuple[JsLibrary, ...]) -> str:
    """Which patterns are never tried on what hosts serve, in words; empty where all are."""
    unused = [
        f"{pattern[:60]} of {library.name[:60]} {why}"
        for library in libraries
        for pattern in (*library.uris, *library.filenames)
        if (why := fault(pattern))
    ]
    return f"{len(unused)} of its patterns are not used: {unused[0]}" if unused else ""
