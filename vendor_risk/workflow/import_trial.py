"""The dry run of an import: what would become of each line, with nothing written."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlmodel import Session, col, select

from vendor_risk.refusals import Refused
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Domain, Engagement, Vendor, VendorImport, VendorTag
from vendor_risk.workflow import csv_file
from vendor_risk.workflow.csv_file import Table
from vendor_risk.workflow.domains import MOST
from vendor_risk.workflow.duplicates import Likeness, NameIndex, Reason
from vendor_risk.workflow.import_columns import Entry, checked_mapping, read_line
from vendor_risk.workflow.names import name_key
from vendor_risk.workflow.vendors import MOST_TAGS

NEW, UPDATE, SKIP, WRONG = "new", "update", "skip", "wrong"
FATES = (NEW, UPDATE, SKIP, WRONG)

# What an engagement is called whose line gives an amount or a company of ours, but no name.
PURCHASES = "Purchases"

AT_ONCE = 500  # values in one IN and rows in one INSERT; SQLite allows 32,766 parameters
_MOST_LIKENESSES = 3  # of a line; the page of a vendor shows the rest


@dataclass(frozen=True, slots=True)
class Policy:
    """What becomes of lines that may be vendors we have."""

    update: bool = True  # the supplier number is known: update that vendor, else leave it alone
    skip_alike: bool = True  # domain or name are alike: leave the line out, else enter it as new


@dataclass(frozen=True, slots=True)
class Twin:
    """An earlier line of the same file that may be the same vendor."""

    line: int
    detail: str


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one line, one of FATES, and why; `vendor_id` is the one to update."""

    entry: Entry
    what: str
    likenesses: tuple[Likeness, ...] = ()
    twin: Twin | None = None
    vendor_id: uuid.UUID | None = None
    adds: str = ""  # the engagement that an update would make
    edits: str = ""  # or the one that it would change


def engagement_meant(entry: Entry, standing: Sequence[str]) -> int | None:
    """The place of the engagement that the line speaks of; None when it speaks of a new one.

    A line that does not say what is bought speaks of the one that the vendor has. Where there are
    several nobody can tell which.
    """
    if not entry.engagement and len(standing) == 1:
        return 0
    name = (entry.engagement or PURCHASES).casefold()
    return next((at for at, one in enumerate(standing) if one.casefold() == name), None)


@dataclass(frozen=True, slots=True)
class Trial:
    """What an import would do, line by line."""

    fates: tuple[Fate, ...]

    def of(self, what: str) -> tuple[Fate, ...]:
        """The lines with that fate."""
        return tuple(fate for fate in self.fates if fate.what == what)

    @property
    def counts(self) -> dict[str, int]:
        """How many lines have which fate."""
        return {what: len(self.of(what)) for what in FATES}


def table_of(row: VendorImport) -> Table:
    """The table that was uploaded."""
    return csv_file.read(row.content)


def try_out(session: Session, row: VendorImport, policy: Policy | None = None) -> Trial:
    """What applying would do."""
    table = table_of(row)
    owners = dict(session.exec(select(User.email, User.id)).all())
    mapping = checked_mapping(row.mapping, len(table.header))
    entries = [read_line(line, mapping, owners) for line in table.lines]
    _refuse_twin_numbers(entries)
    return Trial(tuple(_fates(session, entries, policy or Policy())))


def _refuse_twin_numbers(entries: Sequence[Entry]) -> None:
    """Two lines with one supplier number: which of them is true, only a person knows."""
    first: dict[str, int] = {}
    for entry in entries:
        number = entry.supplier_number
        if number is None:
            continue
        if number in first:
            entry.errors.append(
                Refused(
                    "Supplier number: line %(line)s has %(number)s too.",
                    line=first[number],
                    number=number,
                )
            )
        else:
            first[number] = entry.line.number


@dataclass(slots=True)
class _Known:
    """What of the inventory bears upon the lines of one file."""

    by_number: Mapping[str, Vendor]
    by_domain: Mapping[str, Sequence[Vendor]]
    by_key: Mapping[str, Sequence[Vendor]]
    alike: Mapping[str, Mapping[str, float]]
    bought: Mapping[uuid.UUID, Sequence[str]]  # the names of each vendor's standing engagements


@dataclass(slots=True)
class _Own:
    """The lines of the file that are entered so far: later ones may be alike to them too."""

    domains: dict[str, int] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    names: NameIndex = field(default_factory=NameIndex)

    def twin(self, entry: Entry, key: str) -> Twin | None:
        for _, _, registrable in entry.hosts:
            if registrable in self.domains:
                return Twin(self.domains[registrable], registrable)
        other = min(self.names.alike(key), key=lambda one: self.keys[one], default=None)
        return None if other is None else Twin(self.keys[other], entry.name)

    def add(self, entry: Entry, key: str) -> None:
        self.names.add(key)
        self.keys.setdefault(key, entry.line.number)
        for _, _, registrable in entry.hosts:
            self.domains.setdefault(registrable, entry.line.number)


def _fates(session: Session, entries: Sequence[Entry], policy: Policy) -> Iterator[Fate]:
    good = [entry for entry in entries if not entry.errors]
    keys = {entry.name: name_key(entry.name) for entry in good}
    known = _known(session, good, keys.values())
    if policy.update:
        _refuse_too_many(session, good, known.by_number)
    own = _Own()
    for entry in entries:
        if entry.errors:
            yield Fate(entry, WRONG)
            continue
        holder = known.by_number.get(entry.supplier_number or "")
        if holder is not None:
            yield _known_number(entry, holder, policy, known.bought.get(holder.id, ()))
            continue
        key = keys[entry.name]
        likenesses, twin = _likenesses(entry, key, known), own.twin(entry, key)
        if (likenesses or twin) and policy.skip_alike:
            yield Fate(entry, SKIP, likenesses, twin)
            continue
        own.add(entry, key)
        yield Fate(entry, NEW, likenesses, twin)


