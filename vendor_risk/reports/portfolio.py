"""The portfolio as a board reads it: frozen, complete, and the same after a trip through JSON."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from gettext import NullTranslations
from typing import Literal

from pydantic import TypeAdapter

from vendor_risk.reports.report import Decision, Kind, Money
from vendor_risk.scoring.model import Band

FIRST_TIERS = (1, 2)


@dataclass(frozen=True, slots=True)
class Line:
    """One vendor with its worst engagement; shares are of 10000, risks in 1/100 of a point.

    `grade`, `residual` and `band` are None while too little is known; `best` and `worst` are the
    ends of the residual risk then. `decided` is the kind of the decision in force, empty for none.
    """

    id: str
    name: str
    supplier_number: str
    owner: str
    tier: int | None
    engagement: str
    inherent: int | None
    final: int | None
    grade: str | None
    unverified: bool
    coverage: int | None
    residual: int | None
    best: int | None
    worst: int | None
    band: Band | None
    knockout: str
    above: bool
    decided: str
    waiting: bool
    decided_on: date | None
    review_on: date | None
    open_findings: int
    severe_findings: int
    posture: int | None
    posture_grade: str | None
    seen_on: date | None


@dataclass(frozen=True, slots=True)
class Cell:
    """How many vendors stand at a tier and a band; None is no tier yet, and not rated."""

    tier: int | None
    band: Band | None
    count: int


@dataclass(frozen=True, slots=True)
class Move:
    """An engagement whose assurance changed since the period began."""

    vendor: str
    engagement: str
    tier: int | None
    before: int  # of 10000
    was_rated: bool  # False where too little was known for a grade
    after: int
    grade: str | None
    unverified: bool
    cause: str  # marked for translation
    what: str


@dataclass(frozen=True, slots=True)
class Late:
    """One kind of what is past its day: how much of it, and what is the longest past."""

    kind: str  # findings, reviews, conditions, answers, access
    count: int
    first_tiers: int | None  # of vendors of tier 1 and 2; None where nobody counts that
    longest: tuple["Overdue", ...]


@dataclass(frozen=True, slots=True)
class Overdue:
    """One thing that is past its day."""

    vendor: str
    what: str
    due: date
    who: str


@dataclass(frozen=True, slots=True)
class Shared:
    """One company that several vendors of tier 1 and 2 rest on, as seen from outside."""

    role: str  # web, mail, dns, tls
    name: str
    vendors: int
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spend:
    """What goes to the vendors with the most of one currency, and to all of it together."""

    total: Money
    vendors: int
    largest: tuple[tuple[str, Money], ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding whose risk somebody accepted for a time."""

    vendor: str
    title: str
    until: date
    by: str


@dataclass(frozen=True, slots=True)
class Blind:
    """What nobody knows: vendors that were not judged, not answered for, or not looked at."""

    untriaged: int
    unrated: int  # of tier 1 and 2
    first_tiers: int  # how many vendors tier 1 and 2 have
    never_seen: int  # never looked at from outside
    failed: int  # the last look failed on our side
    old: int  # looked at longer ago than `old_days`
    old_days: int
    shown: tuple[str, ...]  # unrated ones of tier 1 and 2 by name


@dataclass(frozen=True, slots=True)
class Before:
    """The figures of the portfolio report before this one, and who crossed the appetite since."""

    number: str
    as_of: datetime
    vendors: int
    above: int
    severe: int
    overdue: int
    unrated: int
    came: tuple[str, ...]
    left: tuple[str, ...]
    listed_all: bool  # False where one of the two lists was cut, so that nobody can tell


@dataclass(frozen=True, slots=True)
class Totals:
    """The whole inventory in numbers; archived and joined vendors do not count."""

    vendors: int
    triaged: int  # have a tier
    rated: int
    above: int  # riskier than the appetite of their tier, or knocked out
    above_first: int  # of these, tier 1
    knocked_out: int
    severe: int  # critical and high findings that are open


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Everything that a page or a PDF of the portfolio may show; no other number is printed."""

    kind: Literal[Kind.PORTFOLIO]
    number: str
    organisation: str
    language: str
    as_of: datetime
    since: datetime  # what moved since then
    prepared_by: str
    sample: bool
    appetite: tuple[int, int, int, int]  # in points, of the tiers 1 to 4
    totals: Totals
    decision: Decision
    cells: tuple[Cell, ...]
    lines: tuple[Line, ...]  # above appetite first, then tier 1 and 2; at most so many
    left_out: int  # how many more stand above appetite or in tier 1 and 2
    moves: tuple[Move, ...]
    late: tuple[Late, ...]
    accepted: tuple[Accepted, ...]
    accepted_count: int
    shared: tuple[Shared, ...]
    shared_of: int  # vendors of tier 1 and 2 whose last look was read for it
    spend: tuple[Spend, ...]
    unspent: int  # engagements without an amount
    blind: Blind
    before: Before | None
    coverage_needed: int  # of 10000
    bands: Mapping[Band, int]
    model: str
    model_sha256: str
    product: str

    @property
    def overdue(self) -> int:
        """How much is past its day, whatever it is."""
        return sum(one.count for one in self.late)

    @property
    def over(self) -> tuple[Line, ...]:
        """The vendors above the appetite, the worst first."""
        return tuple(line for line in self.lines if line.above)

    @property
    def first(self) -> tuple[Line, ...]:
        """The vendors of tier 1 and 2, by tier and name."""
        found = [line for line in self.lines if line.tier in FIRST_TIERS]
        return tuple(sorted(found, key=lambda line: (line.tier or 0, line.name.casefold())))


def crossed(before: Iterable[Line], now: Iterable[Line]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who came above the appetite between two lists of those above it, and who left, by name."""
    was, stands = {one.id: one.name for one in before}, {one.id: one.name for one in now}
    came = sorted(name for id, name in stands.items() if id not in was)
    left = sorted(name for id, name in was.items() if id not in stands)
    return tuple(came), tuple(left)


