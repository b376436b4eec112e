"""Reads the public list of breaches that Have I Been Pwned publishes."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, NonNegativeInt, StringConstraints, TypeAdapter

from vendor_risk.checks.names import organisation
from vendor_risk.checks.observations import Breach
from vendor_risk.feeds.reading import Reading, entries, latest, validated

_Words = Annotated[str, StringConstraints(max_length=300, strip_whitespace=True)]

_CLASSES_LIMIT = 32


@dataclass(frozen=True, slots=True)
class _Row:
    name: Annotated[_Words, Field(validation_alias="Name")]
    title: Annotated[_Words, Field(validation_alias="Title")]
    domain: Annotated[_Words, Field(validation_alias="Domain")]
    happened: Annotated[date, Field(validation_alias="BreachDate")]
    listed: Annotated[datetime, Field(validation_alias="AddedDate")]
    accounts: Annotated[NonNegativeInt, Field(validation_alias="PwnCount")]
    classes: Annotated[list[_Words], Field(validation_alias="DataClasses")]
    verified: Annotated[bool, Field(validation_alias="IsVerified")]
    # each of these says that the entry is no breach of the named domain
    fabricated: Annotated[bool, Field(validation_alias="IsFabricated")] = False
    retired: Annotated[bool, Field(validation_alias="IsRetired")] = False
    spam_list: Annotated[bool, Field(validation_alias="IsSpamList")] = False
    malware: Annotated[bool, Field(validation_alias="IsMalware")] = False
    stealer_log: Annotated[bool, Field(validation_alias="IsStealerLog")] = False

    @property
    def counts(self) -> bool:
        """Whether it is a breach of the domain that it names."""
        others = (self.fabricated, self.retired, self.spam_list, self.malware, self.stealer_log)
        return bool(self.domain) and not any(others)


@dataclass(frozen=True, slots=True)
class _Wrapped:
    breaches: list[Any]


_LIST: TypeAdapter[list[Any] | _Wrapped] = TypeAdapter(list[Any] | _Wrapped)
_ROW = TypeAdapter(_Row)


def read(content: bytes) -> Reading[Breach]:
    """The breaches that name a domain, dated by the newest entry; ListRefused when it is none.

    The list is taken as the interface gives it, or under the word `breaches` of an object.
    """
    document = validated(content, _LIST)
    rows = entries(document if isinstance(document, list) else document.breaches, _ROW)
    found = tuple(_breach(row) for row in rows if row.counts)
    return Reading(found, latest(row.listed.date() for row in rows))


def _breach(row: _Row) -> Breach:
    return Breach(
        name=row.name,
        title=row.title,
        domain=organisation(row.domain),
        happened=row.happened,
        accounts=row.accounts,
        classes=tuple(row.classes[:_CLASSES_LIMIT]),
        verified=row.verified,
    )
