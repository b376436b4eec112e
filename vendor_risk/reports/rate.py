"""Fills what a report holds of a score from its frozen snapshot and result."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from gettext import NullTranslations
from itertools import pairwise
from typing import Any

from babel.dates import format_date

from vendor_risk.evidence import Claim, Severity, Source
from vendor_risk.reports import score_words
from vendor_risk.reports.plain import plain
from vendor_risk.reports.rating import (
    Gap,
    Held,
    KnockOut,
    LeftOut,
    Line,
    Mended,
    Moment,
    Origin,
    Part,
    Rated,
    Step,
)
from vendor_risk.scoring.advice import Repair, cheapest_proofs, fastest_way_up
from vendor_risk.scoring.assurance import ControlLine
from vendor_risk.scoring.controls import NAMES, out_of_scope
from vendor_risk.scoring.external import NOT_RATED
from vendor_risk.scoring.knockouts import KNOCKOUTS, SILENCE, WORST_FACT, Standing
from vendor_risk.scoring.model import Band, Grade, Model
from vendor_risk.scoring.residual import IRREDUCIBLE, KNOCKED_OUT
from vendor_risk.scoring.score import Score, score
from vendor_risk.scoring.snapshot import CONTRADICTED, Snapshot
from vendor_risk.scoring.what_if import Deeds, after

MOST_EVENTS = 6  # more numbers than that cover the line
_RESTS = 3


@dataclass(frozen=True, slots=True)
class Named:
    """What a report says of a finding that a snapshot knows by its id alone."""

    title: str
    owner: str = ""
    due: datetime.date | None = None
    parent: str = ""  # the parent company whose finding it is


@dataclass(frozen=True, slots=True)
class Past:
    """One kept score: its day, what it came to, and why it was computed."""

    day: datetime.date
    result: Mapping[str, Any]
    cause: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A score as it was kept, with what it takes to tell it.

    `standing` are the knock-outs with what they rest on; `past` stands the newest first, this
    score at its head. `parent_of` names the parent company that a claim is about, if it is one's.
    """

    engagement: str
    snapshot: Snapshot
    result: Mapping[str, Any]
    snapshot_sha256: str
    kept_at: datetime.datetime
    shown: Grade | None
    appetite: int
    model: Model
    findings: Mapping[str, Named]
    standing: Sequence[Standing] = ()
    past: Sequence[Past] = ()
    parent_of: Callable[[Claim], str] = lambda _claim: ""


def rate(kept: Kept, words: NullTranslations) -> Rated:
    """The score in words; its numbers are those that were kept, to the last digit."""
    result, snapshot, model = kept.result, kept.snapshot, kept.model
    told = score(snapshot, model)
    same = told.to_json() == result  # else the model file is not the one of that day
    repairs = fastest_way_up(snapshot, model, rests_on=_alone(kept)) if same else ()
    return Rated(
        engagement=plain(kept.engagement),
        tier=result["tier"],
        tier_by_hand=snapshot.tier is not None,
        inherent=result["inherent"],
        final=result["final"],
        low=result["low"],
        high=result["high"],
        coverage=result["coverage"],
        coverage_needed=model.coverage_needed,
        grade=None if result["grade"] == NOT_RATED else kept.shown or Grade(result["grade"]),
        unverified=result["unverified"],
        residual=result["residual"],
        best=result["residual_range"][0],
        worst=result["residual_range"][1],
        band=Band(result["band"]),
        appetite=kept.appetite,
        lines=_lines(told, kept, words) if same else _bare(result, words),
        knockouts=_knockouts(told, kept, words),
        parts=_parts(told, words) if same else (),
        left_out=_left_out(snapshot, model, words),
        contradicted=snapshot.credibility == CONTRADICTED,
        steps=tuple(_step(one, told, kept, words) for one in repairs),
        gaps=_gaps(snapshot, model, words) if same else (),
        mended=_mended(repairs, told, kept) if same else None,
        course=tuple(_course(kept.past, words)),
        origins=_origins(told),
        as_of=snapshot.as_of,
        kept_at=kept.kept_at,
        model=result["model"],
        model_sha256=result["model_sha256"],
        snapshot_sha256=kept.snapshot_sha256,
    )


def _lines(told: Score, kept: Kept, words: NullTranslations) -> tuple[Line, ...]:
    """The lines, those that could add most first."""
    ordered = sorted(told.assurance.lines, key=lambda line: (-line.most, line.control))
    return tuple(_line(line, kept, words) for line in ordered)


