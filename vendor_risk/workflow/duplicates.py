"""Duplicates: which vendors may be one and the same, and why; offered, never joined by itself."""

import math
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import combinations, islice, pairwise

from rapidfuzz import fuzz, process
from sqlalchemy import or_
from sqlmodel import Session, col, func, select

from vendor_risk.checks.names import organisation
from vendor_risk.store.models.vendors import Domain, Vendor
from vendor_risk.workflow.names import ALIKE, alike, name_key, numbered_apart

# Up to this many vendors the page of pairs compares each name with all others (0.3 s on one core);
# beyond, with its neighbours in the alphabet, as 100,000 against 100,000 would take a minute.
_ALL_AGAINST_ALL = 5000
_NEIGHBOURS = 4

# On the list: archiving and joining both take a vendor off it.
_STANDS = col(Vendor.archived_at).is_(None)


class Reason(IntEnum):
    """Why two vendors may be one, the strongest first."""

    NUMBER = 1
    DOMAIN = 2
    NAME = 3


@dataclass(frozen=True, slots=True)
class Likeness:
    """A vendor that may be meant; `detail` is what both have, `share` how alike the names are."""

    vendor_id: uuid.UUID
    name: str
    reason: Reason
    detail: str
    share: float = 1.0
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Two vendors in the portfolio that may be one."""

    left: uuid.UUID
    right: uuid.UUID
    reason: Reason
    detail: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Pairs:
    """What was found; `more` when there are further pairs, `all_names` when each met each."""

    pairs: tuple[Pair, ...]
    more: bool
    all_names: bool


def find(
    session: Session,
    *,
    name: str = "",
    supplier_number: str = "",
    hosts: Iterable[str] = (),
    besides: uuid.UUID | None = None,
    most: int = 10,
) -> list[Likeness]:
    """Vendors that may be the one described, each once with its strongest reason.

    100,000 vendors take 30 to 60 ms: one pass over the short column `name_key`.
    """
    found: dict[uuid.UUID, Likeness] = {}
    for likeness in (
        *_by_number(session, supplier_number),
        *_by_domain(session, hosts),
        *_by_name(session, name),
    ):
        if likeness.vendor_id != besides:
            found.setdefault(likeness.vendor_id, likeness)
    ranked = sorted(found.values(), key=lambda one: (one.reason, -one.share, one.name))
    return ranked[:most]


def pairs(session: Session, *, most: int = 50, all_up_to: int = _ALL_AGAINST_ALL) -> Pairs:
    """Pairs of vendors on the list that may be one, the strongest reasons first."""
    keys = session.exec(select(Vendor.name_key).where(_STANDS).order_by(col(Vendor.name_key))).all()
    all_names = len(keys) <= all_up_to
    # Twice as many as are shown, since two names or two domains may lead to one pair.
    alike_keys = islice(_each_with_each(keys) if all_names else _with_neighbours(keys), 2 * most)
    found: dict[tuple[uuid.UUID, uuid.UUID], Pair] = {}
    for pair in (*_same_domains(session, 2 * most), *_bearers(session, list(alike_keys))):
        found.setdefault(_order(pair), pair)
    ranked = sorted(found.values(), key=lambda one: (one.reason, -one.share, one.detail))
    return Pairs(tuple(ranked[:most]), len(ranked) > most, all_names)


class NameIndex:
    """Names in memory, for looking up thousands at once: 0.1 to 0.7 ms each among 100,000.

    Names meet when they share one of the rarest beginnings or endings of their words, so a typing
    error anywhere leaves a way to find the name: 99.7 % of what comparing all with all finds.
    """

    _LETTERS = 3
    _RAREST = 3

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._blocks: dict[str, list[str]] = defaultdict(list)
        self._known: set[str] = set()
        for key in keys:
            self.add(key)

    def add(self, key: str) -> None:
        """Names that come later are compared with this one too."""
        if key in self._known:
            return
        self._known.add(key)
        for block in self._blocks_of(key):
            self._blocks[block].append(key)

    def alike(self, key: str) -> dict[str, float]:
        """The names known so far that are alike, the same one too, each with its share."""
        blocks = [block for block in self._blocks_of(key) if block in self._blocks]
        blocks.sort(key=lambda block: len(self._blocks[block]))
        found: dict[str, float] = {}
        for block in blocks[: self._RAREST]:
            for other, share, _ in process.extract(
                key, self._blocks[block], scorer=fuzz.ratio, score_cutoff=100 * ALIKE, limit=None
            ):
                if not numbered_apart(key, other):
                    found[other] = share / 100
        return found

    def _blocks_of(self, key: str) -> set[str]:
        words = key.split() or [key]
        beginnings = {f"{word[: self._LETTERS]}-" for word in words}
        return beginnings | {f"-{word[-self._LETTERS :]}" for word in words}


def pieces(key: str) -> list[str]:
    """Parts of a key of which every alike name carries at least one, letter for letter.

    Alike names differ by at most d letters put in or taken out; of d + 1 parts one stays whole.
    """
    count = min(_most_differences(len(key)) + 1, len(key))
    cuts = [round(i * len(key) / count) for i in range(count + 1)]
    return [key[start:end] for start, end in pairwise(cuts)]


def lengths(length: int) -> tuple[int, int]:
    """How short and how long an alike name of a key of that length can be."""
    longest = math.floor(length * (2 - ALIKE) / ALIKE + 1e-9)
    shortest = math.ceil(length * ALIKE / (2 - ALIKE) - 1e-9)
    return shortest, longest


def _most_differences(length: int) -> int:
    _, longest = lengths(length)
    return math.floor((1 - ALIKE) * (length + longest) + 1e-9)


def _by_number(session: Session, number: str) -> list[Likeness]:
    number = number.strip()
    if not number:
        return []
    query = select(Vendor).where(
        Vendor.supplier_number == number, col(Vendor.merged_into_id).is_(None)
    )
    return [_like(vendor, Reason.NUMBER, number) for vendor in session.exec(query)]


def _by_domain(session: Session, hosts: Iterable[str]) -> list[Likeness]:
    wanted = sorted({organisation(host) for host in hosts if host})
    if not wanted:
        return []
    rows = session.execute(
        select(Vendor, Domain.registrable)
        .join(Domain, col(Domain.vendor_id) == col(Vendor.id))
        .where(col(Domain.registrable).in_(wanted), col(Vendor.merged_into_id).is_(None))
        .limit(50)
    )
    return [_like(vendor, Reason.DOMAIN, registrable) for vendor, registrable in rows]


def _by_name(session: Session, name: str) -> list[Likeness]:
    key = name_key(name)
    if not key:
        return []
    shortest, longest = lengths(len(key))
    column = col(Vendor.name_key)
    place = func.instr if session.get_bind().dialect.name == "sqlite" else func.strpos
    candidates = session.exec(  # the column alone: the index answers and no row is read
        select(Vendor.name_key).where(
            func.length(column).between(shortest, longest),
            or_(*(place(column, piece) > 0 for piece in pieces(key))),
        )
    ).all()
    best = process.extract(key, candidates, scorer=fuzz.ratio, score_cutoff=100 * ALIKE, limit=50)
    shares = {other: share / 100 for other, share, _ in best}
    vendors = session.exec(
        select(Vendor).where(column.in_(shares), col(Vendor.merged_into_id).is_(None)).limit(50)
    )
    return [_like(vendor, Reason.NAME, vendor.name, shares[vendor.name_key]) for vendor in vendors]


def _like(vendor: Vendor, reason: Reason, detail: str, share: float = 1.0) -> Likeness:
    archived = vendor.archived_at is not None
    return Likeness(vendor.id, vendor.name, reason, detail, share, archived)


def _same_domains(session: Session, most: int) -> list[Pair]:
    shared = (
        select(Domain.registrable)
        .group_by(col(Domain.registrable))
        .having(func.count(func.distinct(col(Domain.vendor_id))) > 1)
        .order_by(col(Domain.registrable))
        .limit(most)
    )
    owners: dict[str, list[uuid.UUID]] = defaultdict(list)
    rows = session.exec(
        select(Domain.registrable, Domain.vendor_id)
        .join(Vendor, col(Vendor.id) == col(Domain.vendor_id))
        .where(col(Domain.registrable).in_(shared), _STANDS)
        .order_by(col(Domain.registrable), col(Domain.vendor_id))
        .distinct()
    )
    for registrable, vendor_id in rows:
        owners[registrable].append(vendor_id)
    return [
        Pair(left, right, Reason.DOMAIN, registrable)
        for registrable, ids in owners.items()
        for left, right in _within(ids)
    ]


def _bearers(session: Session, alike_keys: Sequence[tuple[str, str, float]]) -> list[Pair]:
    wanted = {key for left, right, _ in alike_keys for key in (left, right)}
    rows = session.exec(
        select(Vendor.name_key, Vendor.id)
        .where(col(Vendor.name_key).in_(wanted), _STANDS)
        .order_by(col(Vendor.id))
    )
    bearers: dict[str, list[uuid.UUID]] = defaultdict(list)
    for key, vendor_id in rows:
        bearers[key].append(vendor_id)
    return [
        Pair(left, right, Reason.NAME, key, share)
        for key, other, share in alike_keys
        for left, right in (
            _within(bearers[key]) if key == other else [(bearers[key][0], bearers[other][0])]
        )
    ]


def _each_with_each(keys: Iterable[str]) -> Iterator[tuple[str, str, float]]:
    index = NameIndex()
    for key in keys:
        for other, share in index.alike(key).items():
            yield key, other, share
        index.add(key)


def _with_neighbours(keys: Sequence[str]) -> Iterator[tuple[str, str, float]]:
    for distance in range(1, _NEIGHBOURS + 1):
        for key, other in zip(keys, keys[distance:], strict=False):
            share = alike(key, other)
            if share >= ALIKE:
                yield key, other, share


def _within(ids: Sequence[uuid.UUID]) -> Iterable[tuple[uuid.UUID, uuid.UUID]]:
    """Every two of a few; of many, each with the next: joining those leads to all."""
    return combinations(ids, 2) if len(ids) <= 3 else pairwise(ids)


def _order(pair: Pair) -> tuple[uuid.UUID, uuid.UUID]:
    return (pair.left, pair.right) if pair.left < pair.right else (pair.right, pair.left)