def _refuse_too_many(
    session: Session, entries: Sequence[Entry], by_number: Mapping[str, Vendor]
) -> None:
    """What a vendor has and what its line adds must not be more than a vendor may have."""
    said: dict[uuid.UUID, Entry] = {}
    for entry in entries:
        holder = by_number.get(entry.supplier_number or "")
        if holder is not None and holder.archived_at is None and (entry.hosts or entry.tags):
            said[holder.id] = entry
    hosts: dict[uuid.UUID, set[str]] = defaultdict(set)
    tags: dict[uuid.UUID, set[str]] = defaultdict(set)
    for some in slices(map(str, said)):
        chosen = [uuid.UUID(id) for id in some]
        domains = select(Domain.vendor_id, Domain.host).where(col(Domain.vendor_id).in_(chosen))
        for vendor_id, host in session.exec(domains):
            hosts[vendor_id].add(host)
        borne = select(VendorTag.vendor_id, VendorTag.tag)
        for vendor_id, tag in session.exec(borne.where(col(VendorTag.vendor_id).in_(chosen))):
            tags[vendor_id].add(tag)
    for vendor_id, entry in said.items():
        if len(hosts[vendor_id] | {host for host, _, _ in entry.hosts}) > MOST:
            entry.errors.append(
                Refused("Domains: with those it has, it would have more than %(most)s.", most=MOST)
            )
        if len(tags[vendor_id] | set(entry.tags)) > MOST_TAGS:
            entry.errors.append(
                Refused(
                    "Tags: with those it has, it would bear more than %(most)s.", most=MOST_TAGS
                )
            )


def _known_number(entry: Entry, holder: Vendor, policy: Policy, standing: Sequence[str]) -> Fate:
    """A vendor that left stays as it is: an old list must not bring it back to life."""
    likeness = _like(holder, Reason.NUMBER, entry.supplier_number or "", 1.0)
    what = UPDATE if policy.update and not likeness.archived else SKIP
    fate = Fate(entry, what, (likeness,), vendor_id=holder.id)
    if what != UPDATE or not entry.buys:
        return fate
    place = engagement_meant(entry, standing)
    if place is None:
        return replace(fate, adds=entry.engagement or PURCHASES)
    return replace(fate, edits=standing[place])


def _likenesses(entry: Entry, key: str, known: _Known) -> tuple[Likeness, ...]:
    found: dict[uuid.UUID, Likeness] = {}
    for _, _, registrable in entry.hosts:
        for vendor in known.by_domain.get(registrable, ()):
            found.setdefault(vendor.id, _like(vendor, Reason.DOMAIN, registrable, 1.0))
    for other, share in known.alike[key].items():
        for vendor in known.by_key.get(other, ()):
            found.setdefault(vendor.id, _like(vendor, Reason.NAME, vendor.name, share))
    ranked = sorted(found.values(), key=lambda one: (one.reason, -one.share, one.name))
    return tuple(ranked[:_MOST_LIKENESSES])


def _like(vendor: Vendor, reason: Reason, detail: str, share: float) -> Likeness:
    archived = vendor.archived_at is not None
    return replace(Likeness(vendor.id, vendor.name, reason, detail, share), archived=archived)


def _known(session: Session, entries: Sequence[Entry], keys: Iterable[str]) -> _Known:
    numbers = {entry.supplier_number for entry in entries if entry.supplier_number}
    registrables = {host[2] for entry in entries for host in entry.hosts}
    names = NameIndex(session.exec(select(Vendor.name_key)))
    alike = {key: names.alike(key) for key in set(keys)}
    standing = col(Vendor.merged_into_id).is_(None)
    by_number: dict[str, Vendor] = {}
    by_domain: dict[str, list[Vendor]] = defaultdict(list)
    by_key: dict[str, list[Vendor]] = defaultdict(list)
    for some in slices(numbers):
        for vendor in session.exec(
            select(Vendor).where(col(Vendor.supplier_number).in_(some), standing)
        ):
            by_number[vendor.supplier_number or ""] = vendor
    bought: dict[uuid.UUID, list[str]] = defaultdict(list)
    for some in slices(str(vendor.id) for vendor in by_number.values()):
        holders = col(Engagement.vendor_id).in_([uuid.UUID(id) for id in some])
        rows = select(Engagement.vendor_id, Engagement.name).where(holders)
        for vendor_id, name in session.exec(rows.where(col(Engagement.ended_at).is_(None))):
            bought[vendor_id].append(name)
    for some in slices(registrables):
        for vendor, registrable in session.exec(
            select(Vendor, Domain.registrable)
            .join(Domain, col(Domain.vendor_id) == col(Vendor.id))
            .where(col(Domain.registrable).in_(some), standing)
        ):
            by_domain[registrable].append(vendor)
    for some in slices({other for others in alike.values() for other in others}):
        for vendor in session.exec(select(Vendor).where(col(Vendor.name_key).in_(some), standing)):
            by_key[vendor.name_key].append(vendor)
    return _Known(by_number, by_domain, by_key, alike, bought)


def slices(values: Iterable[str]) -> Iterator[list[str]]:
    """The values in order, at most AT_ONCE at a time."""
    ordered = sorted(values)
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]
