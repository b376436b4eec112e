"""The lists as this process has them: read once, and again when a file changes."""

from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any

from vendor_risk.checks.observations import Feed
from vendor_risk.feeds.access import Access, FeedUnreachable
from vendor_risk.feeds.folder import Folder, Meta, sha256
from vendor_risk.feeds.sources import SOURCES, Source


@dataclass(frozen=True, slots=True)
class Held:
    """One list: its entries and date, or in `reason` why there is nothing to compare with."""

    source: Source
    entries: tuple[Any, ...] = ()
    dated: datetime | None = None
    given: bool = False
    reason: str = ""
    trouble: str = ""  # of the last attempt to fetch it
    note: str = ""  # what of it is not used, and why

    @property
    def readable(self) -> bool:
        """Whether there is something to compare with."""
        return not self.reason

    def age_days(self, at: datetime) -> int | None:
        """How many days before a time it was made."""
        return None if self.dated is None else (at - self.dated).days

    def old(self, at: datetime) -> str:
        """In words that it is too old at a time to say that there is nothing; else empty."""
        age = self.age_days(at)
        if age is None or self.dated is None or age <= self.source.old_days:
            return ""
        return f"the list is of {self.dated:%Y-%m-%d}, {age} days before this look"

    def feed(self, at: datetime) -> Feed:
        """Its state as an observation keeps it."""
        source = self.source
        reason = self.reason or self.old(at)
        return Feed(source.name, self.dated, source.licence, source.attribution, reason)


class Shelf:
    """All lists of one folder."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._held: dict[str, tuple[tuple[int, ...], Held]] = {}
        self._lock = Lock()

    def held(self, source: Source) -> Held:
        """A list as it lies in the folder now."""
        with self._lock:
            stamp = self._folder.stamp(source.name)
            known = self._held.get(source.name)
            if known is None or known[0] != stamp:
                known = (stamp, _read(self._folder, source))
                self._held[source.name] = known
            return known[1]

    def all(self) -> tuple[Held, ...]:
        """Every list that there could be."""
        return tuple(map(self.held, SOURCES))


def _read(folder: Folder, source: Source) -> Held:
    meta = folder.meta(source.name)
    trouble = meta.trouble
    try:
        kept = folder.kept(source.name, source.most_bytes)
        if kept is None:
            return Held(source, reason="there is no such list here", trouble=trouble)
        reading = source.read(kept.content)
    except OSError as error:
        return Held(source, reason=f"its file cannot be read: {error.strerror}", trouble=trouble)
    except ValueError as error:
        return Held(source, reason=f"its file is not used: {error}", trouble=trouble)
    fetched = None if kept.given else meta.checked_at or meta.fetched_at
    arrived = fetched or kept.changed_at
    dated = min(reading.dated or arrived, arrived)  # no list comes before it is made
    return Held(source, reading.entries, dated, kept.given, trouble=trouble, note=reading.note)


@dataclass(frozen=True, slots=True)
class Update:
    """What became of fetching one list: `new`, `unchanged`, `off`, or `failed` with a reason."""

    source: Source
    state: str
    reason: str = ""


def update(folder: Folder, source: Source, url: str, access: Access, now: datetime) -> Update:
    """Fetch one list into the folder; the old one stays when the new one is bad."""
    if not url:
        return Update(source, "off", "no address is set")
    before = folder.meta(source.name)
    try:
        state = _fetched(folder, source, url, access, now=now, before=before)
    except (FeedUnreachable, ValueError) as error:  # ListRefused is one
        folder.keep(source.name, None, replace(before, trouble=str(error)[:500], trouble_at=now))
        return Update(source, "failed", str(error))
    return Update(source, state)


def _fetched(
    folder: Folder, source: Source, url: str, access: Access, *, now: datetime, before: Meta
) -> str:
    """`new` or `unchanged`; asks only for changes where the same address gave what lies there."""
    try:
        kept = folder.kept(source.name, source.most_bytes)
    except ValueError:
        kept = None
    from vendor_risk.feeds.fetch import fetch

    ours = kept is not None and not kept.given and before.url == url
    answer = fetch(
        url,
        access,
        most_bytes=source.most_bytes,
        etag=before.etag if ours else "",
        last_modified=before.last_modified if ours else "",
    )
    if answer.content is None:
        if not ours:
            raise FeedUnreachable("the server says that nothing has changed, but was not asked")
        folder.keep(source.name, None, replace(before, checked_at=now, trouble="", trouble_at=None))
        return "unchanged"
    count = len(source.read(answer.content).entries)
    digest = sha256(answer.content)
    meta = Meta(
        url=url,
        fetched_at=now,
        checked_at=now,
        etag=answer.etag,
        last_modified=answer.last_modified,
        sha256=digest,
        count=count,
        licence=source.licence,
    )
    folder.keep(source.name, answer.content, meta)
    return "unchanged" if ours and digest == before.sha256 else "new"
