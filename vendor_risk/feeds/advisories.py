"""Reads the advisories for script libraries that retire.js publishes."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, StringConstraints, TypeAdapter

from vendor_risk.feeds.reading import Reading, entries, validated

_Version = Annotated[str, StringConstraints(max_length=60)]
_Words = Annotated[str, StringConstraints(max_length=4000)]


@dataclass(frozen=True, slots=True)
class Flaw:
    """Versions of a library in which a flaw is known: from `at_or_above` up to `below`."""

    below: _Version
    severity: _Version
    at_or_above: Annotated[_Version, Field(validation_alias="atOrAbove")] = ""
    excludes: tuple[_Version, ...] = ()
    identifiers: dict[str, Any] = field(default_factory=dict)

    @property
    def identifier(self) -> str:
        """The shortest name that it has elsewhere: a CVE number, one of GitHub, else its words."""
        numbers = self.identifiers.get("CVE")
        names = [*(numbers if isinstance(numbers, list) else ())]
        names += [self.identifiers.get(word) for word in ("githubID", "summary")]
        return next((each for each in names if isinstance(each, str) and each), "")[:300]


@dataclass(frozen=True, slots=True)
class _Extractors:
    uri: tuple[_Words, ...] = ()
    filename: tuple[_Words, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    vulnerabilities: tuple[Flaw, ...]
    extractors: _Extractors = _Extractors()
    npmname: _Words = ""
    bowername: tuple[_Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Library:
    """A library, the patterns by which addresses tell it and its version, and its flaws."""

    name: str
    names: tuple[str, ...]
    uris: tuple[str, ...]
    filenames: tuple[str, ...]
    flaws: tuple[Flaw, ...]


_REPOSITORY: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
_NAMED: TypeAdapter[tuple[_Words, _Entry]] = TypeAdapter(tuple[_Words, _Entry])


def read(content: bytes) -> Reading[Library]:
    """The libraries with known flaws; ListRefused when it is no repository of retire.js.

    Its fourth and fifth version have the same form where we read it. It carries no date.
    """
    rows = entries(validated(content, _REPOSITORY).items(), _NAMED)
    return Reading(tuple(_library(*row) for row in rows if row[1].vulnerabilities))


def _library(name: str, entry: _Entry) -> Library:
    return Library(
        name=name,
        names=tuple(each for each in (entry.npmname, *entry.bowername) if each),
        uris=entry.extractors.uri,
        filenames=entry.extractors.filename,
        flaws=entry.vulnerabilities,
    )
