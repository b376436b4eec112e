"""What moves at a vendor, by kind, and what each kind is answered with: silence up to a new review.

Facts, not judgement: which kinds there are and what a fresh installation does about them. What a
company answers with instead is a setting.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vendor_risk.checks.base import CATALOGUE
from vendor_risk.checks.marks import Mark
from vendor_risk.evidence import N_
from vendor_risk.scoring.knockouts import KNOCKOUTS

MISSES = 3  # looks in a row that no longer see a mark, before it counts as gone
KNOWN_MOST = 200  # marks of one kind that are remembered of one vendor


class Answer(StrEnum):
    """What follows when something moved; each does what the ones before it do."""

    SILENCE = "silence"  # it stands in the list of what moved, and nobody is told
    DIGEST = "digest"  # with the next collected letter
    ALERT = "alert"  # at once
    REVIEW = "review"  # at once, and what is approved is looked at again


class Kind(StrEnum):
    """Kinds of moves; the order is that of the table."""

    KNOCKOUT_NEW = "knockout.new"
    KNOCKOUT_GONE = "knockout.gone"
    ABOVE = "appetite.above"
    WITHIN = "appetite.within"
    GRADE_DOWN = "grade.down"
    GRADE_UP = "grade.up"
    FAULT_SEVERE = "fault.severe"
    FAULT_OTHER = "fault.other"
    FAULT_WORSE = "fault.worse"
    FAULT_FIXED = "fault.fixed"
    FAULT_GONE = "fault.gone"
    SCRIPT_NEW = "script.new"
    SCRIPT_GONE = "script.gone"
    MAIL_NEW = "mail.new"
    MAIL_GONE = "mail.gone"
    PROVIDER_NEW = "provider.new"
    PROVIDER_GONE = "provider.gone"
    ISSUER_NEW = "issuer.new"
    ISSUER_GONE = "issuer.gone"
    HOST_NEW = "host.new"
    HOST_GONE = "host.gone"
    NOT_REACHED = "not.reached"
    EVIDENCE_ENDS = "ends.evidence"
    ANSWERS_END = "ends.answers"
    CONTRACT_ENDS = "ends.contract"
    ACCEPTANCE_ENDS = "ends.acceptance"
    CONDITION_DUE = "ends.condition"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what moved, and what it is answered with for the tiers 1 to 4."""

    words: str
    answers: tuple[Answer, Answer, Answer, Answer]


_S, _D, _A, _R = Answer.SILENCE, Answer.DIGEST, Answer.ALERT, Answer.REVIEW

# Our own judgement: whoever can hurt our customers most is heard at once, the rest once a day or
# week, and good news wakes nobody.
TABLE: Mapping[Kind, Row] = {
    Kind.KNOCKOUT_NEW: Row(N_("A knock-out holds that did not hold before"), (_R, _R, _A, _D)),
    Kind.KNOCKOUT_GONE: Row(N_("A knock-out holds no longer"), (_D, _D, _S, _S)),
    Kind.ABOVE: Row(N_("The residual risk rose above our appetite"), (_R, _R, _A, _D)),
    Kind.WITHIN: Row(N_("The residual risk is within our appetite again"), (_D, _D, _S, _S)),
    Kind.GRADE_DOWN: Row(N_("The grade fell"), (_A, _A, _D, _D)),
    Kind.GRADE_UP: Row(N_("The grade rose"), (_D, _D, _S, _S)),
    Kind.FAULT_SEVERE: Row(N_("A new fault, critical or high"), (_A, _A, _D, _D)),
    Kind.FAULT_OTHER: Row(N_("A new fault, medium or low"), (_D, _D, _S, _S)),
    Kind.FAULT_WORSE: Row(N_("A known fault became graver"), (_A, _D, _D, _S)),
    Kind.FAULT_FIXED: Row(N_("A fault was mended"), (_D, _D, _S, _S)),
    Kind.FAULT_GONE: Row(N_("A fault is asked about no longer"), (_S, _S, _S, _S)),
    Kind.SCRIPT_NEW: Row(N_("Pages run scripts of somebody new"), (_A, _D, _S, _S)),
    Kind.SCRIPT_GONE: Row(N_("Pages no longer run scripts of somebody"), (_S, _S, _S, _S)),
    Kind.MAIL_NEW: Row(N_("Somebody new handles their mail"), (_D, _D, _S, _S)),
    Kind.MAIL_GONE: Row(N_("Somebody handles their mail no longer"), (_S, _S, _S, _S)),
    Kind.PROVIDER_NEW: Row(N_("A new sub-processor is seen from outside"), (_D, _D, _S, _S)),
    Kind.PROVIDER_GONE: Row(N_("A sub-processor is seen no longer"), (_S, _S, _S, _S)),
    Kind.ISSUER_NEW: Row(N_("Somebody new issues their certificates"), (_D, _S, _S, _S)),
    Kind.ISSUER_GONE: Row(N_("Somebody issues their certificates no longer"), (_S, _S, _S, _S)),
    Kind.HOST_NEW: Row(N_("A host is looked at for the first time"), (_D, _S, _S, _S)),
    Kind.HOST_GONE: Row(N_("A host is looked at no longer"), (_S, _S, _S, _S)),
    Kind.NOT_REACHED: Row(N_("Four looks in a row reached nothing"), (_A, _D, _S, _S)),
    Kind.EVIDENCE_ENDS: Row(N_("Evidence runs out"), (_D, _D, _D, _S)),
    Kind.ANSWERS_END: Row(N_("Answers to a questionnaire run out"), (_D, _D, _D, _S)),
    Kind.CONTRACT_ENDS: Row(N_("A contract ends or has to be given notice"), (_D, _D, _D, _D)),
    Kind.ACCEPTANCE_ENDS: Row(N_("An accepted risk is accepted no longer"), (_D, _D, _D, _D)),
    Kind.CONDITION_DUE: Row(N_("A condition of an approval falls due"), (_A, _A, _D, _D)),
}

