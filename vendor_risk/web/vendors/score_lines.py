"""A score told line by line: what each control adds, what it rests on, and what holds it down."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from markupsafe import Markup
from sqlmodel import Session

from vendor_risk.evidence import Severity, Source
from vendor_risk.reports import score_words
from vendor_risk.reports.score_charts import line_bar, minus_bar
from vendor_risk.scoring.assurance import ControlLine
from vendor_risk.scoring.controls import ASKS, NAMES
from vendor_risk.scoring.knockouts import KNOCKOUTS, SILENCE, WORST_FACT, Standing
from vendor_risk.scoring.model import Model
from vendor_risk.scoring.residual import IRREDUCIBLE, KNOCKED_OUT
from vendor_risk.scoring.score import Score
from vendor_risk.scoring.snapshot import Snapshot
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.findings import FindingState, StoredFinding
from vendor_risk.store.models.scripts import PageScript
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.web.frame import day_words
from vendor_risk.web.vendors import links
from vendor_risk.workflow.score_evidence import Evidence

_ICONS: Mapping[Source, str] = {
    Source.SELF: "user",
    Source.REVIEWED: "file-text",
    Source.AUDITED: "shield-check",
    Source.OBSERVED: "radar",
}


@dataclass(frozen=True, slots=True)
class Held:
    """The finding that holds a line down, and how far."""

    title: str
    severity: Severity
    at: int  # 1/100 of a percent
    url: str
    lowers: bool
    parent: str  # the name of the parent company whose finding it is
    disputed: bool  # the vendor says that it is not so, and nobody decided yet


@dataclass(frozen=True, slots=True)
class Told:
    """One line as a page shows it; points in 1/100."""

    control: str
    name: str
    asks: str
    points: int
    most: int
    bar: Markup
    seen_by: str
    icon: str
    date: dt.date | None
    until: dt.date | None
    worth: tuple[str, ...]
    url: str
    held: Held | None
    answered: bool
    claimed: bool  # by the vendor's word alone, or by nobody
    parent: str  # the name of the parent company that the evidence is about; empty for the vendor


@dataclass(frozen=True, slots=True)
class Knocked:
    """A knock-out in force: the fact, what it rests on, how to lift it."""

    id: str
    cap: int
    fact: str
    lift: str
    rests: tuple[tuple[str, str], ...]  # words, address
    lowers: int  # what it takes away, 0 where another takes more
    bar: Markup
    parent: str  # the name of the parent company at which all of it was found


def tell(told: Score, snapshot: Snapshot, known: Evidence, model: Model) -> list[Told]:
    """The lines, those that could add most first."""
    lines = told.assurance.lines
    widest = max((line.most for line in lines), default=1)
    ordered = sorted(lines, key=lambda line: (-line.most, line.control))
    return [_told(line, snapshot, known, model, widest) for line in ordered]


def _told(
    line: ControlLine, snapshot: Snapshot, known: Evidence, model: Model, widest: int
) -> Told:
    best = line.best
    word = score_words.SEEN_BY[best.claim.source] if best else score_words.NOBODY
    row = None
    if best is not None:
        row = known.row_of(best.claim)
    return Told(
        control=line.control,
        name=_(NAMES.get(line.control, line.control)),
        asks=_(ASKS[line.control]) if line.control in ASKS else "",
        points=line.points,
        most=max(line.most, line.points),  # a rounded line never has more than there is
        bar=line_bar(line.points, line.most, widest),
        seen_by=_(word),
        icon=_ICONS[best.claim.source] if best else "circle-dashed",
        date=best.claim.date if best else None,
        until=best.valid_until if best else None,
        worth=tuple(score_words.worth(line, snapshot, _)),
        url=links.evidence(row) if row is not None else "",
        held=_held(line, known, model),
        answered=line.answered,
        claimed=best is None or best.claim.source is Source.SELF,
        parent=known.parent_of_claim(best.claim) if best else "",
    )


def _held(line: ControlLine, known: Evidence, model: Model) -> Held | None:
    if line.cap is None:
        return None
    row = known.findings.get(line.cap.id)
    most = model.cap(line.cap.severity)
    return Held(
        title=title_of(row) if row else _(score_words.NO_TITLE),
        severity=line.cap.severity,
        at=most,
        url=links.finding(row) if row else "",
        lowers=line.best is not None and line.best.credit > most,
        parent=known.parent_of_finding(line.cap.id),
        disputed=row is not None and row.state == FindingState.DISPUTED,
    )


def knocked(
    session: Session,
    told: Score,
    snapshot: Snapshot,
    standing: Sequence[Standing] | None,
    *,
    known: Evidence,
    vendor: Vendor,
    model: Model,
) -> list[Knocked]:
    """The knock-outs in force, the lowest cap first; `standing` is None for a score of old."""
    by_id = {one.id: one for one in standing or ()}
    widest = max((line.most for line in told.assurance.lines), default=1)
    found = []
    for id in told.assurance.knockouts:
        lowers = -told.assurance.knocked if id == told.assurance.knocked_by else 0
        found.append(
            Knocked(
                id=id,
                cap=model.knockouts[id],
                fact=fact_of(id, by_id[id].silent_since if id in by_id else None),
                lift=_(lift) if (lift := score_words.lift_of(id)) else "",
                rests=tuple(
                    _rests(
                        session, id, by_id.get(id), snapshot=snapshot, known=known, vendor=vendor
                    )
                ),
                lowers=lowers,
                bar=minus_bar(lowers, widest),
                parent=_above(by_id.get(id), known),
            )
        )
    return found


def _above(standing: Standing | None, known: Evidence) -> str:
    if standing is None or standing.entries or standing.scripts:
        return ""
    names = {known.parent_of_finding(each) for each in standing.findings}
    return names.pop() if len(names) == 1 else ""


def fact_of(id: str, silent_since: dt.date | None) -> str:
    """What is so, or that nobody answered, which is not the same."""
    fact = _(KNOCKOUTS.get(id, id))
    return str(_(SILENCE, day=day_words(silent_since), fact=fact)) if silent_since else str(fact)


def knocked_fact(vendor: Vendor) -> str:
    """The worst knock-out of the vendor in words; empty where it has none.

    It is told as silence only where no engagement of the vendor has it for another reason.
    """
    return fact_of(vendor.knockout, vendor.silent_since) if vendor.knockout else ""


def _rests(
    session: Session,
    id: str,
    standing: Standing | None,
    *,
    snapshot: Snapshot,
    known: Evidence,
    vendor: Vendor,
) -> Iterable[tuple[str, str]]:
    """What a knock-out rests on, in words with an address."""
    ids = standing.findings if standing else ()
    if id == WORST_FACT:
        ids = tuple(one.id for one in snapshot.findings if one.severity is Severity.CRITICAL)
    for finding_id in ids:
        row = known.findings.get(finding_id)
        if row is not None:
            where = f" ({row.asset})" if row.asset else ""
            if above := known.parent_of_finding(finding_id):
                where += " · " + _("of %(name)s", name=above)
            if row.silent_since:
                where += " · " + _("no answer since %(day)s", day=day_words(row.silent_since))
            if row.state == FindingState.DISPUTED:
                where += " · " + _("Disputed")
            yield title_of(row) + where, links.finding(row)
    for entry_id in standing.entries if standing else ():
        entry = session.get(Access, uuid.UUID(entry_id))
        if entry is not None:
            url = links.access(vendor.id)
            # whoever may not read the register does not learn what our systems call it
            yield (_("Access: %(name)s", name=entry.name) if url else _("An access entry")), url
    for script_id in standing.scripts if standing else ():
        script = session.get(PageScript, uuid.UUID(script_id))
        if script is not None:
            yield _("Script: %(address)s", address=script.script), links.script(script_id)


@dataclass(frozen=True, slots=True)
class Part:
    """What one part leaves of the risk, in 1/100 of a point."""

    id: str
    name: str
    points: int
    bar: Markup


def residual_parts(told: Score) -> list[Part]:
    """The parts of the residual risk, the largest first; they sum to it."""
    widest = max((line.points for line in told.residual_lines), default=1)
    words = {
        IRREDUCIBLE: _(score_words.IRREDUCIBLE_WORDS),
        KNOCKED_OUT: _(score_words.KNOCKED_OUT_WORDS),
    }
    ordered = sorted(told.residual_lines, key=lambda line: (-line.points, line.part))
    return [
        Part(
            "" if line.part in words else line.part,
            words.get(line.part) or _(NAMES.get(line.part, line.part)),
            line.points,
            line_bar(line.points, line.points, widest),
        )
        for line in ordered
    ]


def title_of(row: StoredFinding) -> str:
    """What the finding is about: that of a check in the language of the page."""
    return str(_(row.title)) if row.title else row.reason