def decide(
    totals: Totals,
    *,
    worst: str,
    overdue: int,
    blind: Blind,
    before: Before | None,
    words: NullTranslations,
) -> Decision:
    """What the board is asked, the facts that it rests on, and the options to tick.

    Never an average: one vendor of tier 1 above the appetite is named, however well the others do.
    """
    values = {"n": totals.above, "name": worst}
    if totals.above == 1:
        text = words.gettext("Decide what happens with %(name)s, the vendor above our appetite.")
    elif totals.above:
        text = words.gettext(
            "Decide what happens with the %(n)s vendors above our appetite, first with %(name)s."
        )
    elif blind.unrated:
        values["n"] = blind.unrated
        text = words.ngettext(
            "Decide whether to go on relying on the vendor of tier 1 or 2 that nobody can rate.",
            "Decide whether to go on relying on the %(n)s vendors of tier 1 and 2 that nobody "
            "can rate.",
            blind.unrated,
        )
    elif overdue:
        values["n"] = overdue
        text = words.ngettext(
            "Decide who does the one thing that is past its day.",
            "Decide who does the %(n)s things that are past their day.",
            overdue,
        )
    elif not totals.rated:
        text = (
            words.gettext("Decide who judges our vendors: none of them is rated yet.")
            if totals.vendors
            else words.gettext("There is nothing to decide: the inventory is empty.")
        )
    else:
        text = words.gettext("Take note: every vendor that is rated stands within our appetite.")
    reasons = tuple(_reasons(totals, blind, before, words))
    options = (
        (
            words.gettext("Bring them within our appetite by:"),
            words.gettext("Accept until the next report"),
            words.gettext("Decide on each one apart"),
        )
        if totals.above
        else (words.gettext("Noted"), words.gettext("Asked for more"))
    )
    return Decision(text % values, reasons, options)


def _reasons(
    totals: Totals, blind: Blind, before: Before | None, words: NullTranslations
) -> Iterable[str]:
    first, knocked_out = totals.above_first, totals.knocked_out
    if first:
        yield words.ngettext(
            "%(n)s of them is tier 1: its failure stops the shop or exposes customers.",
            "%(n)s of them are tier 1: their failure stops the shop or exposes customers.",
            first,
        ) % {"n": first}
    if knocked_out:
        yield words.ngettext(
            "%(n)s is knocked out, which no appetite covers.",
            "%(n)s are knocked out, which no appetite covers.",
            knocked_out,
        ) % {"n": knocked_out}
    if before is not None and before.listed_all:
        yield words.gettext(
            "Since report %(number)s %(came)s came above the appetite and %(left)s went back "
            "within it."
        ) % {"number": before.number, "came": len(before.came), "left": len(before.left)}
    if blind.unrated:
        yield words.ngettext(
            "%(n)s of %(all)s vendors of tier 1 and 2 is not rated: too little is known of it, "
            "so it counts neither as safe nor as bad.",
            "%(n)s of %(all)s vendors of tier 1 and 2 are not rated: too little is known of them, "
            "so they count neither as safe nor as bad.",
            blind.unrated,
        ) % {"n": blind.unrated, "all": blind.first_tiers}
    if blind.untriaged:
        yield words.ngettext(
            "%(n)s vendor in use has no tier yet and stands in no figure here.",
            "%(n)s vendors in use have no tier yet and stand in no figure here.",
            blind.untriaged,
        ) % {"n": blind.untriaged}


PORTFOLIO: TypeAdapter[Portfolio] = TypeAdapter(Portfolio)


def portfolio_sha256(report: Portfolio) -> str:
    """The hash that a printed report of the portfolio is traced by."""
    content = PORTFOLIO.dump_python(report, mode="json")
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
