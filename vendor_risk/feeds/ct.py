"""Reads what a search in the public logs of certificates found (the JSON of crt.sh)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import StringConstraints, TypeAdapter

from vendor_risk.checks.names import plain
from vendor_risk.checks.observations import LoggedCertificate
from vendor_risk.feeds import answers
from vendor_risk.feeds.folder import Folder
from vendor_risk.feeds.reading import ListRefused, Reading, entries, validated

KIND = "certificates"
_MOST = 256
_NAMES = 32
_ORGANISATION = re.compile(r"(?:^|, ?)O=(\"[^\"]{1,200}\"|[^,]{1,200})")
_Words = Annotated[str, StringConstraints(max_length=64_000)]


@dataclass(frozen=True, slots=True)
class _Row:
    issuer_name: _Words
    name_value: _Words
    not_before: datetime
    not_after: datetime


_ROWS: TypeAdapter[list[Any]] = TypeAdapter(list[Any])
_ROW = TypeAdapter(_Row)


def read(content: bytes) -> Reading[LoggedCertificate]:
    """The certificates, the newest first and each set of names of an issuer once.

    Times without a zone are UTC. ListRefused when it is no such answer.
    """
    rows: list[Any] = validated(content, _ROWS)
    certificates = entries(rows, _ROW)
    once: dict[tuple[str, tuple[str, ...]], LoggedCertificate] = {}
    for row in sorted(certificates, key=lambda each: _utc(each.not_before), reverse=True):
        found = _certificate(row)
        once.setdefault((found.issuer, found.names), found)
    return Reading(tuple(once.values())[:_MOST])


def _certificate(row: _Row) -> LoggedCertificate:
    names = dict.fromkeys(plain(each)[:253] for each in row.name_value.split("\n")[:_NAMES])
    found = _ORGANISATION.search(row.issuer_name[:2000])
    return LoggedCertificate(
        names=tuple(each for each in names if each),
        issuer=found[1].strip('" ') if found else row.issuer_name[:200],
        not_before=_utc(row.not_before),
        not_after=_utc(row.not_after),
    )


def _utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def known(name: str, folder: Folder) -> tuple[tuple[LoggedCertificate, ...], datetime] | None:
    """The certificates in the file that was given for a name, with its time."""
    answer = answers.kept(folder, KIND, name)
    if answer is None:
        return None
    try:
        return read(answer.content).entries, answer.at
    except ListRefused:
        return None