def _line(line: ControlLine, kept: Kept, words: NullTranslations) -> Line:
    best = line.best
    seen_by = score_words.SEEN_BY[best.claim.source] if best else score_words.NOBODY
    return Line(
        control=line.control,
        name=_name(line.control, words),
        points=line.points,
        most=max(line.most, line.points),  # a rounded line never has more than there is
        seen_by=words.gettext(seen_by),
        on=best.claim.date if best else None,
        until=best.valid_until if best else None,
        worth=tuple(score_words.worth(line, kept.snapshot, words.gettext)),
        held=_held(line, kept, words),
        answered=line.answered,
        claimed=best is not None and best.claim.source == "self",
        parent=plain(kept.parent_of(best.claim)) if best else "",
    )


def _held(line: ControlLine, kept: Kept, words: NullTranslations) -> Held | None:
    if line.cap is None:
        return None
    named = kept.findings.get(line.cap.id)
    most = kept.model.cap(line.cap.severity)
    return Held(
        title=named.title if named else words.gettext(score_words.NO_TITLE),
        severity=line.cap.severity,
        at=most,
        lowers=line.best is not None and line.best.credit > most,
        parent=named.parent if named else "",
    )


def _bare(result: Mapping[str, Any], words: NullTranslations) -> tuple[Line, ...]:
    """The points that were kept, where what they rest on cannot be computed any more."""
    return tuple(
        Line(
            control=one["control"],
            name=_name(one["control"], words),
            points=one["points"],
            most=None,
            seen_by="",
            on=None,
            until=None,
            worth=(),
            held=None,
            answered=True,
            claimed=False,
        )
        for one in result["lines"]
        if "control" in one
    )


def _knockouts(told: Score, kept: Kept, words: NullTranslations) -> tuple[KnockOut, ...]:
    """Those in force, the lowest cap first; what they take is what was kept."""
    taken = {one["knockout"]: one["points"] for one in kept.result["lines"] if "knockout" in one}
    ids = [*taken, *(id for id in told.assurance.knockouts if id not in taken)]
    found = []
    for id in ids:
        lift = score_words.lift_of(id)
        found.append(
            KnockOut(
                id=id,
                cap=kept.model.knockouts[id],
                fact=_fact(id, kept, words),
                lift=words.gettext(lift) if lift else "",
                rests=tuple(_rests(id, kept, words)),
                takes=taken.get(id, 0),
            )
        )
    return tuple(found)


def _fact(id: str, kept: Kept, words: NullTranslations) -> str:
    """What is so, or that nobody answered, which is not the same."""
    fact = words.gettext(KNOCKOUTS.get(id, id))
    since = next((one.silent_since for one in kept.standing if one.id == id), None)
    if since is None:
        return fact
    day = format_date(since, "d MMM y", locale=words.info().get("language") or "en")
    return words.gettext(SILENCE) % {"day": day, "fact": fact}


def _rests(id: str, kept: Kept, words: NullTranslations) -> list[str]:
    """What a knock-out rests on; the register stays where only those who may read it see it."""
    on: Sequence[str] = _findings_of(kept).get(id, ())
    if id == WORST_FACT:
        on = [one.id for one in kept.snapshot.findings if one.severity is Severity.CRITICAL]
    found = [_whose(kept.findings[one], words) for one in on if one in kept.findings]
    told = found[:_RESTS]
    if len(found) > _RESTS:
        told.append(words.gettext("%(n)d more findings") % {"n": len(found) - _RESTS})
    entries = sum(len(one.entries) for one in kept.standing if one.id == id)
    if entries:
        text = words.ngettext(
            "%(n)d entry of the access register", "%(n)d entries of the access register", entries
        )
        told.append(text % {"n": entries})
    scripts = sum(len(one.scripts) for one in kept.standing if one.id == id)
    if scripts:
        text = words.ngettext("%(n)d script on our pages", "%(n)d scripts on our pages", scripts)
        told.append(text % {"n": scripts})
    return told


def _whose(one: Named, words: NullTranslations) -> str:
    if not one.parent:
        return one.title
    return words.gettext("%(what)s (of the parent, %(name)s)") % {
        "what": one.title,
        "name": one.parent,
    }


