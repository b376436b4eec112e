"""A score in words: what each line rests on and what moved, the same on page and paper."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vendor_risk.evidence import N_, Source
from vendor_risk.scoring.advice import Repair
from vendor_risk.scoring.assurance import ControlLine, Weighed
from vendor_risk.scoring.controls import NAMES
from vendor_risk.scoring.knockouts import KNOCKOUTS, RULES, WORST_FACT
from vendor_risk.scoring.model import WHOLE
from vendor_risk.scoring.moved import moved
from vendor_risk.scoring.snapshot import CONTRADICTED, Snapshot

Gettext = Callable[[str], str]
Ngettext = Callable[[str, str, int], str]

SEEN_BY: Mapping[Source, str] = {
    Source.SELF: N_("Answer"),
    Source.REVIEWED: N_("Document"),
    Source.AUDITED: N_("Independent report"),
    Source.OBSERVED: N_("Scan"),
}
NOBODY = N_("Nobody")
_LIFT_WORST = N_("Close every critical finding.")
NO_TITLE = N_("a finding that is no longer kept")
IRREDUCIBLE_WORDS = N_("What stays whatever anybody does")
KNOCKED_OUT_WORDS = N_("What a knock-out in force adds")
_WHY: Mapping[Source, str] = {
    Source.SELF: N_("counts %(n)s %% because nobody has read a proof"),
    Source.REVIEWED: N_("counts %(n)s %% because a person has read the evidence"),
    Source.AUDITED: N_("counts %(n)s %% because an independent report says so"),
    Source.OBSERVED: N_("counts %(n)s %% because our own scan saw it"),
}
_CONTRADICTED = N_("counts %(n)s %% because another answer of the vendor was contradicted")
_LOOKED = N_("a scan looked, and that alone proves nothing")
_NOTHING = N_("nothing was answered, shown or seen; that counts as not met")
_FADING = N_("fading: it ran out %(days)s days ago, and %(n)s %% of it is left")
_NOT_MET = N_("not met, by this evidence")
_IN_PART = N_("met in part: half of it counts")
_MORE = N_("and %(n)s more")
_OTHER_MODEL = N_("computed by model %(now)s instead of %(was)s")
_INHERENT = N_("inherent risk from %(was)s to %(now)s")
_COVERAGE = N_("coverage from %(was)s %% to %(now)s %%")
_RANGE = N_("the range")
_LIFT = N_("Lift %(ids)s: %(fact)s")
_LIFTS = N_("lifts %(id)s")


def worth(line: ControlLine, snapshot: Snapshot, gettext: Gettext) -> Iterable[str]:
    """Why a line counts as much as it does."""
    best = line.best
    if best is None:
        yield gettext(_LOOKED if line.answered else _NOTHING)
        return
    yield from _level(best, gettext)
    if best.claim.level:
        contradicted = snapshot.credibility == CONTRADICTED and best.claim.source is Source.SELF
        why = _CONTRADICTED if contradicted else _WHY[best.claim.source]
        yield gettext(why) % {"n": best.share // 100}
        if best.decay < WHOLE:
            days = (snapshot.as_of - best.valid_until).days
            yield gettext(_FADING) % {"days": days, "n": best.decay // 100}


def what_moved(before: Mapping[str, Any], after: Mapping[str, Any], gettext: Gettext) -> str:
    """What moved between two results, in words."""
    if before.get("model_sha256") != after.get("model_sha256"):
        values = {"was": before.get("model", ""), "now": after.get("model", "")}
        return gettext(_OTHER_MODEL) % values
    parts = moved(before, after)
    if parts:
        mark = mark_of(gettext)
        told = ", ".join(
            f"{_part(part, gettext)} {signed(change, mark)}" for part, change in parts[:2]
        )
        more = len(parts) - 2
        return told + (" " + gettext(_MORE) % {"n": more} if more > 0 else "")
    was, now = before.get("inherent"), after.get("inherent")
    if was != now:
        return gettext(_INHERENT) % {"was": was, "now": now}
    was, now = (int(one.get("coverage", 0)) // 100 for one in (before, after))
    if before.get("coverage") != after.get("coverage"):
        return gettext(_COVERAGE) % {"was": was, "now": now}
    return gettext(_RANGE)


def lift_of(id: str) -> str:
    """How to lift a knock-out, marked for translation; empty for one that nobody declared."""
    if id == WORST_FACT:
        return _LIFT_WORST
    return RULES[id].lift if id in RULES else ""


def repair_title(repair: Repair, first: str, gettext: Gettext) -> str:
    """What to do in one line: lift what no finding holds in force, else close the `first` one."""
    if not repair.demands:
        return first or repair.control
    facts = " ".join(gettext(KNOCKOUTS.get(id, "")) for id in repair.demands)
    return gettext(_LIFT) % {"ids": ", ".join(repair.demands), "fact": facts}


def repair_notes(repair: Repair, gettext: Gettext, ngettext: Ngettext) -> str:
    """How that is done, and what goes with it, in one line."""
    told = [gettext(lift_of(id)) for id in repair.demands if lift_of(id)]
    parts = [] if repair.demands else [repair.control]
    more = len(repair.findings) - (not repair.demands)
    if more > 0:
        words = (
            ngettext("close %(n)s finding too", "close %(n)s findings too", more)
            if repair.demands
            else ngettext("with %(n)s more finding", "with %(n)s more findings", more)
        )
        parts.append(words % {"n": more})
    also = [id for id in repair.lifts if id not in repair.demands]
    if also:
        parts.append(gettext(_LIFTS) % {"id": ", ".join(also)})
    told += [", ".join(parts)] if parts else []
    return " ".join(told)


def exact(hundredths: int, mark: str = ".") -> str:
    """A number kept in 1/100 with both decimals, so that lines sum to their total on the page."""
    sign = "\N{MINUS SIGN}" if hundredths < 0 else ""
    whole, rest = divmod(abs(hundredths), 100)
    return f"{sign}{whole}{mark}{rest:02}"


def signed(hundredths: int, mark: str = ".") -> str:
    """A change in 1/100 of a point with its sign."""
    return f"+{exact(hundredths, mark)}" if hundredths > 0 else exact(hundredths, mark)


def mark_of(gettext: Gettext) -> str:
    """What stands before the decimals in a language: a point, or a comma."""
    return gettext("0.00")[1:2]


def _level(best: Weighed, gettext: Gettext) -> Iterable[str]:
    if best.claim.level == 0:
        yield gettext(_NOT_MET)
    elif best.claim.level < 100:
        yield gettext(_IN_PART)


def _part(part: str, gettext: Gettext) -> str:
    return f"{part} {gettext(NAMES[part])}" if part in NAMES else part
