"""Asks the registry of a name when its registration runs out (RFC 9082, 9083, 9224)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from pydantic import TypeAdapter

from vendor_risk.checks.names import plain
from vendor_risk.checks.observations import Registration
from vendor_risk.feeds import answers
from vendor_risk.feeds.access import Access, FeedUnreachable
from vendor_risk.feeds.bootstrap import Registry
from vendor_risk.feeds.folder import Folder
from vendor_risk.feeds.reading import ListRefused, validated

KIND = "registration"
_MOST_BYTES = 512 * 1024
_FRESH = timedelta(days=1)
_SECONDS = 8.0
_MOST = 64  # entries of a list that are read


@dataclass(frozen=True, slots=True)
class _Event:
    eventAction: str  # noqa: N815  (the standard's own names)
    eventDate: str  # noqa: N815


@dataclass(frozen=True, slots=True)
class _Entity:
    roles: tuple[str, ...] = ()
    vcardArray: Any = None  # noqa: N815
    handle: str = ""


@dataclass(frozen=True, slots=True)
class _Domain:
    ldhName: str  # noqa: N815
    events: tuple[_Event, ...] = ()
    status: tuple[str, ...] = ()
    entities: tuple[_Entity, ...] = ()


_DOMAIN = TypeAdapter(_Domain)


def read(content: bytes, address: str = "") -> Registration:
    """What an answer says of a name; ListRefused when it is no answer about a domain."""
    domain = validated(content, _DOMAIN)
    return Registration(
        domain=plain(domain.ldhName),
        expires=_expires(domain.events[:_MOST]),
        status=tuple(each[:80] for each in domain.status[:32]),
        registrar=_registrar(domain.entities[:_MOST]),
        address=address,
    )


def _expires(events: Iterable[_Event]) -> datetime | None:
    """When the registry itself lets the name go; RFC 9083 section 10.2.3."""
    for each in events:
        if each.eventAction.casefold() == "expiration":
            try:
                found = datetime.fromisoformat(each.eventDate[:40])
            except ValueError:
                continue
            return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def _registrar(entities: Iterable[_Entity]) -> str:
    """The formatted name of the registrar (RFC 7095: ["vcard", [[name, {}, type, value]]])."""
    for each in entities:
        if "registrar" not in each.roles:
            continue
        card = each.vcardArray
        rows = card[1] if isinstance(card, list) and len(card) > 1 else []
        for row in rows[:_MOST] if isinstance(rows, list) else ():
            if isinstance(row, list) and len(row) > 3 and row[0] == "fn":
                return str(row[3])[:200]
        return each.handle[:200]
    return ""


def server_of(name: str, registries: Iterable[Registry]) -> str:
    """The address of the registry with the longest ending of a name; RFC 9224 section 4."""
    ending = plain(name)
    best: dict[str, str] = {}
    for each in registries:
        best |= {end: each.addresses[0] for end in each.endings if each.addresses}
    while "." in ending:
        ending = ending.partition(".")[2]
        if ending in best:
            return best[ending]
    return ""


def ask(
    name: str, registries: Iterable[Registry], access: Access, folder: Folder, now: datetime
) -> str:
    """Ask about a registered name unless that was done within a day; why nothing came, or "".

    The answer lies in the folder for all looks at hosts of the same name.
    """
    from vendor_risk.feeds.fetch import fetch

    before = answers.kept(folder, KIND, name)
    if before is not None and now - before.at < _FRESH:
        return ""
    server = server_of(name, registries)
    if not server:
        return "no registry is known for its ending"
    url = f"{server.rstrip('/')}/domain/{quote(name, safe='')}"
    quick = replace(access, seconds=_SECONDS, silence_seconds=_SECONDS / 2, tries=1)
    try:
        answer = fetch(url, quick, most_bytes=_MOST_BYTES, accept="application/rdap+json", named="")
        found = read(answer.content or b"", url)
    except (FeedUnreachable, ListRefused) as error:
        return str(error)
    if found.domain != name:
        return "the registry answered about another name"
    try:
        answers.keep(folder, KIND, name, _KEPT.dump_json(found))
    except OSError as error:
        return f"the answer could not be kept: {error.strerror}"
    return ""


_KEPT = TypeAdapter(Registration)


def known(name: str, folder: Folder) -> tuple[Registration, datetime] | None:
    """What is kept of a name with the time that it was asked; an answer as it came serves too."""
    answer = answers.kept(folder, KIND, name)
    if answer is None:
        return None
    try:
        return validated(answer.content, _KEPT), answer.at
    except ListRefused:
        pass
    try:
        return read(answer.content), answer.at
    except ListRefused:
        return None
