"""Reads the catalogue of known exploited vulnerabilities that CISA publishes."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints, TypeAdapter

from vendor_risk.checks.observations import Exploited
from vendor_risk.feeds.reading import Reading, entries, validated

_Words = Annotated[str, StringConstraints(max_length=300, strip_whitespace=True)]
_Cve = Annotated[str, StringConstraints(pattern=r"^CVE-[0-9]{4}-[0-9]{4,19}$")]


@dataclass(frozen=True, slots=True)
class _Row:
    cve: Annotated[_Cve, Field(validation_alias="cveID")]
    maker: Annotated[_Words, Field(validation_alias="vendorProject")]
    product: _Words
    name: Annotated[_Words, Field(validation_alias="vulnerabilityName")]
    due: Annotated[date, Field(validation_alias="dueDate")]
    ransomware: Annotated[_Words, Field(validation_alias="knownRansomwareCampaignUse")]


@dataclass(frozen=True, slots=True)
class _Catalogue:
    released: Annotated[AwareDatetime, Field(validation_alias="dateReleased")]
    vulnerabilities: list[Any]


_CATALOGUE = TypeAdapter(_Catalogue)
_ROW = TypeAdapter(_Row)


def read(content: bytes) -> Reading[Exploited]:
    """The catalogue with the time of its release; ListRefused when it is none."""
    catalogue = validated(content, _CATALOGUE)
    rows = entries(catalogue.vulnerabilities, _ROW)
    return Reading(tuple(map(_exploited, rows)), catalogue.released)


def _exploited(row: _Row) -> Exploited:
    ransomware = row.ransomware.casefold() == "known"
    return Exploited(row.cve, row.maker, row.product, row.name, row.due, ransomware)
