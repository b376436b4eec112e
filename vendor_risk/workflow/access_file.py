"""The access register as a CSV: what each column says, a dry run of a file, and its import."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlmodel import Session, col, select

from vendor_risk.evidence import N_
from vendor_risk.refusals import Refused
from vendor_risk.store.models.access import Access, AccessKind
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import access, csv_file, scores
from vendor_risk.workflow.access import Terms
from vendor_risk.workflow.csv_file import CsvRefused, Line
from vendor_risk.workflow.names import name_key
from vendor_risk.workflow.vendors import Actor, VendorRefused, clean

MOST_BYTES = 1_000_000  # the file travels in the form of the dry run, and forms hold 2 MB
MOST_LINES = 2_000
_AT_ONCE = 300  # SQLite of old takes 999 parameters in a statement; numbers are tried three ways
NEW, UPDATE, SAME, WRONG = "new", "update", "same", "wrong"

_FACTS = {"yes": True, "no": False, "": None, "unknown": None, "nobody knows": None}
_KINDS = {str(kind): str(kind) for kind in AccessKind}


def _fact(cell: str) -> bool | None:
    try:
        return _FACTS[cell.casefold()]
    except KeyError:
        raise Refused("“%(cell)s” is none of yes, no and unknown.", cell=cell[:40]) from None


def _remote(cell: str) -> bool:
    fact = _fact(cell)
    return True if fact is None else fact


def _day(cell: str) -> dt.date | None:
    if not cell:
        return None
    try:
        return dt.date.fromisoformat(cell)
    except ValueError:
        raise Refused("“%(cell)s” is no day: write it like 2026-11-22.", cell=cell[:40]) from None


def _kind(cell: str) -> str:
    try:
        return _KINDS[cell.casefold()]
    except KeyError:
        raise Refused(
            "“%(cell)s” is no kind: %(known)s.", cell=cell[:40], known=tuple(_KINDS)
        ) from None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the header, the field that it fills, and what may stand in it."""

    name: str
    field: str
    hint: str
    read: Callable[[str], Any] = str
    example: str = ""


_YES_NO = N_("yes, no, or unknown")
VENDOR = "vendor"
COLUMNS = (
    Column("kind", "kind", N_("account, vpn, portal, api key, script, deployment, on-site port, other"), _kind, "vpn"),  # noqa: E501
    Column("account", "name", N_("the account or connection, as our systems call it; never a password or key"), str, "ext-cooling-01"),  # noqa: E501
    Column("system", "system", N_("where in our systems"), str, "Building network"),
    Column("person", "holder", N_("who holds it at the vendor"), str, "Night shift"),
    Column("purpose", "purpose", N_("what it is for"), str, "Reads the meters of the cooling"),
    Column("remote", "remote", N_("yes or no; empty is yes"), _remote, "yes"),
    Column("second factor", "second_factor", _YES_NO, _fact, "no"),
    Column("segment", "segment", N_("the part of our network that it stands in"), str, "Building services"),  # noqa: E501
    Column("separated", "separated", N_("known to be kept apart from our internal systems: yes, no, or unknown"), _fact, "unknown"),  # noqa: E501
    Column("card data", "reaches_card_data", _YES_NO, _fact, "no"),
    Column("production", "reaches_production", _YES_NO, _fact, "unknown"),
    Column("last used", "last_used_on", N_("a day such as 2026-11-22"), _day, "2026-10-30"),
    Column("last reviewed", "last_reviewed_on", N_("a day such as 2026-11-22"), _day, "2026-06-01"),
    Column("cut by", "cut_by", N_("who of ours can cut it"), str, "Network on call"),
    Column("cut phone", "cut_phone", N_("the number at which that person answers at night"), str, "+49 30 901820"),  # noqa: E501
    Column("cut how", "cut_how", N_("what to do, in a sentence"), str, "Disable the VPN profile ext-cooling-01"),  # noqa: E501
)  # fmt: skip
_BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}
# What an export has besides; an import passes over it.
_PASSED_OVER = ("ended", "id")


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one line, and why where it is wrong."""

    number: int
    what: str
    vendor: str
    name: str
    terms: Terms | None = None
    vendor_id: uuid.UUID | None = None
    entry_id: uuid.UUID | None = None
    errors: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """The dry run of a whole file."""

    fates: tuple[Fate, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many lines would be new, change an entry, say what is known, or are wrong."""
        found = dict.fromkeys((NEW, UPDATE, SAME, WRONG), 0)
        for fate in self.fates:
            found[fate.what] += 1
        return found


