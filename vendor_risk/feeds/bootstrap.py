"""Reads the registry of IANA that says which server knows the domains of which ending."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AwareDatetime, StringConstraints, TypeAdapter

from vendor_risk.checks.names import plain
from vendor_risk.feeds.reading import Reading, entries, validated

_Words = Annotated[str, StringConstraints(max_length=500)]


@dataclass(frozen=True, slots=True)
class Registry:
    """The endings of one registry, and the addresses of its RDAP servers (RFC 9224)."""

    endings: tuple[str, ...]
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Bootstrap:
    publication: AwareDatetime
    services: list[Any]


_BOOTSTRAP = TypeAdapter(_Bootstrap)
_SERVICE: TypeAdapter[tuple[list[_Words], list[_Words]]] = TypeAdapter(
    tuple[list[_Words], list[_Words]]
)


def read(content: bytes) -> Reading[Registry]:
    """The registries with the time of the publication; ListRefused when it is none."""
    bootstrap = validated(content, _BOOTSTRAP)
    services = entries(bootstrap.services, _SERVICE)
    return Reading(tuple(_registry(*service) for service in services), bootstrap.publication)


def _registry(endings: list[str], addresses: list[str]) -> Registry:
    # RFC 9224 section 3: an https address is to be preferred
    ordered = sorted(addresses, key=lambda each: not each.startswith("https:"))
    return Registry(tuple(map(plain, endings)), tuple(ordered))
