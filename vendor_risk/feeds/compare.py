"""Compares what was seen of a host with the lists, and keeps the result with the observation."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from vendor_risk.checks.document import documents
from vendor_risk.checks.libraries import relevant
from vendor_risk.checks.names import organisation
from vendor_risk.checks.observations import (
    Feed,
    Http,
    Intel,
    LoggedCertificate,
    Lookalike,
    Observations,
    Registration,
)
from vendor_risk.checks.software import software
from vendor_risk.feeds import alike, ct, rdap
from vendor_risk.feeds.access import Access
from vendor_risk.feeds.folder import Folder
from vendor_risk.feeds.shelf import Held, Shelf
from vendor_risk.feeds.sources import BY_NAME

_OLD_DAYS = 30  # of what was asked about one name


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked about one organisation, each with its time; None where nobody asked."""

    registration: tuple[Registration, datetime] | None = None
    lookalikes: tuple[tuple[Lookalike, ...], datetime] | None = None
    certificates: tuple[tuple[LoggedCertificate, ...], datetime] | None = None
    trouble: str = ""  # why the registry said nothing this time


def intel_of(seen: Observations, lists: Mapping[str, Held], asked: Asked) -> Intel:
    """What the lists say of the host, its organisation and its software, and their states."""
    name, at = organisation(seen.domain), seen.observed_at
    kev, breaches, advisories = lists["kev"], lists["breaches"], lists["advisories"]
    http = seen.http if isinstance(seen.http, Http) else None
    told = software(http, seen.domain) if http else ()
    return Intel(
        js_advisories=relevant(advisories.entries, documents(http))
        if http and advisories.readable
        else None,
        feeds=(
            *(each.feed(at) for each in (kev, breaches, advisories)),
            _feed("registration", "the registry (RDAP)", asked.registration, at, asked.trouble),
            _feed("lookalikes", "the DNS", asked.lookalikes, at),
            _feed("certificates", "logs of certificates", asked.certificates, at),
        ),
        breaches=tuple(each for each in breaches.entries if each.domain == name)
        if breaches.readable
        else None,
        exploited=tuple(flaw for flaw in kev.entries if any(each.meant_by(flaw) for each in told))
        if kev.readable
        else None,
        registration=asked.registration[0] if asked.registration else None,
        lookalikes=asked.lookalikes[0] if asked.lookalikes else None,
        certificates=asked.certificates[0] if asked.certificates else None,
    )


def _feed(
    name: str, whose: str, found: tuple[Any, datetime] | None, at: datetime, trouble: str = ""
) -> Feed:
    if found is None:
        return Feed(name, attribution=whose, reason=trouble or "nobody asked for it")
    age = (at - found[1]).days
    old = f"it was asked {age} days before this look" if age > _OLD_DAYS else ""
    return Feed(name, found[1], attribution=whose, reason=old)


def compared(seen: Observations, path: Path, access: Access | None = None) -> Observations:
    """The observation with what the lists in a folder say of it.

    With an access the registry of the name is asked, where the list of registries is there.
    """
    shelf, folder = _shelf(path), Folder(path)
    lists = {name: shelf.held(source) for name, source in BY_NAME.items()}
    name, registries = organisation(seen.domain), lists["rdap"]
    trouble = ""
    if access is not None and registries.readable:
        trouble = rdap.ask(name, registries.entries, access, folder, seen.observed_at)
    asked = Asked(
        rdap.known(name, folder), alike.known(name, folder), ct.known(name, folder), trouble
    )
    return replace(seen, intel=intel_of(seen, lists, asked))


@lru_cache(maxsize=4)
def _shelf(path: Path) -> Shelf:
    return Shelf(Folder(path))