# What a reader is told; `what` is a requirement, a knock-out, or the value of a mark.
_SENTENCES: Mapping[Kind, str] = {
    Kind.KNOCKOUT_NEW: N_("A knock-out holds: %(what)s"),
    Kind.KNOCKOUT_GONE: N_("A knock-out holds no longer: %(what)s"),
    Kind.ABOVE: N_("The residual risk rose from %(before)s to %(now)s, above our appetite"),
    Kind.WITHIN: N_("The residual risk fell from %(before)s to %(now)s, within our appetite"),
    Kind.GRADE_DOWN: N_("The grade fell from %(before)s to %(now)s"),
    Kind.GRADE_UP: N_("The grade rose from %(before)s to %(now)s"),
    Kind.FAULT_SEVERE: N_("Not so any more: %(what)s"),
    Kind.FAULT_OTHER: N_("Not so any more: %(what)s"),
    Kind.FAULT_WORSE: N_("Graver than before: %(what)s"),
    Kind.FAULT_FIXED: N_("Mended: %(what)s"),
    Kind.FAULT_GONE: N_("Asked about no longer: %(what)s"),
    Kind.SCRIPT_NEW: N_("Pages run scripts of %(what)s"),
    Kind.SCRIPT_GONE: N_("Pages no longer run scripts of %(what)s"),
    Kind.MAIL_NEW: N_("%(what)s handles their mail"),
    Kind.MAIL_GONE: N_("%(what)s handles their mail no longer"),
    Kind.PROVIDER_NEW: N_("%(what)s serves their pages or their names"),
    Kind.PROVIDER_GONE: N_("%(what)s serves neither their pages nor their names any more"),
    Kind.ISSUER_NEW: N_("%(what)s issues their certificates"),
    Kind.ISSUER_GONE: N_("%(what)s issues their certificates no longer"),
    Kind.HOST_NEW: N_("%(what)s is looked at for the first time"),
    Kind.HOST_GONE: N_("%(what)s is looked at no longer"),
    Kind.NOT_REACHED: N_("%(now)s looks in a row reached nothing: %(before)s"),
    Kind.EVIDENCE_ENDS: N_("%(what)s: it holds until %(now)s"),
    Kind.ANSWERS_END: N_("Answers to %(what)s: they hold until %(now)s"),
    Kind.CONTRACT_ENDS: N_("Contract %(what)s: the day is %(now)s"),
    Kind.ACCEPTANCE_ENDS: N_("Accepted until %(now)s: %(what)s"),
    Kind.CONDITION_DUE: N_("Condition due on %(now)s: %(what)s"),
}