@dataclass(slots=True)
class _Known:
    """The vendors and entries that lines may speak of."""

    vendors: Mapping[uuid.UUID, Vendor]
    by_word: dict[str, list[uuid.UUID]] = field(default_factory=dict)
    entries: dict[tuple[Any, ...], Access] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What all lines of a file share; `seen` are the lines that spoke of each entry."""

    session: Session
    vendor: Vendor | None
    known: _Known
    header: Sequence[str]
    now: dt.datetime
    seen: dict[tuple[Any, ...], int] = field(default_factory=dict)


def heads(*, one_vendor: bool) -> list[str]:
    """The header of the template."""
    return [*(() if one_vendor else (VENDOR,)), *_BY_NAME]


def template(*, one_vendor: bool) -> str:
    """A file with the header and one line that shows each column."""
    row = [*(() if one_vendor else ("Fazio Mechanical",)), *(column.example for column in COLUMNS)]
    return "".join(csv_file.written(heads(one_vendor=one_vendor), [row]))


def try_out(
    session: Session, text: str, *, vendor: Vendor | None = None, now: dt.datetime
) -> Trial:
    """What would become of each line; nothing is written. CsvRefused when the file is no list.

    With `vendor` all lines are of that vendor; else each names one by name or supplier number.
    """
    table = csv_file.read(text)
    if len(table.lines) > MOST_LINES:
        raise CsvRefused(
            "The file has %(count)s lines, and %(most)s are read.",
            count=len(table.lines),
            most=MOST_LINES,
        )
    header = _header(table.header, vendor)
    named = {clean(line.cells[header.index(VENDOR)]) for line in table.lines} if not vendor else ()
    known = _known(session, vendor, named)
    reading = _Reading(session, vendor, known, header, now)
    fates = [_fate(line, reading) for line in table.lines]
    return Trial(tuple(fates))


def run(
    session: Session,
    text: str,
    *,
    vendor: Vendor | None = None,
    now: dt.datetime,
    actor: Actor,
) -> Trial:
    """All good lines are in the register; the wrong ones are left out."""
    trial = try_out(session, text, vendor=vendor, now=now)
    with scores.together(session, now=now, cause=scores.ACCESS):
        for fate in trial.fates:
            if fate.terms is None or fate.vendor_id is None or fate.what in (WRONG, SAME):
                continue
            holder = session.get_one(Vendor, fate.vendor_id)
            row = session.get(Access, fate.entry_id) if fate.entry_id else None
            if row is None:
                access.add(session, holder, fate.terms, now=now, actor=actor)
            else:
                access.edit(
                    session, holder, row, fate.terms, revision=row.revision, now=now, actor=actor
                )
    return trial


def cells(row: Access, vendor: Vendor) -> list[str]:
    """An entry as one line, which an import reads back."""
    said = [_cell(getattr(row, column.field)) for column in COLUMNS]
    ended = csv_file.iso(row.ended_at)
    return [vendor.supplier_number or vendor.name, *said, ended, str(row.id)]


def export_heads() -> list[str]:
    """The header of an export."""
    return [*heads(one_vendor=False), *_PASSED_OVER]


def as_csv(lines: Iterator[tuple[Access, Vendor]]) -> Iterator[str]:
    """The lines of a CSV, some at a time."""
    return csv_file.written(export_heads(), (cells(row, vendor) for row, vendor in lines))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _header(names: Sequence[str], vendor: Vendor | None) -> list[str]:
    """The column of each cell; CsvRefused names what is unknown, missing or there twice."""
    header = [name.casefold() for name in names]
    allowed = {VENDOR, *_BY_NAME, *_PASSED_OVER}
    for shown, name in zip(names, header, strict=True):
        if name not in allowed:
            columns = ", ".join(heads(one_vendor=False))
            raise CsvRefused(
                "There is no column “%(shown)s”. The columns are: %(columns)s.",
                shown=shown[:60],
                columns=columns,
            )
        if header.count(name) > 1:
            raise CsvRefused("The column “%(name)s” is there twice.", name=name)
    needed = [] if vendor else [VENDOR]
    for name in (*needed, "kind", "account"):
        if name not in header:
            raise CsvRefused("The column “%(name)s” is missing.", name=name)
    return header


def _known(session: Session, vendor: Vendor | None, named: Iterable[str]) -> _Known:
    """The vendor of the file, or those that its lines name, and what the register has of them."""
    meant = {vendor.id: vendor} if vendor else _named(session, list(named))
    known = _Known(meant)
    for one in known.vendors.values():
        words = {f"n:{one.name_key}", f"s:{(one.supplier_number or '').casefold()}"}
        for word in words - {"s:"}:
            known.by_word.setdefault(word, []).append(one.id)
    ids = list(meant)
    for start in range(0, len(ids), _AT_ONCE):
        held = select(Access).where(
            col(Access.vendor_id).in_(ids[start : start + _AT_ONCE]), col(Access.ended_at).is_(None)
        )
        for row in session.exec(held):
            known.entries[row.vendor_id, *access.twin_key(vars(row))] = row
    return known


def _named(session: Session, words: Sequence[str]) -> dict[uuid.UUID, Vendor]:
    """The vendors that have one of these names or supplier numbers, however cased."""
    found: dict[uuid.UUID, Vendor] = {}
    for start in range(0, len(words), _AT_ONCE):
        some = words[start : start + _AT_ONCE]
        for column, wanted in (
            (col(Vendor.name_key), {name_key(word) for word in some}),
            (col(Vendor.supplier_number), {*some, *map(str.upper, some), *map(str.lower, some)}),
        ):
            rows = select(Vendor).where(column.in_(wanted), col(Vendor.merged_into_id).is_(None))
            found.update((one.id, one) for one in session.exec(rows))
    return found


def _fate(line: Line, reading: _Reading) -> Fate:
    session, vendor, known = reading.session, reading.vendor, reading.known
    header, seen, now = reading.header, reading.seen, reading.now
    said = {name: clean(cell) for name, cell in zip(header, line.cells, strict=True)}
    if "cut how" in said:
        said["cut how"] = line.cells[header.index("cut how")]
    errors: list[Refused] = []
    if line.surplus:
        errors.append(
            Refused("%(count)s more cells than the header has columns.", count=line.surplus)
        )
    holder, refused = _holder(said.get(VENDOR, ""), known, vendor)
    if refused:
        errors.append(refused)
    values: dict[str, Any] = {}
    for name, cell in said.items():
        column = _BY_NAME.get(name)
        if column is None:
            continue
        try:
            values[column.field] = column.read(cell)
        except Refused as error:
            errors.append(Refused("%(column)s: %(why)s", column=name, why=error))
    shown = (holder.name if holder else said.get(VENDOR, ""))[:100]
    wrong = Fate(line.number, WRONG, shown, said.get("account", "")[:100])
    if errors or holder is None:
        return replace(wrong, errors=tuple(errors))
    try:
        wanted = access.checked(session, holder, Terms(**values), now=now)
    except VendorRefused as error:
        named = next((c.name for c in COLUMNS if c.field == error.field), "")
        said_of = Refused("%(column)s: %(why)s", column=named, why=error) if named else error
        return replace(wrong, errors=(said_of,))
    key = (holder.id, *access.twin_key(wanted))
    if key in seen:
        return replace(
            wrong, errors=(Refused("The same as line %(line)s of this file.", line=seen[key]),)
        )
    seen[key] = line.number
    row = known.entries.get(key)
    terms = Terms(**wanted)
    if row is None:
        try:
            access.refuse_archived(holder)
        except VendorRefused as error:
            return replace(wrong, errors=(error,))
        return Fate(line.number, NEW, holder.name, terms.name, terms, holder.id)
    # A column that the file lacks, and an empty cell, leave what is known.
    told = {c.field for c in COLUMNS if said.get(c.name, "").strip()} - {"kind", "name", "system"}
    merged = replace(access.terms_of(row), **{f: wanted[f] for f in told})
    what = SAME if merged == access.terms_of(row) else UPDATE
    return Fate(line.number, what, holder.name, terms.name, merged, holder.id, row.id)


def _holder(
    word: str, known: _Known, vendor: Vendor | None
) -> tuple[Vendor | None, Refused | None]:
    """The vendor that a line speaks of, or why there is none."""
    if vendor is not None:
        own = {f"n:{name_key(word)}", f"s:{word.casefold()}"}
        if word and not own & known.by_word.keys():
            return None, Refused(
                "vendor: This file is for %(vendor)s, and the line names “%(word)s”.",
                vendor=vendor.name,
                word=word[:60],
            )
        return vendor, None
    if not word:
        return None, Refused("vendor: Name the vendor, or give its supplier number.")
    found = known.by_word.get(f"s:{word.casefold()}") or known.by_word.get(f"n:{name_key(word)}")
    if not found:
        return None, Refused(
            "vendor: There is no vendor “%(word)s”: add it first, or mend the name.",
            word=word[:60],
        )
    if len(found) > 1:
        return None, Refused(
            "vendor: %(count)s vendors are called “%(word)s”: give the supplier number.",
            count=len(found),
            word=word[:60],
        )
    return known.vendors[found[0]], None