def _parts(told: Score, words: NullTranslations) -> tuple[Part, ...]:
    """The parts of the residual risk, the largest first."""
    others = {
        IRREDUCIBLE: words.gettext(score_words.IRREDUCIBLE_WORDS),
        KNOCKED_OUT: words.gettext(score_words.KNOCKED_OUT_WORDS),
    }
    ordered = sorted(told.residual_lines, key=lambda line: (-line.points, line.part))
    return tuple(
        Part(
            "" if line.part in others else line.part,
            others.get(line.part) or _name(line.part, words),
            line.points,
        )
        for line in ordered
    )


def _left_out(snapshot: Snapshot, model: Model, words: NullTranslations) -> tuple[LeftOut, ...]:
    by_facts = {one.control: one for one in out_of_scope(snapshot.facts, model)}
    accepted = words.gettext("accepted as not applicable")
    found = [
        LeftOut(
            id,
            _name(id, words),
            "; ".join(words.gettext(why) for why in by_facts[id].reasons) if id in by_facts else "",
        )
        for id in snapshot.out_of_scope
    ]
    found += [LeftOut(id, _name(id, words), accepted) for id in snapshot.not_applicable]
    return tuple(found)


def _alone(kept: Kept) -> Mapping[str, Sequence[str]]:
    """The findings of each knock-out that nothing but findings holds in force."""
    return {
        one.id: one.findings
        for one in kept.standing
        if one.findings and not one.entries and not one.scripts
    }


def _findings_of(kept: Kept) -> Mapping[str, Sequence[str]]:
    return {one.id: one.findings for one in kept.standing}


def _step(repair: Repair, told: Score, kept: Kept, words: NullTranslations) -> Step:
    named = [kept.findings[id] for id in repair.findings if id in kept.findings]
    first = named[0].title if named else repair.control
    then = told.final + repair.gains
    return Step(
        title=score_words.repair_title(repair, first, words.gettext),
        notes=score_words.repair_notes(repair, words.gettext, words.ngettext),
        first=first if repair.findings else "",
        more=max(0, len(repair.findings) - 1),
        gains=repair.gains,
        then=then,
        grade=kept.model.grade(then // 100) if told.grade else None,
        lifts=repair.lifts,
        demands=repair.demands,
        due=min((one.due for one in named if one.due), default=None),
        owner=next((one.owner for one in named if one.owner), ""),
    )


def _gaps(snapshot: Snapshot, model: Model, words: NullTranslations) -> tuple[Gap, ...]:
    return tuple(
        Gap(one.control, _name(one.control, words), one.source, one.narrows)
        for one in cheapest_proofs(snapshot, model)
    )


def _mended(repairs: Sequence[Repair], told: Score, kept: Kept) -> Mended | None:
    """The score once the repairs are made and no knock-out stands; None where neither is open."""
    deeds = Deeds(
        findings=frozenset(id for one in repairs for id in one.findings),
        knockouts=frozenset(told.assurance.knockouts),
    )
    if not deeds:
        return None
    then = score(after(kept.snapshot, deeds, _findings_of(kept), kept.model), kept.model)
    return Mended(
        final=then.final,
        grade=then.grade,
        residual=then.residual,
        worst=then.residual_range[1],
        band=then.band,
        knockouts=then.assurance.knockouts,
    )


def _course(past: Sequence[Past], words: NullTranslations) -> list[Moment]:
    """The oldest first; the largest changes are numbered in order of time."""
    ordered = list(reversed(past))
    changes = [now.result["final"] - was.result["final"] for was, now in pairwise(ordered)]
    largest = sorted(
        (place for place, change in enumerate(changes) if change),
        key=lambda place: (-abs(changes[place]), -place),
    )[:MOST_EVENTS]
    numbers = {place + 1: n for n, place in enumerate(sorted(largest), start=1)}
    return [
        Moment(
            day=one.day,
            final=one.result["final"],
            residual=one.result["residual"],
            cause=words.gettext(one.cause) if one.cause else "",
            what=score_words.what_moved(ordered[place - 1].result, one.result, words.gettext)
            if place
            else "",
            change=changes[place - 1] if place else None,
            event=numbers.get(place),
        )
        for place, one in enumerate(ordered)
    ]


def _origins(told: Score) -> tuple[Origin, ...]:
    """What the lines rest on, the strongest evidence first."""
    claims = [line.best.claim for line in told.assurance.lines if line.best]
    found = []
    for source in reversed(Source):
        dates = [claim.date for claim in claims if claim.source is source]
        if dates:
            found.append(Origin(source, len(dates), min(dates), max(dates)))
    return tuple(found)


def _name(control: str, words: NullTranslations) -> str:
    return words.gettext(NAMES.get(control, control))