def sentence(kind: Kind, what: str, before: str, now: str, gettext: Callable[[str], str]) -> str:
    """What moved, in one sentence without a full stop, in the language of `gettext`."""
    if kind in (Kind.KNOCKOUT_NEW, Kind.KNOCKOUT_GONE) and what in KNOCKOUTS:
        what = f"{what} ({gettext(KNOCKOUTS[what]).rstrip('.')})"
    elif what in CATALOGUE and kind.startswith("fault."):
        what = gettext(CATALOGUE[what].requirement)
    return gettext(_SENTENCES[kind]) % {"what": what, "before": before, "now": now}


# A mark that is new or gone is a move of these kinds.
MARKED: Mapping[Mark, tuple[Kind, Kind]] = {
    Mark.HOST: (Kind.HOST_NEW, Kind.HOST_GONE),
    Mark.ISSUER: (Kind.ISSUER_NEW, Kind.ISSUER_GONE),
    Mark.SCRIPT: (Kind.SCRIPT_NEW, Kind.SCRIPT_GONE),
    Mark.MAIL: (Kind.MAIL_NEW, Kind.MAIL_GONE),
    Mark.PROVIDER: (Kind.PROVIDER_NEW, Kind.PROVIDER_GONE),
}

# Faults that one answer out of many may show: a balancer has another machine, a name server lags.
FAULTS = frozenset({Kind.FAULT_SEVERE, Kind.FAULT_OTHER, Kind.FAULT_WORSE})
# Scores that fall because of such a fault wait with it.
FALLS = frozenset({Kind.KNOCKOUT_NEW, Kind.ABOVE, Kind.GRADE_DOWN})
# Good news; each names the fall that it takes back.
RISES: Mapping[Kind, Kind] = {
    Kind.KNOCKOUT_GONE: Kind.KNOCKOUT_NEW,
    Kind.WITHIN: Kind.ABOVE,
    Kind.GRADE_UP: Kind.GRADE_DOWN,
}

# What one look compares with another, or a list of others tells: a second look says nothing more.
_ONE_LOOK = ("web.script.changed", "intel.")


def twice(kind: Kind, check: str) -> bool:
    """Whether such a move alerts nobody until a second look saw it as well."""
    return kind in FAULTS and not check.startswith(_ONE_LOOK)


def answered(table: Mapping[Kind, Sequence[Answer]], kind: Kind, tier: int | None) -> Answer:
    """What a move of this kind is answered with; a vendor nobody triaged counts as tier 3."""
    return table[kind][(tier or 3) - 1]


@dataclass(frozen=True, slots=True)
class MarkMove:
    """A mark that appeared or went."""

    kind: Kind
    value: str


Known = Mapping[str, Mapping[str, int]]  # for each kind its values, with looks that missed them


def remember(
    known: Known | None, hosts: Sequence[str], seen: Iterable[Mapping[str, Sequence[str]]]
) -> tuple[dict[str, dict[str, int]], tuple[MarkMove, ...]]:
    """What is known of a vendor after a look at these hosts, and which marks moved by it.

    `seen` are the marks of the hosts that could be looked at. Nothing moved by the first look, nor
    by the first that sees a kind. A mark that one host shows no longer is gone after some looks
    that saw all hosts: a provider in turn with another would else come and go each day.
    """
    told = list(seen)
    now: dict[str, dict[str, int]] = {}
    moved: list[MarkMove] = []
    for mark, (new, gone) in MARKED.items():
        before = None if known is None else known.get(mark)
        if mark is Mark.HOST:
            values, whole, misses = set(hosts), True, 1
        else:
            values = {value for one in told for value in one.get(mark, ())}
            whole, misses = all(mark in one for one in told) and len(told) == len(hosts), MISSES
            if before is None and not any(mark in one for one in told):
                continue
        if before is not None:
            moved += [MarkMove(new, value) for value in sorted(values - before.keys())]
        kept = dict.fromkeys(sorted(values)[:KNOWN_MOST], 0)
        for value, missed in sorted((before or {}).items()):
            if value in values:
                continue
            again = missed + whole
            if again >= misses:
                moved.append(MarkMove(gone, value))
            elif len(kept) < KNOWN_MOST:
                kept[value] = again
        now[str(mark)] = kept
    return now, tuple(moved)
